"""Hidden means absent: whatever a viewer asks is answered, byte for byte, as on a store in which what the viewer may not see never was."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from desk.ask import ask, document
from desk.coverage import coverage
from desk.find import find
from desk.ingest import refresh
from desk.merges import listed
from desk.schemas import FiltersIn, MatchRequest
from desk.show import describe
from desk.trust.opinions import in_words_of, list_in_words, trust_list, trust_of
from graph import connect
from graph.errors import DovetailError
from graph.ids import entity_id, node_id, record_id
from graph.model import Node, NodeKind, Visibility
from graph.store import Store
from graph.viewer import Viewer, level
from ingest.load import ingest
from matcher.embedding.embedder import Embedder
from matcher.index import generations
from matcher.index.snapshot import Snapshot
from matcher.question import Want

Rows = dict[str, list[dict[str, Any]]]

FIRMS = ("Harbour Polymers Ltd", "Harbour Polymers", "Harbor Polymers GmbH", "Quillon Optics", "Northquay", "青石机床有限公司", "I1", "I2")
PEOPLE = ("Zelda Nightingale", "Tom Ashdown", "王伟", "E1", "E2", "Tom Ashdown @ Northquay")
TEXTS = (
    ("Seal for hydrogen", "Elastomer seal that keeps 700 bar at -40 C without blistering."),
    ("Narrow laser", "A laser of narrow line width for quantum sensors."),
    ("低温银浆", "低温烧结银浆，用于光伏电池。"),
    ("Quiet fan", "Fans that make no noise in server rooms."),
)
DAY = "2026-01-01"
ASKED = ("hydrogen seal of elastomer", "光伏电池银浆", "quiet laser")
FILTERS = [FiltersIn(countries=["DE"]), FiltersIn(regions=["Atlantis Bay"]), FiltersIn(regions=["Atlantis"]), FiltersIn(kinds=["univ"])]
"""A word that nobody knows is answered with those that come near, of what the viewer may see."""
visible = st.sampled_from(["", "public", "members", "confidential"])
firm, person = st.sampled_from(FIRMS), st.sampled_from(PEOPLE)
day = st.sampled_from(["", "2021-03-01", "2023"])


def row(**columns: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({**columns, "visibility": visible})


def listed_as(strategy: st.SearchStrategy[str], most: int = 2) -> st.SearchStrategy[list[str]]:
    return st.lists(strategy, max_size=most, unique=True)


def numbered(letter: str, rows: st.SearchStrategy[dict[str, Any]], most: int) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(rows, max_size=most).map(lambda found: [{"id": f"{letter}{n}", **one} for n, one in enumerate(found, 1)])


def ties(rows: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Rows of an edge file: none says for two kinds of people to see what another says, which is told as a mistake."""
    return st.lists(rows, max_size=2, unique_by=lambda one: (one["source"], one["target"]))


@st.composite
def tables(draw: st.DrawFn) -> Rows:
    """The files of a source, in which a row may be for everybody, for members, or confidential."""
    text = st.sampled_from(TEXTS)
    works = draw(numbered("A", row(text=text, owners=listed_as(firm), creators=listed_as(person), date=day), 5))
    demands = draw(numbered("D", row(text=text, posted_by=listed_as(firm, 1), date=day), 3))
    resources = draw(numbered("R", row(text=text, offered_by=listed_as(firm, 1)), 2))
    for one in (*works, *demands, *resources):
        title, body = one.pop("text")
        one |= {"title": title, "abstract" if "owners" in one else "description": body}
    parties = st.lists(firm, min_size=2, max_size=3, unique=True)
    uses = st.sampled_from([[], ["A1"], ["A2", "R1"]])
    outcome = st.sampled_from(["completed", "breached", ""])
    kind = st.sampled_from(["enterprise", "university"])
    where = {"country": st.sampled_from(["", "DE"]), "region": st.sampled_from(["", "Bavaria", "Atlantis Bay"])}
    return {
        "institutions": draw(numbered("I", row(name=firm, kind=kind, **where, part_of=listed_as(firm, 1)), 3)),
        "experts": draw(numbered("E", row(name=person, institution=listed_as(firm), headline=st.sampled_from(["", "professor"])), 3)),
        "achievements": works,
        "demands": demands,
        "resources": resources,
        "cooperations": draw(numbered("C", row(title=st.just("joint"), parties=parties, uses=uses, outcome=outcome, ended=day), 3)),
        "evidence": draw(ties(row(source=firm, target=firm, kind=st.just("delivery"), outcome=st.just("1"), date=day))),
        "owns": draw(ties(row(source=firm, target=st.sampled_from(["A1", "A2"])))),
        "created": draw(ties(row(source=person, target=st.sampled_from(["A1", "A3"])))),
        "affiliated_with": draw(ties(row(source=person, target=firm))),
    }


def seen(rows: Rows, clearance: Visibility) -> Rows:
    """The rows that may be seen. What two parties do together is theirs unless the file says otherwise."""

    def may(table: str, one: dict[str, Any]) -> bool:
        default = "confidential" if table in ("cooperations", "evidence") else "public"
        return level(Visibility(one["visibility"] or default)) <= level(clearance)

    return {table: [one for one in found if may(table, one)] for table, found in rows.items()}


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder()


