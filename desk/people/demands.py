"""Demands as people post them: drafted, handed in, looked over, published, followed up, and solved or withdrawn.

In: a store, who acts, an event. Out: the journal's entry; a demand's node and its poster's edge in the graph once it is published, kept in
step with its state. Next: ``api.cli.people.demands``.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import msgspec

from desk.find import find, find_institution
from desk.journal.entries import Entry
from desk.journal.journal import Journal
from desk.journal.states import values
from desk.people.sight import SOURCE, viewer_of
from desk.process.act import STATE, Act, act, value_of
from desk.process.demand import CONTENT, DEMAND, FOLD
from desk.process.principals import Actor, Role
from desk.process.table import Value, Who
from graph.errors import InvalidInput
from graph.ids import edge_id, node_id
from graph.language import _, told
from graph.model import Demand, DemandStatus, Edge, EdgeKind, Institution, NodeKind, Provenance, Visibility
from graph.store import Batch, Store
from ingest.cells.values import Tally
from ingest.rows import aside
from ingest.rows.models import WIDE, Kind

FOLDS = {DEMAND.name: FOLD}
_STATUS = {
    "published": DemandStatus.OPEN, "in_talks": DemandStatus.IN_TALKS, "second_diagnosis": DemandStatus.OPEN,
    "long_tracking": DemandStatus.OPEN, "solved": DemandStatus.SOLVED, "withdrawn": DemandStatus.WITHDRAWN,
    "expired": DemandStatus.WITHDRAWN,
}  # fmt: skip
_OURS = ("id", "version", "provenance", "status", "status_since", "visibility")
_NAMES = frozenset(one.name for one in msgspec.structs.fields(Demand) if one.name not in _OURS).union(WIDE[Kind.DEMANDS])


class Posted(msgspec.Struct, frozen=True):
    """A demand as it stands. ``id``: its number in the journal; ``node``: its id in the graph once it is there; ``content``: what it says,
    empty where that was erased."""

    id: str
    node: str
    value: Value
    content: dict[str, Any]
    events: list[str]


class Demands:
    """The demands of a store."""

    def __init__(self, store: Store, journal: Journal | None = None) -> None:
        self._store, self._journal = store, journal or Journal(store, FOLDS)

    def draft(self, actor: Actor, content: Mapping[str, Any], *, owner: str | None = None, mandate: str | None = None) -> Posted:
        """Begin a demand of the actor's institution, or, for a broker, of the firm ``owner`` under a ``mandate`` of that day. Raises
        InvalidInput for fields that a demand does not have."""
        own = find(self._store, owner, viewer_of(self._store, actor)) if owner else actor.institution
        if not own or not isinstance(self._store.get([own]).get(own), Institution):
            raise InvalidInput("names no institution whose demand it is", field="owner")
        agent = actor.institution if own != actor.institution else ""
        says = {"owner": own} | ({"agent": agent, "mandate": mandate} if agent else {})
        return self._do(actor, secrets.token_hex(6), "draft", says, content)

    def do(
        self, actor: Actor, id: str, event: str, says: Mapping[str, Any] | None = None, content: Mapping[str, Any] | None = None
    ) -> Posted:
        """Do ``event`` with a demand. Raises NotFound for one that is not the actor's to see, InvalidInput for what may not be done."""
        said = dict(says or {})
        if event == "solve" and said.get("by"):
            said["by"] = find_institution(self._store, said["by"], viewer_of(self._store, actor), "by")
        return self._do(actor, id, event, said, content)

    def show(self, actor: Actor, id: str) -> Posted:
        """A demand as it stands. Raises NotFound for one that is not the actor's to see."""
        value = value_of(self._journal, DEMAND, id)
        related = relations(actor, value)
        if not related:
            raise DEMAND.missing(id)
        return self._posted(id, value, related)

    def listed(self, actor: Actor, states: Collection[str] = ()) -> Iterator[Posted]:
        """The demands that are the actor's to see, in the order of their last events; of some ``states`` only."""
        for id, value in values(self._store, DEMAND.name):
            related = relations(actor, value)
            if related and (not states or value[STATE] in states):
                yield self._posted(id, value, related)

    def history(self, actor: Actor, id: str) -> list[Entry]:
        """What was done with a demand, in order. Raises NotFound as ``show`` does."""
        self.show(actor, id)
        return list(self._journal.entries(f"{DEMAND.name}:{id}"))

    def _do(self, actor: Actor, id: str, event: str, says: Mapping[str, Any], content: Mapping[str, Any] | None) -> Posted:
        personal = {CONTENT: msgspec.json.encode(checked(content)).decode()} if content is not None else {}
        state = self._journal.state(f"{DEMAND.name}:{id}")
        value = state.value if state else {"owner": says.get("owner"), "agent": says.get("agent") or ""}
        if state is None and event != "draft":
            raise DEMAND.missing(id)
        one = Act(id=id, event=event, actor=actor.id, relations=relations(actor, value), says=says, personal=personal)
        act(self._journal, DEMAND, one, lambda after, _says, at: self._consequences(id, event, after | dict(says), at))
        return self.show(actor, id)

    def _content(self, id: str, number: int) -> dict[str, Any]:
        """What a demand says by its entry ``number``; empty where it was erased."""
        text = self._journal.personal(f"{DEMAND.name}:{id}", number, CONTENT)
        return dict(msgspec.json.decode(text)) if text else {}

    def _consequences(self, id: str, event: str, after: Value, at: str) -> Batch:
        """What an event makes of the demand's node: ``publish``, which a review precedes, writes what it says, and every other its status
        alone; nothing before it is published."""
        status, node = _STATUS.get(after[STATE]), node_id(NodeKind.DEMAND, SOURCE, id)
        there = self._store.get([node]).get(node)
        if status is None:
            return Batch()
        if event != "publish":
            return Batch(nodes=[msgspec.structs.replace(there, status=status, status_since=at[:10])] if isinstance(there, Demand) else [])
        provenance = Provenance(SOURCE, id)
        said = self._content(id, after["said"])
        made = msgspec.convert(
            said | {"id": node, "provenance": msgspec.to_builtins(provenance), "status": status.value, "status_since": at[:10],
                    "visibility": after["visibility"], "date": said.get("date") or at[:10]},
            Demand,
        )  # fmt: skip
        posted = Edge(
            id=edge_id(EdgeKind.POSTED, after["owner"], node, SOURCE), kind=EdgeKind.POSTED, source=after["owner"], target=node,
            provenance=provenance, visibility=Visibility(after["visibility"]),
        )  # fmt: skip
        return Batch(nodes=[made], edges=[posted])

    def _posted(self, id: str, value: Value, related: Collection[Who]) -> Posted:
        node = node_id(NodeKind.DEMAND, SOURCE, id)
        events = DEMAND.events(value[STATE], related)
        return Posted(id, node if value.get("visibility") else "", value, self._content(id, value["said"]), events)


