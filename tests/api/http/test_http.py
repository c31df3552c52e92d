"""The HTTP service in this process: answers, what the public may see, and problems for everything that goes wrong."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.http.app import create_app
from api.http.metrics import Metrics
from api.http.problems import BODY_LIMIT
from api.http.service import Service, _Stopped
from api.http.shapes.probes import Readiness
from api.settings import Settings, load
from desk.people.asking import UNUSED
from desk.schemas import MatchAnswer, NodeOut
from graph import connect
from matcher.embedding.bundled import Engine
from matcher.embedding.embedder import Embedder, Side
from matcher.embedding.vectors import Vectors
from matcher.index import generations
from tests.api.conftest import Run
from tests.conftest import CENTRE

Wait = Callable[[TestClient], None]


def wait_until(client: TestClient, **wanted: object) -> dict[str, Any]:
    """The state of the service once it is as wanted."""
    for _ in range(600):
        state: dict[str, Any] = client.get("/readyz").json()
        if all(state[name] == value for name, value in wanted.items()):
            return state
        time.sleep(0.1)
    raise AssertionError(f"not {wanted}: {state}")


@pytest.fixture(scope="module")
def client(centre_url: str) -> Iterator[TestClient]:
    """A service on the example centre that is ready."""
    with TestClient(create_app(load(store=centre_url, follow_seconds=0.1)), raise_server_exceptions=False) as opened:
        wait_until(opened, ready=True)
        yield opened


def problem(response: Any, status: int) -> dict[str, Any]:
    """The problem that a response is."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = response.json()
    assert told.pop("request_id", "-") in (response.headers.get("x-request-id"), "-")
    assert told["status"] == status
    assert told["title"]
    assert told["detail"]
    return told


def test_readiness(client: TestClient) -> None:
    state = Readiness.model_validate(wait_until(client, behind=False))
    assert (state.state, state.ready, state.answers, state.reason, state.texts_behind) == ("ok", True, True, "", False)


def test_a_match_adds_up(client: TestClient) -> None:
    response = client.post("/v1/match", json={"about": "D01", "asker": "I06", "as_of": "2026-06-30", "k": 3, "explain": True})
    assert response.status_code == 200, response.text
    answer = MatchAnswer.model_validate(response.json())
    assert answer.credible
    for match in answer.matches:
        assert match.score == sum(term.points for term in match.terms)
    assert {fact for match in answer.matches for term in match.terms for fact in term.facts} <= {fact.id for fact in answer.facts}
    assert answer.question.as_of == "2026-06-30"
    assert (answer.question.asker, answer.revision) == (None, None)
    assert all(match.trust.uncertainty == 1 for match in answer.matches)
    assert answer.notes == [UNUSED]


def test_the_command_line_prints_the_same_document(client: TestClient, centre: Run) -> None:
    body = {"about": "D01", "as_of": "2026-06-30", "include_weak": True}
    done = centre("match", "--about", "D01", "--as-of", "2026-06-30", "--weak", "--clearance", "public", "--json")
    assert json.loads(done.stdout) == client.post("/v1/match", json=body).json()


def test_a_match_is_told_in_the_language_of_the_request(client: TestClient) -> None:
    body = {"about": "D02", "k": 3, "explain": True}
    english, chinese = (client.post("/v1/match", json=body, headers={"Accept-Language": name}) for name in ("en", "zh-CN, en;q=0.5"))
    assert (english.headers["content-language"], chinese.headers["content-language"]) == ("en", "zh")
    told = english.json(), chinese.json()
    for left, right in zip(*(one["matches"] for one in told), strict=True):
        assert all(left[name] == right[name] for name in ("candidate", "score", "terms", "kind"))
        assert len(left["gaps"]) == len(right["gaps"])
        assert left["trust"]["in_words"] == "nobody asks, so no history counts"
        assert right["trust"]["in_words"] == "没有提问方，往来不计入"
    gaps = [[gap for match in one["matches"] for gap in match["gaps"]] for one in told]
    assert gaps[0]
    assert not set(gaps[0]) & set(gaps[1])
    assert [one["id"] for one in told[0]["facts"]] == [one["id"] for one in told[1]["facts"]]
    assert {one["what"] for one in told[0]["facts"]} != {one["what"] for one in told[1]["facts"]}
    refused = client.get("/v1/trust", headers={"Accept-Language": "zh"}).json()
    assert (refused["title"], refused["status"]) == ("未登录", 401)
    assert refused["detail"].startswith("需要权限为 read 的密钥")


