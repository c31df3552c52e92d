"""Regions: which place of the code lists a text names, and which places lie within another.

In: a region as a cell or a filter has it, in Chinese or Latin letters, perhaps with its country. Out: a ``Region``, or None where the text
is no place of the lists or could be several. Next: ``matcher.columns.tables`` and ``matcher.rank`` filter by it.

China by GB/T 2260 (``330106``), Europe by NUTS (``DE21``), other countries by ISO 3166-2 (``US-CO``), a whole country by its two letters.
A text is taken apart into names (``浙江省杭州市余杭区``, ``Hangzhou, Zhejiang``); the place is the one that all of them agree on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from graph.codes import places
from graph.codes.countries import by_code, by_name, countries, country_code
from graph.codes.lists import LONGEST, fold, is_east_asian

_SEPARATORS = re.compile(r"[,，、;；/|()（）\n]+")
_LISTED = (re.compile(r"[;；、|\n]+"), re.compile(r"[,，/]+"))
"""Between the places of a list; a comma may as well stand between a city and its province."""
_POSTCODE = re.compile(r"(?<=\D) \d{4,6}$|^\d{4,6} (?=\D)")
_WORDS = 8
"""Words of a text without commas that is tried as several names."""
_GENERIC = re.compile(
    r"(?:province|state|region|city|municipality|county|land|freistaat) of (?P<behind>.+)"
    r"|(?P<before>.+) (?:province|prov|sheng|city|shi|municipality|state|prefecture|region)"
)
FEDERAL = ("US-", "CA-", "AU-")
"""Whose states are meant where another country's region has the name of one."""
_FULL = "省市区县旗州盟"
"""A Chinese name with its rank: what follows it is an address."""
_ZONE = re.compile("(?:开发|高新|新|园|示范|保税|经开|自贸|试验|城)区|产业园|工业园|科技园|科技城|软件园")
"""What may follow a name without its rank: ``苏州工业园区`` lies in 苏州, ``吉林大学`` is no place."""


@dataclass(frozen=True, slots=True)
class Region:
    """A place of the lists. ``country``: ISO 3166-1, two letters; ``en`` and ``zh``: its name, empty where the list has none;
    ``parents``: the codes of what it lies in, from the nearest to the country. A country is a region without parents, but for Hong Kong,
    Macao and Taiwan, which GB/T 2260 and ISO 3166-2 list under CN too."""

    code: str
    country: str
    en: str
    zh: str
    parents: tuple[str, ...]


def region(text: str, country: str | None = None) -> Region | None:
    """The place that ``text`` names, None where it names none or could be one of several.

    ``country``, a code or name, narrows it: ``CO`` is Colorado in US. A text whose place is not in that country names none.
    """
    return _region(text, _nation(country)) if len(text) <= LONGEST else None


@lru_cache(maxsize=50_000)
def _region(text: str, country: str) -> Region | None:
    code = _one(_readings(text, country)) if _is_name(text, country) else None
    return known(code) if code else None


def regions_in(text: str, country: str | None = None) -> tuple[Region, ...]:
    """Every place that ``text`` may mean, by code: all of an ambiguous name (``鼓楼区``, ``CO``), each of a list (``浙江、江苏``)."""
    return _regions_in(text, country) if len(text) <= LONGEST else ()


@lru_cache(maxsize=1_000)
def _regions_in(text: str, country: str | None) -> tuple[Region, ...]:
    near = _nation(country)
    codes = set(_readings(text, near))
    for between in _LISTED:
        if not codes and between.search(text):
            codes = {code for part in between.split(text) for code in _readings(part.strip(), near)}
    return tuple(known(code) for code in sorted(codes))


def _nation(country: str | None) -> str:
    """The code of a country that the lists know, else "": it narrows nothing."""
    code = country_code(country) if country else ""
    return code if code in countries() else ""


def within(code: str, wanted: str) -> bool:
    """Whether the place of ``code`` is that of ``wanted`` or lies in it."""
    return code == wanted or wanted in places.parents(code)


@lru_cache(maxsize=1_000)
def inside(wanted: str) -> frozenset[str]:
    """The codes of all places within ``wanted``, itself among them."""
    found, todo = {wanted}, [wanted]
    while todo:
        below = places.table().children.get(todo.pop(), ())
        found.update(below)
        todo.extend(below)
    return frozenset(found)


@lru_cache(maxsize=20_000)
def known(code: str) -> Region:
    """The region of a code of the lists. Raises KeyError."""
    if code in countries():
        one = countries()[code]
        return Region(code, code, one.en, one.zh, places.parents(code))
    _, en, zh = places.table().rows[code]
    above = places.parents(code)
    return Region(code, next(one for one in above if one in countries()), en, zh, above)


