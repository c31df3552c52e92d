"""The comparison of names that are not equal but may mean one institution: forms of names, candidate pairs, and how a pair compares.

In: names of institutions, each with the cluster that exact keys put it in. Out: candidate pairs with the outcome of each comparison, and
the doubts about a pair. Next: ``ingest.resolve.similar_names`` weighs the outcomes by ``ingest.resolve.fellegi_sunter``. All of it follows
from the set of names: no order, no clock, no chance.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import blake2b
from itertools import combinations

import msgspec
from rapidfuzz.distance import OSA

from ingest.resolve.affiliations import DIVISION, LINKING, NOUN, affiliation
from ingest.resolve.fellegi_sunter import Model, Outcome
from ingest.resolve.names import NAMELESS, folded, institution_key

BLOCK = 25
"""Names that may share a key; a commoner key brings nobody together."""
CAMPUSES = 2
"""From this many places on that other names carry within themselves, such a place is part of the name."""
RARE = 3
"""The rarest words of a name that are keys by themselves; of one more, every two together."""

_BRACKETS = re.compile(r"\s*[(\[（【][^()\[\]（）【】]*[)\]）】]")
_TOKEN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+|[^\W_\u3400-\u9fff\uf900-\ufaff]+")
_NOUN_ZH = {
    "大学": "university", "学院": "college", "医院": "hospital", "研究所": "institute", "研究院": "institute", "研究中心": "institute",
    "中心": "institute", "科学院": "academy", "委员会": "council", "协会": "society", "基金会": "foundation",
}  # fmt: skip
_COMMON_WORDS = """
national international state federal royal central european american chinese general new science sciences technology technologies
technical technological medical medicine health research applied engineering systems solutions services industries group
development innovation education energy consulting software digital physics physical chemistry chemical biology biological
biomedical mathematics agriculture agricultural environment environmental economics economic finance transport culture sport
sports social public materials clinical veterinary information communication communications industry industrial system solution
economy affairs studies
"""
_COMMON = frozenset(_COMMON_WORDS.split())
_NOUN_SHARE, _COMMON_SHARE = 0.1, 0.02
_KNOWN = 1_000
"""How many names the shares above are worth against what the names at hand say."""
LONG = 8
"""The letters that a word must have to be known by a letter that is missing or wrong: Hunan is not Henan."""
_UMLAUT = re.compile("(?<=[^aeioqu])([aou])e(?=[^aeiou])")  # Zuerich, Muenchen; not queen, Buenos
_SHORTENED = {
    "tech": "technology", "technologies": "technology", "technol": "technology", "sci": "science", "sciences": "science",
    "natl": "national", "nacional": "national", "nazionale": "national", "nationale": "national", "intl": "international", "med": "medical",
    "systems": "system", "industries": "industry", "solutions": "solution", "services": "service", "eng": "engineering", "st": "saint",
}  # fmt: skip
"""Abbreviations, plurals and sisters of words that many names hold."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name to be compared; ``cluster`` is where exact keys put it."""

    text: str
    cluster: int
    core: frozenset[str]
    kinds: frozenset[str]
    place: frozenset[str]
    site: frozenset[str]
    """Words of the first part of the place: where divided institutions differ."""
    letters: frozenset[str]
    """Letters that stand alone: initials of people, sections of a house."""
    order: tuple[str, ...]
    """The words of ``core`` as they stand."""
    head: bool | None
    """Whether the noun comes first (``University of X``) or last (``X University``)."""


def name_of(text: str, cluster: int) -> Name | None:
    """The name ``text`` as it is compared; None for what is no institution's own name: a division, or nothing."""
    parts = affiliation(text)
    if parts.divisions:
        return None
    bare = _BRACKETS.sub(" ", parts.institution).strip() or parts.institution
    key = institution_key(bare)
    if key in NAMELESS or not any(mark.isalpha() for mark in key):
        return None
    every = _tokens(key)
    tokens = [token for token in every if token not in LINKING]
    kinds = frozenset(NOUN[token] for token in tokens if token in NOUN)
    order = tuple(dict.fromkeys(NOUN.get(token) or _SHORTENED.get(token) or _UMLAUT.sub(r"\1", token) for token in tokens))
    core = frozenset(order)
    letters = frozenset(token for token in every if len(token) == 1 and "a" <= token <= "z") - (LINKING if kinds else frozenset())
    if not core or core <= kinds:
        return None
    nouns = [at for at, token in enumerate(tokens) if token in NOUN]
    head = None if not nouns or len(tokens) == 1 else True if nouns[0] == 0 else False if nouns[-1] == len(tokens) - 1 else None
    places = [
        frozenset(_SHORTENED.get(token, token) for token in _tokens(folded(part)) if not token.isdigit()) - LINKING for part in parts.place
    ]
    site = next(iter(places), frozenset())
    return Name(text, cluster, core, kinds, frozenset().union(*places) - core, site, letters, order, head)


