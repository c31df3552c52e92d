"""``dovetail trust`` and ``evidence`` and ``/v1/trust``: stages, lists, pictures, items on file, and what is refused."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.http.app import create_app
from api.settings import load
from desk.people.keys import Keys
from desk.process.principals import Role
from desk.trust.schemas import TrustListOut, TrustOut, TrustWordsListOut, TrustWordsOut
from graph import connect
from tests.api.conftest import Run, invoke
from tests.conftest import CENTRE
from tests.desk.members.conftest import OPERATOR

DAY = ("--as-of", "2026-06-30")


def told(done: Any) -> Any:
    """The JSON that a command printed."""
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_a_relation_has_a_stage_a_log_and_prospects(centre: Run) -> None:
    out = TrustOut.model_validate(told(centre("trust", "I06", "I02", *DAY, "--json")))
    assert out.stage == "consolidated"
    assert [step.after for step in out.log] == ["forming", "consolidated"]
    assert any(one.startswith("a breach would drop it to") for one in out.prospects)
    text = centre("trust", "I06", "I02", *DAY, "--log").stdout
    assert "2024-05-31  forming → consolidated" in text
    assert centre("trust", "I06", "--log").exit_code == 2


@pytest.mark.parametrize("itself", ["I06", "恒岬精密机械"])
def test_an_asker_about_itself_is_refused_and_nothing_is_drawn(centre: Run, tmp_path: Path, itself: str) -> None:
    file = tmp_path / "trust.html"
    done = centre("trust", "I06", itself, *DAY, "--html", file)
    assert (done.exit_code, file.exists()) == (2, False)
    assert "nobody has an opinion about itself" in done.stderr


def test_what_was_heard_names_the_way(centre: Run) -> None:
    out = told(centre("trust", "I01", "I15", *DAY, "--json"))
    assert out["heard_through"][0][0] == "岑海理工大学"
    assert {item["way"] for item in out["opinion"]["items"]} == {"heard"}
    assert "heard  you → " in centre("trust", "I01", "I15", *DAY).stdout


def test_whom_an_institution_trusts(centre: Run) -> None:
    out = TrustListOut.model_validate(told(centre("trust", "I06", *DAY, "--json")))
    nets = [one.belief - one.disbelief for one in out.most]
    assert nets == sorted(nets, reverse=True)
    assert all(one.belief < one.disbelief for one in out.least)
    assert "least" in centre("trust", "I06", *DAY).stdout


def test_the_neighbourhood_is_one_file_that_needs_no_network(centre: Run, tmp_path: Path) -> None:
    file = tmp_path / "trust.html"
    done = centre("trust", "I06", *DAY, "--html", file)
    assert done.exit_code == 0, done.output
    html = file.read_text("utf-8")
    assert "恒岬精密机械" in html or "\\u6052\\u5cac" in html
    assert '<script src="http' not in html


def test_the_service_tells_nobody_who_is_not_known(centre_url: str) -> None:
    with TestClient(create_app(load(store=centre_url, follow_seconds=0.1)), raise_server_exceptions=False) as client:
        pair = {"asker": "I06", "target": "I02"}
        asked = [pair, {**pair, "target": "nobody"}]
        client.headers["X-Request-Id"] = "one"  # which a problem names
        said = [client.get("/v1/trust", params=one) for one in asked] + [client.get(f"/v1/trust/{one}") for one in ("I06", "nobody")]
        assert {(one.status_code, one.headers["content-type"]) for one in said} == {(401, "application/problem+json")}
        assert len({one.text for one in said}) == 1


def test_the_service_tells_members_their_own_view_and_others_words(own: str) -> None:
    keys = {name: Keys(connect(own)) for name in ("I06", "I08")}
    shown = {name: made.create(OPERATOR, Role.ENTERPRISE, "x", institution=name) for name, made in keys.items()}
    with TestClient(create_app(load(store=own, follow_seconds=0.1)), raise_server_exceptions=False) as client:
        for _ in range(600):
            if client.get("/readyz").json()["ready"]:
                break
            time.sleep(0.1)
        asked = {"asker": "I06", "target": "I02", "as_of": "2026-06-30"}
        told = {name: client.get("/v1/trust", params=asked, headers={"Authorization": f"Bearer {key}"}) for name, key in shown.items()}
        assert {one.status_code for one in told.values()} == {200}
        assert told["I06"].json()["opinion"]["belief"] > 0 and told["I06"].json()["opinion"]["items"]
        words = told["I08"].json()
        assert "opinion" not in words and not {"items", "heard_through", "log"} & words.keys()
        listed = [client.get("/v1/trust/I06", headers={"Authorization": f"Bearer {key}"}).json() for key in shown.values()]
        assert "belief" in listed[0]["most"][0] and "belief" not in json.dumps(listed[1])
        late = client.get("/v1/trust", params=asked | {"as_of": "soon"}, headers={"Authorization": f"Bearer {shown['I06']}"})
        assert late.status_code == 422


@pytest.fixture
def own(tmp_path: Path) -> str:
    """A store of the centre that may be written to."""
    url = f"sqlite:///{tmp_path}/own.db"
    assert invoke("ingest", CENTRE, "--rejects", tmp_path / "rejects", store=url).exit_code in (0, 8)
    return url


FILED = ("--kind", "harm_check", "--outcome", "1", "--date", "2026-03-01", "--document", "H-1")


def test_evidence_is_filed_counts_and_is_withdrawn_with_a_trace(own: str) -> None:
    before = told(invoke("trust", "I06", "I02", *DAY, "--json", store=own))["opinion"]
    one = told(invoke("evidence", "add", "I06", "I02", *FILED, "--verified-by", "I13", "--json", store=own))["id"]
    again = invoke("evidence", "add", "I06", "I02", *FILED, "--verified-by", "I13", store=own)
    assert again.exit_code == 0
    after = told(invoke("trust", "I06", "I02", *DAY, "--json", store=own))["opinion"]
    assert len(after["items"]) == len(before["items"]) + 1
    assert after["belief"] > before["belief"]
    gone = invoke("evidence", "withdraw", one, "--reason", "filed in error", "--date", "2026-06-01", store=own)
    assert gone.exit_code == 0, gone.output
    assert told(invoke("trust", "I06", "I02", *DAY, "--json", store=own))["opinion"] == before
    assert len(told(invoke("trust", "I06", "I02", "--as-of", "2026-05-31", "--json", store=own))["opinion"]["items"]) == len(after["items"])
    assert "withdrawn 2026-06-01: filed in error" in invoke("show", "I02", "--limit", "50", store=own).stdout.replace("\n", " ")
    assert invoke("evidence", "withdraw", one, "--reason", "twice", store=own).exit_code == 2
    assert invoke("evidence", "withdraw", "edg-nothing", "--reason", "x", store=own).exit_code == 3


@pytest.mark.parametrize(
    ("target", "verifier", "said"), [("I06", "I13", "what a party says of itself"), ("I02", "I02", "cannot verify evidence about itself")]
)
def test_a_self_declaration_is_refused(own: str, target: str, verifier: str, said: str) -> None:
    done = invoke("evidence", "add", "I06", target, *FILED, "--verified-by", verifier, store=own)
    assert (done.exit_code, said in done.stderr) == (2, True)


def test_a_file_of_evidence_is_imported_and_its_self_declarations_rejected(own: str, tmp_path: Path) -> None:
    file = tmp_path / "centre" / "evidence.csv"
    file.parent.mkdir()
    rows = ["I06,I02,payment,1,2026-01-05,I13,P-1", "I06,I06,payment,1,2026-01-05,I13,P-2", "I06,I02,payment,1,2026-01-06,I02,P-3"]
    file.write_text("source,target,kind,outcome,date,verified_by,document\n" + "\n".join(rows) + "\n", "utf-8")
    done = invoke("evidence", "import", file, "--rejects", tmp_path / "rejected", "--json", store=own)
    assert done.exit_code == 8, done.output
    assert "another party than target" in done.stdout


def test_anchors_are_named_and_listed(own: str) -> None:
    assert "no anchors" in invoke("evidence", "anchors", store=own).stdout
    named = told(invoke("evidence", "anchors", "I13", "--json", store=own))["anchors"]
    assert len(named) == 1
    assert named[0] in invoke("evidence", "anchors", store=own).stdout


def test_what_is_not_ones_own_view_is_told_in_words(centre: Run) -> None:
    own, other = (told(centre("trust", "I06", "I02", *DAY, "--as", who, "--json")) for who in ("I06", "I13"))
    assert TrustOut.model_validate(own).opinion.items
    words = TrustWordsOut.model_validate(other)
    line = centre("trust", "I06", "I02", *DAY, "--as", "I13").stdout
    assert words.in_words in line and not any(char in line for char in "█╳░")
    assert TrustWordsListOut.model_validate(told(centre("trust", "I06", *DAY, "--as", "I13", "--json"))).asker == own["asker"]
    assert "What is told of whom I06 trusts" in centre("trust", "I06", *DAY, "--as", "I13").stdout
    for refused in ("--log", "--html"):
        done = invoke("trust", "I06", "I02", *DAY, "--as", "I13", refused, *(["x.html"] if refused == "--html" else []), store=None)
        assert done.exit_code != 0


def test_who_is_spoken_of_replies_and_objects_and_is_corrected(own: str) -> None:
    bad = ("--kind", "delivery", "--outcome", "-1", "--date", "2026-03-01", "--document", "L-1", "--verified-by", "I13")
    one = told(invoke("evidence", "add", "I06", "I02", *bad, "--json", store=own))["id"]

    def do(*arguments: str, code: int = 0) -> str:
        done = invoke("evidence", *arguments, store=own)
        assert done.exit_code == code, done.output
        return done.stdout

    assert one in do("about", "I02", "--as", "I02") and one not in do("about", "I02", "--as", "I04")
    do("reply", one, "--text", "late by agreement", "--as", "I04", code=3)
    do("object", one, "--grounds", "another firm", "--as", "I06", code=2)
    assert do("reply", one, "--text", "late by agreement", "--as", "I02") == f"{one}: replied\n"
    assert do("object", one, "--grounds", "another firm", "--as", "I02") == f"{one}: objected\n"
    screen = invoke("trust", "I06", "I02", *DAY, "--as", "I06", store=own).stdout
    assert "late by agreement" in screen and "(objected)" in screen
    assert "reply: late by agreement" in invoke("show", "I02", "--limit", "50", store=own).stdout.replace("\n", " ")
    listed = do("objections", "--state", "objected")
    assert "grounds: another firm" in listed and "reply: late by agreement" in listed
    assert do("retract", one, "--as", "I02") == f"{one}: retracted\n"
    do("uphold", one, "--reason", "x", code=2)
    do("object", one, "--grounds", "another firm", "--as", "I02")
    assert do("uphold", one, "--reason", "it was this firm") == f"{one}: upheld\n"
    assert do("correct", one, "--reason", "it was not", "--as", "I06") == f"{one}: corrected\n"
    assert "withdrawn" in do("about", "I02", "--as", "I02")
    assert do("erase", one, "--as", "I02") == f"{one}: erased\n"
    assert "late by agreement" not in do("about", "I02")
