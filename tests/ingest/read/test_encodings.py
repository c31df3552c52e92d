"""Encodings and delimiters are told from the bytes, and what cannot be told is not guessed."""

from __future__ import annotations

import codecs
import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import InvalidInput
from ingest.read.encodings import codec_of, encoding_of
from ingest.read.readers import RowFile

HEADER, TITLE = "编号,名称", "低温银浆，用于光伏电池"
TABLE = f"{HEADER}\n1,{TITLE}\n2,plain\n"


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.jsonl"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "gbk"])
def test_the_same_table_in_any_encoding(tmp_path: Path, name: str, encoding: str) -> None:
    text = '{"编号": "1", "名称": "%s"}\n{"编号": "2", "名称": "plain"}\n' % TITLE if "json" in name else TABLE  # noqa: UP031
    data = (codecs.BOM_UTF16_BE if encoding == "utf-16-be" else b"") + text.encode(encoding)
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    table = RowFile(tmp_path / name)
    assert table.columns == ("编号", "名称")
    assert [(one.cells, one.problem) for one in table.rows()] == [
        ({"编号": "1", "名称": TITLE}, None),
        ({"编号": "2", "名称": "plain"}, None),
    ]


def test_the_first_chinese_character_may_come_late(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"id,t\n" + b"1,plain text\n" * 20_000 + "2,低温银浆\n".encode("gb18030") * 50)
    assert [one.cells["t"] for one in RowFile(path).rows()][-1] == "低温银浆"


def test_a_few_broken_bytes_do_not_make_utf8_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(TABLE.encode() + "3,坏".encode()[:-1] + b"\n4,good\n")
    table = RowFile(path)
    assert table.encoding == "utf-8-sig"
    assert [one.problem.rule if one.problem else "" for one in table.rows()] == ["", "", "is not UTF-8", ""]


def test_a_broken_row_of_another_encoding_is_told_in_its_name(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(TABLE.encode("gb18030") * 2_000 + b"3,\xff\n" + "4,好\n".encode("gb18030"))
    found = [one for one in RowFile(path).rows() if one.problem and one.problem.rule.startswith("is not")]
    assert [str(one.problem) for one in found] == ["is not GB18030"]
    assert found[0].cells["编号"] == "3"


_WESTERN = "naïve café, Zürich, señor, façade, Łódź, Ærø".encode("cp1252", "replace").split(b", ")


@pytest.mark.parametrize("word", _WESTERN)
def test_western_text_is_not_taken_for_chinese(word: bytes) -> None:
    assert encoding_of(b"id,t\n1," + word * 3 + b"\n2," + word + b" and more\n") == "cp1252"


@settings(max_examples=200)
@given(
    st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5).filter(lambda one: bool(one.encode("gb2312", "ignore"))), min_size=3)
)
def test_common_chinese_is_told_unless_it_is_utf8_as_well(text: str) -> None:
    data = f"id,t\n1,{text}\n".encode("gb18030")
    found = encoding_of(data)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        # some short texts are made up of what are UTF-8 pairs too, but for a byte or two: these are left to a person
        kept = len([one for one in data.decode("utf-8", "ignore").encode() if one >= 0x80])
        assert found == "gb18030" or kept > 0.8 * 2 * len(text)
    else:
        assert found == "utf-8-sig"


def test_a_named_encoding_goes_before_what_the_bytes_tell(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("id,é\n1,ü\n".encode("cp1252"))
    assert RowFile(path, codec_of("cp1252")).columns == ("id", "é")


@pytest.mark.parametrize("name", ["klingon", "hex", "rot13", "", "zlib"])
def test_what_is_no_text_encoding_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="text encoding"):
        codec_of(name)


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_delimiters_are_told_apart_by_the_header(tmp_path: Path, mark: str) -> None:
    path = tmp_path / "a.csv"
    lines = [["id", "t", "note"], ["1", '"a, b; c\td"', '"two\nlines"'], ["2", "x", "y"]]
    path.write_text("\n".join(mark.join(line) for line in lines), "utf-8")
    found = list(RowFile(path).rows())
    assert [(one.line, one.problem) for one in found] == [(2, None), (4, None)]
    assert found[0].cells == {"id": "1", "t": "a, b; c\td", "note": "two\nlines"}
