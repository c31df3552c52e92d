"""The restoring of a backup to an address where no store is: every byte checked first, then put in place, the database last.

In: the folder of a backup, an address, perhaps the folder of its keys. Out: a store of a new epoch, with its files and keys beside it, and
which keys are missing. Next: ``api.cli.backup``; whoever followed the old store rebuilds, and ``dovetail index`` makes the index, from the
vectors that are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import msgspec

from desk.backup.manifest import FILES, STORE, Manifest, place_of, read
from desk.backup.save import attached
from desk.backup.scratch import check_room, copied, lasting, working_folder
from desk.journal.heads import Head, verify
from desk.journal.journal import Fold
from desk.people.files import digest_of
from desk.people.secret_files import files_at, key_at
from desk.people.streams import FOLDS
from graph import private
from graph.address import NEO4J, sqlite_path
from graph.errors import InvalidInput, StoreError
from graph.language import _
from graph.sqlite.store import SqliteStore


class Restored(msgspec.Struct, frozen=True):
    """A store that was restored: its address, its new epoch, the backup's manifest, and the keys that are not beside it, with the paths
    that they belong at."""

    url: str
    epoch: str
    manifest: Manifest
    missing_keys: dict[str, str]


def restore(folder: Path, url: str, *, keys: Path | None = None, folds: Mapping[str, Fold] = FOLDS) -> Restored:
    """Restore the backup in ``folder`` as the store at ``url``, with the keys of the folder ``keys``; ``folds``: of all
    types of streams that its journal may have. Raises NotFound where there is no
    whole backup; StoreError where a member is not what was written, naming it; InvalidInput where something is there already."""
    if url.partition("://")[0] in NEO4J:
        raise InvalidInput("a backup is restored as an SQLite file; dovetail copy takes that to a server afterwards", field="--store")
    path = sqlite_path(url).absolute()
    manifest = read(folder)
    given = {name: _key(keys / f"{name}.key", digest) for name, digest in manifest.keys.items()} if keys else {}
    _refuse_what_is_there(path, url, manifest.keys)
    check_room(path.parent, manifest.size, "--store")
    with working_folder(path, "--store") as work:
        _take(folder, manifest, work)
        epoch = _checked(work / STORE, manifest, folds)
        for name, content in given.items():
            private.begin(key_at(url, name), content)
        if (work / FILES).is_dir():
            (work / FILES).rename(files_at(url))
        try:
            path.hardlink_to(work / STORE)  # last, and never over another
        except FileExistsError as error:
            raise InvalidInput(_("{path}: is there already; name a store that is not", path=path), field="--store") from error
        lasting(path.parent)
    missing = {name: str(key_at(url, name)) for name in manifest.keys if not key_at(url, name).exists()}
    return Restored(url, epoch, manifest, missing)


def _key(path: Path, digest: str) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InvalidInput(_("{path}: cannot be read: {why}", path=path, why=error.strerror), field="--keys") from error
    if digest_of(path) != digest:
        raise InvalidInput(_("{path}: not the key that lay beside the store when it was backed up", path=path), field="--keys")
    return content


def _refuse_what_is_there(path: Path, url: str, keys: Mapping[str, str]) -> None:
    """Keys that were put back already are no hindrance, if they are the right ones."""
    others = [path, *(path.with_name(path.name + end) for end in ("-wal", "-shm", "-journal")), files_at(url)]
    others += [key_at(url, name) for name, digest in keys.items() if key_at(url, name).exists() and digest_of(key_at(url, name)) != digest]
    there = [str(one) for one in others if one.exists() or one.is_symlink()]
    if there:
        text = _("nothing is overwritten: move this away, or name another store: {paths}", paths=", ".join(there))
        raise InvalidInput(text, field="--store")


def _take(folder: Path, manifest: Manifest, work: Path) -> None:
    """Copy every member. Raises StoreError for the first that is not what was written."""
    for name, member in manifest.members.items():
        try:
            found = copied(folder / name, work / name)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise StoreError(_("{path}: gone", path=folder / name)) from error
        if found != member:
            raise StoreError(_("{path}: not what was written", path=folder / name))


def _checked(path: Path, manifest: Manifest, folds: Mapping[str, Fold]) -> str:
    """The new epoch of the store at ``path``, which is what the manifest says. Raises StoreError where it is not."""
    with closing(SqliteStore(path, create=False)) as store:
        checked = store.check(deep=True)
        problems = list(checked.problems)
        now = store.cursor()
        says = (now.epoch, now.revision, store.sequence(), store.count(), checked.content)
        if says != (manifest.epoch, manifest.revision, manifest.sequence, manifest.counts, manifest.content):
            problems.append(_("it holds something else than its manifest says"))
        problems += _journal_problems(store, manifest.head, folds)
        absent = {place_of(digest) for digest in attached(store).keys() - set(manifest.lost)} - manifest.members.keys()
        problems += [_("the attached file {place} is not in it", place=place) for place in sorted(absent)]
        if problems:
            raise StoreError(_("the backup is damaged: {problem}", problem=problems[0]))
        store.begin_epoch()
        return store.cursor().epoch


def _journal_problems(store: SqliteStore, head: Head | None, folds: Mapping[str, Fold]) -> list[str]:
    """What is wrong with the journal, which ends where the ``head`` says."""
    earlier = Head.from_bytes(head.to_bytes()) if head else None
    entries, problems = verify(store, folds, earlier=earlier)
    if entries != (head.entries if head else 0):
        problems.append(_("the journal has {entries} entries, its head says otherwise", entries=entries))
    return problems
