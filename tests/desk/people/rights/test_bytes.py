"""Once a person is forgotten, and the files are fed again, no byte of store, index, cache, contact book and logs tells of the person."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.cli import main
from desk.people.contacts import Contacts, Reached
from desk.people.rights.persons import Persons
from desk.people.rights.reached import erase
from desk.people.secret_files import CONTACTS, key_file
from desk.people.streams import verified
from graph import Store, connect
from graph.model import EdgeKind, NodeKind
from graph.store import Cursor
from ingest.unchanged import META
from matcher.embedding.embedder import cache_folder
from tests.conftest import EACH_STORE, new_store
from tests.desk.people.rights.conftest import (
    BIO,
    EMPLOYER,
    MAIL,
    NAME,
    OPERATOR,
    ORCID,
    PHONE,
    ROW,
    fed,
    forms,
    holding,
    without_person,
    written,
)  # fmt: skip

PERSONAL = (NAME, ROW, ORCID, BIO, MAIL, PHONE)
Run = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own for the store, the cache and the keys; the model is the user's."""
    folder = tmp_path / "home"
    (folder / "cache").mkdir(parents=True)
    (folder / "cache" / "models").symlink_to(cache_folder() / "models")
    monkeypatch.setenv("DOVETAIL_CACHE", str(folder / "cache"))
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def run(home: Path) -> Run:
    """The command line on a store in that folder; what it prints is kept there too, as a log would."""

    def on_store(*arguments: object) -> Result:
        done = CliRunner().invoke(main, [*map(str, arguments), "--store", f"sqlite:///{home}/centre.db"], prog_name="dovetail")
        (home / "printed.log").open("a", encoding="utf-8").write(done.stderr)
        return done

    return on_store


def test_the_search_finds_each_form_of_a_text(tmp_path: Path) -> None:
    for number, form in enumerate(forms(NAME, ORCID)):
        (tmp_path / f"{number}.bin").write_bytes(b"\x00" + form + b"\xff")
    assert len(holding(tmp_path, NAME, ORCID)) == len([*forms(NAME, ORCID)]) == 8


def test_nothing_is_left_after_the_files_are_fed_again(home: Path, tmp_path: Path, run: Run) -> None:
    paths = written(tmp_path / "sources")
    keep = ("--contacts", "keep", "--purpose", "talks", "--consent", "by form", "--date", "2026-01-02")
    assert run("ingest", *paths, *keep).exit_code == 0
    assert run("match", f"低温烧结银浆 {NAME}", "--want", "experts").exit_code == 0
    assert NAME in run("show", ROW).stdout and NAME in run("match", "低温烧结银浆", "--want", "experts").stdout
    (contact,) = json.loads(run("contacts", "list", "--json").stdout)
    assert contact["value"]["source"] == "experts.csv"
    assert json.loads(run("contacts", "reveal", contact["id"], "--reason", "test", "--json").stdout)["mails"] == [MAIL]
    before = holding(home, *PERSONAL)
    assert any(name.startswith("centre.db") for name in before) and any("cache/index" in name for name in before)
    vectors = vectors_of(home)

    done = run("person", "forget", f"{NAME} @ {EMPLOYER}", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["contacts"], told["left"], told["mentions"]) == (1, [], [])
    assert holding(home, *PERSONAL) == {}
    assert vectors_of(home) < vectors

    again = run("ingest", *paths, *keep, "--json")
    assert again.exit_code == 0
    total = json.loads(again.stdout)["ingest"]["total"]
    assert (total["suppressed"], total["contacts_kept"], total["added"]) == (5, 0, 0)
    assert run("index", "--rescale").exit_code == 0
    assert holding(home, *PERSONAL) == {}
    with closing(connect(f"sqlite:///{home}/centre.db")) as store:
        assert store.check(deep=True).problems == () and verified(store)[1] == []
    for typed in (NAME, ROW, f"orcid:{ORCID}", f"{NAME} @ {EMPLOYER}"):
        assert run("show", typed).exit_code == 3
    assert NAME not in run("match", "低温烧结银浆", "--want", "experts", "--weak").stdout


def vectors_of(home: Path) -> int:
    """How many vectors the cache holds."""
    total = 0
    for path in (home / "cache" / "vectors").glob("*.vectors"):
        with closing(sqlite3.connect(path)) as database:
            total += database.execute("SELECT count(*) FROM vector").fetchone()[0]
    return total


