"""Nothing that a file or a mapping can hold ends a run or hangs it: what is wrong costs its cell, its row, or is refused with the rule."""

from __future__ import annotations

import json
import time
import zipfile
from pathlib import Path

import pytest

from graph import Store
from graph.errors import InvalidInput
from ingest.load import ingest
from ingest.mapping.mapped import bundled_specs
from ingest.report import FileReport
from tests.ingest.read.office.books import write_book


def read(store: Store, path: Path, data: bytes | str, **options: Path) -> FileReport:
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    (file,) = ingest(store, [path], rejects=path.parent / "bad", **options).files
    assert file.read == file.added + file.changed + file.unchanged + file.rejected + file.left_out
    return file


# -- nesting


@pytest.mark.parametrize("depth", [65, 400, 1_000, 100_000])
@pytest.mark.parametrize("field", ["name", "aliases", "unknown"])
@pytest.mark.parametrize("sign", ["[]", "{}"])
@pytest.mark.parametrize("name", ["institutions.jsonl", "institutions.json"])
def test_a_row_nested_too_deep_is_rejected_with_its_field(
    store: Store, tmp_path: Path, name: str, sign: str, field: str, depth: int
) -> None:
    before, after = ("[", "]") if sign == "[]" else ('{"a":', "}")
    bad = f'{{"id": "I2", "name": "B", "{field}": {before * depth}1{after * depth}}}'
    rows = ['{"id": "I1", "name": "A"}', bad, '{"id": "I3", "name": "C"}']
    file = read(store, tmp_path / name, "\n".join(rows) if name.endswith("l") else f"[{','.join(rows)}]")
    assert (file.added, file.rejected) == (2, 1)
    (problem,) = file.rejections[0].problems
    assert (problem.field, problem.rule) == (field, "is nested more than 64 deep")


def test_a_nested_source_is_no_way_around(store: Store, tmp_path: Path) -> None:
    columns = next(one for one in bundled_specs() if one.name == "ror").file[0].columns
    plain = dict.fromkeys(columns, "x") | {"id": "https://ror.org/05a28rw58", "names": [{"value": "A", "types": ["ror_display"]}]}
    deep = json.dumps(plain | {"names": "DEEP"}).replace('"DEEP"', "[" * 100_000 + "]" * 100_000)
    file = read(store, tmp_path / "v2.json", f"[{deep}, {json.dumps(plain)}]")
    assert (file.form, file.added, file.rejected) == ("ror", 1, 1)
    assert file.rejections[0].problems[0].rule == "is nested more than 64 deep"


def test_json_in_a_cell_may_be_no_deeper(store: Store, tmp_path: Path) -> None:
    deep = "[" * 100_000 + "]" * 100_000
    file = read(store, tmp_path / "demands.csv", f"id,title,requirements\nD1,A,{deep}\nD2,B,x\n")
    assert (file.added, file.set_aside) == (2, 1)
    assert file.cells[0].problems[0].rule == "is nested more than 64 deep"


# -- halves of characters


def test_half_a_character_is_set_aside_and_in_a_name_of_json_left_out(store: Store, tmp_path: Path) -> None:
    rows = [
        r'{"id": "I1", "name": "A", "description": "x \ud83d y"}',
        r'{"id": "I2", "name": "B \udc00"}',
        r'{"id": "I3", "name": "C", "na\ud83dme": "x", "description": "\\ud83d \ud83d\ude00"}',
    ]
    file = read(store, tmp_path / "institutions.jsonl", "\n".join(rows))
    assert (file.added, file.rejected, file.set_aside) == (2, 1, 1)
    assert file.rejections[0].problems[0][:2] == ("name", "holds half a character, which is no text")
    assert file.unknown_columns == ("na\ufffdme",)


def test_half_a_character_in_utf_16(store: Store, tmp_path: Path) -> None:
    text = "id,name,descr\ud800,country\nI1,A,x,DE\nI2,B,x,\ud800\nI3,\udc00,x,DE\n"
    file = read(store, tmp_path / "institutions.csv", b"\xff\xfe" + text.encode("utf-16-le", "surrogatepass"))
    assert (file.added, file.rejected, file.set_aside) == (2, 1, 1)
    assert [one.startswith("descr\ufffd") for one in file.unknown_columns] == [True]


def test_half_a_character_in_a_sheet(store: Store, tmp_path: Path) -> None:
    path = write_book(tmp_path / "institutions.xlsx", Sheet1=[["id", "name", "region_xD83D_"], ["I1", "A", "x"], ["I2", "B_xD83D_", "x"]])
    (file,) = ingest(store, [path], rejects=tmp_path / "bad").files
    assert (file.added, file.rejected, file.unknown_columns) == (1, 1, ("[C]",))


# -- columns


@pytest.mark.parametrize("lacking", [1, 150, 1_500])
def test_rows_of_json_name_their_own_columns(store: Store, tmp_path: Path, lacking: int) -> None:
    bare = {"target": "B", "kind": "rating", "outcome": 0.5}
    rows = [*[bare] * lacking, {**bare, "source": "A"}]
    file = read(store, tmp_path / "evidence.jsonl", "\n".join(map(json.dumps, rows)))
    assert (file.added, file.rejected) == (1, lacking)
    assert file.rejections[0].problems[0][:2] == ("source", "is required")


def test_two_headers_of_one_meaning_are_told(store: Store, tmp_path: Path) -> None:
    file = read(store, tmp_path / "achievements.csv", "id,title,成果名称\n1,a,b\n")
    assert file.notes == ("成果名称: left out, title says the same",)
    rows = [{"id": "2", "title": "a"}, {"id": "3", "成果名称": "b"}, {"id": "4", "title": "c", "成果名称": "d"}]
    file = read(store, tmp_path / "achievements.jsonl", "\n".join(map(json.dumps, rows)))
    assert (file.added, file.notes) == (3, ("成果名称: read where a row has no title",))


