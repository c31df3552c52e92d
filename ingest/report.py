"""The report of an ingest, per file and in all: read = added + changed + unchanged + rejected + left out.

In: counts from ``ingest.load`` and ``ingest.row_reader``. Out: plain data (``to_dict``), and text for a person (``to_text``). Next:
``api.cli.ingest`` and ``api.cli.evidence`` print it. A row is *added* if its own node is new, *changed* if anything that it says is new or
different, *unchanged* else (a row that a file repeats too), *left out* if it is no record (a total, a remark). Cells set aside are counted
apart: their rows landed.
"""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

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
        return "; ".join(f"{self.file}:{self.line}: {problem}" for problem in self.problems)


@dataclass(slots=True)
class FileReport:
    """The counts of one file. ``merged``: institutions and experts that joined one already known."""

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
    set_aside: int = 0
    merged: int = 0
    nodes: int = 0
    edges: int = 0
    contacts: int = 0
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
        if len(self.no_records) < SHOWN:
            self.no_records.append((line, reason))

    def _told(self, line: int, problems: Iterable[Problem], kept: list[Rejection], reasons: Counter[Problem]) -> Rejection:
        told = Rejection(self.file, line, tuple(one._replace(field=mask_contacts(one.field)[0]) for one in problems))
        for problem in told.problems:
            reason = problem._replace(detail="")
            reasons[reason if reason in reasons or len(reasons) < REASONS else Problem("", "other reasons")] += 1
        if len(kept) < SHOWN:
            kept.append(told)
        return told

    def to_dict(self) -> dict[str, Any]:
        return {
            **{name: getattr(self, name) for name in _TEXTS + _COUNTS},
            "unknown_columns": list(self.unknown_columns),
            "notes": list(self.notes),
            "reasons": [{"field": one.field, "rule": one.rule, "rows": rows} for one, rows in _sorted(self.reasons)],
            "rejections": [_plain(one) for one in self.rejections],
            "cells": [_plain(one) for one in self.cells],
            "no_records": [{"line": line, "reason": reason} for line, reason in self.no_records],
            "rejects_file": self.rejects_file,
        }


def _plain(one: Rejection) -> dict[str, Any]:
    return {
        "line": one.line,
        "problems": [{"field": problem.field, "rule": problem.rule + problem.detail} for problem in one.problems],
    }


_TEXTS = ("file", "source", "form", "encoding")
_COUNTS = ("read", "added", "changed", "unchanged", "rejected", "left_out", "set_aside", "merged", "nodes", "edges", "contacts")


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
            "skipped": [{"file": one.file, "reason": one.reason, "header": list(one.header)} for one in self.skipped],
            "total": {name: self.total(name) for name in _COUNTS},
            "likenesses": msgspec.structs.asdict(self.similar_names),
            "kinds": self.kinds,
            "dry_run": self.is_trial,
            "revision": self.revision,
            "seconds": round(self.seconds, 3),
        }

    def to_text(self, again: Sequence[str] = (), mapping: str | None = None) -> str:
        """A table of the files, then what a person should look at. ``again``: options that the command for feeding mended rows again
        needs; ``mapping``: the file that was given, which it needs for files that were read by it."""
        head = ("file", "read", "added", "changed", "unchanged", "rejected", "merged")
        rows = [(one.file, *(f"{getattr(one, name):,}" for name in head[1:])) for one in self.files]
        if len(self.files) != 1:
            rows.append(("total", *(f"{self.total(name):,}" for name in head[1:])))
        widths = [max(len(row[at]) for row in (head, *rows)) for at in range(len(head))]
        lines = [
            "  ".join(cell.ljust(width) if at == 0 else cell.rjust(width) for at, (cell, width) in enumerate(zip(row, widths, strict=True)))
            for row in (head, *rows)
        ]
        left = SHOWN_AT_ONCE
        for one in self.files:
            lines += _remarks(one, left, [*(["--mapping", mapping] if mapping and one.by_mapping else []), *again])
            left -= min(left, len(one.rejections) + len(one.cells)) if self.is_trial else 0
        lines += [f"skipped {skip.file}: {skip.reason}" for skip in self.skipped if not skip.is_lost]
        for table in self.skipped_tables:
            header = " | ".join(filter(None, table.header))[:1000]
            lines += ["", f"NOT READ: {table.file}", *([f"  its header: {header}"] if header else []), f"  {table.reason}", ""]
        if self.similar_names.made or self.similar_names.dropped or self.similar_names.proposed:
            lines.append(self.similar_names.to_text())
        if self.kinds:
            lines.append("; ".join(f"{'+' if count > 0 else ''}{count:,} {kind}" for kind, count in self.kinds.items()))
        done = f"{self.total('nodes'):,} nodes and {self.total('edges'):,} edges"
        if self.is_trial:
            lines.append(f"dry run: {done} would be written; nothing was")
        else:
            lines.append(f"{done} written in {self.seconds:.1f} s; revision {self.revision}")
        return "\n".join(lines)


def _remarks(one: FileReport, shown: int, again: Sequence[str]) -> list[str]:
    lines = []
    if one.encoding != "UTF-8":
        lines.append(f"{one.file}: read as {one.encoding}; --encoding names another")
    lines += [f"{one.file}: {note}" for note in one.notes]
    if one.unknown_columns:
        lines.append(f"{one.file}: columns not known and left out: {', '.join(one.unknown_columns)}")
    if one.contacts:
        lines.append(f"{one.file}: {one.contacts:,} contact values removed")
    if one.left_out:
        told = "; ".join(f"line {line} {reason}" for line, reason in one.no_records[:5]) + ("; ..." if one.left_out > 5 else "")
        lines.append(f"{one.file}: {one.left_out:,} row{'' if one.left_out == 1 else 's'} that are no records left out: {told}")
    lines += [str(rejection) for rejection in one.rejections[:shown]]
    if one.rejected > shown:
        lines.append(f"{one.file}: {one.rejected:,} rows rejected in all:")
        lines += [f"  {rows:,} x {problem}" for problem, rows in _sorted(one.reasons)[:20]]
    lines += [f"{told}; set aside" for told in one.cells[:shown]]
    if len(one.cells) > shown:
        lines.append(f"{one.file}: {one.set_aside:,} cells set aside in all:")
        lines += [f"  {cells:,} x {problem}" for problem, cells in _sorted(one.cell_reasons)[:20]]
    if one.rejects_file:
        command = shlex.join(["dovetail", "ingest", one.rejects_file, "--source", one.source, *again])
        lines.append(f"mend the rows in {one.rejects_file} and feed them again with: {command}")
    return lines


def _sorted(reasons: Counter[Problem]) -> list[tuple[Problem, int]]:
    return sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
