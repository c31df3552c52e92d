"""``dovetail evaluate partners`` and ``experts``: small authored sets from files to figures."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tests.api.conftest import Run

TEXTS = {
    "coat": ("Thermal barrier coating for turbine blades", "A plasma sprayed zirconia layer protects nickel blades at 1200 C."),
    "cell": ("Ceramic separator for lithium cells", "A coated separator shuts down at 130 C and keeps cells from burning."),
    "leaf": ("Leaf disease detection with a phone", "A small network finds blight on tomato leaves in photographs."),
}
WORKS = [
    ("o1", *TEXTS["coat"], "Alfa Coatings, Inc.", "2010-07-01"),
    ("o2", *TEXTS["coat"], "Beta Blades LLC", "2012-07-01"),
    ("o3", *TEXTS["cell"], "Gamma Cells Ltd", "2010-07-01"),
    ("o4", *TEXTS["leaf"], "ALFA COATINGS INC", "2011-07-01"),
    ("o5", "Turbine blade coating by laser", "A laser coats nickel turbine blades with zirconia.", "Delta; Late | Firm", "2019"),
    ("o6", "", "", "Nobody", "2010"),
]
DEALINGS = [
    ("The Office", "Beta Blades LLC", "2012-07-01", "Phase I", "100000"),
    ("The Office", "Beta Blades LLC", "2012-07-01", "Phase I", "100000"),
    ("The Office", "Gamma Cells Ltd", "2011", "Phase I", ""),
    ("The Office", "Alfa Coatings, Inc.", "2020", "Phase I", ""),
]
ASKED = [
    ("q1", "Coating of turbine blades", "We need a zirconia coating for nickel turbine blades.", "The Office", "2015-01-01"),
    ("q2", "Safe separator", "Which separator keeps lithium cells from burning?", "A Stranger", "2015-01-01"),
]
TAKEN = [("q1", "Beta Blades LLC"), ("q1", "Alfa Coatings, Inc."), ("q2", "Gamma Cells Ltd"), ("q2", "Never Heard Of")]


def table(folder: Path, name: str, header: str, rows: list[Any]) -> Path:
    path = folder / f"{name}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header.split(","), *rows])
    return path


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def partners(tmp_path: Path) -> list[object]:
    """The options of a small set of partners."""
    return [
        "--queries", table(tmp_path, "P", "id,title,description,posted_by,as_of", ASKED),
        "--achievements", table(tmp_path, "O", "id,title,abstract,owner,date", WORKS),
        "--cooperations", table(tmp_path, "K", "source,target,date,kind,amount", DEALINGS),
        "--part-of", table(tmp_path, "H", "child,parent", [("The Office", "The Department")]),
        "--judgements", table(tmp_path, "I", "query_id,institution", TAKEN),
    ]  # fmt: skip


def test_partners_from_files_to_figures(run: Run, partners: list[object], tmp_path: Path) -> None:
    scores, figures = tmp_path / "scores.csv", tmp_path / "figures.json"
    done = run("evaluate", "partners", *partners, "--scores", scores, "--json", figures)
    assert done.exit_code == 0, done.output
    found = json.loads(figures.read_text("utf-8"))
    rows = {row["name"]: {name: figure["value"] for name, figure in row["metrics"].items()} for row in found["rows"]}
    # q1: Beta, whom the office knows, then Alfa; q2: Gamma, and somebody whom nobody knows
    assert rows["dovetail"] == {"hit@1": 0.5, "hit@10": 0.75, "hit@50": 0.75, "MRR": pytest.approx((1 + 1 / 2 + 1) / 4)}
    assert rows["text only"]["MRR"] == pytest.approx((1 + 1 / 2 + 1) / 4)  # a tie of text, broken by id either way
    assert rows["decayed dealings"]["hit@1"] == 0.25
    assert rows["trust only"]["hit@1"] == 0.25
    assert {"random", "BM25, best work", "dense only", "words only", "Scale cut at 2015-01-01"} <= rows.keys()
    gains = rows["dovetail less text only"]
    assert gains == pytest.approx({name: rows["dovetail"][name] - rows["text only"][name] for name in gains})
    assert any("1 judged institution" in note for note in found["notes"])
    assert any("1 achievements left out" in note for note in found["notes"])
    assert "earlier works of a candidate (quartiles): the first ten 1, 1, 1.75; those taken 1, 1, 1.5; all 1, 1, 1.75" in found["notes"]


def test_scores_of_partners_have_a_row_a_spelling(run: Run, partners: list[object], tmp_path: Path) -> None:
    scores = tmp_path / "scores.csv"
    assert run("evaluate", "partners", *partners, "--scores", scores).exit_code == 0
    listed = rows_of(scores)
    assert list(listed[0]) == ["query_id", "institution", "score", "entity"]
    first = [row for row in listed if row["query_id"] == "q1"]
    alfa = [row for row in first if row["institution"] in ("Alfa Coatings, Inc.", "ALFA COATINGS INC")]
    assert len(alfa) == 2
    assert len({(row["entity"], row["score"]) for row in alfa}) == 1
    assert first[0]["institution"] == "Beta Blades LLC"
    assert float(first[0]["score"]) > float(alfa[0]["score"])  # the same text, and two dealings before 2015
    assert not any("Delta" in row["institution"] for row in listed)  # its work is dated later


def test_a_later_dealing_changes_nothing(run: Run, partners: list[object], tmp_path: Path) -> None:
    before, after = tmp_path / "before.csv", tmp_path / "after.csv"
    run("evaluate", "partners", *partners, "--scores", before)
    table(tmp_path, "K", "source,target,date,kind,amount", [*DEALINGS, *[("The Office", "Alfa Coatings, Inc.", "2016", "II", "")] * 5])
    run("evaluate", "partners", *partners, "--scores", after)
    assert before.read_bytes() == after.read_bytes()


@pytest.mark.parametrize(
    ("name", "header", "rows", "expected"),
    [
        ("P", "id,title,description,posted_by", [("q1", "a", "b", "c")], "as_of"),
        ("P", "id,title,description,posted_by,as_of", [(*ASKED[0][:4], "soon")], "P.csv:2: as_of"),
        ("I", "query_id,institution", [("q1", "x"), ("q9", "x")], "I.csv:3: query_id: q9"),
    ],
)
def test_what_is_wrong_with_a_file_of_partners(
    run: Run, partners: list[object], tmp_path: Path, name: str, header: str, rows: list[Any], expected: str
) -> None:
    table(tmp_path, name, header, rows)
    done = run("evaluate", "partners", *partners)
    assert done.exit_code == 2
    assert expected in done.stderr


# -- partners by the parties of works

TOGETHER = [
    ("o1", "Alfa Coatings, Inc.", "lead", "2010-07-01", "paper"),
    ("o1", "The Office", "party", "2010-07-01", "paper"),
    ("o1", "ALFA COATINGS INC", "party", "2010-07-01", "paper"),  # the same by another name: two parties, not three
    ("p1", "The Office", "", "2011-07-01", "project"),
    ("p1", "Gamma Cells Ltd", "", "2011-07-01", "project"),
    ("p1", "Delta; Late | Firm", "", "2011-07-01", "project"),
    ("p2", "Beta Blades LLC", "lead", "2012-07-01", "paper"),  # alone: no cooperation
]
SHARED = [("o1", *TEXTS["coat"], owner, "2010-07-01") for owner in ("Alfa Coatings, Inc.", "The Office")]


@pytest.fixture
def parties(tmp_path: Path) -> list[object]:
    """The options of a small set of the parties of works."""
    taken = [("q1", "Alfa Coatings, Inc."), ("q1", "ALFA COATINGS INC"), ("q1", "Beta Blades LLC"), ("q1", "Never Heard Of")]
    return [
        "--queries", table(tmp_path, "P", "id,title,description,posted_by,as_of", ASKED),
        "--achievements", table(tmp_path, "O", "id,title,abstract,owner,date", [*SHARED, *WORKS[1:5]]),
        "--parties", table(tmp_path, "L", "work,institution,role,date,kind", TOGETHER),
        "--judgements", table(tmp_path, "I", "query_id,institution", [*taken, ("q2", "Gamma Cells Ltd")]),
    ]  # fmt: skip


def by_block(figures: dict[str, Any]) -> dict[str, dict[str, dict[str, float]]]:
    blocks = {"all": figures["rows"], **{block["name"]: block["rows"] for block in figures["blocks"]}}
    return {
        name: {row["name"]: {metric: figure["value"] for metric, figure in row["metrics"].items()} for row in rows}
        for name, rows in blocks.items()
    }


def test_parties_from_files_to_figures(run: Run, parties: list[object], tmp_path: Path) -> None:
    scores, path = tmp_path / "scores.csv", tmp_path / "figures.json"
    done = run("evaluate", "partners", *parties, "--scores", scores, "--json", path)
    assert done.exit_code == 0, done.output
    figures = json.loads(path.read_text("utf-8"))
    found = by_block(figures)
    # q1: Alfa, whom the office worked with, is taken once though it is named twice; Beta is new; nobody is known by the third name
    assert {block["name"]: block["questions"] for block in figures["blocks"]} == {"old ties": 1, "new ties": 2, "new ties among new": 2}
    assert found["all"]["dovetail"] == pytest.approx({
        "hit@10": 1.0, "hit@50": 1.0, "R@10": (2 / 3 + 1) / 2, "R@50": (2 / 3 + 1) / 2,
        "MRR": ((1 + 1 / 2 + 0) / 3 + 1) / 2, "MRR first": 1.0,
    })  # fmt: skip
    # Alfa and Beta, who have the same text, are first and second of q1 either way; Beta is first once Alfa is gone
    alfa = found["old ties"]["dovetail"]["MRR"]
    assert alfa in (1.0, 0.5)
    assert found["new ties"]["dovetail"]["MRR first"] == pytest.approx(((1.5 - alfa) + 1) / 2)
    assert found["new ties among new"]["dovetail"]["MRR first"] == 1.0
    # the office's dealings: Alfa 1/1 on coatings, Gamma and Delta 1/2 each on nothing that has a text
    assert found["old ties"]["decayed dealings"]["MRR"] == 1.0
    assert found["old ties"]["dealings by topic"]["hit@10"] == 1.0
    assert found["new ties"]["decayed dealings"]["hit@50"] == 0.0
    for rows in found.values():
        assert {"random", "popularity", "partners of partners", "best mix", "BM25, best + half", "trust only"} <= rows.keys()
        gains = rows["dovetail less text only"]
        assert gains == pytest.approx({name: rows["dovetail"][name] - rows["text only"][name] for name in gains})
    assert any(note.startswith("best mix: ") for note in figures["notes"])
    assert any(note.startswith("popularity of a candidate (quartiles): ") for note in figures["notes"])
    assert not any("cooperations left out" in note for note in figures["notes"])
    assert {row["institution"] for row in rows_of(scores) if row["query_id"] == "q2"} >= {"Gamma Cells Ltd", "Alfa Coatings, Inc."}


def test_an_embargo_asks_earlier(run: Run, parties: list[object], tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    # 1,600 days before 2015 is August 2010: the office's project of 2011 is not yet, its paper of July 2010 is
    assert run("evaluate", "partners", *parties, "--embargo", 1600, "--json", path).exit_code == 0
    found = by_block(json.loads(path.read_text("utf-8")))
    assert "Scale cut at 2010-08-15" in found["all"]
    assert found["old ties"]["decayed dealings"]["MRR"] == 1.0
    # a year earlier nobody has done anything
    assert run("evaluate", "partners", *parties, "--embargo", 1965, "--json", path).exit_code == 0
    found = by_block(json.loads(path.read_text("utf-8")))
    assert found.keys() == {"all", "new ties", "new ties among new"}
    assert set(found["all"]["dovetail"].values()) == {0.0}


def test_a_later_work_together_changes_nothing(run: Run, parties: list[object], tmp_path: Path) -> None:
    before, after = tmp_path / "before.csv", tmp_path / "after.csv"
    run("evaluate", "partners", *parties, "--scores", before)
    later = [("p9", name, "party", "2016-01-01", "project") for name in ("The Office", "Beta Blades LLC")]
    table(tmp_path, "L", "work,institution,role,date,kind", [*TOGETHER, *later])
    run("evaluate", "partners", *parties, "--scores", after)
    assert before.read_bytes() == after.read_bytes()


def test_dealings_come_from_one_file(run: Run, parties: list[object], partners: list[object]) -> None:
    for options in ([*parties, "--cooperations", partners[5]], [*parties[:4], *parties[6:]]):
        done = run("evaluate", "partners", *options)
        assert done.exit_code == 2
        assert "give either --cooperations or --parties" in done.stderr


# -- experts


@pytest.fixture
def experts(tmp_path: Path) -> list[object]:
    """The options of a small set of experts: w1 is a question too, by the expert who wrote nothing else."""
    works = [
        ("w1", *TEXTS["coat"]), ("w2", *TEXTS["coat"]), ("w3", *TEXTS["cell"]), ("w4", *TEXTS["leaf"]), ("w5", *TEXTS["leaf"]),
    ]  # fmt: skip
    wrote = [("e1", "w1"), ("e2", "w2"), ("e3", "w3"), ("e4", "w4"), ("e4", "w5"), ("e9", "w77")]
    return [
        "--queries", table(tmp_path, "Q", "id,title,description", [("w1", "", " ".join(TEXTS["coat"])), ("x", "", "tomato leaf blight")]),
        "--works", table(tmp_path, "W", "id,title,abstract", works),
        "--authorship", table(tmp_path, "A", "expert_id,work_id", wrote),
        "--candidates", table(tmp_path, "C", "expert_id", [("e1",), ("e2",), ("e3",), ("e4",), ("e5",)]),
        "--judgements", table(tmp_path, "J", "query_id,candidate_id,grade", [("w1", "e2", 1), ("w1", "e3", 0), ("x", "e4", 1)]),
    ]  # fmt: skip


def test_a_work_with_the_questions_id_is_no_evidence(run: Run, experts: list[object], tmp_path: Path) -> None:
    scores, figures = tmp_path / "scores.csv", tmp_path / "figures.json"
    done = run("evaluate", "experts", *experts, "--scores", scores, "--json", figures)
    assert done.exit_code == 0, done.output
    listed = {(row["query_id"], row["candidate_id"]): float(row["score"]) for row in rows_of(scores)}
    assert len(listed) == 10  # every candidate for every question
    assert listed["w1", "e1"] == 0.0  # it wrote the question, and nothing else
    assert max(listed, key=lambda pair: (pair[0] == "w1", listed[pair])) == ("w1", "e2")
    assert listed["x", "e5"] == 0.0  # without works
    found = json.loads(figures.read_text("utf-8"))
    rows = {row["name"]: {name: figure["value"] for name, figure in row["metrics"].items()} for row in found["rows"]}
    # of w1 two experts are judged, and in the right order; nobody is judged twice
    assert rows["dovetail"] == {"AUC": 100, "P@10": 10, "AP": 100, "loss by question": 0}
    assert rows["own work counted"]["AP"] == 75  # e1 and e2 tie at the first question, and e1 is named first
    assert rows["BM25, best work"]["AP"] == 100
    assert any("1 works of A.csv" in note for note in found["notes"])


def test_experts_without_judgements_have_scores_only(run: Run, experts: list[object], tmp_path: Path) -> None:
    scores = tmp_path / "scores.csv"
    done = run("evaluate", "experts", *experts[:6], "--scores", scores, "--json", "-")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["rows"] == []
    assert {row["candidate_id"] for row in rows_of(scores)} == {"e1", "e2", "e3", "e4", "e9"}  # all authors


def test_a_judged_expert_who_is_no_candidate_is_refused(run: Run, experts: list[object], tmp_path: Path) -> None:
    table(tmp_path, "J", "query_id,candidate_id,grade", [("x", "e9", 1)])
    done = run("evaluate", "experts", *experts)
    assert done.exit_code == 2
    assert "J.csv:2: candidate_id: e9" in done.stderr


def test_grades_are_fractions_and_the_losses_a_plain_loop_over_the_scores(run: Run, experts: list[object], tmp_path: Path) -> None:
    grades = {
        ("w1", "e2"): 1.0, ("w1", "e3"): 0.0, ("w1", "e4"): 0.5, ("w1", "e5"): 0.25, ("x", "e4"): 0.75, ("x", "e2"): 0.5, ("x", "e3"): 0.75,
    }  # fmt: skip
    table(tmp_path, "J", "query_id,candidate_id,grade", [(*pair, grade) for pair, grade in grades.items()])
    scores, figures = tmp_path / "scores.csv", tmp_path / "figures.json"
    done = run("evaluate", "experts", *experts, "--scores", scores, "--json", figures)
    assert done.exit_code == 0, done.output
    listed = {(row["query_id"], row["candidate_id"]): float(row["score"]) for row in rows_of(scores)}

    def loss(side: int) -> float:
        lost = weight = 0.0
        for one, grade in grades.items():
            for other, less in grades.items():
                if one[side] == other[side] and grade > less:
                    weight += grade - less
                    lost += (grade - less) * (1 if listed[other] > listed[one] else 0.5 if listed[other] == listed[one] else 0)
        return 100 * lost / weight

    rows = {row["name"]: row["metrics"] for row in json.loads(figures.read_text("utf-8"))["rows"]}
    assert rows["dovetail"]["loss by question"]["value"] == pytest.approx(loss(0))
    assert rows["dovetail"]["loss by expert"]["value"] == pytest.approx(loss(1))
    assert loss(1) > 0  # e3 is the better judged for leaves, and its coated separator is nearer to the coating
    assert rows["dovetail"]["P@10"]["value"] == pytest.approx(100 * (2 / 10 + 3 / 10) / 2)  # relevant from a half on
    assert {"loss by expert", "loss by question"} <= rows["cosine, mean of three"].keys()


def test_where_all_grades_are_one_the_others_are_judged_zero(run: Run, experts: list[object], tmp_path: Path) -> None:
    table(tmp_path, "J", "query_id,candidate_id", [("w1", "e2"), ("x", "e4")])  # without grades: relevant
    figures = tmp_path / "figures.json"
    done = run("evaluate", "experts", *experts, "--json", figures)
    assert done.exit_code == 0, done.output
    rows = {row["name"]: row["metrics"] for row in json.loads(figures.read_text("utf-8"))["rows"]}
    for name in ("loss by expert", "loss by question"):
        assert rows["dovetail"][name]["value"] == 0
        assert rows["random"][name]["value"] > 0


@pytest.mark.parametrize("grade", ["1.5", "-1", "nan", "good"])
def test_a_grade_is_from_0_to_1(run: Run, experts: list[object], tmp_path: Path, grade: str) -> None:
    table(tmp_path, "J", "query_id,candidate_id,grade", [("x", "e4", grade)])
    done = run("evaluate", "experts", *experts)
    assert done.exit_code == 2
    assert "J.csv:2: grade: a grade is a number from 0 to 1" in done.stderr
