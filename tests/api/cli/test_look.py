"""``dovetail show``, ``trust`` and ``doctor`` on the example centre."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from desk.schemas import NodeOut
from tests.api.conftest import Run
from tests.conftest import CENTRE

JIXIE = "恒岬精密机械"


def told(done: Any) -> Any:
    """The JSON that a command printed."""
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", ["I06", "恒岬精密机械", "恒岬精密机械有限公司"])
def test_a_firm_is_found_by_any_of_its_names(centre: Run, name: str) -> None:
    assert JIXIE in told(centre("show", name, "--json"))["fields"]["name"]


def test_an_expert_is_found_by_name(centre: Run) -> None:
    by_id = told(centre("show", "E01", "--json"))
    assert by_id["kind"] == "Expert"
    assert told(centre("show", "沈砚秋", "--json"))["id"] == by_id["id"]
    assert told(centre("show", "沈砚秋 @ 岑海理工大学表面工程研究所", "--json"))["id"] == by_id["id"]


def test_what_is_shown_of_a_firm(centre: Run) -> None:
    node = told(centre("show", "I06", "--json"))
    records = node.pop("records")
    NodeOut.model_validate(node)
    assert records[0]["fields"]["name"]
    assert {edge["kind"] for edge in node["edges"]} >= {"POSTED", "PARTY_TO"}
    text = centre("show", "I06").stdout
    assert "Records" in text
    assert "Edges" in text
    assert node["id"] in text


def test_edges_are_limited(centre: Run) -> None:
    node = told(centre("show", "I06", "--limit", "1", "--json"))
    assert len(node["edges"]) == 1 < node["edges_total"]
    assert f"1 of {node['edges_total']}" in centre("show", "I06", "--limit", "1").stdout


def test_what_is_not_there_is_not_found(centre: Run) -> None:
    done = centre("show", "nothing of that name")
    assert (done.exit_code, done.stdout) == (3, "")


def test_trust_is_a_bar_with_its_evidence(centre: Run) -> None:
    text = centre("trust", "I06", "I02", "--as-of", "2026-01-01").stdout
    assert "as of 2026-01-01" in text
    assert "completed together, last 2024" in text
    assert "█ belief" in text
    assert "2024-05-31" in text
    opinion = told(centre("trust", "I06", "I02", "--as-of", "2026-01-01", "--json"))["opinion"]
    assert opinion["belief"] + opinion["disbelief"] + opinion["uncertainty"] == pytest.approx(1)
    assert opinion["items"]


def test_trust_is_as_of_a_day(centre: Run) -> None:
    before = told(centre("trust", "I06", "I02", "--as-of", "2019", "--json"))
    assert before["as_of"] == "2019-12-31"
    assert before["opinion"]["uncertainty"] == 1
    assert "new to you" in centre("trust", "I06", "I02", "--as-of", "2019").stdout


def test_trust_in_nobody_is_not_found(centre: Run) -> None:
    assert centre("trust", "I06", "I999").exit_code == 3
    done = centre("trust", "I06", "I02", "--as-of", "soon")
    assert (done.exit_code, "--as-of" in done.stderr) == (2, True)


# -- doctor


def states(done: Any) -> dict[str, str]:
    """Check -> state."""
    return {one["name"]: one["state"] for one in json.loads(done.stdout)["checks"]}


def test_a_healthy_centre(centre: Run) -> None:
    done = centre("doctor", "--deep", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["healthy"]
    assert states(done).keys() >= {"python", "packages", "torch", "cache", "model", "store", "content", "index"}
    assert set(states(done).values()) == {"ok"}
    assert "all is well" in centre("doctor").stdout


def test_an_installation_without_a_store_is_no_failure(run: Run, tmp_path: Path) -> None:
    done = run("doctor", "--json", "--store", f"sqlite:///{tmp_path}/none.db")
    assert (done.exit_code, states(done)["store"]) == (0, "warn")
    assert "dovetail ingest" in done.stdout
    assert not (tmp_path / "none.db").exists()


def test_a_file_that_is_no_store_fails(run: Run, tmp_path: Path) -> None:
    (tmp_path / "no.db").write_bytes(b"not a database at all" * 100)
    done = run("doctor", "--store", f"sqlite:///{tmp_path}/no.db")
    assert done.exit_code == 1
    assert "fail  store" in done.stdout
    assert "→" in done.stdout


def test_a_store_without_an_index_fails_with_the_way_out(run: Run, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new.db"
    assert run("ingest", CENTRE, "--no-index", "--store", url).exit_code == 0
    done = run("doctor", "--json", "--store", url)
    assert (done.exit_code, states(done)["index"]) == (1, "fail")
    assert f"dovetail index --store {url}" in done.stdout
    assert run("match", "x", "--store", url).exit_code == 7
    assert run("index", "--store", url).exit_code == 0
    assert run("doctor", "--store", url).exit_code == 0


def test_an_edit_by_hand_is_found_by_a_deep_look(run: Run, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/edited.db"
    assert run("ingest", CENTRE / "institutions.csv", "--no-index", "--store", url).exit_code == 0
    with sqlite3.connect(tmp_path / "edited.db") as database:
        database.execute("UPDATE node SET content = replace(content, '岑海', '岑河')")
    database.close()
    assert states(run("doctor", "--json", "--store", url))["content"] == "ok"
    assert states(run("doctor", "--deep", "--json", "--store", url))["content"] == "fail"


def test_a_model_that_is_not_there_fails(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = run("doctor", "--json", "--model", tmp_path / "empty", "--store", f"sqlite:///{tmp_path}/none.db")
    assert (done.exit_code, states(done)["model"]) == (1, "fail")


def test_a_cache_that_cannot_be_written_fails(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    monkeypatch.setenv("DOVETAIL_CACHE", str(tmp_path / "file" / "cache"))
    done = run("doctor", "--json", "--store", f"sqlite:///{tmp_path}/none.db")
    assert (done.exit_code, states(done)["cache"]) == (1, "fail")
