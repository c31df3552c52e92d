"""The taking of one file's rows: from a raw row to what it comes to in the graph, or to a rejection.

In: raw rows, the form of their table, the builder of their source. Out: ``Pending`` rows; rejected rows, cells set aside and rows that are
no records go to the report and the file that can be mended. Next: ``ingest.load`` writes pending rows in batches.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import msgspec

from graph.ids import node_id
from graph.language import N_, Message, speaking_as_written
from graph.model import Visibility
from ingest.build import CONTENT, Builder, Built
from ingest.cells.broken import Broken
from ingest.cells.values import Tally
from ingest.choose import Source
from ingest.mapping.native import RowPart
from ingest.read.readers import LANDED, Raw
from ingest.rejects import Rejects
from ingest.report import FileReport, Rejection
from ingest.rows.aside import read, shown
from ingest.rows.models import Kind, Problem, columns_of
from ingest.rows.no_records import no_record

PARTS = 100_000
"""Parts remembered with what they came to: a mapped file repeats its firms and agencies in every row."""
DITTO = frozenset(["同上", "同前", "〃", "″", "ditto", "Ditto", "dito"])
"""Cells that stand for the one above."""
TWICE = N_("is the id of another row that says something else")
NOT = "not:"
"""What ``_row`` begins with, before an id that is another row's: fed again as it is, the row is rejected again."""
_NUMBERS_ONLY = {"id", "registration_number"}


Offer = Callable[[str, str, Mapping[str, object]], bool]
"""Offers the contact columns of a row that landed, with the file's name and the institution or expert that they are of; whether they are
kept. In no node, index, report or file of rejected rows is anything of them."""


class Lacking(NamedTuple):
    """A reference to a node that is not known: one of ``ids``."""

    built: Built
    ids: tuple[str, ...]
    problem: Problem


@dataclass(slots=True)
class Pending:
    """A row that waits for its batch. ``reader``: of its file; ``ids``: what it says, each by the first row that says it; ``aside``: its
    cells that are not read; ``instead``: the node that it was before its id was mended."""

    reader: RowReader
    raw: Raw
    built: list[Built]
    aside: list[Problem] = field(default_factory=list)
    instead: str | None = None
    contacts: dict[str, object] = field(default_factory=dict)
    """Its contact columns, where they are offered to somebody."""
    ids: list[str] = field(default_factory=list)

    def leave_out(self, lacking: Sequence[Lacking]) -> None:
        """Take references to nodes that are not known away from the row."""
        for one in lacking:
            at = next(number for number, built in enumerate(self.built) if built.id == one.built.id)
            built = self.built[at]
            self.built[at] = msgspec.structs.replace(
                built,
                drafts=tuple(draft for draft in built.drafts if draft.targets != one.ids),
                needs=tuple(need for need in built.needs if need.ids != one.ids),
            )
            self.aside.append(one.problem)


