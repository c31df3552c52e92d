"""What a service does by itself from time to time: demands whose day has come end, records that have run out go.

In: a store. Out: what was done, in the log. Next: ``api.http.service`` runs it in a thread of its own. Of several workers whoever comes
first does it; the others find nothing left.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from api.http.conventions import once
from desk.people.demands import Demands
from graph.errors import Conflict, DovetailError
from graph.store import Store

EVERY_SECONDS, AGAIN_SECONDS = 3600.0, 30.0
_log = logging.getLogger("dovetail")


def keep_house(store: Store) -> tuple[int, int]:
    """How many demands have ended, and how many records of requests are gone."""
    try:
        ended = len(Demands(store).expire())
    except Conflict:  # another worker is at it
        ended = 0
    return ended, once.sweep(store)


def run(store: Callable[[], Store], stop: threading.Event) -> None:
    """Keep house until ``stop``, at once and then every hour; where the store is away, soon again."""
    while not stop.is_set():
        pause = EVERY_SECONDS
        try:
            ended, swept = keep_house(store())
            if ended or swept:
                _log.info("%d demands ended, %d records of requests are gone", ended, swept)
        except DovetailError as error:
            _log.warning("%s", error)
            pause = AGAIN_SECONDS
        stop.wait(pause)
