"""Evaluation: the table and the scores of a small authored set, the same twice, and errors that name their place."""

from __future__ import annotations

import csv
import gzip
import io
import math
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import InvalidInput
from matcher.embedding.embedder import Embedder
from matcher.evaluate import Evaluation, evaluate_match
from matcher.evaluate import match as module
from matcher.evaluate.baselines import Bm25, plain_terms, random_scores
from matcher.evaluate.learn import Learnt
from matcher.evaluate.match import ABLATIONS
from matcher.score import DEFAULT

DOCUMENTS = [
    ("a1", "Thermal barrier coating for turbine blades", "A plasma sprayed zirconia layer protects nickel blades at 1200 C."),
    ("a2", "耐高温涂层制备工艺", "采用等离子喷涂在镍基合金上制备氧化锆热障涂层，可在1200摄氏度下工作。"),
    ("a3", "Spray gun with adjustable nozzle", "A paint gun for furniture with three nozzles."),
    ("b1", "Ceramic separator for lithium cells", "A coated separator shuts down at 130 C and keeps cells from burning."),
    ("b2", "锂电池热失控预警", "通过气体传感器提前发现电池热失控。"),
    ("b3", "Recycling of battery cathodes", "Leaching recovers cobalt and nickel from spent cathodes."),
    ("c1", "温室番茄病害识别", "用卷积神经网络识别番茄叶片病害，准确率96%。"),
    ("c2", "Leaf disease detection with a phone", "A small network finds blight on tomato leaves in photographs."),
    ("c3", "Greenhouse heating by ground water", "A heat pump keeps a greenhouse at 18 C in winter."),
    ("d1", "污水处理厂曝气节能控制", "根据溶解氧调节风机，能耗降低20%。"),
    ("d2", "Aeration control for sewage plants", "Blowers follow the ammonia load; energy falls by a fifth."),
    ("d3", "Membrane for sea water", "A membrane removes salt from sea water at low pressure."),
]
QUERIES = [
    ("q1", "Coating for hot turbine blades", "Our nickel blades must survive 1200 C. Which layer protects them?"),
    ("q2", "电池防火", "我们需要防止锂电池热失控起火的隔膜或预警方法。"),
    ("q3", "", "Find tomato leaf disease from photographs in a greenhouse."),
    ("q4", "Energy for aeration", ""),
]
FAMILY = {"q1": "a", "q2": "b", "q3": "c", "q4": "d"}
GRADES = [
    (query, document, {"1": 4, "2": 4, "3": 2}[document[1]] if document[0] == family else 1)
    for query, family in FAMILY.items()
    for document, _, _ in DOCUMENTS
    if document[1] != "3" or document[0] == family
]
HEADERS = {
    "queries": ["id", "title", "description"],
    "documents": ["id", "title", "abstract"],
    "judgements": ["query_id", "candidate_id", "grade"],
}
TITLES = st.sampled_from(["", "steel", "涂层"])
BODIES = st.lists(st.sampled_from(["涂层", "高温", "steel", "laser", "the"]), max_size=9).map(" ".join)


