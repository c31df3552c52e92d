"""Names of institutions in the form in which those that are not equal are compared.

In: a name as a source writes it. Out: ``Name``: the words that tell who it is, kinds, address, what stands in brackets; of a faculty its
university and its own name. Next: ``ingest.resolve.vocabulary`` counts the words of a store, ``ingest.resolve.compare`` compares two.

A place behind a comma is an address, one in brackets or behind a dash part of the name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from sys import intern

from graph.codes import Region, country_code, is_country, region
from ingest.cells.nouns import GROUP_ZH, LINKING, NOUN, folded
from ingest.resolve.affiliations import Affiliation, affiliation
from ingest.resolve.names import NAMELESS, institution_key, is_acronym, stands_for

_BRACKETS = re.compile(r"\s*[(\[（【]([^()\[\]（）【】]*)[)\]）】]")
_GROUP_IN_BRACKETS = re.compile(rf"[(（]\s*{GROUP_ZH}\s*[)）]")
_DASH = re.compile(r"\s[-–—]\s+(.+)$")
_TOKEN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+|[^\W_\u3400-\u9fff\uf900-\ufaff]+")
_NOUN_ZH = {
    "大学": "university", "学院": "college", "医院": "hospital", "研究所": "institute", "研究院": "institute", "研究中心": "institute",
    "中心": "institute", "科学院": "academy", "委员会": "council", "协会": "society", "基金会": "foundation",
}  # fmt: skip
_ENDS_ZH = (("股份", "listed"), (GROUP_ZH, "group"))
_COMMON_WORDS = """
national international state federal royal central european american chinese general new science sciences technology technologies
technical technological medical medicine health research applied engineering systems solutions services industries group
development innovation education energy consulting software digital physics physical chemistry chemical biology biological
biomedical mathematics agriculture agricultural environment environmental economics economic finance transport culture sport
sports social public materials clinical veterinary information communication communications industry industrial system solution
economy affairs studies
"""
KINDS = frozenset(NOUN.values())
COMMON = frozenset(_COMMON_WORDS.split())
PLAIN = KINDS | COMMON
"""Words that tell little: kinds, and what many names hold."""
_UMLAUT = re.compile("(?<=[^aeioqu])([aou])e(?=[^aeiou])")  # Zuerich, Muenchen; not queen, Buenos
_SHORTENED = {
    "tech": "technology", "technologies": "technology", "technol": "technology", "sci": "science", "sciences": "science",
    "natl": "national", "nacional": "national", "nazionale": "national", "nationale": "national", "intl": "international", "med": "medical",
    "systems": "system", "industries": "industry", "solutions": "solution", "services": "service", "eng": "engineering", "st": "saint",
    "communications": "communication", "grp": "group", "svc": "service", "svcs": "service", "srvcs": "service", "srvces": "service",
    "mfg": "manufacturing", "mgmt": "management", "engrg": "engineering", "engg": "engineering",
}  # fmt: skip
"""Abbreviations, plurals and sisters of words that many names hold."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name to be compared; ``cluster`` is where exact keys put it."""

    text: str
    cluster: int
    order: tuple[str, ...]
    """The words that tell who it is, as they stand, then those of ``extra``."""
    kinds: frozenset[str]
    place: frozenset[str]
    site: frozenset[str]
    """Words of the first part of the place, which is no country: where divided institutions differ."""
    extra: frozenset[str]
    """Words of ``core`` that stand in brackets or behind a dash: a campus, a country, whatever tells it apart."""
    letters: frozenset[str]
    """Letters that stand alone: initials of people, sections of a house."""
    head: bool | None
    """Whether the noun comes first (``University of X``) or last (``X University``)."""
    part: str = ""
    """Of a faculty: its own name without 学院; ``core`` is then its university."""

    @property
    def core(self) -> frozenset[str]:
        """The words of ``order``."""
        return frozenset(self.order)


@lru_cache(maxsize=10_000)
def _shared(words: frozenset[str]) -> frozenset[str]:
    """``words``, the same object for all names that have them: most have none, and a store has names by the hundred thousand."""
    return words


