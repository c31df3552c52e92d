"""Capacity: how many introductions an expert or an institution is in at a time, and that no further one begins.

In: whoever offers, a lead that begins to take up their time. Out: the documents to write with the step. Next: ``leads.leads`` puts them
into the step's batch; ``leads.suggest`` suggests nobody who has no room.

An introduction takes up the time of the side that offers from ``introduce`` until talks end in an agreement, a refusal or a merge. Who is
in how many is counted from the states of the leads and from the graph as it is now: entities merge and are split again, people change their
employer, and every lead then counts for those who offer it now. A document for each expert and institution is the lock of the count: the
step is written with it at the version that was read before the count, so of two who introduce the same expert at once one wins, and the
other counts again: no race gets past the limit.

Introductions to confidential demands take up room for those of the same owner alone: they change nothing that others see.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from desk.journal import states
from desk.process.act import STATE
from graph.documents import Document, DocumentKind
from graph.errors import NotPossible
from graph.language import _
from graph.model import Expert, Node, Visibility
from graph.store import Store
from leads.parties import all_houses
from leads.process import HOLDING, LEAD
from leads.settings import LeadSettings

PREFIX = "capacity:"
"""What the id of the document begins with that is the lock of a node; its content is the lead that was introduced last."""


class NoCapacity(NotPossible):
    """Somebody who offers takes no further introduction at present."""


def limit_of(node: Node, settings: LeadSettings) -> int:
    """How many introductions an expert or an institution takes at a time: what an expert says, else the setting."""
    if isinstance(node, Expert):
        return settings.expert_capacity if node.capacity is None else node.capacity
    return settings.institution_capacity


def shown(store: Store, leads: Collection[str], owners: Collection[str] = ()) -> set[str]:
    """Those of some leads that others may know to take up somebody's time: their need is not confidential. With those that ``owners`` of a
    confidential need know of, which are their own. One whose need is gone is as one of a confidential need."""
    values = {one: held.value for one in leads if (held := states.state(store, LEAD.name, one))}
    needs = {str(value["need"]) for value in values.values()}
    nodes = store.get(needs) if needs else {}
    open_ = {id for id, node in nodes.items() if getattr(node, "visibility", Visibility.PUBLIC) is not Visibility.CONFIDENTIAL}
    return {one for one, value in values.items()
            if value["need"] in open_ or {*owners} & {*value.get("introduction", {}).get("needs", ())}}  # fmt: skip


def take(
    store: Store, nodes: Collection[Node], lead: str, settings: LeadSettings, owners: Collection[str] = ()
) -> list[Document]:
    """The documents with which ``lead`` may take up the time of ``nodes``. ``owners``: of its need, where that is confidential: what they
    know of counts. Raises NoCapacity where one of them has none left."""
    held = store.documents([PREFIX + node.id for node in nodes])  # before the count: what is introduced after it moves a version
    taken = all_taken(store)
    for node in nodes:
        if len(shown(store, taken.get(node.id, ()), owners)) >= limit_of(node, settings):
            raise NoCapacity(_("{name} takes no further introduction at present", name=getattr(node, "name", node.id)))
    versions = {id: one.version for id, one in held.items()}
    ids = [PREFIX + node.id for node in nodes]
    return [Document(id, DocumentKind.CAPACITY, lead.encode(), versions.get(id, 0)) for id in ids]


def all_taken(store: Store) -> dict[str, list[str]]:
    """Of every expert and institution that is in an introduction the leads, by the id that it has now."""
    offers = {id: str(value["offer"]) for id, value in states.values(store, LEAD.name) if value[STATE] in HOLDING and not value["into"]}
    nodes = {id: node for id, node in store.get(sorted(set(offers.values()))).items() if isinstance(node, Node)} if offers else {}
    houses = all_houses(store, list({node.id: node for node in nodes.values()}.values()))
    found: defaultdict[str, list[str]] = defaultdict(list)
    for lead, offer in sorted(offers.items()):
        node = nodes.get(offer)
        for one in (*houses[node.id], *([node.id] if isinstance(node, Expert) else [])) if node else ():
            found[one].append(lead)
    return dict(sorted(found.items()))


def is_of_capacity(ids: Collection[str]) -> bool:
    """Whether a Conflict was about these documents alone: whoever lost may read again and try."""
    return bool(ids) and all(one.startswith(PREFIX) for one in ids)
