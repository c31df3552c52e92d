"""What a service does by itself from time to time: demands whose day has come end, records that have run out go.

In: a store. Out: how much was done. Next: ``api.http.background`` does it every hour. Of several workers whoever comes first does it; the
others find nothing left.
"""

from __future__ import annotations

from api.http.conventions import once
from desk.people.demands import Demands
from graph.errors import Conflict
from graph.store import Store


def keep_house(store: Store) -> tuple[int, int]:
    """How many demands have ended, and how many records of requests are gone."""
    try:
        ended = len(Demands(store).expire())
    except Conflict:  # another worker is at it
        ended = 0
    return ended, once.sweep(store)
