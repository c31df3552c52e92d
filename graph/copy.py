"""The copy of one store into another, of any sort, in either direction.

In: two stores, the target new or left over from an earlier, interrupted copy of the same source. Out: the same nodes, edges, documents and
named values in the target, checked by counts and by the hash of all content. Next: ``desk.copy`` says which named values go along;
``graph.scratch`` copies the graph of a server by it.

The target keeps its own epoch and revisions: whoever followed the source's feed starts anew. A copy that was killed is completed by the
same call; what is there already is not written again.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from itertools import groupby

import msgspec

from graph.documents import Document
from graph.errors import InvalidInput, StoreError
from graph.language import Message, _
from graph.model import DERIVED, Edge, EdgeKind, Node, NodeKind
from graph.progress import Progress
from graph.store import Batch, Cursor, Store, chunks

_BATCH = 2000
_ROUNDS = 10
_MARK = "copy"
"""Named value of a target: the source's cursor when the copy began, empty when it is complete."""


class Copied(msgspec.Struct, frozen=True):
    """What a copy came to: the kinds and their numbers, the content's hash in both stores, and where the target's feed stands."""

    counts: dict[str, int]
    content: str
    epoch: str
    revision: int
    seconds: float


def copy(source: Store, target: Store, *, meta: Collection[str] = (), progress: Progress | None = None) -> Copied:
    """Copy all nodes and edges, and the values named ``meta``, from ``source`` to ``target``, and compare the two.

    The source may be written to meanwhile: the copy catches up by its feed. Raises InvalidInput if the target holds something else than
    an unfinished copy of this source, StoreError if the two differ in the end or the source does not come to rest.
    """
    began = time.monotonic()
    start = _claim(target, source.cursor())
    total = source.count()
    done = 0

    def told(kind: str, number: int) -> None:
        nonlocal done
        done += number
        if progress:
            progress(Message("copy {kind}", kind=kind), done, sum(total.values()))

    for kind in NodeKind:
        for part in chunks(source.scan(kind), _BATCH):
            target.write(Batch(nodes=[item for item in part if isinstance(item, Node)]))
            told(kind.value, len(part))
    for kind_of_edge in (kind for kind in EdgeKind if kind not in DERIVED):
        # what was written after the start comes with the feed: its ends may not have been there when the nodes were read
        old = (item for item in source.scan(kind_of_edge) if item.version <= start.revision)
        for part in chunks(old, _BATCH):
            target.write(Batch(edges=[item for item in part if isinstance(item, Edge)]))
            told(kind_of_edge.value, len(part))
    counts, content = _settle(source, target, start)
    _documents(source, target)
    for name in meta:
        value = source.meta(name)
        if value is not None:
            target.set_meta(name, value)
    target.set_meta(_MARK, b"")
    now = target.cursor()
    return Copied(counts, content, now.epoch, now.revision, time.monotonic() - began)


def _claim(target: Store, now: Cursor) -> Cursor:
    """Mark ``target`` as a copy that begins ``now``. Where one was interrupted, the cursor that it began at: what was deleted since is told
    by the feed from there."""
    mark = (target.meta(_MARK) or b"").decode()
    if not mark and (target.cursor().revision or target.count()):
        raise InvalidInput(_("{url} is not empty; name a store that is not there yet", url=target.url), field="TARGET")
    epoch, _blank, revision = mark.partition(" ")
    if mark and epoch != now.epoch:
        raise InvalidInput(
            _("{url} holds part of a copy of another store; name a store that is not there yet", url=target.url), field="TARGET"
        )
    start = Cursor(epoch, int(revision)) if mark else now
    target.set_meta(_MARK, f"{start.epoch} {start.revision}".encode())
    return start


def _settle(source: Store, target: Store, since: Cursor) -> tuple[dict[str, int], str]:
    """Bring over what the feed tells since ``since`` until both stores hold the same; their counts and content."""
    for _round in range(_ROUNDS):
        now = source.cursor()
        try:
            _catch_up(source, target, since, now)
            _derived(source, target)
        except InvalidInput:  # an edge whose end was deleted between the reading of the two
            if source.cursor() == now:
                raise
            continue
        counts, checked, copied = source.count(), source.check(deep=True), target.check(deep=True)
        if source.cursor() != now:
            since = now
            continue
        for store, problems in ((source, checked.problems), (target, copied.problems)):
            if problems:
                raise StoreError(
                    _("{url} is damaged: {problems}; see: dovetail doctor --deep --store {url}", url=store.url, problems=problems[0])
                )
        if (target.count(), copied.content) != (counts, checked.content):
            raise StoreError(
                _("{url} differs from {source}: did somebody else write to it? Delete it and copy again", url=target.url, source=source.url)
            )
        return counts, checked.content or ""
    raise StoreError(_("{url} is written to all the time; copy it when it is at rest", url=source.url))


def _catch_up(source: Store, target: Store, since: Cursor, now: Cursor) -> None:
    touched = sorted({one for change in source.changes(since) for one in (*change.written, *change.deleted)})
    # ``get`` also answers to former ids: only what is there under the id itself is meant
    there = {one: item for part in chunks(touched, _BATCH) for one, item in source.get(part).items() if item.id == one}
    for gone in chunks((one for one in touched if one not in there), _BATCH):
        target.write(Batch(delete=gone))
    for nodes in chunks((item for item in there.values() if isinstance(item, Node)), _BATCH):
        target.write(Batch(nodes=nodes))
    # what is newer yet is for the next round: its ends may not be here
    for edges in chunks((item for item in there.values() if isinstance(item, Edge) and item.version <= now.revision), _BATCH):
        target.write(Batch(edges=edges))


def _documents(source: Store, target: Store) -> None:
    """All documents, in the order of their last changes, and without what was erased since an earlier round."""
    for part in chunks(source.documents_since(0), _BATCH):
        there = target.documents([one.id for one in part])
        new = [one for one in part if one.content != (there[one.id].content if one.id in there else b"")]
        versions = {one: held.version for one, held in there.items()}
        for _version, group in groupby(new, key=lambda one: one.version):
            target.write(Batch(documents=[Document(one.id, one.kind, one.content, versions.get(one.id, 0)) for one in group]))


def _derived(source: Store, target: Store) -> None:
    for kind in DERIVED:
        stale = {item.id for item in target.scan(kind)}
        for part in chunks(source.scan(kind), _BATCH):
            stale -= {item.id for item in part}
            target.write(Batch(edges=[item for item in part if isinstance(item, Edge)]))
        for gone in chunks(sorted(stale), _BATCH):
            target.write(Batch(delete=gone))
