"""What is asked about and what is wanted: each pair of the table in docs/scoring.md is asked of the example centre."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest

from api.settings import Settings, embedder
from desk import ask
from desk.schemas import MatchRequest
from graph import connect
from graph.errors import InvalidInput
from graph.model import Achievement, Cooperation, Demand, Expert, Institution, Node, NodeKind, Resource
from graph.viewer import OWNER, Viewer
from matcher.columns.tables import NODE_KINDS
from matcher.index.snapshot import Snapshot
from matcher.question import Answer, PartnerRole, Want
from matcher.text.passages import text_of
from tests.conftest import ROOT

DAY = "2026-06-30"
DOCS = (ROOT / "docs" / "scoring.md").read_text("utf-8")
Ask = Callable[..., Answer]
ABOUT = {
    "text": {"text": "可控降解镁合金骨钉的微弧氧化 Mg-Zn-Ca bone screws"}, "demand": {"about": "D06"}, "achievement": {"about": "A01"},
    "institution": {"about": "I06"}, "expert": {"about": "E01"}, "resource": {"about": "R01"},
}  # fmt: skip


def table(first: str) -> list[list[str]]:
    """The rows of the table whose header begins so."""
    found = re.search(rf"^\| {first}.*\n\|[-|]+\|\n((?:\|.*\n)+)", DOCS, re.MULTILINE)
    assert found
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in found[1].splitlines()]


WANTED = re.findall(r"\w+", (re.search(r"^\| asked about (.*)$", DOCS, re.MULTILINE) or [""] * 2)[1])
PAIRS = {(about, want): way for about, *ways in table("asked about") for want, way in zip(WANTED, ways, strict=True)}
WAYS = {way: tuple(rest) for way, *rest in table(r"\|")}
KINDS = {"institutions": Institution, "experts": Expert, "achievements": Achievement, "demands": Demand, "resources": Resource}


@pytest.fixture(scope="module")
def opened(centre_url: str) -> Iterator[tuple[Ask, dict[str, Node]]]:
    """The answer of the example centre to a request, every weak match with it, and its nodes."""
    store = connect(centre_url)
    model = embedder(Settings(), store)
    snapshot = Snapshot.open(store, model)
    nodes = {node.id: node for kind in NodeKind for node in store.scan(kind) if isinstance(node, Node)}

    def asked(viewer: Viewer = OWNER, **more: object) -> Answer:
        request = MatchRequest.model_validate({"as_of": DAY, "k": 100, "include_weak": True} | more)
        return ask.ask(request, snapshot, model, viewer=viewer)

    yield asked, nodes
    store.close()


def test_every_pair_is_in_the_table() -> None:
    """Every kind of node that says anything, and a text."""
    silent = {NodeKind.COOPERATION}
    assert set(ABOUT) == {"text", *(kind.value.casefold() for kind in NODE_KINDS if kind not in silent)}
    assert set(PAIRS) == {(about, want.value) for about in ABOUT for want in Want}
    assert set(PAIRS.values()) | {"providers", "adopters"} == set(WAYS)


@pytest.mark.parametrize(("about", "want"), PAIRS)
def test_a_pair_is_answered_as_the_table_says(opened: tuple[Ask, dict[str, Node]], about: str, want: str) -> None:
    asked, nodes = opened
    check(asked(**ABOUT[about], want=want), PAIRS[about, want], nodes)


@pytest.mark.parametrize("about", ABOUT)
@pytest.mark.parametrize("role", PartnerRole)
def test_each_role_may_be_named(opened: tuple[Ask, dict[str, Node]], about: str, role: PartnerRole) -> None:
    asked, nodes = opened
    answer = asked(**ABOUT[about], role=role)
    assert answer.question.role is role
    check(answer, role.value, nodes)


def check(answer: Answer, way: str, nodes: dict[str, Node]) -> None:
    """That candidates and the texts they stand on are of the kinds that the table says, and who is behind the question is not there."""
    candidates, texts, left_out, _bar = WAYS[way]
    kinds = tuple(kind for word, kind in KINDS.items() if re.search(rf"\b{word}\b", candidates))
    named = set(texts.partition(":")[0].split(", "))
    assert answer.matches
    assert {match.kind for match in answer.matches} <= {kind.__name__ for kind in kinds}
    assert {work.kind for match in answer.matches for work in match.works} <= named
    assert answer.question.about not in {match.candidate for match in answer.matches}
    assert answer.question.about not in {work.id for match in answer.matches for work in match.works}
    if "closed" in left_out:
        demands = [nodes[work.id] for match in answer.matches for work in match.works if work.kind == "Demand"]
        assert demands and "D18" not in {demand.provenance.source_id for demand in demands}, "it is solved"
    for match in answer.matches:
        assert match.score == sum(term.points for term in match.terms)
        for work in match.works:
            if work.kind == "Institution" and way == "adopters":
                assert getattr(nodes[match.candidate], "kind", None) in (None, "enterprise", "other")


def test_the_bar_is_that_of_what_answers(opened: tuple[Ask, dict[str, Node]]) -> None:
    """Who is listed without weak matches fits at least as well as the bar that the table names."""
    asked, _ = opened
    for (about, want), way in PAIRS.items():
        strong = asked(**ABOUT[about], want=want, include_weak=False)
        every = asked(**ABOUT[about], want=want)
        ids = [match.candidate for match in strong.matches]
        assert [match.candidate for match in every.matches if match.candidate in set(ids)] == ids
        assert WAYS[way][3] == ("demands" if want == "demands" or way == "adopters" else "works")


def test_a_result_is_for_those_who_want_it(opened: tuple[Ask, dict[str, Node]]) -> None:
    """The poster of the demand comes first, with the demand and its sentence; whoever does the like is asked for by the other role."""
    asked, nodes = opened
    takers = asked(about="A01", include_weak=False)
    assert takers.question.role is PartnerRole.ADOPTERS
    assert takers.matches[0].name == "恒岬精密机械有限公司"
    (first, *_) = takers.matches[0].works
    assert (first.kind, first.source_id) == ("Demand", "D01") and first.sentence in getattr(nodes[first.id], "description", "")
    makers = asked(about="A01", include_weak=False, role="providers")
    assert makers.matches[0].name == "砚岱涂层技术有限公司" and makers.matches[0].works[0].source_id == "A05"
    assert "岑海理工大学表面工程研究所" not in {match.name for match in (*takers.matches, *makers.matches)}, "it owns the result"


def test_a_hidden_demand_makes_no_adopter(opened: tuple[Ask, dict[str, Node]]) -> None:
    """D09 is confidential: the nitration process finds its poster for the owner of the file, and for the public nothing of it."""
    asked, _ = opened

    def demands(viewer: Viewer) -> set[str]:
        return {work.source_id for match in asked(viewer, about="A24").matches for work in match.works if work.kind == "Demand"}

    assert "D09" in demands(OWNER)
    assert "D09" not in demands(Viewer())


def test_closed_demands_make_no_adopter_and_are_counted(opened: tuple[Ask, dict[str, Node]]) -> None:
    """D18 is solved; while it was open, its poster would have taken the irrigation schedule."""
    asked, nodes = opened
    result = next(one for one, node in nodes.items() if isinstance(node, Achievement) and node.title.startswith("Irrigation scheduling"))
    later, earlier = (asked(about=result, as_of=day, include_weak=False) for day in (DAY, "2025-05-01"))
    assert "D18" not in {work.source_id for match in later.matches for work in match.works}
    assert later.left_out.closed == 1
    assert earlier.matches[0].works[0].source_id == "D18" and earlier.left_out.closed == 0


def test_a_role_is_one_of_partners(opened: tuple[Ask, dict[str, Node]]) -> None:
    asked, _ = opened
    with pytest.raises(InvalidInput, match="role of partners"):
        asked(text="laser", want="experts", role="adopters")


def test_a_cooperation_asks_nothing(opened: tuple[Ask, dict[str, Node]]) -> None:
    asked, nodes = opened
    one = next(node for node in nodes.values() if isinstance(node, Cooperation))
    assert text_of(one) is None
    with pytest.raises(InvalidInput, match="nothing to ask"):
        asked(about=one.id)
