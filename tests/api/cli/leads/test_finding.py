"""``dovetail leads refresh|find`` and ``dovetail evaluate leads``: leads of the example centre, and a list on a judged set."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.http.app import create_app
from api.settings import load
from desk.process.principals import Role, Scope
from tests.api.conftest import Run, invoke
from tests.api.http.people.conftest import key_of
from tests.api.http.things.conftest import when_ready
from tests.matcher.worlds import QUESTIONS, WORKS

AS_OF = ("--as-of", "2026-03-01")


@pytest.fixture
def leads_url(centre_url: str, tmp_path: Path) -> str:
    """A copy of the example centre's store, to write to."""
    url = f"sqlite:///{tmp_path / 'own.db'}"
    assert invoke("copy", centre_url, url).exit_code == 0
    assert invoke("index", store=url).exit_code == 0
    return url


def test_suggestions_of_the_centre_are_made_once_and_asked_again_only_where_something_changed(run: Run, leads_url: str) -> None:
    first = json.loads(run("leads", "refresh", *AS_OF, "--json", store=leads_url).stdout)
    assert first["asked"] == first["needs"] > 0
    assert first["cost"]["kept"] == first["changed"] > 0
    again = json.loads(run("leads", "refresh", *AS_OF, "--json", store=leads_url).stdout)
    assert (again["asked"], again["changed"], again["cost"]) == (0, 0, first["cost"])
    every = run("leads", "refresh", *AS_OF, "--every", store=leads_url)
    assert every.exit_code == 0
    assert "0 written or removed" in every.stdout
    assert "The bounds cost" in every.stdout


def test_both_directions_by_hand(run: Run, leads_url: str) -> None:
    leads = json.loads(run("leads", "find", "D01", *AS_OF, "--json", store=leads_url).stdout)
    assert leads
    assert [one["fit"] for one in leads] == sorted((one["fit"] for one in leads), reverse=True)
    back = json.loads(run("leads", "find", leads[0]["offer"], *AS_OF, "--json", store=leads_url).stdout)
    assert leads[0] in back
    told = run("leads", "find", "D01", *AS_OF, "--limit", "1", store=leads_url).stdout
    assert told.startswith(leads[0]["id"])
    assert len(told.splitlines()) == 1


def test_what_a_lead_rests_on_is_what_the_matcher_answers(run: Run, leads_url: str) -> None:
    asked = ("match", "--demand", "D01", "--want", "partners", "--own-house", *AS_OF)
    first = json.loads(run(*asked, "--json", store=leads_url).stdout)["matches"][0]
    id = run("leads", "begin", "D01", first["candidate"], store=leads_url).stdout[:16]
    (told,) = json.loads(run("leads", "why", id, *AS_OF, "--json", store=leads_url).stdout)["matches"]
    places = {"rank": 1, "text_rank": 1, "lead": None}
    assert told | places == first | places
    shown = run("leads", "why", id, *AS_OF, store=leads_url).stdout
    assert first["name"] in shown and first["works"][0]["title"] in shown
    assert run("leads", "why", "0" * 16, store=leads_url).exit_code == 3
    work = first["works"][0]["id"]
    other = run("leads", "begin", "D01", work, store=leads_url).stdout[:16]
    (told,) = json.loads(run("leads", "why", other, *AS_OF, "--json", store=leads_url).stdout)["matches"]
    assert told["candidate"] == work and told["kind"] == "Achievement"


def test_who_declined_is_said_to_have_where_it_is_matched_again(run: Run, leads_url: str) -> None:
    asked = ("match", "--demand", "D01", *AS_OF)
    first = json.loads(run(*asked, "--json", store=leads_url).stdout)["matches"][0]
    assert first["lead"] is None
    id = run("leads", "begin", "D01", first["candidate"], store=leads_url).stdout[:16]
    assert run("leads", "move", id, "decline", "--side", "broker", "--reason", "price", store=leads_url).exit_code == 0
    told = json.loads(run(*asked, "--json", store=leads_url).stdout)["matches"]
    assert told[0]["lead"]["id"] == id and told[0]["lead"]["reason"] == "price" and told[1]["lead"] is None
    assert told[0] | {"lead": None} == first  # it moves no rank
    assert f"{id} declined {told[0]['lead']['day']}: price" in run(*asked, store=leads_url).stdout
    assert id not in run(*asked, "--clearance", "public", store=leads_url).stdout  # as others see it
    service = create_app(load(store=leads_url))
    with TestClient(service) as client:
        when_ready(client)
        key = key_of(service.state.service.store, Role.OPERATOR, "", *Scope)
        body, signed = {"about": "D01", "as_of": AS_OF[1]}, {"Authorization": f"Bearer {key}"}
        answered = client.post("/v1/match", json=body, headers=signed).json()["matches"]
        assert answered[0]["lead"] == told[0]["lead"]
        batch = client.post("/v1/match/batch", json={"questions": [body]}, headers=signed).json()["answers"][0]
        assert batch["answer"]["matches"] == answered
        assert client.post("/v1/match", json=body).json()["matches"][0]["lead"] is None


def test_what_is_no_day_and_what_offers_nothing_is_refused(run: Run, leads_url: str) -> None:
    assert run("leads", "refresh", "--as-of", "soon", store=leads_url).exit_code == 2
    assert run("leads", "find", "nothing of that name", store=leads_url).exit_code == 3


def test_the_command_prints_the_list_of_all_and_of_either_half(tmp_path: Path, run: Run) -> None:
    def table(name: str, *lines: str) -> str:
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n", "utf-8")
        return str(path)

    quoted = [f'q{n},"{text}",' for n, text in enumerate([*QUESTIONS, QUESTIONS[0]])]  # the last says what the first says
    queries = table("q.csv", "id,title,description", *quoted)
    documents = table("d.csv", "id,title,abstract", *(f'd{n},"{title}","{text}"' for n, (title, text) in enumerate(WORKS)))
    judged = [f"q{q},d{d},{4 if (q, d) in {(0, 0), (0, 3), (1, 1), (2, 3), (3, 0)} else 1}" for q in range(4) for d in range(6)]
    judgements = table("j.csv", "query_id,candidate_id,grade", *judged)
    files = ("--queries", queries, "--documents", documents, "--judgements", judgements)
    done = run("evaluate", "leads", *files, "--json", "-", "--english-model", "none")
    told = json.loads(done.stdout)
    assert (told["questions"], told["judged"]) == (3, 18)
    assert [row["name"] for row in told["rows"]][:2] == ["fit", "points"]
    assert sum(block["questions"] for block in told["blocks"]) == 3
    fit = told["rows"][0]["metrics"]
    assert fit["AUC"]["value"] > 0.8
    assert fit["P@20"]["value"] == pytest.approx(4 / 20)
