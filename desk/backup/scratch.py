"""A folder that becomes another in one step: what is half made is never taken for whole.

In: the path that a folder shall have in the end. Out: a folder beside it to work in, this process's alone. Next: ``desk.backup.save`` and
``desk.backup.restore``. What a killed process left there is removed by the next one with the same path.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from desk.backup.manifest import Member
from graph import private
from graph.errors import InvalidInput, StoreError
from graph.language import _

_BLOCK = 1 << 20


@contextlib.contextmanager
def working_folder(end: Path, field: str) -> Iterator[Path]:
    """An empty folder beside ``end``, removed afterwards if it is still there. Raises InvalidInput where another process works on the same,
    and where the disk is full."""
    work = end.with_name(f".{end.name}.partial")
    try:
        private.folder(end.parent)
        work.mkdir(private.FOLDER, exist_ok=True)
        held = os.open(work, os.O_RDONLY)
    except OSError as error:
        raise InvalidInput(_("{path}: cannot be made: {why}", path=work, why=error.strerror), field=field) from error
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)  # a killed process lets go of it
        except OSError as error:
            raise InvalidInput(_("{path}: another process is at work there", path=work), field=field) from error
        empty(work)
        try:
            yield work
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise StoreError(_("{path}: no room is left there: {why}", path=end.parent, why=error.strerror)) from error
            raise StoreError(": ".join(str(part) for part in (error.filename, error.strerror) if part)) from error
        finally:
            shutil.rmtree(work, ignore_errors=True)
    finally:
        os.close(held)


def empty(folder: Path) -> None:
    """Remove what is in a folder."""
    for one in folder.iterdir():
        shutil.rmtree(one) if one.is_dir() and not one.is_symlink() else one.unlink()


def check_room(folder: Path, needed: int, field: str) -> None:
    """Raises InvalidInput where the disk of ``folder`` has less than ``needed`` bytes free."""
    there = next(one for one in (folder, *folder.parents) if one.is_dir())
    free = shutil.disk_usage(there).free
    if free < needed:
        needs, has = (-(-count // 1_000_000) for count in (needed, free))
        raise InvalidInput(_("{path}: {needed:,} MB are needed, {free:,} are free", path=there, needed=needs, free=has), field=field)


def copied(source: Path, target: Path) -> Member:
    """Copy a file, made new for its owner alone; what its bytes came to."""
    total, size = hashlib.sha256(), 0
    private.folder(target.parent)
    with source.open("rb") as taken, private.writing(target) as file:
        while block := taken.read(_BLOCK):
            total.update(block)
            size += len(block)
            file.write(block)
        lasting(file.fileno())
    return Member(size, total.hexdigest())


def lasting(handle: int | Path) -> None:
    """Have a file, or the names in a folder, survive a power cut."""
    if isinstance(handle, int):
        os.fsync(handle)
        return
    opened = os.open(handle, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