@contextmanager
def store_of(*runs: Rows, embedder: Embedder) -> Iterator[tuple[Store, Snapshot]]:
    """A store that was fed these files, one run after the other, and is indexed."""
    with tempfile.TemporaryDirectory() as place:
        store = connect(f"sqlite:///{place}/hidden.db")
        for number, rows in enumerate(runs):
            folder = Path(place) / str(number)
            folder.mkdir()
            for table, found in rows.items():
                lines = [{name: value for name, value in one.items() if value not in ("", [])} for one in found]
                (folder / f"{table}.jsonl").write_bytes(msgspec.json.Encoder().encode_lines(lines))
            ingest(store, [folder], source="centre")
        generations.build(store, embedder)
        refresh(store, embedder)
        assert store.check(deep=True).problems == ()
        try:
            yield store, Snapshot.open(store, embedder)
        finally:
            generations.forget(store)
            store.close()


def names() -> Iterator[str]:
    """What somebody may type: names, ids of a source, and ids that can be computed from them."""
    yield from (*FIRMS, *PEOPLE, "Tom Ashdown @ Quillon Optics")
    for kind in NodeKind:
        for one in (*FIRMS, *PEOPLE, *(f"{letter}{n}" for letter in "IEADRC" for n in range(1, 5))):
            yield one
            yield node_id(kind, "centre", one)
            for visibility in Visibility if kind in (NodeKind.INSTITUTION, NodeKind.EXPERT) else ():
                record = record_id(kind, "centre", one, visibility)
                yield from (record, entity_id(kind, record))


def told(answer: Any) -> str:
    return answer if isinstance(answer, str) else json.dumps(msgspec.to_builtins(answer, str_keys=True, order="sorted"), ensure_ascii=False)


def everything(store: Store, snapshot: Snapshot, embedder: Embedder, viewer: Viewer) -> dict[str, str]:
    """Every answer that there is for a viewer, by the question."""
    answers: dict[str, str] = {}

    def add(question: str, answer: Any) -> None:
        try:
            answers[question] = told(answer())
        except DovetailError as error:
            answers[question] = f"{type(error).__name__}: {error}".replace(store.url, "STORE")

    nodes = [node.id for kind in NodeKind for node in store.scan(kind) if isinstance(node, Node) and viewer.sees(node)]
    answers["nodes"] = told(sorted(nodes))
    for one in dict.fromkeys([*nodes, *names()]):
        add(f"find {one}", lambda one=one: find(store, one, viewer))
        add(f"show {one}", lambda one=one: describe(store, one, viewer=viewer).model_dump_json())
    add("coverage", lambda: coverage(store, viewer))
    add("merges", lambda: listed(store, 100, viewer))
    plain = MatchRequest(text="?", k=20, include_weak=True, as_of=DAY, explain=True)
    asked = [plain.model_copy(update={"text": text, "want": want}) for text in ASKED for want in Want]
    asked += [asked[0].model_copy(update=more) for more in ({"about": "D1"}, {"about": "A1"}, {"asker": FIRMS[0]}, {"asker": "I1"})]
    asked += [asked[0].model_copy(update={"filters": filters}) for filters in FILTERS]
    asked += [asked[0].model_copy(update=more) for more in ({"include_weak": False}, {"own_house": True, "asker": "I1"})]

    def answered(request: MatchRequest) -> str:
        answer = ask(request, snapshot, embedder, viewer=viewer)
        return document(answer, snapshot.display, viewer=viewer, explained=range(1, 30)).model_dump_json()

    def believed(of: str) -> str:
        ends = [find(store, end, viewer) for end in (FIRMS[4], of)]
        return trust_of(ends[0], ends[1], DAY, snapshot, store, viewer).public.model_dump_json()

    def listed_in_words(of: str) -> str:
        return list_in_words(find(store, of, viewer), DAY, snapshot, store, viewer).model_dump_json()

    def worded(of: str) -> str:
        ends = [find(store, end, viewer) for end in (FIRMS[4], of)]
        return in_words_of(ends[0], ends[1], DAY, snapshot, store, viewer).model_dump_json()

    for request in asked:
        add(request.model_dump_json(), lambda request=request: answered(request))
    for one in FIRMS:
        add(f"trusts in words {one}", lambda one=one: listed_in_words(one))
        add(f"trust in words {one}", lambda one=one: worded(one))
        add(f"trusts {one}", lambda one=one: trust_list(find(store, one, viewer), DAY, snapshot, store, viewer).model_dump_json())
        add(f"trust {one}", lambda one=one: believed(one))
    return answers


def check(runs: tuple[Rows, ...], clearance: Visibility, embedder: Embedder) -> None:
    viewer = Viewer(clearance=clearance)
    with store_of(*runs, embedder=embedder) as (store, snapshot):
        found = everything(store, snapshot, embedder, viewer)
    with store_of(seen(runs[-1], clearance), embedder=embedder) as (store, snapshot):
        expected = everything(store, snapshot, embedder, viewer)
    for question in (*expected, *found):
        assert found.get(question) == expected.get(question), question


