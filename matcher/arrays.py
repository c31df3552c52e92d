"""The reading of arrays from files, one at a time.

In: .npy and .npz files and streams. Out: arrays, mapped where they may be. Next: ``matcher.index.generations`` views the mapped files of a
generation, ``matcher.signals.scale`` reads a Scale, ``matcher.text.translation`` the dictionary, ``api.doctor`` the table of nodes.

numpy reads the head of each as a Python literal, and Python 3.11 fails where two threads parse at once ("AST constructor recursion depth
mismatch", gh-106905); so every read takes one lock.
"""

from __future__ import annotations

import io
import threading
from mmap import mmap
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

_LOCK = threading.Lock()
_HEAD = 1 << 16
"""Bytes that the head of a .npy file takes at most."""


def mapped(path: Path) -> npt.NDArray[Any]:
    """The array of a .npy file, mapped and not read. Raises OSError, ValueError or EOFError where it is missing or damaged."""
    with _LOCK:
        empty = path.stat().st_size <= 128 and not np.load(path).size  # nothing cannot be mapped
        # a plain view: every slice of a memmap pays for being one
        return np.asarray(np.load(path, mmap_mode=None if empty else "r"))


def view(content: mmap) -> npt.NDArray[Any]:
    """The array of a .npy file that is mapped, not copied. Raises ValueError where it is none."""
    head = io.BytesIO(content[:_HEAD])
    with _LOCK:
        version = np.lib.format.read_magic(head)
        read_head = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, is_fortran, dtype = read_head(head)
    return np.ndarray(shape, dtype, content, head.tell(), order="F" if is_fortran else "C")


def named(path: Path) -> dict[str, npt.NDArray[Any]]:
    """The arrays of a .npz file by their names."""
    with _LOCK, np.load(path) as table:
        return dict(table)


def read(source: BinaryIO) -> npt.NDArray[Any]:
    """The next array of a stream of .npy parts."""
    with _LOCK:
        return np.lib.format.read_array(source, allow_pickle=False)
