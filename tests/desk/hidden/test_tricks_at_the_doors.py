"""Tricks to learn of a confidential demand at the doors: routes, commands, exit codes, languages, time."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.http import housekeeping
from api.http.app import create_app
from api.settings import load
from desk.find import find
from desk.process.demand import DEMAND
from desk.process.principals import Actor, Role, Scope
from desk.show import describe
from graph import language
from graph.errors import DovetailError
from leads.leads import Leads
from leads.meetings.meetings import Meetings
from leads.model import Suggestion
from leads.suggestions import write
from matcher.embedding.embedder import Embedder
from tests.api.conftest import invoke
from tests.api.http.test_http import wait_until
from tests.desk.hidden import stages as of
from tests.desk.hidden.asking import SAYS
from tests.desk.hidden.stages import FILE, GUESSES, LEFT, NODE, NUMBER, POSTED, SECRET, TEASED, WORK, Stage, stage
from tests.desk.hidden.worlds import NAMES, OPERATOR, actor, ins, node_of, token

MISSING = "0" * 12


CHANGING = re.compile(r'"(next|last_used)":"[^"]*"|evt_[0-9a-f]+')
"""A cursor is sealed, each anew; a key was used when it was used; the id of an event is made with the key of its store."""
PROBES = ("/livez", "/readyz", "/metrics")
"""What tells of the process, or the operator alone."""


def on_every_route(client: TestClient) -> Iterator[tuple[str, str]]:
    """Each method and path of the OpenAPI document, with ids of the demand, and of what belongs to it, in the place of what it takes."""
    for path, methods in client.app.openapi()["paths"].items():  # type: ignore[attr-defined]
        if path in PROBES:
            continue
        for text in (NODE, NUMBER, FILE, LEFT, WORK, POSTED) if "{" in path else ("",):
            filled = re.sub(r"\{\w+\}", text.replace("/", "%2F"), path.replace("{kind}", "demands").replace("{source}", "desk"))
            yield from ((method.upper(), filled) for method in methods if method == "get" or "{" in path)  # what is begun is one's own


def served(one: Stage) -> list[Any]:
    """Every answer of the service to somebody who looks for the demand."""
    found: list[Any] = []
    key = key_of(one, "key of who looks", Role.PROVIDER, "rival", Scope.READ, Scope.WRITE, Scope.INGEST)
    told = load(store=one.world.store.url, follow_seconds=0.1, requests_per_minute=1_000_000)
    with TestClient(create_app(told), raise_server_exceptions=False) as client:
        health = wait_until(client, ready=True, behind=False)
        found.append({name: value for name, value in health.items() if name != "stale_seconds"})

        def keep(response: Any) -> None:
            skipped = ("age", "date", "retry-after", "ratelimit-reset", "ratelimit-remaining")
            headers = {name: value for name, value in response.headers.items() if name not in skipped}
            found.append((response.status_code, headers, CHANGING.sub("", response.text)))

        for speaks in ("en", "zh"):
            spoken = {"Accept-Language": speaks, "X-Request-Id": "one"}
            for text in (*GUESSES, TEASED, NAMES["firm"], NAMES["broker"], ins("firm")):
                keep(client.get(f"/v1/nodes/{text}", headers=spoken))
                keep(client.head(f"/v1/nodes/{text}", headers=spoken))
                keep(client.post("/v1/match", json={"about": text, "as_of": of.DAY}, headers=spoken))
                keep(client.post("/v1/match", json={"text": "gasket", "asker": text, "as_of": of.DAY}, headers=spoken))
                keep(client.get(f"/v1/trust/{text}", headers=spoken))
            for want in ("partners", "demands", "achievements", "experts", "resources"):
                for text in (SECRET["description"], "seal", "kryptonite"):
                    asked = {"text": text, "want": want, "k": 20, "include_weak": True, "explain": True, "as_of": of.DAY}
                    keep(client.post("/v1/match", json=asked, headers=spoken))
                asked = {"text": "seal", "want": want, "filters": {"regions": ["Atlantis"]}}
                keep(client.post("/v1/match", json=asked, headers=spoken))
        for asking in ({}, {"Authorization": f"Bearer {key}"}):
            for method, path in on_every_route(client):
                body = {} if method in ("GET", "DELETE") else {"json": {}}
                keep(client.request(method, path, headers=asking | {"X-Request-Id": "one"}, **body))
        keep(client.get("/openapi.json", headers={"X-Request-Id": "one"}))
    return found


def test_every_route(stages: dict[str, Stage], monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask every route by every name, as nobody and with a key of one's own, and read bodies, headers and statuses; questions in two
    languages."""
    monkeypatch.setattr(housekeeping, "keep_house", lambda _store: (0, 0))  # the stage's demands are of a day long past by the real clock
    there, never = served(stages["there"]), served(stages["never"])
    assert len(there) == len(never) > 800
    for one, other in zip(there, never, strict=True):
        assert one == other
    assert {one[0] for one in there[1:]} >= {200, 401, 403, 404, 422} and all(one[0] < 500 for one in there[1:])


