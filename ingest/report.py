"""The report of an ingest, per file and in all: read = added + changed + unchanged + rejected + left out + suppressed.

In: counts from ``ingest.load`` and ``ingest.row_reader``. Out: plain data (``to_dict``), and text for a person (``to_text``). Next:
``api.cli.ingest`` and ``api.cli.evidence`` print it. A row is *added* if its own node is new, *changed* if anything that it says is new or
different, *unchanged* else (a row that a file repeats too), *left out* if it is no record (a total, a remark), *suppressed* if it is about
a person who is not to be kept; a row that lands without such a person counts the person as *unnamed*. Cells set aside are counted apart:
their rows landed.
"""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import msgspec

from graph.language import N_, _, cell_len, english, ngettext, speaking_as_written, told, word
from ingest.cells.contacts import mask_contacts
from ingest.choose import Skipped
from ingest.resolve.similar_names import Passed
from ingest.rows.models import Problem

SHOWN = 100
"""Rejections of a file that are kept in the report; all are in the file of rejected rows."""
SHOWN_AT_ONCE = 10
"""Rejections, and rows with cells set aside, of a file that a person is shown; of a dry run in all."""
REASONS = 200
"""Different reasons that are counted apart."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that did not land, or not with all its cells: where it starts, and everything that is wrong with it."""

    file: str
    line: int
    problems: tuple[Problem, ...]

    def __str__(self) -> str:
        """In the current language."""
        return _("; ").join(f"{self.file}:{self.line}: {problem}" for problem in self.problems)


Result = Literal["added", "changed", "unchanged"]


class Landed(NamedTuple):
    """A row that landed: where it starts, the id of its node, Record or edge, and whether that is ``added``, ``changed`` or
    ``unchanged``."""

    line: int
    id: str
    result: Result


@dataclass(slots=True)
class FileReport:
    """The counts of one file. ``merged``: institutions and experts that joined one already known. ``landed``: its rows that landed, where
    they are kept; then all rejections are, too."""

    file: str
    source: str
    form: str
    encoding: str = "UTF-8"
    read: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    left_out: int = 0
    suppressed: int = 0
    unnamed: int = 0
    set_aside: int = 0
    merged: int = 0
    nodes: int = 0
    edges: int = 0
    contacts: int = 0
    contacts_kept: int = 0
    unknown_columns: tuple[str, ...] = ()
    reasons: Counter[Problem] = field(default_factory=Counter)
    rejections: list[Rejection] = field(default_factory=list)
    cells: list[Rejection] = field(default_factory=list)
    """Of rows that landed: the cells that were set aside."""
    cell_reasons: Counter[Problem] = field(default_factory=Counter)
    no_records: list[tuple[int, str]] = field(default_factory=list)
    """Lines that were left out, with the reason."""
    notes: tuple[str, ...] = ()
    rejects_file: str | None = None
    by_mapping: bool = False
    landed: list[Landed] | None = None
    kept_out: list[int] = field(default_factory=list)
    """The lines that are suppressed, where those that landed are kept."""
    language: str = "en"
    """The one in which its header is written: whoever made it reads the problems in it."""

    def land(self, line: int, id: str, result: Result) -> None:
        """Count a row that landed."""
        setattr(self, result, getattr(self, result) + 1)
        if self.landed is not None:
            self.landed.append(Landed(line, id, result))

    def reject(self, line: int, problems: Iterable[Problem]) -> Rejection:
        """Count a rejected row. Contact data is masked in what is kept of it."""
        self.rejected += 1
        return self._told(line, problems, self.rejections, self.reasons)

    def set_cells_aside(self, line: int, problems: Iterable[Problem]) -> Rejection:
        """Count cells of a row that landed without them."""
        told = self._told(line, problems, self.cells, self.cell_reasons)
        self.set_aside += len(told.problems)
        return told

    def leave_out(self, line: int, reason: str) -> None:
        """Count a row that is no record."""
        self.left_out += 1
        if len(self.no_records) < SHOWN or self.landed is not None:
            self.no_records.append((line, reason))

    def keep_out(self, line: int) -> None:
        """Count a row about a person who is not to be kept."""
        self.suppressed += 1
        if self.landed is not None:
            self.kept_out.append(line)

    def _told(self, line: int, problems: Iterable[Problem], kept: list[Rejection], reasons: Counter[Problem]) -> Rejection:
        told = Rejection(self.file, line, tuple(one._replace(field=mask_contacts(one.field)[0]) for one in problems))
        for problem in told.problems:
            reason = problem._replace(detail="")
            reasons[reason if reason in reasons or len(reasons) < REASONS else Problem("", N_("other reasons"))] += 1
        if len(kept) < SHOWN or self.landed is not None:
            kept.append(told)
        return told

    def to_dict(self) -> dict[str, Any]:
        return {
            **{name: getattr(self, name) for name in _TEXTS + _COUNTS},
            "unknown_columns": list(self.unknown_columns),
            "notes": [*map(english, self.notes)],
            "reasons": [{"field": one.field, "rule": english(one.rule), "rows": rows} for one, rows in _sorted(self.reasons)],
            "rejections": [_plain(one) for one in self.rejections],
            "cells": [_plain(one) for one in self.cells],
            "no_records": [{"line": line, "reason": reason} for line, reason in self.no_records],
            "rejects_file": self.rejects_file,
        }