def relations(actor: Actor, value: Value) -> frozenset[Who]:
    """What somebody is to a demand."""
    found = set()
    if actor.institution and actor.institution == value.get("owner"):
        found.add(Who.OWNER)
    elif actor.institution and actor.institution == value.get("agent"):
        found.add(Who.AGENT)
    elif actor.reviews and "questions" in value:  # it was handed in once: the first ``submit`` begins them
        found.add(Who.REVIEWER)
    if actor.role is Role.CLOCK:
        found.add(Who.CLOCK)
    return frozenset(found)


def checked(content: Mapping[str, Any]) -> dict[str, Any]:
    """``content`` as a demand says it: cells are read as those of a file are, and contact data is left out. Raises InvalidInput naming the
    field and the rule for what a demand cannot say: nothing that a file may not say gets into the graph by this door."""
    for name in content:
        if name not in _NAMES:
            raise InvalidInput(_("a demand has no field {name}; it has {known}", name=name, known=", ".join(sorted(_NAMES))), field=name)
    if not str(content.get("title") or "").strip():
        raise InvalidInput("a demand needs a title", field="title")
    given = {name: said for name, said in content.items() if said not in (None, "", [])}
    reading = aside.read(Kind.DEMANDS, given, Tally(), strict=True)
    if reading.row is None or reading.problems:
        problem = reading.problems[0]
        raise InvalidInput(f"{told(problem.rule)}{told(problem.detail)}", field=problem.field or None)
    said = {name: value for name, value in reading.row if name in _NAMES and value not in (None, (), [], "")}
    return dict(msgspec.to_builtins(said))
