"""Leads as people work with them: suggested, followed up, proposed to both sides, introduced, agreed upon, closed or declined.

In: a store, who acts, an event. Out: the lead as it stands for whoever acts; the journal's entry and what follows from it in the graph. Next:
``api.cli.leads`` and ``api.http.routes.leads``.

What is hidden is absent: a lead of which somebody may not see an end is answered like one that is not there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from desk.journal import states
from desk.journal.entries import Entry
from desk.journal.journal import Journal, State
from desk.people.sight import viewer_of
from desk.process.act import Act, act
from desk.process.principals import Actor
from desk.process.table import Who
from graph.errors import InvalidInput
from graph.store import Store
from graph.viewer import Viewer
from leads import suggestions
from leads.model import Lead, Suggestion, lead_id
from leads.parties import Parties, parties, relations, speaks_as
from leads.process import ACTION, FOLD, LEAD, SUGGESTION, TEXT

FOLDS = {LEAD.name: FOLD}
_PERSONAL = (TEXT, ACTION)


class Leads:
    """The leads of a store."""

    def __init__(self, store: Store, journal: Journal | None = None) -> None:
        self._store, self._journal = store, journal or Journal(store, FOLDS)

    def show(self, actor: Actor, id: str) -> Lead:
        """A lead as it stands. Raises NotFound for one that is not the actor's to see."""
        known = self._known(id)
        if known:
            suggestion, state = known
            viewer, of = viewer_of(self._store, actor), parties(self._store, suggestion.need, suggestion.offer)
            related = relations(actor, viewer, of, state.value if state else {})
            if related:
                return self._lead(viewer, of, related, suggestion, state)
        raise LEAD.missing(id)

    def begin(self, actor: Actor, need: str, offer: str, event: str = "shortlist", says: Mapping[str, Any] | None = None) -> Lead:
        """Take up the lead of two nodes by hand, by ``event``, whether it was suggested or not. Raises NotFound for what is not the actor's to see."""
        id = lead_id(need, offer)
        if not self._known(id):
            return self._do(actor, Suggestion.of(need, offer, found=self._journal.now()[:10]), event, says)
        return self.do(actor, id, event, says)

    def do(self, actor: Actor, id: str, event: str, says: Mapping[str, Any] | None = None) -> Lead:
        """Do ``event`` with a lead. Raises NotFound for one that is not the actor's to see, and what ``act`` raises."""
        known = self._known(id)
        if not known:
            raise LEAD.missing(id)
        return self._do(actor, known[0], event, says)

    def history(self, actor: Actor, id: str) -> list[Entry]:
        """What was done with a lead, in order. Raises NotFound for one that is not the actor's to see."""
        self.show(actor, id)
        return list(self._journal.entries(f"{LEAD.name}:{id}"))

    def listed(self, actor: Actor) -> Iterator[Lead]:
        """The leads that are the actor's to see."""
        ids = {id for id, _state in states.states(self._store, LEAD.name)} | {one.id for one in suggestions.read(self._store)}
        for id in sorted(ids):
            try:
                yield self.show(actor, id)
            except type(LEAD.missing(id)):
                continue

    def _known(self, id: str) -> tuple[Suggestion, State | None] | None:
        """What a lead came from, and what the journal says of it; None where there is no such lead."""
        state = self._journal.state(f"{LEAD.name}:{id}")
        kept = suggestions.one(self._store, id)
        if state:
            fields = {name: value for name, value in state.value.items() if name in Suggestion.__struct_fields__}
            return kept or msgspec.convert(fields, Suggestion), state
        return (kept, None) if kept else None

    def _do(self, actor: Actor, suggestion: Suggestion, event: str, says: Mapping[str, Any] | None) -> Lead:
        id = suggestion.id
        viewer, of = viewer_of(self._store, actor), parties(self._store, suggestion.need, suggestion.offer)
        state = self._journal.state(f"{LEAD.name}:{id}")
        related = relations(actor, viewer, of, state.value if state else {})
        if not related:
            raise LEAD.missing(id)
        said = dict(says or {})
        for name in ("by", SUGGESTION, "in_words"):
            if name in said:
                raise InvalidInput("is not said by whoever acts", field=name)
        personal = {name: str(said.pop(name)) for name in _PERSONAL if said.get(name)}
        said["by"] = speaks_as(related)
        if event == "decline" and TEXT in personal:
            said["in_words"] = True
        if not state:
            said[SUGGESTION] = msgspec.to_builtins(suggestion)
        act(self._journal, LEAD, Act(id=id, event=event, actor=actor.id, relations=related, says=said, personal=personal))
        return self.show(actor, id)

    def _lead(self, viewer: Viewer, of: Parties, related: frozenset[Who], suggestion: Suggestion, state: State | None) -> Lead:
        value = state.value if state else {"state": "suggested"}
        events = LEAD.open_to(related, value, self._journal.now()) if state else _first(related)
        nodes = self._store.get([*of.owners, *([of.need.id] if of.need else [])])
        about = of.owners[0] if of.owners and of.sees_owner(viewer, nodes) else ""
        return Lead(
            suggestion=suggestion, state=value["state"], since=value.get("since") or suggestion.found, at=state.at if state else "",
            about=about, houses=of.houses, value=value, events=tuple(events),
        )  # fmt: skip


def _first(related: frozenset[Who]) -> list[str]:
    """What somebody can do with a suggestion that nobody has touched."""
    return [one.event for one in LEAD.transitions if "" in one.before and one.who & related]
