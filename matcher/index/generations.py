"""Index generations: what a question needs, as immutable files.

In: a store and an embedder. Out: a folder of arrays (texts, vectors and their codes, postings, tables, what answers show) with a manifest
and the Scale, published by a rename under the user's cache; the newest is named by the file CURRENT. Next: ``matcher.index.snapshot``
maps it.
One process at a time builds; readers never wait for it. What is not yet embedded comes from the vector cache where it can.

Nothing that is damaged answers: CURRENT names a folder, which is named by the hash of its manifest, which has the checksums of all other
files; and a generation that was followed by another says so.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import msgspec
import numpy as np
import numpy.typing as npt

from graph import private
from graph.errors import DovetailError, IndexDamaged, IndexMissing, ModelError
from graph.language import _
from graph.model import Achievement, Demand, Edge, Node, NodeKind, Visibility
from graph.progress import Progress
from graph.store import Cursor, Store
from graph.viewer import level, level_of
from matcher.columns import same, tables
from matcher.embedding.embedder import Counted, Embedder, cache_folder
from matcher.embedding.quantise import Quantised
from matcher.embedding.vectors import Embedded
from matcher.index.blocks import Blocks, Sums, command, is_damaged, mend, opened, sums_of
from matcher.index.calibration import Said, Texts, drifted, measured
from matcher.index.items import Packed, Packing
from matcher.signals.postings import Postings, count_terms
from matcher.signals.scale import LANGUAGES, META, English, Scale, languages, stored_scale
from matcher.signals.segment import Segment
from matcher.text.passages import Text, text_of

LAYOUT = 12
"""Raised when the files of a generation change their form."""
ENGLISH = "english"
"""Where a store's meta holds the English model that it is indexed with."""
KEEP = 2
"""Generations kept of a store: the current one, and the one a running process may still map."""


