"""Texts as the matcher reads them.

In: a node or a question's text. Out: the passages to embed (with the model's prefix) and the sentences a person is shown.
Next: ``matcher.embed`` turns passages into vectors, ``matcher.words`` counts their words, ``matcher.explain`` quotes sentences.
This is the one place that knows prefixes, windows and which fields of a node are its text.
"""

from __future__ import annotations

import re

WINDOW = 256
"""Size of a passage in estimated tokens. Attention is quadratic: on 2 AVX-512 cores 256 tokens embed half again as fast a token as 512."""

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
