"""What tests of the doors share: a cache of their own over the user's vectors, the command line in this process, a centre's store."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.cli import main
from api.settings import Settings, load
from matcher.embedding.embedder import cache_folder
from tests.conftest import CENTRE

Run = Callable[..., Result]


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Indexes go to a folder of this run; models and vectors are the user's, so that no text is embedded twice on a machine."""
    shared = cache_folder()
    folder = tmp_path_factory.mktemp("cache")
    for part in ("models", "vectors"):
        (shared / part).mkdir(parents=True, exist_ok=True)
        (folder / part).symlink_to(shared / part)
    kept = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("DOVETAIL_")}
    kept |= {name: os.environ.pop(name) for name in ("COLUMNS", "NO_COLOR") if name in os.environ}
    os.environ |= {"DOVETAIL_CACHE": str(folder), "COLUMNS": "100", "DOVETAIL_HOSTS": "testserver"}
    yield folder
    for name in ("DOVETAIL_CACHE", "COLUMNS", "DOVETAIL_HOSTS"):
        del os.environ[name]
    os.environ.update(kept)


def invoke(*arguments: object, stdin: str | bytes | None = None, store: str | None = None) -> Result:
    """``dovetail ARGUMENTS`` in this process; its exit code, stdout and stderr."""
    address = ("--store", store) if store else ()
    return CliRunner().invoke(main, [*map(str, arguments), *address], input=stdin, prog_name="dovetail")


@pytest.fixture
def run() -> Run:
    """The command line on no store in particular."""
    return invoke


@pytest.fixture(scope="session")
def centre_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The store of the example centre, ingested and indexed by the command itself. Nobody writes to it."""
    url = f"sqlite:///{tmp_path_factory.mktemp('centre') / 'centre.db'}"
    done = invoke("ingest", CENTRE, store=url)
    assert done.exit_code == 0, done.output
    return url


@pytest.fixture
def centre(centre_url: str) -> Run:
    """The command line on the example centre's store."""

    def on_centre(*arguments: object, stdin: str | bytes | None = None) -> Result:
        return invoke(*arguments, stdin=stdin, store=centre_url)

    return on_centre


@pytest.fixture
def centre_settings(centre_url: str) -> Settings:
    """Settings of a service on the example centre's store."""
    return load(store=centre_url, follow_seconds=0.1)


@pytest.fixture
def firms(tmp_path: Path) -> Path:
    """Two good rows and a broken one."""
    file = tmp_path / "firms" / "institutions.csv"
    file.parent.mkdir()
    file.write_text("id,name,kind\nF1,Alfa Coatings GmbH,enterprise\nF2,,enterprise\nF3,贝塔焊接有限公司,enterprise\n", "utf-8")
    return file