class RowReader:
    """Takes the rows of one file."""

    def __init__(
        self,
        source: Source,
        builder: Builder,
        seen: dict[str, tuple[int, str, int]],
        report: FileReport,
        rejects: Rejects | None,
        *,
        strict: bool,
        offer: Offer | None = None,
    ) -> None:
        """``seen``: by id of a row of this run, a hash of what it says, and where it is; ``offer``: who takes contact columns."""
        self.tally = Tally()
        self._offer = offer
        self._form, self._label = source.form, source.label
        self.builder, self.report = builder, report
        self._seen, self._rejects, self._strict = seen, rejects, strict
        self._parts: dict[tuple[object, ...], tuple[Built, tuple[Problem, ...]]] = {}
        self._above: dict[str, object] = {}
        self._fine: dict[tuple[object, ...] | None, Built] = {}
        """Parts that say nothing else than the first row of their id."""

    def row(self, raw: Raw) -> Pending | None:
        """The row in the making; None if it is rejected or no record."""
        raw = self._with_dittos(raw)
        reason = no_record(raw.cells)
        if reason:
            self.report.leave_out(raw.line, reason)
            return None
        if raw.problem or (raw.aside and self._strict):
            self.reject(raw, [raw.problem] if raw.problem else raw.aside)
            return None
        cells = raw.cells
        if raw.aside:
            bad = {problem.field for problem in raw.aside}
            cells = {name: value for name, value in cells.items() if name not in bad}
        if self._offer:
            self.tally.held = {}
        try:
            parts = self._form.parts(cells, self.tally)
        except Broken as broken:
            self.reject(raw, [Problem(broken.field or "", broken.rule)])
            return None
        own = parts[0]
        hides = {self._form.column(own, "visibility")} if raw.aside and "visibility" in columns_of(own.kind) else set[str]()
        if any(one.field in hides for one in raw.aside):
            own.fields["visibility"] = Visibility.CONFIDENTIAL.value  # whoever cannot say who may see a row does not publish it
        if len(parts) == 1 and not own.fields and not own.aside and not raw.aside:
            self.report.leave_out(raw.line, N_("says nothing in a column that is known"))
            return None
        if own.kind is Kind.COOPERATIONS and own.fields.keys() <= _NUMBERS_ONLY:
            self.reject(raw, [*raw.aside, *own.aside, Problem("", "says nothing but its number")])
            return None
        if _is_still_twice(raw, own):
            told = Message(" (as before; without its {column} this row takes the other's place)", column=LANDED)
            self.reject(raw, [Problem(self._form.column(own, "id"), TWICE, told)], str(raw.cells[LANDED]))
            return None
        before = _landed_as(raw, own)
        pending = Pending(self, raw, [], list(raw.aside), contacts=self.tally.held or {})
        if not all(self._add_part(pending, part, own=number == 0) for number, part in enumerate(parts)):
            return None
        if before and (node := pending.built[0].node):
            pending.instead = node_id(node.kind_of_node, node.provenance.source, before)
        return pending

    def _with_dittos(self, raw: Raw) -> Raw:
        """``raw`` with what stands above in place of 同上."""
        marks = [name for name, value in raw.cells.items() if type(value) is str and value in DITTO and name in self._above]
        if marks:
            raw = raw._replace(cells={**raw.cells, **{name: self._above[name] for name in marks}})
        self._above = raw.cells
        return raw

    def _add_part(self, pending: Pending, part: RowPart, *, own: bool) -> bool:
        """Add what a part comes to; False if its row is rejected: its own part says nothing without the cells that cannot be read."""
        if not own:
            part = _as_hidden(part, pending.built[0].visibility)
            if part.key in self._fine:
                pending.built.append(self._fine[part.key])
                return True
        built, problems = self._part(part)
        taken = ""
        if built is not None:
            built = built if own else msgspec.structs.replace(built, is_beside=True)
            twice = self._twice(built, pending.raw.line, own)
            if twice:
                built, problems = None, (Problem(self._form.column(part, "id"), TWICE, twice),)
                taken = f"{NOT}{part.fields.get('id', '')}"
        if problems and (self._strict or (own and built is None)):
            self.reject(pending.raw, [*pending.aside, *problems], taken)
            return False
        pending.aside += problems
        if built is not None:
            pending.built.append(built)
            if not own and part.key is not None and not problems:
                self._fine[part.key] = built
        return True

    def _part(self, part: RowPart) -> tuple[Built | None, tuple[Problem, ...]]:
        """What one part comes to, and its cells that are not read. A mapped file repeats its firms and agencies in every row: those are
        remembered."""
        if part.key is not None and part.key in self._parts:
            return self._parts[part.key]
        form = self._form
        reading = read(part.kind, part.fields, self.tally, strict=self._strict)
        found = [one._replace(field=form.column(part, one.field)) if one.field else one for one in reading.problems]
        problems = (*part.aside, *found)
        if reading.row is None or (self._strict and problems):
            return None, problems
        built = self.builder.build(part.kind, reading.row)
        if part.key is not None:
            if len(self._parts) > PARTS:
                self._parts.clear()
                self._fine.clear()
            self._parts[part.key] = built, problems
        return built, problems

    def _twice(self, built: Built, line: int, own: bool) -> str | None:
        """Where another row of this run has the same id and says something else. Which of the two is right only a person knows."""
        content, row = built.content(own), built.row_id if own else built.id
        before = self._seen.get(row)
        if before is None:
            self._seen[row] = (content, self._label, line)
            return None
        if before[0] == content:
            return None
        return Message(" (line {line})", line=before[2]) if before[1] == self._label else f" ({before[1]}:{before[2]})"

    def reject(self, raw: Raw, problems: Sequence[Problem], landed_as: str = "") -> None:
        """Count and tell a row that does not land, and write it to the file that can be mended."""
        rejection = self.report.reject(raw.line, problems)
        if self._rejects:
            self._rejects.add(self._form.mendable(raw.cells), self._worded(rejection), landed_as)

    def offer(self, pending: Pending, of: str | None) -> None:
        """Offer the contact columns of a row that landed, which are of the institution or expert ``of``."""
        if self._offer and pending.contacts and of:
            self.report.contacts_kept += self._offer(Path(self._label).name, of, pending.contacts)

    def set_aside(self, pending: Pending) -> None:
        """Tell the cells of a row that landed without them."""
        if not pending.aside:
            return
        told = self.report.set_cells_aside(pending.raw.line, pending.aside)
        if self._rejects:
            landed_as = pending.built[0].provenance.source_id
            self._rejects.add(
                self._form.mendable(pending.raw.cells), self._worded(told), landed_as if landed_as.startswith(CONTENT) else ""
            )

    def _worded(self, rejection: Rejection) -> str:
        """In the language of whoever made the file, who mends it."""
        with speaking_as_written(self.report.language):
            return str(rejection)

    def present(self, kind: Kind) -> Set[str]:
        """The columns of ``kind`` in which the file says in full what it says."""
        return self._form.present(kind)

    def lacking(self, pending: Pending, *known: Collection[str]) -> list[Lacking]:
        """The references of a row to nodes that are none of ``known``."""
        column = self._form.column
        return [
            Lacking(built, need.ids, Problem(column(RowPart(built.kind, {}), need.field), need.rule, f" ({shown(need.text)})"))
            for built in pending.built
            if built.needs
            for need in built.needs
            if not any(one in ids for one in need.ids for ids in known)
        ]


def _as_hidden(part: RowPart, visibility: Visibility) -> RowPart:
    """A part beside a row's own, which may be seen by those who may see the row, unless it says who may."""
    if visibility is Visibility.PUBLIC or "visibility" in part.fields or part.kind is Kind.COOPERATIONS:
        return part  # a cooperation is its parties' to see anyhow
    fields = {**part.fields, "visibility": visibility.value}
    return msgspec.structs.replace(part, fields=fields, key=None if part.key is None else (*part.key, visibility.value))


def _is_still_twice(raw: Raw, part: RowPart) -> bool:
    """Whether a row that was rejected for its id comes again with the same one."""
    before = raw.cells.get(LANDED)
    return isinstance(before, str) and before.startswith(NOT) and str(part.fields.get("id", "")) == before.removeprefix(NOT)


def _landed_as(raw: Raw, part: RowPart) -> str | None:
    """Give a mended row the id under which it landed. If its own id was mended, the former one: its node gives way."""
    before = raw.cells.get(LANDED)
    if not isinstance(before, str) or not before.startswith(CONTENT):
        return None
    if "id" not in part.fields:
        part.fields["id"] = before
        return None
    return before if part.fields["id"] != before else None