def test_no_credible_match_is_an_answer(client: TestClient) -> None:
    answer = client.post("/v1/match", json={"text": "a sonnet about autumn"}).json()
    assert (answer["credible"], answer["matches"]) == (False, [])
    assert answer["reason"]


def test_a_greeting_is_told_as_such(client: TestClient) -> None:
    answer = client.post("/v1/match", json={"text": "你好"}).json()
    assert (answer["credible"], answer["matches"]) == (False, [])
    assert "nothing technical is asked" in answer["reason"] and "include_weak" in answer["reason"]


def test_a_result_finds_adopters_unless_another_role_is_named(client: TestClient) -> None:
    adopters = client.post("/v1/match", json={"about": "A01", "as_of": "2026-06-30"}).json()
    assert adopters["question"]["role"] == "adopters"
    assert adopters["matches"][0]["works"][0]["kind"] == "Demand"
    providers = client.post("/v1/match", json={"about": "A01", "as_of": "2026-06-30", "role": "providers"}).json()
    assert {work["kind"] for match in providers["matches"] for work in match["works"]} <= {"Achievement", "Institution", "Expert"}
    refused = client.post("/v1/match", json={"about": "A01", "want": "experts", "role": "adopters"})
    assert refused.status_code == 422 and "role" in refused.text


def test_a_node(client: TestClient) -> None:
    work = client.post("/v1/match", json={"about": "D01", "want": "achievements", "k": 1}).json()["matches"][0]["candidate"]
    node = NodeOut.model_validate(client.get(f"/v1/nodes/{work}").json())
    assert node.kind == "Achievement"
    assert any(edge.kind == "OWNS" and edge.direction == "in" for edge in node.edges)
    assert "records" not in node.fields


def ids_of(centre: Run, name: str) -> dict[str, Any]:
    """A node as the owner of the store sees it."""
    node: dict[str, Any] = json.loads(centre("show", name, "--json").stdout)
    return node


def test_what_is_hidden_answers_like_what_is_missing(client: TestClient, centre: Run) -> None:
    hidden = ids_of(centre, "A04")
    assert hidden["fields"]["visibility"] == "members"
    missing = hidden["id"][:-1] + ("0" if hidden["id"][-1] != "0" else "1")
    told = problem(client.get(f"/v1/nodes/{hidden['id']}"), 404)
    assert json.dumps(told).replace(hidden["id"], "X") == json.dumps(problem(client.get(f"/v1/nodes/{missing}"), 404)).replace(missing, "X")
    for name in (hidden["id"], "A04"):
        told = problem(client.post("/v1/match", json={"about": name}), 404)
        assert told == problem(client.post("/v1/match", json={"about": "A999"}), 404) | {"detail": told["detail"]}
        assert told["detail"].replace(name, "A999") == problem(client.post("/v1/match", json={"about": "A999"}), 404)["detail"]
    owner = next(edge for edge in hidden["edges"] if edge["kind"] == "OWNS")
    node = client.get(f"/v1/nodes/{owner['other']}").json()
    assert hidden["id"] not in json.dumps(node)
    assert node["edges_total"] < ids_of(centre, owner["other"])["edges_total"]


