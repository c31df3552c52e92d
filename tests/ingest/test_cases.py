"""What centres really send gets in: every fact that a case expects, by its own columns and by the mapping that is drafted from them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from graph import Store
from ingest.load import ingest
from ingest.mapping.suggest import suggest
from tests.conftest import ROOT
from tests.ingest.facts import Fact, Facts, NotMet

CASES = ROOT / "tests" / "ingest" / "cases"
NAMES = sorted(one.parent.name for one in CASES.glob("*/expect.jsonl"))
_PLACE = "an instrument has no field for its state or its place"
NOT_YET = {
    (
        "demand-form",
        '{"kind": "Institution", "title": "会稽酒业股份有限公司", "field": "industry", "value": "食品制造"}',
    ): "the industry in a form of a demand may be that of the demand or of the firm: it is the demand's",
    ("instruments", '{"kind": "Resource", "title": "X射线衍射仪", "field": "terms|description", "contains": "维修中"}'): _PLACE,
    (
        "instruments",
        '{"kind": "Resource", "title": "低温冷冻干燥中试线", "field": "description|terms", "contains": "滨海校区中试基地"}',
    ): _PLACE,
    (
        "expert-pool",
        '{"expert": "夏雨", "field": "affiliations", "value": ["江城大学", "光谷熔覆科技股份有限公司"]}',
    ): "of two institutions in the brackets behind a name the first is read",
}
"""By case and fact (as ``told`` writes it): why it is not met."""


def told(fact: Fact) -> str:
    """A fact in one line, less its reason."""
    return json.dumps({name: value for name, value in fact.items() if name != "why"}, ensure_ascii=False)


def test_there_are_cases() -> None:
    assert len(NAMES) == 15


@pytest.mark.parametrize("drafted", [False, True], ids=["native", "drafted"])
@pytest.mark.parametrize("name", NAMES)
def test_every_fact_of_a_case_is_met(name: str, drafted: bool, store: Store, tmp_path: Path) -> None:
    folder = CASES / name / "in"
    mapping = tmp_path / "draft.toml" if drafted else None
    if mapping:
        mapping.write_text(suggest([folder]), "utf-8")
    report = ingest(store, [folder], mapping=mapping, rejects=tmp_path / "rejected")
    rejects = "".join(one.read_text("utf-8-sig") for one in sorted((tmp_path / "rejected").glob("*")))
    facts = Facts(store, report.to_text() + json.dumps(report.to_dict(), ensure_ascii=False), rejects)
    expected = [json.loads(line) for line in (CASES / name / "expect.jsonl").read_text("utf-8").splitlines()]
    found = {told(fact): facts.check(fact) for fact in expected}
    wrong: dict[str, NotMet] = {fact: got for fact, got in found.items() if got}
    assert wrong.keys() == {fact for case, fact in NOT_YET if case == name}, wrong
    assert not any(one.rejections and not one.rejects_file for one in report.files)
