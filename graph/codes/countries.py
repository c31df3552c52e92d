"""Countries: the ISO 3166-1 code of a name, in whichever of the usual languages and forms it is written.

In: the text of a cell or of a filter. Out: a code of two letters, or the text as written. Next: ``ingest.cells.values`` reads countries by
it, ``desk.filters`` those of filters, ``graph.codes.regions`` those beside a place, ``matcher.columns.tables`` those of its columns.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from graph.codes.lists import BETWEEN, LONGEST, fold, rows

_STYLE = re.compile(
    r"(?:(?:federal|federative|islamic|democratic|socialist|peoples|united|plurinational|bolivarian|cooperative|co operative|hashemite) )*"
    r"(?:republic|kingdom|principality|grand duchy|commonwealth|sultanate|federation) of (?:the )?(.+)"
)
_STYLE_ZH = re.compile("(..+?)(?:人民|民主|伊斯兰|联邦|社会主义)*(?:共和国|王国|公国|大公国|联邦)")


class Country(NamedTuple):
    """A country: its codes of two and three letters, and its usual names in English and Chinese."""

    code: str
    alpha3: str
    en: str
    zh: str


@lru_cache(maxsize=1)
def countries() -> dict[str, Country]:
    """Every country by its code of two letters."""
    return {code: Country(code, alpha3, en, zh) for code, alpha3, en, zh, _ in rows("countries.csv")}


@lru_cache(maxsize=1)
def names() -> dict[str, str]:
    """The code of every folded name."""
    out: dict[str, str] = {}
    for code, _, en, zh, more in rows("countries.csv"):
        for name in (en, zh, *more.split(BETWEEN)) if more else (en, zh):
            out.setdefault(fold(name), code)
    return out


@lru_cache(maxsize=1)
def _three() -> dict[str, str]:
    return {one.alpha3: one.code for one in countries().values()}


def country_code(text: str) -> str:
    """The ISO 3166-1 code of two letters of the country that ``text`` names or is the code of, else the text as written.

    Two letters that are no country's code are a code all the same (``eu`` is ``EU``): sources have codes that ISO only reserves.
    """
    return _code(text) if len(text) <= LONGEST else text


@lru_cache(maxsize=20_000)
def _code(text: str) -> str:
    found = find(text)
    if found:
        return found
    return text.upper() if len(text) == 2 and text.isascii() and text.isalpha() else text


def is_country(text: str) -> bool:
    """Whether ``text`` is a name or a code of a country."""
    return find(text) is not None


def find(text: str) -> str | None:
    """The code of the country that ``text`` names or is the code of, None where it does not."""
    return by_code(text) or (by_name(fold(text)) if len(text) <= LONGEST else None)


def by_code(text: str) -> str | None:
    """The code of two letters for one of two or three, in any case and with points or without."""
    code = text.strip().replace(".", "").upper() if len(text) < 10 else ""
    return code if code in countries() else _three().get(code)


def by_name(key: str) -> str | None:
    """The code of the country of a folded name, also where it says what sort of state it is (``Kingdom of Spain``, ``捷克共和国``)."""
    table = names()
    if key in table:
        return table[key]
    styled = _STYLE.fullmatch(key) or _STYLE_ZH.fullmatch(key)
    return table.get(styled[1]) if styled else None
