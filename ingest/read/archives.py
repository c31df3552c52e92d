"""The place where the bytes of a table lie: a file, a gzipped file, or a member of a zip archive.

In: a path, and the name of a member. Out: a stream of plain bytes; the places of an archive's members. Next: ``ingest.read.readers`` and
``ingest.read.office`` read the stream, ``ingest.read.tables`` goes through the members.

What unpacks to more than ``RATIO`` times its size, and to more than ``FLOOR`` bytes, is taken for a bomb and refused. Nothing is unpacked
to disk, and of a stream only a block is in memory; a workbook inside an archive is read into memory whole.
"""

from __future__ import annotations

import gzip
import io
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, NamedTuple

from graph.errors import InvalidInput
from graph.language import Message
from ingest.read.encodings import encoding_of

RATIO = 200
"""Deflate packs a thousandfold at most; tables of text were seen to pack 3 to 40 times."""
FLOOR = 64 << 20
"""What unpacks to less than this many bytes is no bomb, whatever its ratio."""
MEMBERS = 10_000
"""Files in one archive."""
BLOCK = 1 << 16

_SHOWN = dict.fromkeys((*range(32), 127, *range(0x80, 0xA0), 0x2028, 0x2029, *range(0xD800, 0xE000)), "\ufffd")


class Oversized(Exception):
    """More comes out of an archive than its size allows."""

    def __init__(self) -> None:
        super().__init__(
            Message("unpacks to more than {ratio} times its size from here on: unpack it yourself if you trust it", ratio=RATIO)
        )


DAMAGE = (EOFError, gzip.BadGzipFile, zipfile.BadZipFile, zlib.error, Oversized)
"""What reading an archive raises where it is damaged."""


class Opened(NamedTuple):
    """``stream``: the plain bytes; ``raw``: the file on disk, which tells how far they are read."""

    stream: BinaryIO
    raw: BinaryIO


@dataclass(frozen=True, slots=True)
class Place:
    """A file, or the member of a zip archive that its index calls ``member``."""

    path: Path
    member: str | None = None
    name: str = ""
    """The file's name; of a member, in the encoding that it was written in."""

    @classmethod
    def of(cls, path: Path) -> Place:
        return cls(path, None, path.name)

    @property
    def label(self) -> str:
        """What messages call it: ``export.csv``, ``archive.zip/member.csv``."""
        return shown(str(self.path)) if self.member is None else f"{shown(str(self.path))}/{self.name}"

    @property
    def base(self) -> str:
        """The name without folders."""
        return self.name.rpartition("/")[2]

    def stamp(self) -> tuple[int, int, int]:
        """What changes when somebody writes to the file or puts another in its place."""
        found = self.path.stat()
        return found.st_ino, found.st_size, found.st_mtime_ns

    @contextmanager
    def open(self) -> Iterator[Opened]:
        """The plain bytes. Raises OSError or one of ``DAMAGE``, now or while they are read."""
        with ExitStack() as stack:
            raw = stack.enter_context(self.path.open("rb"))
            stream: BinaryIO = raw
            if self.member is not None:
                try:
                    archive = stack.enter_context(_Archive(raw, self.path))
                    stream = stack.enter_context(archive.open(self.member))  # type: ignore[assignment]
                except (ValueError, KeyError, RuntimeError, struct.error) as error:  # zipfile's own, where an index lies
                    raise zipfile.BadZipFile(str(error)) from error
            if self.name.lower().endswith(".gz"):
                packed = stack.enter_context(gzip.GzipFile(fileobj=stream, mode="rb"))
                stream = stack.enter_context(io.BufferedReader(_Bounded(packed, stream), BLOCK))
            yield Opened(stream, raw)

    @contextmanager
    def open_whole(self, limit: int) -> Iterator[BinaryIO]:
        """The bytes as a stream in which one can go back. A packed file goes through memory. Raises Oversized beyond ``limit``."""
        with self.open() as (stream, raw):
            if stream is raw:
                yield raw
                return
            content = stream.read(limit + 1)
            if len(content) > limit:
                raise Oversized
            yield io.BytesIO(content)


class _Index(NamedTuple):
    """The list of an archive's files, as ``zipfile`` keeps it."""

    files: list[zipfile.ZipInfo]
    by_name: dict[str, zipfile.ZipInfo]
    start: int


class _Archive(zipfile.ZipFile):
    """An archive whose list of files is read once, however many of them are opened: the list is as long as they are many."""

    def __init__(self, raw: BinaryIO, path: Path) -> None:
        found = os.fstat(raw.fileno())
        self._stamp = (path, found.st_ino, found.st_size, found.st_mtime_ns)
        super().__init__(raw)

    def _RealGetContents(self) -> None:
        """``zipfile``'s step that reads the list."""
        index = _index(*self._stamp)
        self.filelist, self.NameToInfo, self.start_dir = index.files, index.by_name, index.start


@lru_cache(maxsize=4)
def _index(path: Path, *_: int) -> _Index:
    """The list of ``path``'s files; the numbers tell when it is another list."""
    with zipfile.ZipFile(path) as archive:
        return _Index(archive.filelist, archive.NameToInfo, archive.start_dir)


class _Bounded(io.RawIOBase):
    """What comes out of ``unpacked``, as long as it is no more than what went in from ``packed`` allows."""

    def __init__(self, unpacked: gzip.GzipFile, packed: BinaryIO) -> None:
        self._unpacked, self._packed, self._count = unpacked, packed, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        count = self._unpacked.readinto(buffer)
        self._count += count
        if self._count > FLOOR and self._count > RATIO * self._packed.tell():
            raise Oversized
        return count


def members(path: Path) -> list[Place | InvalidInput]:
    """The files in a zip archive, or why one is not read. Raises InvalidInput for what is no archive, or a bomb."""
    try:
        with path.open("rb") as raw, _Archive(raw, path) as archive:
            infos = [one for one in archive.infolist() if not one.filename.endswith("/")]  # is_dir() fails on a name of no length
            check_size(infos, path.stat().st_size, str(path))
    except (*DAMAGE, RuntimeError, ValueError, struct.error) as error:
        raise InvalidInput(Message("the archive cannot be read: {error}", error=error), file=str(path)) from error
    return [_member(path, one) for one in infos]


def check_size(infos: list[zipfile.ZipInfo], size: int, label: str) -> None:
    """Raise InvalidInput if an archive holds too many files or unpacks to too much; no reader takes more than its index says."""
    if len(infos) > MEMBERS:
        raise InvalidInput(Message("the archive holds more than {members:,} files", members=MEMBERS), file=label)
    if sum(one.file_size for one in infos) > max(FLOOR, RATIO * size):
        raise InvalidInput(
            Message("the archive unpacks to more than {ratio} times its size: unpack it yourself if you trust it", ratio=RATIO), file=label
        )


def _member(path: Path, info: zipfile.ZipInfo) -> Place | InvalidInput:
    name = info.filename
    if not info.flag_bits & 0x800:  # not marked as UTF-8: Chinese systems write GBK, which zipfile reads as code page 437
        try:
            raw = name.encode("cp437")
            name = raw.decode(encoding_of(raw))
        except (UnicodeError, InvalidInput):  # a short name may be of two languages: it stands as it is
            name = info.filename
    place = Place(path, info.filename, name.translate(_SHOWN))
    if info.flag_bits & 0x1:
        return InvalidInput(Message("is encrypted"), file=place.label)
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return InvalidInput(Message("is packed by another method than deflate"), file=place.label)
    return place


def shown(name: str) -> str:
    """A name from inside a file, safe to print: control characters, and halves of characters, replaced."""
    return name.translate(_SHOWN)