def test_a_reference_by_number_finds_no_firm(store: Store, tmp_path: Path) -> None:
    read(store, tmp_path / "institutions.csv", "id,name,external_ids\nI1,A,ror:05a28rw58\n")
    file = read(store, tmp_path / "cooperations.csv", "id,title,parties,uses\nC1,x,I1;I2,ror:05a28rw58\n")
    assert (file.added, file.set_aside) == (1, 1)


def test_a_stray_zero_makes_no_other_encoding(store: Store, tmp_path: Path) -> None:
    file = read(store, tmp_path / "institutions.csv", "id,name\nI1,A\nI2,B\0 and more\n")
    assert (file.encoding, file.added) == ("UTF-8", 2)


# -- mappings

MAPPING = """
name = "m"
[[file]]
columns = ["No", "Result"]
optional = ["Year", "A", "B", "C"]
{file}
[[file.rows]]
kind = "achievements"
{rows}
[file.rows.fields]
id = "{{No}}"
title = "{{Result}}"
{fields}
"""


def mapped(store: Store, folder: Path, data: str, file: str = "", rows: str = "", fields: str = "") -> FileReport:
    (folder / "m.toml").write_text(MAPPING.format(file=file, rows=rows, fields=fields), "utf-8")
    return read(store, folder / ("x.jsonl" if data.startswith("{") else "x.csv"), data, mapping=folder / "m.toml")


@pytest.mark.timeout(60)
@pytest.mark.parametrize("form", ["(a+)+b", "(a|a)*b", "(a|aa)+", "(.*)*b", "((a*)*)*b"])
def test_a_pattern_of_a_mapping_takes_time_by_the_length_of_the_cell(store: Store, tmp_path: Path, form: str) -> None:
    began = time.monotonic()
    data = f"No,Result,Year\n1,{'a' * 50_000}!,{'a' * 50_000}!\n2,x,2020\n"
    file = mapped(store, tmp_path, data, f"matches = {{ Year = '{form}' }}", f"when = {{ Result = '{form}|x' }}", 'date = "{Year}"')
    assert (file.added, file.rejected) == (1, 1)
    assert time.monotonic() - began < 20


def test_patterns_know_unicode_escapes_and_refuse_what_needs_to_go_back(store: Store, tmp_path: Path) -> None:
    data = "No,Result,Year\n1,公司,2020\n2,firm,2020\n"
    assert mapped(store, tmp_path, data, rows=r"when = { Result = '[\u4e00-\u9fff]+' }").added == 1
    for form in (r"(?=a)b", r"(a)\1", "(", "a{5000}"):
        with pytest.raises(InvalidInput, match="is not a regular expression"):
            mapped(store, tmp_path, data, rows=f"when = {{ Result = '{form}' }}")


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        *[(f"divide = {{ A = {by} }}", "no effect or no meaning") for by in ("0", "-0.0", "1", "inf", "-inf", "nan")],
        ("split.A = { separator = '', all = 'x' }", "must not be empty"),
        ("dates = ['%Y%Y']", "twice"),
        ("dates = ['%Q']", "no form of dates"),
        ("missing = " + "[" * 100_000 + "]" * 100_000, "nested more than 64 deep"),
        ("words = " + "{a=" * 2_000 + "1" + "}" * 2_000, "nested more than 64 deep"),
        ("a." * 50_000 + "b = 1", "nested more than 64 deep"),
        ("first.x = ['" + "{" * 100_000 + "']", "braces must stand around"),
        ("first.x = ['" + "{" * 3_000 + "No" + "}" * 3_000 + "']", "braces must stand around"),
        ("missing = ['" + "x" * (1 << 20) + "']", "longer than 1 MiB"),
    ],
    ids=lambda text: text[:30],
)
@pytest.mark.timeout(60)
def test_what_a_mapping_may_not_say_is_refused(store: Store, tmp_path: Path, line: str, rule: str) -> None:
    fields = 'keywords = ["{x}"]' if "x'" in line else 'price = "{A}"'
    with pytest.raises(InvalidInput, match=rule):
        mapped(store, tmp_path, "No,Result,A\n1,x,2\n", line, fields=fields)


@pytest.mark.timeout(60)
def test_a_template_of_many_lists_is_no_explosion(store: Store, tmp_path: Path) -> None:
    row = {"No": "1", "Result": "r", **{name: list(map(str, range(300))) for name in "ABC"}}
    file = mapped(store, tmp_path, json.dumps(row) + '\n{"No": "2", "Result": "s", "A": ["x", "y"]}', fields='keywords = ["{A} {B} {C}"]')
    assert (file.added, file.rejected) == (1, 1)
    assert "10,000 combinations" in file.rejections[0].problems[0].rule


def test_two_headers_of_one_column_of_a_mapping_are_told(store: Store, tmp_path: Path) -> None:
    file = mapped(store, tmp_path, "No,Result,result\n1,first,second\n")
    assert file.notes == ("result: left out, Result says the same",)


# -- cost


def test_an_archive_of_many_files_takes_time_by_their_number(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "centre.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(1_500):
            archive.writestr(f"{number}/institutions.csv", f"id,name\nI{number},Firm {number}\n")
    began = time.process_time()
    report = ingest(store, [path], rejects=tmp_path / "bad")
    assert report.total("added") == 1_500
    assert time.process_time() - began < 25, "3 to 6 s are usual; by the square it was a minute"