class Manifest(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a generation was made of, and the checksums of its files. Its folder is named by the hash of its own bytes."""

    layout: int
    epoch: str
    revision: int
    scale: str
    model: str
    family: str
    files: dict[str, Sums]
    english: str = ""
    """How the English model beside it is named (``--english-model``); empty where there is none."""


class _Made(msgspec.Struct, frozen=True):
    """What the manifest of every version says."""

    layout: int
    family: str = ""


class Reading(msgspec.Struct, frozen=True):
    """What the English model read for an index."""

    passages: int
    """All that are in English."""
    embedded: int
    """Those that were not in the vector cache."""
    seconds: float
    """What embedding them took, the loading of the model counted in."""


class IndexReport(msgspec.Struct, frozen=True):
    """What ``build`` did."""

    texts: int
    passages: int
    embedded: int
    """Passages that were not in the vector cache."""
    revision: int
    scale: str
    rescaled: bool
    seconds: float
    folder: str
    english: Reading | None = None
    """None where there is no English model."""
    unread: int = 0
    """Passages that are in English where there is no English model."""


def build(store: Store, embedder: Embedder, *, rescale: bool = False, progress: Progress | None = None) -> IndexReport:
    """Make a generation of the store as it is now; made again only if something changed. Stopped, it loses at most the texts
    of one chunk: run again, it goes on from the vector cache. Raises ModelError if the store was indexed with another model
    and ``rescale`` does not allow to change it."""
    from filelock import FileLock

    started = time.monotonic()
    tell = progress or (lambda _label, _done, _total: None)
    home = _home(store.cursor().epoch)
    private.narrowed(private.folder(home))
    with FileLock(home / "lock", mode=private.FILE):
        scale = stored_scale(store)  # under the lock: whoever built before may have measured it anew
        had = scale.family if scale else _family(store.cursor().epoch)
        if had and had != embedder.family and not rescale:
            raise ModelError(
                _("{url} is indexed with another model; use that one, or change over with: dovetail index --rescale", url=store.url)
            )
        cursor = store.cursor()  # before reading: what is written meanwhile is read again by whoever follows the feed
        packing = Packing()
        nodes, texts, marks = _read_nodes(store, packing, tell)
        edges = tables.edge_rows(cast("Edge", edge) for kind in tables.EDGE_KINDS for edge in packing.through(store.scan(kind)))
        passages = [passage for said in texts for passage in said.text.passages]
        tell("count words", 0, len(texts))
        postings = count_terms(said.text.words for said in texts)
        embedded, new, english = _embedded(embedder, passages, tell)
        rescaled = scale is None or rescale or drifted(scale, texts)
        if scale is None or rescaled:
            scale = measured(texts, postings, embedded, passages, embedder)
        segment = Segment.against(scale, [said.id for said in texts], [said.text for said in texts], passages, embedded, postings)
        folder = _written(home, cursor, scale, embedder, segment, nodes, edges, marks, packing.packed())
        if stored_english(store) != embedder.beside:  # before the Scale, which is of this model; or the same one moved to another folder
            store.set_meta(ENGLISH, embedder.beside.encode())
        if rescaled:  # stopped here, the old generation goes on answering with the Scale it carries
            store.set_meta(META, scale.to_bytes())
        _publish(home, folder)
    unread = 0 if english else int((languages(passages) == LANGUAGES.index("en")).sum())
    return IndexReport(
        len(texts), len(passages), new, cursor.revision, scale.name, rescaled, time.monotonic() - started, str(folder), english, unread
    )


def is_being_made(store: Store) -> bool:
    """Whether a process makes a generation of the store now, and so embeds what is new."""
    from filelock import FileLock, Timeout

    lock = _home(store.cursor().epoch) / "lock"
    if not lock.exists():
        return False
    try:
        with FileLock(lock, timeout=0):
            return False
    except (Timeout, OSError):
        return True


def stored_english(store: Store) -> str | None:
    """The English model that a store was last indexed with, empty for none; None for a store that was never indexed."""
    said = store.meta(ENGLISH)
    if said is None:
        return None if store.meta(META) is None else ""  # indexed before stores remembered it
    return said.decode()


def english_of(store: Store) -> str:
    """The English model of the store's newest generation: what a question must be read with. Empty for none, and before the first."""
    try:
        return newest(store)[1].english
    except IndexMissing:
        return ""


def current(epoch: str) -> str:
    """The name of the newest generation of a store's epoch, empty before the first and where the file CURRENT is damaged."""
    try:
        name = (_home(epoch) / _CURRENT).read_text("ascii")
    except (OSError, UnicodeDecodeError):
        return ""
    return name if _NAME.fullmatch(name) else ""


def _family(epoch: str) -> str:
    """The family of the models that made the newest generation, whatever version of Dovetail it was; empty before the first."""
    name = current(epoch)
    try:
        content = (_home(epoch) / name / _MANIFEST).read_bytes()
        made = msgspec.json.decode(content, type=_Made)
    except (OSError, msgspec.DecodeError):
        return ""
    return made.family if made.layout != LAYOUT or _named(content) == name else ""


def _manifest(folder: Path) -> Manifest | None:
    """The manifest of a generation of this version, None for one of another. Raises ValueError where it is damaged."""
    content = (folder / _MANIFEST).read_bytes()
    try:
        if _named(content) == folder.name and msgspec.json.decode(content, type=_Made).layout == LAYOUT:
            return msgspec.json.decode(content, type=Manifest)
        if folder.name in (_named(content), _named(msgspec.json.format(content, indent=-1))):  # by the latter until layout 10
            return None
    except msgspec.DecodeError as error:
        raise ValueError(f"{folder / _MANIFEST}: {error}") from error
    raise ValueError(f"{folder / _MANIFEST}: not what was written")


def _named(manifest: bytes) -> str:
    return hashlib.sha256(manifest).hexdigest()[:16]


def newest(store: Store) -> tuple[Path, Manifest]:
    """The folder and manifest of the store's newest generation. Raises IndexMissing, and IndexDamaged where CURRENT or the manifest is
    not what was written."""
    epoch = store.cursor().epoch
    home = _home(epoch)
    while True:
        name = current(epoch)
        folder = home / name
        if not name:
            if (home / _CURRENT).exists():
                raise IndexDamaged(_("{home}: this file of the index is damaged; {mend}", home=home / _CURRENT, mend=mend(store)))
            raise IndexMissing(_("{url} has no index yet; make it with: {command}", url=store.url, command=command(store)))
        try:
            manifest = _manifest(folder)
            if not (folder / _SUPERSEDED).exists():
                break
            damaged = home / _CURRENT
        except (OSError, ValueError):
            damaged = folder / _MANIFEST if folder.exists() else home / _CURRENT
        if name == current(epoch):  # else it was removed meanwhile, for a newer one
            raise IndexDamaged(_("{damaged}: this file of the index is damaged; {mend}", damaged=damaged, mend=mend(store)))
    if manifest is None:
        raise IndexMissing(_("{url}: its index was made by another version of Dovetail; {mend}", url=store.url, mend=mend(store)))
    return folder, manifest


def forget(store: Store) -> None:
    """Delete the generations of a store that will not be asked again."""
    shutil.rmtree(_home(store.cursor().epoch), ignore_errors=True)


def prune(store: Store, revision: int) -> None:
    """Delete the generations of a store that were made of a revision before ``revision``: what was deleted with it is in them. Waits for
    one that is being made."""
    from filelock import FileLock

    home = _home(store.cursor().epoch)
    if not home.exists():
        return
    with FileLock(home / "lock", mode=private.FILE):
        try:
            newest_folder, manifest = newest(store)
            kept = newest_folder if manifest.revision >= revision else None
        except IndexMissing:  # or damaged: it will be made anew
            kept = None
        if kept is None:
            (home / _CURRENT).unlink(missing_ok=True)
        for path in home.iterdir():
            if path.is_dir() and path != kept:
                shutil.rmtree(path)


def load(
    folder: Path, manifest: Manifest, mended_by: str, *, whole: bool = False
) -> tuple[Scale, Segment, tables.Table, tables.Table, tables.Table, Packed]:
    """The Scale of a generation, and its texts, node table, edge table, marks and items, mapped and not read. What a question reads in
    parts is checked where it is read, unless it is to be checked ``whole``; all else is checked now. ``mended_by`` is said with each error.
    Raises IndexDamaged, OSError where a file is missing, and ValueError for a Scale of another version."""

    def array(name: str) -> npt.NDArray[Any]:
        file = f"{name}.npy"
        return opened(folder / file, manifest.files[file], mended_by, whole=whole or name not in _IN_PARTS)

    postings = Postings(*(array(name) for name in _POSTINGS))
    quantised = Quantised(*(array(name) for name in _QUANTISED))
    english = None
    if f"{_ENGLISH[0]}.npy" in manifest.files:
        rows, vectors, *copy = (array(name) for name in _ENGLISH)
        english = English(rows, vectors, Quantised(*copy))
    stored = Blocks(folder / _SCALE, manifest.files[_SCALE], mended_by)
    stored.check_all()
    scale = Scale.from_bytes(stored.content[:])
    segment = Segment(array("ids"), array("owner"), array("vectors"), quantised, postings, array("languages"), english)
    packed = Packed(*(array(name) for name in _PACKED))
    return scale, segment, array("nodes"), array("edges"), array("marks"), packed


def verify(folder: Path, manifest: Manifest) -> list[str]:
    """The files of a generation whose content is not what its manifest says."""
    return [name for name, sums in manifest.files.items() if is_damaged(folder / name, sums)]


def segment_of(texts: Mapping[str, Text], scale: Scale, embedder: Embedder, progress: Counted | None = None) -> Segment:
    """A segment in memory, of the texts by id that came after a generation. ``progress`` is told of each chunk that is embedded."""
    said = list(texts.values())
    passages = [passage for text in said for passage in text.passages]
    embedded = embedder.passages(passages, progress, progress)
    return Segment.against(scale, texts, said, passages, embedded, count_terms(text.words for text in said))


_SCRATCH = ".making-"
_CURRENT = "CURRENT"
_MANIFEST = "manifest.json"
_SUPERSEDED = "superseded"
"""In the folder of a generation that another one followed: a CURRENT that names it is an old one."""
_NAME = re.compile("[0-9a-f]{16}")
_SCALE = "scale.bin"
_IN_PARTS = ("vectors", "english_vectors", "contents")
"""Arrays, the largest, of which a question reads some rows."""
_QUANTISED = ("codes", "steps", "lost")
_ENGLISH = ("english_rows", "english_vectors", *(f"english_{name}" for name in _QUANTISED))
"""There where a passage is in English and there is a model for it."""
_PACKED = ("item_ids", "item_kinds", "item_starts", "contents", "key_hashes", "key_rows")
_POSTINGS = ("terms", "start", "rows", "counts", "lengths")


def _home(epoch: str) -> Path:
    return cache_folder() / "index" / epoch


def _read_nodes(store: Store, packing: Packing, tell: Progress) -> tuple[tables.Table, Texts, tables.Table]:
    found: list[tuple[int, Said]] = []
    marks: list[tuple[int, str]] = []
    total = sum(count for kind, count in store.count().items() if kind in {k.value for k in tables.NODE_KINDS})

    def nodes() -> Iterator[Node]:
        done = 0
        for kind in tables.NODE_KINDS:
            for node in packing.through(store.scan(kind)):
                text = text_of(node)
                if text:
                    said = Said(node.id, text, False, isinstance(node, Demand), isinstance(node, Achievement))
                    found.append((level_of(cast("Node", node)), said))
                marks.extend((mark, node.id) for mark in same.marks_of(node))
                done += 1
                if done % 5000 == 0:
                    tell("read", done, total)
                yield cast("Node", node)

    rows = tables.node_rows(nodes())
    for _record in packing.through(store.scan(NodeKind.RECORD)):
        pass
    # what more people see than see all the rest is measured alone, and what is confidential never
    lowest = min((up for up, _said in found if up < level(Visibility.CONFIDENTIAL)), default=0)
    texts = [said._replace(is_hidden=up > lowest) for up, said in found]
    texts.sort(key=lambda said: said.id)
    return rows, texts, same.mark_rows(marks)


def _embedded(embedder: Embedder, passages: list[str], tell: Progress) -> tuple[Embedded, int, Reading | None]:
    """Passages as vectors, how many distinct texts of them were not in the cache, and what the English model did."""
    new = read = 0
    began = ended = 0.0

    def count(done: int, total: int) -> None:
        nonlocal new
        new = total
        tell("embed", done, total)

    def count_english(done: int, total: int) -> None:
        nonlocal read, began, ended
        read, began, ended = total, began or time.monotonic(), time.monotonic()
        tell("embed English", done, total)

    vectors = embedder.passages(passages, count, count_english)
    if not embedder.english:
        return vectors, new, None
    return vectors, new, Reading(len(vectors.rows), read, ended - began)


def _written(
    home: Path, cursor: Cursor, scale: Scale, embedder: Embedder, segment: Segment, nodes: tables.Table, edges: tables.Table,
    marks: tables.Table, packed: Packed,
) -> Path:
    """The folder of a generation, whole and named by its content."""
    arrays = {"ids": segment.ids, "owner": segment.owner, "vectors": segment.vectors, "languages": segment.languages}
    arrays |= {"nodes": nodes, "edges": edges, "marks": marks}
    arrays |= {name: getattr(packed, name) for name in _PACKED}
    arrays |= {name: getattr(segment.quantised, name) for name in _QUANTISED}
    arrays |= {name: getattr(segment.postings, name) for name in _POSTINGS}
    if segment.english:
        copy = segment.english.quantised
        arrays |= dict(zip(_ENGLISH, (segment.english.rows, segment.english.vectors, copy.codes, copy.steps, copy.lost), strict=True))
    scratch = Path(tempfile.mkdtemp(prefix=_SCRATCH, dir=home))
    try:
        for name, array in arrays.items():
            with private.writing(scratch / f"{name}.npy") as file:
                np.save(file, array, allow_pickle=False)
        _write(scratch / _SCALE, scale.to_bytes())
        sums = {path.name: sums_of(path) for path in sorted(scratch.iterdir())}
        model = embedder.name, embedder.family
        manifest = Manifest(LAYOUT, cursor.epoch, cursor.revision, scale.name, *model, sums, embedder.beside)
        content = msgspec.json.format(msgspec.json.encode(manifest))
        _write(scratch / _MANIFEST, content)
        folder = home / _named(content)
        if folder.exists() and not _is_whole(folder, manifest):
            folder.rename(f"{scratch}-damaged")
        if not folder.exists():
            scratch.rename(folder)
    except OSError as error:
        why = error.strerror or _("the disk is full")  # numpy says how much it wrote, not why no more
        raise DovetailError(
            _("{home}: the index cannot be written: {why}; make room there, or name another folder with DOVETAIL_CACHE", home=home, why=why)
        ) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return folder


def _is_whole(folder: Path, manifest: Manifest) -> bool:
    try:
        told = _manifest(folder)
    except (OSError, ValueError):
        return False
    return told == manifest and not verify(folder, manifest)


def _publish(home: Path, folder: Path) -> None:
    """Make ``folder`` the newest generation, and remove what nobody can still be reading."""
    (folder / _SUPERSEDED).unlink(missing_ok=True)
    pointer = home / f".{_CURRENT}"
    _write(pointer, folder.name.encode())
    pointer.rename(home / _CURRENT)
    others = [path for path in home.iterdir() if path.is_dir() and path != folder]
    left = [path for path in others if path.name.startswith(_SCRATCH)]  # of a process that was killed: the lock is ours
    old = sorted((path for path in others if path not in left), key=lambda path: (not (path / _SUPERSEDED).exists(), path.stat().st_mtime))
    gone = old[: max(0, len(old) - KEEP + 1)]
    for path in (*left, *gone):
        shutil.rmtree(path, ignore_errors=True)
    for path in old[len(gone) :]:
        (path / _SUPERSEDED).touch(private.FILE)


def _write(path: Path, content: bytes) -> None:
    with private.writing(path) as file:
        file.write(content)
