"""Partial dates: ``2019``, ``2019-07`` or ``2019-07-01``, kept as written.

In: a date as text, or None. Out: the same text, if it is a date of the calendar; the last day of its period; whether it may be seen as of a
day. Next: ``ingest.cells.values`` checks dates by it, ``matcher.columns.tables`` keeps them as ordinals, ``desk.facts`` and
``matcher.rank.explain`` ask what may be seen.

A fact with a partial date counts from the end of its period, so that asking "as of" a day never sees what may have come
after it. An unknown date (None) is always visible.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date

from graph.language import N_

_FORM = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)


def check_date(text: str) -> str:
    """``text`` if it is a (partial) ISO date of the calendar. Raises ValueError with the rule otherwise."""
    end_of_period(text)
    return text


def end_of_period(text: str) -> date:
    """The last day that a partial ISO date covers: ``2019`` -> 2019-12-31. Raises ValueError with the rule."""
    match = _FORM.fullmatch(text)
    if not match:
        raise ValueError(N_("a date is YYYY, YYYY-MM or YYYY-MM-DD"))
    year, month, day = match.groups()
    last_month = int(month or 12)
    try:
        return date(int(year), last_month, int(day or monthrange(int(year), last_month)[1]))
    except (ValueError, IndexError) as error:
        raise ValueError(N_("not a day of the calendar")) from error


def ordinal(text: str | None) -> int:
    """``end_of_period`` as a proleptic ordinal (days since 0001-01-01), 0 where the date is unknown."""
    return end_of_period(text).toordinal() if text else 0


def has_happened(text: str | None, as_of: str | None) -> bool:
    """Whether a fact dated ``text`` may be seen as of the day ``as_of``: dated on it or before, or not at all."""
    return text is None or as_of is None or end_of_period(text) <= end_of_period(as_of)
