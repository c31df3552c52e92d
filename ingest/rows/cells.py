"""The rules for cells: one cell becomes one typed value, or breaks a rule.

In: a cell as a reader gives it (text from CSV; text, number, list or object from JSON Lines; never blank). Out: the value that the graph
stores. Next: ``ingest.rows.models`` reads every field by it; ``ingest.resolve.records``, ``ingest.resolve.cluster`` and ``desk.find`` tell
external ids by it.

A function that reads a cell raises ``Broken`` with the rule in plain words, never with the value: the caller knows where it stands.
``Tally`` in the validation context counts masked contacts.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar

import msgspec
from pydantic import ValidationInfo

from graph.codes import country_code
from graph.dates import check_date
from ingest.rows.clean import clean_text
from ingest.rows.contacts import mask_contacts

NAME_LENGTH = 500
_SHORT = 100
"""Texts of at most this length repeat from row to row: what they come to is remembered."""
TEXT_LENGTH = 200_000
"""Neo4j indexes no string near 1 MB; nothing that a person wrote comes close."""


class Broken(ValueError):
    """A cell or a row breaks ``rule``; ``field`` is known where the rule is about several fields."""

    def __init__(self, rule: str, field: str | None = None) -> None:
        super().__init__(rule)
        self.rule, self.field = rule, field


@dataclass(slots=True)
class Tally:
    """What is counted while rows are read: contacts masked inside texts or dropped with their columns."""

    contacts: int = 0


def is_blank(value: object) -> bool:
    """Whether a cell says nothing: missing, empty or white space; an empty list or object."""
    if isinstance(value, str):
        return not value or value.isspace()
    return value is None or (isinstance(value, list | dict) and not value)


# -- texts and lists


def _plain(value: object) -> str:
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Broken("must be text")
    return str(int(value)) if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 else str(value)


def identifier(value: object) -> str:
    """An id in its source: as written, less white space around it."""
    return _identifier(value) if type(value) is str else _checked_id(_plain(value))


@lru_cache(maxsize=20_000)
def _identifier(text: str) -> str:
    return _checked_id(clean_text(text))  # a file names its firms again and again


def _checked_id(text: str) -> str:
    if not text or len(text) > NAME_LENGTH:
        raise Broken(f"must have 1 to {NAME_LENGTH} characters")
    if "@" in text and mask_contacts(text)[1]:
        raise Broken("must not be an e-mail address")
    return text


@lru_cache(maxsize=20_000)
def _clean_and_masked(text: str) -> tuple[str, int]:
    return mask_contacts(clean_text(text))


def _masked(value: object, info: ValidationInfo, limit: int) -> str:
    text, found = _clean_and_masked(value) if type(value) is str and len(value) <= _SHORT else mask_contacts(_plain(value))
    if found and isinstance(info.context, Tally):
        info.context.contacts += found
    if not text or len(text) > limit:
        raise Broken(f"must have 1 to {limit:,} characters")
    return text


def line_text(value: object, info: ValidationInfo) -> str:
    """A name, a title or a short remark, contacts masked."""
    return _masked(value, info, NAME_LENGTH * 4)


def long_text(value: object, info: ValidationInfo) -> str:
    """A description, contacts masked."""
    return _masked(value, info, TEXT_LENGTH)


_SEPARATOR = re.compile(r"[;；|\n]")


def _parts(value: object) -> list[object]:
    if isinstance(value, str):
        if not _SEPARATOR.search(value):
            return [] if is_blank(value) else [value]
        return [part for part in _SEPARATOR.split(value) if not is_blank(part)]
    return [part for part in value if not is_blank(part)] if isinstance(value, list) else [value]


def references(value: object) -> tuple[str, ...]:
    """Ids, external ids or names; each once, in the order written."""
    return tuple(dict.fromkeys([identifier(part) for part in _parts(value)]))


def words(value: object, info: ValidationInfo) -> tuple[str, ...]:
    """Keywords, aliases, regions: each once, in the order written."""
    return tuple(dict.fromkeys(line_text(part, info) for part in _parts(value)))


_EXTERNAL = re.compile(r"[a-z][a-z0-9_.-]{1,30}:\S{1,200}")
_RESOLVERS = re.compile(r"https?://(?:www\.)?(?:(ror|orcid|wikidata|isni)\.org/(?:wiki/|isni/)?|(?:dx\.)?(doi)\.org/)", re.IGNORECASE)


def external_id(text: str) -> str | None:
    """``text`` as ``scheme:value`` if it is an external id (or its web address), else None."""
    text = _RESOLVERS.sub(lambda found: f"{found[1] or found[2]}:".lower(), text, count=1)
    scheme, colon, value = text.partition(":")
    if not colon or value.startswith("//"):
        return None
    text = f"{scheme.lower()}:{value}" if scheme.isupper() or scheme.islower() else text
    return text if _EXTERNAL.fullmatch(text) else None


def external_ids(value: object) -> tuple[str, ...]:
    """Ids of the form ``scheme:value``, sorted."""
    found = []
    for part in _parts(value):
        one = external_id(identifier(part))
        if one is None:
            raise Broken('must be "scheme:value", such as ror:05a28rw58')
        found.append(one)
    return tuple(sorted(set(found)))


def requirements(value: object, info: ValidationInfo) -> str:
    """JSON text: the list of requirements, or the JSON that the source gives."""
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        try:
            value = msgspec.json.decode(value)
        except msgspec.DecodeError:
            raise Broken("must be a list of requirements or valid JSON") from None
    if isinstance(value, str):
        value = list(words(value, info))
    text = msgspec.json.encode(_masked_json(value, info), order="deterministic").decode()
    if len(text) > TEXT_LENGTH:
        raise Broken(f"must have 1 to {TEXT_LENGTH:,} characters")
    return text


def _masked_json(value: object, info: ValidationInfo) -> object:
    if isinstance(value, str):
        return "" if is_blank(value) else long_text(value, info)
    if isinstance(value, list):
        return [_masked_json(part, info) for part in value]
    if isinstance(value, dict):
        return {clean_text(key): _masked_json(part, info) for key, part in value.items()}
    return value


# -- numbers

_GROUPED = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE)
_BARE = re.compile(r"[0-9]{1,14}(?:\.[0-9]{1,6})?")
_SCALE = {"": 1.0, "千": 1e3, "万": 1e4, "百万": 1e6, "千万": 1e7, "亿": 1e8, "万亿": 1e12}
_SCALED = re.compile(r"(.*?)\s*(千万|百万|万亿|千|万|亿)?\s*元?")


def _number(value: object, rule: str) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = float(value) if abs(value) < 1e300 else math.inf
    else:
        text = unicodedata.normalize("NFKC", value).strip() if isinstance(value, str) else ""
        scaled = _SCALED.fullmatch(text)
        if not scaled or not _GROUPED.fullmatch(scaled[1]):
            raise Broken(rule)
        number = round(float(scaled[1].replace(",", "")) * _SCALE[scaled[2] or ""], 6)
    if not math.isfinite(number):
        raise Broken(rule)
    return number


def amount(value: object) -> float:
    """An amount of money: ``1,200,000.50``, ``120万``, ``1.2亿元``."""
    rule = "must be an amount of 0 or more, such as 1200000, 1,200,000.50 or 120万"
    number = float(value) if isinstance(value, str) and _BARE.fullmatch(value) else _number(value, rule)
    if not 0 <= number <= 1e15:
        raise Broken(rule)
    return number


def _whole(low: int, high: int, rule: str, strip: str = "") -> Callable[[object], int]:
    dressed = re.compile(strip, re.IGNORECASE) if strip else None

    def read(value: object) -> int:
        if dressed and isinstance(value, str):
            value = dressed.sub("", value)
        number = _number(value, rule)
        if not number.is_integer() or not low <= number <= high:
            raise Broken(rule)
        return int(number)

    return read


trl = _whole(1, 9, "must be a whole number from 1 to 9", r"^\s*TRL\s*-?|级\s*$")
capacity = _whole(0, 10_000, "must be a whole number from 0 to 10,000")


def _between(low: float, high: float) -> Callable[[object], float]:
    rule = f"must be a number from {low:g} to {high:g}"

    def read(value: object) -> float:
        number = _number(value, rule)
        if not low <= number <= high:
            raise Broken(rule)
        return number

    return read


share = _between(0, 1)
outcome_grade = _between(-1, 1)

_ISO_4217 = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC
CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD
JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD
NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP
SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG
"""
_CURRENCIES = frozenset(_ISO_4217.split())
_CURRENCY_WORDS = {
    "人民币": "CNY",
    "RMB": "CNY",
    "元": "CNY",
    "美元": "USD",
    "欧元": "EUR",
    "英镑": "GBP",
    "日元": "JPY",
    "港元": "HKD",
    "港币": "HKD",
}


