"""The sentences of a question that are asked: without what is said of the company that asks, and of a long question the most telling.

In: the text of a question, the Scale and the embedder. Out: two texts, what is counted as words and what is embedded. Next:
``matcher.signals.prepare`` makes the query of them.

A sentence is boilerplate (company history, certificates, thanks, how to get in touch) if it is near the boilerplate sentences of
``boilerplate.txt``: the mean of its three best cosines with them, vectors centred as those of questions, is NEAR or more. Only sentences
that share words with these are embedded for it; what else a boilerplate sentence says is still counted as words. How much a sentence tells
is the weight of its words that the Scale knows and that no chosen sentence holds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np

from matcher.embedding.embedder import Embedder
from matcher.signals.scale import Scale
from matcher.text.passages import ASKED_SENTENCES, calm, estimated_tokens, language, sentences
from matcher.text.terms import term_hash, terms

NEAR = 0.42
"""In the example centre the least of 14 boilerplate sentences that are not in the list has .46, the most of those sentences of its demands
that speak of the problem .38."""
SHARED = 0.15
"""The share of a sentence's words that the listed sentences hold from which it is looked at: of the 14 the least has .17, and of eight
sentences of real demands seven have less."""
ASKED_TOKENS = 576
"""What the sentences that are embedded add up to, at most (one may be longer)."""



class Gist(NamedTuple):
    """``words``: the text whose words are counted; ``meaning``: the text that is embedded; ``beside``: what the boilerplate says besides
    and a text of the corpus holds, as terms."""

    words: str
    meaning: str
    beside: tuple[str, ...] = ()


def gist(text: str, scale: Scale, embedder: Embedder, *, keep: bool = True) -> Gist:
    """What of a question's text is asked. A text of which nothing is left out stays as it is. ``keep``: as of ``Embedder.query``."""
    every = sentences(text)
    named: dict[str, str] = {}
    for part in every:
        named.setdefault(" ".join(part.split()).casefold(), part)
    once = list(named.values())
    own = without_boilerplate(once, scale, embedder, keep=keep)
    told = most_telling(own, scale)
    words, meaning = (text if len(part) == len(every) else _joined(part) for part in (own, told))
    left_out = set(once) - set(own)
    beside = [term for part in once if part in left_out for term in terms(part) if term not in _vocabulary()]
    known = scale.frequency(np.array([term_hash(term) for term in beside], np.uint64)) > 0
    return Gist(words, meaning, tuple(term for term, is_known in zip(beside, known.tolist(), strict=True) if is_known))


def doubted(text: str) -> list[str]:
    """The texts that are embedded to tell the boilerplate of a question."""
    every = {" ".join(part.split()).casefold(): part for part in reversed(sentences(text))}
    return [calm(part) for part in every.values() if _shared(part) >= SHARED]


def without_boilerplate(parts: Sequence[str], scale: Scale, embedder: Embedder, *, keep: bool = True) -> list[str]:
    """The sentences that are no boilerplate, in their order; all of them where nothing else is said."""
    doubtful = [part for part in parts if _shared(part) >= SHARED]
    if not doubtful or len(parts) == 1:
        return list(parts)
    listed = boilerplate()
    said = [calm(part) for part in doubtful]
    asked = scale.centred(embedder.query(said, keep=keep), said, asked=True)[0]
    near = scale.centred(embedder.query(listed), listed, asked=True)[0]
    spoken = [language(one) for one in listed]
    out = set()
    for part, vector in zip(doubtful, asked, strict=True):
        like = near[[one == language(part) for one in spoken]] @ vector
        if np.sort(like)[-3:].mean() >= NEAR:
            out.add(part)
    return [part for part in parts if part not in out] or list(parts)


def most_telling(parts: Sequence[str], scale: Scale) -> list[str]:
    """As many sentences as are embedded, in their order: each time the one whose words weigh most that no other chosen one has, a long
    sentence discounted; the first ones where no word is known."""
    if len(parts) <= ASKED_SENTENCES and estimated_tokens("".join(parts)) <= ASKED_TOKENS:
        return list(parts)
    held = [np.unique(np.array([term_hash(term) for term in terms(part)], np.uint64)) for part in parts]
    weights = [scale.weighed(one, np.ones(len(one))) * (scale.frequency(one) > 0) for one in held]
    length = [(8 + len(one)) ** 0.5 for one in held]
    chosen: list[int] = []
    covered = np.empty(0, np.uint64)
    room = float(ASKED_TOKENS)
    left = set(range(len(parts)))
    while left and len(chosen) < ASKED_SENTENCES:
        gain = {at: float(weights[at][~np.isin(held[at], covered)].sum()) / length[at] for at in left}
        best = max(left, key=lambda at: (gain[at], -at))
        left.discard(best)
        cost = estimated_tokens(parts[best])
        if cost <= room or not chosen:
            chosen.append(best)
            covered = np.union1d(covered, held[best])
            room -= cost
    return [parts[at] for at in sorted(chosen)]


@cache
def boilerplate() -> list[str]:
    """Sentences of demands that say nothing of what is asked, in English and Chinese."""
    return (files("matcher.signals") / "boilerplate.txt").read_text("utf-8").split("\n")[:-1]


@cache
def _vocabulary() -> frozenset[str]:
    return frozenset(term for line in boilerplate() for term in terms(line))


def _shared(part: str) -> float:
    """The share of a sentence's words that the listed sentences hold; numbers are no words, nor is a single character of Chinese."""
    said = [term for term in terms(part) if not term.isdigit() and not re.fullmatch("[\u3400-\u9fff]", term)]
    return sum(term in _vocabulary() for term in said) / max(1, len(said))


def _joined(parts: Sequence[str]) -> str:
    return "".join(part if language(part) == "zh" else f"{part} " for part in parts).strip()
