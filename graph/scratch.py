"""A copy of a store to try things on, thrown away afterwards; the content of the store itself is only read.

In: a store's address. Out: a ``Store`` with the same content, in a temporary file. Next: ``desk.ingest`` tries an ingest out on it.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from graph.address import NEO4J, connect, sqlite_path
from graph.copy import copy
from graph.errors import StoreError, StoreMissing
from graph.store import Store


@contextmanager
def scratch(url: str, *, auth: tuple[str, str] | None = None) -> Iterator[Store]:
    """A copy of the store at ``url`` (an empty one if there is none yet) for as long as the context lasts.

    Not a byte of the store's folder changes. Raises InvalidInput for an address that no store understands, StoreError where the store
    cannot be read, and OSError where there is no room for the copy.
    """
    with tempfile.TemporaryDirectory(prefix="dovetail-") as folder:
        path = Path(folder) / "copy.db"
        on_server = url.partition("://")[0] in NEO4J
        if not on_server:
            _copied_file(url, path)
        with closing(connect(f"sqlite:///{path}")) as store:
            if on_server:
                with suppress(StoreMissing), closing(connect(url, create=False, auth=auth)) as source:
                    copy(source, store)
            yield store


def _copied_file(url: str, to: Path) -> None:
    path = sqlite_path(url)
    if path.exists():
        try:
            _copied(path, to)
        except sqlite3.Error as error:
            raise StoreError(f"{url}: {error}") from error


def _copied(path: Path, copy: Path) -> None:
    log = path.with_name(path.name + "-wal")
    before = path.stat()
    if not log.exists():
        # nobody has it open: read without the files that SQLite puts beside a database in use
        _backup(path, copy, "immutable=1")
        after = path.stat()
        if (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns) and not log.exists():
            return
        copy.unlink(missing_ok=True)
    _backup(path, copy, "mode=ro")


def _backup(path: Path, copy: Path, how: str) -> None:
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
