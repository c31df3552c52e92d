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
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from graph.errors import Conflict, InvalidInput
from graph.model import Edge, EdgeKind, NodeKind, Provenance, Record
from graph.store import Direction, Store, Written
from ingest.build import Builder, Built, Draft
from ingest.cells.registers import work_ids_of
from ingest.choose import Source, choose
from ingest.read.encodings import codec_of, spoken
from ingest.rejects import Rejects
from ingest.report import FileReport, Report
from ingest.resolve import similar_names
from ingest.resolve.resolver import Plan, Resolver
from ingest.row_reader import Pending, RowReader
from ingest.rows.models import Kind

ROWS = 5_000
"""Rows a batch. Hashed ids touch much of an index in every batch: of 61,421 rows, 2,000 a batch took 5.1 s of system time, 5,000 3.3 s."""
ALLOCATIONS = 200_000
"""Values made between two searches for cycles of garbage."""
_TRIES = 5

Read = Callable[[int, int | None, str], None]
"""Called after every batch: bytes of the file that are done, bytes it has (None: not known), its name."""

_FROM_COLUMNS: dict[Kind, dict[str, tuple[EdgeKind, Direction]]] = {
    Kind.INSTITUTIONS: {"part_of": (EdgeKind.PART_OF, "out")},
    Kind.EXPERTS: {"institution": (EdgeKind.AFFILIATED_WITH, "out")},
    Kind.ACHIEVEMENTS: {"owners": (EdgeKind.OWNS, "in"), "creators": (EdgeKind.CREATED, "in")},
    Kind.DEMANDS: {"posted_by": (EdgeKind.POSTED, "in")},
    Kind.RESOURCES: {"offered_by": (EdgeKind.OFFERS, "in")},
    Kind.COOPERATIONS: {"parties": (EdgeKind.PARTY_TO, "in"), "demands": (EdgeKind.ADDRESSES, "out"), "uses": (EdgeKind.USES, "out")},
}
"""The edges that a column of a row makes: those that it no longer names are taken away."""
_LABELS = {
    Kind.INSTITUTIONS: NodeKind.INSTITUTION.value,
    Kind.EXPERTS: NodeKind.EXPERT.value,
    Kind.ACHIEVEMENTS: NodeKind.ACHIEVEMENT.value,
    Kind.DEMANDS: NodeKind.DEMAND.value,
    Kind.RESOURCES: NodeKind.RESOURCE.value,
    Kind.COOPERATIONS: NodeKind.COOPERATION.value,
}


