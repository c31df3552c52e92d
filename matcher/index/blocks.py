"""Checksums of an index's files, a block at a time: damage is noticed before what is damaged is read.

In: the path of a file, and its size and checksums as the manifest of its generation has them. Out: its bytes, mapped, and an error where
they are not those that were written. Next: ``matcher.index.generations`` writes the checksums and opens every file by them.

A CRC-32 of each block finds every change of up to four bytes in a row, and misses a block of other bytes once in four thousand million; it
tells damage, not a person who wants to deceive. What a question reads in full is checked when it is opened. Of an array of which a question
reads a few rows, the blocks that hold them are, each once (``CheckedRows``).
"""

from __future__ import annotations

import mmap
import shlex
from pathlib import Path
from typing import Any
from zlib import crc32

import msgspec
import numpy as np
import numpy.typing as npt

from graph.errors import IndexDamaged
from graph.language import _
from graph.store import Store
from matcher.arrays import view

BLOCK = 1 << 14
"""Bytes under one checksum: few enough that the rows of a question lie in a small part of a large file."""
_DIGITS = 8
_UNREADABLE = (OSError, ValueError)


class Sums(msgspec.Struct, frozen=True):
    """The size of a file in bytes, and the CRC-32 of each of its blocks, eight hexadecimal digits one after the other."""

    size: int
    crc32: str


def sums_of(path: Path) -> Sums:
    """The size and checksums of a file as it is."""
    with path.open("rb") as file:
        parts = [f"{crc32(part):08x}" for part in iter(lambda: file.read(BLOCK), b"")]
    return Sums(path.stat().st_size, "".join(parts))


def is_damaged(path: Path, sums: Sums) -> bool:
    """Whether a file is not what ``sums`` say, or cannot be read."""
    try:
        return sums_of(path) != sums
    except OSError:
        return True


def command(store: Store) -> str:
    """The command that indexes a store, as a shell takes it."""
    return shlex.join(["dovetail", "index", "--store", store.url])


def mend(store: Store) -> str:
    """What mends a damaged index, in words."""
    return _("make the index anew with: {command}", command=command(store))


class Blocks:
    """The bytes of one file, mapped, and which of its blocks were found to be right."""

    def __init__(self, path: Path, sums: Sums, mended_by: str) -> None:
        """``mended_by``: how to make the file anew, said with every error. Raises IndexDamaged if it is of another size, and
        FileNotFoundError if it is not there."""
        self._path, self._mended_by, self._sums = path, mended_by, sums.crc32
        try:
            with path.open("rb") as file:
                self.content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except FileNotFoundError:
            raise
        except _UNREADABLE as error:  # an empty file cannot be mapped
            raise self._damaged() from error
        if len(self.content) != sums.size:
            raise self._damaged()
        self._right = bytearray(-(-sums.size // BLOCK))

    def check(self, start: int, end: int) -> None:
        """Check the blocks that hold the bytes from ``start`` up to ``end``. Raises IndexDamaged."""
        for block in range(start // BLOCK, -(-end // BLOCK)):
            if not self._right[block]:
                self._check(block)

    def check_all(self) -> None:
        """Check every block. Raises IndexDamaged."""
        self.check(0, len(self.content))

    def check_rows(self, starts: npt.NDArray[np.int64], size: int) -> None:
        """Check the blocks that hold ``size`` bytes from each of ``starts``. Raises IndexDamaged."""
        spans = starts[:, None] + np.append(np.arange(0, size, BLOCK), size - 1)
        blocks = np.unique(spans // BLOCK)
        for block in blocks[np.frombuffer(self._right, np.uint8)[blocks] == 0].tolist():
            self._check(block)

    def _check(self, block: int) -> None:
        with memoryview(self.content) as content, content[block * BLOCK : (block + 1) * BLOCK] as part:
            if f"{crc32(part):08x}" != self._sums[block * _DIGITS : (block + 1) * _DIGITS]:
                raise self._damaged()
        self._right[block] = 1

    def _damaged(self) -> IndexDamaged:
        return IndexDamaged(_("{path}: this file of the index is damaged; {mend}", path=self._path, mend=self._mended_by))


class CheckedRows(np.ndarray[Any, np.dtype[Any]]):
    """The array of a file: what is taken of it by a slice or by row numbers is checked first, and is a plain array."""

    _blocks: Blocks
    _begin: int

    @classmethod
    def of(cls, blocks: Blocks) -> CheckedRows:
        """The array of ``blocks``, of which only the head is checked yet."""
        blocks.check(0, 1)
        plain = view(blocks.content)
        made = plain.view(cls)
        made._blocks, made._begin = blocks, len(blocks.content) - plain.nbytes
        return made

    def __getitem__(self, key: Any) -> Any:
        size = self.itemsize * int(np.prod(self.shape[1:]))
        if isinstance(key, slice):
            start, end, step = key.indices(len(self))
            if step == 1 and start < end:
                self._blocks.check(self._begin + start * size, self._begin + end * size)
            elif step != 1:
                self._blocks.check_all()
        elif isinstance(key, np.ndarray) and key.dtype.kind in "iu":
            if key.size and size:
                rows = key.astype(np.int64).ravel()
                self._blocks.check_rows(self._begin + np.where(rows < 0, rows + len(self), rows) * size, size)
        else:
            self._blocks.check_all()
        return self.view(np.ndarray)[key]


def opened(path: Path, sums: Sums, mended_by: str, *, whole: bool) -> npt.NDArray[Any]:
    """The array of a .npy file, mapped: checked now if ``whole``, and else where it is read. Raises IndexDamaged, and FileNotFoundError if
    it is not there."""
    blocks = Blocks(path, sums, mended_by)
    if not whole:
        return CheckedRows.of(blocks)
    blocks.check_all()
    return view(blocks.content)
