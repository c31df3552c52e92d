"""Leads as people work with them: suggested, followed up, proposed to both sides, introduced, agreed upon, closed or declined.

In: a store, who acts, an event. Out: the lead as it stands for whoever acts; the journal's entry and what follows from it in the graph.
Next: ``api.cli.leads`` and ``api.http.routes.leads``.

What is hidden is absent: a lead of which somebody may not see an end is answered like one that is not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from desk.find import find, find_institution
from desk.journal.entries import Entry
from desk.journal.journal import Journal, State
from desk.people.sight import viewer_of
from desk.people.streams import FOLDS as DESK_FOLDS
from desk.process.act import STATE, Act, act
from desk.process.principals import Actor
from desk.process.table import Value, Who
from graph.errors import Conflict, InvalidInput, NotAllowed
from graph.language import _
from graph.model import Achievement, Demand, Expert, Institution, Node, Visibility
from graph.store import Batch, Store
from graph.viewer import Viewer
from leads import capacity, introductions, outcomes, suggestions
from leads.houses import related_sides
from leads.model import Lead, Suggestion
from leads.parties import Parties, parties, relations, speaks_as
from leads.process import ACTION, FOLD, HOLDING, LEAD, OFFER, PUT_IN, SUGGESTION, TEXT
from leads.settings import DEFAULT, LeadSettings
from leads.told import WORKING, told, told_entries

FOLDS = {LEAD.name: FOLD}
PERSONAL = (TEXT, ACTION)
_PLATFORMS = ("by", SUGGESTION, "in_words", *PUT_IN)
"""What the platform says with an event."""
OPENING = ("introduce", "acknowledge")
"""The events after which both sides may see more of each other."""
_TRIES = 1000
"""How often an introduction is tried that others overtake, at most."""


class _Seen(NamedTuple):
    """A lead with its parties as somebody sees it, and what that somebody is to it."""

    suggestion: Suggestion
    state: State | None
    of: Parties
    viewer: Viewer
    related: frozenset[Who]

    @property
    def value(self) -> Value:
        return self.state.value if self.state else {}


class Leads:
    """The leads of a store."""

    def __init__(self, store: Store, journal: Journal | None = None, settings: LeadSettings = DEFAULT) -> None:
        self._store, self._journal, self._settings = store, journal or Journal(store, FOLDS), settings

    def show(self, actor: Actor, id: str) -> Lead:
        """A lead as it stands. Raises NotFound for one that is not the actor's to see."""
        return self._told(self._seen(actor, id))

    def begin(self, actor: Actor, need: str, offer: str, event: str = "shortlist", says: Mapping[str, Any] | None = None) -> Lead:
        """Take up by hand the lead of what ``need`` and ``offer`` name, by ``event``, whether it was suggested or not. Raises NotFound for
        what is not the actor's to see, InvalidInput for what needs or offers nothing."""
        viewer = viewer_of(self._store, actor)
        ends = [find(self._store, one, viewer) for one in (need, offer)]
        nodes = self._store.get(ends)
        for name, end, types in (("need", ends[0], (Demand, Institution)), ("offer", ends[1], (Institution, Expert, Achievement))):
            if not isinstance(nodes.get(end), types):
                raise InvalidInput(_("{name} is nothing that has a lead", name=end), field=name)
        made = Suggestion.of(ends[0], ends[1], found=self._journal.now()[:10])
        return self._done(actor, self._seen(actor, made.id, made), event, says)

    def do(self, actor: Actor, id: str, event: str, says: Mapping[str, Any] | None = None) -> Lead:
        """Do ``event`` with a lead. Raises NotFound for one that is not the actor's to see, and what ``act`` raises."""
        return self._done(actor, self._seen(actor, id), event, says)

    def history(self, actor: Actor, id: str) -> list[Entry]:
        """What was done with a lead, in order: for a side without what others noted. Raises NotFound for one that is not the actor's."""
        seen = self._seen(actor, id)
        entries = list(self._journal.entries(f"{LEAD.name}:{id}"))
        return told_entries(seen.related, entries, self._told(seen))

    def texts(self, actor: Actor, id: str) -> dict[int, str]:
        """What was said in words with the events of a lead, by the number of the entry, for who works on it; nothing for others."""
        seen = self._seen(actor, id)
        if not WORKING & seen.related:
            return {}
        found = {}
        for entry in self._journal.entries(f"{LEAD.name}:{id}"):
            for name in PERSONAL:
                text = self._journal.personal(entry.stream, entry.number, name) if name in entry.body else None
                if text:
                    found[entry.number] = text
        return found

    def _seen(self, actor: Actor, id: str, by_hand: Suggestion | None = None) -> _Seen:
        """Raises NotFound for a lead that is not there, or not for the actor: looked into as much for the one as for the other, so that the
        time tells nothing. ``by_hand``: what it is where it was not suggested."""
        state = self._journal.state(f"{LEAD.name}:{id}")
        kept = suggestions.one(self._store, id) or (suggestion_of(state.value) if state else by_hand)
        need, offer = (kept.need, kept.offer) if kept else (id, id)
        viewer, of = viewer_of(self._store, actor), parties(self._store, need, offer)
        related = relations(actor, viewer, of, state.value if state else {})
        if not kept or not related:
            raise LEAD.missing(id)
        return _Seen(kept, state, of, viewer, related)

    def _again(self, actor: Actor, seen: _Seen) -> _Seen:
        """A lead after something was done, for whoever did it, who may not see it any more: it was handed over."""
        state = self._journal.state(f"{LEAD.name}:{seen.suggestion.id}")
        viewer, of = viewer_of(self._store, actor), parties(self._store, seen.suggestion.need, seen.suggestion.offer)
        related = relations(actor, viewer, of, state.value if state else {})
        return seen._replace(state=state, of=of, viewer=viewer, related=related or seen.related)

    def _told(self, seen: _Seen) -> Lead:
        of, suggestion = seen.of, seen.suggestion
        nodes = self._store.get([one for one in (*of.owners, suggestion.need, suggestion.work) if one])
        about = of.owners[0] if of.owners and of.sees_owner(seen.viewer, nodes) else ""
        work = nodes.get(suggestion.work)
        return told(
            seen.related, suggestion, seen.value, at=seen.state.at if seen.state else "", now=self._journal.now(), about=about,
            houses=of.houses, sees_need=_sees(seen.viewer, of.need), sees_work=isinstance(work, Node) and seen.viewer.sees(work),
        )  # fmt: skip

    def _done(self, actor: Actor, seen: _Seen, event: str, says: Mapping[str, Any] | None) -> Lead:
        said = dict(says or {})
        for name in _PLATFORMS:
            if name in said and not (event == "assign" and name == "broker"):
                raise InvalidInput(_("{name} is not said by whoever acts", name=name), field=name)
        personal = {name: str(said.pop(name)) for name in PERSONAL if said.get(name)}
        said = self._completed(actor, seen, event, said) | {"by": speaks_as(seen.related)}
        if event == "decline" and TEXT in personal:
            said["in_words"] = True
        if not seen.state:
            said[SUGGESTION] = msgspec.to_builtins(seen.suggestion)
        one = Act(id=seen.suggestion.id, event=event, actor=actor.id, relations=seen.related, says=said, personal=personal)
        self._act(seen, one)
        seen = self._again(actor, seen)
        if event in OPENING:
            self._open(actor, event, said, seen)
            seen = self._again(actor, seen)  # what was opened shows
        is_there = bool(relations(actor, seen.viewer, seen.of, seen.value))
        return self._told(seen) if is_there else msgspec.structs.replace(self._told(seen), events=())

    def _completed(self, actor: Actor, seen: _Seen, event: str, said: dict[str, Any]) -> dict[str, Any]:
        """What is said with an event, with ids in place of names and with what the platform says of it."""
        if event == "assign" and said.get("broker"):
            said["broker"] = find_institution(self._store, str(said["broker"]), seen.viewer, "broker")
        if event == "interested" and said.get("contact"):
            if speaks_as(seen.related) not in (said.get("side"), "broker", "operator"):
                raise NotAllowed(_("a side names its own contact"), field="contact")
            introductions.check_contact(self._store, actor, str(said["contact"]))
        if event == "introduce":
            introductions.check_introducer(seen.of, seen.related)
            broker = actor.institution if {Who.BROKER, Who.AGENT} & seen.related else ""
            related = related_sides(self._store, broker, seen.of.owners, seen.of.houses)
            said |= {"broker": broker, "needs": list(seen.of.owners), "offers": list(seen.of.houses), "related": related}
            said = {name: value for name, value in said.items() if value not in ("", [])}
        if event == "acknowledge" and said.get("side") == OFFER and introductions.is_confidential(seen.of) and not said.get("confidential"):
            raise InvalidInput(_("nobody has promised to keep it confidential"), field="confidential")
        if event == "merge" and said.get("into"):
            other = self._seen(actor, str(said["into"]))
            if other.suggestion.id == seen.suggestion.id or other.value.get("into"):
                raise InvalidInput(_("is the same lead, or one that was merged itself"), field="into")
        return said

    def _act(self, seen: _Seen, one: Act) -> None:
        """Do it, again where somebody else's introduction of the same expert or institution came first."""
        number = seen.state.number if seen.state else 0
        for _try in range(_TRIES):
            expect = outcomes.version(self._store, one.id) if one.event == "close" else {}
            try:
                act(self._journal, LEAD, replace(one, expect=expect), lambda after, said, at: self._batch(seen, one.event, after, said, at))
                return
            except Conflict as error:
                now = self._journal.state(f"{LEAD.name}:{one.id}")
                if not capacity.is_of_capacity(error.ids) or (now.number if now else 0) != number:
                    raise
        raise Conflict([one.id])

    def _batch(self, seen: _Seen, event: str, after: Value, says: Mapping[str, Any], at: str) -> Batch:
        """What an event makes of the graph and of the documents beside it."""
        suggestion, of = seen.suggestion, seen.of
        batch = Batch()
        if event == "agree":
            batch = outcomes.agreed(self._store, suggestion, of, says, at)
        if event == "close":
            batch = outcomes.ended(self._store, suggestion.id, says, at)
        if event in ("introduce", "unmerge") and after[STATE] in HOLDING:
            owners = of.owners if getattr(of.need, "visibility", None) is Visibility.CONFIDENTIAL else ()
            batch.documents += capacity.take(self._store, self._offering(of), suggestion.id, self._settings, owners)
        return batch

    def _offering(self, of: Parties) -> list[Node]:
        """Whose time an introduction takes up: the expert, and the institutions that offer."""
        nodes = self._store.get(of.houses)
        found = [one for one in nodes.values() if isinstance(one, Institution)]
        return [*([of.offer] if isinstance(of.offer, Expert) else []), *sorted(found, key=lambda one: one.id)]

    def _open(self, actor: Actor, event: str, said: Mapping[str, Any], seen: _Seen) -> None:
        """What both sides may see of each other once they are introduced."""
        journal = Journal(self._store, DESK_FOLDS, now=lambda: datetime.fromisoformat(self._journal.now()))
        introductions.open_contacts(self._store, journal, actor, seen.of, seen.value)
        if {Who.OWNER, Who.AGENT} & seen.related:
            introductions.offer_demand(self._store, journal, actor, seen.of)
        if event == "acknowledge" and said.get("side") == OFFER and Who.TARGET in seen.related:
            introductions.enter_demand(self._store, journal, actor, seen.of)


def suggestion_of(value: Value) -> Suggestion:
    """What a lead came from, by what the journal says of it."""
    return msgspec.convert({name: said for name, said in value.items() if name in Suggestion.__struct_fields__}, Suggestion)


def _sees(viewer: Viewer, node: Node | None) -> bool:
    return node is not None and viewer.sees(node)
