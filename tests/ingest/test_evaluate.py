"""The benchmark of resolution: its figures against a slow oracle, and a whole run."""

from __future__ import annotations

import csv
import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import InvalidInput
from ingest.evaluate import evaluate_resolve, pairwise

STRINGS = """\
id,text,entity
1,University of Lunperby,L
2,"Dept. of Physics, University of Lunperby, Norway",L
3,Univ. of Lunperby,L
4,Velkirsk Institute of Technology,V
5,"School of Design, Velkirsk Inst. of Technology",V
6,Dorlenhaven Coatings GmbH,D
7,Dorlenhaven Coatings,
8,"Faculty of Law, University of Lunperby",L
"""


@given(st.dictionaries(st.integers(0, 12).map(str), st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), min_size=1))
def test_pairwise_is_its_definition(rows: dict[str, tuple[str, str]]) -> None:
    pairs = list(itertools.combinations(rows.values(), 2))
    found = [one for one in pairs if one[0][0] == one[1][0]]
    right = [one for one in pairs if one[0][1] == one[1][1]]
    both = len([one for one in found if one in right])
    precision, recall, f1 = pairwise({one: said[0] for one, said in rows.items()}, {one: said[1] for one, said in rows.items()})
    assert precision == pytest.approx(both / len(found) if found else 1)
    assert recall == pytest.approx(both / len(right) if right else 1)
    assert f1 == pytest.approx(2 * precision * recall / (precision + recall) if both else 0)


def test_strings_of_one_institution_come_together(tmp_path: Path) -> None:
    strings, out = tmp_path / "r.csv", tmp_path / "clusters.csv"
    strings.write_text(STRINGS, "utf-8")
    found = evaluate_resolve(strings, out)
    assert (found.strings, found.labelled, found.entities, found.clusters) == (8, 7, 3, 3)
    rows = {row.name: row for row in found.rows}
    assert (rows["dovetail"].everything.precision, rows["dovetail"].everything.recall) == (1, 1)
    assert rows["dovetail"].named.recall_at == 1
    assert rows["exact key"].everything.recall == 0
    assert 0 < rows["without similar names"].everything.recall < 1
    with out.open(encoding="utf-8", newline="") as file:
        clusters = {row["id"]: row["cluster"] for row in csv.DictReader(file)}
    assert clusters == {"1": "1", "2": "1", "3": "1", "4": "4", "5": "4", "6": "6", "7": "6", "8": "1"}


def test_labels_move_nothing(tmp_path: Path) -> None:
    with_labels, without = tmp_path / "a.csv", tmp_path / "b.csv"
    with_labels.write_text(STRINGS, "utf-8")
    rows = list(csv.reader(STRINGS.splitlines()))
    with without.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(row[:2] for row in rows)
    for file_in, file_out in ((with_labels, tmp_path / "a-out.csv"), (without, tmp_path / "b-out.csv")):
        evaluate_resolve(file_in, file_out)
    assert (tmp_path / "a-out.csv").read_bytes() == (tmp_path / "b-out.csv").read_bytes()


@pytest.mark.parametrize("text", ["id,name\n1,x\n", "id,text\n1,x\n1,y\n", "id,text\n,x\n"])
def test_broken_files_are_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "r.csv"
    file.write_text(text, "utf-8")
    with pytest.raises(InvalidInput, match=r"r\.csv"):
        evaluate_resolve(file)
