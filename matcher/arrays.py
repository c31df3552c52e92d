"""The reading of arrays from files, one at a time.

In: .npy and .npz files and streams. Out: arrays, mapped where they may be. Next: ``matcher.index.generations`` maps the files of a
generation, ``matcher.signals.scale`` reads a Scale, ``matcher.text.translation`` the dictionary, ``api.doctor`` the table of nodes.

numpy reads the head of each as a Python literal, and Python 3.11 fails where two threads parse at once ("AST constructor recursion depth
mismatch", gh-106905); so every read takes one lock.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

_LOCK = threading.Lock()


def mapped(path: Path) -> npt.NDArray[Any]:
    """The array of a .npy file, mapped and not read. Raises OSError, ValueError or EOFError where it is missing or damaged."""
    with _LOCK:
        empty = path.stat().st_size <= 128 and not np.load(path).size  # nothing cannot be mapped
        # a plain view: every slice of a memmap pays for being one
        return np.asarray(np.load(path, mmap_mode=None if empty else "r"))


def named(path: Path) -> dict[str, npt.NDArray[Any]]:
    """The arrays of a .npz file by their names."""
    with _LOCK, np.load(path) as table:
        return dict(table)


def read(source: BinaryIO) -> npt.NDArray[Any]:
    """The next array of a stream of .npy parts."""
    with _LOCK:
        return np.lib.format.read_array(source, allow_pickle=False)
