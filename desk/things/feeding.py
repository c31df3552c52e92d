"""Feeding by hand: rows that a program puts, changes, takes back or sends by the hundred.

In: who feeds, a source, rows as a file may have them. Out: the graph holds them by the rules of an ingest; what became of each row. Next:
``api.http.routes.rows``.

    the operator            any source but those of the platform itself
    an institution's key    the source that has the id of its institution, and there what is its own: achievements, demands and resources,
                            whose owner it is, whatever the row says; people that a row names are its own

Both need the scope ``ingest``. What others say of a source's things, institutions, experts, cooperations and evidence, only the operator
feeds: rows of them join others, and would speak in their name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date as Date
from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from desk.evidence import SOURCE as BY_HAND
from desk.evidence import taken_back
from desk.people.sight import SOURCE as DESK
from desk.process.principals import Actor, Role, Scope
from desk.schemas import Public
from desk.sources.terms import LONGEST
from desk.things.lists import evidence_rows
from graph.errors import Conflict, InvalidInput, NotAllowed, NotFound, NotPossible, RowRejected
from graph.language import N_, _, told
from graph.model import Evidence, Institution, Record
from graph.store import Store
from ingest.cells.broken import Broken
from ingest.cells.clean import clean_text
from ingest.cells.values import identifier
from ingest.fed.feed import OWNERS, feed
from ingest.fed.stored import StoredRow, row_of, row_of_evidence
from ingest.fed.withdraw import withdraw
from ingest.report import FileReport, Rejection
from ingest.resolve.resolver import SOURCE as RULES
from ingest.rows.models import Kind

OF_PLATFORM = frozenset({DESK, BY_HAND, RULES, "person"})
"""Sources of what is done on the platform: nobody feeds them."""
ROWS = 1_000
"""Lines of one request, at most."""
_OWN_PLACE = re.compile(r" @ rec-[0-9a-v]+$")
_UNDERLINED = N_("is no field of a row")
_KEPT_OUT = N_("is about a person who is not to be kept")
_TRIES = 8


class RowKind(StrEnum):
    """The kinds of rows that can be fed by hand."""

    INSTITUTIONS = "institutions"
    EXPERTS = "experts"
    ACHIEVEMENTS = "achievements"
    DEMANDS = "demands"
    RESOURCES = "resources"
    COOPERATIONS = "cooperations"
    EVIDENCE = "evidence"


class RowOut(Public):
    """A row as it is stored: what a source says, in the fields in which it would be fed again."""

    kind: RowKind
    source: str
    source_id: str
    id: str = Field(description="What it came to in the graph: the id of a thing, or of an item of evidence.")
    fields: dict[str, Any]
    withdrawn: str | None = Field(None, description="Of evidence: the day from which it counts no more.")


class LineOut(Public):
    """What became of a line."""

    line: int
    result: Literal["added", "changed", "unchanged", "rejected", "left_out", "suppressed"]
    id: str | None = Field(None, description="What it came to in the graph; null for a line that did not land.")
    problems: list[dict[str, str]] = Field(description="Why it did not land, or which of its cells were left out: `field` and `rule`.")


class FedOut(Public):
    """What became of the lines of a request, in their order; a blank line is none."""

    source: str
    kind: RowKind
    added: int
    changed: int
    unchanged: int
    rejected: int
    left_out: int
    suppressed: int = Field(description="Rows about people who are not to be kept.")
    unnamed: int = Field(description="Mentions of such people in rows that landed without them.")
    contacts: int = Field(description="Contact values that were left out.")
    unknown_fields: list[str] = Field(description="Fields that no row of the kind has, and that were left out.")
    lines: list[LineOut]


Decided = Callable[[RowOut], None]
"""Raises where somebody decided upon another row than this."""


class Feeding:
    """What somebody feeds."""

    def __init__(self, store: Store, actor: Actor, kind: RowKind, source: str) -> None:
        """Raises NotAllowed for a source or a kind that is not the actor's to feed, InvalidInput for a name that no source can have."""
        self._store, self._kind, self._source = store, Kind(kind.value), source
        self._owner = _owner(store, actor, self._kind, source)

    def show(self, source_id: str) -> RowOut:
        """A row as it is stored. Raises NotFound."""
        return self._out(self._there(source_id))

    def put(self, source_id: str, cells: Mapping[str, Any], decided: Decided | None = None) -> tuple[RowOut, bool]:
        """Feed a row in place of the one that has its id, and whether it is new. ``decided`` is asked of the row that is there, and what
        moves that from then on lets the change fail. Raises RowRejected with every field that breaks a rule, NotFound where something was
        decided of a row that is not there, Conflict."""
        before = self._there(source_id) if decided else self._stored(source_id)
        if decided and before:
            decided(self._out(before))
        return self._put(source_id, cells, before.versions if decided and before else None), before is None

    def patch(self, source_id: str, changes: Mapping[str, Any], decided: Decided | None = None) -> RowOut:
        """Change some fields of a row (RFC 7396: null takes one away); where somebody changes it at the same time, what that left. Raises
        NotFound, RowRejected, Conflict."""
        for _attempt in range(_TRIES - 1):
            with suppress(Conflict):
                return self._patched(source_id, changes, decided)
        return self._patched(source_id, changes, decided)

    def withdraw(self, source_id: str, *, date: str = "", reason: str = "", decided: Decided | None = None) -> None:
        """Take a row back: it goes, and what only it said. An item of evidence stays on file, and counts no more from ``date`` on. Raises
        NotFound, Conflict."""
        row = self._there(source_id)
        if decided:
            decided(self._out(row))
        if self._kind is not Kind.EVIDENCE:
            withdraw(self._store, row.id, row.versions if decided else None)
            return
        if not reason.strip():
            raise InvalidInput("why an item of evidence is withdrawn stays on file", field="reason")
        for edge in self._store.get(evidence_rows(self._store, self._source)[source_id]).values():
            if isinstance(edge, Evidence) and not edge.withdrawn:
                if decided and row.versions.get(edge.id, edge.version) != edge.version:
                    raise Conflict([edge.id])
                taken_back(self._store, edge, date=date or Date.today().isoformat(), reason=reason)

    def feed(self, lines: bytes, *, strict: bool = False) -> FedOut:
        """Feed rows, one JSON object a line. ``strict``: a row of which a cell cannot be read is rejected. Raises InvalidInput for more
        than ROWS lines, and for none."""
        if lines.count(b"\n") - lines.endswith(b"\n") >= ROWS:
            raise InvalidInput(_("a request has at most {rows:,} lines", rows=ROWS))
        report = self._fed(lines, strict=strict)
        aside = {one.line: one for one in report.cells}
        told_of = [
            LineOut(line=one.line, result=one.result, id=self._id(one.id), problems=_problems(aside.get(one.line)))
            for one in report.landed or ()
        ]
        told_of += [LineOut(line=one.line, result="rejected", id=None, problems=_problems(one)) for one in report.rejections]
        left_out = [(line, [{"field": "", "rule": told(why)}]) for line, why in report.no_records]
        told_of += [LineOut(line=line, result="left_out", id=None, problems=why) for line, why in left_out]
        kept_out = [{"field": "", "rule": told(_KEPT_OUT)}]
        told_of += [LineOut(line=line, result="suppressed", id=None, problems=kept_out) for line in report.kept_out]
        return FedOut(
            source=self._source, kind=RowKind(self._kind.value), added=report.added, changed=report.changed, unchanged=report.unchanged,
            rejected=report.rejected, left_out=report.left_out, suppressed=report.suppressed, unnamed=report.unnamed,
            contacts=report.contacts, unknown_fields=list(report.unknown_columns), lines=sorted(told_of, key=lambda one: one.line),
        )  # fmt: skip

    def _patched(self, source_id: str, changes: Mapping[str, Any], decided: Decided | None) -> RowOut:
        row = self._there(source_id)
        if decided:
            decided(self._out(row))
        return self._put(source_id, _merged(self._said(row), changes), row.versions)

    def _put(self, source_id: str, cells: Mapping[str, Any], expect: Mapping[str, int] | None) -> RowOut:
        try:
            if identifier(source_id) != source_id:
                raise InvalidInput("is not the id of a row as it would be stored", field="source_id")
        except Broken as broken:
            raise InvalidInput(told(broken.rule), field="source_id") from broken
        for name in cells:
            if name.startswith("_") or (name == "id" and cells[name] != source_id):
                raise InvalidInput(N_("is another id than that of the path") if name == "id" else _UNDERLINED, field=name)
        report = self._fed(json.dumps({**cells, "id": source_id}).encode(), strict=True, expect=expect)
        if report.landed == []:
            problems = [one for rejection in report.rejections for one in _problems(rejection)]
            problems += [{"field": "", "rule": told(reason)} for _line, reason in report.no_records]
            problems += [{"field": "", "rule": told(_KEPT_OUT)} for _line in report.kept_out]
            raise RowRejected((one["field"], one["rule"]) for one in problems)
        return self.show(source_id)

    def _fed(self, lines: bytes, *, strict: bool, expect: Mapping[str, int] | None = None) -> FileReport:
        before = evidence_rows(self._store, self._source) if self._kind is Kind.EVIDENCE else {}
        report = feed(self._store, self._kind, self._source, lines, owner=self._owner, strict=strict, expect=expect)
        if before:  # an item's ends are part of its id: of a row that names others now the former goes
            landed = {one.id for one in report.landed or ()}
            edges = [edge for edge in self._store.get(landed).values() if isinstance(edge, Evidence)]
            former = {one for edge in edges for one in before.get(edge.provenance.source_id.removeprefix("evidence:"), ())}
            for one in sorted(former - landed):
                withdraw(self._store, one)
        return report

    def _there(self, source_id: str) -> StoredRow:
        found = self._stored(source_id)
        if found is None:
            raise NotFound(_("{source} has no row {id} among its {kind}", source=self._source, id=source_id, kind=self._kind.value))
        return found

    def _stored(self, source_id: str) -> StoredRow | None:
        if self._kind is not Kind.EVIDENCE:
            return row_of(self._store, self._kind, self._source, source_id)
        ids = evidence_rows(self._store, self._source).get(source_id, ())
        found = [edge for edge in self._store.get(ids).values() if isinstance(edge, Evidence)]
        return row_of_evidence(self._store, found[0]) if found else None

    def _said(self, row: StoredRow) -> dict[str, Any]:
        """The fields in which a row would be fed again by the same."""
        cells = dict(row.cells)
        if self._owner:
            cells.pop(OWNERS[self._kind], None)
            if "creators" in cells:
                cells["creators"] = [_OWN_PLACE.sub("", one) for one in cells["creators"]]
        return cells

    def _out(self, row: StoredRow) -> RowOut:
        """A row as its feeder sees it: who is hidden from everybody but the operator is not in it."""
        cells = self._said(row)
        for name, texts in row.hidden.items() if self._owner else ():
            gone = {_OWN_PLACE.sub("", one) for one in texts}
            cells[name] = [one for one in cells[name] if one not in gone]
        edge = self._store.get([row.id]).get(row.id)
        source_id = row.provenance.source_id.removeprefix("evidence:") if row.kind is Kind.EVIDENCE else row.provenance.source_id
        return RowOut(
            kind=RowKind(row.kind.value), source=row.provenance.source, source_id=source_id, id=self._id(row.id), fields=cells,
            withdrawn=edge.withdrawn if isinstance(edge, Evidence) else None,
        )  # fmt: skip

    def _id(self, id: str) -> str:
        """The id of a thing: of a Record that of its entity."""
        if not id.startswith("rec-"):
            return id
        return next((one for ids in self._store.lookup([id]).values() for one in ids), id)


