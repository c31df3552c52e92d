"""``/v1/jobs``: files are handed in, read in their turn, and told of to whom they are of."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.http import background
from api.http.app import create_app
from api.http.service import Service
from api.settings import load
from desk.people.secret_files import jobs_folder
from desk.process.principals import Role, Scope
from graph import Store, connect
from tests.api.http.people.conftest import Caller, key_of

ROWS = "id,name,kind\nF1,Alfa Coatings GmbH,enterprise\nF2,,enterprise\nF3,贝塔焊接有限公司,enterprise\n".encode()
AT = {"name": "institutions.csv", "source": "lab"}


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "PAUSE_SECONDS", 0.05)


@pytest.fixture
def lab(client: TestClient, people_store: Store) -> Caller:
    return Caller(client, key_of(people_store, Role.PROVIDER, "ins-lab", Scope.READ, Scope.INGEST))


def hand_in(caller: Caller, content: Any = ROWS, status: int = 202, headers: dict[str, str] | None = None, **more: Any) -> Any:
    made = caller("POST", "/v1/jobs", params=AT | more, content=content, headers=headers or {})
    assert made.status_code == status, made.text
    return made.json()


def ended(caller: Caller, id: str, turns: int = 200) -> Any:
    for _ in range(turns):
        shown = caller("GET", f"/v1/jobs/{id}").json()
        if shown["state"] not in ("waiting", "running"):
            return shown
        time.sleep(0.05)
    pytest.fail(f"{shown}")


def files_of(store: Store) -> list[Path]:
    return [path for path in jobs_folder(store).rglob("*") if path.is_file()]


def test_from_a_file_to_its_report(lab: Caller, callers: dict[str, Caller], people_store: Store) -> None:
    id = hand_in(lab)["id"]
    done = ended(lab, id)
    assert done["state"] == "done" and done["counts"]["added"] == 2 and done["has_rejects"] and done["progress"] is None
    report = lab("GET", f"/v1/jobs/{id}/report").json()
    assert report["total"]["rejected"] == 1 and report["files"][0]["rejections"][0]["line"] == 3
    mended = lab("GET", f"/v1/jobs/{id}/rejects")
    assert mended.headers["content-disposition"] == 'attachment; filename="institutions.rejected.csv"'
    assert "F2" in mended.content.decode("utf-8-sig")
    again = hand_in(lab, mended.content.replace(b"F2,,", b"F2,Gamma,"), name="institutions.rejected.csv")["id"]
    assert ended(lab, again)["counts"]["added"] == 1
    assert [one["id"] for one in lab("GET", "/v1/jobs").json()["data"]] == [again, id]
    for _ in range(100):
        if len(files_of(people_store)) == 1:
            break
        time.sleep(0.05)
    assert [path.name for path in files_of(people_store)] == ["institutions.rejected.csv"], "files that were read are deleted"
    other = Caller(lab.client, key_of(people_store, Role.PROVIDER, "ins-rival", Scope.READ, Scope.INGEST))
    for path in ("", "/report", "/rejects"):
        assert other("GET", f"/v1/jobs/{id}{path}").json()["code"] == "not_found"
        assert callers["lab"]("GET", f"/v1/jobs/{id}{path}").status_code == 403
        assert callers["nobody"]("GET", f"/v1/jobs/{id}{path}").status_code == 401
        assert callers["operator"]("GET", f"/v1/jobs/{id}{path}").status_code == 200
    assert other("GET", "/v1/jobs").json() == {"data": [], "next": None}


def test_who_may_not_feed_leaves_no_byte(callers: dict[str, Caller], people_store: Store) -> None:
    for name, status in (("nobody", 401), ("lab", 403)):
        hand_in(callers[name], status=status)
    assert not jobs_folder(people_store).exists()


def test_a_file_that_is_too_large_or_no_file_is_refused(people_store: Store, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Service, "_follow", lambda _self: None)
    with TestClient(create_app(load(store=url, requests_per_minute=0, job_mib=2))) as client:
        lab = Caller(client, key_of(people_store, Role.PROVIDER, "ins-lab", Scope.READ, Scope.INGEST))

        def parts() -> Any:
            for _ in range(5):
                yield b"x" * (1 << 19)

        assert "2097152" in hand_in(lab, b"x" * ((2 << 20) + 1), 413)["detail"]
        assert hand_in(lab, parts(), 413)["code"] == "too_large"
        assert hand_in(lab, b"", 422)["code"] == "invalid"
        assert hand_in(lab, ROWS, 422, name="..")["code"] == hand_in(lab, ROWS, 422, source="desk")["code"] == "invalid"
        assert lab("POST", "/v1/jobs", content=ROWS).status_code == 422
        assert files_of(people_store) == []
        assert ended(lab, hand_in(lab, b"id,name,kind\n" + b"#" * (1 << 20))["id"])["state"] in ("done", "failed")
        assert client.post("/v1/match", content=b"x" * (1 << 21)).status_code == 413


def test_the_same_key_hands_in_one_file(lab: Caller) -> None:
    key = {"Idempotency-Key": "night-1"}
    first = hand_in(lab, headers=key)
    again = lab("POST", "/v1/jobs", params=AT, content=ROWS, headers=key)
    assert again.status_code == 202 and again.headers["idempotent-replayed"] == "true" and again.json()["id"] == first["id"]
    assert lab("POST", "/v1/jobs", params=AT, content=ROWS + b"\n", headers=key).status_code == 422
    assert len(lab("GET", "/v1/jobs").json()["data"]) == 1


def test_a_job_that_waits_is_cancelled(lab: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background.Work, "one", lambda _self: None)
    id = hand_in(lab)["id"]
    assert lab("POST", f"/v1/jobs/{id}/cancel").json()["state"] == "cancelled"
    assert lab("POST", f"/v1/jobs/{id}/cancel").json()["code"] == "not_possible"


def test_what_was_handed_in_is_found(tmp_path: Path) -> None:
    """The first file makes an index; the next are taken in by the follower."""
    url = f"sqlite:///{tmp_path}/new.db"
    with contextlib.closing(connect(url)) as store:
        key = key_of(store, Role.OPERATOR, "", *Scope)
        with TestClient(create_app(load(store=url, requests_per_minute=0, follow_seconds=0.1))) as client:
            operator = Caller(client, key)
            for n, title in enumerate(("Thermal barrier coatings for turbine blades", "Infrared inspection of coatings")):
                rows = f"id,title,abstract,owner\nA{n},{title},,Firm {n}\n".encode()
                done = ended(operator, hand_in(operator, rows, name="achievements.csv")["id"], 600)
                assert (done["state"], done["unindexed"]) == ("done", ""), done
                asked = {"text": title, "want": "achievements", "include_weak": True}
                for _ in range(300):
                    answer = operator("POST", "/v1/match", json=asked)
                    if answer.status_code == 200 and title in answer.text.partition('"matches"')[2]:
                        break
                    time.sleep(0.1)
                assert answer.json()["matches"][0]["name"] == title
