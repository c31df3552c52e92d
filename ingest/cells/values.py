"""The rules for cells: one cell becomes one typed value, or breaks a rule.

In: a cell as a reader gives it (text from CSV; text, number, list or object from JSON Lines; never blank). Out: the value that the graph
stores. Next: ``ingest.rows.models`` reads every field by it; ``ingest.resolve.records``, ``ingest.resolve.cluster`` and ``desk.find`` tell
external ids by it.

A function that reads a cell raises ``Broken`` with the rule in plain words, never with the value: the caller knows where it stands.
``Tally`` in the validation context counts masked contacts. Readers that know many forms have a module each, and those of a field's type are
named here too. docs/cells.md lists what is read.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import msgspec
from pydantic import ValidationInfo

from graph.codes import country_code
from graph.language import N_, Message
from ingest.cells.broken import TOO_DEEP, Broken, is_deep
from ingest.cells.clean import clean_text
from ingest.cells.contacts import mask_contacts
from ingest.cells.currencies import CODES, currency_code
from ingest.cells.identifiers import DAMAGED_RULE, checked_external_id, damaged_number, scheme_of
from ingest.cells.maturity import read_maturity
from ingest.cells.money import BARE, RULE, read_money

NAME_LENGTH = 500
_SHORT = 100
"""Texts of at most this length repeat from row to row: what they come to is remembered."""
TEXT_LENGTH = 200_000
"""Neo4j indexes no string near 1 MB; nothing that a person wrote comes close."""


@dataclass(slots=True)
class Tally:
    """What is counted while rows are read: contacts masked inside texts or dropped with their columns."""

    contacts: int = 0
    held: dict[str, object] | None = None
    """The contact columns of the row at hand, where somebody wants them."""

    def drop(self, name: str, value: object) -> None:
        """Take a contact column away from a row."""
        self.contacts += 1
        if self.held is not None:
            self.held[name] = value


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
        raise Broken(Message("must have 1 to {name_length} characters", name_length=NAME_LENGTH))
    if "@" in text and mask_contacts(text)[1]:
        raise Broken("must not be an e-mail address")
    if damaged_number(text):
        raise Broken(DAMAGED_RULE)
    return text


@lru_cache(maxsize=20_000)
def _clean_and_masked(text: str) -> tuple[str, int]:
    return mask_contacts(clean_text(text))


def _masked(value: object, info: ValidationInfo, limit: int) -> str:
    text, found = _clean_and_masked(value) if type(value) is str and len(value) <= _SHORT else mask_contacts(_plain(value))
    if found and isinstance(info.context, Tally):
        info.context.contacts += found
    if not text or len(text) > limit:
        raise Broken(Message("must have 1 to {limit:,} characters", limit=limit))
    return text


def line_text(value: object, info: ValidationInfo) -> str:
    """A name, a title or a short remark, contacts masked."""
    return _masked(value, info, NAME_LENGTH * 4)


def long_text(value: object, info: ValidationInfo) -> str:
    """A description, contacts masked."""
    return _masked(value, info, TEXT_LENGTH)


_SEPARATOR = re.compile(r"[;；|\n]")


def parts_of(value: object) -> list[object]:
    """What a cell of several values holds: the parts of a text, the items of a list."""
    if isinstance(value, str):
        if not _SEPARATOR.search(value):
            return [] if is_blank(value) else [value]
        return [part for part in _SEPARATOR.split(value) if not is_blank(part)]
    return [part for part in value if not is_blank(part)] if isinstance(value, list) else [value]


def references(value: object) -> tuple[str, ...]:
    """Ids, external ids or names; each once, in the order written."""
    return tuple(dict.fromkeys([identifier(part) for part in parts_of(value)]))


_BEFORE_ID = re.compile(r".{1,200}(?:\s@\s+|=\s*)(?=[A-Za-z]{2,30}\s*:)", re.DOTALL)
"""Of a reference to an institution or a person: what stands before an external id (``funder=ror:...``, ``王芳 @ ror:...``)."""


def party(value: object) -> str:
    """A reference to an institution or a person: an id, a name, or an external id, which must be well formed."""
    text = identifier(value)
    if ":" not in text:
        return text
    before = found[0] if (found := _BEFORE_ID.match(text)) and scheme_of(text[found.end() :]) else ""
    rest = text[len(before) :]
    return before + (checked_external_id(rest) or rest) if scheme_of(rest) else text


def parties(value: object) -> tuple[str, ...]:
    """References to institutions or people; each once, in the order written."""
    return tuple(dict.fromkeys([party(part) for part in parts_of(value)]))


def words(value: object, info: ValidationInfo) -> tuple[str, ...]:
    """Keywords, aliases, regions: each once, in the order written."""
    return tuple(dict.fromkeys(line_text(part, info) for part in parts_of(value)))


def external_ids(value: object) -> tuple[str, ...]:
    """Ids of the form ``scheme:value``, sorted; those of a known scheme well formed."""
    found = []
    for part in parts_of(value):
        one = checked_external_id(identifier(part))
        if one is None:
            raise Broken('must be "scheme:value", such as ror:05a28rw58')
        found.append(one)
    return tuple(sorted(set(found)))


def requirements(value: object, info: ValidationInfo) -> str:
    """JSON text: the list of requirements, or the JSON that the source gives."""
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        if is_deep(value.encode("utf-8", "replace")):
            raise Broken(TOO_DEEP)
        try:
            value = msgspec.json.decode(value)
        except (msgspec.DecodeError, ValueError):
            raise Broken("must be a list of requirements or valid JSON") from None
    if isinstance(value, str):
        value = list(words(value, info))
    text = msgspec.json.encode(_masked_json(value, info), order="deterministic").decode()
    if len(text) > TEXT_LENGTH:
        raise Broken(Message("must have 1 to {text_length:,} characters", text_length=TEXT_LENGTH))
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


def _number(value: object, rule: str) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = float(value) if abs(value) < 1e300 else math.inf
    else:
        text = unicodedata.normalize("NFKC", value).strip() if isinstance(value, str) else ""
        if not _GROUPED.fullmatch(text):
            raise Broken(rule)
        number = float(text.replace(",", ""))
    if not math.isfinite(number):
        raise Broken(rule)
    return number


def amount(value: object) -> float:
    """One amount of money in major units: ``1,200,000.50``, ``120万``, ``1.2亿元``. Its currency has a field of its own, so any but yuan,
    which 万 and 元 mean, is Broken here; so are a range and an amount that is not stated."""
    if type(value) is str and BARE.fullmatch(value):
        return float(value)
    money = read_money(value)
    if money is None or money.low is None or money.low != money.high:
        raise Broken(RULE)
    if money.currency not in (None, "CNY"):
        raise Broken("must be an amount without a currency, which has a field of its own")
    return money.low


def capacity(value: object) -> int:
    """How many cooperations at once: a whole number from 0 to 10,000."""
    rule = N_("must be a whole number from 0 to 10,000")
    number = _number(value, rule)
    if not number.is_integer() or not 0 <= number <= 10_000:
        raise Broken(rule)
    return int(number)


def trl(value: object) -> int:
    """A level from 1 to 9, of a number or of the word for a stage."""
    return read_maturity(value)[0]


def _between(low: float, high: float) -> Callable[[object], float]:
    rule = Message("must be a number from {low:g} to {high:g}", low=low, high=high)

    def read(value: object) -> float:
        percent = isinstance(value, str) and low == 0 and value.rstrip()[-1:] in ("%", "％")
        number = _number(str(value).rstrip()[:-1], rule) / 100 if percent else _number(value, rule)
        if not low <= number <= high:
            raise Broken(rule)
        return number

    return read


share = _between(0, 1)
outcome_grade = _between(-1, 1)


def currency(value: object) -> str:
    """An ISO 4217 code, or the usual sign or word for one."""
    if type(value) is str and value in CODES:
        return value
    text = unicodedata.normalize("NFKC", _plain(value))
    code = currency_code(text) or currency_code(text.upper())
    if code is None:
        raise Broken("must be an ISO 4217 code, such as CNY or EUR")
    return code


# -- countries


def country(value: object, info: ValidationInfo) -> str:
    """An ISO 3166 code where the cell is one or names a country, else the text as written."""
    return country_code(line_text(value, info))
