"""The board of a store: every lead as a row of columns, kept by the store's sequence of documents; nothing is read twice.

In: suggestions and the states of leads, as documents; the ends of leads, by the change feed. Out: a ``Board``, under a lock while it is
read. Next: ``leads.board.listing``, ``leads.board.funnel`` and ``leads.board.duplicates``.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from desk.journal.journal import State
from desk.process.table import Value
from graph.documents import Document, DocumentKind
from graph.store import OnePerStore, Store, chunks
from leads import suggestions
from leads.board.ends import Codes, Ends
from leads.board.growing import Growing
from leads.leads import suggestion_of
from leads.model import Suggestion
from leads.process import LEAD, OFFER, REASONS

STATES = tuple(LEAD.states)
STATE_CODE = {state: code for code, state in enumerate(STATES)}
REASON_CODE = {reason: code for code, reason in enumerate(REASONS, 1)}
_STREAM = f"{LEAD.name}:"
Mask = npt.NDArray[np.bool_]


class Board:
    """The leads by row. ``is_there``: it is suggested, or ``is_begun``: somebody has done something with it; days are ordinals, 0 where
    there is none."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.row: dict[str, int] = {}
        self.ends = Ends()
        self.columns = Growing(
            number=np.uint64, need=np.intp, offer=np.intp, fit=np.float64, points=np.int64, found=np.int32, since=np.int32, state=np.int8,
            is_there=np.bool_, is_begun=np.bool_, is_asked=np.bool_, is_merged=np.bool_, broker=np.intp, person=np.intp, due=np.int32,
            reason=np.int8,
        )  # fmt: skip
        self.brokers, self.persons = Codes(), Codes()
        self.lock = threading.Lock()
        self._suggested: list[bytes] = []
        self._states: list[State | None] = []
        self._sequence = 0
        self._by_fit: npt.NDArray[np.int64] | None = None
        self._same: tuple[npt.NDArray[np.int64], dict[int, list[int]]] | None = None
        self.version = 0
        """Moves with every change."""
        self.sights: dict[Any, Any] = {}
        """What some have seen of this version, by who looks (``leads.board.sight``)."""

    def column(self, name: str) -> npt.NDArray[Any]:
        return self.columns[name]

    def same(self) -> tuple[npt.NDArray[np.int64], dict[int, list[int]]]:
        """By row a number of its pair, alike for leads of what is one need (merged, or of the same text) and one offer, and of the numbers
        that several have the rows."""
        if self._same is None or len(self._same[0]) != self.columns.length:
            ends = self.ends
            need, offer = ends.column("copy")[self.column("need")], ends.column("now")[self.column("offer")]
            pair = need.astype(np.int64) * len(ends.current.values) + offer
            order = np.argsort(pair, kind="stable")
            runs = np.flatnonzero(np.diff(pair[order], prepend=-1) == 0)
            several: dict[int, list[int]] = {}
            for at in runs.tolist():
                several.setdefault(int(pair[order[at]]), [int(order[at - 1])]).append(int(order[at]))
            self._same = (pair, several)
        return self._same

    def by_fit(self) -> npt.NDArray[np.int64]:
        """All rows, the best fit first, ties by id."""
        if self._by_fit is None or len(self._by_fit) != self.columns.length:
            self._by_fit = np.lexsort((self.column("number"), -self.column("fit")))
        return self._by_fit

    def value(self, row: int) -> Value:
        """What the journal says of a lead, not to be changed; empty while it is only suggested."""
        state = self._states[row]
        return state.value if state else {}

    def at(self, row: int) -> str:
        """The instant of the last step."""
        state = self._states[row]
        return state.at if state else ""

    def suggestion(self, row: int) -> Suggestion:
        """The suggestion as it stands, else as it was when somebody took it up."""
        content = self._suggested[row]
        return suggestions.decode(content) if content else suggestion_of(self.value(row))

    def follow(self, store: Store) -> None:
        """Bring the board up to date."""
        for part in chunks(store.documents_since(self._sequence, [DocumentKind.SUGGESTION, DocumentKind.STATE]), 5000):
            changed = [row for row in map(self._take, part) if row is not None]
            ends = {row: self.suggestion(row) for row in changed if self.column("is_there")[row]}
            self.ends.add(store, (end for one in ends.values() for end in (one.need, one.offer)))
            self._fill(ends)
            self._sequence = part[-1].version
            self.version += 1
        if self.ends.follow(store):
            self.version += 1
            self._same = None

    def _take(self, document: Document) -> int | None:
        """Keep what a document says; the row of its lead, None where it is of none."""
        if document.kind is DocumentKind.STATE:
            if not document.id.startswith(_STREAM):
                return None
            row = self._row(document.id.removeprefix(_STREAM))
            self._states[row] = msgspec.json.decode(document.content, type=State)
        else:
            row = self._row(document.id.removeprefix(suggestions.PREFIX))
            self._suggested[row] = document.content
        is_begun = self._states[row] is not None
        self.columns.set(row, is_there=bool(self._suggested[row]) or is_begun, is_begun=is_begun)
        return row

    def _row(self, id: str) -> int:
        if id not in self.row:
            self.row[id] = self.columns.add(number=int(id, 16))
            self.ids.append(id)
            self._suggested.append(b"")
            self._states.append(None)
        return self.row[id]

    def _fill(self, leads: dict[int, Suggestion]) -> None:
        """Put what is known of some leads into the columns."""
        before = self.column("fit")[list(leads)].tolist()
        self.columns.put(list(leads), [self._cells(row, one) for row, one in leads.items()])
        if before != [one.fit for one in leads.values()]:
            self._by_fit = None

    def _cells(self, row: int, one: Suggestion) -> dict[str, Any]:
        value = self.value(row)
        declines = value.get("declines") or [{}]
        return {
            "need": self.ends.row[one.need], "offer": self.ends.row[one.offer], "fit": one.fit, "points": one.points,
            "found": ordinal(one.found), "since": ordinal(value.get("since") or one.found),
            "state": STATE_CODE[value.get("state", "suggested")],
            "is_asked": bool(value.get("sides", {}).get(OFFER)), "broker": self.brokers.number(value.get("broker") or ""),
            "person": self.persons.number(value.get("person") or ""), "due": ordinal(value.get("next") or ""),
            "reason": REASON_CODE.get(declines[-1].get("reason", ""), 0), "is_merged": bool(value.get("into")),
        }  # fmt: skip


def ordinal(day: str) -> int:
    """A whole day as a number, 0 for none."""
    return date.fromisoformat(day).toordinal() if day else 0


_kept = OnePerStore(Board)


@contextmanager
def board_of(store: Store) -> Iterator[Board]:
    """The board of a store, up to date, for whoever reads it alone."""
    board = _kept(store)
    with board.lock:
        board.follow(store)
        yield board