def test_watching_readiness(embedder: Embedder) -> None:
    """Watch whether the service is ready while a demand is published: it says that something is still to be read, not what or how much."""
    with stage("never", embedder) as one, TestClient(create_app(load(store=one.world.store.url, follow_seconds=3600))) as client:
        before = wait_until(client, ready=True, behind=False)
        one.world.post("secret", SECRET, minute=5000)
        after = client.get("/readyz").json()
        assert after["behind"] is True
        assert {**after, "stale_seconds": 0, "behind": False} == {**before, "stale_seconds": 0}


def told(one: Stage, key: str, *arguments: str) -> tuple[int, str, str]:
    done = invoke(*arguments, "--key", key, store=one.world.store.url)
    return done.exit_code, done.stdout, done.stderr.replace(one.world.store.url, "STORE")


def key_of(one: Stage, named: str, role: Role, who: str, *scopes: Scope) -> str:
    with one.world.act(named, 1000):
        return one.world.keys.create(OPERATOR, role, "x", institution=ins(who), scopes=scopes)


def commands(text: str) -> list[list[str]]:
    """What somebody may type who looks for what ``text`` names."""
    return [
        ["demands", "show", text], ["demands", "history", text], ["demands", "list"], ["demands", "withdraw", text],
        ["demands", "talk", text],
        ["demands", "confirm", text], ["demands", "untease", text], ["demands", "publish", text, "--visibility", "public"],
        ["admissions", "list"], ["admissions", "list", "--of", text], ["admissions", "ask", text, "--confidential"],
        ["admissions", "offer", text, NAMES["press"]], ["admissions", "who", text], ["admissions", "history", text],
        ["admissions", "grant", text], ["admissions", "refuse", text], ["files", "list"], ["files", "list", "--of", text],
        ["files", "remove", text], ["contacts", "list"], ["contacts", "list", "--of", text], ["keys", "list"],
        ["keys", "revoke", text], ["members", "list"], ["members", "remove", text], ["journal", "show", f"demand:{text}"],
        ["journal", "head"],
    ]  # fmt: skip


@pytest.mark.parametrize("who", ["rival", "party", "press", "key without read"])
def test_every_command(stages: dict[str, Stage], who: str) -> None:
    """Type every command with a key of one's own, in two languages, and read output, errors and exit codes."""
    role, house, scopes = {
        "rival": (Role.PROVIDER, "rival", (Scope.READ, Scope.WRITE)), "party": (Role.PROVIDER, "other", (Scope.READ, Scope.WRITE)),
        "press": (Role.CONSUMER, "press", (Scope.READ,)), "key without read": (Role.ENTERPRISE, "firm", (Scope.INGEST,)),
    }[who]  # fmt: skip
    without = stages["other words" if who == "press" else "never"]
    pair = stages["there"], without
    keys = [key_of(one, f"key of {who}", role, house, *scopes) for one in pair]
    codes = set()
    for text in (NUMBER, NODE, of.FILE, of.OFFERED if who != "press" else MISSING, str(SECRET["title"])):
        for command in commands(text):
            for speaks in ("en", "zh"):
                first, second = (told(one, key, *command, "--lang", speaks) for one, key in zip(pair, keys, strict=True))
                assert first == second, command
                codes.add(first[0])
                if who == "key without read":
                    assert first[0] != 0 or command[0] in ("keys", "members"), command
    assert len(codes) >= 2 or who == "key without read"


