"""Zip archives: their files are tables; names of old systems; bombs, locked and damaged archives."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from graph import Store
from graph.errors import InvalidInput
from ingest.load import ingest
from ingest.read import archives
from ingest.read.readers import RowFile
from ingest.read.tables import tables
from tests.ingest.conftest import institutions
from tests.ingest.read.office.books import write_book


def archive(path: Path, method: int = zipfile.ZIP_DEFLATED, **files: bytes) -> Path:
    with zipfile.ZipFile(path, "w", method) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return path


def test_the_files_of_an_archive_are_read_in_the_order_of_dependence(store: Store, tmp_path: Path) -> None:
    book = write_book(tmp_path / "demands.xlsx", Sheet1=[["id", "title", "posted_by"], ["D1", "x", "I1"]]).read_bytes()
    files = {
        "export/achievements.csv": b"id,title,owners\nA1,y,I1\nA2,,I1\n",
        "export/demands.xlsx": book,
        "export/institutions.csv.gz": gzip.compress("id,name\nI1,甲公司\n".encode("gb18030")),
        "read me.txt": b"hello",
        "__MACOSX/._institutions.csv": b"\x00\x05\x16\x07",
        "inner.zip": b"PK",
    }
    path = archive(tmp_path / "centre.zip", **files)
    report = ingest(store, [path], rejects=tmp_path / "bad")
    read = [one.file.removeprefix(f"{path}/") for one in report.files]
    assert read == ["export/institutions.csv.gz", "export/achievements.csv", "export/demands.xlsx/Sheet1"]
    assert str(report.files[1].rejections[0]).startswith(f"{path}/export/achievements.csv:3: title: ")
    assert report.files[1].rejects_file == str(tmp_path / "bad" / "achievements.rejected.csv")
    assert {Path(file).name: reason[:20] for file, reason, *_ in report.skipped} == {
        "read me.txt": "is not a table: .csv",
        "._institutions.csv": "is a file of the sys",
        "inner.zip": "is an archive inside",
    }
    assert [one.name for one in institutions(store)] == ["甲公司"]


def test_names_written_by_chinese_systems_are_read(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", **{"AAAA.csv": "编号,名称\n1,x\n".encode()})
    path.write_bytes(path.read_bytes().replace(b"AAAA", "成果".encode("gbk")))
    (found,) = tables(path)
    assert not isinstance(found, InvalidInput)
    assert (found.label, found.names) == (f"{path}/成果.csv", ("成果.csv",))
    assert [one.cells for one in found.rows()] == [{"编号": "1", "名称": "x"}]


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_only_the_usual_packing_is_read(tmp_path: Path, method: int) -> None:
    (found,) = tables(archive(tmp_path / "a.zip", method, **{"institutions.csv": b"id,name\n"}))
    assert isinstance(found, InvalidInput)
    assert "another method than deflate" in found.rule


def test_a_locked_archive_is_told(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", **{"institutions.csv": b"id,name\n1,A\n"})
    data = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    path.write_bytes(data)
    (found,) = tables(path)
    assert isinstance(found, InvalidInput)
    assert found.rule == "is encrypted"


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"nothing of the kind"])
def test_what_is_no_archive_is_told(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.zip").write_bytes(data)
    (found,) = tables(tmp_path / "a.zip")
    assert isinstance(found, InvalidInput)
    assert "the archive cannot be read" in found.rule


def _blank(size: int) -> bytes:
    """A gzipped stream of ``size`` commas, a kilobyte a line, made a block at a time."""
    stream = io.BytesIO()
    with gzip.GzipFile(fileobj=stream, mode="wb") as packed:
        packed.write(b"id,name\n1,a\n")
        for _ in range(size >> 20):
            packed.write((b"," * 1023 + b"\n") * 1024)
    return stream.getvalue()


def test_a_gzip_bomb_is_left_where_it_grows_beyond_measure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "FLOOR", 2 << 20)
    (tmp_path / "institutions.csv.gz").write_bytes(_blank(60 << 20))
    found = list(RowFile(tmp_path / "institutions.csv.gz").rows())
    assert [str(one.problem) if one.problem else "" for one in found] == [
        "",
        "unpacks to more than 200 times its size from here on: unpack it yourself if you trust it",
    ]


@pytest.mark.parametrize("name", ["bomb.zip", "bomb.xlsx"])
def test_a_zip_bomb_is_not_begun(store: Store, tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as made, made.open("institutions.csv", "w") as stream:
        for _ in range(70):
            stream.write(b"\n" * (1 << 20))
    with pytest.raises(InvalidInput, match="unpacks to more than 200 times its size"):
        ingest(store, [tmp_path / name])


def test_a_member_gives_no_more_than_the_index_says(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", **{"institutions.csv": b"id,name\n" + b"1,A\n" * 1000})
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02") + 24
    data[at : at + 4] = (100).to_bytes(4, "little")
    path.write_bytes(data)
    (found,) = tables(path)
    assert isinstance(found, InvalidInput)
    assert "cannot be unpacked: Bad CRC-32" in found.rule


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MEMBERS", 3)
    (found,) = tables(archive(tmp_path / "a.zip", a=b"", b=b"", c=b"", d=b""))
    assert isinstance(found, InvalidInput)
    assert "more than 3 files" in found.rule


def test_a_file_without_a_name_is_no_table(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", **{"x": b"id,name\n1,A\n"})
    path.write_bytes(path.read_bytes().replace(b"x", b"\0"))  # names end at their first zero
    (found,) = tables(path)
    assert isinstance(found, InvalidInput)
