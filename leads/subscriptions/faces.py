"""What somebody sees of a thing that is followed, small enough to be kept, and what has changed of it since.

In: a store, who follows, the thing. Out: its ``Face``; the changes between two of them. Next: ``leads.subscriptions.follows`` keeps the
first, ``leads.notices.compose`` compares.

    a lead            its state, and what each side has answered
    a demand          its status, its deadline, whether its text is another
    a result          its TRL, its price, the standing of its right, whether its text is another
    an institution    the demands and results that have come to it; of an expert the results

A thing that may not be seen any more has no face: nothing is told of it, and when it is seen again it is compared with what was seen last.
"""

from __future__ import annotations

from hashlib import blake2b

import msgspec

from desk.people.sight import viewer_of
from desk.process.principals import Actor
from graph.errors import NotFound
from graph.model import Achievement, Demand, EdgeKind, Expert, Institution, Node
from graph.store import Store
from graph.viewer import Viewer
from leads.leads import Leads
from leads.process import LEAD, SIDES
from leads.subscriptions.marks import Change, Marks

PREFIX = f"{LEAD.name}:"
_OF_INSTITUTION = (EdgeKind.POSTED, EdgeKind.OWNS)
_AT_MOST = 20
"""New things of an institution that one letter names."""


class Face(msgspec.Struct, frozen=True, omit_defaults=True):
    """``fields`` by name; ``has``: marks of what belongs to it."""

    fields: dict[str, str] = {}
    has: bytes = b""


def face(store: Store, actor: Actor, thing: str) -> tuple[Face, tuple[str, ...]] | None:
    """What somebody sees of a thing, with the ids of what belongs to it; None for what is not there for them."""
    if thing.startswith(PREFIX):
        return _of_lead(store, actor, thing.removeprefix(PREFIX))
    viewer = viewer_of(store, actor)
    node = store.get([thing]).get(thing)
    if not isinstance(node, Node) or not viewer.sees(node):
        return None
    node = viewer.view(node)
    if isinstance(node, Demand):
        return Face({"status": node.status.value, "deadline": node.deadline or "", "text": _hash(node.title, node.description)}), ()
    if isinstance(node, Achievement):
        price = " ".join(str(one) for one in (node.price_min, node.price_max, node.currency) if one is not None)
        fields = {"trl": str(node.trl or ""), "price": price, "legal_status": str(node.legal_status or "")}
        return Face(fields | {"text": _hash(node.title, node.abstract)}), ()
    if isinstance(node, Institution | Expert):
        ids = _belonging(store, viewer, node)
        return Face({}, Marks().packed(ids)), ids
    return None


def changes(before: Face, after: Face, ids: tuple[str, ...]) -> tuple[Change, ...]:
    """What has changed, in the order of the fields; of what came to a thing the first few."""
    found = [
        Change(name, "", "") if name == "text" else Change(name, before.fields.get(name, ""), said)
        for name, said in after.fields.items()
        if said != before.fields.get(name, "")
    ]
    had = Marks.of(before.has)
    new = tuple(one for one in ids if not had.has(one))
    return (*found, *([Change("new", after=str(len(new)), new=new[:_AT_MOST])] if new else []))


def merged(before: Face, after: Face) -> Face:
    """``after``, with what belonged to the thing before: what is gone for a while is not new when it is back."""
    return Face(after.fields, b"".join(sorted(Marks.of(before.has) | Marks.of(after.has))))


def _of_lead(store: Store, actor: Actor, id: str) -> tuple[Face, tuple[str, ...]] | None:
    try:
        lead = Leads(store).show(actor, id)
    except NotFound:
        return None
    sides = lead.value.get("sides", {})
    return Face({"state": lead.state} | {side: sides.get(side, "") for side in SIDES}), ()


def _belonging(store: Store, viewer: Viewer, node: Node) -> tuple[str, ...]:
    """The demands and results of an institution or an expert that somebody may see as theirs, in order of their ids."""
    kinds = _OF_INSTITUTION if isinstance(node, Institution) else (EdgeKind.CREATED,)
    edges = store.edges([node.id], kinds=kinds, direction="out")
    nodes = store.get([node.id, *(edge.target for edge in edges)])
    return tuple(sorted({edge.target for edge in edges if viewer.sees_edge(edge, nodes)}))


def _hash(*texts: str) -> str:
    return blake2b("\0".join(texts).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
