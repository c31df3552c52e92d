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
from graph.model import Achievement, Edge, Record, Visibility
from graph.store import Store, Written
from graph.viewer import level, strictest
from ingest.build import Builder
from ingest.cells.registers import work_ids_of
from ingest.choose import Source, choose
from ingest.edges import Earlier, drawn
from ingest.read.encodings import codec_of, spoken
from ingest.rejects import Rejects
from ingest.report import FileReport, Report
from ingest.resolve import similar_names
from ingest.resolve.resolver import Plan, Resolver
from ingest.retold import Retold, orphans, retold
from ingest.row_reader import Pending, RowReader

ROWS = 5_000
"""Rows a batch. Hashed ids touch much of an index in every batch: of 61,421 rows, 2,000 a batch took 5.1 s of system time, 5,000 3.3 s."""
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
    known: dict[str, Visibility] = field(default_factory=dict)
    """Nodes that are certainly stored, and who may see them."""
    meant: dict[str, str] = field(default_factory=dict)
    """By an id that no row has: the achievement that was named by its external id instead; it is ``known``."""
    settled: dict[str, bool] = field(default_factory=dict)
    """Records that this run has brought already; True for one known by reference only."""
    taken: dict[Path, int] = field(default_factory=dict)
    """Files of rejected rows of this run, each with the number to try for the next of its name."""


