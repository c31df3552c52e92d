"""The backup of an embedded store while it is read and written: its database, its attached files, and apart from them its keys.

In: an open store, and folders that are not there yet. Out: a folder with a manifest, checked as it was made; a folder of keys, if one is
named. Next: ``api.cli.backup``; ``desk.backup.restore`` reads it.

The database is one state of the store (a read transaction of SQLite's): every batch is in it whole or not at all. Files are named by the
hash of their content and never changed, so they are copied after it; one that was removed between the two takes another round.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from desk.backup.manifest import NAME, STORE, Manifest, Member, place_of
from desk.backup.scratch import check_room, copied, lasting, working_folder
from desk.journal.heads import Head, head, signing_key
from desk.journal.states import values
from desk.people.files import digest_of, place_in
from desk.people.secret_files import KEYS, SIGNING, files_folder, key_file
from desk.process.act import STATE
from desk.process.file import FILE
from graph import private
from graph.address import sqlite_path
from graph.documents import DocumentKind
from graph.errors import InvalidInput, StoreError
from graph.language import _
from graph.sqlite.store import SqliteStore
from graph.store import Store

_ROUNDS = 5


def save(store: Store, folder: Path, *, keys: Path | None = None) -> Manifest:
    """Back up ``store`` into ``folder``, and its keys into ``keys``. Raises InvalidInput where something is there already, where there is
    no room and for a store on a server; StoreError where the store is damaged."""
    if not isinstance(store, SqliteStore):
        raise InvalidInput(_on_a_server(store), field="--store")
    folder, keys = folder.absolute(), keys.absolute() if keys else None
    for path, field in ((folder, "FOLDER"), (keys, "--with-keys")):
        if path and (path.exists() or path.is_symlink()):
            raise InvalidInput(_("{path}: is there already; name a folder that is not", path=path), field=field)
    if keys and (keys == folder or keys in folder.parents or folder in keys.parents):
        raise InvalidInput(_("keys are kept apart from the backup that they open; name another folder"), field="--with-keys")
    check_room(folder.parent, _size_of(store), "FOLDER")
    with working_folder(folder, "FOLDER") as work:
        saved, sizes, lost = _content(store, work)
        try:
            manifest = _manifest(store, saved, sizes, lost)
        finally:
            saved.close()
        manifest = _with_members(manifest, work, sizes)
        if keys:
            _keep_keys(store, keys, manifest)
        with private.writing(work / NAME) as file:
            file.write(manifest.to_bytes())
            file.flush()
            lasting(file.fileno())
        for part in (*(one for one in work.rglob("*") if one.is_dir()), work):
            lasting(part)
        work.rename(folder)
        lasting(folder.parent)
    return manifest


def attached(store: Store) -> dict[str, int]:
    """The contents that files attached in ``store`` have: their sizes by their digests."""
    found = values(store, FILE.name)
    return {value["digest"]: value["size"] for _id, value in found if value[STATE] == "attached"}


def _content(store: SqliteStore, work: Path) -> tuple[SqliteStore, dict[str, Member], tuple[str, ...]]:
    """The store as saved and opened, the files copied, and the digests of those that are damaged or gone though they are attached."""
    sizes: dict[str, Member] = {}
    database = work / STORE
    for _round in range(_ROUNDS):
        store.save_to(database)
        saved = SqliteStore(database, create=False)
        wanted = attached(saved)
        lost = tuple(digest for digest in sorted(wanted) if not _is_copied(files_folder(store), digest, work, sizes))
        if not lost or not set(lost) - attached(store).keys():
            break
        saved.close()  # one that it names was removed meanwhile
        database.unlink()
    else:
        raise StoreError(_("{url}: files are removed all the time; back it up when it is at rest", url=store.url))
    for gone in sizes.keys() - {place_of(digest) for digest in wanted}:
        (work / gone).unlink()
        del sizes[gone]
    return saved, sizes, lost


def _is_copied(folder: Path, digest: str, work: Path, sizes: dict[str, Member]) -> bool:
    place = place_of(digest)
    if place not in sizes:
        try:
            member = copied(place_in(folder, digest), work / place)
        except FileNotFoundError:
            return False
        if member.sha256 != digest:
            (work / place).unlink()
            return False
        sizes[place] = member
    return True


def _manifest(store: SqliteStore, saved: SqliteStore, sizes: dict[str, Member], lost: tuple[str, ...]) -> Manifest:
    """What the saved store says of itself. Raises StoreError where it is damaged."""
    checked = saved.check(deep=True)
    if checked.problems:
        raise StoreError(
            _("{url} is damaged: {problems}; see: dovetail doctor --deep --store {url}", url=store.url, problems=checked.problems[0])
        )
    now = saved.cursor()
    signed = _head(store, saved)
    paths = {name: key_file(store, name) for name in KEYS}
    return Manifest(
        made=datetime.now(UTC).isoformat(timespec="seconds"), epoch=now.epoch, revision=now.revision, sequence=saved.sequence(),
        counts=saved.count(), content=checked.content or "", head=signed, members=dict(sizes), lost=lost,
        keys={name: digest_of(path) for name, path in paths.items() if path.exists()},
    )  # fmt: skip


def _head(store: SqliteStore, saved: SqliteStore) -> Head | None:
    if next(saved.documents_since(0, [DocumentKind.ENTRY]), None) is None:
        return None
    return head(saved, signing_key(key_file(store, SIGNING)))


def _with_members(manifest: Manifest, work: Path, sizes: dict[str, Member]) -> Manifest:
    """The manifest with the database as it lies there, now that it is closed."""
    from msgspec.structs import replace

    database = work / STORE
    with database.open("rb") as file:
        lasting(file.fileno())
    member = Member(database.stat().st_size, digest_of(database))
    return replace(manifest, members={STORE: member} | dict(sorted(sizes.items())))


def _keep_keys(store: SqliteStore, folder: Path, manifest: Manifest) -> None:
    with working_folder(folder, "--with-keys") as work:
        for name, digest in manifest.keys.items():
            if copied(key_file(store, name), work / f"{name}.key").sha256 != digest:
                raise StoreError(_("{path}: it was changed meanwhile", path=key_file(store, name)))
        lasting(work)
        work.rename(folder)
        lasting(folder.parent)


def _size_of(store: SqliteStore) -> int:
    path = sqlite_path(store.url)
    database = sum(one.stat().st_size for one in (path, path.with_name(path.name + "-wal")) if one.exists())
    return database + sum(attached(store).values())


def _on_a_server(store: Store) -> str:
    return _(
        "{url}: a store on a server is backed up by the server's own means (neo4j-admin database dump, or backup); what lies beside it is"
        " copied with it ({files}) and, apart from that, its keys ({keys})",
        url=store.url, files=files_folder(store), keys=", ".join(_beside(store)),
    )  # fmt: skip


def _beside(store: Store) -> Iterator[str]:
    return (str(key_file(store, name)) for name in KEYS)


