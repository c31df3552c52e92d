"""The loading of files into a store: batched, repeatable, resumable.

In: an open store, and paths of files and folders. Out: a ``Report``; the store holds what the rows say. Next: ``desk.ingest`` feeds a store
by it; ``desk.judged_sets`` and ``ingest.evaluate`` feed temporary stores.

A batch of rows, a part of a large file's or those of many small files, is one transaction. Every id follows from a row and its source, so
a run that was cut off is completed by running it again, and a second run changes nothing.
"""

from __future__ import annotations

import contextlib
import gc
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from graph.language import language_of
from graph.store import Store
from ingest.batches import Writer
from ingest.build import Builder
from ingest.choose import Source, choose
from ingest.read.encodings import codec_of, spoken
from ingest.read.readers import OWN_COLUMNS, Raw
from ingest.rejects import Rejects
from ingest.report import FileReport, Report
from ingest.resolve import similar_names
from ingest.row_reader import Offer, Pending, RowReader
from ingest.suppression import Suppression, stored

ROWS = 5_000
"""Rows a batch. Hashed ids touch much of an index in every batch: of 61,421 rows, 2,000 a batch took 5.1 s of system time, 5,000 3.3 s."""
FILES = 100
"""Files a batch, at most: each may hold its file of rows to mend open until they are written."""
FEW = 100
"""Rows from which a file is read again after its form looked through it; fewer are kept."""
ALLOCATIONS = 200_000
"""Values made between two searches for cycles of garbage."""

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
    suppression: Suppression | None = None,
    offer: Offer | None = None,
    progress: Read | None = None,
) -> Report:
    """Read files and folders into ``store``.

    ``source`` names the rows' source instead of their folder; ``mapping`` is a mapping file for files that it fits; ``encoding``
    names that of text files, else told from their bytes; rejected rows, and rows of which cells were set aside, go to files in the folder
    ``rejects``; ``strict`` rejects a row for any cell that cannot be read; ``suppression`` is the list of people who are not to be kept or
    shown, by default the store's own; ``offer`` is offered the contact columns of rows that landed, which are dropped without it. Raises
    InvalidInput, before anything is written, for a path that is not there, a mapping that breaks a rule, or a file named by itself that
    cannot be understood; DovetailError where rejected rows cannot be written.
    """
    began = time.monotonic()
    report = Report()
    codec = codec_of(encoding) if encoding else None
    sources = choose(paths, source, Path(mapping) if mapping else None, codec, report.skipped)
    before = store.count()
    suppressed = stored(store) if suppression is None else suppression
    writer = Writer(store, frozenset(before), strict=strict, suppression=suppressed)
    run = _Run(writer, Path(rejects) if rejects else None, strict, progress, offer)
    with _few_collections():
        report.files += run.read(sources)
        del run, writer, sources  # the pass takes as much memory as what was remembered of the rows
        report.similar_names = similar_names.run(store)
    after = store.count()
    report.kinds = {kind: more for kind in sorted(before | after) if (more := after.get(kind, 0) - before.get(kind, 0))}
    report.revision = store.cursor().revision
    report.seconds = time.monotonic() - began
    return report


def feed(
    store: Store, source: Source, builder: Builder, *, strict: bool = False, expect: Mapping[str, int | None] | None = None
) -> FileReport:
    """Read the rows of one table, whose form is known, into ``store``: as those of a file are, but for people who are not to be kept
    or shown (``ingest.suppression``). Every row is told in the report: that it landed, or why it did not. ``expect``: the
    versions that somebody decided upon; raises Conflict where they are others by now."""
    writer = Writer(store, frozenset(store.count()), strict=strict, suppression=stored(store), expect=expect)
    run = _Run(writer, None, strict, None, None, {source.source: builder}, tells_all=True)
    (report,) = run.read([source])
    similar_names.run(store)
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

    writer: Writer
    rejects: Path | None
    strict: bool
    progress: Read | None
    offer: Offer | None
    builders: dict[str, Builder] = field(default_factory=dict)
    seen: dict[str, tuple[int, str, int]] = field(default_factory=dict)
    """By id: a hash of what its row says, and where that row is."""
    taken: dict[Path, int] = field(default_factory=dict)
    """Files of rejected rows of this run, each with the number to try for the next of its name."""
    tells_all: bool = False
    """Whether the report tells of every row."""

    def read(self, sources: Iterable[Source]) -> Iterator[FileReport]:
        """Read the files one after the other; the report of each comes when its last rows are stored. Where anything is hidden a file is a
        batch of its own: what its rows hide or show anew is told of what the files before it left."""
        batch: list[Pending] = []
        ended: list[_FileRun] = []
        for one in sources:
            file = _FileRun(self, one)
            begin = len(batch)
            for pending in file.rows():
                batch.append(pending)
                if len(batch) >= ROWS:
                    self._write(batch, begin, file)
                    batch, begin = [], 0
            ended.append(file)
            if not batch or len(ended) >= FILES or self.writer.hides(batch[begin:]):
                self._write(batch, begin, file)
                yield from (done.close() for done in ended)
                batch, ended = [], []
        if ended:
            self._write(batch, 0, ended[-1])
            yield from (done.close() for done in ended)

    def _write(self, batch: list[Pending], begin: int, file: _FileRun) -> None:
        """Write rows, those of ``file`` from ``begin`` on; by themselves where they hide anything."""
        apart = 0 < begin < len(batch) and self.writer.hides(batch[begin:])
        for part in (batch[:begin], batch[begin:]) if apart else (batch,):
            if part:
                self.writer.write(part)
        if batch and self.progress:
            self.progress(*file.place())


class _FileRun:
    """The reading of one file."""

    def __init__(self, run: _Run, source: Source) -> None:
        self._source = source
        self._report = FileReport(source.label, source.source, source.form.name, spoken(source.table.encoding))
        self._report.by_mapping = source.by_mapping
        self._report.landed = [] if run.tells_all else None
        self._report.language = language_of(one for one in source.table.columns if one not in OWN_COLUMNS)
        self._rejects = Rejects(run.rejects, source.table, source.name, run.taken, source.form.relabelled) if run.rejects else None
        builder = run.builders.setdefault(source.source, Builder(source.source))
        self._reader = RowReader(source, builder, run.seen, self._report, self._rejects, strict=run.strict, offer=run.offer)

    def rows(self) -> Iterator[Pending]:
        """The rows that are to be written; the others are told and counted."""
        for raw in self._prepared():
            self._report.read += 1
            pending = self._reader.row(raw)
            if pending:
                yield pending

    def _prepared(self) -> Iterable[Raw]:
        """The rows, once the form looked through them; those of a small file are read once."""
        table, form = self._source.table, self._source.form
        first = [*islice(table.rows(), FEW)]
        if len(first) < FEW:
            form.prepare(first)
            return first
        form.prepare(table.rows())
        return table.rows()

    def place(self) -> tuple[int, int | None, str]:
        """How many of the file's bytes are read, how many it has, and its name."""
        return self._source.table.done(), self._source.table.size, self._source.label

    def close(self) -> FileReport:
        """The report, once all rows are written: some are rejected only then."""
        report = self._report
        report.rejections.sort(key=lambda one: one.line)
        report.notes = (*self._source.notes, *self._source.form.notes)
        report.contacts = self._reader.tally.contacts
        report.unknown_columns = tuple(self._source.form.unknown)
        report.rejects_file = self._rejects.close() if self._rejects else None
        return report
