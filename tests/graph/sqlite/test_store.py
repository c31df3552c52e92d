"""What is SQLite's own: the file, other people's files, hands inside it, a power of kill, and the speed of writing."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from graph import Batch, connect
from graph.errors import FeedTruncated, InvalidInput, StoreError
from graph.ids import edge_id, node_id
from graph.model import Achievement, Edge, EdgeKind, NodeKind, Provenance
from graph.sqlite.file import SCHEMA
from graph.sqlite.store import SqliteStore
from graph.store import Cursor
from tests.conftest import ROOT
from tests.graph.samples import achievement, institution, owns


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store's file with two nodes and an edge, closed."""
    made = tmp_path / "made.db"
    store = SqliteStore(made)
    store.write(Batch(nodes=[institution("ins-a", former_ids=("ins-old",)), achievement("ach-1")], edges=[owns("edg-1", "ins-a", "ach-1")]))
    store.close()
    return made


def by_hand(path: Path, *statements: str) -> None:
    """Run ``statements`` in the file, past the store."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for statement in statements:
            db.execute(statement)


@contextmanager
def nobody() -> Iterator[None]:
    """File permissions hold for everybody but root: be somebody else meanwhile."""
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


# -- opening


def test_a_missing_store_is_made_only_if_asked(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/deep/er/new.db"
    with pytest.raises(StoreError, match=r"there is no store.*dovetail ingest"):
        connect(url, create=False)
    assert not (tmp_path / "deep").exists()
    connect(url).close()
    connect(url, create=False).close()


def test_a_relative_address_stays_with_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = connect("sqlite:///here.db")
    assert store.url == "sqlite:///here.db"
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    store.write(Batch(nodes=[institution("ins-a")]))
    rows = store.scan(NodeKind.INSTITUTION)
    assert next(rows).id == "ins-a"
    assert store.count() == {"Institution": 1}, "over a second connection, the first being busy"
    assert list((tmp_path / "elsewhere").iterdir()) == []
    store.close()


def test_a_name_that_means_something_to_sqlite_is_a_file_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in (":memory:", "file:x?mode=memory", "100%.db", "数据.db"):
        connect(f"sqlite:///{name}").close()
        assert (tmp_path / name).is_file()


def test_what_is_not_a_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("Not a database, but long enough to have a header of its own. " * 50)
    before = file.read_bytes()
    with pytest.raises(StoreError, match=r"notes\.txt: file is not a database"):
        SqliteStore(file)
    assert file.read_bytes() == before


@pytest.mark.parametrize("table", ["song (title TEXT)", "meta (name TEXT)", "meta (key TEXT, value TEXT)"])
def test_another_programs_database_is_refused_and_left_alone(tmp_path: Path, table: str) -> None:
    file = tmp_path / "music.db"
    by_hand(file, f"CREATE TABLE {table}")
    before = file.read_bytes()
    with pytest.raises(StoreError, match="not a store of Dovetail"):
        SqliteStore(file)
    assert file.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["music.db"]


def test_another_schema_is_refused(path: Path) -> None:
    by_hand(path, f"UPDATE meta SET value = {SCHEMA + 1} WHERE key = 'schema'")
    with pytest.raises(StoreError, match=rf"another version of Dovetail \(schema {SCHEMA + 1}, this one reads {SCHEMA}\)"):
        SqliteStore(path)


def test_a_folder_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="unable to open"):
        SqliteStore(tmp_path)


def test_a_path_through_a_file_is_refused(path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        SqliteStore(path / "below.db")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may enter (pytest's own are closed to others)."""
    folder = Path(tempfile.mkdtemp(prefix="dovetail-test-"))
    folder.chmod(0o777)
    yield folder
    folder.chmod(0o777)
    shutil.rmtree(folder)


def test_a_new_file_in_a_read_only_folder_is_refused_with_a_hint(open_folder: Path) -> None:
    open_folder.chmod(0o555)
    with nobody():
        with pytest.raises(StoreError, match=r"new.db: .* \(does its folder exist, and may you write there\?\)"):
            SqliteStore(open_folder / "new.db")
        with pytest.raises(StoreError, match="cannot be opened"):
            SqliteStore(open_folder / "deeper" / "new.db")


