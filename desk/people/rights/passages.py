"""The passages that were embedded of a person: what the vector cache may hold vectors of.

In: experts, as the store has them. Out: their passages. Next: ``desk.people.rights.traces`` has the vectors of these removed.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from graph.model import Expert, Record, Visibility
from graph.store import Store
from graph.viewer import Viewer
from ingest.resolve.records import fields_of
from matcher.text.passages import text_of

_TEXTS = ("headline", "bio", "keywords")


def passages_of(store: Store, experts: Iterable[Expert]) -> list[str]:
    """The passages of each as each viewer sees it, and of each Record by itself: as an entity was before others joined it."""
    found: dict[str, None] = {}
    for one in experts:
        nodes = [one, *(Viewer(clearance=level).view(one) for level in Visibility)]
        for record in store.get(one.records).values():
            if isinstance(record, Record):
                said = {name: value for name, value in fields_of(record).items() if name in _TEXTS}
                nodes.append(msgspec.convert({"id": one.id, "provenance": msgspec.to_builtins(one.provenance), "name": ""} | said, Expert))
        for node in nodes:
            text = text_of(node)
            found |= dict.fromkeys(text.passages if text else ())
    return list(found)