def _plain(one: Rejection) -> dict[str, Any]:
    return {
        "line": one.line,
        "problems": [{"field": problem.field, "rule": english(problem.rule) + english(problem.detail)} for problem in one.problems],
    }


_TEXTS = ("file", "source", "form", "encoding")
_COUNTS = (
    "read", "added", "changed", "unchanged", "rejected", "left_out", "suppressed", "unnamed", "set_aside", "merged", "nodes", "edges",
    "contacts", "contacts_kept",
)  # fmt: skip


@dataclass(slots=True)
class Report:
    """What one call of ``ingest`` did. ``kinds``: how many more nodes and edges of each kind the store holds (or fewer);
    ``revision`` is the store's afterwards; ``is_trial``: it was a copy of the store."""

    files: list[FileReport] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    similar_names: Passed = field(default_factory=Passed)
    kinds: dict[str, int] = field(default_factory=dict)
    revision: int = 0
    seconds: float = 0.0
    is_trial: bool = False

    def total(self, count: str) -> int:
        """The sum of one of the files' counts."""
        return sum(getattr(one, count) for one in self.files)

    @property
    def rejected(self) -> int:
        return self.total("rejected")

    @property
    def set_aside(self) -> int:
        return self.total("set_aside")

    @property
    def skipped_tables(self) -> list[Skipped]:
        """Tables that somebody meant to be read: with a header and rows that nothing told how to read, or damaged."""
        return [one for one in self.skipped if one.is_lost]

    def to_dict(self) -> dict[str, Any]:
        """Plain data; all keys are stable."""
        return {
            "files": [one.to_dict() for one in self.files],
            "skipped": [{"file": one.file, "reason": english(one.reason), "header": list(one.header)} for one in self.skipped],
            "total": {name: self.total(name) for name in _COUNTS},
            "likenesses": msgspec.structs.asdict(self.similar_names),
            "kinds": self.kinds,
            "dry_run": self.is_trial,
            "revision": self.revision,
            "seconds": round(self.seconds, 3),
        }

    def to_text(self, again: Sequence[str] = (), mapping: str | None = None) -> str:
        """A table of the files, then what a person should look at, of each file in the language of its header. ``again``: options that the
        command for feeding mended rows again needs; ``mapping``: the file that was given, which it needs for files that were read by it."""
        lines = _table(self)
        left = SHOWN_AT_ONCE
        for one in self.files:
            with speaking_as_written(one.language):
                lines += _remarks(one, left, [*(["--mapping", mapping] if mapping and one.by_mapping else []), *again])
            left -= min(left, len(one.rejections) + len(one.cells)) if self.is_trial else 0
        lines += [_("skipped {file}: {reason}", file=skip.file, reason=told(skip.reason)) for skip in self.skipped if not skip.is_lost]
        for table in self.skipped_tables:
            header = " | ".join(filter(None, table.header))[:1000]
            shown = [f"  {_('its header: {header}', header=header)}"] if header else []
            lines += ["", _("NOT READ: {file}", file=table.file), *shown, f"  {told(table.reason)}", ""]
        if self.similar_names.made or self.similar_names.dropped or self.similar_names.proposed:
            lines.append(self.similar_names.to_text())
        if self.kinds:
            lines.append(_("; ").join(f"{'+' if count > 0 else ''}{count:,} {word(kind)}" for kind, count in self.kinds.items()))
        counts = {"nodes": self.total("nodes"), "edges": self.total("edges")}
        if self.is_trial:
            lines.append(_("dry run: {nodes:,} nodes and {edges:,} edges would be written; nothing was", **counts))
        else:
            told_in_all = _(
                "{nodes:,} nodes and {edges:,} edges written in {seconds:.1f} s; revision {revision}",
                **counts,
                seconds=self.seconds,
                revision=self.revision,
            )
            lines.append(told_in_all)
        return "\n".join(lines)


