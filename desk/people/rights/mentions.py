"""Where else a person's name stands: in texts of other rows, in the journal; and who else is called so.

In: an expert. Out: the nodes, edges and documents that hold the name, to be looked at by the operator. Next:
``desk.people.rights.persons`` tells them when somebody is forgotten, ``desk.people.rights.known`` with what is known. Nothing of this is
changed: only a person can tell whether 王伟 in a sentence is the one who asks.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Iterator
from typing import Any

import msgspec

from graph.documents import DocumentKind
from graph.ids import entity_id, record_id
from graph.model import Edge, EdgeKind, Expert, Node, NodeKind, Record, Visibility
from graph.store import Store
from ingest.resolve.names import person_key
from ingest.resolve.records import is_code

_TEXTS = (NodeKind.INSTITUTION, NodeKind.EXPERT, NodeKind.ACHIEVEMENT, NodeKind.DEMAND, NodeKind.RESOURCE, NodeKind.COOPERATION)
_DOCUMENTS = (DocumentKind.ENTRY, DocumentKind.PERSONAL, DocumentKind.STATE)
_LEAST = 2
"""Letters of a name that is looked for: one letter is everywhere."""


class Mention(msgspec.Struct, frozen=True):
    """Something that holds a name: its id, and the fields that do."""

    id: str
    fields: tuple[str, ...]


def names_of(entity: Expert) -> list[str]:
    """What a person is called, as it is looked for."""
    names = {_plain(name) for name in (entity.name, *entity.aliases) if not is_code(name)}
    return sorted(name for name in names if len(name) >= _LEAST)


def mentions(store: Store, entity: Expert) -> list[Mention]:
    """Everything but the person itself that holds one of the names. Reads the whole store."""
    names = names_of(entity)
    found = [Mention(one, fields) for one, said in _said(store, entity) if (fields := _holding(said, names))]
    return sorted(found, key=lambda one: one.id)


def _said(store: Store, entity: Expert) -> Iterator[tuple[str, Any]]:
    for kind in (*_TEXTS, EdgeKind.EVIDENCE):
        for item in store.scan(kind):
            is_own = item.id == entity.id or (isinstance(item, Expert) and _is_called_alike(item, entity))
            if not is_own and isinstance(item, Node | Edge):
                yield item.id, {name: getattr(item, name) for name in item.__struct_fields__ if name not in ("id", "records", "former_ids")}
    for document in store.documents_since(0, _DOCUMENTS):
        yield document.id, document.content.decode("utf-8", "replace")


def _holding(said: Any, names: list[str]) -> tuple[str, ...]:
    if isinstance(said, str):
        return ("",) if any(name in _plain(said) for name in names) else ()
    plain = msgspec.to_builtins(said)
    return tuple(field for field, value in plain.items() if value and any(name in _plain(str(value)) for name in names))


def ids_of(store: Store, people: Iterable[Expert]) -> set[str]:
    """The ids that people have had: one for each Record, as each might have been hidden."""
    people = [*people]
    found = {one for person in people for one in (person.id, *person.former_ids)}
    for record in store.get([one for person in people for one in person.records]).values():
        if isinstance(record, Record):
            found |= {entity_id(NodeKind.EXPERT, record_id(record.of, *record.provenance.row, one)) for one in Visibility}
    return found


def namesakes(store: Store, entity: Expert, mine: Collection[str]) -> list[Mention]:
    """Other experts than ``mine`` who are called the same, as names of people are compared. Reads all experts."""
    found = (one for one in store.scan(NodeKind.EXPERT) if isinstance(one, Expert) and one.id not in mine)
    return [Mention(one.id, (one.name,)) for one in found if _is_called_alike(one, entity)]


def _is_called_alike(one: Expert, other: Expert) -> bool:
    mine, yours = ({person_key(name) for name in (node.name, *node.aliases)} - {""} for node in (one, other))
    return not mine.isdisjoint(yours)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
