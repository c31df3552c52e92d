"""``dovetail merges`` from files to a person's word that holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.api.conftest import invoke

ROWS = {"a": "Univ. of Lunperby", "b": "University of Lunperby", "c": "Lunperby University"}


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A store of three sources, each with one spelling."""
    address = f"sqlite:///{tmp_path}/s.db"
    for source, name in ROWS.items():
        file = tmp_path / source / "institutions.csv"
        file.parent.mkdir()
        file.write_text(f"id,name\n{source},{name}\n", "utf-8")
        assert invoke("ingest", file, "--no-index", store=address).exit_code == 0
    return address


def pairs(url: str) -> list[dict[str, object]]:
    done = invoke("merges", "--json", store=url)
    assert done.exit_code == 0, done.output
    found: list[dict[str, object]] = json.loads(done.stdout)["pairs"]
    return found


def test_listed_decided_and_kept(url: str, tmp_path: Path) -> None:
    said = {one["verdict"]: one for one in pairs(url)}
    assert said.keys() == {"SAME", "PROPOSED"}
    shown = invoke("merges", store=url).stdout
    assert "Lunperby University [c]" in shown
    assert str(said["SAME"]["left"]["id"]) in shown  # type: ignore[index]
    same = [said["SAME"][end]["id"] for end in ("left", "right")]  # type: ignore[index]
    proposed = [said["PROPOSED"][end]["id"] for end in ("left", "right")]  # type: ignore[index]
    done = invoke("merges", "split", *same, "--reason", "two houses", store=url)
    assert done.exit_code == 0, done.output
    assert "are two" in done.stdout
    assert json.loads(invoke("merges", "accept", *proposed, "--json", store=url).stdout)["verdict"] == "SAME"
    for source in ("b", "a"):
        assert invoke("ingest", tmp_path / source / "institutions.csv", "--no-index", store=url).exit_code == 0
    assert invoke("merges", "run", store=url).exit_code == 0
    assert {(one["verdict"], one["by_person"]) for one in pairs(url)} == {("SAME", True), ("NOT_SAME", True)}


def test_limit_and_nothing(url: str, tmp_path: Path) -> None:
    done = invoke("merges", "--limit", "1", store=url)
    assert "1 of 2" in done.stderr
    empty = tmp_path / "e" / "institutions.csv"
    empty.parent.mkdir()
    empty.write_text("id,name\n1,Alfa\n", "utf-8")
    other = f"sqlite:///{tmp_path}/e.db"
    invoke("ingest", empty, "--no-index", store=other)
    assert "no row was taken" in invoke("merges", store=other).stdout
    assert "nothing has changed" in invoke("merges", "run", store=other).stdout
    assert "similar names: 0 joined" in invoke("merges", "run", "--full", store=other).stdout


def test_names_and_source_ids_find_what_is_decided_on(url: str) -> None:
    assert invoke("merges", "accept", "Lunperby University", "a", store=url).exit_code == 0
    assert len({invoke("show", name, "--json", store=url).stdout for name in ("a", "c")}) == 1


def test_ids_that_are_not_there(url: str) -> None:
    assert invoke("merges", "accept", "rec-0000000000000000", "rec-0000000000000001", store=url).exit_code == 3