def _tokens(text: str) -> list[str]:
    """Words; of Chinese, where words have no borders, the noun and pairs of neighbouring characters of the rest."""
    found: list[str] = []
    for token in _TOKEN.findall(text):
        if not _is_cjk(token):
            found.append(token)
            continue
        noun = next((noun for noun in _NOUN_ZH if token.endswith(noun) and len(token) > len(noun)), "")
        rest = token.removesuffix(noun)
        found += [rest[at : at + 2] for at in range(len(rest) - 1)] or [rest]
        if noun:
            found.append(_NOUN_ZH[noun])
    return found


def _is_cjk(word: str) -> bool:
    return "\u3400" <= word[0] <= "\u9fff" or "\uf900" <= word[0] <= "\ufaff"


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


class Vocabulary(msgspec.Struct, frozen=True):
    """What all names of a store say about a word: in how many of ``total`` clusters it is, whether it names places; which institutions
    have ``campuses`` and which names others carry with places behind them."""

    total: int
    spread: dict[str, int]
    places: frozenset[str]
    campuses: tuple[tuple[frozenset[str], frozenset[frozenset[str]]], ...]
    divided: frozenset[frozenset[str]]


def vocabulary(names: Sequence[Name]) -> Vocabulary:
    """What ``names``, all of a store, say about their words."""
    campuses = _campuses(names)
    named = _with_campuses(names, campuses)
    places = frozenset().union(*(name.place | name.site for name in named)) - _PLAIN
    carried: dict[str, set[int]] = defaultdict(set)
    for name in named:
        for word in name.core | name.place:
            carried[word].add(name.cluster)
    spread = {word: len(found) for word, found in carried.items()}
    kept = tuple((core, frozenset(sites)) for core, sites in sorted(campuses.items(), key=lambda one: sorted(one[0])))
    return Vocabulary(len({name.cluster for name in names}), spread, places, kept, _divided(named, places))