def _owner(store: Store, actor: Actor, kind: Kind, source: str) -> Record | None:
    """Whose the rows of ``source`` are that the actor feeds; None for the operator's, which say it themselves."""
    check_source(actor, source)
    if actor.role is Role.OPERATOR:
        return None
    if kind not in OWNERS:
        raise NotAllowed(_("an institution feeds what is its own: {kinds}", kinds=", ".join(one.value for one in OWNERS)), field="kind")
    node = store.get([actor.institution]).get(actor.institution)
    record = store.get(node.records[:1]).get(node.records[0]) if isinstance(node, Institution) and node.records else None
    if not isinstance(record, Record):
        raise NotPossible(N_("no row is known of the institution"), field="source")
    return record


def check_source(actor: Actor, source: str) -> None:
    """Raises NotAllowed for a source that is not the actor's to feed, InvalidInput for a name that none can have."""
    actor.require(Scope.INGEST)
    if not source or len(source) > LONGEST or clean_text(source) != source:
        raise InvalidInput(_("a source's name has 1 to {longest} characters", longest=LONGEST), field="source")
    if source in OF_PLATFORM:
        raise NotAllowed(N_("is what is done on the platform: no rows are fed to it"), field="source")
    if actor.role is not Role.OPERATOR and not actor.is_of(source):
        raise NotAllowed(_("an institution feeds the source that has its own id: {id}", id=actor.institution or "-"), field="source")


def _merged(target: Any, patch: Any) -> Any:
    """A JSON Merge Patch (RFC 7396) of ``target``."""
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = _merged(merged.get(name), value)
    return merged


def _problems(rejection: Rejection | None) -> list[dict[str, str]]:
    problems = rejection.problems if rejection else ()
    return [{"field": one.field, "rule": f"{told(one.rule)}{told(one.detail)}"} for one in problems]