def test_a_store_in_a_read_only_folder_is_read_and_not_written(open_folder: Path, path: Path) -> None:
    shutil.copy(path, open_folder / "there.db")
    (open_folder / "there.db").chmod(0o444)
    open_folder.chmod(0o555)
    with nobody():
        store = SqliteStore(open_folder / "there.db", create=False)
        assert store.count() == {"Achievement": 1, "Institution": 1, "OWNS": 1}
        assert store.check(deep=True).problems == ()
        with pytest.raises(StoreError, match="readonly"):
            store.write(Batch(nodes=[institution("ins-b")]))
        store.close()
    assert [one.name for one in open_folder.iterdir()] == ["there.db"]


def test_what_others_write_into_a_read_only_folder_is_read(open_folder: Path) -> None:
    """Somebody else may write there: while their log is there, it is read with the file; a file that changes under a reader is told."""
    writer = SqliteStore(open_folder / "there.db")
    writer.write(Batch(nodes=[institution("ins-a")]))
    for file in open_folder.iterdir():
        file.chmod(0o644)
    open_folder.chmod(0o555)
    with nobody():
        reader = SqliteStore(open_folder / "there.db", create=False)
        assert reader.count() == {"Institution": 1}
    writer.write(Batch(nodes=[institution("ins-b")]))
    with nobody():
        assert reader.count() == {"Institution": 2}
    open_folder.chmod(0o777)
    writer.close()  # the log goes into the file
    open_folder.chmod(0o555)
    with nobody():
        found = reader.scan(NodeKind.INSTITUTION)
        next(found)
    os.utime(open_folder / "there.db", ns=(1, 1))
    with nobody(), pytest.raises(StoreError, match="somebody wrote to it"):
        list(found)
    reader.close()


def test_a_read_only_file_is_read_and_not_written(open_folder: Path, path: Path) -> None:
    shutil.copy(path, open_folder / "there.db")
    (open_folder / "there.db").chmod(0o444)
    open_folder.chmod(0o777)
    with nobody():
        store = SqliteStore(open_folder / "there.db")
        assert store.count() == {"Achievement": 1, "Institution": 1, "OWNS": 1}
        with pytest.raises(StoreError, match="readonly"):
            store.write(Batch(nodes=[institution("ins-b")]))
        assert store.cursor().revision == 1
        store.close()


OPENER = """
import sys
from graph import connect
store = connect(sys.argv[1])
print(store.cursor().epoch)
"""


