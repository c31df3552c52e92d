"""The vector cache: one SQLite file a model, one row a text, each with a checksum.

In: hashes of texts and the bytes of their vectors. Out: those that are kept and are what was written. Next: ``matcher.embedding.embedder``
asks it before any model; ``api.doctor`` looks through all of it.

A vector whose bytes have changed would move every score that it has a part in, and nothing would tell: it counts as one that is not there,
and is embedded and kept again. The checksums stand in a table beside the vectors, so that versions of Dovetail that know none may share a
cache; what such a version keeps is only known to be a unit vector.
"""

from __future__ import annotations

import errno
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from zlib import crc32

import numpy as np

from graph import private
from graph.errors import DovetailError, ModelError
from graph.language import N_, _

_PART = 500
_UNIT = 1e-4
"""How far the squared length of a row of float32 that was made unit may be from 1."""
_LITTLE = 1 << 16
_FULL = N_("the disk is full")
_MEND = N_("name another folder with DOVETAIL_CACHE")
_TABLES = (
    "CREATE TABLE IF NOT EXISTS vector (hash BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS vector_sum (hash BLOB PRIMARY KEY, crc INTEGER NOT NULL) WITHOUT ROWID",
)
_Row = tuple[bytes, object, int | None]


def opened(path: Path) -> sqlite3.Connection:
    """The cache in a file, made first if it is not there. Where nothing can be written (a full disk, a folder of somebody else), what is in
    it can be read all the same. Raises ModelError where it cannot be opened, DovetailError where the disk is full."""
    try:
        return _writable(path)
    except (OSError, sqlite3.Error) as error:
        found = _as_it_lies(path)
        if found:
            return found
        why = _why(error, path)
        if why == _FULL:
            raise DovetailError(
                _("{path}: the vector cache cannot be opened: {why}; make room there, or {mend}", path=path, why=_(why), mend=_(_MEND))
            ) from error
        raise ModelError(_("{path}: the vector cache cannot be opened: {why}; {mend}", path=path, why=_(why), mend=_(_MEND))) from error


def _writable(path: Path) -> sqlite3.Connection:
    private.narrowed(private.folder(path.parent))
    private.narrowed(private.claim(path))
    database = sqlite3.connect(path, timeout=60, check_same_thread=False)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=NORMAL")
    for table in _TABLES:
        database.execute(table)
    return database


def _as_it_lies(path: Path) -> sqlite3.Connection | None:
    """The cache without the files that SQLite puts beside a database in use, to be read; None where that cannot be either."""
    log = path.with_name(path.name + "-wal")
    try:
        if log.exists() and log.stat().st_size:
            return None
        database = sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True, check_same_thread=False)
        database.execute("SELECT 1 FROM vector LIMIT 1")
        if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'vector_sum'").fetchone():
            database.execute(_TABLES[1].replace("CREATE TABLE", "CREATE TEMP TABLE"))
        return database
    except (OSError, sqlite3.Error):
        return None


def stored(database: sqlite3.Connection, hashes: Sequence[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """The vectors that are kept of some texts. Raises ModelError where the file is damaged."""
    for one, value, crc in _rows(database, hashes):
        if isinstance(value, bytes) and _is_right(value, crc):
            yield one, value


def keep(database: sqlite3.Connection, vectors: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """Keep vectors of texts; what is kept of them now, which is what another process was first to keep. Raises DovetailError where nothing
    can be written."""
    try:
        with database:
            database.execute("BEGIN IMMEDIATE")
            before = dict(stored(database, list(vectors)))
            new = [(one, value) for one, value in vectors.items() if one not in before]
            database.executemany("INSERT OR REPLACE INTO vector VALUES (?, ?)", new)
            database.executemany("INSERT OR REPLACE INTO vector_sum VALUES (?, ?)", [(one, crc32(value)) for one, value in new])
    except sqlite3.Error as error:
        path = database.execute("PRAGMA database_list").fetchone()[2]
        raise DovetailError(
            _(
                "{path}: vectors cannot be kept: {error}; make room there, or {mend}",
                path=path,
                error=_(_why(error, Path(path))),
                mend=_(_MEND),
            )
        ) from error
    return {**vectors, **before}


def remove(path: Path, hashes: Sequence[bytes]) -> int:
    """Remove the vectors of some texts from the cache in a file, and their bytes with them; how many there were. Raises DovetailError
    where nothing can be written."""
    try:
        with closing(_writable(path)) as database:
            database.execute("PRAGMA secure_delete=ON")
            found = 0
            with database:
                for start in range(0, len(hashes), _PART):
                    part = hashes[start : start + _PART]
                    marks = ",".join("?" * len(part))
                    found += database.execute(f"DELETE FROM vector WHERE hash IN ({marks})", part).rowcount
                    database.execute(f"DELETE FROM vector_sum WHERE hash IN ({marks})", part)
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except (OSError, sqlite3.Error) as error:
        raise DovetailError(_("{path}: vectors cannot be removed: {why}", path=path, why=_(_why(error, path)))) from error
    return found


def damage(path: Path) -> list[str]:
    """What is wrong with a cache, in words; read whole."""
    try:
        database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=60)
        try:
            found = [str(row[0]) for row in database.execute("PRAGMA quick_check") if row[0] != "ok"]
            has_sums = database.execute("SELECT 1 FROM sqlite_master WHERE name = 'vector_sum'").fetchone()
            sums = "LEFT JOIN vector_sum USING (hash)" if has_sums else ""
            rows = database.execute(f"SELECT value, {'crc' if has_sums else 'NULL'} FROM vector {sums}")
            wrong = sum(not (isinstance(value, bytes) and _is_right(value, crc)) for value, crc in rows)
        finally:
            database.close()
    except sqlite3.Error as error:
        return [_("cannot be read: {error}", error=error)]
    return found + (
        [_("{count:,} vectors are not what was written; they are embedded anew when they are needed", count=wrong)] if wrong else []
    )


def _rows(database: sqlite3.Connection, hashes: Sequence[bytes]) -> Iterator[_Row]:
    for start in range(0, len(hashes), _PART):
        part = hashes[start : start + _PART]
        marks = ",".join("?" * len(part))
        try:
            yield from database.execute(
                f"SELECT hash, value, crc FROM vector LEFT JOIN vector_sum USING (hash) WHERE hash IN ({marks})", part
            )
        except sqlite3.DatabaseError as error:
            path = database.execute("PRAGMA database_list").fetchone()[2]
            rule = _(
                "{path}: the vector cache cannot be read: {error}; remove the file (its texts are embedded anew), or {mend}",
                path=path, error=error, mend=_(_MEND),
            )  # fmt: skip
            raise ModelError(rule) from error


def _is_right(value: bytes, crc: int | None) -> bool:
    if crc is not None:
        return crc32(value) == crc
    if not value or len(value) % 4:
        return False
    row = np.frombuffer(value, np.float32)
    return abs(float(row @ row) - 1) < _UNIT  # not so for NaN either


def _why(error: Exception, path: Path) -> str:
    """What is wrong, in words. Of a full disk SQLite says several things, an I/O error among them."""
    if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL or getattr(error, "errno", 0) == errno.ENOSPC:
        return _FULL
    with suppress(OSError):
        if shutil.disk_usage(path.parent).free < _LITTLE:
            return _FULL
    return str(error)
