"""Texts as the matcher reads them.

In: a node or a question's text. Out: the passages to embed, the words to count, and the sentences a person is shown. Next:
``matcher.index.generations`` and ``matcher.signals.prepare`` have passages embedded (``matcher.embedding.embedder``),
``matcher.signals.postings`` counts words, ``matcher.rank.explain`` quotes sentences. This is the one place that knows windows and which
fields of a node are its text.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from graph.model import Achievement, Demand, Edge, Expert, Institution, Node, Resource

WINDOW = 256
"""Size of a passage in estimated tokens. Attention is quadratic: on 2 AVX-512 cores 256 tokens embed half again as fast a token as 512."""
MAX_WINDOWS = 8
"""What is embedded of a demand: about four pages. Of any other text it is the first window: of works the later ones tell of markets and
merits, and only make an unlike work look near."""
ASKED_WINDOWS, ASKED_SENTENCES = 3, 8
"""What is embedded of a question: its most telling sentences (``matcher.signals.gist``)."""

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af"
_IS_CJK = re.compile(f"[{_CJK}]")
_SENTENCE_END = re.compile(r"(?<=[。！？；])|(?<=[.!?;])\s+")


def estimated_tokens(text: str) -> float:
    """Tokens of a multilingual sub-word model in ``text``, estimated: .75 a CJK character, one for 4 other characters."""
    cjk = len(_IS_CJK.findall(text))
    return 0.75 * cjk + 0.25 * (len(text) - cjk)


def sentences(text: str) -> list[str]:
    """``text`` cut after Latin and CJK sentence ends; nothing but white space is lost."""
    return [part.strip() for part in _SENTENCE_END.split(text) if part.strip()]


def calm(text: str) -> str:
    """``text`` in lower case if it is written in capitals: a sub-word model reads capitals as two to three times the tokens, and
    worse (a third of the SBIR awards are)."""
    letters = [c for c in text[:400] if c.isalpha()]
    return text.lower() if len(letters) >= 20 and sum(c.isupper() for c in letters) > 0.7 * len(letters) else text


def windows(text: str, size: int = WINDOW) -> list[str]:
    """``text`` as passages of at most about ``size`` estimated tokens, cut between sentences where possible."""
    packed: list[str] = []
    room = 0.0
    for sentence in sentences(text):
        for piece in _pieces(sentence, size):
            cost = estimated_tokens(piece)
            if packed and cost <= room:
                packed[-1] += ("" if _IS_CJK.match(piece) else " ") + piece
                room -= cost
            else:
                packed.append(piece)
                room = size - cost
    return packed


def _pieces(sentence: str, size: int) -> list[str]:
    if estimated_tokens(sentence) <= size:
        return [sentence]
    step = int(size / (0.75 if len(_IS_CJK.findall(sentence)) * 2 > len(sentence) else 0.25))
    return [sentence[i : i + step] for i in range(0, len(sentence), step)]


@dataclass(frozen=True, slots=True)
class Text:
    """What a node says: ``title`` and ``body``; ``more`` is read for its words only (keywords). ``windows``: how many of the body are
    embedded."""

    title: str
    body: str
    more: str = ""
    windows: int = 1

    @property
    def words(self) -> str:
        """All of it, for counting words."""
        return "\n".join(part for part in (self.title, self.body, self.more) if part)

    @property
    def passages(self) -> list[str]:
        """What is embedded of it: the title, and the first windows of the body. Words cover the rest of a long body."""
        return [*windows(calm(self.title))[:1], *windows(calm(self.body or self.more))[: self.windows]]


def text_of(node: Node | Edge) -> Text | None:
    """The text of a node as matching reads it; None for nodes that say nothing (a bare name is not a text)."""
    match node:
        case Achievement():
            text = Text(node.title, node.abstract, " ".join(node.keywords))
        case Demand():
            text = Text(node.title, "\n".join([node.description, *requirements_of(node)]).strip(), windows=MAX_WINDOWS)
        case Resource():
            text = Text(node.title, node.description)
        case Expert():
            text = Text(node.headline or "", node.bio or "", " ".join(node.keywords))
        case Institution():
            text = Text("", node.description or "")
        case _:
            return None
    return text if text.words else None


def requirements_of(demand: Demand) -> list[str]:
    """The requirements of a demand one by one; ``requirements`` holds JSON text (a list or a name -> value map) or plain text."""
    if not demand.requirements:
        return []
    try:
        value = json.loads(demand.requirements)
    except ValueError:
        return [demand.requirements]
    if isinstance(value, dict):
        return [f"{name}: {one}" for name, one in value.items()]
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def question_passages(title: str, text: str) -> tuple[list[str], list[str]]:
    """What is embedded of a question: its windows (at most ASKED_WINDOWS) and, where it has several, its sentences (at most
    ASKED_SENTENCES), all under the title. A long text in one vector loses its point; its sentences keep theirs."""

    def under(part: str) -> str:
        return f"{title}. {part}" if title and part else title or part

    title, text = calm(title), calm(text)
    parts = sentences(text)[:ASKED_SENTENCES]
    return windows(under(text))[:ASKED_WINDOWS], [windows(under(part))[0] for part in parts] if len(parts) > 1 else []


def language(text: str) -> str:
    """``zh`` where a fifth or more of the letters are CJK, else ``en`` (every language in Latin letters)."""
    cjk = len(_IS_CJK.findall(text))
    return "zh" if cjk * 5 >= max(1, sum(map(str.isalpha, text))) else "en"