def _table(report: Report) -> list[str]:
    """The counts of the files, a line each, its columns straight on a terminal."""
    counts = ("read", "added", "changed", "unchanged", "rejected", "merged")
    rows = [(word("file", "column"), *(word(name, "column") for name in counts))]
    rows += [(one.file, *(f"{getattr(one, name):,}" for name in counts)) for one in report.files]
    if len(report.files) != 1:
        rows.append((_("total"), *(f"{report.total(name):,}" for name in counts)))
    widths = [max(cell_len(row[at]) for row in rows) for at in range(len(counts) + 1)]
    return [
        "  ".join(
            cell + " " * (width - cell_len(cell)) if at == 0 else " " * (width - cell_len(cell)) + cell
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]


def _remarks(one: FileReport, shown: int, again: Sequence[str]) -> list[str]:
    said = []
    if one.encoding != "UTF-8":
        said.append(_("read as {encoding}; --encoding names another", encoding=one.encoding))
    said += map(told, one.notes)
    if one.unknown_columns:
        said.append(_("columns not known and left out: {columns}", columns=", ".join(one.unknown_columns)))
    if one.contacts:
        said.append(_("{count:,} contact values removed", count=one.contacts))
    if one.contacts_kept:
        said.append(ngettext("{count:,} contact kept", "{count:,} contacts kept", one.contacts_kept))
    if one.suppressed or one.unnamed:
        said.append(
            _(
                "left out of people who are not to be kept (dovetail person list): rows: {rows:,}, mentions in other rows: {names:,}",
                rows=one.suppressed,
                names=one.unnamed,
            )
        )
    if one.left_out:
        first = [_("line {line} {reason}", line=line, reason=told(reason)) for line, reason in one.no_records[:5]]
        rows = _("; ").join([*first, *(["..."] if one.left_out > 5 else [])])
        said.append(
            ngettext(
                "{count:,} row is no record, left out: {rows}", "{count:,} rows are no records, left out: {rows}", one.left_out, rows=rows
            )
        )
    lines = [f"{one.file}: {remark}" for remark in said]
    lines += [str(rejection) for rejection in one.rejections[:shown]]
    if one.rejected > shown:
        lines.append(f"{one.file}: " + _("{count:,} rows rejected in all:", count=one.rejected))
        lines += [f"  {rows:,} x {problem}" for problem, rows in _sorted(one.reasons)[:20]]
    lines += [_("{problem}; set aside", problem=problem) for problem in one.cells[:shown]]
    if len(one.cells) > shown:
        lines.append(f"{one.file}: " + _("{count:,} cells set aside in all:", count=one.set_aside))
        lines += [f"  {cells:,} x {problem}" for problem, cells in _sorted(one.cell_reasons)[:20]]
    if one.rejects_file:
        command = shlex.join(["dovetail", "ingest", one.rejects_file, "--source", one.source, *again])
        lines.append(_("mend the rows in {file} and feed them again with: {command}", file=one.rejects_file, command=command))
    return lines


def _sorted(reasons: Counter[Problem]) -> list[tuple[Problem, int]]:
    return sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
