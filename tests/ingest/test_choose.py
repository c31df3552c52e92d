"""What is skipped, and whether somebody meant it to be read."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from graph.errors import InvalidInput
from ingest.choose import Skipped, choose
from ingest.rows.models import Kind


def chosen(*paths: Path, mapping: Path | None = None) -> tuple[list[Kind], list[Skipped]]:
    skipped: list[Skipped] = []
    sources = choose(paths, None, mapping, None, skipped)
    return [one.form.kind for one in sources], skipped


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one file that is read."""
    place = tmp_path / "centre"
    place.mkdir()
    (place / "成果.csv").write_text("编号,名称\nA1,低温银浆\n", "utf-8")
    return place


def test_a_table_with_a_header_and_rows_is_named_with_its_header(folder: Path) -> None:
    (folder / "stock.csv").write_text("colour,weight,shelf\nred,3,A\nblue,4,B\n", "utf-8")
    kinds, skipped = chosen(folder)
    assert kinds == [Kind.ACHIEVEMENTS]
    assert [(Path(one.file).name, one.header, one.is_lost) for one in skipped] == [("stock.csv", ("colour", "weight", "shelf"), True)]
    assert "--suggest-mapping" in skipped[0].reason


def test_the_header_is_told_as_found_and_below_a_title(folder: Path) -> None:
    (folder / "stock.csv").write_text("Our stock,,\n Colour (RAL) ,Weight / kg,货架\nred,3,A\nblue,4,B\n", "utf-8")
    _, (one,) = chosen(folder)
    assert [cell.strip() for cell in one.header] == ["Colour (RAL)", "Weight / kg", "货架"]


def test_a_table_of_a_known_name_that_lacks_a_column_is_lost_too(folder: Path) -> None:
    (folder / "demands.csv").write_text("id,budget\nD1,30\nD2,40\n", "utf-8")
    _, (one,) = chosen(folder)
    assert one.is_lost
    assert one.header == ("id", "budget")
    assert one.reason.startswith("title or description: the header lacks this column")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("notes.txt", "Dear all,\nhere is the list.\nBest\n"),
        ("notes.csv", "Please mind\nthat this is a note\nand no table\n"),
        ("head.csv", "colour,weight\n"),
        ("empty.csv", ""),
    ],
)
def test_a_note_is_no_table(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, "utf-8")
    kinds, skipped = chosen(folder)
    assert kinds == [Kind.ACHIEVEMENTS]
    assert [one for one in skipped if one.is_lost] == []
    assert all(one.reason and not one.header for one in skipped)


@pytest.mark.parametrize("name", ["results.xlsx", "results.xls", "results.ods", "results.docx"])
def test_a_damaged_file_is_named(folder: Path, name: str) -> None:
    start = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" if name.endswith(".xls") else b"PK\x03\x04"
    (folder / name).write_bytes(start + b"half of a file" * 20)
    kinds, skipped = chosen(folder)
    assert kinds == [Kind.ACHIEVEMENTS]
    assert [(Path(one.file).name, one.is_lost) for one in skipped] == [(name, True)]
    assert skipped[0].reason


def test_a_truncated_archive_is_named(folder: Path) -> None:
    (folder / "demands.csv.gz").write_bytes(gzip.compress(b"id,title\nD1,glue\n" * 50)[:-30])
    _, skipped = chosen(folder)
    assert [(Path(one.file).name, one.is_lost) for one in skipped] == [("demands.csv.gz", True)]


def test_a_file_named_by_itself_that_cannot_be_read_is_refused(folder: Path) -> None:
    (folder / "stock.csv").write_text("colour,weight,shelf\nred,3,A\n", "utf-8")
    with pytest.raises(InvalidInput, match="neither its name nor its columns tell what it holds"):
        chosen(folder / "stock.csv")
    with pytest.raises(InvalidInput):
        chosen(folder / "none.csv")


def test_tables_come_in_the_order_in_which_they_depend_on_each_other(folder: Path) -> None:
    (folder / "a-合作.csv").write_text("编号,名称,合作方\nC1,胶,甲;乙\n", "utf-8")
    (folder / "z.csv").write_text("单位全称,单位性质\n甲,高校\n", "utf-8")
    kinds, _ = chosen(folder)
    assert kinds == [Kind.INSTITUTIONS, Kind.ACHIEVEMENTS, Kind.COOPERATIONS]


def test_a_mapping_that_is_given_goes_before_a_name(folder: Path, tmp_path: Path) -> None:
    mapping = tmp_path / "m.toml"
    rows = '[[file.rows]]\nkind = "demands"\n[file.rows.fields]\ntitle = "{名称}"\n'
    mapping.write_text(f'name = "mine"\n[[file]]\ncolumns = ["编号", "名称"]\n{rows}', "utf-8")
    kinds, _ = chosen(folder, mapping=mapping)
    assert kinds == [Kind.DEMANDS]


def test_what_the_columns_told_is_noted(folder: Path) -> None:
    (folder / "list.csv").write_text("需求名称,需求单位,截止时间\n胶,甲州科技有限公司,2030\n", "utf-8")
    skipped: list[Skipped] = []
    sources = choose([folder], None, None, None, skipped)
    assert {Path(one.label).name: one.notes for one in sources} == {"成果.csv": (), "list.csv": ("read as demands, told by its columns",)}
