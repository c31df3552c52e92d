"""The right of reply and correction: what the party that an item of evidence is about says to it, and what comes of it.

In: a store, who acts, the id of an item. Out: the journal's entry with, in the same write, what follows for the item: that it is objected
to, that it is so no more, or its withdrawal. Next: ``api.cli.people.objections``; ``desk.trust.by_role`` and ``desk.show``'s doors put
replies beside items. The parties of an item are the institutions that gave it and that it is about; a rating of or by a person is nobody's
to see, and so nobody's to answer.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from desk.evidence import withdrawn
from desk.facts import edge_in_words, names_of
from desk.find import find, nothing
from desk.journal.entries import Entry, commitments, personal_id
from desk.journal.journal import Journal
from desk.journal.states import values
from desk.people.sight import viewer_of
from desk.process.act import STATE, Act, act, value_of
from desk.process.objection import FOLD, GROUNDS, OBJECTION, REPLY
from desk.process.principals import Actor
from desk.process.table import Value, Who
from desk.schemas import NodeOut
from desk.trust.schemas import ReplyOut
from graph.documents import Document
from graph.errors import InvalidInput
from graph.language import _
from graph.model import EdgeKind, Evidence
from graph.store import Batch, Store
from graph.viewer import OWNER, Viewer, is_personal

FOLDS = {OBJECTION.name: FOLD}
MOST = 4000
"""Characters of a reply or of the grounds of an objection, at most."""


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """An item of evidence with what its target says to it. ``what``: the item in words; ``state``: of the objection, "" for none;
    ``grounds`` and the ``reason`` of the decision: for its parties and who decides; ``events``: what the actor can do."""

    evidence: str
    what: str
    date: str | None
    state: str = ""
    since: str = ""
    reply: str = ""
    grounds: str = ""
    reason: str = ""
    events: tuple[str, ...] = ()


class Objections:
    """The objections to the evidence of a store."""

    def __init__(self, store: Store, journal: Journal | None = None) -> None:
        self._store, self._journal = store, journal or Journal(store, FOLDS)

    def reply(self, actor: Actor, one: str, text: str) -> Item:
        """Say something to an item that is about the actor's institution; it is shown beside the item, in place of what was said before."""
        return self._do(actor, one, "reply", personal={REPLY: text})

    def object(self, actor: Actor, one: str, grounds: str) -> Item:
        """Ask for the correction of an item that is about the actor's institution."""
        return self._do(actor, one, "object", personal={GROUNDS: grounds}, follows=lambda item, at: _objected(item, at[:10]))

    def retract(self, actor: Actor, one: str) -> Item:
        """Ask for that no more."""
        return self._do(actor, one, "retract", follows=lambda item, _at: _objected(item, None))

    def uphold(self, actor: Actor, one: str, reason: str) -> Item:
        """Find the item to be right, as a reviewer."""
        return self._do(actor, one, "uphold", {"reason": reason}, follows=lambda item, _at: _objected(item, None))

    def correct(self, actor: Actor, one: str, reason: str) -> Item:
        """Withdraw the item, as who gave it or as the operator. Relations are brought up to date by ``desk.ingest.refresh``."""
        return self._do(actor, one, "correct", {"reason": reason}, follows=lambda item, at: withdrawn(item, at[:10], reason))

    def erase(self, actor: Actor, one: str) -> Item:
        """Erase all that the target has said to an item, for good."""
        entries = self._journal.entries(f"{OBJECTION.name}:{one}")
        ids = [personal_id(entry.id, field) for entry in entries for field in commitments(entry)]
        gone = [Document(held.id, held.kind, b"", held.version) for held in self._store.documents(ids).values()]
        return self._do(actor, one, "erase", documents=gone)

    def show(self, actor: Actor, one: str) -> Item:
        """An item with what is said to it. Raises NotFound for one that is not the actor's to see."""
        viewer = viewer_of(self._store, actor)
        return self._shown(actor, viewer, self._item(actor, viewer, one), self._value(one))

    def listed(self, actor: Actor, states: Collection[str] = ()) -> Iterator[Item]:
        """The objections that are the actor's to see as a party or as who decides, in the order of their last events; of some ``states``
        only."""
        viewer = viewer_of(self._store, actor)
        for one, value in values(self._store, OBJECTION.name):
            item = self._store.get([one]).get(one)
            is_wanted = not states or value[STATE] in states
            if isinstance(item, Evidence) and is_wanted and self._relations(actor, viewer, item, value):
                yield self._shown(actor, viewer, item, value)

    def about(self, actor: Actor, name: str) -> Iterator[Item]:
        """What is on file about an institution or expert, as far as the actor may see it, by date and id. Raises NotFound."""
        viewer = viewer_of(self._store, actor)
        edges = self._store.edges([find(self._store, name, viewer)], kinds=[EdgeKind.EVIDENCE], direction="in")
        ends = self._store.get({end for edge in edges for end in (edge.source, edge.target)})
        items = [edge for edge in edges if isinstance(edge, Evidence) and viewer.sees_edge(edge, ends)]
        for item in sorted(items, key=lambda item: (item.date or "", item.id)):
            yield self._shown(actor, viewer, item, self._value(item.id))

    def history(self, actor: Actor, one: str) -> list[Entry]:
        """What was said and decided of an item, in order: for its parties and who decides. Raises NotFound for anybody else."""
        viewer = viewer_of(self._store, actor)
        item = self._item(actor, viewer, one)
        if not self._relations(actor, viewer, item, value_of(self._journal, OBJECTION, one)):
            raise OBJECTION.missing(one)
        return list(self._journal.entries(f"{OBJECTION.name}:{one}"))

    def _do(
        self, actor: Actor, one: str, event: str, says: Mapping[str, str] | None = None, *, personal: Mapping[str, str] | None = None,
        follows: Callable[[Evidence, str], Evidence] | None = None, documents: list[Document] | None = None,
    ) -> Item:  # fmt: skip
        viewer = viewer_of(self._store, actor)
        item = self._item(actor, viewer, one)
        if item.withdrawn and event in ("reply", "object"):
            raise InvalidInput(_("{one} was withdrawn on {withdrawn}", one=one, withdrawn=item.withdrawn))
        for field, text in (*(personal or {}).items(), *(says or {}).items()):
            _check_text(text, field)
        done = Act(
            id=one, event=event, actor=actor.id, relations=self._relations(actor, viewer, item, self._value(one)), says=says or {},
            personal=personal or {}, expect={one: item.version} if follows else {},
        )  # fmt: skip

        def consequences(_after: Value, _says: Mapping[str, Any], at: str) -> Batch:
            return Batch(edges=[follows(item, at)] if follows else [], documents=documents or [])

        act(self._journal, OBJECTION, done, consequences)
        return self.show(actor, one)

    def _value(self, one: str) -> Value:
        """What the objection to an item has come to; empty where there is none."""
        state = self._journal.state(f"{OBJECTION.name}:{one}")
        return state.value if state else {}

    def _item(self, actor: Actor, viewer: Viewer, one: str) -> Evidence:
        """The item of evidence. Raises NotFound for one that the actor may neither see nor decide on."""
        item = self._store.get([one]).get(one)
        if not isinstance(item, Evidence):
            raise nothing(one)
        ends = self._store.get([item.source, item.target])
        if viewer.sees_edge(item, ends) or self._relations(actor, viewer, item, self._value(one)):
            return item
        raise nothing(one)

    def _relations(self, actor: Actor, viewer: Viewer, item: Evidence, value: Value) -> frozenset[Who]:
        """What somebody is to an item: who is a party to it decides nothing as operator or reviewer. A reviewer comes in by an
        objection."""
        ends = self._store.get([item.source, item.target])
        found = set()
        if actor.is_of(item.source, item.target):
            is_target = actor.is_of(item.target)
            if viewer.sees_edge(item, ends):
                found.add(Who.TARGET if is_target else Who.GIVER)
            return frozenset(found)
        if actor.runs:
            found.add(Who.OPERATOR)
        if actor.reviews and "objected" in value and (actor.runs or not is_personal(item, ends)):
            found.add(Who.REVIEWER)
        return frozenset(found)

    def _shown(self, actor: Actor, viewer: Viewer, item: Evidence, value: Value) -> Item:
        related = self._relations(actor, viewer, item, value)
        names = names_of(self._store, [item.source, item.target], OWNER if Who.REVIEWER in related else viewer)  # what there is to decide
        what = edge_in_words(item, names)
        told: dict[str, Any] = {"evidence": item.id, "what": what, "date": item.date}
        state = value.get(STATE, "")
        events = OBJECTION.open_to(related, {STATE: state}, self._journal.now())
        told["events"] = tuple(one for one in dict.fromkeys(events) if not (item.withdrawn and one in ("reply", "object")))
        if value:
            told |= {"state": state, "since": value["since"], "reply": _said(self._journal, item.id, value, "replied", REPLY)}
        if value and related:
            told |= {"grounds": _said(self._journal, item.id, value, "objected", GROUNDS), "reason": value.get("reason", "")}
        return Item(**told)


