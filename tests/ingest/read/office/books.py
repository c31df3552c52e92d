"""Workbooks for the tests, written by openpyxl; what it cannot write is put into the XML."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import openpyxl

from ingest.read.archives import Place
from ingest.read.office.grid import Sheet
from ingest.read.office.workbooks import sheets
from ingest.read.readers import Raw


def write_book(path: Path, **tables: Iterable[Sequence[object]]) -> Path:
    """A workbook with one sheet a table, its texts shared as the usual programs write them."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in tables.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return _shared(path)


def _shared(path: Path) -> Path:
    """``path`` with the texts that openpyxl puts into the cells in a part of their own."""
    parts, texts = _parts(path), list[bytes]()

    def number(found: re.Match[bytes]) -> bytes:
        texts.append(found[1])
        return b't="s"><v>%d</v>' % (len(texts) - 1)

    for name in parts:
        if name.startswith("xl/worksheets/"):
            parts[name] = re.sub(rb't="inlineStr"><is>(.*?)</is>', number, parts[name], flags=re.DOTALL)
    name, kind = "sharedStrings", "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    main = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    parts[f"xl/{name}.xml"] = b'<sst xmlns="%s">%s</sst>' % (main, b"".join(b"<si>%s</si>" % one for one in texts))
    relation = f'<Relationship Id="rIdS" Type="{kind}" Target="{name}.xml"/></Relationships>'.encode()
    parts["xl/_rels/workbook.xml.rels"] = parts["xl/_rels/workbook.xml.rels"].replace(b"</Relationships>", relation)
    kind = f"application/vnd.openxmlformats-officedocument.spreadsheetml.{name}+xml"
    content = f'<Override PartName="/xl/{name}.xml" ContentType="{kind}"/></Types>'
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(b"</Types>", content.encode())
    return _write(path, parts)


def rewrite(path: Path, part: str, change: Callable[[bytes], bytes]) -> Path:
    """The workbook at ``path`` with one part changed."""
    parts = _parts(path)
    changed = change(parts[part])
    assert changed != parts[part], "the change changed nothing"
    return _write(path, parts | {part: changed})


def _parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {one: archive.read(one) for one in archive.namelist()}


def _write(path: Path, parts: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def first_sheet(path: Path) -> Sheet:
    """The first sheet, which must be one that can be read."""
    found = next(iter(sheets(Place.of(path))))
    assert isinstance(found, Sheet), found
    return found


def rows_of(path: Path) -> list[Raw]:
    """The rows of the first sheet."""
    return list(first_sheet(path).rows())