def ingest(
    store: Store,
    paths: Iterable[Path | str],
    *,
    source: str | None = None,
    mapping: Path | str | None = None,
    encoding: str | None = None,
    rejects: Path | str | None = None,
    strict: bool = False,
    progress: Read | None = None,
) -> Report:
    """Read files and folders into ``store``.

    ``source`` names the rows' source instead of their folder; ``mapping`` is a mapping file for files that it fits; ``encoding``
    names that of text files, else told from their bytes; rejected rows, and rows of which cells were set aside, go to files in the folder
    ``rejects``; ``strict`` rejects a row for any cell that cannot be read. Raises InvalidInput, before anything is written, for a path that
    is not there, a mapping that breaks a rule, or a file named by itself that cannot be understood; DovetailError where rejected rows
    cannot be written.
    """
    began = time.monotonic()
    report = Report()
    codec = codec_of(encoding) if encoding else None
    sources = choose(paths, source, Path(mapping) if mapping else None, codec, report.skipped)
    before = store.count()
    run = _Run(store, Resolver(store), Path(rejects) if rejects else None, strict, progress, frozenset(before))
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
    strict: bool
    progress: Read | None
    kinds: frozenset[str]
    """The kinds of nodes that the store held when the run began."""
    builders: dict[str, Builder] = field(default_factory=dict)
    seen: dict[str, tuple[int, str, int]] = field(default_factory=dict)
    """By id: a hash of what its row says, and where that row is."""
    known: set[str] = field(default_factory=set)
    """Nodes that are certainly stored."""
    meant: dict[str, str] = field(default_factory=dict)
    """By an id that no row has: the achievement that was named by its external id instead."""
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
        self._report.by_mapping = source.by_mapping
        self._rejects = Rejects(run.rejects, source.table, source.name, run.taken) if run.rejects else None
        builder = run.builders.setdefault(source.source, Builder(source.source))
        self._reader = RowReader(source, builder, run.seen, self._report, self._rejects, strict=run.strict)

    def read(self) -> FileReport:
        report, batch = self._report, list[Pending]()
        self._source.form.prepare(self._source.table.rows())
        for raw in self._source.table.rows():
            report.read += 1
            pending = self._reader.row(raw)
            if pending:
                batch.append(pending)
            if len(batch) >= ROWS:
                self._write(batch)
                batch = []
        self._write(batch)
        report.rejections.sort(key=lambda one: one.line)  # some are found when their batch is written
        report.notes = (*self._source.notes, *self._source.form.notes)
        report.contacts = self._reader.tally.contacts
        report.unknown_columns = tuple(self._source.form.unknown)
        report.rejects_file = self._rejects.close() if self._rejects else None
        return report

    # -- one batch

    def _write(self, batch: list[Pending]) -> None:
        batch = self._with_known_needs(batch)
        if not batch:
            return
        store, resolver = self._run.store, self._run.resolver
        for attempt in range(_TRIES):
            before = store.cursor().revision
            incoming = self._incoming(batch)
            plan = resolver.plan(incoming)
            self._add(batch, plan)
            try:
                written = store.write(plan.batch, expect=plan.expect)
                break
            except (Conflict, InvalidInput):
                # somebody else wrote meanwhile, and may have merged away what our edges end at
                if attempt == _TRIES - 1 or store.cursor().revision == before:
                    raise
                resolver.forget()
        resolver.commit(plan, written)
        self._run.settled.update((one, record.stub) for one, record in incoming.items())
        if plan.records and written.revision > before + 1:
            self._again(incoming)
        self._count(batch, plan, written)
        for pending in batch:
            self._reader.set_aside(pending)
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
        """The rows of ``batch``, without references to achievements, demands, resources and cooperations that are not known: such a cell
        is set aside; a row of an edge file has no end then and is rejected."""
        known = self._run.known
        asked = {one for pending in batch for built in pending.built for need in built.needs for one in need.ids} - known
        known.update(self._run.store.get(asked))
        self._find_by_number(batch)
        while True:
            own = {built.id for pending in batch for built in pending.built if built.node}
            there = own, known, self._run.meant
            lacking = {at: found for at, pending in enumerate(batch) if (found := self._reader.lacking(pending, *there))}
            fatal = {at for at, found in lacking.items() if self._run.strict or any(not one.built.node for one in found)}
            for at, found in lacking.items():
                if at in fatal:
                    self._reader.reject(batch[at].raw, [*batch[at].aside, *(one.problem for one in found)])
                else:
                    batch[at].leave_out(found)
            if not fatal:
                known.update(own)
                return batch
            # what was rejected may have been needed by others
            batch = [pending for at, pending in enumerate(batch) if at not in fatal]

    def _find_by_number(self, batch: list[Pending]) -> None:
        """Achievements that ``batch`` names by an external id of theirs, as any source may know them."""
        own = {built.id for pending in batch for built in pending.built if built.node} | self._run.known
        needs = [need for pending in batch for built in pending.built for need in built.needs if need.may_be_number]
        keys = {need.ids[0]: [f"ext:{one}" for one in work_ids_of(need.text)] for need in needs if own.isdisjoint(need.ids)}
        found = self._run.store.lookup({key for several in keys.values() for key in several}) if any(keys.values()) else {}
        for one, several in keys.items():
            hits = [found[key][0] for key in several if key in found]
            if hits:
                self._run.meant[one] = hits[0]

    def _add(self, batch: list[Pending], plan: Plan) -> None:
        """Put the rows' own nodes and edges into ``plan``, and take away the edges that they no longer name."""
        edges: dict[str, Edge] = {}
        made: dict[int, list[Edge]] = {}  # by what they are made of: a firm's or a person's is the same object in many rows
        nodes = {built.id: built.node for pending in batch for built in pending.built if built.node}
        for pending in batch:
            pending.ids = []
            for built in pending.built:
                drawn = made.get(id(built))
                if drawn is None:
                    drawn = made[id(built)] = [self._edge(draft, plan, nodes) for draft in built.drafts]
                for edge in drawn:
                    edges[edge.id] = edge
                if built.node or built.record:
                    pending.ids.append(built.id)
                pending.ids += [edge.id for edge in drawn]
        stale = self._stale(batch, edges)
        plan.batch.nodes += nodes.values()
        plan.batch.edges = [one for one in plan.batch.edges if one.id not in stale] + [*edges.values()]
        plan.batch.delete += sorted(stale | {one.instead for one in batch if one.instead})

    def _edge(self, draft: Draft, plan: Plan, nodes: Mapping[str, object]) -> Edge:
        end = draft.targets[0]
        known = self._run.known
        if len(draft.targets) > 1:
            end = next((one for one in draft.targets if one in nodes or one in known), end)
        if end in self._run.meant and end not in nodes and end not in known:
            end = self._run.meant[end]
        return draft.edge(self._end(draft.source, plan), self._end(end, plan), end)

    def _end(self, one: str, plan: Plan) -> str:
        """The entity of a Record, and any other node itself."""
        return (plan.entity_of.get(one) or self._run.resolver.entity_of(one) or one) if one.startswith("rec-") else one

    def _stale(self, batch: list[Pending], edges: Mapping[str, Edge]) -> set[str]:
        """Edges that earlier forms of these rows made by their columns and that these do not."""
        owners: dict[str, tuple[Built, Pending]] = {}
        asked: dict[Direction, tuple[set[EdgeKind], set[str]]] = {"in": (set(), set()), "out": (set(), set())}
        for pending in batch:
            for built in pending.built:
                if _LABELS.get(built.kind) not in self._run.kinds or built.id in self._run.settled:
                    continue  # new to the store, or looked at before
                columns = _FROM_COLUMNS.get(built.kind, {})
                for name in columns.keys() & self._source.form.present(built.kind):
                    kind, direction = columns[name]
                    end = built.id if built.node else self._run.resolver.entity_of(built.id)
                    if end:
                        owners[built.id] = (built, pending)
                        asked[direction][0].add(kind)
                        asked[direction][1].add(end)
        stale = set()
        for direction, (kinds, ends) in asked.items():
            for edge in self._run.store.edges(ends, kinds=kinds, direction=direction) if ends else []:
                own = edge.target if direction == "in" else edge.source_record or edge.source
                if own in owners and edge.id not in edges and _same_row(edge.provenance, owners[own][0].provenance):
                    stale.add(edge.id)
                    owners[own][1].ids.append(edge.id)
        return stale

    def _count(self, batch: list[Pending], plan: Plan, written: Written) -> None:
        report = self._report
        claimed: set[str] = set()
        for pending in batch:
            own = pending.ids[0]
            ids = [one for one in pending.ids if one not in claimed]
            claimed.update(ids)
            if own in ids and own in written.added:
                report.added += 1
            elif any(one in written.added or one in written.changed or one in written.deleted for one in ids):
                report.changed += 1
            else:
                report.unchanged += 1
        done = written.added | written.changed
        edges = sum(one.startswith("edg-") for one in done)
        report.edges += edges
        report.nodes += len(done) - edges
        report.merged += plan.joined


def _same_row(left: Provenance, right: Provenance) -> bool:
    return (left.source, left.source_id) == (right.source, right.source_id)
