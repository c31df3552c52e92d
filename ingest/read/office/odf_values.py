"""The values of cells of an OpenDocument spreadsheet, and the styles by which a date is more or less precise.

In: the attributes and the text of a cell; the parts that hold styles. Out: a plain value, as of .xlsx. Next:
``ingest.read.office.ods`` makes rows of them.

A cell holds its value and, as text, what a person sees. The value counts, but where what is seen means something else by the rule
of ``ingest.read.office.shown``: leading zeros, words around the digits, per cent.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from decimal import Decimal
from typing import BinaryIO

from graph.language import Message
from ingest.read.office.markup import Handler, Unreadable, local, parsed
from ingest.read.office.serials import Failed
from ingest.read.office.shown import CURRENCY, LARGE
from ingest.read.spreadsheets import ERRORS

STYLES = 100_000
"""Styles of a workbook that are remembered."""

_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:T(\d\d:\d\d:\d\d)(?:\.\d*)?)?", re.ASCII)
_TIME = re.compile(r"PT(\d{1,2})H(\d{1,2})M(\d{1,2})(?:[.,]\d*)?S", re.ASCII)
_ID = re.compile(rf"0\d+|\d+(?:-\d+)+|(?!{CURRENCY.pattern}\d)[^\W\d_][^.,]*\d[^.,]*", re.IGNORECASE)
_LARGE = re.compile(rf"-?[\d.,]+\s*[{''.join(LARGE)}].*")


class Styles:
    """By the name of a style: what it shows of a date. And the styles of sheets that are hidden."""

    def __init__(self) -> None:
        self.hidden: set[str] = set()
        self.formats: dict[str, str] = {}
        self.cells: dict[str, tuple[str, str]] = {}

    def precision(self, name: str) -> str:
        """``day``, ``month``, ``year`` or ``time``; a style that says nothing says what the one above it says."""
        for _ in range(10):
            form, name = self.cells.get(name, ("", ""))
            if form or not name:
                return self.formats.get(form, "day")
        return "day"


class _Body(Exception):
    """The cells begin: no style follows."""


class _Handler(Handler):
    def __init__(self, styles: Styles) -> None:
        self._styles = styles
        self._date: str | None = None
        self._parts: set[str] = set()
        self._table = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "body":
            raise _Body
        if name in ("date-style", "time-style"):
            self._date = local(attributes).get("name", "")
            self._parts = set()
        elif self._date is not None:
            self._parts.add(name)
        elif name == "style":
            own = local(attributes)
            self._table = own.get("name", "") if own.get("family") == "table" else ""
            if own.get("family") == "table-cell":
                self._styles.cells[own.get("name", "")] = own.get("data-style-name", ""), own.get("parent-style-name", "")
        elif name == "table-properties" and local(attributes).get("display") == "false":
            self._styles.hidden.add(self._table)
        if len(self._styles.cells) + len(self._styles.formats) + len(self._styles.hidden) > STYLES:
            raise Unreadable(Message("has more than {styles:,} styles", styles=STYLES))

    def end(self, name: str) -> None:
        if name in ("date-style", "time-style") and self._date is not None:
            shown = self._parts
            precision = "time" if "hours" in shown and "day" not in shown else "day"
            if "year" in shown and "day" not in shown:
                precision = "month" if "month" in shown else "year"
            self._styles.formats[self._date] = precision
            self._date = None


def read_styles(streams: Iterator[BinaryIO]) -> Styles:
    """The styles in these parts, of which a later one goes before the others. Raises Unreadable."""
    styles = Styles()
    for stream in streams:
        with suppress(_Body):
            for _ in parsed(stream, _Handler(styles)):
                pass
    return styles


def value_of(attributes: Mapping[str, str], own: Mapping[str, str], text: str, precision: str) -> object:
    """What a cell holds; None for a blank one. ``own``: its attributes without prefixes, ``text``: what a person sees, ``precision``: of
    a date."""
    kinds = [value for key, value in attributes.items() if key.rpartition(":")[2] == "value-type"]
    kind = kinds[0] if kinds else ""
    if "error" in kinds or ("formula" in own and text.strip() in ERRORS):
        return Failed("is an error of a spreadsheet", text.strip() or "#VALUE!")
    try:
        if kind in ("float", "currency", "percentage"):
            return _number(kind, own.get("value", ""), text.strip())
        if kind == "date":
            return _date(own.get("date-value", ""), precision)
        if kind == "time":
            found = _TIME.fullmatch(own.get("time-value", ""))
            return ":".join(one.zfill(2) for one in found.groups()) if found else text
        if kind == "boolean":
            return own.get("boolean-value") == "true"
    except (ValueError, OverflowError):
        return Failed("holds no value of its type", (own.get("value") or own.get("date-value") or text)[:50])
    if not kind and "formula" in own and not text:
        return Failed("is a formula that was never computed: open the file and save it", "#VALUE!")
    return text or own.get("string-value") or None


def _number(kind: str, value: str, shown: str) -> object:
    number: int | float = int(value) if len(value) < 40 and value.isascii() and value.isdecimal() else float(value)
    if not math.isfinite(number):
        raise ValueError
    if kind == "percentage":
        return shown if shown.endswith("%") else f"{Decimal(repr(number)) * 100:f}%"
    if kind == "float" and (_ID.fullmatch(shown) or _LARGE.fullmatch(shown)):
        return shown
    return int(number) if isinstance(number, float) and number.is_integer() else number


def _date(value: str, precision: str) -> str:
    found = _DATE.fullmatch(value)
    if not found:
        raise ValueError
    year, month, day, time = found.groups()
    if precision in ("month", "year"):
        return f"{year}-{month}" if precision == "month" else year
    return f"{year}-{month}-{day}" if time in (None, "00:00:00") else f"{year}-{month}-{day} {time}"
