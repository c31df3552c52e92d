"""The month of a report.

In: a month as ``2026-06``, an instant. Out: a ``Month``: whether an instant or a day lies in it, and whether it is over. Next: the modules
beside this one. Instants are UTC, and so are the days of a month.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from graph.dates import end_of_period
from graph.errors import InvalidInput
from graph.language import _

_FORM = re.compile(r"\d{4}-\d{2}", re.ASCII)


@dataclass(frozen=True)
class Month:
    """``is_over``: whether nothing more can happen in it."""

    name: str
    is_over: bool

    @property
    def first(self) -> str:
        """Its first day."""
        return f"{self.name}-01"

    @property
    def last(self) -> date:
        """Its last day."""
        return end_of_period(self.name)

    def has(self, at: str) -> bool:
        """Whether an instant, or a whole day, lies in it."""
        return at[:7] == self.name

    def has_date(self, text: str | None) -> bool:
        """Whether a partial date lies in it, by the end of its period; an unknown one lies in none."""
        return text is not None and end_of_period(text).isoformat()[:7] == self.name


def month(text: str, now: str) -> Month:
    """The month that ``text`` names, as it is at the instant ``now``. Raises InvalidInput for what is no month, or is still to come."""
    try:
        if not _FORM.fullmatch(text):
            raise ValueError
        end_of_period(text)
    except ValueError as error:
        raise InvalidInput(_("a month is YYYY-MM, as 2026-06"), field="month") from error
    if text > now[:7]:
        raise InvalidInput(_("the month is still to come"), field="month")
    return Month(text, text < now[:7])
