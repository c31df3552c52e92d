"""Capacity: how many introductions an expert or an institution is in at a time, and that no further one begins.

In: whoever offers, a lead that begins or ends to take up their time. Out: the documents to write with the step. Next: ``leads.leads`` puts
them into the step's batch.

Who is in how many introductions is a document for each expert and institution: the list of the leads. It is written in the same batch as
the step,
at the version that was read, so of two who introduce the same expert at once one wins, and the other reads again: no race gets past the
limit.
Capacity is of the side that offers; an introduction takes it up from ``introduce`` until talks end in an agreement, a refusal or a merge.
Introductions to confidential demands take up room for those of the same owner alone: they change nothing that others see.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import msgspec

from desk.journal.states import state
from graph.documents import Document, DocumentKind
from graph.errors import NotPossible
from graph.language import _
from graph.model import Expert, Institution, Node, Visibility
from graph.store import Store
from leads.process import LEAD
from leads.settings import LeadSettings

PREFIX = "capacity:"
"""What the id of the document begins with that lists the introductions of a node."""
_DECODER = msgspec.json.Decoder(list[str])


class NoCapacity(NotPossible):
    """Somebody who offers takes no further introduction at present."""


def limit_of(node: Node, settings: LeadSettings) -> int:
    """How many introductions an expert or an institution takes at a time: what an expert says, else the setting."""
    if isinstance(node, Expert):
        return settings.expert_capacity if node.capacity is None else node.capacity
    return settings.institution_capacity


def taken(store: Store, node: Node) -> list[str]:
    """The leads whose introductions take up the time of ``node``, under the id that it has and those that it had."""
    held = _read(store, _ids(node))
    return sorted({lead for one in held.values() for lead in _DECODER.decode(one.content)})


def shown(store: Store, leads: Collection[str], owners: Collection[str] = ()) -> set[str]:
    """Those of some leads that others may know to take up somebody's time: their need is not confidential. With those that ``owners`` of a
    confidential need know of, which are their own. One whose need is gone is as one of a confidential need."""
    values = {one: held.value for one in leads if (held := state(store, LEAD.name, one))}
    needs = {str(value["need"]) for value in values.values()}
    nodes = store.get(needs) if needs else {}
    open_ = {id for id, node in nodes.items() if getattr(node, "visibility", Visibility.PUBLIC) is not Visibility.CONFIDENTIAL}
    return {one for one, value in values.items()
            if value["need"] in open_ or {*owners} & {*value.get("introduction", {}).get("needs", ())}}  # fmt: skip


def take(store: Store, nodes: Iterable[Node], lead: str, settings: LeadSettings, owners: Collection[str] = ()) -> list[Document]:
    """The documents by which ``lead`` takes up the time of ``nodes``. ``owners``: of its need, where that is confidential: what they know
    of counts. Raises NoCapacity where one of them has none left."""
    found = []
    for node in nodes:
        ids = _ids(node)
        held = _read(store, ids)
        leads = {one for document in held.values() for one in _DECODER.decode(document.content)}
        if lead in leads:
            continue
        if len(shown(store, leads, owners)) >= limit_of(node, settings):
            raise NoCapacity(_("{name} takes no further introduction at present", name=getattr(node, "name", node.id)))
        own = held.get(ids[0])
        found.append(_document(ids[0], [*(_DECODER.decode(own.content) if own else ()), lead], own))
    return found


def leave(store: Store, nodes: Iterable[Node], lead: str) -> list[Document]:
    """The documents by which ``lead`` takes up the time of ``nodes`` no more."""
    held = _read(store, [one for node in nodes for one in _ids(node)])
    listed = {id: _DECODER.decode(one.content) for id, one in held.items()}
    return [_document(id, [one for one in leads if one != lead], held[id]) for id, leads in sorted(listed.items()) if lead in leads]


def all_taken(store: Store) -> dict[str, list[str]]:
    """Of every node that is in an introduction the leads, by its id."""
    documents = store.documents_since(0, [DocumentKind.CAPACITY])
    found = {one.id.removeprefix(PREFIX): _DECODER.decode(one.content) for one in documents if one.content}
    return {id: leads for id, leads in sorted(found.items()) if leads}


def is_of_capacity(ids: Collection[str]) -> bool:
    """Whether a Conflict was about these documents alone: whoever lost may read again and try."""
    return bool(ids) and all(one.startswith(PREFIX) for one in ids)


def _ids(node: Node) -> list[str]:
    former = node.former_ids if isinstance(node, Expert | Institution) else ()
    return [PREFIX + one for one in dict.fromkeys((node.id, *former))]


def _read(store: Store, ids: list[str]) -> dict[str, Document]:
    return {id: one for id, one in store.documents(ids).items() if one.content}


def _document(id: str, leads: list[str], held: Document | None) -> Document:
    return Document(id, DocumentKind.CAPACITY, msgspec.json.encode(leads), held.version if held else 0)
