"""Rows as they are stored: what a source says of a thing, in the columns in which it would be fed again.

In: a kind, a source and its id there. Out: the row's id in the graph and its cells; fed again as they are, they change nothing. Next:
``desk.things.feeding`` shows and changes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from graph.ids import node_id, record_id
from graph.model import Edge, Evidence, Node, NodeKind, PartyTo, Provenance, Record, Visibility
from graph.store import Store
from graph.viewer import level
from ingest.edges import FROM_COLUMNS, LABELS
from ingest.resolve.records import fields_of
from ingest.rows.models import MODELS, Kind

_NOT_CELLS = frozenset({"id", "licence_forms"})


class StoredRow(msgspec.Struct, frozen=True):
    """A row. ``id``: of its node, Record or edge; ``visibility``: who may see it; ``hidden``: its references, by column, that fewer may
    see (people who objected); ``versions``: of all that it says, by id."""

    id: str
    kind: Kind
    provenance: Provenance
    visibility: Visibility
    cells: dict[str, Any]
    hidden: dict[str, list[str]]
    versions: dict[str, int]


def ids_of(kind: Kind, source: str, source_id: str) -> list[str]:
    """The ids that the row may have as a node or a Record; none of evidence, whose id its ends make."""
    if kind not in LABELS:
        return []
    of = NodeKind(LABELS[kind])
    if of in (NodeKind.INSTITUTION, NodeKind.EXPERT):
        return [record_id(of, source, source_id, visibility) for visibility in Visibility]
    return [node_id(of, source, source_id)]


def row_of(store: Store, kind: Kind, source: str, source_id: str) -> StoredRow | None:
    """The row of a node, or of an institution or expert; None where there is none: a party that is only named has no row."""
    found = store.get(ids_of(kind, source, source_id))
    rows = [one for key, one in found.items() if one.id == key and isinstance(one, Node) and not getattr(one, "stub", False)]
    if not rows:
        return None
    row = rows[0]
    cells = fields_of(row) if isinstance(row, Record) else _cells(row)
    cells.pop("institutions", None)
    if row.provenance.retrieved_at:
        cells["retrieved_at"] = row.provenance.retrieved_at
    visibility: Visibility = getattr(row, "visibility", Visibility.PUBLIC)
    cells["visibility"] = visibility.value
    edges = _edges(store, kind, row)
    said, hidden = _relations(store, kind, row, edges)
    known = MODELS[kind].model_fields
    cells = {name: value for name, value in (cells | said).items() if name in known and value not in (None, "", [])}
    versions = {row.id: row.version} | {edge.id: edge.version for edge in edges}
    return StoredRow(row.id, kind, row.provenance, visibility, cells, hidden, versions)


def row_of_evidence(store: Store, edge: Evidence) -> StoredRow:
    """The row of an item of evidence. Its ends are named as its source named them; by their ids where somebody filed it by hand."""
    ends = store.get([one for one in (edge.source_record, edge.target_record, edge.source, edge.target) if one])
    cells: dict[str, Any] = {
        "source": _name(edge.source_record, edge.source, ends, edge.provenance.source),
        "target": _name(edge.target_record, edge.target, ends, edge.provenance.source),
        "source_kind": _party(edge.source), "target_kind": _party(edge.target), "kind": edge.evidence.value, "outcome": edge.outcome,
        "date": edge.date, "verified_by": edge.verified_by, "document": edge.document, "visibility": edge.visibility.value,
        "retrieved_at": edge.provenance.retrieved_at,
    }  # fmt: skip
    cells = {name: value for name, value in cells.items() if value is not None}
    return StoredRow(edge.id, Kind.EVIDENCE, edge.provenance, edge.visibility, cells, {}, {edge.id: edge.version})


def _cells(node: Node) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(node)
    return {name: value for name, value in plain.items() if name not in _NOT_CELLS}


def _edges(store: Store, kind: Kind, row: Node) -> list[Edge]:
    """The edges that columns of the row say."""
    at = row.id
    if isinstance(row, Record):
        at = next((one for ids in store.lookup([row.id]).values() for one in ids), row.id)
    return [
        edge for edge in store.edges([at], kinds=[edge for edge, _direction in FROM_COLUMNS.get(kind, {}).values()])
        if edge.provenance.row == row.provenance.row and (not isinstance(row, Record) or edge.source_record == row.id)
    ]  # fmt: skip


def _relations(store: Store, kind: Kind, row: Node, edges: Iterable[Edge]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """The row's columns of references, each as it was written, and those among them that fewer may see than the row."""
    edges = [*edges]
    ends = store.get({one for edge in edges for one in (edge.source_record, edge.target_record, edge.source, edge.target) if one})
    found: dict[str, list[str]] = {}
    hidden: dict[str, list[str]] = {}
    for name, (of, direction) in FROM_COLUMNS.get(kind, {}).items():
        said = {_reference(edge, direction == "in", ends, row.provenance.source): edge for edge in edges if edge.kind is of}
        if said:
            found[name] = sorted(said)
            hidden[name] = [text for text in found[name] if _is_hidden(said[text], direction == "in", ends, row)]
    return found, {name: texts for name, texts in hidden.items() if texts}


def _is_hidden(edge: Edge, is_in: bool, ends: Mapping[str, Node | Edge], row: Node) -> bool:
    """Whether fewer may see the party at the other end of ``edge`` than ``row``."""
    end = ends.get((edge.source_record if is_in else edge.target_record) or "")
    of_row: Visibility = getattr(row, "visibility", Visibility.PUBLIC)
    return isinstance(end, Record) and level(end.visibility) > level(of_row)


def _reference(edge: Edge, is_in: bool, ends: Mapping[str, Node | Edge], source: str) -> str:
    record, node = (edge.source_record, edge.source) if is_in else (edge.target_record, edge.target)
    text = _name(record, node, ends, source)
    return f"{edge.role}={text}" if isinstance(edge, PartyTo) and edge.role else text


def _name(record: str | None, node: str, ends: Mapping[str, Node | Edge], source: str) -> str:
    """How rows of ``source`` name a party or a node: by its id there, else by a number that every source knows, else by its id here."""
    end = ends.get(record or "") or ends.get(node)
    if isinstance(end, Record) or (end and end.provenance.source == source):
        return end.provenance.source_id
    numbers: Sequence[str] = getattr(end, "external_ids", ())
    return numbers[0] if numbers else node


def _party(id: str) -> str:
    return "expert" if id.startswith("exp-") else "institution"
