"""Public sources in their publishers' own columns: every sample of ``tests/ingest/sources`` lands as docs/sources.md says.

The samples are authored: their forms are the publishers', their content is invented.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from graph import Store
from graph.model import (
    Achievement,
    Cooperation,
    Demand,
    Edge,
    EdgeKind,
    Evidence,
    Expert,
    Institution,
    NodeKind,
    Outcome,
    PartyTo,
)
from ingest.cells.broken import Broken
from ingest.cells.values import Tally
from ingest.load import ingest
from ingest.mapping.mapped import bundled_forms, bundled_specs
from ingest.read.readers import Raw, RowFile
from ingest.sources import openalex, ror
from tests.conftest import ROOT
from tests.ingest.conftest import content, edges, experts, institutions, nodes, write_csv

SAMPLES = ROOT / "tests" / "ingest" / "sources"
FOLDERS = sorted(one for one in SAMPLES.iterdir() if one.is_dir())
CONTACTS = ("@example.org", "555-01", "Person Three")


def works(store: Store) -> dict[str, Achievement]:
    return {one.provenance.source_id: one for one in nodes(store, NodeKind.ACHIEVEMENT) if isinstance(one, Achievement)}


def demands(store: Store) -> dict[str, Demand]:
    return {one.provenance.source_id: one for one in nodes(store, NodeKind.DEMAND) if isinstance(one, Demand)}


def cooperations(store: Store) -> dict[str, Cooperation]:
    return {one.provenance.source_id: one for one in nodes(store, NodeKind.COOPERATION) if isinstance(one, Cooperation)}


def by_name(store: Store) -> dict[str, Institution]:
    return {one.name: one for one in institutions(store)}


def parties(store: Store, cooperation: Cooperation) -> dict[str, tuple[str | None, float | None]]:
    """The role and share of each party, by its name."""
    names = {one.id: one.name for one in institutions(store)}
    found = [one for one in edges(store, EdgeKind.PARTY_TO) if isinstance(one, PartyTo) and one.target == cooperation.id]
    assert len({one.source for one in found}) == len(found)
    return {names[one.source]: (one.role, one.share) for one in found}


def names_of(store: Store, kind: EdgeKind) -> set[tuple[str, str]]:
    """The edges of ``kind`` as pairs of names."""
    names = {one.id: one.name for one in institutions(store)} | {one.id: one.name for one in experts(store)}
    return {(names[one.source], names[one.target]) for one in edges(store, kind)}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda one: one.name)
def test_every_row_is_accounted_for_and_a_second_run_changes_nothing(store: Store, folder: Path) -> None:
    report = ingest(store, [folder])
    assert report.files
    for one in report.files:
        assert one.read == sum(1 for _ in RowFile(Path(one.file)).rows())
        assert one.read == one.added + one.changed + one.unchanged + one.rejected
        assert one.unknown_columns == ()
    before = content(store)
    again = ingest(store, [folder])
    assert (again.total("added"), again.total("changed"), again.revision) == (0, 0, report.revision)
    assert content(store) == before


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda one: one.name)
def test_the_order_of_files_plays_no_part(new_store: Callable[[], Store], folder: Path) -> None:
    # what edges hang on must be there: files of nodes in any order, then files of edges in any order
    forward, backward = new_store(), new_store()
    ingest(forward, [folder])
    files = sorted(folder.iterdir(), key=lambda one: one.name == "organization.csv")
    nodes_first = [one for one in files if one.name != "organization.csv"]
    random.Random(3).shuffle(nodes_first)
    for one in [*reversed(nodes_first), *[one for one in files if one not in nodes_first]]:
        if one.name != "euroSciVoc.csv":
            ingest(backward, [one])
    assert content(forward) == content(backward)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda one: one.name)
def test_no_contact_data_gets_in(store: Store, folder: Path) -> None:
    ingest(store, [folder])
    everything = repr([one for kind in NodeKind for one in store.scan(kind)])
    if folder.name != "openalex":  # there, Person Three is an author
        assert not [one for one in CONTACTS if one in everything]
    assert "@example.org" not in everything


def test_contact_columns_are_counted(store: Store) -> None:
    assert ingest(store, [SAMPLES / "sbir"]).total("contacts") >= 6


def test_all_sources_in_one_store(store: Store) -> None:
    report = ingest(store, FOLDERS)
    assert report.total("rejected") == 4  # a brief without text, a topic in French, a withdrawn organisation, a retracted work
    found = {name: one for one in institutions(store) for name in (one.name, *one.aliases)}
    university = found["University of Exampleby"]
    assert {"ror:0examp183", "openalex:I1", "grid:grid.0.1", "isni:000000000000001X", "fundref:2", "pic:900000001"} <= {
        *university.external_ids
    }, "ROR, OpenAlex, CORDIS and ERC mean one university"
    assert {"uei:EXAMPLE1UE01", "openalex:I2"} <= {*found["Example Valve Works"].external_ids}
    assert found["Example Valve Works AB"].country == "SE", "a firm of the same name in another country is another firm"
    assert {one.outcome for one in cooperations(store).values()} == {Outcome.UNKNOWN}, "to have taken part is not to have completed"


# -- SBIR


def test_sbir_awards_as_the_site_exports_them(store: Store) -> None:
    ingest(store, [SAMPLES / "sbir"])
    assert {key: (one.title, one.date) for key, one in works(store).items()} == {
        "X21-001 C-1 Phase I 2021": ("A valve that closes by itself", "2021-07-01"),
        "X21-001 C-2 Phase II 2022": ("A valve that closes by itself", "2022"),
    }, "two phases share a tracking number; a year is a date of that precision"
    found = by_name(store)
    assert {name: one.kind.value for name, one in found.items()} == {
        "Example Valve Works, Inc.": "enterprise",
        "Department of Examples": "government",
        "Office of Valves": "government",
        "Example State University": "other",
    }
    firm = found["Example Valve Works, Inc."]
    assert (firm.external_ids, firm.region, firm.country) == (("duns:000000001", "uei:EXAMPLE1UE01"), "OR", "US")
    (expert,) = experts(store)
    assert expert.name == "Person Two"
    first = cooperations(store)["X21-001 C-1 Phase I 2021"]
    assert (first.title, first.started, first.ended) == ("STTR Phase I", "2021-07-01", "2021-12-31")
    assert (first.amount, first.currency) == (149999.5, "USD")
    assert {name: role for name, (role, _) in parties(store, first).items()} == {
        "Office of Valves": "funder",
        "Example Valve Works, Inc.": "contractor",
        "Example State University": "research institution",
    }
    assert names_of(store, EdgeKind.PART_OF) == {("Office of Valves", "Department of Examples")}


def test_sbir_as_the_api_answers(store: Store) -> None:
    ingest(store, [SAMPLES / "sbir-api"])
    (work,) = works(store).values()
    assert (work.title, work.keywords, work.date) == ("A lamp without heat", ("light", "heat"), "2022-03-01")
    found = demands(store)
    assert {key: (one.title, one.description, one.date, one.deadline) for key, one in found.items()} == {
        "22.1 X221-001": ("Cold light", "A source of light is sought that stays cold.", "2022-02-02", "2022-03-31"),
        "22.1 X221-002 a": ("Filaments", "Filaments that last ten years.", "2022-02-01", "2022-04-01"),
        "22.1 X221-002 b": ("Sockets", "Sockets that do not corrode.", "2022-02-01", "2022-04-01"),
        "22.2": ("Examples, open call", "", "2022-05-01", "2022-07-01"),
    }
    named = {one.id: one.name for one in institutions(store)}
    posted = {one.target: named[one.source] for one in edges(store, EdgeKind.POSTED)}
    assert [posted[found[key].id] for key in ("22.1 X221-001", "22.1 X221-002 a", "22.2")] == ["Office of Lamps", "Office of Lamps", "DOX"]


# -- CORDIS


def test_cordis_as_data_europa_eu_publishes_it(store: Store) -> None:
    ingest(store, [SAMPLES / "cordis"])
    found = works(store)
    assert set(found) == {
        "cordis-grant:990000001",
        "cordis-grant:990000002",
        "cordis-report:990000001_1_PS",
        "cordis-publication:990000001_7_PUB",
    }
    project = found["cordis-grant:990000001"]
    assert (project.title, project.abstract, project.keywords) == (
        "Valves for cold water",
        "Valves freeze; ours shall not.",
        ("VALVE", "valves", "cold water"),
    )
    paper = found["cordis-publication:990000001_7_PUB"]
    assert (paper.kind, paper.date, paper.external_ids) == ("paper", "2022", ("doi:10.5555/1",))
    many, one = (cooperations(store)[f"cordis-grant:99000000{number}"] for number in (1, 2))
    assert (many.title, many.amount, many.started, many.ended) == ("HORIZON VALVE", 1000000.5, "2021-01-01", "2024-12-31")
    assert one.amount == 150000, "a total cost of 0 is not known"
    assert parties(store, many) == {
        "UNIVERSITY OF EXAMPLEBY": ("coordinator", 0.5),
        "Example Valve Works AB": ("participant", 300000.25 / 900000),
        "pic:900000003": ("participant", 149999.75 / 900000),
        "Example Friends of Water": ("associatedPartner", None),
    }, "what has no amount has no share"
    assert parties(store, one) == {"UNIVERSITY OF EXAMPLEBY": ("coordinator", 1.0)}
    titles = {one.id: one.title for one in found.values()}
    names = {one.id: one.name for one in institutions(store)}
    assert {(names[one.source], titles[one.target]) for one in edges(store, EdgeKind.OWNS)} == {
        ("UNIVERSITY OF EXAMPLEBY", "Valves for cold water"),
        ("UNIVERSITY OF EXAMPLEBY", "A lamp for one"),
        ("Example Valve Works AB", "Valves for cold water"),
        ("pic:900000003", "Valves for cold water"),
    }, "an associated partner is no beneficiary"
    university = by_name(store)["UNIVERSITY OF EXAMPLEBY"]
    assert (university.external_ids, university.kind, university.aliases) == (("pic:900000001",), "university", ("UEX",))
    assert by_name(store)["Example Friends of Water"].country == "GR"


def test_an_organisation_without_a_name_keeps_its_id_until_it_has_one(store: Store) -> None:
    extract = SAMPLES / "cordis-extract"
    ingest(store, [extract / "participations-to-2018.csv"])
    before = by_name(store)
    assert {name: (one.country, one.kind.value) for name, one in before.items()} == {
        "pic:900000001": ("SE", "university"),
        "pic:900000005": ("GB", "enterprise"),
        "pic:900000006": (None, "other"),
    }
    assert not [key for record in store.scan(NodeKind.RECORD) for key in getattr(record, "keys", ()) if not key.startswith("ext:pic:")]
    ingest(store, [extract / "organizations.csv"])
    after = by_name(store)
    assert set(after) == {"UNIVERSITY OF EXAMPLEBY", "pic:900000005", "pic:900000006", "pic:900000009"}
    assert after["UNIVERSITY OF EXAMPLEBY"].kind == "university", "each file says its part"
    assert after["UNIVERSITY OF EXAMPLEBY"].aliases == (), "an id is no name"


def test_cordis_extracts_join_by_scheme_only(store: Store) -> None:
    report = ingest(store, [SAMPLES / "cordis-extract"])
    assert [str(one.problems[0]) for file in report.files for one in file.rejections] == ["title: one of title and abstract is required"]
    assert set(works(store)) == {"cordis-grant:200001", "cordis-brief:70001"}
    assert set(cooperations(store)) == {"cordis-rcn:200001", "cordis-rcn:200002"}
    assert edges(store, EdgeKind.USES) == [], "project 200001 of one series is not project 200001 of the other"
    many, one = cooperations(store)["cordis-rcn:200001"], cooperations(store)["cordis-rcn:200002"]
    assert parties(store, many) == {
        "UNIVERSITY OF EXAMPLEBY": ("coordinator", 2 / 3),
        "pic:900000005": ("participant", 1 / 3),
        "pic:900000006": ("partner", None),
    }
    assert parties(store, one) == {"pic:900000005": ("coordinator", None)}
    assert (one.started, one.ended, one.amount, many.amount) == ("2016-01-01", None, None, 400000)


@pytest.mark.parametrize("seed", range(5))
def test_shares_are_parts_of_what_a_project_is_known_to_get(seed: int) -> None:
    chance = random.Random(seed)
    rows = [
        {
            "project_id": str(chance.randrange(5)),
            "organization_id": str(number),
            "role": "participant",
            "organization_type": "HES",
            "country": "SE",
            "contribution_eur": chance.choice(["NA", "0", "12.25", "1000000", f"{chance.random() * 1e7:.2f}"]),
            "start_date": "2016-01-01",
        }
        for number in range(60)
    ]
    form = next(one for one in bundled_forms() if one.name == "cordis" and one.fits("participations", list(rows[0]))).fresh()
    form.prepare(Raw(2, dict(row)) for row in rows)
    for row in rows:
        together = [one["contribution_eur"] for one in rows if one["project_id"] == row["project_id"]]
        known = [float(one) for one in together if one != "NA"]
        share = form.parts(row, Tally())[0].fields.get("share")
        if row["contribution_eur"] == "NA" or not sum(known):
            assert share is None
        else:
            assert share == pytest.approx(float(row["contribution_eur"]) / sum(known), abs=1e-9)


# -- calls and grants


def test_eu_calls(store: Store) -> None:
    report = ingest(store, [SAMPLES / "eu-calls"])
    assert [str(one.problems[0]) for file in report.files for one in file.rejections] == [
        "language: is in another language: its English form has the same id"
    ]
    found = demands(store)
    first, second, flat = (found[f"eu-topic:EX-2026-0{number}-01"] for number in (1, 2, 3))
    assert first.description == "Expected Outcome: Valves & pipes"
    assert (first.date, first.deadline) == ("2026-03-04", "2026-04-29"), "who misses the first of two stages is out"
    assert (first.budget_min, first.budget_max, first.currency) == (1000000, 2500000, "EUR"), "the topic's own action, not another's"
    assert (second.deadline, second.budget_min, second.budget_max) == ("2026-12-01", None, None)
    assert (flat.title, flat.deadline, flat.budget_min, flat.budget_max) == ("Quiet fans", "2026-10-01", None, 150000)
    (poster,) = institutions(store)
    assert (poster.name, poster.kind) == ("European Commission", "government")
    assert {one.source for one in edges(store, EdgeKind.POSTED)} == {poster.id}


def test_erc_grants(store: Store) -> None:
    report = ingest(store, [SAMPLES / "erc"])
    assert [(one.read, one.added, one.unchanged) for one in report.files] == [(4, 3, 1)], "a repeated row is unchanged"
    assert set(works(store)) == {
        "erc:VALVE / UNIVERSITY OF EXAMPLEBY / 2018-10-01",
        "erc:LAMP / UNIVERSITY OF EXAMPLEBY / 2019-01-01",
        "erc:FAN / / 2018-10-01",
    }
    (expert,) = experts(store)
    assert expert.provenance.source_id == "Person One @ UNIVERSITY OF EXAMPLEBY"
    grant = cooperations(store)["erc:VALVE / UNIVERSITY OF EXAMPLEBY / 2018-10-01"]
    assert (grant.title, grant.amount, grant.currency, grant.ended) == ("ERC starting grant VALVE", 1500000, "EUR", "2023-09-30")
    assert {name: role for name, (role, _) in parties(store, grant).items()} == {
        "European Research Council": "funder",
        "UNIVERSITY OF EXAMPLEBY": "host",
    }


# -- ROR and OpenAlex


def test_ror(store: Store) -> None:
    report = ingest(store, [SAMPLES / "ror"])
    assert [str(one.problems[0]) for file in report.files for one in file.rejections] == ["status: was withdrawn by ROR"]
    assert [one.line for file in report.files for one in file.rejections] == [130], "the line on which the record starts"
    university = by_name(store)["University of Exampleby"]
    assert (university.kind, university.country, university.region) == ("university", "SE", "Example County")
    assert university.aliases == ("Exampleby universitet", "UEX")
    assert university.external_ids == ("fundref:1", "fundref:2", "grid:grid.0.1", "isni:000000000000001X", "ror:0examp183")
    assert university.records and len(university.records) == 1, "a reference and the row it means are one record"
    assert names_of(store, EdgeKind.PART_OF) == {("Institute of Valves", "University of Exampleby")}


def test_openalex(store: Store) -> None:
    report = ingest(store, [SAMPLES / "openalex"])
    assert [str(one.problems[0]) for file in report.files for one in file.rejections] == ["is_retracted: was retracted"]
    found = works(store)
    paper, table = found["openalex:W1"], found["openalex:W2"]
    assert paper.external_ids == ("doi:10.5555/1",)
    assert paper.abstract == "Valves freeze; our Valves do not."
    assert (paper.date, paper.kind, paper.keywords) == ("2022-02-03", "paper", ("Valve",))
    assert (table.title, table.abstract, table.date, table.kind) == ("", "A table.", "2022", "other")
    people = {one.name: one for one in experts(store)}
    assert set(people) == {"Person One", "Person Two", "Person Three"}
    assert isinstance(people["Person One"], Expert)
    assert (people["Person One"].external_ids, people["Person One"].aliases, people["Person One"].keywords) == (
        ("openalex:A1", "orcid:0000-0000-0000-001X"),
        ("P. One",),
        ("Valves",),
    )
    titles = {one.id: key for key, one in found.items()}
    names = {one.id: one.name for one in people.values()}
    assert {(names[one.source], titles[one.target]) for one in edges(store, EdgeKind.CREATED)} == {
        ("Person One", "openalex:W1"),
        ("Person Two", "openalex:W1"),
        ("Person One", "openalex:W2"),
    }
    assert names_of(store, EdgeKind.AFFILIATED_WITH) == {
        ("Person One", "University of Exampleby"),
        ("Person One", "Example Valve Works"),
        ("Person Three", "University of Exampleby"),
    }, "of an author without a last known institution: that of the latest year"
    assert names_of(store, EdgeKind.PART_OF) == {("University of Exampleby", "ror:0examp959")}
    assert edges(store, EdgeKind.OWNS) == [], "OpenAlex does not say who owns a work"


def test_an_abstract_is_put_together_by_positions() -> None:
    words = ["the", "valve", "closes", "when", "the", "pressure", "behind", "the", "valve", "falls"]
    index: dict[str, list[int]] = {}
    for place, word in sorted(enumerate(words), key=lambda one: one[1]):
        index.setdefault(word, []).append(place)
    assert openalex.abstract(index) == " ".join(words)
    assert openalex.abstract({"far": [10**9], "a": ["0", -1, None], "b": 3}) is None
    assert openalex.abstract(None) is None


@pytest.mark.parametrize("value", [None, 1, "x", [], [None], [[]], {}, {"a": []}, [{"id": 1}], {"value": {}}])
def test_nested_rows_of_another_form_break_no_rule_but_their_own(value: object) -> None:
    for mapping in bundled_specs():
        for spec in mapping.file:
            if spec.flatten is None:
                continue
            keys = {*spec.columns, "id", "names", "ids", "status", "type", "metadata", "topics", "last_known_institution", "affiliations"}
            form = next(one for one in bundled_forms() if one.name == mapping.name and one.fits("x", list(keys))).fresh()
            try:
                form.parts(dict.fromkeys(keys, value), Tally())
            except Broken as broken:
                assert broken.rule


# -- sets of ratings, works and labels


def test_ratings_become_evidence(store: Store, tmp_path: Path) -> None:
    rows = [
        {"source": "6", "target": "2", "rating": "4", "time": "1289241911.72836"},
        {"source": "2", "target": "6", "rating": "-10", "time": "1289241942"},
        {"source": "2", "target": "6", "rating": "x", "time": "1289241942"},
    ]
    report = ingest(store, [write_csv(tmp_path / "ratings.csv", rows)])
    assert [str(one.problems[0]) for one in report.files[0].rejections] == ["rating: must be a number from -1 to 1"]
    found = [one for one in edges(store, EdgeKind.EVIDENCE) if isinstance(one, Evidence)]
    assert {(one.evidence.value, one.outcome, one.date) for one in found} == {("rating", 0.4, "2010-11-08"), ("rating", -1.0, "2010-11-08")}
    assert {one.name for one in experts(store)} == {"otc:2", "otc:6"}


def test_works_and_people_known_by_a_number(store: Store, tmp_path: Path) -> None:
    place = tmp_path / "dblp"
    place.mkdir()
    write_csv(place / "works.csv", [{"id": "w0", "text": "Valves in cold water. They freeze."}])
    write_csv(place / "authorship.csv", [{"expert_id": "e0", "work_id": "w0"}, {"expert_id": "e0", "work_id": "w9"}])
    write_csv(place / "candidates.csv", [{"expert_id": "e0"}, {"expert_id": "e1"}])
    write_csv(place / "expert-topics.csv", [{"expert_id": "e0", "topic": "valves"}])
    report = ingest(store, [place])
    problems = [str(one.problems[0]) for file in report.files for one in file.rejections]
    assert problems == ["work_id: no achievement of this source has this id (w9)"]
    assert [Path(name).name for name, *_ in report.skipped] == ["expert-topics.csv"]
    assert {one.name for one in experts(store)} == {"e0", "e1"}
    assert len(edges(store, EdgeKind.CREATED)) == 1


def test_the_source_names_the_mapping_too(store: Store, tmp_path: Path) -> None:
    rows = [{"id": "900000001", "country": "SE", "name": "Example Valve Works"}]
    ingest(store, [write_csv(tmp_path / "institutions.csv", rows)])
    assert [one.external_ids for one in institutions(store)] == [()]
    path = write_csv(tmp_path / "organizations-institutions.csv", rows)
    report = ingest(store, [path], source="cordis")
    assert (report.files[0].form, report.files[0].source) == ("cordis", "cordis")
    assert [one.external_ids for one in institutions(store)] == [("pic:900000001",)]


def test_withdrawn_and_retracted_are_told() -> None:
    with pytest.raises(Broken, match="withdrawn"):
        ror.organization({"status": "withdrawn"})
    with pytest.raises(Broken, match="retracted"):
        openalex.work({"is_retracted": True})


def test_edges_keep_their_source(store: Store) -> None:
    ingest(store, [SAMPLES / "cordis"])
    found: list[Edge] = edges(store, EdgeKind.PARTY_TO)
    assert {one.provenance.source for one in found} == {"cordis"}


# -- the documentation


def test_every_source_and_every_column_that_is_used_is_documented() -> None:
    text = (ROOT / "docs" / "sources.md").read_text("utf-8")
    sections = {one.partition("\n")[0].strip(): one for one in re.split(r"^## ", text, flags=re.MULTILINE)[1:]}
    small = sections.pop("Smaller sets")
    rows = {found[1]: found[0] for found in re.finditer(r"^\| ([\w-]+) \|.*$", small, re.MULTILINE)}
    assert {*sections, *rows} - {"name"} == {one.name for one in bundled_specs()}
    for mapping in bundled_specs():
        told = sections.get(mapping.name) or rows[mapping.name]
        for spec in mapping.file:
            if spec.flatten:
                continue  # the fields of nested formats are those of the code; their tables are prose
            fields = [value for row in spec.rows for value in row.fields.values()]
            templates = [one for value in fields for one in ([value] if isinstance(value, str) else value)]
            templates += [one for several in spec.first.values() for one in several]
            used = {one for text in templates for one in re.findall(r"\{([^{}]+)\}", text)} - spec.made()
            used |= {*spec.split} | {one.of for one in spec.share.values()}
            assert {one for one in used if not re.search(rf"(?<![\w.]){re.escape(one)}(?!\w)", told)} == set(), (mapping.name, spec.columns)


def test_a_file_with_nothing_for_the_graph_is_no_error_when_named_by_itself(store: Store) -> None:
    report = ingest(store, sorted((SAMPLES / "cordis").iterdir()))
    assert [Path(name).name for name, *_ in report.skipped] == ["euroSciVoc.csv"]
    assert len(report.files) == 4
