"""What the doctor says of installations that this one is not."""

from __future__ import annotations

import json
import logging
import shutil
from collections import namedtuple
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from api import doctor
from api.doctor import State
from api.logs import JsonFormatter
from api.settings import Settings
from tests.api.conftest import Run

Usage = namedtuple("Usage", "total used free")


def installed(monkeypatch: pytest.MonkeyPatch, requires: list[str], versions: dict[str, str]) -> None:
    """Pretend that dovetail requires this and that these versions are there."""

    def version(name: str) -> str:
        if name not in versions:
            raise metadata.PackageNotFoundError(name)
        return versions[name]

    monkeypatch.setattr(metadata, "requires", lambda _name: requires)
    monkeypatch.setattr(metadata, "version", version)


def test_packages_that_are_missing_or_old_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    requires = ["click>=8.1,<9", "numpy>=2,<3", "rich (>=13)", 'ruff>=1 ; extra == "dev"', "uvicorn[standard]>=0.30"]
    installed(monkeypatch, requires, {"click": "7.1", "rich": "14.0", "uvicorn": "0.31"})
    found = doctor._packages()
    assert (found.state, found.what) == (State.FAIL, "click is 7.1, needed is >=8.1,<9; numpy is missing")
    installed(monkeypatch, requires, {"click": "8.1.7", "numpy": "2.4", "rich": "14.0", "uvicorn": "0.31"})
    assert doctor._packages().state is State.OK


def test_a_source_tree_is_checked_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> list[str]:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", missing)
    assert {name for name, _ in doctor._requirements()} == set(doctor.NEEDED)
    assert doctor._packages().state is State.OK


def test_without_torch_nothing_is_embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, [], {})
    assert doctor._torch().state is State.FAIL


def test_a_cuda_build_is_told_with_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    Named = namedtuple("Named", "name")
    monkeypatch.setattr(metadata, "version", lambda _name: "2.13.0")
    monkeypatch.setattr(metadata, "distributions", lambda: [Named("nvidia-cudnn"), Named("nvidia-nccl"), Named("rich"), Named(None)])
    monkeypatch.setattr(doctor, "_installed_size", lambda _name: 1_700_000_000)
    found = doctor._torch()
    assert found.state is State.OK
    assert "a CUDA build (5.1 GB installed with 2 nvidia packages)" in found.what
    assert "CPU build" in found.mend


@pytest.mark.parametrize(("free", "state"), [(100e6, State.FAIL), (1e9, State.WARN), (1e12, State.OK)])
def test_little_room_is_told(monkeypatch: pytest.MonkeyPatch, free: float, state: State) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(0, 0, free))
    assert [one.state for one in doctor._cache()] == [state]


def test_a_cpu_without_bfloat16_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from matcher.embedding import embedder

    monkeypatch.setattr(embedder, "_has_bfloat16", lambda: False)
    (found,) = doctor._model(Settings(), deep=False)
    assert "slower" in found.what


def test_an_address_that_no_store_understands() -> None:
    (found,) = doctor._store(Settings(store="oracle://x"), deep=False)
    assert found.state is State.FAIL
    assert "--store" in found.mend


def test_an_empty_store_is_to_be_fed(tmp_path: Path) -> None:
    from graph.address import connect

    url = f"sqlite:///{tmp_path}/empty.db"
    connect(url).close()
    store, content = doctor._store(Settings(store=url), deep=False)
    assert (store.state, content.state) == (State.WARN, State.OK)
    assert "dovetail ingest" in store.mend


def test_an_index_behind_damaged_or_of_another_model(run: Run, firms: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from graph.address import connect
    from matcher.index.generations import newest

    monkeypatch.chdir(tmp_path)
    url = "sqlite:///some.db"
    assert run("ingest", firms, "--store", url).exit_code == 8

    def states(*more: object) -> dict[str, Any]:
        return {one["name"]: one for one in json.loads(run("doctor", "--json", "--store", url, *more).stdout)["checks"]}

    more = tmp_path / "more" / "institutions.csv"
    more.parent.mkdir()
    more.write_text("id,name\nG1,Gamma Optics\n", "utf-8")
    assert run("ingest", more, "--no-index", "--store", url).exit_code == 0
    assert states()["index"]["state"] == "warn"
    assert "behind" in states()["index"]["what"]
    assert run("index", "--store", url).exit_code == 0
    assert states("--deep")["index"]["state"] == "ok"
    store = connect(url)
    folder, _ = newest(store)
    store.close()
    damaged = folder / "nodes.npy"
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"?")
    scale = folder / "scale.bin"
    scale.write_bytes(b"?" + scale.read_bytes()[1:])
    for found in (states()["index"], states("--deep")["index"]):  # every file is looked at, deep or not
        assert (found["state"], found["mend"]) == ("fail", f"dovetail index --store {url}")
        assert found["what"].endswith("damaged files: nodes.npy, scale.bin")


def test_a_store_that_others_may_read_is_told(tmp_path: Path) -> None:
    from graph.address import connect

    path = tmp_path / "a store.db"
    connect(f"sqlite:///{path}").close()
    settings = Settings(store=f"sqlite:///{path}")
    assert list(doctor._open_to_others(settings)) == []
    path.chmod(0o640)
    (found,) = doctor._open_to_others(settings)
    assert (found.state, found.mend) == (State.WARN, f"if it should not be: chmod 600 '{path}'*")


def test_vectors_that_are_not_what_was_written_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from matcher.embedding import vector_cache

    monkeypatch.setenv("DOVETAIL_CACHE", str(tmp_path))
    path = tmp_path / "vectors" / "some.vectors"
    database = vector_cache.opened(path)
    vector_cache.keep(database, {b"1": bytes(8), b"2": bytes(8)})
    assert [one.state for one in doctor._vectors()] == [State.OK]
    with database:
        database.execute("UPDATE vector SET value = x'00ff' WHERE hash = x'31'")
    database.close()
    (found,) = doctor._vectors()
    assert found.state is State.FAIL
    assert found.what == f"{path}: 1 vectors are not what was written; they are embedded anew when they are needed"


def test_log_lines_are_json() -> None:
    try:
        raise ValueError("涂层")
    except ValueError as error:
        record = logging.LogRecord("dovetail", logging.ERROR, __file__, 1, "failed: %s", (error,), (ValueError, error, None))
    told = json.loads(JsonFormatter().format(record))
    assert (told["level"], told["logger"], told["message"]) == ("ERROR", "dovetail", "failed: 涂层")
    assert "ValueError" in told["traceback"]
