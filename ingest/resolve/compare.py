"""The comparison of names that are not equal but may mean one institution: candidate pairs, and how a pair compares.

In: names of institutions (``ingest.resolve.forms``), each with the cluster that exact keys put it in, and the words of their store. Out:
candidate pairs with the outcome of each comparison, and the doubts about a pair. Next: ``ingest.resolve.likeness`` weighs the outcomes by
``ingest.resolve.fellegi_sunter``. All of it follows from the set of names: no order, no clock, no chance.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b
from itertools import combinations, groupby
from operator import itemgetter

from rapidfuzz.distance import OSA

from graph.codes import region
from ingest.cells.nouns import GROUP
from ingest.resolve.blocks import in_order
from ingest.resolve.fellegi_sunter import Model, Outcome
from ingest.resolve.forms import KINDS, PLAIN, Name, is_cjk, is_shorter
from ingest.resolve.vocabulary import KNOWN, Vocabulary, share, vocabulary, with_campuses

BLOCK = 25
"""Names that may share a key; a commoner key brings nobody together."""
RARE = 3
"""The rarest words of a name that are keys by themselves; of one more, every two together."""
LONG = 8
"""The letters that a word must have to be known by a letter that is missing or wrong: Hunan is not Henan."""
# -- comparisons

LEVELS = {
    "words": (
        "no word left over", "hardly a word of one left over", "some words of one left over", "many words of one left over",
        "hardly a word of each left over", "some words of each left over", "many words of each left over",
    ),
    "telling": ("common words shared", "telling words shared", "rare words shared", "very rare words shared"),
    "place": ("", "same place", "one without place", "different places"),
    "kind": ("same kind", "one of more kinds", "different kinds"),
    "order": ("", "", "noun in another place"),
    "spelling": ("", "a word spelt otherwise"),
    "country": ("same country", "", "different countries"),
}  # fmt: skip
"""The levels of each comparison, in words."""
START = Model(
    0.1,
    (
        (0.60, 0.08, 0.12, 0.12, 0.04, 0.02, 0.02),
        (0.02, 0.40, 0.28, 0.30),
        (0.50, 0.20, 0.25, 0.05),
        (0.80, 0.18, 0.02),
        (0.70, 0.27, 0.03),
        (0.80, 0.20),
        (0.50, 0.48, 0.02),
    ),
    (
        (0.001, 0.006, 0.02, 0.06, 0.01, 0.05, 0.853),
        (0.35, 0.45, 0.15, 0.05),
        (0.40, 0.05, 0.25, 0.30),
        (0.40, 0.30, 0.30),
        (0.40, 0.40, 0.20),
        (0.80, 0.20),
        (0.20, 0.55, 0.25),
    ),
)
"""Where learning begins, and what a small store goes by: rounded from what 6,672 affiliations taught without their labels."""


_TELLING, _RARE, _VERY_RARE = 7 << 8, 11 << 8, 18 << 8
"""Shared bits (times 256) from which words are telling, rare and very rare."""


class Comparer:
    """Compares names: how telling a word is follows from how many clusters of the whole store carry it.

    ``names`` may be some of those that ``words`` was made of, or others: what it does not know is as rare as a word can be. Bits are
    whole numbers, in 256ths: their sums are the same in any order.
    """

    def __init__(self, names: Sequence[Name], countries: Sequence[frozenset[str]], words: Vocabulary | None = None) -> None:
        self.words = words = words or vocabulary(names)
        self.names, self.countries = with_campuses(names, dict(words.campuses)), countries
        every = words.total + KNOWN
        self.bits: dict[str, int] = {}
        for word in {word for name in self.names for word in (*name.order, *name.place)}:
            self.bits[word] = round(256 * math.log2(every / (self._spread(word) + KNOWN * share(word) + 1)))
        self.long = {word for word in self.bits if len(word) >= LONG and word.isalpha() and not is_cjk(word)} - KINDS

    def _spread(self, word: str) -> int:
        return self.words.spread.get(word, 1)

    def _rank(self, word: str) -> tuple[int, str]:
        """The smaller, the rarer."""
        return self.words.spread.get(word, 1), word

    def pairs(self) -> list[tuple[int, int]]:
        """Candidates: two names of different clusters that share a rare word or two fairly rare ones."""
        names, found = self.names, set[int]()  # a pair as one number: half the memory
        entries = in_order((key, at) for at, name in enumerate(names) for key in self.keys(name))
        for _, block in groupby(entries, key=itemgetter(0)):
            members = [at for _, at in block]
            if 1 < len(members) <= BLOCK:
                found.update(a << 32 | b for a, b in combinations(members, 2) if names[a].cluster != names[b].cluster)
        return [(pair >> 32, pair & _32_BITS) for pair in sorted(found)]

    def keys(self, name: Name) -> Iterable[int]:
        """A rare word, two fairly rare ones, and how the rarest begins: each as a number of 64 bits that depends on nothing else."""
        if name.part:
            yield _numbered(f"{min(name.core)}{name.part[0]}")
            return
        words = sorted(name.core | name.place, key=self._rank)
        own = [word for word in words if word not in name.kinds]
        yield from map(_numbered, own[:RARE])
        yield from ((a * _ODD + b) & _64_BITS for a, b in combinations(map(_numbered, words[: RARE + 1]), 2))
        if own and len(own[0]) > 5:
            yield _numbered(f"{own[0][:4]}* {' '.join(sorted(name.kinds))}")

    def compare(self, one: Name, other: Name) -> Outcome:
        """The level of each comparison, in the order of ``LEVELS``."""
        if one.part or other.part:
            is_like = one.core == other.core and one.part and other.part and is_shorter(one.part, other.part)
            return (0, 3, 0, 0, 1, 0, 1) if is_like else (6, 0, 3, 2, 2, 0, 1)
        bits = self.bits.__getitem__
        core, others = one.core, other.core
        shared = core & others
        left, right = core - shared, others - shared
        more = 0  # bits that are shared in another way than by the same word in both names
        respelt = placed = False
        if left and right:
            for a, b in (*_respelt(left & self.long, right & self.long), *shortened(left, right)):
                left, right = left - {a}, right - {b}
                more += min(bits(a), bits(b))
                respelt = True
        if (left and other.place) or (right and one.place):  # a place may stand within the name: University of California Davis
            within = (left & other.place) | (right & one.place)
            placed = bool(within)
            left, right = left - other.place, right - one.place
            more += sum(map(bits, within))
        over = 0
        if left or right:
            common, lone = sum(map(bits, shared)) + more, sum(map(bits, left)) + sum(map(bits, right))
            degree = 2 if not common or 10 * common < 6 * (common + lone) else 1 if 10 * common < 8 * (common + lone) else 0
            over = degree + (4 if left and right else 1)
        telling = sum(map(bits, shared - KINDS)) + more
        is_common = telling < _TELLING or (not more and shared <= PLAIN)
        told = 0 if is_common else 1 if telling < _RARE else 2 if telling < _VERY_RARE else 3
        return (over, told, _place(one, other, placed), _kind(one, other), _order(one, other), int(respelt), self._country(one, other))

    def doubt(self, one: Name, other: Name, outcome: Outcome) -> str | None:
        """Why two names may be two institutions however much they share; None where nothing says so."""
        if one.part:
            return "one faculty may have a shorter name, or there are two"
        level = dict(zip(LEVELS, outcome, strict=True))
        if level["order"] == 2 and level["place"] != 1 and level["country"] != 0:
            return "University of X and X University are often two"
        if level["words"] > 4:
            return "each has words that the other has not"
        if level["kind"]:
            return "one may be a part of the other"
        if one.letters != other.letters:
            return "other initials"
        shared = one.core & other.core
        if level["spelling"] and shortened(one.core - shared, other.core - shared):
            return "a word may be short for another"
        if level["spelling"]:
            respelt = _respelt((one.core - shared) & self.long, (other.core - shared) & self.long)
            if any(region(word, None) for pair in respelt for word in pair):
                return "one is a place and the other may be another"  # Kanagawa, Kanazawa
            alone = not shared or level["words"] > 0
            return "a word spelt otherwise needs another that is not" if alone else None
        words = [[word for word in name.order if word in shared] for name in (one, other)]
        if words[0] != words[1] and not (one.kinds or one.letters):
            return "the words in another order"
        for name, rest in ((one, one.core - shared - other.place), (other, other.core - shared - one.place)):
            if rest:
                return _more(rest, name)
        return None

    def _country(self, one: Name, other: Name) -> int:
        a, b = self.countries[one.cluster], self.countries[other.cluster]
        return 1 if not a or not b else 0 if a & b else 2


@lru_cache(maxsize=10_000)
def _numbered(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


_ODD, _64_BITS, _32_BITS = 0x9E3779B97F4A7C15, (1 << 64) - 1, (1 << 32) - 1


def _more(words: frozenset[str], name: Name) -> str:
    """What a word that one name has more may mean."""
    if words & GROUP:
        return "the group or one of its firms"
    return "maybe another site" if words & (name.extra | name.place) else "a word more: maybe another site or a part"


def _respelt(left: frozenset[str], right: frozenset[str]) -> list[tuple[str, str]]:
    """Long words of two names that are spellings of one (a letter missing, more, other, or two swapped), by (word, word)."""
    if not left or not right:
        return []
    taken: set[str] = set()
    chosen = []
    for a in sorted(left):
        for b in sorted(right):
            if a[0] == b[0] and not {a, b} & taken and OSA.distance(a, b, score_cutoff=1) <= 1:
                taken |= {a, b}
                chosen.append((a, b))
    return chosen


def shortened(left: frozenset[str], right: frozenset[str]) -> list[tuple[str, str]]:
    """Words of which one may be short for the other, by (word of ``left``, word of ``right``): COMM and communication."""
    taken: set[str] = set()
    chosen = []
    for a in sorted(left):
        for b in sorted(right):
            if a[0] == b[0] and not {a, b} & taken and (_short_for(a, b) or _short_for(b, a)):
                taken |= {a, b}
                chosen.append((a, b))
    return chosen


def _short_for(short: str, word: str) -> bool:
    """Whether ``short`` is the beginning of ``word`` or some of its letters in order, the first and the last among them."""
    if not 2 < len(short) < len(word) - 1 or not (short.isascii() and short.isalpha() and word.isascii() and word.isalpha()):
        return False
    letters = iter(word)
    return word.startswith(short) or (all(mark in letters for mark in short) and short[-1] == word[-1])


def _place(one: Name, other: Name, placed: bool) -> int:
    if not one.place and not other.place:
        return 0
    if placed or (one.place and other.place and (one.place <= other.place or other.place <= one.place)):
        return 1
    return 3 if one.place and other.place else 2


def _kind(one: Name, other: Name) -> int:
    if one.kinds == other.kinds:
        return 0
    return 1 if one.kinds <= other.kinds or other.kinds <= one.kinds else 2


def _order(one: Name, other: Name) -> int:
    if one.head is None or other.head is None:
        return 1
    return 0 if one.head == other.head else 2


def outcomes(comparer: Comparer, pairs: Sequence[tuple[int, int]]) -> tuple[list[Outcome], Counter[Outcome]]:
    """How each pair compares, and how often each outcome occurs."""
    known: dict[Outcome, Outcome] = {}  # there are few different ones
    found = [known.setdefault(one, one) for one in (comparer.compare(comparer.names[a], comparer.names[b]) for a, b in pairs)]
    return found, Counter(found)
