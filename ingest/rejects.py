"""The file of rows to mend: the columns of the file they came from, what is wrong in ``_problem``, and in ``_row`` the id under which a row
landed that has none of its own.

In: raw rows that were rejected, or of which cells were set aside, and their problems. Out: ``<name>.rejected.csv`` or ``.jsonl`` in the
folder that the caller gives, contact data masked, for its owner alone to read; a sheet's rows go to CSV. Next: ``ingest.row_reader`` fills
it, ``ingest.load`` names it in its report; a person mends the rows and feeds them again, and ``ingest.read.readers`` restores their cells.
The file appears when all rows are read, so that a file of rejected rows that is being read is never written over.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import msgspec

from graph import private
from graph.errors import DovetailError
from ingest.cells.contacts import MARK, is_contact_column, mask_contacts
from ingest.mapping.aliases import column_key
from ingest.mapping.native import base_name
from ingest.read.readers import LANDED, OWN_COLUMNS, PROBLEM, Table
from ingest.read.spreadsheets import guarded

STEM = 60
"""Characters of the name; a sheet's may be longer than a file system allows."""
_UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|\ud800-\udfff]')


class Rejects:
    """Takes the rejected rows of one file. Nothing is made on disk while there are none."""

    def __init__(self, folder: Path, table: Table, name: str, taken: dict[Path, int], relabelled: Mapping[str, str]) -> None:
        """``name`` is that of the table's names which tells what it holds: the file of rejected rows is called after it.
        ``taken``: the files of this run, and the number that the next of the same name is tried with. ``relabelled``: headers that say
        more in it than in the table."""
        self._relabelled = relabelled
        self._format = table.format
        self._columns = [one for one in table.columns if one not in OWN_COLUMNS]
        self.path = _free(folder, name, table.place.path, self._format, taken)
        self._part = self.path.with_name(self.path.name + ".part")
        self._stream: IO[str] | None = None
        self._csv: Any = None

    def add(self, cells: Mapping[str, object], problem: str, landed_as: str = "") -> None:
        """Write one row; ``landed_as``: the id of a row that landed without one of its own. Raises DovetailError where the disk is full or
        nothing may be written there."""
        with self._told():
            stream = self._stream or self._begun()
            if self._format == "csv":
                self._csv.writerow([*(_cell(_masked(one, cells.get(one, ""))) for one in self._columns), guarded(problem), landed_as])
            else:
                row = {name: _masked(name, value) for name, value in cells.items() if name not in OWN_COLUMNS} | {PROBLEM: problem}
                if landed_as:
                    row[LANDED] = landed_as
                stream.write(msgspec.json.encode(row).decode() + "\n")

    def close(self) -> str | None:
        """Put the file in its place; its path, or None if no row is to be mended."""
        if self._stream is None:
            return None
        with self._told():
            self._stream.close()
            self._part.replace(self.path)
        return str(self.path)

    def _begun(self) -> IO[str]:
        private.folder(self.path.parent)
        # spreadsheet programs take a CSV file for UTF-8 by its mark only
        self._stream = private.writing(self._part, "w", encoding="utf-8-sig" if self._format == "csv" else "utf-8", newline="")
        self._csv = csv.writer(self._stream)
        if self._format == "csv":
            self._csv.writerow([*(guarded(self._relabelled.get(one, one)) for one in self._columns), PROBLEM, LANDED])
        return self._stream

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if self._stream:
                with suppress(OSError):  # what is still to be written cannot be either
                    self._stream.close()
                with suppress(OSError):
                    self._part.unlink(missing_ok=True)
            rule = f"rejected rows cannot be written here: {error.strerror}; the store holds whole batches: make room and run this again"
            raise DovetailError(f"{self.path}: {rule}") from error


def _cell(value: object) -> object:
    return guarded(value) if isinstance(value, str) else value


def _masked(name: str, value: object) -> object:
    if isinstance(value, str):
        return MARK if value.strip() and is_contact_column(column_key(name)) else mask_contacts(value)[0]
    if is_contact_column(column_key(name)):
        return None if value is None else MARK
    if isinstance(value, list):
        return [_masked("", part) for part in value]
    if isinstance(value, dict):
        return {key: _masked(key, part) for key, part in value.items()}
    return value


def _free(folder: Path, name: str, source: Path, form: str, taken: dict[Path, int]) -> Path:
    """A name that neither this run nor the file being read has."""
    stem = _UNSAFE.sub("_", name[: len(base_name(name))])[-STEM:]
    first = folder / f"{stem}.rejected.{form}"
    number = taken.get(first, 1)
    while True:
        path = first if number == 1 else folder / f"{stem}.rejected-{number}.{form}"
        number += 1
        if path not in taken and not (path.exists() and path.samefile(source)):
            taken[path] = taken[first] = number
            return path
