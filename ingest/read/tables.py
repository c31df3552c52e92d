"""The tables in files: a text file is one, a workbook has one a sheet, a zip archive those of its files.

In: paths, the encoding if a person names one. Out: tables, and for everything else why it is none. Next: ``ingest.choose`` and
``ingest.mapping.suggest`` go through them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from graph.errors import InvalidInput
from ingest.read.archives import DAMAGE, Place, members
from ingest.read.readers import RowFile, Table, data_format
from ingest.read.workbooks import sheets

READ = ".csv, .tsv, .jsonl, .json (each also as .gz), .xlsx and .zip are read"
_WORKBOOKS = (".xlsx", ".xlsm")
_OLD = (".xls", ".xlsb", ".ods", ".et")


def each_file(paths: Iterable[Path | str]) -> Iterator[tuple[Path, bool]]:
    """Each file once, with whether it was named by itself."""
    seen: set[Path] = set()
    for one in paths:
        path = Path(one)
        if not path.exists():
            raise InvalidInput("there is no such file or folder", file=str(path))
        for file in [path] if path.is_file() else sorted(path.iterdir()):
            if file.is_file() and file.resolve() not in seen:
                seen.add(file.resolve())
                yield file, path.is_file()


def tables(path: Path, encoding: str | None = None) -> Iterator[Table | InvalidInput]:
    """The tables in the file ``path``, or why it (or a part of it) is none; ``encoding`` is a codec."""
    if path.name.lower().endswith(".zip"):
        try:
            found = members(path)
        except InvalidInput as error:
            yield error
            return
        for one in found:
            if isinstance(one, InvalidInput):
                yield one
            elif one.name.lower().endswith(".zip"):
                yield InvalidInput("is an archive inside an archive: unpack it first", file=one.label)
            else:
                yield from _tables(one, encoding)
    else:
        yield from _tables(Place.of(path), encoding)


def _tables(place: Place, encoding: str | None) -> Iterator[Table | InvalidInput]:
    name = place.name.lower()
    try:
        if place.base.startswith((".", "~$")):
            yield InvalidInput("is a hidden file", file=place.label)
        elif name.endswith(_WORKBOOKS):
            yield from sheets(place)
        elif data_format(name):
            yield RowFile(place, encoding)
        elif name.endswith(_OLD):
            yield InvalidInput("is a workbook of another kind: save it as .xlsx", file=place.label)
        else:
            yield InvalidInput(f"is not a table: {READ}", file=place.label)
    except InvalidInput as error:
        yield error
    except OSError as error:
        yield InvalidInput(f"cannot be opened: {error.strerror or error}", file=place.label)
    except DAMAGE as error:
        yield InvalidInput(f"cannot be unpacked: {error}", file=place.label)
