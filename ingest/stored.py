"""Rows as they are stored: what a source says of a thing, in the columns in which it would be fed again.

In: a kind, a source and its id there. Out: the row's id in the graph and its cells; fed again as they are, they change nothing. Next:
``desk.things.feeding`` shows and changes them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from graph.ids import node_id, record_id
from graph.model import Edge, Evidence, Node, NodeKind, PartyTo, Provenance, Record, Visibility
from graph.store import Store
from ingest.edges import FROM_COLUMNS, LABELS
from ingest.resolve.records import fields_of
from ingest.rows.models import MODELS, Kind

_NOT_CELLS = frozenset({"id", "licence_forms"})


class StoredRow(msgspec.Struct, frozen=True):
    """A row. ``id``: of its node, Record or edge; ``visibility``: who may see it; ``retrieved_at``: as its source says."""

    id: str
    kind: Kind
    provenance: Provenance
    visibility: Visibility
    cells: dict[str, Any]


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
    cells |= _relations(store, kind, row)
    known = MODELS[kind].model_fields
    cells = {name: value for name, value in cells.items() if name in known and value not in (None, "", [])}
    return StoredRow(row.id, kind, row.provenance, visibility, cells)


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
    return StoredRow(
        edge.id, Kind.EVIDENCE, edge.provenance, edge.visibility, {name: value for name, value in cells.items() if value is not None}
    )


def _cells(node: Node) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(node)
    return {name: value for name, value in plain.items() if name not in _NOT_CELLS}


def _relations(store: Store, kind: Kind, row: Node) -> dict[str, list[str]]:
    """The row's columns of references, each as it was written."""
    columns = FROM_COLUMNS.get(kind, {})
    at = row.id
    if isinstance(row, Record):
        at = next((one for ids in store.lookup([row.id]).values() for one in ids), row.id)
    edges = [
        edge for edge in store.edges([at], kinds=[edge for edge, _direction in columns.values()])
        if edge.provenance.row == row.provenance.row and (not isinstance(row, Record) or edge.source_record == row.id)
    ]  # fmt: skip
    ends = store.get({one for edge in edges for one in (edge.source_record, edge.target_record, edge.source, edge.target) if one})
    found: dict[str, list[str]] = {}
    for name, (of, direction) in columns.items():
        mine = [edge for edge in edges if edge.kind is of]
        said = [_reference(edge, direction == "in", ends, row.provenance.source) for edge in mine]
        if said:
            found[name] = sorted(dict.fromkeys(said))
    return found


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