def _is_name(text: str, country: str) -> bool:
    """Two letters alone are as often a word for "none" as a place: only within a country are they read."""
    return bool(country) or len(text.strip()) > 2 or is_east_asian(text)


def _readings(text: str, country: str) -> list[str]:
    """The codes that a text may stand for, each in agreement with all of its parts and with the country."""
    whole = _options(text, country)
    if whole:
        return whole
    parts = [part for part in (one.strip() for one in _SEPARATORS.split(text)) if part]
    if len(parts) == 1 and not is_east_asian(text):
        parts = _split(fold(text).split()[:_WORDS], country)
    if len(parts) < 2:
        return []
    options = [found for part in parts if (found := _options(part, country))]
    agreed = [code for code in dict.fromkeys(code for one in options for code in one) if all(_any_holds(one, code) for one in options)]
    return [code for code in agreed if not any(other != code and within(other, code) and not _same_name(options, code) for other in agreed)]


def _any_holds(options: Iterable[str], code: str) -> bool:
    return any(within(code, one) for one in options)


def _same_name(options: list[list[str]], code: str) -> bool:
    """Whether a code is one of several readings of each part: then the widest counts, as for a single name."""
    return all(code in one for one in options)


def _options(text: str, country: str) -> list[str]:
    """The codes that one name may stand for, in the country if there is one."""
    found = _listed(text, country)
    if not found and is_east_asian(text) and not _SEPARATORS.search(text):
        found = _chinese(fold(text).replace("市辖区", ""), country)
    if country:
        found = [code for code in found if within(code, country)]
    return list(dict.fromkeys(found))


def _listed(text: str, country: str) -> list[str]:
    """The codes of a name or a code that stands in the lists as it is written, but for what ``fold`` takes away and a word for its rank."""
    text = _POSTCODE.sub("", text).strip() or text.strip()
    key, code = fold(text), text.upper()
    if not key:
        return []
    if code in places.table().rows and (text.isupper() or any(map(str.isdigit, code))):
        return [code]
    found = _named(key)
    if len(code) <= 3 and code.isascii() and code.isalpha():
        nation = by_code(code)
        found += [nation] if nation else []
        found += places.by_letters(code, country) if country or len(code) == 2 else []
    else:
        generic = _GENERIC.fullmatch(key)
        if not found and generic:
            found += _named(generic["behind"] or generic["before"])
    return found


def _named(key: str) -> list[str]:
    """The codes of a folded name: a country's and those of other places; England is no country here."""
    nation = by_name(key) if key not in places.PARTS_OF_BRITAIN else None
    return [*([nation] if nation else []), *places.table().names.get(key, ())]


def _chinese(key: str, country: str) -> list[str]:
    """The code that a Chinese text stands for whose names follow one another, each within the one before; as a list."""
    at, here, last = 0, country, ""
    while at < len(key):
        end, code = _longest(key, at, here)
        if not code:
            break
        at, here, last = end, code, key[at:end]
    rest = key[at:]
    if not last or (rest and last[-1] not in _FULL and not _ZONE.search(rest)):
        return []
    return [here]


def _longest(key: str, at: int, here: str) -> tuple[int, str]:
    """The end and the code of the longest name at ``at`` that stands for one place within ``here``."""
    for end in range(min(len(key), at + places.LONGEST_NAME), at + 1, -1):
        code = _one([one for one in _named(key[at:end]) if not here or within(one, here)])
        if code:
            return end, code
    return at, ""


def _split(words: list[str], country: str) -> list[str]:
    """Words without commas as names, the longest first: ``Hangzhou Zhejiang China``; nothing where one word is left over."""
    for end in range(len(words), 0, -1):
        name = " ".join(words[:end])
        if _options(name, country):
            rest = _split(words[end:], country) if end < len(words) else []
            if rest or end == len(words):
                return [name, *rest]
    return []


def _one(codes: list[str]) -> str | None:
    """The one place that a name stands for: the widest where each other one lies in it; a country before what lies deep in another; the
    only state of the United States, Canada or Australia (Florida is also a department of Uruguay); in China a province, and a city if no
    district of a municipality, which is of the same rank, has the name. Else None."""
    if not codes:
        return None
    top = min(codes, key=lambda code: (len(places.parents(code)), code))
    others = [code for code in codes if not within(code, top)]
    if not others or (top in countries() and all(len(places.parents(code)) > 1 for code in others)):
        return top
    states = [code for code in codes if code[:3] in FEDERAL]
    if len(states) == 1 and top not in countries():
        return states[0]
    if not all(code.isdigit() for code in codes):
        return None
    provinces = [code for code in codes if code.endswith("0000")]
    cities = [code for code in codes if code.endswith("00")]
    if len(provinces) == 1:
        return provinces[0]
    if len(cities) == 1 and not any(map(places.is_municipal_district, codes)):
        return cities[0]
    return None