def test_processes_that_open_a_new_file_at_once_share_one_store(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new.db"
    openers = [subprocess.Popen([sys.executable, "-c", OPENER, url], cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(6)]
    assert len({opener.communicate()[0] for opener in openers}) == 1
    assert [opener.returncode for opener in openers] == [0] * 6
    with closing(sqlite3.connect(tmp_path / "new.db")) as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


@pytest.mark.parametrize("url", ["", "dovetail.db", "sqlite:dovetail.db", "sqlite://", "sqlite:///", "sqlite://host/x.db", "mysql:///x"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput, match="not a store address"):
        connect(url)


@pytest.mark.parametrize("url", ["x://me:secret@host", "x://me:secret@word@host", "me:secret@host", "x://me:a://secret@host"])
def test_no_secret_is_repeated(url: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        connect(url)
    assert "secret" not in str(caught.value)
    assert "host" in str(caught.value)


# -- connections


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts open files where Linux lists them")
def test_threads_that_end_leave_no_connection_open(path: Path) -> None:
    descriptors = Path("/proc/self/fd")
    store = SqliteStore(path)
    before = len(list(descriptors.iterdir()))
    for _ in range(100):
        reader = threading.Thread(target=store.count)
        reader.start()
        reader.join()
    assert len(list(descriptors.iterdir())) <= before + 3
    store.close()


def test_another_writer_is_waited_for_and_then_named(path: Path) -> None:
    store = SqliteStore(path, busy_seconds=0.1)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match=r"made\.db: database is locked"):
            store.write(Batch(nodes=[institution("ins-b")]))
        assert store.count() == {"Achievement": 1, "Institution": 1, "OWNS": 1}, "readers are not in its way"
        other.execute("ROLLBACK")
    assert store.write(Batch(nodes=[institution("ins-b")])).revision == 2
    store.close()


def test_a_store_is_not_used_across_a_fork(path: Path) -> None:
    program = f"""
import os
from graph import connect
from graph.errors import StoreError
store = connect("sqlite:///{path}")
child = os.fork()
if not child:
    try:
        store.count()
    except StoreError as error:
        os._exit(7 if "after a fork" in str(error) else 1)
    os._exit(2)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
print(store.count()["OWNS"])
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("1\n", "")


# -- the feed's floor


@pytest.mark.parametrize(("gone", "cursor"), [("revision <= 3", 2), ("revision = 4", 2), ("revision > 3", 2), ("1", 4)])
def test_a_feed_with_a_hole_is_never_read_as_whole(tmp_path: Path, gone: str, cursor: int) -> None:
    store = SqliteStore(tmp_path / "feed.db")
    for i in range(5):
        store.write(Batch(nodes=[institution(f"ins-{i}")]))
    by_hand(tmp_path / "feed.db", f"DELETE FROM log WHERE {gone}")
    with pytest.raises(FeedTruncated):
        list(store.changes(Cursor(store.cursor().epoch, cursor)))
    store.close()


def test_a_cursor_above_the_floor_is_served(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "feed.db")
    for i in range(5):
        store.write(Batch(nodes=[institution(f"ins-{i}")]))
    by_hand(tmp_path / "feed.db", "DELETE FROM log WHERE revision <= 3")
    assert [change.revision for change in store.changes(Cursor(store.cursor().epoch, 3))] == [4, 5]
    assert store.check(deep=True).problems == ()
    store.close()


# -- hands inside the file


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ('UPDATE node SET content = replace(content, \'"name":"i\', \'"name":"I\')', "ins-a: its content does not match its hash"),
        ("UPDATE edge SET content = content || ' '", "edg-1: its content does not match its hash"),
        ("UPDATE node SET content = CAST(x'ff' AS TEXT) WHERE id = 'ins-a'", "ins-a: its content does not match its hash"),
        ("UPDATE node SET hash = x'00' WHERE id = 'ach-1'", "ach-1: its content does not match its hash"),
        ("UPDATE node SET id = 'ach-2' WHERE id = 'ach-1'", "ach-2: its columns do not match its content"),
        ("UPDATE node SET kind = 'Expert' WHERE id = 'ach-1'", "ach-1: cannot be read as Expert"),
        ("UPDATE node SET kind = 'Nothing' WHERE id = 'ach-1'", "ach-1: cannot be read as Nothing"),
        ("UPDATE edge SET target = 'ins-a'", "edg-1: its columns do not match its content"),
        ("DELETE FROM node WHERE id = 'ach-1'", "edge edg-1: its target ach-1 is missing"),
        ("DELETE FROM node WHERE id = 'ins-a'", "lookup key of ins-a, which is missing"),
        ("DELETE FROM key WHERE key = 'ins-old'", "ins-a: its lookup keys do not match its content"),
        ("INSERT INTO key VALUES ('ins-older', 'ins-a')", "ins-a: its lookup keys do not match its content"),
        ("DELETE FROM log", "the change feed has 0 entries"),
        ("UPDATE meta SET value = 9 WHERE key = 'revision'", "the store is at revision 9"),
    ],
)
def test_a_deep_check_finds_a_hand_edit(path: Path, statement: str, problem: str) -> None:
    by_hand(path, statement)
    store = SqliteStore(path)
    found = store.check(deep=True).problems
    assert any(problem in one for one in found), found
    store.close()


@pytest.mark.parametrize("table", ["node", "edge", "key", "log"])
@pytest.mark.parametrize("deep", [False, True])
def test_a_check_of_a_damaged_page_tells_of_it(path: Path, table: str, deep: bool) -> None:
    with closing(sqlite3.connect(path)) as db:
        (page,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        (size,) = db.execute("PRAGMA page_size").fetchone()
    content = bytearray(path.read_bytes())
    content[(page - 1) * size : page * size] = random.Random(page).randbytes(size)
    path.write_bytes(content)
    store = SqliteStore(path)
    assert store.check(deep=deep).problems != ()
    store.close()


# -- kill -9

VICTIM = """
import sys
from graph import Batch, connect
from graph.model import Edge, EdgeKind, Achievement, Institution, Provenance
store = connect(sys.argv[1])
origin = Provenance("tests", "x")
for batch in range(10_000):
    owner = Institution(id="ins-a", provenance=origin, name=str(batch))
    works = [Achievement(id=f"ach-{batch:05}-{i:03}", provenance=origin, title="t" * 300) for i in range(100)]
    edges = [Edge(id=f"edg-{w.id}", kind=EdgeKind.OWNS, source="ins-a", target=w.id, provenance=origin) for w in works]
    store.write(Batch(nodes=[owner, *works], edges=edges))
    print(batch + 1, flush=True)
"""


@pytest.mark.parametrize("round_", range(5))
def test_after_kill_9_a_store_holds_whole_batches_only(tmp_path: Path, round_: int) -> None:
    url = f"sqlite:///{tmp_path}/killed.db"
    victim = subprocess.Popen([sys.executable, "-c", VICTIM, url], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert victim.stdout is not None
    assert victim.stdout.readline() == "1\n"
    time.sleep(random.Random(round_).uniform(0.0, 0.4))
    victim.send_signal(signal.SIGKILL)
    told = int((["1", *victim.stdout.read().split()])[-1])
    victim.wait()
    store = connect(url, create=False)
    revision = store.cursor().revision
    assert revision in (told, told + 1), "what was told as written is there; the last one may not have been told"
    assert store.count() == {"Achievement": 100 * revision, "Institution": 1, "OWNS": 100 * revision}
    assert [change.revision for change in store.changes(Cursor(store.cursor().epoch, 0))] == list(range(1, revision + 1))
    assert store.check(deep=True).problems == ()
    assert store.write(Batch(nodes=[institution("ins-b")])).revision == revision + 1
    store.close()


# -- speed


@pytest.mark.slow
def test_a_hundred_thousand_nodes_and_twice_as_many_edges_take_seconds(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "large.db")
    rows = range(100_000)
    nodes = [
        Achievement(
            id=node_id(NodeKind.ACHIEVEMENT, "s", str(i)), provenance=Provenance("s", str(i)), title=f"Method {i}", abstract="words " * 80
        )
        for i in rows
    ]
    owners = [institution(node_id(NodeKind.INSTITUTION, "s", str(i))) for i in range(1000)]
    ends = [(owners[i * 7919 % 1000].id, nodes[i % len(nodes)].id, str(i)) for i in range(200_000)]
    edges = [
        Edge(
            id=edge_id(EdgeKind.OWNS, source, target, "s", one),
            kind=EdgeKind.OWNS,
            source=source,
            target=target,
            provenance=Provenance("s", one),
        )
        for source, target, one in ends
    ]
    store.write(Batch(nodes=[*owners]))
    began = time.process_time()
    for at in range(0, len(nodes), 2000):
        store.write(Batch(nodes=[*nodes[at : at + 2000]]))
    for at in range(0, len(edges), 2000):
        store.write(Batch(edges=edges[at : at + 2000]))
    seconds = time.process_time() - began
    assert store.count() == {"Achievement": 100_000, "Institution": 1000, "OWNS": 200_000}
    store.close()
    assert seconds < 30, f"{seconds:.1f} s of CPU; 11 were measured on two busy cores"
