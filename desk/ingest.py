"""Feeding a store: files in, then the index and the relations that follow from them.

In: an open store, paths, the embedder. Out: the report of ``ingest`` and that of the index. Next: ``api.cli.ingest`` prints them,
``desk.evidence`` feeds its files by it; the store answers questions about what came in.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from graph.errors import IndexMissing
from graph.model import EdgeKind
from graph.progress import Progress
from graph.scratch import scratch
from graph.store import Cursor, Store
from ingest.load import Read
from ingest.load import ingest as load
from ingest.report import Report
from ingest.row_reader import Offer
from ingest.suppression import Suppression, stored
from ingest.unchanged import mark_of, remember, repeated

if TYPE_CHECKING:
    from matcher.embedding.embedder import Embedder
    from matcher.index.generations import IndexReport
    from matcher.index.snapshot import Snapshot
    from matcher.trust.derived_edges import Refreshed


class Files(NamedTuple):
    """What is fed: files or folders, and how they are to be read where it is not told from themselves. ``strict``: a row with a cell that
    cannot be read is rejected."""

    paths: Sequence[Path]
    source: str | None = None
    mapping: Path | None = None
    encoding: str | None = None
    strict: bool = False


def ingest(store: Store, files: Files, *, rejects: Path, offer: Offer | None = None, progress: Read | None = None) -> Report:
    """Read ``files`` into ``store``; rejected rows go to the folder ``rejects``, contact columns to who is ``offer``ed them. ``index`` it
    afterwards. Files that
    repeat the last run are not read again: they bring nothing new."""
    suppression = stored(store)
    mark = mark_of(files.paths, files.source, files.mapping, files.encoding, files.strict, suppression.digest, bool(offer))
    known = repeated(store, mark)
    if known:
        return known
    report = _load(store, files, rejects, suppression, offer, progress)
    remember(store, mark, report)
    return report


def _load(
    store: Store, files: Files, rejects: Path | None, suppression: Suppression, offer: Offer | None, progress: Read | None
) -> Report:  # fmt: skip
    return load(
        store,
        files.paths,
        source=files.source,
        mapping=files.mapping,
        encoding=files.encoding,
        strict=files.strict,
        rejects=rejects,
        suppression=suppression,
        offer=offer,
        progress=progress,
    )


def try_out(address: str, auth: tuple[str, str] | None, files: Files, *, progress: Read | None = None) -> Report:
    """What ``ingest`` would do to the store at ``address``: done to a copy that is thrown away."""
    with scratch(address, auth=auth) as copy:
        report = _load(copy, files, None, stored(copy, address), None, progress)
    report.is_trial = True
    return report


def index(store: Store, embedder: Embedder, *, rescale: bool = False, progress: Progress | None = None) -> IndexReport:
    """Make an index of ``store`` as it is now, and bring its relations up to date: an ingest brings cooperations and evidence."""
    from matcher.index.generations import build

    report = build(store, embedder, rescale=rescale, progress=progress)
    refresh(store, embedder)
    return report


def refresh(store: Store, embedder: Embedder) -> Refreshed | None:
    """Bring the TRUSTS edges up to date; None where there is nothing to do: no evidence or cooperation, nothing new since the last time,
    or no index yet."""
    from matcher.index import snapshot  # an ingest without an index does without the matcher: a fifth of its memory

    if not _is_behind(store, store.cursor()):
        return None
    try:
        return refresh_to(store, snapshot.Snapshot.open(store, embedder))
    except IndexMissing:
        return None


def refresh_to(store: Store, snapshot: Snapshot) -> Refreshed | None:
    """Bring the TRUSTS edges up to what ``snapshot`` knows; None where that is nothing new."""
    from matcher.trust import derived_edges

    if not _is_behind(store, snapshot.cursor):
        return None
    return derived_edges.refresh(store, snapshot, snapshot.cursor)


def _is_behind(store: Store, now: Cursor) -> bool:
    """Whether the TRUSTS edges may be of an earlier state than ``now``."""
    from matcher.trust import derived_edges

    raw = store.meta(derived_edges.META)
    if raw is None:
        counts = store.count()
        return any(counts.get(kind.value) for kind in (EdgeKind.EVIDENCE, EdgeKind.PARTY_TO))
    done = Cursor(*msgspec.json.decode(raw, type=tuple[str, int]))
    return done.epoch != now.epoch or done.revision < now.revision
