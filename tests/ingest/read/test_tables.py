"""What is read as what, and the sorts of reasons why a file is not read."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pytest

from graph.errors import InvalidInput
from ingest.read.office.grid import Sheet
from ingest.read.tables import tables
from ingest.read.unread import Unread, Why
from tests.ingest.read.office.books import write_book


def sort_of(path: Path) -> tuple[Why, str]:
    (found,) = tables(path)
    assert isinstance(found, Unread), found
    assert str(found.file).startswith(str(path))
    return found.kind, found.rule


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *((name, Why.SYSTEM) for name in ("Thumbs.db", "desktop.ini", ".DS_Store", "~$成果.xlsx", "._成果.csv", ".~lock.a.ods#", ".~b.et")),
        *((name, Why.HIDDEN) for name in (".成果.csv", ".env")),
        *((name, Why.NO_TABLE) for name in ("a.pdf", "readme.txt", "photo.jpg", "none")),
        *((name, Why.DAMAGED) for name in ("a.xlsb", "a.doc", "a.wps", "a.rar", "a.xlsx", "a.xls", "a.et", "a.ods", "a.docx", "a.zip")),
    ],
)
def test_sorts_of_reasons(tmp_path: Path, name: str, kind: Why) -> None:
    (tmp_path / name).write_bytes(b"\x00\x01\x02\x03 what no program wrote")
    assert sort_of(tmp_path / name)[0] == kind


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.csv.gz"])
def test_an_empty_file_is_empty_and_not_damaged(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(gzip.compress(b" \n") if name.endswith(".gz") else b"")
    assert sort_of(tmp_path / name) == (Why.EMPTY, "the file is empty")


def test_every_reason_has_a_sort(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"id,id\n")
    assert sort_of(tmp_path / "a.csv") == (Why.DAMAGED, "the header names this column twice")
    (found,) = tables(tmp_path / "a.csv")
    assert isinstance(found, InvalidInput)
    assert (found.line, found.field) == (1, "id")
    assert sort_of(tmp_path / "missing.csv")[0] == Why.DAMAGED


def test_office_files_inside_an_archive(tmp_path: Path) -> None:
    write_book(tmp_path / "a.xlsx", a=[["id"], [1]])
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(tmp_path / "a.xlsx", "folder/a.xlsx")
        archive.writestr("__MACOSX/folder/a.xlsx", b"")
        archive.writestr("folder/Thumbs.db", b"")
    found = list(tables(tmp_path / "a.zip"))
    assert [one.label for one in found if isinstance(one, Sheet)] == [f"{tmp_path}/a.zip/folder/a.xlsx/a"]
    assert [one.kind for one in found if isinstance(one, Unread)] == [Why.SYSTEM, Why.SYSTEM]