def name_of(text: str, cluster: int, *, has_place: bool = False) -> Name | None:
    """The name ``text`` as it is compared; None for what is no institution's own name: a division that is no faculty, or nothing.
    ``has_place``: its row has the country or region in a column of its own, so that a town behind a comma is no address."""
    parts = affiliation(text)
    if parts.divisions:
        return _faculty(text, cluster, parts)
    own = _GROUP_IN_BRACKETS.sub(GROUP_ZH, parts.institution)
    bare = _BRACKETS.sub(" ", own).strip() or own
    key = institution_key(bare)
    if key in NAMELESS or not any(mark.isalpha() for mark in key):
        return None
    every = _tokens(key)
    if len(every) > 3 and stands_for(every[-1], every[:-1]):  # Centro de Investigaciones ... y Tecnologicas CIEMAT
        every.pop()
    tokens = [token for token in every if token not in LINKING]
    kinds = frozenset(NOUN[token] for token in tokens if token in NOUN)
    if kinds and len(tokens) > 1:
        tokens = _numbered(tokens, every[-1])
    order = tuple(dict.fromkeys(_word(token) for token in tokens))
    core = frozenset(order)
    letters = frozenset(token for token in every if len(token) == 1 and "a" <= token <= "z") - (LINKING if kinds else frozenset())
    if not core or core <= kinds:
        return None
    nouns = [at for at, token in enumerate(tokens) if token in NOUN]
    head = None if not nouns or len(tokens) == 1 else True if nouns[0] == 0 else False if nouns[-1] == len(tokens) - 1 else None
    extra = frozenset(_set_apart(own, text.isupper()))
    places = [frozenset(_word(token) for token in _tokens(folded(part)) if not token.isdigit()) - LINKING for part in parts.place]
    site = places[0] if parts.place and _is_site(parts.place[0], text.isupper()) else frozenset()
    if site and (has_place or _is_elsewhere(parts)):
        extra |= site
    core, order = core | extra, (*order, *sorted(extra - core))
    place = _shared(frozenset().union(*places) - core)
    return Name(text, cluster, order, _shared(kinds), place, _shared(site - core), _shared(extra), _shared(letters), head)


def _faculty(text: str, cluster: int, parts: Affiliation) -> Name | None:
    """``X大学材料学院``: compared with other faculties of X alone, and never joined."""
    stem = next((parts.divisions[0].removesuffix(end) for end in ("学院", "系") if parts.divisions[0].endswith(end)), "")
    nothing = _shared(frozenset())
    whole = (f"{institution_key(parts.institution)}/",)
    return Name(text, cluster, whole, nothing, nothing, nothing, nothing, nothing, None, stem) if stem else None


def is_shorter(one: str, other: str) -> bool:
    """Whether the shorter is made of letters of the longer, in order and from the first on: 材料 and 材料科学与工程."""
    short, long = sorted((one, other), key=len)
    letters = iter(long)
    return short[0] == long[0] and all(mark in letters for mark in short)


_NUMERALS = "i ii iii iv v vi vii viii ix x xi xii xiii"
_ROMAN = {word: str(at) for at, word in enumerate(_NUMERALS.split(), 1)}


def _numbered(tokens: list[str], last: str) -> list[str]:
    """``tokens`` with Roman numerals as digits: at the end of the name (Université Bordeaux I), where they can be nothing else anywhere."""
    if last in _ROMAN:
        tokens = [*(tokens[:-1] if tokens[-1] == last else tokens), _ROMAN[last]]
    return [_ROMAN[token] if token in ("ii", "iii") else token for token in tokens]


_SITE_WORDS = 3
"""Words of a town: Rancho Santa Margarita; what is longer is a street, a building or a part."""
_STREETS = frozenset(["road", "street", "avenue", "building", "way", "site", "cedex", "rue", "strasse", "ave", "bldg"])


