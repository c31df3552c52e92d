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
from desk.people.admissions import let_in
from desk.people.sight import SOURCE, viewer_of
from desk.people.teasers import teaser
from desk.process.act import STATE, Act, act, value_of
from desk.process.demand import CLOSING, CONTENT, DEMAND, FOLD, SEEN, relations
from desk.process.principals import CLOCK, Actor
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
        value_of(self._journal, DEMAND, id)  # nobody begins one under a number of their own choice, which would tell whether it is taken
        said = dict(says or {})
        if event == "solve" and said.get("by"):
            said["by"] = find_institution(self._store, said["by"], viewer_of(self._store, actor), "by")
        if event == "tease":
            checked({"title": said.get("field") or " "})  # no contact data, by this door neither
            said["teaser"] = secrets.token_hex(6)
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

    def expire(self) -> list[Posted]:
        """End every demand of which nobody has said in time that it still stands; those that ended."""
        now = self._journal.now()
        due = [id for id, value in values(self._store, DEMAND.name) if "expire" in DEMAND.open_to({Who.CLOCK}, value, now)]
        return [self._do(CLOCK, id, "expire", {}, None) for id in due]

    def _do(self, actor: Actor, id: str, event: str, says: Mapping[str, Any], content: Mapping[str, Any] | None) -> Posted:
        personal = {CONTENT: msgspec.json.encode(checked(content)).decode()} if content is not None else {}
        state = self._journal.state(f"{DEMAND.name}:{id}")
        value = state.value if state else {"owner": says.get("owner"), "agent": says.get("agent") or ""}
        related = relations(actor, value)
        if event in CLOSING and related:  # a stranger is refused as fast as where there is none
            seen = let_in(self._store, self._journal, _node(id))
            says = {**says, SEEN: msgspec.to_builtins(seen)}
        one = Act(id=id, event=event, actor=actor.id, relations=related, says=says, personal=personal)
        act(self._journal, DEMAND, one, lambda after, said, at: self._consequences(id, event, after, said, at))
        return self.show(actor, id)

    def _content(self, id: str, number: int) -> dict[str, Any]:
        """What a demand says by its entry ``number``; empty where it was erased."""
        text = self._journal.personal(f"{DEMAND.name}:{id}", number, CONTENT)
        return dict(msgspec.json.decode(text)) if text else {}

    def _consequences(self, id: str, event: str, after: Value, says: Mapping[str, Any], at: str) -> Batch:
        """What an event makes of the nodes of a demand: ``publish``, which a review precedes, writes what it says, ``tease`` its teaser,
        every other event their status alone; nothing before it is published."""
        if event in ("publish", "tease"):
            owner = self._store.get([after["owner"]]).get(after["owner"])
            after = after | ({"owner": owner.id} if isinstance(owner, Institution) else {})  # the id that it has by now
        if event == "publish":
            return self._published(id, after, says["visibility"], at)
        if event == "tease":
            content = self._content(id, after["said"])
            region = str(says.get("region") or "")
            return teaser(after["owner"], says["teaser"], content, field=says["field"], region=region, day=at[:10])
        status = _STATUS.get(after[STATE])
        if status is None:
            return Batch()
        stands = "" if event == "untease" else after.get("teaser")
        wanted = {_node(one): status if one in (id, stands) else DemandStatus.WITHDRAWN for one in (id, *after.get("teasers", ()))}
        there = {one: node for one, node in self._store.get(list(wanted)).items() if isinstance(node, Demand)}
        changed = [(node, wanted[one]) for one, node in there.items() if node.status != wanted[one]]
        return Batch(nodes=[msgspec.structs.replace(node, status=status, status_since=at[:10]) for node, status in changed])

    def _published(self, id: str, after: Value, visibility: str, at: str) -> Batch:
        node, said = _node(id), self._content(id, after["said"])
        provenance = Provenance(SOURCE, id)
        made = msgspec.convert(
            said | {"id": node, "provenance": msgspec.to_builtins(provenance), "status": DemandStatus.OPEN, "status_since": at[:10],
                    "visibility": visibility, "date": said.get("date") or at[:10]},
            Demand,
        )  # fmt: skip
        posted = Edge(
            id=edge_id(EdgeKind.POSTED, after["owner"], node, SOURCE), kind=EdgeKind.POSTED, source=after["owner"], target=node,
            provenance=provenance, visibility=Visibility(visibility),
        )  # fmt: skip
        return Batch(nodes=[made], edges=[posted])

    def _posted(self, id: str, value: Value, related: Collection[Who]) -> Posted:
        events = DEMAND.open_to(related, value, self._journal.now())
        return Posted(id, _node(id) if value.get("visibility") else "", value, self._content(id, value["said"]), events)


def _node(id: str) -> str:
    """The id that a demand of the journal has in the graph."""
    return node_id(NodeKind.DEMAND, SOURCE, id)


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
