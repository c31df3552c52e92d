"""Terms: what is counted of a text.

In: texts of nodes and questions. Out: their terms, the stems of Latin words (Porter's English stemmer, as Snowball has it) and the
characters and bigrams of CJK runs, and a hash of each. Next: ``matcher.signals.postings`` counts them, ``matcher.signals.prepare`` asks for
them, ``matcher.text.translation`` translates them, ``matcher.rank.explain`` looks for them in sentences.
"""

from __future__ import annotations

import hashlib
import re
import threading
import unicodedata

import Stemmer

TERMS = 2
"""Raised when a text's terms change: a Scale and an index that counted others must be made anew."""

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af"
_TOKEN = re.compile(f"[{_CJK}]+|[^\\W_{_CJK}]+")
_FIRST_CJK = "\u3040"
FUNCTION_WORDS = frozenset(
    re.findall(
        r"\w+",
        "a about after all also an and any are as at be been but by can could did do does for from had has have he her his how i "
        "if in into is it its may me my no not of on or our she should so such than that the their them then there these they "
        "this those to up us was we were what when where which while who why will with would you your",
    )
)
"""English words that tell nothing of a topic. A large corpus finds that out by itself; one of forty texts does not."""


class _Stemmer(threading.local):
    """A stemmer a thread: one is not safe in two."""

    def __init__(self) -> None:
        self.stems = Stemmer.Stemmer("english").stemWords


_stemmer = _Stemmer()


def terms(text: str) -> list[str]:
    """The terms of ``text``: of Latin words the stems, case-folded and without English function words; of each CJK run the
    characters and then the bigrams. Two writers agree on a character more often than on the word it is in."""
    found: list[str] = []
    for part in _TOKEN.findall(_folded(text)):
        if part[0] >= _FIRST_CJK:
            found.extend(part)
            found.extend(part[i : i + 2] for i in range(len(part) - 1))
        elif part not in FUNCTION_WORDS:
            found.append(part)
    return list(_stemmer.stems(found))


def cjk_runs(text: str) -> list[str]:
    """The runs of CJK characters of ``text``, in order."""
    return [part for part in _TOKEN.findall(_folded(text)) if part[0] >= _FIRST_CJK]


def latin_words(text: str) -> list[str]:
    """The Latin words of ``text`` in order, case-folded, without English function words."""
    return [part for part in _TOKEN.findall(_folded(text)) if part[0] < _FIRST_CJK and part not in FUNCTION_WORDS]


def latin_terms(text: str) -> list[str]:
    """Those of ``terms`` that are stems of Latin words."""
    return [term for term in terms(text) if term[0] < _FIRST_CJK]


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def term_hash(term: str) -> int:
    """64 bits of BLAKE2b: a term's name in the postings, the same in every process."""
    return int.from_bytes(hashlib.blake2b(term.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")