@pytest.mark.parametrize("name", ["A01", "I06", "恒岬精密机械有限公司", "恒岬精密机械"])
def test_a_node_is_found_by_whatever_finds_it_elsewhere(client: TestClient, centre: Run, name: str) -> None:
    assert client.get(f"/v1/nodes/{name}").json()["id"] == ids_of(centre, name)["id"]


def test_records_and_edges_are_no_nodes(client: TestClient, centre: Run) -> None:
    node = ids_of(centre, "I06")
    problem(client.get(f"/v1/nodes/{node['edges'][0]['id']}"), 404)
    assert client.get(f"/v1/nodes/{node['records'][0]['id']}").json().get("kind") != "Record"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, ""),
        ({"text": " "}, ""),
        ({"text": "x", "k": 0}, "k"),
        ({"text": "x", "k": 101}, "k"),
        ({"text": "x" * 20_001}, "text"),
        ({"text": "x", "as_of": "2026-13-01"}, "as_of"),
        ({"text": "x", "want": "miracles"}, "want"),
        ({"text": "x", "filters": {"trl_min": 10}}, "filters.trl_min"),
        ({"text": "x", "filters": {"planet": "Mars"}}, "filters.planet"),
        ({"text": "x", "filters": {"countries": ["Atlantis"]}}, "filters.countries"),
        ({"text": "x", "filters": {"kinds": ["patent"]}}, "filters.kinds"),
        ({"text": "x", "filters": {"price_max": 5}}, "filters.price_max"),
        ({"text": "x", "filters": {"price_max": "cheap"}}, "filters.price_max"),
        ({"text": "x", "filters": {"price_max": 5, "currency": "shells"}}, "filters.currency"),
        ({"text": "x", "asker ": "I06"}, "asker "),
        ({"text": 5}, "text"),
        ([], ""),
        ("x", ""),
    ],
)
def test_a_field_that_breaks_a_rule_is_named(client: TestClient, body: Any, field: str) -> None:
    told = problem(client.post("/v1/match", json=body), 422)
    assert [one["field"] for one in told.get("errors", [{"field": ""}])] == [field]


def test_filters_are_sent_back_as_they_were_understood(client: TestClient) -> None:
    body = {"text": "涂层", "own_house": True, "filters": {"countries": ["中国"], "kinds": ["高校"], "price_max": "50万"}}
    answer = client.post("/v1/match", json=body).json()
    filters = answer["question"]["filters"]
    assert (filters["countries"], filters["kinds"], filters["price_max"], filters["currency"]) == (["CN"], ["university"], 500_000, "CNY")
    assert answer["question"]["own_house"] is True
    assert set(answer["left_out"]) == {"own_house", "closed", "other_currency", "other_ties"}
    assert answer["closed"] == ""


def test_an_unknown_word_of_a_filter_is_a_problem_that_names_the_nearest(client: TestClient) -> None:
    told = problem(client.post("/v1/match", json={"text": "x", "filters": {"countries": ["Germny"]}}), 422)
    assert "such as DE Germany 德国" in told["detail"]
    assert told["errors"][0]["field"] == "filters.countries"


def test_the_longest_text_is_taken(client: TestClient) -> None:
    assert client.post("/v1/match", json={"text": "涂层 " * 6_666}).status_code == 200


def test_what_is_not_json_is_400(client: TestClient) -> None:
    problem(client.post("/v1/match", content=b'{"text"', headers={"content-type": "application/json"}), 400)


def test_a_lone_surrogate_is_no_text(client: TestClient) -> None:
    for raw in (b'{"text": "\\ud800"}', b'{"text": "x", "\\ud800": 1}', b'{"text": "x", "about": "\\ud800"}'):
        problem(client.post("/v1/match", content=raw, headers={"content-type": "application/json"}), 422)


