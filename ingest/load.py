"""The loading of files into a store: batched, repeatable, resumable.

In: an open store, and paths of files and folders. Out: a ``Report``; the store holds what the rows say. Next: ``desk.ingest`` feeds a store
by it; ``desk.judged_sets`` and ``ingest.evaluate`` feed temporary stores.

A batch of rows is one transaction. Every id follows from a row and its source, so a run that was cut off is completed by running it again,
and a second run changes nothing.
"""

from __future__ import annotations

import contextlib
import gc
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from graph.errors import Conflict, InvalidInput
from graph.model import Record
from graph.store import Store, Written
from ingest.build import Builder, Built
from ingest.choose import Source, choose
from ingest.edges import Earlier, Pending, drawn
from ingest.mapping.native import RowPart
from ingest.read.encodings import codec_of, spoken
from ingest.read.readers import Raw
from ingest.rejects import Rejects
from ingest.report import FileReport, Report
from ingest.resolve import similar_names
from ingest.resolve.resolver import Plan, Resolver
from ingest.rows.cells import Broken, Tally
from ingest.rows.models import Problem, validate

ROWS = 5_000
"""Rows a batch. Hashed ids touch much of an index in every batch: of 61,421 rows, 2,000 a batch took 5.1 s of system time, 5,000 3.3 s."""
PARTS = 100_000
"""Parts remembered with what they came to: a mapped file repeats its firms and agencies in every row."""
ALLOCATIONS = 200_000
"""Values made between two searches for cycles of garbage."""
_TRIES = 5

Read = Callable[[int, int | None, str], None]
"""Called after every batch: bytes of the file that are done, bytes it has (None: not known), its name."""


def ingest(
    store: Store,
    paths: Iterable[Path | str],
    *,
    source: str | None = None,
    mapping: Path | str | None = None,
    encoding: str | None = None,
    rejects: Path | str | None = None,
    progress: Read | None = None,
) -> Report:
    """Read files and folders into ``store``.

    ``source`` names the rows' source instead of their folder; ``mapping`` is a mapping file for files that it fits; ``encoding``
    names that of text files, else told from their bytes; rejected rows go to files in the folder ``rejects``. Raises InvalidInput,
    before anything is written, for a path that is not there, a mapping that breaks a rule, or a file named by itself that cannot
    be understood; DovetailError where rejected rows cannot be written.
    """
    began = time.monotonic()
    report = Report()
    codec = codec_of(encoding) if encoding else None
    sources = choose(paths, source, Path(mapping) if mapping else None, codec, report.skipped)
    before = store.count()
    run = _Run(store, Resolver(store), Path(rejects) if rejects else None, progress, frozenset(before))
    with _few_collections():
        for one in sources:
            report.files.append(_FileRun(run, one).read())
        report.similar_names = similar_names.run(store)
    after = store.count()
    report.kinds = {kind: more for kind in sorted(before | after) if (more := after.get(kind, 0) - before.get(kind, 0))}
    report.revision = store.cursor().revision
    report.seconds = time.monotonic() - began
    return report