def test_errors_in_another_language(stages: dict[str, Stage]) -> None:
    """Be refused in Chinese, in the hope that a translation says more: what is hidden and what is missing are one sentence."""
    demands, language_of = stages["there"].world.demands, ("en", "zh")
    for speaks in language_of:
        language.speak(speaks)
        for event in dict.fromkeys(row.event for row in DEMAND.transitions):
            said = []
            for number in (NUMBER, MISSING, of.DRAFT):
                with pytest.raises(DovetailError) as refused:
                    demands.do(actor("rival"), number, event, SAYS.get(event), {"title": "x"} if event == "revise" else None)
                said.append(str(refused.value).replace(number, "NUMBER"))
            assert len(set(said)) == 1, event


def test_time(stages: dict[str, Stage]) -> None:
    """Measure how long a refusal takes for what is hidden and for what is missing, in turns: the medians are near."""
    there, rival = stages["there"].world, actor("rival")
    viewer = stages["there"].viewer(rival)
    calls: dict[str, tuple[Callable[[str], object], str, str]] = {
        "find": (lambda text: find(there.store, text, viewer), NODE, node_of(MISSING)),
        "show": (lambda text: describe(there.store, text, viewer=viewer), NODE, node_of(MISSING)),
        "demand": (lambda text: there.demands.show(rival, text), NUMBER, MISSING),
        "withdraw": (lambda text: there.demands.do(rival, text, "withdraw"), NUMBER, MISSING),
        "file": (lambda text: there.files.show(rival, text), of.FILE, MISSING),
        "ask": (lambda text: there.admissions.ask(rival, text, confidential=True), NODE, node_of(MISSING)),
    }
    calls |= _of_leads(stages["there"])
    for name, (call, hidden, missing) in calls.items():
        found = (_medians(call, hidden, missing) for _ in range(10))  # a machine that is busy with something else tells nothing
        assert any(abs(one - other) < max(one, other) / 2 + 0.00001 for one, other in found), name


def _of_leads(one: Stage) -> dict[str, tuple[Callable[[str], object], str, str]]:
    """What is refused of a lead of the demand, and of a meeting at which it is talked of."""
    store, rival, missing = one.world.store, actor("rival", role=Role.BROKER), "0" * 16
    leads, meetings, boss = Leads(store), Meetings(store), actor("firm")
    lead = Suggestion.of(NODE, ins("lab"), found="2026-03-02", about=ins("firm"), hidden=True)
    write(store, [lead])
    meeting = meetings.plan(boss, "Seals", "2026-06-10", ["09:00"], [4]).id
    meetings.invite(boss, meeting, lead.id)
    return {
        "lead": (lambda text: leads.show(rival, text), lead.id, missing),
        "note": (lambda text: leads.do(rival, text, "note", {"text": "x"}), lead.id, missing),
        "history of a lead": (lambda text: leads.history(rival, text), lead.id, missing),
        "meeting": (lambda text: meetings.show(rival, text), meeting, MISSING),
        "cancel": (lambda text: meetings.do(rival, text, "cancel"), meeting, MISSING),
        "talk": (lambda text: meetings.answer(rival, text, missing, "need", "accepted"), meeting, MISSING),
        "history of a meeting": (lambda text: meetings.history(rival, text), meeting, MISSING),
    }  # fmt: skip


def _medians(call: Callable[[str], object], hidden: str, missing: str) -> tuple[float, float]:
    took: dict[str, list[float]] = {hidden: [], missing: []}
    for _ in range(150):
        for text, times in took.items():
            began = time.perf_counter()
            with pytest.raises(DovetailError):
                call(text)
            times.append(time.perf_counter() - began)
    return median(took[hidden]), median(took[missing])


def test_a_key_of_nobody(stages: dict[str, Stage]) -> None:
    """Show a key that is made up, revoked or none: the same words, and what the public sees."""
    url = stages["there"].world.store.url
    said = {invoke("demands", "show", number, "--key", f"dvt_{token('x', 4)}_{'A' * 43}", store=url).output for number in (NUMBER, MISSING)}
    assert len(said) == 1
    assert stages["there"].viewer(Actor(id="x", role=Role.OPERATOR, scopes=frozenset({Scope.INGEST}))) == stages["there"].viewer(None)