def test_answers_are_those_of_a_store_that_never_knew_the_person(home: Path, tmp_path: Path, run: Run) -> None:
    paths = written(tmp_path / "sources")
    assert run("ingest", *paths).exit_code == 0
    assert run("person", "forget", f"{NAME} @ {EMPLOYER}", "--rescale").exit_code == 0
    assert run("ingest", *paths).exit_code == 0
    asked = [("match", "功率模块的银浆", "--weak", "--as-of", "2026-01-01", "--json", "--want", want) for want in ("experts", "partners")]
    answers = [answer(run(*one)) for one in asked]
    (home / "centre.db").rename(home / "former.db")
    for name in ("centre.db-wal", "centre.db-shm", "centre.db.suppression.key"):
        (home / name).unlink(missing_ok=True)
    assert run("ingest", *written(tmp_path / "sources", without_person())).exit_code == 0
    assert answers == [answer(run(*one)) for one in asked]


def answer(done: Result) -> dict[str, object]:
    found: dict[str, object] = json.loads(done.stdout)
    return {name: value for name, value in found.items() if name != "revision"}  # the two came by other ways


def test_without_a_new_index_none_is_left(home: Path, tmp_path: Path, run: Run) -> None:
    assert run("ingest", *written(tmp_path / "sources")).exit_code == 0
    assert run("person", "forget", f"{NAME} @ {EMPLOYER}", "--no-index").exit_code == 0
    assert holding(home, *PERSONAL) == {}
    assert run("match", "银浆").exit_code == 7
    assert run("index").exit_code == 0 and run("match", "银浆").exit_code == 0


def test_a_stop_before_the_cleaning_is_made_good(home: Path, tmp_path: Path, run: Run) -> None:
    assert run("ingest", *written(tmp_path / "sources")).exit_code == 0
    with closing(connect(f"sqlite:///{home}/centre.db")) as store:
        Persons(store).forget(OPERATOR, f"{NAME} @ {EMPLOYER}")
    assert holding(home, *PERSONAL)
    assert run("person", "again").exit_code == 0
    assert holding(home, *PERSONAL) == {}


def test_a_reader_that_keeps_the_log_open_is_told(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'centre.db'}"
    with closing(connect(url, wait_seconds=0.1)) as store, closing(connect(url)) as other:
        fed(store, tmp_path)
        reading = other.scan(NodeKind.RECORD)
        next(reading)
        fed(store, tmp_path, {"gamma/institutions.csv": "id,name\nG1,南岭光电实验室\n"})
        told = store.scrub()
        assert len(told) == 1 and "run this again" in told[0]
        assert [*reading] != []
        reading.close()
        assert store.scrub() == ()


@pytest.mark.parametrize("name", EACH_STORE)
def test_no_verb_of_a_store_gives_anything_of_the_person(name: str, tmp_path: Path) -> None:
    with new_store(name, tmp_path) as url, closing(connect(url)) as store:
        book = Contacts(store, key_file(store, CONTACTS))
        fed(store, tmp_path)
        book.keep(OPERATOR, ROW, Reached(name=NAME, mails=(MAIL,)), purpose="talks", consent="by form", date="2026-01-02")
        assert holds(everything(store), PERSONAL)
        persons = Persons(store)
        assert erase(store, book, OPERATOR, persons.find(OPERATOR, ROW), "forgotten") == 1
        persons.forget(OPERATOR, ROW)
        fed(store, tmp_path)
        assert not holds(everything(store), PERSONAL)
        assert bool(store.scrub()) == (name == "neo4j")  # what a server keeps in its logs is told


def everything(store: Store) -> Iterator[str]:
    """All that the verbs of a store give."""
    for kind in (*NodeKind, *EdgeKind):
        yield from map(repr, store.scan(kind))
    yield from (document.content.decode("utf-8", "replace") + document.id for document in store.documents_since(0))
    yield from map(repr, store.changes(Cursor(store.cursor().epoch, 0)))
    yield repr(store.meta(META))


def holds(texts: Iterator[str], wanted: tuple[str, ...]) -> list[str]:
    said = "\n".join(texts)
    return [one for one in wanted if one in said]


def test_the_vectors_of_a_question_in_ones_own_words_are_nowhere(home: Path, tmp_path: Path, run: Run) -> None:
    assert run("ingest", *written(tmp_path / "sources")).exit_code == 0
    before = vectors_of(home)
    asked = "Ventilqualle sucht Schweissnaht 独有的问题文字"
    assert run("match", asked).exit_code == 0
    assert vectors_of(home) == before
    assert holding(home, "Ventilqualle", "独有的问题文字") == {}
    assert run("match", "--about", "A1").exit_code == 0  # what is in the store anyhow is kept
    assert vectors_of(home) > before
