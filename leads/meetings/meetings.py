"""Meetings as people hold them: planned, sides of leads invited, answered, seated, attended and followed up.

In: a store, who acts, an event. Out: the meeting as it stands for whoever acts; the journal's entry. Next: ``api.cli.leads.meetings`` and
``api.http.routes.meetings``; ``leads.meetings.due`` for reminders.

Who holds a meeting sees the talks of the leads that are for its eyes; a guest sees the meeting, and its own talks alone. Nobody sees how
many others there are.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from desk.find import find_institution
from desk.journal import states
from desk.journal.entries import Entry
from desk.journal.journal import Journal, State
from desk.people.sight import viewer_of
from desk.process.act import STATE, Act, act, allowed, seen, value_of
from desk.process.principals import Actor
from desk.process.table import Value, Who
from graph.errors import InvalidInput, NotFound
from graph.language import _
from graph.model import Expert, Node
from graph.store import Store
from graph.viewer import Viewer
from leads.leads import Leads
from leads.meetings.model import Meeting
from leads.meetings.process import FOLD, MEETING, is_accepted
from leads.meetings.tables import Talk, seating
from leads.meetings.told import entry_of, holds, of_meeting, talk_of
from leads.model import Lead
from leads.parties import Parties, parties, relations, speaks_as
from leads.process import FOLD as LEAD_FOLD
from leads.process import LEAD, NEED, OFFER, SIDES, TEXT
from leads.settings import DEFAULT, LeadSettings

FOLDS = {LEAD.name: LEAD_FOLD, MEETING.name: FOLD}
ORGANISER = "organiser"


class Meetings:
    """The meetings of a store."""

    def __init__(self, store: Store, journal: Journal | None = None, bounds: LeadSettings = DEFAULT) -> None:
        self._store, self._journal = store, journal or Journal(store, FOLDS)
        self._leads = Leads(store, self._journal, bounds)

    def plan(
        self, actor: Actor, title: str, day: str, slots: Sequence[str], tables: Sequence[int], *, place: str = "", organiser: str = ""
    ) -> Meeting:
        """Plan a meeting of the actor's institution; the operator may plan that of an ``organiser``. Raises InvalidInput for what a meeting
        cannot be."""
        own = actor.institution
        if organiser:
            own = find_institution(self._store, organiser, viewer_of(self._store, actor), ORGANISER)
        says = {"title": title, "day": day, "slots": list(slots), "tables": list(tables), "place": place, "organiser": own}
        return self._do(actor, secrets.token_hex(6), "plan", {name: said for name, said in says.items() if said})

    def invite(self, actor: Actor, id: str, lead: str) -> Meeting:
        """Invite both sides of a lead. A side that was not asked yet whether it is interested is asked by it. Raises NotFound for a lead or
        a meeting that is not the actor's, NotPossible for a lead that is over."""
        shown = self._leads.show(actor, lead)
        self._allowed(actor, id, "invite", {"lead": lead, NEED: ["?"], OFFER: ["?"]})
        for side in SIDES:
            if not shown.value.get("sides", {}).get(side):
                shown = self._leads.do(actor, lead, "propose", {"side": side})
        of = self._parties(lead)
        offers = (of.offer.id,) if isinstance(of.offer, Expert) else of.houses
        says = {"lead": lead, NEED: list(of.owners), OFFER: list(offers), "fit": shown.suggestion.fit}
        return self._do(actor, id, "invite", {name: said for name, said in says.items() if said})

    def answer(
        self, actor: Actor, id: str, lead: str, side: str, answer: str, *, on_word: str = "", people: int | None = None,
        delegation: int | None = None,
    ) -> Meeting:  # fmt: skip
        """Say, as a side or on its word, whether it comes to the talk of ``lead``."""
        says = {"lead": lead, "side": side, "answer": answer, "on_word": on_word, "people": people, "delegation": delegation,
                "by": self._speaks(actor, id, lead, side)}  # fmt: skip
        return self._do(actor, id, "answer", {name: said for name, said in says.items() if said not in ("", None)})

    def schedule(self, actor: Actor, id: str, *, anew: bool = False) -> Meeting:
        """Seat all talks to which both sides have said yes. Those that have a slot keep it, unless it is done ``anew``."""
        value = self._allowed(actor, id, "schedule", {"seats": {"?": []}, "best": True})
        talks = {lead: talk for lead, talk in value["talks"].items() if is_accepted(talk)}
        now = self._now_called(talks.values())
        wanted = [
            Talk(
                id=lead, people=sum(talk["people"].values()), fit=talk["fit"],
                who=tuple(sorted({f"{now[one]}/{talk['delegations'][side]}" for side in SIDES for one in talk[side]})),
            )
            for lead, talk in talks.items()
        ]  # fmt: skip
        kept = {} if anew else {lead: slot for lead, (slot, _table) in value["seats"].items()}
        found = seating(wanted, len(value["slots"]), value["tables"], kept)
        unplaced = {lead: {"why": one.why, "who": one.who.rpartition("/")[0]} for lead, one in found.unplaced.items()}
        says = {"seats": {lead: list(seat) for lead, seat in sorted(found.seats.items())}, "unplaced": unplaced, "best": found.is_best}
        return self._do(actor, id, "schedule", says)

    def attend(self, actor: Actor, id: str, lead: str, side: str, *, came: bool | None, intention: str = "") -> Meeting:
        """Note whether a side came to a talk, and what it means to do. Raises NotFound for a lead that is not the actor's to see."""
        if holds(actor, self._seen(actor, id)[0].value):
            self._leads.show(actor, lead)
        says = {"lead": lead, "side": side, "came": came} | ({"intention": intention} if intention else {})
        return self._do(actor, id, "attend", says)

    def outcome(
        self, actor: Actor, id: str, lead: str, *, after: int = 0, move: str = "", says: Mapping[str, Any] | None = None, text: str = ""
    ) -> Meeting:
        """Note what has come of a talk, so many days ``after`` the meeting: the lead is moved by its event ``move``, with what that one
        ``says``; without, nothing has changed. Where the lead was moved already by the same actor and event, as by a call that was cut off,
        that move is noted. Raises what ``Leads.do`` raises, and then nothing is noted."""
        shown = self._leads.show(actor, lead)
        said: dict[str, Any] = {"lead": lead, "after": after, "state": shown.state}
        value = self._allowed(actor, id, "outcome", said)
        if move:
            if not self._was_moved(actor, value, lead, move, says or {}):
                shown = self._leads.do(actor, lead, move, says)
            state = self._journal.state(f"{LEAD.name}:{lead}")
            said |= {"move": move, "number": state.number if state else 0}
        return self._do(actor, id, "outcome", said | {"state": shown.state}, {TEXT: text} if text else {})

    def do(self, actor: Actor, id: str, event: str, reason: str = "") -> Meeting:
        """Close or cancel a meeting. Raises InvalidInput for any other event."""
        if event not in ("close", "cancel"):
            raise InvalidInput(_("{event} is close or cancel", event=event), field="event")
        return self._do(actor, id, event, {"reason": reason} if reason else {})

    def show(self, actor: Actor, id: str) -> Meeting:
        """A meeting as it stands. Raises NotFound for one that is not the actor's to see."""
        state, related = self._seen(actor, id)
        return self._told(actor, viewer_of(self._store, actor), id, state, related)

    def listed(self, actor: Actor) -> Iterator[Meeting]:
        """The meetings that are the actor's to see, in the order of their last events."""
        viewer = viewer_of(self._store, actor)
        for id, state in states.states(self._store, MEETING.name):
            related = self._relations(actor, viewer, state.value)
            if related:
                yield self._told(actor, viewer, id, state, related)

    def history(self, actor: Actor, id: str) -> list[Entry]:
        """What was done with a meeting, in order, for who holds it. Raises NotFound for anybody else."""
        state, _related = self._seen(actor, id)
        if not holds(actor, state.value):
            raise MEETING.missing(id)
        leads = {lead: shown for lead in state.value["talks"] if (shown := self._lead(actor, lead))}
        told = (entry_of(one, leads) for one in self._journal.entries(f"{MEETING.name}:{id}"))
        return [one for one in told if one]

    def _do(self, actor: Actor, id: str, event: str, says: Mapping[str, Any], personal: Mapping[str, str] | None = None) -> Meeting:
        act(self._journal, MEETING, self._act(actor, id, event, says, personal or {}))
        return self.show(actor, id)

    def _allowed(self, actor: Actor, id: str, event: str, says: Mapping[str, Any]) -> Value:
        """The value of a meeting on which the actor can do ``event``: before a lead is moved for it, nothing is to be in its way."""
        allowed(self._journal, MEETING, self._act(actor, id, event, says, {}))
        return value_of(self._journal, MEETING, id)

    def _act(self, actor: Actor, id: str, event: str, says: Mapping[str, Any], personal: Mapping[str, str]) -> Act:
        related = self._relations(actor, viewer_of(self._store, actor), dict(says)) if event == "plan" else self._seen(actor, id)[1]
        return Act(id=id, event=event, actor=actor.id, relations=related, says=says, personal=personal)

    def _seen(self, actor: Actor, id: str) -> tuple[State, frozenset[Who]]:
        """A meeting and what somebody is to it. Raises NotFound for one that is not the actor's to see."""
        viewer = viewer_of(self._store, actor)
        return seen(self._journal, MEETING, id, lambda value: self._relations(actor, viewer, value))

    def _relations(self, actor: Actor, viewer: Viewer, value: Value) -> frozenset[Who]:
        """What somebody is to a meeting."""
        return of_meeting(actor, value, lambda lead: self._side(actor, viewer, lead))

    def _side(self, actor: Actor, viewer: Viewer, lead: str) -> str:
        """For which side of a lead somebody speaks; "" for none."""
        state = states.state(self._store, LEAD.name, lead)
        if state is None or not actor.institution:
            return ""
        of = parties(self._store, state.value["need"], state.value["offer"])
        if not actor.is_of(*of.owners, of.agent, *of.houses):
            return ""
        side = speaks_as(relations(actor, viewer, of, state.value))
        return side if side in SIDES else ""

    def _speaks(self, actor: Actor, id: str, lead: str, side: str) -> str:
        """As what somebody answers for ``side``: as a side of the lead, or as who holds the meeting. Raises NotFound for anybody else, and
        for a lead that is not for who holds it."""
        state, _related = self._seen(actor, id)
        own = self._side(actor, viewer_of(self._store, actor), lead)
        if own != side and holds(actor, state.value):
            self._leads.show(actor, lead)
            return ORGANISER
        if not own:
            raise LEAD.missing(lead)
        return own

    def _parties(self, lead: str) -> Parties:
        value = value_of(self._journal, LEAD, lead)
        return parties(self._store, value["need"], value["offer"])

    def _lead(self, actor: Actor, lead: str) -> Lead | None:
        try:
            return self._leads.show(actor, lead)
        except NotFound:
            return None

    def _now_called(self, talks: Collection[Mapping[str, Any]]) -> dict[str, str]:
        """The ids that participants have now: institutions merge."""
        ids = {one for talk in talks for side in SIDES for one in talk[side]}
        found = {one: node.id for one in ids for node in self._store.get([one]).values() if isinstance(node, Node)}
        return {one: found.get(one, one) for one in ids}

    def _was_moved(self, actor: Actor, value: Value, lead: str, move: str, says: Mapping[str, Any]) -> bool:
        """Whether the last that was done with a lead is that very move, and no outcome of the meeting has noted it."""
        *_before, last = self._journal.entries(f"{LEAD.name}:{lead}")
        noted = {one.get("number") for one in value["talks"][lead]["outcomes"].values()}
        is_said = all(last.body.get(name) == said or isinstance(last.body.get(name), dict) for name, said in says.items())
        return (last.kind, last.actor) == (move, actor.id) and last.number not in noted and is_said

    def _told(self, actor: Actor, viewer: Viewer, id: str, state: State, related: frozenset[Who]) -> Meeting:
        value, is_holder = state.value, holds(actor, state.value)
        talks = []
        for lead, talk in value["talks"].items():
            side = self._side(actor, viewer, lead)
            shown = self._lead(actor, lead) if is_holder or side else None
            if shown:
                talks.append(talk_of(value, lead, talk, shown, "" if is_holder else side, self._journal.now()))
        return Meeting(
            id=id, at=state.at, state=value[STATE], title=value["title"], day=value["day"], place=value["place"],
            organiser=value["organiser"], slots=tuple(value["slots"]), tables=tuple(value["tables"]) if is_holder else (),
            talks=tuple(sorted(talks, key=lambda one: one.lead)), is_best=value["best"] if is_holder else True, held=value["held"],
            events=tuple(MEETING.open_to(related, value, self._journal.now())),
        )  # fmt: skip