def currency(value: object) -> str:
    """An ISO 4217 code, or the usual Chinese word for one."""
    if type(value) is str and value in _CURRENCIES:
        return value
    text = _plain(value).upper()
    code = _CURRENCY_WORDS.get(text, text)
    if code not in _CURRENCIES:
        raise Broken("must be an ISO 4217 code, such as CNY or EUR")
    return code


# -- dates

_DATE_RULE = "must be a date: 2019, 2019-07, 2019-07-01, 2019/7/1 or 2019年7月1日"
_DATE = re.compile(
    r"(\d{4})(?:([-/.])(\d{1,2})(?:\2(\d{1,2}))?)?(?:[T ]\d{2}:\d{2}.*)?"
    r"|(\d{4})年(?:(\d{1,2})月(?:(\d{1,2})[日号])?)?"
    r"|(\d{4})(\d{2})(\d{2})",
    re.ASCII,
)


@lru_cache(maxsize=50_000)
def date_text(text: str, formats: tuple[str, ...] = ()) -> str:
    """A partial ISO date. ``formats`` are further forms of whole dates, as ``strptime`` reads them."""
    plain = unicodedata.normalize("NFKC", text).strip()
    for form in formats:
        try:
            return datetime.strptime(plain, form).date().isoformat()
        except ValueError:
            continue
    found = _DATE.fullmatch(plain)
    if not found:
        raise Broken(_DATE_RULE)
    groups = found.groups()
    parts = (groups[0] or groups[4] or groups[7], groups[2] or groups[5] or groups[8], groups[3] or groups[6] or groups[9])
    try:
        return check_date("-".join(part.zfill(2) for part in parts if part))
    except ValueError:
        raise Broken("must be a day of the calendar") from None


def date(value: object) -> str:
    """A partial ISO date from any of the written forms."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise Broken(_DATE_RULE)
    return date_text(value)


# -- closed lists

_Word = TypeVar("_Word", bound=StrEnum)
_JOINT = re.compile(r"[\s_-]+")


def one_of(enum: type[_Word], chinese: str) -> Callable[[object], _Word]:
    """Reads a word of ``enum``: in English (any case), or the Chinese one at the same place in ``chinese``."""
    members = list(enum)
    table: dict[str, _Word] = {member.value: member for member in members}
    table.update(zip(chinese.split(), members, strict=True))
    rule = f"must be one of: {', '.join(f'{member.value} {word}' for member, word in zip(members, chinese.split(), strict=True))}"

    def read(value: object) -> _Word:
        if type(value) is str and value in table:
            return table[value]
        word = table.get(_JOINT.sub("_", unicodedata.normalize("NFKC", value).strip().casefold())) if isinstance(value, str) else None
        if word is None:
            raise Broken(rule)
        return word

    return read


def country(value: object, info: ValidationInfo) -> str:
    """An ISO 3166 code where the cell is one or names a country, else the text as written."""
    return country_code(line_text(value, info))
