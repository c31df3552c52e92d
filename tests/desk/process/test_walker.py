"""Every process: a walker takes every transition of its table and is refused every other; docs/processes.md is made of the tables."""

from __future__ import annotations

from typing import Any

import pytest

from api.streams import FOLDS, PROCESSES
from desk.journal.entries import Entry
from desk.process.table import Process, Who
from graph.errors import InvalidInput
from tests.conftest import ROOT

EVERY = [pytest.param(process, FOLDS[process.name], id=process.name) for process in PROCESSES]
PAGE = (ROOT / "docs" / "processes.md").read_text("utf-8")


@pytest.mark.parametrize(("process", "_fold"), EVERY)
def test_the_page_is_made_of_the_table(process: Process, _fold: Any) -> None:
    assert process.to_markdown() in PAGE


@pytest.mark.parametrize(("process", "_fold"), EVERY)
def test_the_table_is_sound(process: Process, _fold: Any) -> None:
    rows = [(one.event, before) for one in process.transitions for before in one.before]
    assert len(rows) == len(set(rows)), "no event has two rows for one state"
    for one in process.transitions:
        assert one.who and one.does
        assert set(one.before) <= {"", *process.states} and one.after in {"", *process.states}
    reached = {""}
    while more := {one.after for one in process.transitions if reached & set(one.before)} - reached:
        reached |= more
    assert reached - {""} == set(process.states)
    assert process.finals


@pytest.mark.parametrize(("process", "fold"), EVERY)
def test_every_other_event_is_refused_from_every_state(process: Process, fold: Any) -> None:
    events = {one.event for one in process.transitions}
    taken = 0
    for state in ("", *process.states):
        for event in events:
            rows = [one for one in process.transitions if one.event == event and state in one.before]
            if rows:
                assert process.find(state, event) is rows[0]
                taken += 1
            else:
                with pytest.raises(InvalidInput, match=f"has no {event}; it has"):
                    process.find(state, event)
                said = {"actor": "x", "at": "2026-01-01T00:00:00+00:00", "body": {}, "previous": ""}
                entry = Entry(stream=f"{process.name}:1", number=1, kind=event, **said)  # type: ignore[arg-type]
                with pytest.raises(InvalidInput):
                    fold({"state": state} if state else None, entry)
    assert taken == sum(len(one.before) for one in process.transitions)
    with pytest.raises(InvalidInput, match="there is no dance"):
        process.find("", "dance")


def test_who_is_named_is_somebody() -> None:
    assert {who for process in PROCESSES for one in process.transitions for who in one.who} <= set(Who)
