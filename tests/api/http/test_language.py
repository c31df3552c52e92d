"""Accept-Language: which language is answered, and what of an answer never changes."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.http import guards, problems
from api.http.guards import accepted
from api.http.problems import MEDIA
from desk.schemas import MatchRequest
from graph.errors import NotFound
from graph.language import _


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-GB,en;q=0.9,zh;q=0.8", "en"),
        ("fr, zh;q=0.3", "zh"),
        ("de", "en"),
        ("*", "en"),
        ("zh;q=0, en;q=0.1", "en"),
        ("ZH-hant", "zh"),
        ("en;q=0.5,zh;q=0.6", "zh"),
        ("zh;q=x, en;q=0.1", "en"),
        ("zh , en", "zh"),
        (";;,q=,", "en"),
        ("zh;q=1.000", "zh"),
        ("en;q=0", "en"),
    ],
)
def test_the_language_that_is_preferred(header: str, expected: str) -> None:
    assert accepted(header) == expected


@pytest.fixture(scope="module")
def client() -> TestClient:
    """A service of two routes with the guards and problems of the real one."""
    app = FastAPI()
    problems.install(app)
    guards.install(app, {"testserver"})

    @app.get("/missing")
    def missing() -> None:
        raise NotFound(_("nothing here is called {text} (an id, a source's id, or a name in full)", text="D99"))

    @app.post("/match")
    def match(request: MatchRequest) -> str:
        return request.text

    return TestClient(app, raise_server_exceptions=False)


def test_a_problem_is_told_in_the_language_of_the_request(client: TestClient) -> None:
    english, chinese = (client.get("/missing", headers={"Accept-Language": name}) for name in ("en", "zh-CN"))
    assert (english.status_code, chinese.status_code) == (404, 404)
    assert english.headers["content-type"] == chinese.headers["content-type"] == MEDIA
    assert (english.headers["content-language"], chinese.headers["content-language"]) == ("en", "zh")
    assert english.headers["vary"] == "Accept-Language"
    assert english.json() == {
        "type": "about:blank",
        "code": "not_found",
        "title": "Not Found",
        "status": 404,
        "detail": "nothing here is called D99 (an id, a source's id, or a name in full)",
    }
    assert chinese.json() == {
        "type": "about:blank",
        "code": "not_found",
        "title": "未找到",
        "status": 404,
        "detail": "这里没有名为 D99 的内容（编号、来源编号或全名）",
    }


@pytest.mark.parametrize(
    ("body", "field", "rule"),
    [
        ({"text": "x", "k": 1000}, "k", "应不大于 100"),
        ({"text": "x", "kk": 1}, "kk", "不接受其他字段"),
        ({"text": 5}, "text", "应为文本"),
        ({}, "", "请给出 text 或 about"),
        ({"text": "x", "as_of": "soon"}, "as_of", "日期写作 YYYY-MM-DD"),
        ({"text": "x", "want": "gold"}, "want", "应为 'partners', 'achievements', 'experts', 'demands' 或 'resources'"),
        ({"text": "x", "filters": {"trl_min": 12}}, "filters.trl_min", "应不大于 9"),
        ({"text": "x", "filters": {"currency": "moon"}}, "filters.currency", "应为币种，如 CNY 或 EUR"),
    ],
)
def test_rules_are_told_and_fields_keep_their_names(client: TestClient, body: dict[str, object], field: str, rule: str) -> None:
    sent = client.post("/match", json=body, headers={"Accept-Language": "zh"})
    assert sent.status_code == 422
    assert sent.json()["errors"] == [{"field": field, "rule": rule}]


def test_no_request_hears_the_language_of_the_one_before(client: TestClient) -> None:
    client.get("/missing", headers={"Accept-Language": "zh"})
    assert client.get("/missing").json()["title"] == "Not Found"
    assert client.get("/nowhere", headers={"Accept-Language": "zh"}).json()["title"] == "未找到"
