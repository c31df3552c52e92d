"""Numbers that are shown as dates: which formats do so, with what precision, and which day a number is.

In: number formats and numbers of a workbook. Out: ISO dates, partial or with a time of day; a time alone; or ``Failed``. Next:
``ingest.read.office.shown`` reads cells by it, ``ingest.read.office.grid`` sets a ``Failed`` cell aside. Source: ECMA-376,
part 1, sections 18.8.30 (formats) and 18.17.4 (days).
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import NamedTuple


class Failed(NamedTuple):
    """A cell that holds no value: what is wrong with it, and what it shows."""

    rule: str
    shown: str


BUILT_IN: dict[int, str | None] = {
    **dict.fromkeys((14, 15, 16, 22, 28, 29, 30, 31, 51, 53, 54, 58), "day"),
    **dict.fromkeys((17, 27, 36, 50, 52, 57), "month"),
    **dict.fromkeys((18, 19, 20, 21, 32, 33, 34, 35, 45, 46, 47, 55, 56), "time"),
}
"""What formats known by their number show; from 27 on, those of Chinese systems."""
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?![hms]+\])[^\]]*\]', re.IGNORECASE)


def precision_of(code: str) -> str | None:
    """What a number format shows of a date: its day, month, year or only its time; None if it shows a number."""
    plain = _LITERAL.sub("", code.partition(";")[0]).lower()
    if "general" in plain or not re.search("[ymdhs]", plain):
        return None
    if "y" in plain and "d" not in plain:
        return "month" if "m" in plain else "year"
    return "day" if re.search("[yd]", plain) else "time"


def date_of(serial: float, precision: str, from_1904: bool) -> object:
    """A day's number as an ISO date of the given precision. Days up to 1900-02-28 are one off in the format itself."""
    base = datetime(1904, 1, 1) if from_1904 else datetime(1899, 12, 30) if serial >= 60 else datetime(1899, 12, 31)
    try:
        moment = base + timedelta(seconds=round(serial * 86400))
    except (OverflowError, ValueError):
        return Failed("is no date: its number is out of range", f"{serial:g}")
    if serial < 0:
        return Failed("is no date: its number is out of range", f"{serial:g}")
    if precision == "time" and serial < 1:
        return moment.strftime("%H:%M:%S")
    if precision in ("month", "year"):
        return f"{moment.year:04}-{moment.month:02}" if precision == "month" else f"{moment.year:04}"
    return moment.date().isoformat() if moment.time() == datetime.min.time() else moment.isoformat(" ", "seconds")