def _is_site(text: str, is_loud: bool) -> bool:
    """Whether ``text``, the first part of an address, may name a town, where a campus can be: ``Davis``, not ``Norway``, not ``INSERM``."""
    words = _TOKEN.findall(folded(text))
    if not 0 < len(words) <= _SITE_WORDS or is_country(text) or not _STREETS.isdisjoint(words):
        return False
    if not PLAIN.isdisjoint(map(_word, words)) and (len(words) != 2 or words[0] != "college"):  # College Park, College Station
        return False
    small = text[0].islower() or any(mark.isdigit() for mark in text)
    return not small and (is_loud or not text.isupper())


def _is_elsewhere(parts: Affiliation) -> bool:
    """Whether the address lies in another place than the one the institution is called by: ``Chinese University of Hong Kong, Shenzhen``.
    Both must be places of the code lists in one country; a town of the state or city named lies in it."""
    nation = country_code(parts.place[-1]) if is_country(parts.place[-1]) else None
    there = region(parts.place[0], nation)
    if not there or not there.parents:
        return False
    named = _named_places(institution_key(parts.institution))
    return bool(named) and not any(_may_lie(here, there, nation) for here in named)


def _may_lie(here: Region, there: Region, nation: str | None) -> bool:
    """Whether what is called by the place ``here`` may have its seat in ``there``; ``nation``: the country, where the address says it."""
    if {here.country, *here.parents}.isdisjoint({there.country, *there.parents}):
        return nation is None  # Athens, of the University of Georgia, is another
    return here.code in (there.code, *there.parents) or there.code in here.parents


def _named_places(key: str) -> list[Region]:
    """The places that a name holds: New York, and not York, in ``new york university``."""
    words = [word for word in key.split() if word not in NOUN or word == "college"]
    found: list[Region] = []
    at = 0
    while at < len(words):
        several = ((count, region(" ".join(words[at : at + count]))) for count in (3, 2, 1) if at + count <= len(words))
        count, place = next(((count, one) for count, one in several if one and (one.parents or one.country in ("HK", "MO"))), (1, None))
        found += [place] if place else []
        at += count
    return found


def _word(token: str) -> str:
    """The form in which a word is compared."""
    return intern(NOUN.get(token) or _SHORTENED.get(token) or _UMLAUT.sub(r"\1", token))


def _set_apart(name: str, is_loud: bool) -> Iterable[str]:
    """The words in brackets or behind a dash within ``name``, but for acronyms: of the name itself, or in capitals alone."""
    dashed = _DASH.search(name)
    if dashed:
        yield from (_word(token) for token in _tokens(institution_key(_BRACKETS.sub(" ", dashed[1]))) if token not in LINKING)
    for found in _BRACKETS.finditer(name):
        inner = found[1].strip()
        is_word = " " in inner or is_country(inner) or sum(mark.isupper() for mark in inner) < 2
        if not is_acronym(inner, name[: found.start()]) and (is_loud or is_word):
            yield from (_word(token) for token in _tokens(institution_key(inner)) if token not in LINKING)


def _tokens(text: str) -> list[str]:
    """Words; of Chinese, where words have no borders, the noun and pairs of neighbouring characters of the rest."""
    found: list[str] = []
    for token in _TOKEN.findall(text):
        if not is_cjk(token):
            found.append(token)
            continue
        noun = next((noun for noun in _NOUN_ZH if token.endswith(noun) and len(token) > len(noun)), "")
        rest = token.removesuffix(noun)
        ends = [_NOUN_ZH[noun]] if noun else []
        for end, word in _ENDS_ZH:
            if rest.endswith(end) and len(rest) > len(end) + 1:
                rest = rest.removesuffix(end)
                ends.insert(0, word)
        found += [rest[at : at + 2] for at in range(len(rest) - 1)] or [rest]
        found += ends
    return found


def is_cjk(word: str) -> bool:
    """Whether ``word`` is written in Chinese characters."""
    return "\u3400" <= word[0] <= "\u9fff" or "\uf900" <= word[0] <= "\ufaff"