def test_long_bodies_are_refused_by_header_and_as_they_come(client: TestClient) -> None:
    problem(client.post("/v1/match", content=b" " * (BODY_LIMIT + 1)), 413)
    problem(client.post("/v1/match", content=iter([b" " * 65_536] * (BODY_LIMIT // 65_536 + 1))), 413)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/match", 405),
        ("GET", "/", 404),
        ("GET", "/v1/nodes/none", 404),
        ("GET", "/v1/nodes/" + "x" * 501, 422),
        ("PUT", "/readyz", 405),
        ("GET", "/v1/health", 404),
    ],
)
def test_everything_else_is_a_problem_too(client: TestClient, method: str, path: str, status: int) -> None:
    problem(client.request(method, path), status)


def test_whoever_asks_is_answered_alike(client: TestClient) -> None:
    said = [client.post("/v1/match", json={"text": "laser welding", "asker": name}) for name in ("I06", "D01", "nobody at all")]
    assert {one.status_code for one in said} == {200}
    assert len({one.text for one in said}) == 1


def test_a_mistake_of_the_service_tells_nothing(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    from desk import ask

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret path /srv")

    monkeypatch.setattr(ask, "ask", broken)
    told = problem(client.post("/v1/match", json={"text": "x"}), 500)
    assert "secret" not in json.dumps(told)


def test_many_new_questions_at_once(client: TestClient) -> None:
    def ask(number: int) -> int:
        return client.post("/v1/match", json={"text": f"coating number {number} of a tool"}).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(24))) == {200}


def test_before_the_first_index_there_is_503_and_then_an_answer(run: Run, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new.db"
    assert run("ingest", CENTRE, "--no-index", "--store", url).exit_code == 0
    with TestClient(create_app(load(store=url, follow_seconds=0.1)), raise_server_exceptions=False) as client:
        wait_until(client, state="no index", ready=False, answers=False)
        response = client.post("/v1/match", json={"text": "coating"})
        assert problem(response, 503)["detail"] == "there is no index yet"
        assert int(response.headers["retry-after"]) > 0
        assert run("index", "--store", url).exit_code == 0
        wait_until(client, ready=True, state="ok")
        assert client.post("/v1/match", json={"text": "coating"}).status_code == 200


def test_a_damaged_index_is_told_with_the_way_to_mend_it(run: Run, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/damaged.db"
    assert run("ingest", CENTRE, "--store", url).exit_code == 0
    store = connect(url)
    folder, _ = generations.newest(store)
    store.close()
    file = max(folder.iterdir(), key=lambda one: one.stat().st_size)
    whole = file.read_bytes()
    file.write_bytes(whole[:200] + bytes([whole[200] ^ 1]) + whole[201:])
    with TestClient(create_app(load(store=url, follow_seconds=0.1)), raise_server_exceptions=False) as client:
        wait_until(client, state="damaged index", ready=False)
        detail = problem(client.post("/v1/match", json={"text": "coating"}), 503)["detail"]
        assert detail.startswith("the index is damaged; `dovetail index`")
        response = client.get("/readyz")
        assert (problem(response, 503)["detail"], response.json()["reason"]) == (detail, detail)
        assert run("index", "--store", url).exit_code == 0
        wait_until(client, ready=True, state="ok")
        assert client.post("/v1/match", json={"text": "coating"}).status_code == 200


def test_what_is_fed_meanwhile_is_answered_from(run: Run, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/growing.db"
    assert run("ingest", CENTRE, "--store", url).exit_code == 0
    file = tmp_path / "later" / "institutions.csv"
    file.parent.mkdir()
    file.write_text("id,name,kind,description\nZ1,Zeta Cryogenics,enterprise,Superconducting magnets for cyclotrons\n", "utf-8")
    with TestClient(create_app(load(store=url, follow_seconds=0.1))) as client:
        wait_until(client, ready=True)
        body = {"text": "Superconducting magnets for cyclotrons", "include_weak": True}
        assert client.post("/v1/match", json=body).json()["matches"][0]["name"] != "Zeta Cryogenics"
        assert run("ingest", file, "--no-index", "--store", url).exit_code == 0
        wait_until(client, behind=False)
        snapshot = client.app.state.service.snapshot  # type: ignore[attr-defined]

        def made() -> set[str]:
            return {name for each in (snapshot, snapshot.joins, snapshot.texts) for name in vars(each)}

        read = made()
        assert client.post("/v1/match", json=body | {"asker": "I06"}).json()["matches"][0]["name"] == "Zeta Cryogenics"
        assert made() - read <= {"display"}  # the question waited for nothing that could be read before it


def test_matches_are_answered_while_a_chunk_is_embedded(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path}/fed.db"
    assert run("ingest", CENTRE, "--store", url).exit_code == 0
    file = tmp_path / "later" / "institutions.csv"
    file.parent.mkdir()
    file.write_text(f"id,name,kind,description\nZ1,Zeta Cryogenics,enterprise,Cryostats of series {time.time_ns()}\n", "utf-8")
    is_embedding, go_on, real = threading.Event(), threading.Event(), Embedder._forward

    def forward(self: Embedder, texts: list[str], side: Side, engine: Engine | None) -> Vectors:
        if side == "passage":
            is_embedding.set()
            assert go_on.wait(60)
        return real(self, texts, side, engine)

    with TestClient(create_app(load(store=url, follow_seconds=0.1))) as client:
        wait_until(client, ready=True, behind=0)
        body = {"about": "D01"}  # its vectors are kept; a text of one's own has to be embedded, and waits for the chunk
        before = client.post("/v1/match", json=body).json()
        monkeypatch.setattr(Embedder, "_forward", forward)
        try:
            assert run("ingest", file, "--no-index", "--store", url).exit_code == 0
            assert is_embedding.wait(60)
            assert client.post("/v1/match", json=body).json() == before
            assert wait_until(client, ready=True, state="ok", texts_behind=True)["behind"] is True
        finally:
            go_on.set()
        wait_until(client, behind=False, texts_behind=False)
        asked = {"text": "cryostats for magnets", "include_weak": True}
        names = [one["name"] for one in client.post("/v1/match", json=asked).json()["matches"]]
        assert "Zeta Cryogenics" in names


def test_a_service_that_is_stopped_while_it_embeds_does_not_wait_for_the_rest(centre_url: str) -> None:
    service = Service(load(store=centre_url), Metrics())
    service._go_on(1, 2)
    service._stop.set()
    with pytest.raises(_Stopped):
        service._go_on(1, 2)
    service.store.close()


def test_nothing_happens_at_import_or_creation(tmp_path: Path) -> None:
    create_app(Settings(store=f"sqlite:///{tmp_path}/none.db"))
    assert not list(tmp_path.iterdir())


def test_while_the_store_is_gone_matches_are_answered_and_the_rest_is_503_and_does_not_name_it(centre_url: str) -> None:
    with TestClient(create_app(load(store=centre_url, follow_seconds=0.1)), raise_server_exceptions=False) as client:
        wait_until(client, ready=True, state="ok")
        client.app.state.service.store.close()  # type: ignore[attr-defined]
        state = wait_until(client, state="failing")
        assert (state["ready"], state["answers"], state["behind"]) == (False, True, None)
        assert client.get("/livez").status_code == 200
        time.sleep(0.2)
        assert state["stale_seconds"] < client.get("/readyz").json()["stale_seconds"] < 60
        response = client.get("/v1/nodes/none")
        problem(response, 503)
        assert int(response.headers["retry-after"]) > 0
        assert "centre.db" not in response.text
        asked = {"about": "D01", "asker": "I06", "explain": True}
        answer = client.post("/v1/match", json=asked)
        assert answer.status_code == 200
        assert answer.json()["matches"] and answer.json()["facts"]
        assert 0 <= int(answer.headers["age"]) <= client.get("/readyz").json()["stale_seconds"]
