"""Demands as people post them: drafted, handed in, looked over, published, followed up, and solved or withdrawn.

In: a store, who acts, an event. Out: the journal's entry; a demand's node and its poster's edge in the graph once it is published, kept in
step with its state. Next: ``api.cli.people.demands``.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from typing import Any

import msgspec

from desk.find import find, find_institution
from desk.journal import states
from desk.journal.entries import Entry
from desk.journal.journal import Journal, State
from desk.journal.states import values
from desk.people.admissions import let_in
from desk.people.sight import SOURCE, demand_of, find_thing, node_of, viewer_of
from desk.people.teasers import teaser
from desk.process.act import STATE, Act, act, seen
from desk.process.demand import CLOSING, CONTENT, DEMAND, FOLD, SEEN, relations
from desk.process.principals import CLOCK, Actor
from desk.process.table import Value, Who
from desk.show import fields_of
from graph.errors import InvalidInput, NotFound
from graph.ids import edge_id
from graph.language import _, told
from graph.model import Demand, DemandStatus, Edge, EdgeKind, Institution, Provenance, Visibility
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
_SEEN_AS = {
    DemandStatus.OPEN: "published", DemandStatus.IN_TALKS: "in_talks", DemandStatus.SOLVED: "solved", DemandStatus.WITHDRAWN: "withdrawn",
}  # fmt: skip
"""The state of a demand as the graph tells it, for who has nothing to do with it."""
_OURS = ("id", "version", "provenance", "status", "status_since", "visibility")
_NAMES = frozenset(one.name for one in msgspec.structs.fields(Demand) if one.name not in _OURS).union(WIDE[Kind.DEMANDS])


class Posted(msgspec.Struct, frozen=True):
    """A demand as it stands. ``id``: its number in the journal; ``node``: its id in the graph once it is there; ``content``: what it says,
    empty where that was erased; ``at``: the instant of its last step, empty for who has nothing to do with it."""

    id: str
    at: str
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
        # nobody begins one under a number of their own choice, which would tell whether it is taken
        seen(self._journal, DEMAND, id, lambda value: relations(actor, value))
        said = dict(says or {})
        if event == "solve" and said.get("by"):
            said["by"] = find_institution(self._store, said["by"], viewer_of(self._store, actor), "by")
        if event == "tease":
            said |= {"teaser": secrets.token_hex(6)} | {name: _bare(said[name]) for name in ("field", "region") if said.get(name)}
        return self._do(actor, id, event, said, content)

    def show(self, actor: Actor, id: str) -> Posted:
        """A demand as it stands; to who may see it without having to do with it, let in by a teaser too, what was published of it. Raises
        NotFound for one that is not the actor's to see."""
        state = self._journal.state(f"{DEMAND.name}:{id}")
        related = relations(actor, state.value) if state else frozenset()
        return self._posted(id, state, related) if state and related else self._seen(actor, id)

    def _seen(self, actor: Actor, id: str) -> Posted:
        """What was published of the demand that is named by its number, its node or its teaser."""
        viewer = viewer_of(self._store, actor)
        with suppress(NotFound, InvalidInput):
            demand = demand_of(self._store, find_thing(self._store, actor, id))
            node = self._store.get([node_of(demand[0])]).get(node_of(demand[0])) if demand else None
            if demand and isinstance(node, Demand) and viewer.sees(node):
                told = {STATE: _SEEN_AS[node.status], "owner": demand[1]["owner"]}
                told |= {"visibility": node.visibility, "since": node.status_since}
                content = {name: said for name, said in fields_of(node).items() if name in _NAMES and said not in (None, "", [])}
                return Posted(demand[0], "", node.id, told, content, [])
        raise DEMAND.missing(id)

    def listed(self, actor: Actor, among: Collection[str] = ()) -> Iterator[Posted]:
        """The demands that are the actor's to see, in the order of their last events; of the states ``among`` only."""
        for id, state in states.states(self._store, DEMAND.name):
            related = relations(actor, state.value)
            if related and (not among or state.value[STATE] in among):
                yield self._posted(id, state, related)

    def history(self, actor: Actor, id: str) -> list[Entry]:
        """What was done with a demand, in order; who was let in, to whom it is and to the operator alone. Raises NotFound for who has
        nothing to do with it."""
        _state, related = seen(self._journal, DEMAND, id, lambda value: relations(actor, value))
        entries = self._journal.entries(f"{DEMAND.name}:{id}")
        return [one if actor.runs else msgspec.structs.replace(one, body=_told(one.body, related)) for one in entries]

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
            guests = let_in(self._store, self._journal, node_of(id))
            says = {**says, SEEN: msgspec.to_builtins(guests)}
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
            said = {"field": says["field"], "region": region, "status": _STATUS[after[STATE]], "day": at[:10]}
            return teaser(after["owner"], says["teaser"], content, **said)
        status = _STATUS.get(after[STATE])
        if status is None:
            return Batch()
        stands = "" if event == "untease" else after.get("teaser")
        wanted = {node_of(one): status if one in (id, stands) else DemandStatus.WITHDRAWN for one in (id, *after.get("teasers", ()))}
        there = {one: node for one, node in self._store.get(list(wanted)).items() if isinstance(node, Demand)}
        changed = [(node, wanted[one]) for one, node in there.items() if node.status != wanted[one]]
        return Batch(nodes=[msgspec.structs.replace(node, status=status, status_since=at[:10]) for node, status in changed])

    def _published(self, id: str, after: Value, visibility: str, at: str) -> Batch:
        node, said = node_of(id), self._content(id, after["said"])
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

    def _posted(self, id: str, state: State, related: Collection[Who]) -> Posted:
        value = state.value
        events = DEMAND.open_to(related, value, self._journal.now())
        node = node_of(id) if value.get("visibility") else ""
        return Posted(id, state.at, node, _told(value, related), self._content(id, value["said"]), events)


def _told(value: Mapping[str, Any], related: Collection[Who]) -> dict[str, Any]:
    """What stands of a demand, or was said of it, without who was let in where that is not for who asks: a reviewer sees no admissions."""
    return {name: said for name, said in value.items() if name != SEEN or related != {Who.REVIEWER}}


def _bare(text: object) -> str:
    """A short text without contact data. Raises InvalidInput where nothing is left."""
    return str(checked({"title": text})["title"])


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