CHECKED = settings(max_examples=8, phases=(Phase.explicit, Phase.reuse, Phase.generate))
"""A failure is not made smaller: each try takes a second, and the rows that differ are few as they are."""
CLEARANCES = st.sampled_from([Visibility.PUBLIC, Visibility.MEMBERS])


@CHECKED
@given(rows=tables(), clearance=CLEARANCES)
def test_what_may_not_be_seen_changes_nothing(rows: Rows, clearance: Visibility, embedder: Embedder) -> None:
    check((rows,), clearance, embedder)


@CHECKED
@given(rows=tables(), before=st.data(), clearance=CLEARANCES)
def test_what_is_hidden_later_leaves_nothing_behind(rows: Rows, before: st.DataObject, clearance: Visibility, embedder: Embedder) -> None:
    """The same rows were fed before, each for other people to see."""
    former = {table: [{**one, "visibility": before.draw(visible)} for one in found] for table, found in rows.items()}
    check((former, rows), clearance, embedder)


def test_a_row_stays_that_turns_public_while_the_one_that_named_it_is_hidden(embedder: Embedder) -> None:
    def told(naming: str, named: str) -> Rows:
        rows: Rows = {table: [] for table in ("experts", "demands", "resources", "cooperations", "evidence")}
        rows["institutions"] = [
            {"id": "I1", "name": "Quillon Optics", "part_of": ["I2"], "visibility": naming},
            {"id": "I2", "name": "青石机床有限公司", "kind": "university", "visibility": named},
        ]
        rows["achievements"] = [{"id": "A1", "title": "低温银浆", "owners": ["青石机床有限公司"], "creators": [], "visibility": "public"}]
        return rows | {table: [] for table in ("owns", "created", "affiliated_with")}

    check((told("public", "members"), told("members", "public")), Visibility.PUBLIC, embedder)


def test_who_goes_while_the_keys_of_an_employer_change_is_not_written_again(embedder: Embedder) -> None:
    """E2 and 王伟 were named for everybody to see, and then for others; Harbour Polymers changes in the same feed."""
    rows: Rows = {
        "institutions": [
            {"id": "I1", "visibility": "public", "name": "I2", "kind": "enterprise", "region": "Atlantis Bay", "country": "",
             "part_of": ["Harbor Polymers GmbH"]},
            {"id": "I2", "part_of": ["Harbor Polymers GmbH"], "region": "Bavaria", "visibility": "members", "name": "Harbour Polymers",
             "country": "", "kind": "university"},
        ],
        "experts": [{"id": "E1", "visibility": "members", "name": "E1", "institution": ["Northquay", "Harbour Polymers Ltd"],
                     "headline": "professor"}],
        "achievements": [{"id": "A1", "creators": ["E2", "Tom Ashdown"], "owners": ["I2", "Northquay"], "visibility": "",
                          "date": "2023", "title": "Narrow laser", "abstract": "A laser of narrow line width for quantum sensors."}],
        "demands": [],
        "resources": [{"id": "R1", "visibility": "", "offered_by": [], "title": "Narrow laser", "description": "A laser."}],
        "cooperations": [{"id": "C1", "parties": ["Quillon Optics", "I1"], "outcome": "breached", "title": "joint",
                          "visibility": "confidential", "uses": ["A2", "R1"], "ended": "2023"}],
        "evidence": [{"date": "2023", "kind": "delivery", "target": "Harbour Polymers Ltd", "source": "Harbor Polymers GmbH",
                      "visibility": "", "outcome": "1"},
                     {"date": "2021-03-01", "source": "I1", "visibility": "public", "target": "Harbour Polymers", "kind": "delivery",
                      "outcome": "1"}],
        "owns": [], "created": [],
        "affiliated_with": [{"source": "王伟", "target": "Northquay", "visibility": "confidential"},
                            {"source": "E2", "visibility": "members", "target": "Harbour Polymers"}],
    }  # fmt: skip
    before = {
        "institutions": ["members", "confidential"], "experts": ["confidential"], "achievements": ["members"], "resources": ["members"],
        "cooperations": ["public"], "evidence": ["", "public"], "affiliated_with": ["public", "public"],
    }  # fmt: skip
    former = {
        table: [{**one, "visibility": seen} for one, seen in zip(found, before.get(table, []), strict=True)]
        for table, found in rows.items()
    }
    check((former, rows), Visibility.MEMBERS, embedder)


@pytest.mark.slow
@pytest.mark.timeout(900)
@settings(CHECKED, max_examples=25)
@given(former=tables(), rows=tables(), clearance=CLEARANCES)
def test_what_may_not_be_seen_changes_nothing_in_many_graphs(former: Rows, rows: Rows, clearance: Visibility, embedder: Embedder) -> None:
    """Other rows of the same ids were fed before."""
    again = {table: [*found[: len(former[table])]] for table, found in rows.items()}
    check((rows,), clearance, embedder)
    check((again, rows), clearance, embedder)
