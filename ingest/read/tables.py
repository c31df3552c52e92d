"""The tables in files: a text file is one, a workbook has one a sheet, a Word file those in it, a zip archive those of its files.

In: paths, the encoding if a person names one. Out: tables, and for everything else why it is none (``ingest.read.unread``). Next:
``ingest.choose`` and ``ingest.mapping.suggest`` go through them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from graph.errors import InvalidInput
from graph.language import N_, Message
from ingest.read.archives import DAMAGE, Place, members
from ingest.read.office import docx, ods, workbooks, xls
from ingest.read.office.biff import CONTAINER
from ingest.read.readers import RowFile, Table, data_format
from ingest.read.unread import Unread, Why

READ = N_(".csv, .tsv, .jsonl, .json (each also as .gz), .xlsx, .xls, .ods, .docx and .zip are read")
_WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".et", ".xlt", ".ett")
_SYSTEM_NAMES = frozenset(["thumbs.db", "ehthumbs.db", "desktop.ini", ".ds_store", ".localized", "__macosx"])
_SYSTEM_BEGINNINGS = ("~$", ".~", "._")
"""Of locks of open files (``~$book.xlsx`` of Office, ``.~lock.book.ods#`` of LibreOffice, ``.~book.et`` of WPS), and of what macOS adds."""
_UNREAD = {
    ".xlsb": N_("is a binary workbook: save it as .xlsx"),
    ".doc": N_("is an old Word file: save it as .docx"),
    ".wps": N_("is an old Word file: save it as .docx"),
    ".rar": N_("is an archive of another kind: unpack it, or pack it as .zip"),
    ".7z": N_("is an archive of another kind: unpack it, or pack it as .zip"),
}
"""Files that may hold tables and have no reader."""


def each_file(paths: Iterable[Path | str]) -> Iterator[tuple[Path, bool]]:
    """Each file once, with whether it was named by itself."""
    seen: set[Path] = set()
    for one in paths:
        path = Path(one)
        if not path.exists():
            raise InvalidInput(Message("there is no such file or folder"), file=str(path))
        for file in [path] if path.is_file() else sorted(path.iterdir()):
            if file.is_file() and file.resolve() not in seen:
                seen.add(file.resolve())
                yield file, path.is_file()


def tables(path: Path, encoding: str | None = None) -> Iterator[Table | Unread]:
    """The tables in the file ``path``, or why it (or a part of it) is none; ``encoding`` is a codec."""
    if path.name.lower().endswith(".zip"):
        try:
            found = members(path)
        except InvalidInput as error:
            yield _unread(error, str(path))
            return
        for one in found:
            if isinstance(one, InvalidInput):
                yield _unread(one, str(path))
            elif one.name.lower().endswith(".zip"):
                yield Unread("is an archive inside an archive: unpack it first", file=one.label)
            else:
                yield from _tables(one, encoding)
    else:
        yield from _tables(Place.of(path), encoding)


def _tables(place: Place, encoding: str | None) -> Iterator[Table | Unread]:
    name = place.name.lower()
    suffix = f".{name.rpartition('.')[2]}"
    try:
        if _is_system(place):
            yield Unread("is a file of the system or of an open program", Why.SYSTEM, file=place.label)
        elif place.base.startswith("."):
            yield Unread("is a hidden file", Why.HIDDEN, file=place.label)
        elif name.endswith(_WORKBOOKS):
            yield from _sheets(place)
        elif name.endswith(".ods"):
            yield from ods.sheets(place)
        elif name.endswith((".docx", ".docm")):
            yield from docx.tables_in(place)
        elif data_format(name):
            yield RowFile(place, encoding)
        elif suffix in _UNREAD:
            yield Unread(_UNREAD[suffix], file=place.label)
        else:
            yield Unread(Message("is not a table: {read}", read=Message(READ)), Why.NO_TABLE, file=place.label)
    except InvalidInput as error:
        yield _unread(error, place.label)
    except OSError as error:
        yield Unread(Message("cannot be opened: {why}", why=error.strerror or error), file=place.label)
    except DAMAGE as error:
        yield Unread(Message("cannot be unpacked: {error}", error=error), file=place.label)


def _is_system(place: Place) -> bool:
    parts = place.name.lower().split("/")
    return parts[-1].startswith(_SYSTEM_BEGINNINGS) or not _SYSTEM_NAMES.isdisjoint((parts[0], parts[-1]))


def _unread(error: InvalidInput, label: str) -> Unread:
    if isinstance(error, Unread):
        return error
    return Unread(error.rule, file=error.file or label, line=error.line, field=error.field)


def _sheets(place: Place) -> Iterator[Table | Unread]:
    """The sheets of a workbook, by what it is and not by its name: many an .xls was an .xlsx, or a text, before somebody renamed it."""
    with place.open() as (stream, _):
        start = stream.read(len(CONTAINER))
    if start.startswith((CONTAINER, b"\x09\x08")):
        yield from xls.sheets(place)
    elif start.startswith(b"PK") or not start.strip() or not _is_text(start):
        yield from workbooks.sheets(place)
    elif start.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        raise Unread("is a web page under the name of a workbook: open it and save it as .xlsx", file=place.label)
    else:
        raise Unread("is a text under the name of a workbook: name it .csv", file=place.label)


def _is_text(start: bytes) -> bool:
    return start.startswith((b"\xff\xfe", b"\xfe\xff")) or not any(one < 9 or 13 < one < 32 for one in start)
