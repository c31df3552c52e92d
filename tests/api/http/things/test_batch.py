"""Many questions at once: the answers of each asked alone, and one batch of texts for the model."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.http.app import create_app
from api.settings import load
from desk.process.principals import Role, Scope
from desk.sources.terms import Redisplay, Terms, set_terms
from graph import connect
from graph.copy import copy
from matcher.embedding.embedder import Embedder
from tests.api.conftest import invoke
from tests.api.http.people.conftest import Caller, key_of
from tests.api.http.things.conftest import lines, when_ready


@pytest.fixture(scope="module")
def service(centre_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, Caller]]:
    """A service on a copy of the example centre that is ready, and the operator."""
    url = f"sqlite:///{tmp_path_factory.mktemp('batch')}/b.db"
    copy(connect(centre_url), target := connect(url))
    assert invoke("index", store=url).exit_code == 0
    key = key_of(target, Role.OPERATOR, "", *Scope)
    with TestClient(create_app(load(store=url, follow_seconds=0.1, requests_per_minute=0)), raise_server_exceptions=False) as opened:
        when_ready(opened)
        yield opened, Caller(opened, key)


QUESTIONS: list[dict[str, Any]] = [
    {"about": "D01", "k": 3}, {"text": "Low-temperature sintering of silver paste", "explain": True}, {"about": "nobody at all"},
    {"text": "你好"}, {"text": "涂层厚度在线测量", "want": "achievements", "as_of": "2025-06-30"},
    {"text": "x", "filters": {"countries": ["Atlantis"]}}, {"about": "D02", "want": "experts"},
]  # fmt: skip


def test_each_is_answered_as_if_it_were_asked_alone(service: tuple[TestClient, Caller]) -> None:
    client, operator = service
    for caller in (operator, Caller(client, "")):
        together = caller("POST", "/v1/match/batch", json={"questions": QUESTIONS})
        assert together.status_code == 200, together.text
        answers = together.json()["answers"]
        assert len(answers) == len(QUESTIONS)
        for question, found in zip(QUESTIONS, answers, strict=True):
            alone = caller("POST", "/v1/match", json=question)
            assert (found["answer"] is None) == (found["problem"] is not None) == (alone.status_code != 200)
            if found["problem"]:
                told = {"errors": None, "more": None} | alone.json()
                assert found["problem"] | {"request_id": ""} == told | {"request_id": ""}
            else:
                assert found["answer"] == alone.json()


def test_the_texts_of_all_that_is_asked_about_are_embedded_together_and_of_others_nothing_is_kept(
    service: tuple[TestClient, Caller], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, operator = service
    forwards: list[int] = []
    plain = Embedder._forward

    def counted(self: Embedder, texts: list[str], *more: Any) -> Any:
        forwards.append(len(texts))
        return plain(self, texts, *more)

    def asked(questions: list[dict[str, Any]]) -> list[int]:
        del forwards[:]
        found = client.post("/v1/match/batch", json={"questions": questions}).json()["answers"]
        assert all(one["answer"] for one in found)
        return list(forwards)

    new = secrets.token_hex(4)  # vectors are kept from run to run
    texts = [f"ceramic filter {new} number {number} for molten aluminium" for number in range(12)]
    body = lines(*({"id": f"{new}{number}", "title": text} for number, text in enumerate(texts)))
    assert operator("POST", "/v1/rows/demands/batch", content=body, headers={"Content-Type": "application/x-ndjson"}).status_code == 200
    when_ready(client, behind=False, texts_behind=False)
    monkeypatch.setattr(Embedder, "_forward", counted)
    about = [{"about": f"{new}{number}"} for number in range(12)]
    together = asked(about)
    assert 0 < len(together) <= 4 and sum(together) >= 12  # both models; what tells boilerplate, then what is asked
    assert asked(about) == []
    own_words = [{"text": f"{text}!"} for text in texts]
    assert asked(own_words) == asked(own_words) != []


def test_a_batch_has_1_to_100_good_questions(service: tuple[TestClient, Caller]) -> None:
    client, _operator = service
    for questions in ([], [{"text": "x"}] * 101, [{"text": "x", "k": 0}], [{}], [{"text": " "}], "x"):
        refused = client.post("/v1/match/batch", json={"questions": questions})
        assert refused.status_code == 422 and refused.json()["errors"][0]["field"].startswith("questions")


def test_a_field_takes_what_its_schema_says(service: tuple[TestClient, Caller]) -> None:
    client, _operator = service
    bad_ones: list[dict[str, Any]] = [
        {"as_of": "2026"}, {"as_of": "2026-02-30"}, {"as_of": 20260101}, {"k": "5"}, {"k": True}, {"explain": 1}, {"explain": "true"},
        {"own_house": "no"}, {"about": " "}, {"filters": {"trl_min": "3"}}, {"filters": {"price_max": True}},
    ]  # fmt: skip
    for bad in bad_ones:
        refused = client.post("/v1/match", json={"text": "laser"} | bad)
        assert refused.status_code == 422, bad
        assert refused.json()["errors"][0]["field"].split(".")[-1] in str(bad)


def test_no_sentence_is_told_of_what_may_not_be_shown(service: tuple[TestClient, Caller]) -> None:
    client, operator = service
    question = {"about": "D01", "as_of": "2026-06-30", "include_weak": True}
    works = [work for match in client.post("/v1/match", json=question).json()["matches"] for work in match["works"]]
    source = next(work["source"] for work in works if work["sentence"])
    store = client.app.state.service.store  # type: ignore[attr-defined]
    set_terms(store, Terms(source=source, redisplay=Redisplay.NO))
    for caller, is_shown in ((Caller(client, ""), False), (operator, True)):
        (told,) = caller("POST", "/v1/match/batch", json={"questions": [question]}).json()["answers"]
        for answer in (caller("POST", "/v1/match", json=question).json(), told["answer"]):
            sentences = [work["sentence"] for match in answer["matches"] for work in match["works"] if work["source"] == source]
            assert sentences and any(sentences) is is_shown
    set_terms(store, Terms(source=source))