def replies_to(store: Store, ids: Iterable[str]) -> list[ReplyOut]:
    """What is said to items of evidence, of these ids, in their order, each once. Who may see an item may see the reply."""
    journal, found = Journal(store, FOLDS), []
    streams = [f"{OBJECTION.name}:{one}" for one in dict.fromkeys(ids) if one.startswith("edg-")]
    held = store.documents(streams)
    for stream in streams:
        state = journal.state(stream) if stream in held else None
        if state:
            one = stream.partition(":")[2]
            said = _said(journal, one, state.value, "replied", REPLY)
            found.append(ReplyOut(evidence=one, state=state.value[STATE], reply=said))
    return found


def with_replies(store: Store, node: NodeOut) -> NodeOut:
    """``node`` with what is said to the items of evidence among its edges."""
    said = {one.evidence: one.reply for one in replies_to(store, [edge.id for edge in node.edges]) if one.reply}
    edges = [edge.model_copy(update={"reply": said[edge.id]}) if edge.id in said else edge for edge in node.edges]
    return node.model_copy(update={"edges": edges})


def _said(journal: Journal, one: str, value: Value, by: str, field: str) -> str:
    """What the entry whose number is in the field ``by`` of a value says; "" for none, and where it was erased."""
    number = value.get(by)
    return (journal.personal(f"{OBJECTION.name}:{one}", number, field) or "") if number else ""


def _objected(item: Evidence, day: str | None) -> Evidence:
    return msgspec.structs.replace(item, objected=day)


def _check_text(text: str, field: str) -> None:
    if not text.strip():
        raise InvalidInput("says nothing", field=field)
    if len(text) > MOST:
        raise InvalidInput(_("more than {most} characters", most=MOST), field=field)
