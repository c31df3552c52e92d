"""A file on its way in: written to disk as it comes, under the SHA-256 of its content, for its owner alone.

In: blocks of bytes, a name. Out: an ``Upload``, kept in the folder of jobs or thrown away. Next: ``desk.jobs.jobs``.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from pathlib import Path
from typing import Self

from graph import private
from graph.errors import DovetailError, InvalidInput
from graph.language import _

NAME_BYTES = 200
"""Bytes of a file's name, at most: file systems take 255."""


class TooLarge(Exception):
    """There is more of it than may come; whoever takes it in says so."""


class Incoming:
    """A file that is being written; gone at the end of the ``with`` unless it was kept."""

    def __init__(self, folder: Path, most: int) -> None:
        self._folder, self._most = folder, most
        self._path = private.folder(folder) / f".{secrets.token_hex(8)}"
        self._file = private.writing(self._path)
        self._digest, self.size = hashlib.sha256(), 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)

    def add(self, block: bytes) -> None:
        """Write more of it. Raises TooLarge, and DovetailError where the disk takes no more."""
        self.size += len(block)
        if self.size > self._most:
            raise TooLarge(_("larger than {most} MiB", most=self._most // 1024 // 1024))
        self._digest.update(block)
        try:
            self._file.write(block)
        except OSError as error:
            raise DovetailError(_("the file cannot be kept: {why}", why=error.strerror)) from error

    @property
    def digest(self) -> str:
        return self._digest.hexdigest()

    def keep(self, job: str, name: str) -> Path:
        """Put it in the place of a job's file."""
        self._file.flush()
        os.fsync(self._file.fileno())
        path = place(self._folder, self.digest, job, name)
        private.folder(path.parent)
        self._path.replace(path)
        return path


def place(folder: Path, digest: str, job: str, name: str) -> Path:
    """Where the file of a job lies: under its content's hash and the job, in its own name, by which its kind is told."""
    return folder / digest[:2] / f"{digest}-{job}" / name


def discard(folder: Path, digest: str, job: str) -> None:
    """Delete the file of a job."""
    shutil.rmtree(place(folder, digest, job, "x").parent, ignore_errors=True)


def bare_name(name: str) -> str:
    """``name`` without folders. Raises InvalidInput for what names no file."""
    last = name.replace("\\", "/").rpartition("/")[2].strip()
    is_fit = last.isprintable() and last.strip(".") and len(last.encode("utf-8", "surrogatepass")) <= NAME_BYTES
    if not is_fit:
        raise InvalidInput(_("is no name of a file (at most {bytes} bytes)", bytes=NAME_BYTES), field="name")
    return last