class _FileRun:
    """The reading of one file."""

    def __init__(self, run: _Run, source: Source) -> None:
        self._run = run
        self._source = source
        self._report = FileReport(source.label, source.source, source.form.name, spoken(source.table.encoding))
        self._report.by_mapping = source.by_mapping
        self._rejects = Rejects(run.rejects, source.table, source.name, run.taken, source.form.relabelled) if run.rejects else None
        self._builder = builder = run.builders.setdefault(source.source, Builder(source.source))
        self._reader = RowReader(source, builder, run.seen, self._report, self._rejects, strict=run.strict)
        self._earlier = Earlier(run.store, run.kinds, source.form.present)

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
        anew = self._retold(batch)
        joined, done = 0, Written(0, frozenset(), frozenset(), frozenset())
        for attempt in range(_TRIES):
            before = store.cursor().revision
            incoming, beside = self._incoming(batch)
            plan = resolver.plan(incoming, beside=beside)
            edges, stale, same = self._edges(batch, plan, anew)
            if gone := self._unnamed(plan, edges, stale, anew):
                resolver.forget()
                incoming, beside = self._incoming(batch)
                plan = resolver.plan(incoming, gone, beside)
                edges, _, same = self._edges(batch, plan, anew)
            is_part = self._add(batch, plan, edges, stale, None if attempt else same)
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
        for pending in batch:
            self._reader.set_aside(pending)
        if self._run.progress:
            self._run.progress(self._source.table.done(), self._source.table.size, self._source.label)

    def _retold(self, batch: list[Pending]) -> Retold:
        """What rows say of whom others may see now, where anything of the batch or of the store is hidden."""
        every = [built for pending in batch for built in pending.built]
        hidden = any(built.visibility is not Visibility.PUBLIC for built in every)
        if not self._run.kinds or not (hidden or self._run.resolver.has_hidden):
            return Retold()
        anew = retold(self._run.store, batch, self._earlier.said_by)
        otherwise = {one for built in every for one in self._builder.otherwise(built)}
        anew.stale |= {one: edge for one, edge in self._run.store.get(otherwise).items() if isinstance(edge, Edge)}
        for number, found in anew.built.items():
            batch[number].built += found
        return anew

    def _edges(self, batch: list[Pending], plan: Plan, anew: Retold) -> tuple[dict[str, Edge], dict[str, Edge], set[str]]:
        """The edges of a batch by id, those that go, and which are stored as they are."""
        run = self._run
        nodes = {built.id for pending in batch for built in pending.built if built.node}
        edges = drawn(batch, nodes, run.known, run.meant, plan, run.resolver)
        stale, same = self._earlier.edges(batch, edges, run.settled, run.resolver)
        gone = [pending.instead for pending in batch if pending.instead]
        instead = {edge.id: edge for edge in run.store.edges(gone)} if gone else {}
        stale = {one: edge for one, edge in {**stale, **anew.stale, **instead}.items() if one not in edges}
        return edges, stale, same

    def _unnamed(self, plan: Plan, edges: dict[str, Edge], stale: dict[str, Edge], anew: Retold) -> set[str]:
        """Records that nobody names any more; the edges that go with them are put into ``stale``."""
        if not stale and not plan.replaced:
            return set()
        gone, ending = orphans(self._run.store, list(stale.values()), edges, anew.unsaid, plan.replaced)
        stale |= {one: edge for one, edge in ending.items() if one not in edges}
        return gone

    def _incoming(self, batch: list[Pending]) -> tuple[dict[str, Record], set[str]]:
        """The Records of a batch that this run has not brought before, a row's rather than a reference's; and which came beside a row."""
        found: dict[str, Record] = {}
        beside = {built.record.id for pending in batch for built in pending.built if built.record and built.is_beside}
        settled, entity_of = self._run.settled, self._run.resolver.entity_of
        for pending in batch:
            for built in pending.built:
                for one in (*built.stubs, built.record) if built.record else built.stubs:
                    if one.stub and one.id in found:
                        continue
                    if (settled.get(one.id, True) and (one.id not in settled or not one.stub)) or entity_of(one.id) is None:
                        found[one.id] = one
        return found, beside

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
        if not any(built.needs for pending in batch for built in pending.built):
            known.update(_own(batch))
            return batch
        while True:
            own = _own(batch)
            asked = {one for pending in batch for built in pending.built for need in built.needs for one in need.ids}
            asked = {one for one in asked if one not in known and one not in own}
            known.update(_visibilities(self._run.store.get(asked)) if asked else ())
            self._find_by_number(batch, own)
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
                self._hide(batch)
                return batch
            # what was rejected may have been needed by others
            batch = [pending for at, pending in enumerate(batch) if at not in fatal]

    def _hide(self, batch: list[Pending]) -> None:
        """Let rows of edge files tell no more of their parties than may be seen of what they tie them to."""
        known, meant = self._run.known, self._run.meant
        for pending in batch:
            for at, built in enumerate(pending.built):
                if built.row is not None and built.needs:
                    ends = [next((one for one in need.ids if one in known), meant.get(need.ids[0], "")) for need in built.needs]
                    pending.built[at] = self._builder.hidden(built, strictest(known[one] for one in ends if one in known))

    def _find_by_number(self, batch: list[Pending], own: Mapping[str, Visibility]) -> None:
        """Achievements that ``batch`` names by an external id of theirs, as any source may know them: the one that most may see."""
        known = self._run.known
        needs = [need for pending in batch for built in pending.built for need in built.needs if need.may_be_number]
        lacking = [need for need in needs if not any(one in own or one in known for one in need.ids)]
        keys = {need.ids[0]: [f"ext:{one}" for one in work_ids_of(need.text)] for need in lacking}
        found = self._run.store.lookup({key for several in keys.values() for key in several}) if any(keys.values()) else {}
        nodes = self._run.store.get({one for hits in found.values() for one in hits}) if found else {}
        # a firm may have the id too
        seen_by = _visibilities({one: node for one, node in nodes.items() if isinstance(node, Achievement)})
        for one, several in keys.items():
            hits = next((mine for key in several if (mine := [hit for hit in found.get(key, ()) if hit in seen_by])), None)
            if hits:
                meant = min(hits, key=lambda hit: (level(seen_by[hit]), hit))
                self._run.meant[one] = meant
                self._run.known[meant] = seen_by[meant]

    def _add(self, batch: list[Pending], plan: Plan, edges: dict[str, Edge], stale: dict[str, Edge], same: set[str] | None) -> bool:
        """Put the rows' own nodes and edges into ``plan``, and take away the edges that they no longer name. What is stored as it is
        is left out, the edges ``same`` among it, unless these are None; whether anything was."""
        nodes = {built.id: built.node for pending in batch for built in pending.built if built.node}
        same = set() if same is None else same | self._earlier.nodes(batch)
        plan.batch.nodes += [node for one, node in nodes.items() if one not in same]
        plan.batch.edges = [one for one in plan.batch.edges if one.id not in stale]
        plan.batch.edges += [edge for one, edge in edges.items() if one not in same]
        plan.batch.delete += sorted(stale.keys() | {pending.instead for pending in batch if pending.instead})
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


def _own(batch: Iterable[Pending]) -> dict[str, Visibility]:
    """The nodes of a batch, and who may see them."""
    return {built.id: built.visibility for pending in batch for built in pending.built if built.node}


def _visibilities(nodes: Mapping[str, object]) -> dict[str, Visibility]:
    return {one: getattr(node, "visibility", Visibility.PUBLIC) for one, node in nodes.items()}


def _together(first: Written, then: Written) -> Written:
    """What two writes did, one after the other."""
    added = first.added | then.added
    changed = (first.changed | then.changed) - added
    return Written(then.revision, added, changed, (first.deleted | then.deleted) - added - changed)
