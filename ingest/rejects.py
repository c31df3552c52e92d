"""The file of rejected rows: the columns and the format of the file they came from, and what is wrong in ``_problem``.

In: raw rows and their problems. Out: ``<name>.rejected.csv`` or ``.jsonl`` in the folder that the caller gives, contact data
masked, to be mended and fed again. It appears when its file is done, so that one that is being read is never written over.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import msgspec

from ingest.contacts import MARK, is_contact_column, mask_contacts
from ingest.forms import base_name
from ingest.readers import PROBLEM, RowFile
from ingest.rows import column_key


class Rejects:
    """Takes the rejected rows of one file. Nothing is made on disk while there are none."""

    def __init__(self, folder: Path, file: RowFile, taken: set[Path]) -> None:
        self._format = file.format
        self._columns = [one for one in file.columns if one != PROBLEM]
        self.path = _free(folder, file.path, self._format or "csv", taken)
        taken.add(self.path)
        self._part = self.path.with_name(self.path.name + ".part")
        self._stream: IO[str] | None = None
        self._csv: Any = None

    def add(self, cells: Mapping[str, object], problem: str) -> None:
        """Write one row."""
        if self._stream is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._stream = self._part.open("w", encoding="utf-8", newline="")
            self._csv = csv.writer(self._stream)
            if self._format == "csv":
                self._csv.writerow([*self._columns, PROBLEM])
        if self._format == "csv":
            self._csv.writerow([*(_masked(one, cells.get(one, "")) for one in self._columns), problem])
        else:
            row = {name: _masked(name, value) for name, value in cells.items() if name != PROBLEM} | {PROBLEM: problem}
            self._stream.write(msgspec.json.encode(row).decode() + "\n")

    def close(self) -> str | None:
        """Put the file in its place; its path, or None if no row was rejected."""
        if self._stream is None:
            return None
        self._stream.close()
        self._part.replace(self.path)
        return str(self.path)


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


def _free(folder: Path, source: Path, form: str, taken: set[Path]) -> Path:
    """A name that neither this run nor the file being read has."""
    stem, number = source.name[: len(base_name(source.name))], 1
    while True:
        path = folder / f"{stem}.rejected{'' if number == 1 else f'-{number}'}.{form}"
        if path not in taken and path.resolve() != source.resolve():
            return path
        number += 1