@contextlib.contextmanager
def _few_collections() -> Iterator[None]:
    """A run makes values by the million and hardly a cycle: the search for cycles at its usual pace took a tenth of the time."""
    before = gc.get_threshold()
    gc.set_threshold(max(before[0], ALLOCATIONS) if before[0] else 0, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


@dataclass(slots=True)
class _Run:
    """One call of ``ingest``: what is remembered from file to file."""

    store: Store
    resolver: Resolver
    rejects: Path | None
    progress: Read | None
    kinds: frozenset[str]
    """The kinds of nodes that the store held when the run began."""
    builders: dict[str, Builder] = field(default_factory=dict)
    seen: dict[str, tuple[int, str, int]] = field(default_factory=dict)
    """By id: a hash of what its row says, and where that row is."""
    known: set[str] = field(default_factory=set)
    """Nodes that are certainly stored."""
    settled: dict[str, bool] = field(default_factory=dict)
    """Records that this run has brought already; True for one known by reference only."""
    taken: set[Path] = field(default_factory=set)
    """Files of rejected rows of this run."""


class _FileRun:
    """The reading of one file."""

    def __init__(self, run: _Run, source: Source) -> None:
        self._run = run
        self._source = source
        self._report = FileReport(source.label, source.source, source.form.name, spoken(source.table.encoding))
        self._builder = run.builders.setdefault(source.source, Builder(source.source))
        self._tally = Tally()
        self._rejects = Rejects(run.rejects, source.table, source.name, run.taken) if run.rejects else None
        self._parts: dict[tuple[object, ...], Built] = {}
        self._fine: dict[tuple[object, ...] | None, Built] = {}
        """Those that say nothing else than the first row of their id."""
        self._earlier = Earlier(run.store, run.kinds, source.form.present)

    def read(self) -> FileReport:
        report, batch = self._report, list[Pending]()
        self._source.form.prepare(self._source.table.rows())
        for raw in self._source.table.rows():
            report.read += 1
            pending = self._row(raw)
            if pending:
                batch.append(pending)
            if len(batch) >= ROWS:
                self._write(batch)
                batch = []
        self._write(batch)
        report.rejections.sort(key=lambda one: one.line)  # some are found when their batch is written
        report.contacts = self._tally.contacts
        report.unknown_columns = tuple(self._source.form.unknown)
        report.rejects_file = self._rejects.close() if self._rejects else None
        return report

    # -- one row

    def _row(self, raw: Raw) -> Pending | None:
        if raw.problem:
            self._reject(raw, [raw.problem])
            return None
        try:
            parts = self._source.form.parts(raw.cells, self._tally)
        except Broken as broken:
            self._reject(raw, [Problem(broken.field or "", broken.rule)])
            return None
        built: list[Built] = []
        for number, part in enumerate(parts):
            if number and part.key in self._fine:
                built.append(self._fine[part.key])
                continue
            one = self._part(part)
            if isinstance(one, list):
                self._reject(raw, one)
                return None
            twice = self._twice(one, raw.line, number == 0)
            if twice:
                field = self._source.form.column(part, "id")
                self._reject(raw, [Problem(field, "is the id of another row that says something else", f" ({twice})")])
                return None
            if number and part.key is not None:
                self._fine[part.key] = one
            built.append(one)
        return Pending(raw, built)

    def _part(self, part: RowPart) -> Built | list[Problem]:
        """What one part comes to. A mapped file repeats its firms and agencies in every row: those are remembered."""
        if part.key is not None and part.key in self._parts:
            return self._parts[part.key]
        row = validate(part.kind, part.fields, self._tally)
        if isinstance(row, list):
            return [Problem(self._source.form.column(part, one.field) if one.field else "", one.rule) for one in row]
        built = self._builder.build(part.kind, row)
        if part.key is not None:
            if len(self._parts) > PARTS:
                self._parts.clear()
                self._fine.clear()
            self._parts[part.key] = built
        return built

    def _twice(self, built: Built, line: int, own: bool) -> str | None:
        """Where another row of this run has the same id and says something else. Which of the two is right only a person knows."""
        content, before = built.content(own), self._run.seen.get(built.id)
        if before is None:
            self._run.seen[built.id] = (content, self._source.label, line)
            return None
        if before[0] == content:
            return None
        return f"line {before[2]}" if before[1] == self._source.label else f"{before[1]}:{before[2]}"

    def _reject(self, raw: Raw, problems: Sequence[Problem]) -> None:
        rejection = self._report.reject(raw.line, problems)
        if self._rejects:
            self._rejects.add(raw.cells, str(rejection))

    # -- one batch

    def _write(self, batch: list[Pending]) -> None:
        batch = self._with_known_needs(batch)
        if not batch:
            return
        store, resolver = self._run.store, self._run.resolver
        joined, done = 0, Written(0, frozenset(), frozenset(), frozenset())
        for attempt in range(_TRIES):
            before = store.cursor().revision
            incoming = self._incoming(batch)
            plan = resolver.plan(incoming)
            is_part = self._add(batch, plan, everything=attempt > 0)
            try:
                written = store.write(plan.batch, expect=plan.expect)
            except (Conflict, InvalidInput):
                # somebody else wrote meanwhile, and may have merged away what our edges end at
                if attempt == _TRIES - 1 or store.cursor().revision == before:
                    raise
                resolver.forget()
                continue
            resolver.commit(plan, written)
            joined += plan.joined
            done = _together(done, written)
            if not is_part or written.revision == before + bool(written.added or written.changed or written.deleted):
                break
            resolver.forget()  # somebody else wrote meanwhile, perhaps what was left out because it was stored as it is
        self._run.settled.update((one, record.stub) for one, record in incoming.items())
        if plan.records and written.revision > before + 1:
            self._again(incoming)
        self._count(batch, joined, done)
        if self._run.progress:
            self._run.progress(self._source.table.done(), self._source.table.size, self._source.label)

    def _incoming(self, batch: list[Pending]) -> dict[str, Record]:
        """The Records of a batch that this run has not brought before; a row's rather than a reference's."""
        found: dict[str, Record] = {}
        settled, entity_of = self._run.settled, self._run.resolver.entity_of
        for pending in batch:
            for built in pending.built:
                for one in (*built.stubs, built.record) if built.record else built.stubs:
                    if one.stub and one.id in found:
                        continue
                    if (settled.get(one.id, True) and (one.id not in settled or not one.stub)) or entity_of(one.id) is None:
                        found[one.id] = one
        return found

    def _again(self, incoming: Mapping[str, Record]) -> None:
        """Somebody else wrote between our reading and writing: what they brought may belong together with ours."""
        resolver = self._run.resolver
        resolver.forget()
        plan = resolver.again(list(incoming))
        resolver.commit(plan, self._run.store.write(plan.batch, expect=plan.expect))

    def _with_known_needs(self, batch: list[Pending]) -> list[Pending]:
        """The rows of ``batch`` whose references to achievements, demands, resources and cooperations are known; the rest is rejected."""
        known = self._run.known
        needy = [(pending, built) for pending in batch for built in pending.built if built.needs]
        while True:
            own = {built.id for pending in batch for built in pending.built if built.node}
            asked = {one for _, built in needy for need in built.needs for one in need.ids} - known - own
            known.update(self._run.store.get(asked) if asked else ())
            good = [pending for pending in batch if not self._lacking(pending, own)]
            if len(good) == len(batch):
                known.update(own)
                return batch
            for pending in batch:
                lacking = self._lacking(pending, own)
                if lacking:
                    self._reject(pending.raw, lacking)
            batch = good  # what was rejected may have been needed by others

    def _lacking(self, pending: Pending, own: set[str]) -> list[Problem]:
        return [
            Problem(self._source.form.column(RowPart(built.kind, {}), need.field), need.rule)
            for built in pending.built
            if built.needs
            for need in built.needs
            if not any(one in own or one in self._run.known for one in need.ids)
        ]

    def _add(self, batch: list[Pending], plan: Plan, everything: bool) -> bool:
        """Put the rows' own nodes and edges into ``plan``, and take away the edges that they no longer name. What is stored as it is
        is left out, unless ``everything`` is asked for; whether anything was."""
        run = self._run
        nodes = {built.id: built.node for pending in batch for built in pending.built if built.node}
        edges = drawn(batch, nodes, run.known, plan, run.resolver)
        stale, same = self._earlier.edges(batch, edges, run.settled, run.resolver)
        same |= self._earlier.nodes(batch)
        if everything:
            same.clear()
        plan.batch.nodes += [node for one, node in nodes.items() if one not in same]
        plan.batch.edges = [one for one in plan.batch.edges if one.id not in stale]
        plan.batch.edges += [edge for one, edge in edges.items() if one not in same]
        plan.batch.delete += sorted(stale)
        return bool(same)

    def _count(self, batch: list[Pending], joined: int, written: Written) -> None:
        report = self._report
        report.merged += joined
        left = written.added | written.changed | written.deleted  # each is of the first row that says it
        edges = sum(one[:4] == "edg-" for one in left if one not in written.deleted)
        report.edges += edges
        report.nodes += len(written.added) + len(written.changed) - edges
        if not left:
            report.unchanged += len(batch)
            return
        rest = set(left)
        for pending in batch:
            own = pending.ids[0]
            if own in written.added and own in rest:
                report.added += 1
            elif rest.isdisjoint(pending.ids):
                report.unchanged += 1
            else:
                report.changed += 1
            rest.difference_update(pending.ids)


def _together(first: Written, then: Written) -> Written:
    """What two writes did, one after the other."""
    added = first.added | then.added
    changed = (first.changed | then.changed) - added
    return Written(then.revision, added, changed, (first.deleted | then.deleted) - added - changed)
