"""Evidence by hand: adding an item, importing a file, withdrawing an item, and naming the anchors whom newcomers hear.

In: names as people type them; an evidence file. Out: EVIDENCE edges in the store, with the relations up to date; the anchors' ids. Next:
``api.cli.evidence``, ``desk.things.feeding``. What a party says of itself is refused; what is withdrawn stays on file with the day and the
reason, and counts as before for every day before it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from desk.find import find
from desk.ingest import Files, ingest, refresh
from graph.dates import check_date
from graph.errors import InvalidInput, NotFound
from graph.ids import edge_id
from graph.language import _
from graph.model import EdgeKind, Evidence, EvidenceKind, Expert, Institution, Provenance
from graph.store import Batch, Store
from graph.viewer import OWNER
from ingest.report import Report
from matcher.trust.derived_edges import Refreshed

if TYPE_CHECKING:
    from matcher.embedding.embedder import Embedder

SOURCE = "evidence"


def add(
    store: Store, embedder: Embedder, source: str, target: str, kind: EvidenceKind, outcome: float,
    *, date: str, verified_by: str, document: str,
) -> tuple[Evidence, Refreshed | None]:  # fmt: skip
    """Put an item on file: ``source`` has experienced it with ``target``, ``verified_by`` has seen ``document``; then bring the relations
    up to date. The same item again changes nothing. Raises InvalidInput for a self-declaration or a value that breaks a rule."""
    ends = [_party(store, source, "SOURCE"), _party(store, target, "TARGET")]
    if ends[0].id == ends[1].id:
        raise InvalidInput(_("what a party says of itself is no evidence: SOURCE and TARGET are the same"), field="TARGET")
    if _is_called(store, verified_by, ends[1].id):
        raise InvalidInput(_("a party cannot verify evidence about itself"), field="--verified-by")
    if not -1 <= outcome <= 1:
        raise InvalidInput(_("an outcome is a number from -1 to 1"), field="--outcome")
    _check_day(date)
    made = edge_id(EdgeKind.EVIDENCE, ends[0].id, ends[1].id, SOURCE, kind.value, date, document)
    records: dict[str, Any] = {
        f"{end}_record": node.records[0] if node.records else None for end, node in zip(("source", "target"), ends, strict=True)
    }
    edge = Evidence(
        id=made, kind=EdgeKind.EVIDENCE, source=ends[0].id, target=ends[1].id, provenance=Provenance(SOURCE, made), date=date,
        evidence=kind, outcome=outcome, verified_by=verified_by, document=document, **records,
    )  # fmt: skip
    there = store.get([made]).get(made)
    if isinstance(there, Evidence) and there.withdrawn:
        raise InvalidInput(
            _("{made} was withdrawn on {withdrawn}: file it anew under another document", made=made, withdrawn=there.withdrawn),
            field="--document",
        )
    store.write(Batch(edges=[edge]))
    return edge, refresh(store, embedder)


def import_(store: Store, embedder: Embedder, file: Path, *, source: str | None, rejects: Path) -> tuple[Report, Refreshed | None]:
    """File the items of an evidence file; then bring the relations up to date. Raises InvalidInput for a file of another name."""
    if not file.name.casefold().startswith("evidence"):
        raise InvalidInput(_("an evidence file is called evidence.csv or evidence.jsonl (or ....gz)"), file=str(file))
    report = ingest(store, Files([file], source), rejects=rejects)
    return report, refresh(store, embedder)


def withdraw(store: Store, embedder: Embedder, one: str, *, date: str, reason: str) -> Evidence:
    """Let an item count no more from ``date`` on; then bring the relations up to date. It stays on file with the reason. Raises NotFound,
    InvalidInput."""
    edge = store.get([one]).get(one)
    if not isinstance(edge, Evidence):
        raise NotFound(_("{one} is no item of evidence; their ids are in: dovetail trust ASKER TARGET --json", one=one))
    if edge.withdrawn:
        raise InvalidInput(_("{one} was withdrawn on {withdrawn}", one=one, withdrawn=edge.withdrawn))
    gone = taken_back(store, edge, date=date, reason=reason)
    refresh(store, embedder)
    return gone


def taken_back(store: Store, edge: Evidence, *, date: str, reason: str) -> Evidence:
    """Store an item as withdrawn, without bringing the relations up to date. Raises Conflict where it is another by now."""
    _check_day(date)
    gone = withdrawn(edge, date, reason)
    store.write(Batch(edges=[gone]), expect={edge.id: edge.version})
    return gone


def withdrawn(edge: Evidence, date: str, reason: str) -> Evidence:
    """The item as it stands from ``date`` on, when it counts no more; one that was withdrawn before, as it is. Nothing is left to object
    to."""
    done = {} if edge.withdrawn else {"withdrawn": date, "withdrawn_for": reason}
    return msgspec.structs.replace(edge, **done, objected=None)


def anchors(store: Store, names: tuple[str, ...]) -> list[str]:
    """Name the anchors (none: leave them as they are); their ids afterwards."""
    from matcher.columns.evidence import set_anchors, stored_anchors

    if names:
        ids = [_party(store, name, "NAMES") for name in names]
        set_anchors(store, (one.id for one in ids if isinstance(one, Institution)))
    return list(stored_anchors(store))


def _check_day(date: str) -> None:
    try:
        check_date(date)
    except ValueError as error:
        raise InvalidInput(str(error), field="--date") from error


def _party(store: Store, name: str, field: str) -> Institution | Expert:
    found = find(store, name, OWNER)
    node = store.get([found]).get(found)
    if not isinstance(node, Institution | Expert):
        raise InvalidInput(_("{name} is neither an institution nor an expert", name=name), field=field)
    return node


def _is_called(store: Store, name: str, party: str) -> bool:
    try:
        return find(store, name, OWNER) == party
    except (NotFound, InvalidInput):
        return False
