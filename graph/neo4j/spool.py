"""Rows set aside between a read of the whole and a caller who takes his time: in memory up to a bound, then on disk.

In: rows as bytes. Out: the same rows in the same order. Next: ``graph.neo4j.store`` scans through it, ``graph.neo4j.check`` reads several
statements side by side.
"""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Iterator

from graph.errors import StoreError
from graph.language import _

_MEMORY = 32 << 20
"""Bytes kept in memory before a file takes over."""
_LENGTH = struct.Struct("<I")


class Spool:
    """Byte strings, added one by one and then read in the same order, any number of times."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(_MEMORY)  # noqa: SIM115  # closed when it is let go of

    def add(self, row: bytes) -> None:
        """Append ``row``. Raises StoreError if it does not fit on the disk."""
        try:
            self._file.write(_LENGTH.pack(len(row)))
            self._file.write(row)
        except OSError as error:
            raise StoreError(
                _("{folder}, the folder for temporary files: {why}", folder=tempfile.gettempdir(), why=error.strerror)
            ) from error

    def __iter__(self) -> Iterator[bytes]:
        self._file.seek(0)
        while head := self._file.read(_LENGTH.size):
            yield self._file.read(*_LENGTH.unpack(head))
