"""Coverage, merges and scoring over HTTP: the functions of the desk, for whom they are."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from desk.questions.scoring import scoring
from graph import Store
from graph.ids import record_id
from graph.model import NodeKind
from matcher.question import MILLION, Want
from matcher.score import DEFAULT, Scored, aged, closeness, fit, text_points
from matcher.signals.bm25 import saturate
from matcher.trust.terms import TrustTerm
from tests.api.http.people.conftest import Caller
from tests.conftest import ROOT

Callers = dict[str, Caller]
PAGE = (ROOT / "docs" / "scoring.md").read_text("utf-8")


def test_coverage_counts_what_one_may_see(callers: Callers) -> None:
    operator, nobody = (callers[name]("GET", "/v1/coverage").json() for name in ("operator", "nobody"))
    assert (operator["nodes"]["Achievement"], nobody["nodes"]["Achievement"]) == (4, 2)
    assert operator["revision"] is not None and nobody["revision"] is None
    row = next(one for one in nobody["filled"] if (one["kind"], one["field"]) == ("Achievement", "owners"))
    assert (row["filled"], row["rows"], row["source"]) == (2, 2, "register")


def test_merges_are_the_operator_s(callers: Callers, things_store: Store) -> None:
    operator = callers["operator"]
    for name, status in (("nobody", 401), ("lab", 403)):
        assert callers[name]("GET", "/v1/merges").status_code == status
        assert callers[name]("POST", "/v1/merges", json={}).status_code == status
    assert operator("GET", "/v1/merges").json() == {"total": 0, "pairs": []}
    ends = [record_id(NodeKind.INSTITUTION, "register", one) for one in ("F1", "L1")]
    said = {"left": ends[0], "right": "L1", "verdict": "SAME", "reason": "they say so"}
    assert operator("POST", "/v1/merges", json=said).json()["changed"] > 0
    (pair,) = operator("GET", "/v1/merges").json()["pairs"]
    assert (pair["verdict"], pair["by_person"], pair["reason"]) == ("SAME", True, "they say so")
    assert {pair["left"]["id"], pair["right"]["id"]} == set(ends)
    assert operator("GET", "/v1/institutions/F1").json()["id"] == operator("GET", "/v1/institutions/L1").json()["id"]
    split = said | {"right": ends[1], "verdict": "NOT_SAME", "reason": "they were mistaken"}
    assert operator("POST", "/v1/merges", json=split).status_code == 200
    assert operator("GET", "/v1/institutions/F1").json()["id"] != operator("GET", "/v1/institutions/L1").json()["id"]
    for bad in (said | {"left": "nobody"}, said | {"verdict": "MAYBE"}, said | {"reason": " "}, {"left": "F1"}):
        assert operator("POST", "/v1/merges", json=bad).status_code in (404, 422)
    assert things_store.check(deep=True).problems == ()


def value(formula: str, **given: float) -> float:
    """A formula as arithmetic."""
    text = formula.replace("^", "**")
    assert set(re.findall(r"[A-Za-z_]+", text)) <= given.keys() | {"e"}
    return float(eval(text, {"__builtins__": {}}, given | {"e": math.e}))  # noqa: S307 (a formula of our own)


def test_each_formula_is_what_the_code_computes(callers: Callers) -> None:
    told = callers["nobody"]("GET", "/v1/scoring").json()
    assert told == scoring().model_dump(mode="json")
    quantities = {one["name"]: one["formula"] for one in told["quantities"]}
    for s, most in ((0.0, 3.0), (1.5, 3.0), (7.0, 40.0)):
        assert value(quantities["words"], s=s, S=most) == pytest.approx(float(saturate(np.array([s]), most, DEFAULT)[0]))
    for years in (0, 4, 8, 40):
        day, began = 730_000, np.array([round(730_000 - years * 365.25)], np.int32)
        assert value(quantities["factor"], years=years) == pytest.approx(float(aged(began, day, DEFAULT)[0]), rel=1e-4)
    assert value(quantities["closeness"], meaning=0.4, words=0.3) == pytest.approx(closeness(0.4, 0.3))
    assert value(quantities["profile"], factor=0.7) == pytest.approx(DEFAULT.profile * 0.7)
    assert [set(one["wanted"]) for one in told["wanted"]] == [set(Want) - {Want.EXPERTS}, {Want.EXPERTS}]
    for one, weights in zip(told["wanted"], (DEFAULT, DEFAULT.wanting(Want.EXPERTS)), strict=True):
        for points in (-1.0, 0.0, 0.8, 2.0):
            assert value(one["fit"], points=points) == pytest.approx(fit(round(points * MILLION), weights), abs=1e-6)
        works = [Scored("a", 0.5, 0.4, factor=0.9, field=0.3), Scored("b", 0.4, 0.2, factor=0.6, field=0.1)]
        expected = text_points(works, weights)
        terms = {term["name"]: term for term in one["terms"]}
        for name, points in expected.items():
            weight, said = terms[name]["formula"].split(" * ", 1)
            assert said == f"sum over works i of pool[i] * factor[i] * {name}[i]"
            total = sum(share * work.factor * getattr(work, name) for share, work in zip(one["pool"], works, strict=False))
            assert round(MILLION * float(weight) * total) == points
        of_trust = {term.name: term for term in weights.trust_terms}
        assert list(terms) == [*expected, *of_trust]
        for name, term in of_trust.items():
            breadth = 2.0
            share = 1.0 if math.isinf(term.narrow) else term.narrow / (term.narrow + breadth)
            counted = TrustTerm(name, term.weight * share, term.half, term.ways)
            for r, s in ((0.0, 0.0), (1.0, 0.2), (0.1, 3.0)):
                points = MILLION * value(terms[name]["formula"], r=r, s=s, breadth=breadth)
                assert points == pytest.approx(counted.points(r, s), abs=1)
            assert terms[name]["weight"] == term.weight


def headings(text: str) -> set[str]:
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-") for title in titles}


def test_the_page_has_what_the_code_says() -> None:
    told = scoring()
    anchors = headings(PAGE)

    def is_told(number: float) -> bool:
        return any(re.search(rf"(?<![\d.]){re.escape(form)}(?![\d])", PAGE) for form in (f"{number:g}", f"{number:g}".removeprefix("0")))

    for wanted in told.wanted:
        for term in wanted.terms:
            page, _, anchor = term.documentation.partition("#")
            assert (ROOT / page).exists() and anchor in anchors
            assert is_told(term.weight), term
            assert f"**{term.name.capitalize()}" in PAGE or f"| {term.name} | " in PAGE
    for term in told.wanted[0].terms[2:]:
        half = term.formula.rsplit("+ ", 1)[1].rstrip(")")
        assert f"| {term.name} | {term.weight:g}".replace("0.", ".") + f" | {half} |".replace("0.", ".") in PAGE, term
    for band in told.fit_bands:
        assert f"| {band.band} | {band.least:g} |" in PAGE
    for kind in told.evidence:
        assert is_told(kind.weight) and is_told(kind.halflife) and kind.kind.replace("_", " ") in PAGE
