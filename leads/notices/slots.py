"""When something is told: at once, on every day, on every Monday.

In: a cadence and an instant. Out: the slot in which the instant lies, comparable with others. Next: ``leads.notices.compose``.

A day begins at an hour of UTC that a centre chooses (0 is eight in the morning in Beijing), so a daily letter goes out at the first run
after it, whenever runs are, and a weekly one on Monday. A clock that goes back brings nothing twice: a slot that is over does not come
again.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from leads.subscriptions.search import AT_ONCE, WEEKLY


def slot(cadence: str, at: str, hour: int = 0) -> str:
    """The day on which the slot of ``at`` began (ISO 8601); the instant itself where things are told at once."""
    if cadence == AT_ONCE:
        return at
    day = (datetime.fromisoformat(at) - timedelta(hours=hour)).date()
    if cadence == WEEKLY:
        day -= timedelta(days=day.weekday())
    return day.isoformat()


def is_due(cadence: str, last: str, at: str, hour: int = 0) -> bool:
    """Whether a slot has begun since ``last``, a slot or an instant, of which ``at`` lies in."""
    return cadence == AT_ONCE or slot(cadence, at, hour) > last
