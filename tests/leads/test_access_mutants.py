"""The rules of who sees and does what with leads, broken on purpose: each way to break one is caught by a cell of docs/access.md."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
import pytest

from desk.process.principals import Actor, Role
from desk.process.table import Who
from graph.errors import DovetailError
from graph.model import Visibility
from leads import introductions, leads, parties, told
from leads.board import sight
from leads.credit import attribution
from leads.meetings import meetings
from leads.meetings import told as told_of_talks
from leads.parties import Parties
from leads.subscriptions import subscribers
from tests.desk.hidden.test_mutants import Mutant, mutated
from tests.leads import test_access as access
from tests.leads import test_access_of_meetings as of_meetings
from tests.leads.test_access import place
from tests.leads.test_access_of_meetings import told as subscribed

__all__ = ["subscribed"]
LEADS = sorted(access.CELLS, key=lambda cell: cell.values[2] != access.TEASER)
"""Those of teasers first: whole rules are of these alone."""
MEETINGS, TOLD = of_meetings.MEETING_CELLS, of_meetings.TOLD_CELLS


def _broker_who(may: Callable[[Actor, Parties, Any, bool], bool]) -> Callable[[Any], Any]:
    """A broker of whom ``may`` is true, of the actor, the parties, who holds the lead and whether both ends are seen, works on the lead."""

    def made(relations: Any) -> Any:
        def more(actor: Actor, viewer: Any, of: Parties, value: Any) -> frozenset[Who]:
            found: frozenset[Who] = relations(actor, viewer, of, value)
            is_seen = of.need is not None and of.offer is not None and viewer.sees(of.need) and viewer.sees(of.offer)
            is_one = actor.role is Role.BROKER and not found and may(actor, of, value.get("broker") or "", is_seen)
            return found | ({Who.BROKER} if is_one else set())

        return more

    return made


def _asked_already(relations: Any) -> Any:
    return lambda actor, viewer, of, value: relations(actor, viewer, of, {**value, "sides": {"offer": "proposed"}})


def _everybody_is(*more: Who) -> Callable[[Any], Any]:
    return lambda relations: lambda *given: relations(*given) | set(more)


def _all_rows(sight_of: Any) -> Any:
    def made(board: Any, *given: Any) -> Any:
        found = sight_of(board, *given)
        every = np.ones_like(found.is_seen)
        return sight.Sight(every, found.by or {Who.BROKER: every}, found.sees_end, found.knows_owner)

    return made


def _all_owners(sight_of: Any) -> Any:
    def made(board: Any, *given: Any) -> Any:
        found = sight_of(board, *given)
        return sight.Sight(found.is_seen, found.by, found.sees_end, np.ones_like(found.knows_owner))

    return made


def _both(talk_of: Any) -> Any:
    return lambda value, lead, talk, shown, _side, now: talk_of(value, lead, talk, shown, "", now)


MUTANTS = [
    Mutant("a broker works on the leads of what it was let into", parties, "relations",
           _broker_who(lambda _actor, of, holder, seen: seen and not holder and getattr(of.need, "visibility", "") == "confidential")),
    Mutant("a broker works on what another holds", parties, "relations",
           _broker_who(lambda actor, _of, holder, seen: seen and bool(holder) and not actor.is_of(holder))),
    Mutant("who holds a lead needs not see the demand", parties, "relations",
           _broker_who(lambda actor, _of, holder, _seen: actor.is_of(holder))),
    Mutant("who offers sees a lead before it is asked", parties, "relations", _asked_already),
    Mutant("members of every institution are owners of the need", parties, "relations", lambda relations: lambda actor, *given:
           relations(actor, *given) | ({Who.OWNER} if actor.institution else set())),
    Mutant("who offers is told which need it is", leads, "_sees", lambda _sees: lambda _viewer, node: node is not None),
    Mutant("everybody is told whose a need is", Parties, "sees_owner", lambda _sees: lambda _self, _viewer, _nodes: True),
    Mutant("lists tell whose a need is", sight, "_sight", _all_owners),
    Mutant("lists show every lead", sight, "_sight", _all_rows),
    Mutant("whom an introduction was to is told", told, "_without_needs", lambda _without: lambda introduction: introduction),
    Mutant("the history tells all that was said", told, "_told_body", lambda _told: lambda body, _suggestion: body),
    Mutant("the sides read the notes", told, "WORKING", lambda working: working | {Who.OWNER, Who.TARGET}),
    Mutant("contacts are opened when a side is interested", leads, "OPENING", lambda opening: (*opening, "interested")),
    Mutant("anybody introduces to a confidential demand", introductions, "check_introducer", lambda _check: lambda _of, _related: None),
    Mutant("a teaser is as a public demand to who introduces", introductions, "is_confidential",
           lambda _is: lambda of: getattr(of.need, "visibility", None) is Visibility.CONFIDENTIAL),
    Mutant("credits are told to everybody", attribution, "credits",
           lambda credits: lambda store, _actor, *given: credits(store, access.OPERATOR, *given)),
    Mutant("everybody holds every meeting", meetings, "holds", lambda _holds: lambda _actor, _value: True),
    Mutant("everybody is a guest of every meeting", meetings.Meetings, "_relations", _everybody_is(Who.GUEST)),
    Mutant("a guest is told what the other side said", told_of_talks, "talk_of", _both),
    Mutant("who saved a search is not asked", subscribers, "cares", _everybody_is(Who.OWNER)),
    Mutant("a key that only reads acts for its institution", subscribers, "cares",
           lambda cares: lambda actor, value: cares(actor, value) | ({Who.OWNER} if actor.is_of(value.get("institution")) else set())),
]  # fmt: skip
QUICK = {"a broker works on the leads of what it was let into", "who offers sees a lead before it is asked",
         "everybody is told whose a need is", "a guest is told what the other side said"}  # fmt: skip
"""One of each sort is tried every time, the others with the slow tests."""
EACH = [pytest.param(one, id=one.why.replace(" ", "_"), marks=[] if one.why in QUICK else [pytest.mark.slow]) for one in MUTANTS]


def asked(cells: list[Any], ask: Callable[..., None]) -> None:
    """Ask cells; one whose first steps a broken rule forbids is left out."""
    for cell in cells:
        with suppress(DovetailError):
            ask(*cell.values)


def cells_of(one: Mutant, told_: of_meetings.Told) -> None:
    """Ask the cells that the rule is of, on a new platform."""
    if one.place is subscribers:
        asked(TOLD, lambda *cell: of_meetings.check_told(told_, *cell))
        return
    with place() as here:
        if one.place in (meetings, meetings.Meetings, told_of_talks):
            of_meetings.houses(here)
            asked(MEETINGS, lambda *cell: of_meetings.check(here, *cell))
        else:
            asked(LEADS, lambda *cell: access.check(here, *cell))


@pytest.mark.parametrize("one", EACH)
def test_a_broken_rule_is_caught(one: Mutant, subscribed: of_meetings.Told) -> None:
    with mutated(one), pytest.raises(AssertionError):
        cells_of(one, subscribed)