@pytest.fixture(autouse=True)
def own_indexes(embedder: Embedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert embedder.cache
    monkeypatch.setenv("DOVETAIL_CACHE", str(tmp_path / "cache"))


def table(path: Path, kind: str, rows: Sequence[Sequence[object]], header: Sequence[str] | None = None) -> Path:
    """``rows`` as a CSV file, packed if its name ends in .gz."""
    text = io.StringIO()
    csv.writer(text).writerows([HEADERS[kind] if header is None else header, *rows])
    content = text.getvalue().encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def files(folder: Path, end: str = ".csv", grades: Sequence[Sequence[object]] = GRADES) -> tuple[Path, Path, Path]:
    return (
        table(folder / f"queries{end}", "queries", QUERIES),
        table(folder / f"documents{end}", "documents", DOCUMENTS),
        table(folder / f"judgements{end}", "judgements", grades),
    )


def scores_in(path: Path) -> dict[tuple[str, str], float]:
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["query_id", "candidate_id", "score"]
    assert len({(query, one) for query, one, *_ in rows[1:]}) == len(rows) - 1
    return {(query, one): float(score) for query, one, score in rows[1:]}


def value(found: Evaluation, row: str, metric: str) -> float:
    return next(one for one in found.rows if one.name == row).metrics[metric][0]


def test_the_table_of_a_graded_set(tmp_path: Path, embedder: Embedder) -> None:
    found = evaluate_match(*files(tmp_path), embedder=embedder)
    assert (found.questions, found.documents, found.judged, found.pool, found.model) == (4, 12, len(GRADES), "judged", "default")
    assert [row.name for row in found.rows] == ["random", "BM25", *ABLATIONS]
    for row in found.rows:
        assert set(row.metrics) == {"nDCG@10", "R@100"}
        for mean, low, high in row.metrics.values():
            assert 0 <= low <= mean <= high <= 1
    assert value(found, "dovetail", "nDCG@10") > 0.9 > value(found, "random", "nDCG@10")
    assert value(found, "dovetail", "R@100") == 1.0
    assert value(found, "dovetail", "nDCG@10") >= value(found, "BM25", "nDCG@10")


def test_the_table_of_a_binary_set(tmp_path: Path, embedder: Embedder) -> None:
    binary = [(query, one, 1) for query, one, grade in GRADES if grade == 4]
    found = evaluate_match(*files(tmp_path, grades=binary), embedder=embedder)
    assert all(set(row.metrics) == {"hit@1", "hit@10", "MRR"} for row in found.rows)
    assert value(found, "dovetail", "hit@10") == 1.0
    assert value(found, "dovetail", "MRR") > value(found, "random", "MRR")


def test_packed_files_and_a_second_run_give_the_same(tmp_path: Path, embedder: Embedder) -> None:
    first, second = tmp_path / "first.csv", tmp_path / "second.csv.gz"
    plain = evaluate_match(*files(tmp_path), embedder=embedder, scores=first)
    packed = evaluate_match(*files(tmp_path, ".csv.gz"), embedder=embedder, scores=second)
    assert plain == packed
    assert first.read_bytes() == gzip.decompress(second.read_bytes())
    assert not list((tmp_path / "cache" / "index").iterdir())  # nothing stays of a run


def test_scores_of_judged_pairs_hold_every_pair(tmp_path: Path, embedder: Embedder) -> None:
    path = tmp_path / "scores.csv"
    evaluate_match(*files(tmp_path), embedder=embedder, scores=path)
    assert scores_in(path).keys() == {(query, one) for query, one, _ in GRADES}


@pytest.mark.parametrize("judged", [True, False])
def test_scores_over_all_documents_are_cut(tmp_path: Path, embedder: Embedder, monkeypatch: pytest.MonkeyPatch, judged: bool) -> None:
    queries, documents, judgements = files(tmp_path)
    whole, cut = tmp_path / "whole.csv", tmp_path / "cut.csv"
    evaluate_match(queries, documents, judgements if judged else None, embedder=embedder, pool="all", scores=whole)
    monkeypatch.setattr(module, "DEPTH", 3)
    found = evaluate_match(queries, documents, judgements if judged else None, embedder=embedder, pool="all", scores=cut)
    assert bool(found.rows) is judged
    every, best = scores_in(whole), scores_in(cut)
    for query, *_ in QUERIES:
        ranking = sorted((-score, one) for (asked, one), score in every.items() if asked == query)
        assert [(-score, one) for (asked, one), score in best.items() if asked == query] == ranking[:3]
        assert {one for _, one in ranking[:2]} & {f"{FAMILY[query]}1", f"{FAMILY[query]}2"}


def test_a_score_is_one_whoever_else_is_judged(tmp_path: Path, embedder: Embedder) -> None:
    (tmp_path / "few").mkdir()
    every, few = tmp_path / "every.csv", tmp_path / "few.csv"
    evaluate_match(*files(tmp_path), embedder=embedder, scores=every)
    evaluate_match(*files(tmp_path / "few", grades=GRADES[::3]), embedder=embedder, scores=few)
    known = scores_in(every)
    assert all(known[pair] == score for pair, score in scores_in(few).items())


def test_progress_is_told_and_texts_are_cleaned(tmp_path: Path, embedder: Embedder) -> None:
    told: list[str] = []
    cleaned: list[str] = []

    def clean(text: str) -> str:
        cleaned.append(text)
        return text

    evaluate_match(*files(tmp_path), embedder=embedder, clean=clean, progress=lambda label, _done, _total: told.append(label))
    assert {"documents", "count words", *ABLATIONS} <= set(told)
    assert set(cleaned) == {text for _, *texts in (*QUERIES, *DOCUMENTS) for text in texts}


def test_what_is_learnt_is_a_row_and_a_sentence(tmp_path: Path, embedder: Embedder) -> None:
    queries, documents, judgements = files(tmp_path)
    plain, learnt = tmp_path / "plain.csv", tmp_path / "learnt.csv"
    expected = evaluate_match(queries, documents, judgements, embedder=embedder, scores=plain)
    found = evaluate_match(queries, documents, judgements, learn=judgements, embedder=embedder, scores=learnt)
    assert found.rows[:-1] == expected.rows
    assert (expected.notes, found.rows[-1].name) == ((), "learnt")
    assert "the weights stay as they are" in found.notes[0]  # four questions teach nothing
    assert found.rows[-1].metrics == next(row for row in found.rows if row.name == "dovetail").metrics
    assert learnt.read_bytes() == plain.read_bytes()
    assert found.notes[1].startswith("4 of the questions were also learnt from")


def test_weights_that_are_learnt_make_the_scores(tmp_path: Path, embedder: Embedder, monkeypatch: pytest.MonkeyPatch) -> None:
    best = msgspec.structs.replace(DEFAULT, words=3.5)
    monkeypatch.setattr(module, "learnt", lambda _measure: Learnt(best, best, (0.1, 0.05, 0.15)))
    queries, documents, judgements = files(tmp_path)
    plain, learnt = tmp_path / "plain.csv", tmp_path / "learnt.csv"
    evaluate_match(queries, documents, judgements, embedder=embedder, scores=plain)
    evaluate_match(queries, documents, judgements, learn=judgements, embedder=embedder, scores=learnt)
    before, after = scores_in(plain), scores_in(learnt)
    assert all(after[pair] >= score for pair, score in before.items())
    assert any(after[pair] > score for pair, score in before.items())


# -- what is wrong with a file


@pytest.mark.parametrize(
    ("which", "kind", "header", "rows", "expected"),
    [
        (0, "queries", ["id", "title"], [("q1", "x")], ("queries.csv:1", "description")),
        (1, "documents", ["id", "name", "text"], [("a", "x", "y")], ("documents.csv:1", "title, abstract")),
        (1, "documents", [], [], ("documents.csv:1", "id, title, abstract")),
        (2, "judgements", ["query_id", "candidate_id"], [("q1", "a1")], ("judgements.csv:1", "grade")),
        (2, "judgements", None, [("q1", "a1", 1), ("q9", "a1", 1)], ("judgements.csv:3", "query_id: q9")),
        (2, "judgements", None, [("q1", "zz", 1)], ("judgements.csv:2", "candidate_id: zz")),
        (2, "judgements", None, [("q1", "a1", 1), ("q1", "a2", "good")], ("judgements.csv:3", "grade: a grade is a whole number")),
        (2, "judgements", None, [("q1", "a1", "")], ("judgements.csv:2", "grade: a grade is a whole number")),
        (2, "judgements", None, [("q1", "a1", "1.5")], ("judgements.csv:2", "grade: a grade is a whole number")),
    ],
)
def test_errors_name_file_line_and_column(
    tmp_path: Path,
    embedder: Embedder,
    which: int,
    kind: str,
    header: list[str] | None,
    rows: list[tuple[object, ...]],
    expected: tuple[str, str],
) -> None:
    given = files(tmp_path)
    table(given[which], kind, rows, header)
    with pytest.raises(InvalidInput) as failed:
        evaluate_match(*given, embedder=embedder)
    assert all(part in str(failed.value) for part in expected), failed.value


@pytest.mark.parametrize("name", ["missing.csv", "folder.csv", "latin.csv", "not-packed.csv.gz", "cut.csv.gz", "damaged.csv.gz"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, embedder: Embedder, name: str) -> None:
    queries, documents, _ = files(tmp_path)
    packed = table(tmp_path / "whole.csv.gz", "documents", DOCUMENTS * 50).read_bytes()
    match name:
        case "folder.csv":
            (tmp_path / name).mkdir()
        case "latin.csv":
            (tmp_path / name).write_bytes("id,title,abstract\na,Kühlung,x\n".encode("latin-1"))
        case "not-packed.csv.gz":
            (tmp_path / name).write_bytes(documents.read_bytes())
        case "cut.csv.gz":
            (tmp_path / name).write_bytes(packed[: len(packed) // 2])
        case "damaged.csv.gz":
            (tmp_path / name).write_bytes(packed[:30] + b"\xff" * 200 + packed[230:])
    with pytest.raises(InvalidInput, match=name):
        evaluate_match(queries, tmp_path / name, embedder=embedder)


def test_empty_texts_are_left_out_and_no_harm(tmp_path: Path, embedder: Embedder) -> None:
    queries = table(tmp_path / "q.csv", "queries", [*QUERIES, ("q0", "", " ")])
    documents = table(tmp_path / "d.csv", "documents", [*DOCUMENTS, ("e0", "", "")])
    judgements = table(tmp_path / "j.csv", "judgements", [*GRADES, ("q0", "a1", 2), ("q1", "e0", 1)])
    path = tmp_path / "scores.csv"
    found = evaluate_match(queries, documents, judgements, embedder=embedder, scores=path)
    assert (found.questions, found.documents) == (5, 13)
    assert scores_in(path).keys() == {(query, one) for query, one, _ in GRADES}


# -- the baselines


@given(
    documents=st.dictionaries(st.text("abc", min_size=1, max_size=3), st.tuples(TITLES, BODIES), min_size=1, max_size=7),
    asked=st.lists(st.sampled_from(["涂层", "steel", "laser", "高温涂层", "unknown"]), max_size=6).map(" ".join),
)
def test_the_bm25_baseline_is_a_plain_double_loop(documents: dict[str, tuple[str, str]], asked: str) -> None:
    held = {one: plain_terms("\n".join(texts)) for one, texts in documents.items()}
    mean = sum(map(len, held.values())) / len(held) or 1.0
    got = Bm25(documents).rank(asked)
    for one, words in held.items():
        expected = 0.0
        for term in plain_terms(asked):
            df = sum(term in other for other in held.values())
            tf = words.count(term)
            norm = 1.2 * (1 - 0.75 + 0.75 * len(words) / mean)
            expected += math.log(1 + (len(held) - df + 0.5) / (df + 0.5)) * tf / (tf + norm)
        assert got.get(one, 0.0) == pytest.approx(expected, abs=1e-12)


def test_the_baseline_reads_words_as_they_stand() -> None:
    assert plain_terms("The Coatings of ＴｉＡｌＮ films，高温涂层 膜") == ["coatings", "tialn", "films", "高温", "温涂", "涂层", "膜"]


def test_the_random_baseline_is_the_same_in_every_run_and_uniform() -> None:
    texts = {str(n): ("", "") for n in range(60)}
    scores = random_scores(texts, texts)
    assert scores == random_scores(texts, dict(reversed(texts.items())))
    values = [score for ranking in scores.values() for score in ranking.values()]
    assert min(values) >= 0
    assert max(values) < 1
    assert 0.45 < sum(values) / len(values) < 0.55