class Comparer:
    """Compares names: how telling a word is follows from how many clusters of the whole store carry it.

    ``names`` may be some of those that ``words`` was made of, or others: what it does not know is as rare as a word can be. Bits are
    whole numbers, in 256ths: their sums are the same in any order.
    """

    def __init__(self, names: Sequence[Name], countries: Sequence[frozenset[str]], words: Vocabulary | None = None) -> None:
        self.words = words = words or vocabulary(names)
        self.names, self.countries = _with_campuses(names, dict(words.campuses)), countries
        self.places, self.divided = words.places, words.divided
        spread = {word: words.spread.get(word, 1) for name in self.names for word in name.core | name.place}
        every = words.total + _KNOWN
        self.bits = {word: round(256 * math.log2(every / (found + _KNOWN * _share(word) + 1))) for word, found in spread.items()}
        self.telling = {word: 0 if word in _KINDS else bits for word, bits in self.bits.items()}
        self.rank = {word: at for at, word in enumerate(sorted(spread, key=lambda word: (spread[word], word)))}
        self.long = {word for word in spread if len(word) >= LONG and word.isalpha() and not _is_cjk(word)} - _KINDS
        self._number = {word: _numbered(word) for word in spread}

    def pairs(self) -> list[tuple[int, int]]:
        """Candidates: two names of different clusters that share a rare word or two fairly rare ones."""
        blocks: dict[int, list[int]] = defaultdict(list)
        for at, name in enumerate(self.names):
            for key in self.keys(name):
                blocks[key].append(at)
        cluster = [name.cluster for name in self.names]
        found: set[tuple[int, int]] = set()
        for members in blocks.values():
            if 1 < len(members) <= BLOCK:
                found.update(pair for pair in combinations(members, 2) if cluster[pair[0]] != cluster[pair[1]])
        return sorted(found)

    def keys(self, name: Name) -> Iterable[int]:
        """A rare word, two fairly rare ones, and how the rarest begins: each as a number of 64 bits that depends on nothing else."""
        number = self._number
        words = sorted(name.core | name.place, key=self.rank.__getitem__)
        own = [word for word in words if word not in name.kinds]
        yield from (number[word] for word in own[:RARE])
        yield from ((number[a] * _ODD + number[b]) & _64_BITS for a, b in combinations(words[: RARE + 1], 2))
        if own and len(own[0]) > 5:
            yield _numbered(f"{own[0][:4]}* {' '.join(sorted(name.kinds))}")

    def compare(self, one: Name, other: Name) -> Outcome:
        """The level of each comparison, in the order of ``LEVELS``."""
        bits = self.bits.__getitem__
        shared = one.core & other.core
        left, right = one.core - shared, other.core - shared
        more = 0  # bits that are shared in another way than by the same word in both names
        respelt = placed = False
        if left and right:
            for a, b in _respelt(left & self.long, right & self.long):
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
        telling = sum(map(self.telling.__getitem__, shared)) + more
        is_common = telling < _TELLING or (not more and shared <= _PLAIN)
        told = 0 if is_common else 1 if telling < _RARE else 2 if telling < _VERY_RARE else 3
        return (over, told, _place(one, other, placed), _kind(one, other), _order(one, other), int(respelt), self._country(one, other))

    def doubt(self, one: Name, other: Name, outcome: Outcome) -> str | None:
        """Why two names may be two institutions however much they share; None where nothing says so."""
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
        if level["spelling"]:
            alone = not shared or level["words"] > 0
            return "a word spelt otherwise needs another that is not" if alone else None
        words = [[word for word in name.order if word in shared] for name in (one, other)]
        if words[0] != words[1] and not (one.kinds or one.letters):
            return "the words in another order"
        if one.core == other.core and level["place"] > 1 and one.core in self.divided:
            sites = [name.site for name in (one, other)]
            if not any(site & one.core for site in sites):
                return "maybe another campus"
        for name, rest in ((one, one.core - shared - other.place), (other, other.core - shared - one.place)):
            if rest and (rest & self.places or any(word.isdigit() for word in rest)):
                return "maybe another site"
            if rest and set(name.order[: len(shared)]) != shared:
                return "a word more before the rest"
        return None

    def _country(self, one: Name, other: Name) -> int:
        a, b = self.countries[one.cluster], self.countries[other.cluster]
        return 1 if not a or not b else 0 if a & b else 2


@lru_cache(maxsize=100_000)
def _numbered(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


_ODD, _64_BITS = 0x9E3779B97F4A7C15, (1 << 64) - 1


def _campuses(names: Sequence[Name]) -> dict[frozenset[str], set[frozenset[str]]]:
    """By the core of an institution with at least CAMPUSES places that other names carry within themselves: these places."""
    cores = {name.core for name in names}
    campuses: dict[frozenset[str], set[frozenset[str]]] = defaultdict(set)
    for name in names:
        if name.site - name.core and name.core | name.site in cores:
            campuses[name.core].add(name.site)
    return {core: sites for core, sites in campuses.items() if len(sites) >= CAMPUSES}


def _with_campuses(names: Sequence[Name], campuses: Mapping[frozenset[str], Collection[frozenset[str]]]) -> list[Name]:
    """``University of California, Davis`` as ``University of California Davis``, where several such names are told."""
    return [
        replace(name, core=name.core | name.site, place=name.place - name.site, order=(*name.order, *sorted(name.site - name.core)))
        if name.site in campuses.get(name.core, ())
        else name
        for name in names
    ]


def _divided(names: Sequence[Name], places: frozenset[str]) -> frozenset[frozenset[str]]:
    """The cores of names that others carry with at least CAMPUSES places behind them."""
    cores = {name.core for name in names}
    campuses: dict[frozenset[str], set[str]] = defaultdict(set)
    for name in names:
        for at in range(2, len(name.order)):
            core, rest = frozenset(name.order[:at]), name.order[at:]
            if core in cores and rest[0] in places:
                campuses[core].add(rest[0])
    return frozenset(core for core, found in campuses.items() if len(found) >= CAMPUSES)


def _share(word: str) -> float:
    if word in _KINDS or word in DIVISION:
        return _NOUN_SHARE
    return _COMMON_SHARE if word in _COMMON else 0.0


_KINDS = frozenset(NOUN.values())


_PLAIN = _KINDS | _COMMON


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
    found = [comparer.compare(comparer.names[a], comparer.names[b]) for a, b in pairs]
    return found, Counter(found)
