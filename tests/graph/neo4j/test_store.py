"""What is Neo4j's own: how the graph reads in its browser, hands inside it, addresses, secrets, locks and time limits."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import get_args, get_origin

import msgspec
import pytest

from graph import Batch, connect
from graph.errors import FeedTruncated, InvalidInput, StoreError
from graph.model import EDGE_TYPES, NODE_TYPES, NodeKind, Record
from graph.neo4j.schema import SCHEMA
from graph.neo4j.session import Address
from graph.neo4j.store import Neo4jStore
from graph.scratch import scratch
from graph.store import Cursor, Written
from tests import servers
from tests.conftest import ROOT
from tests.graph.samples import achievement, institution, origin, owns, small, trusts

pytestmark = pytest.mark.neo4j


@pytest.fixture
def made(neo4j_url: str) -> str:
    """A graph with an institution, an achievement, a record and an edge."""
    store = connect(neo4j_url)
    record = Record(id="rec-1", provenance=origin("r"), of=NodeKind.INSTITUTION, fields="{}", keys=("name:a", "name:b"))
    first = institution("ins-a", aliases=("A", "甲"), external_ids=("ror:1",), former_ids=("ins-old",), records=("rec-1",))
    work = achievement("ach-1", price_min=5, date="2024-05")
    store.write(Batch(nodes=[first, work, record], edges=[owns("edg-1", "ins-a", "ach-1", date="2020")]))
    store.close()
    return neo4j_url


# -- how it reads


def test_labels_types_and_plain_properties_are_the_models_own(made: str) -> None:
    ((labels, row),) = servers.by_hand(made, "MATCH (n:Institution {graph: $graph}) RETURN labels(n), properties(n)")
    assert set(labels) == {"Institution", "Entity"}  # type: ignore[call-overload]
    assert {name: value for name, value in row.items() if name not in ("graph", "hash")} == {  # type: ignore[attr-defined]
        "id": "ins-a", "version": 1, "key": "rec-1", "name": "ins-a", "aliases": ["A", "甲"], "external_ids": ["ror:1"],
        "former_ids": ["ins-old"], "records": ["rec-1"], "source": "tests", "source_id": "ins-a",
    }  # fmt: skip
    found = servers.by_hand(made, "MATCH (:Institution {graph: $graph})-[r:OWNS]->(a:Achievement) RETURN r.date, a.date, a.price_min")
    assert found == [["2020", "2024-05", 5.0]]


def test_every_field_of_the_model_is_a_scalar_or_a_list_of_texts() -> None:
    for type_ in {*NODE_TYPES.values(), *EDGE_TYPES.values()}:
        for field in msgspec.structs.fields(type_):
            if field.name != "provenance":
                schema = msgspec.json.schema(field.type)
                assert "object" not in str(schema), f"{type_.__name__}.{field.name} is no flat property"
                if get_origin(field.type) is tuple:
                    assert issubclass(get_args(field.type)[0], str), "a word of a closed list is a text too"
                else:
                    assert "items" not in schema


def test_another_schema_is_refused(made: str) -> None:
    servers.by_hand(made, "MATCH (s:_Store {graph: $graph}) SET s.schema = $schema", schema=SCHEMA + 1)
    with pytest.raises(StoreError, match=rf"another version of Dovetail \(schema {SCHEMA + 1}, this one reads {SCHEMA}\)"):
        connect(made)


def test_a_missing_graph_is_made_only_if_asked(neo4j_url: str) -> None:
    with pytest.raises(StoreError, match=r"there is no store.*dovetail ingest"):
        connect(neo4j_url, create=False)
    connect(neo4j_url).close()
    connect(neo4j_url, create=False).close()


def test_graphs_of_one_database_do_not_see_each_other(made: str) -> None:
    other_url = servers.new_graph()
    other = connect(other_url)
    try:
        assert (other.count(), other.get(["ins-a", "edg-1"]), other.lookup(["ref:ach-1"])) == ({}, {}, {})
        other.write(Batch(nodes=[institution("ins-a", name="another")]))
        other.write(Batch(delete=["ins-a", "ach-1", "edg-1"]))
        first = connect(made, create=False)
        assert first.count() == {"Achievement": 1, "Institution": 1, "OWNS": 1, "Record": 1}
        assert first.check(deep=True).problems == ()
        assert first.cursor().epoch != other.cursor().epoch
        first.close()
    finally:
        other.close()
        servers.wipe(other_url)


# -- hands inside


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("MATCH (n:Institution {graph: $graph}) SET n.name = 'edited'", "ins-a: its content does not match its hash"),
        ("MATCH ({graph: $graph})-[r:OWNS]->() SET r.date = '2021'", "edg-1: its content does not match its hash"),
        ("MATCH (n:Achievement {graph: $graph}) REMOVE n.hash", "ach-1: its content does not match its hash"),
        ("MATCH (n:Achievement {graph: $graph}) SET n.price_min = 'five'", "ach-1: cannot be read as Achievement"),
        ("MATCH (n:Achievement {graph: $graph}) SET n.date = date('2024-05-01')", "ach-1: its content does not match its hash"),
        ("MATCH (n:Achievement {graph: $graph}) SET n.colour = 'red'", "ach-1: it has properties that are not the model's: colour"),
        ("MATCH (n:Achievement {graph: $graph}) SET n:Expert", "ach-1: it has no label of the model, or several"),
        ("MATCH (n:Achievement {graph: $graph}) REMOVE n:Achievement", "ach-1: it has no label of the model, or several"),
        ("MATCH (n:Institution {graph: $graph}) SET n.key = 'x'", "ins-a: its lookup keys do not match"),
        ("MATCH (k:_Key {graph: $graph, key: 'name:b'}) DELETE k", "rec-1: its lookup keys do not match"),
        ("MATCH (n:Record {graph: $graph}) DETACH DELETE n", "lookup key of rec-1, which is missing"),
        ("CREATE (:Entity {graph: $graph})", "1 nodes of the graph have no id"),
        ("CREATE (:_Key {graph: $graph, key: 'k', id: 'zzz'})", "lookup key of zzz, which is missing"),
        ("MATCH (a:Institution {graph: $graph}) CREATE (a)-[:LIKES]->(a)", "ins-a: a relationship LIKES that is not the store's"),
        (
            "MATCH (n:Institution {graph: $graph}) CREATE (n)-[:USES {graph: $graph, id: 'edg-1'}]->(n)",
            "edg-1: two relationships have this id",
        ),
        (
            "MATCH (n:Institution {graph: $graph}) CREATE (n)-[:USES {graph: $graph, id: 'edg-2'}]->(:Elsewhere)",
            "edg-2: it does not run between two nodes of the graph",
        ),
        ("MATCH (c:_Change {graph: $graph}) DELETE c", "the change feed has 0 entries"),
        ("MATCH (s:_Store {graph: $graph}) SET s.revision = 9", "the store is at revision 9"),
    ],
)
def test_a_deep_check_finds_a_hand_edit(made: str, statement: str, problem: str) -> None:
    servers.by_hand(made, statement)
    store = connect(made)
    found = store.check(deep=True).problems
    assert any(problem in one for one in found), found
    store.close()
    servers.by_hand(made, "MATCH (n:Elsewhere) WHERE (n)<-[{graph: $graph}]-() DETACH DELETE n")


def test_what_a_hand_made_unreadable_is_told_by_its_id(made: str) -> None:
    servers.by_hand(made, "MATCH (n:Achievement {graph: $graph}) SET n.price_min = 'five'")
    servers.by_hand(made, "MATCH ({graph: $graph})-[r:OWNS]->() SET r.date = 5")
    store = connect(made)
    for read in (lambda: store.get(["ach-1"]), lambda: list(store.scan(NodeKind.ACHIEVEMENT)), lambda: store.edges(["ins-a"])):
        with pytest.raises(StoreError, match=r"(ach|edg)-1 cannot be read \(edited by hand\?\)"):
            read()
    store.close()


def test_other_nodes_of_the_database_are_no_problem_of_the_store(made: str) -> None:
    mark = made[-16:]
    servers.by_hand(made, "CREATE (:Entity {mark: $mark}), (:Entity:Institution {mark: $mark, graph: $mark, id: 'x'})", mark=mark)
    store = connect(made)
    try:
        assert store.check(deep=True).problems == ()
    finally:
        servers.by_hand(made, "MATCH (n:Entity {mark: $mark}) DELETE n", mark=mark)
        store.close()


@pytest.mark.parametrize(("gone", "cursor"), [("<= 3", 2), ("= 4", 2), ("> 3", 2), (">= 0", 4)])
def test_a_feed_with_a_hole_is_never_read_as_whole(neo4j_url: str, gone: str, cursor: int) -> None:
    store = connect(neo4j_url)
    for i in range(5):
        store.write(Batch(nodes=[institution(f"ins-{i}")]))
    servers.by_hand(neo4j_url, f"MATCH (c:_Change {{graph: $graph}}) WHERE c.revision {gone} DELETE c")
    with pytest.raises(FeedTruncated):
        list(store.changes(Cursor(store.cursor().epoch, cursor)))
    store.close()


def test_a_new_epoch_ends_a_feed_that_is_being_read(neo4j_url: str) -> None:
    store = connect(neo4j_url)
    for i in range(101):
        store.write(Batch(nodes=[institution(f"ins-{i}")]))
    feed = store.changes(Cursor(store.cursor().epoch, 0))
    assert next(feed).revision == 1
    servers.by_hand(neo4j_url, "MATCH (s:_Store {graph: $graph}) SET s.epoch = 'restored'")
    with pytest.raises(FeedTruncated):
        list(feed)
    servers.by_hand(neo4j_url, "MATCH (s:_Store {graph: $graph}) DELETE s")
    with pytest.raises(StoreError, match="the graph is gone"):
        store.cursor()
    assert store.check().problems == ("the graph is gone (deleted by hand?)",)
    store.close()


# -- addresses and secrets


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("neo4j://host", Address("neo4j://host:7687", "neo4j", "main")),
        ("bolt+s://host:1/db", Address("bolt+s://host:1", "db", "main")),
        ("neo4j+s://x.databases.neo4j.io/?graph=trial", Address("neo4j+s://x.databases.neo4j.io:7687", "neo4j", "trial")),
        ("bolt://[::1]:7687/a?graph=%E7%94%B2", Address("bolt://[::1]:7687", "a", "甲")),
    ],
)
def test_addresses(url: str, address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NEO4J_DATABASE", raising=False)
    assert Address.parse(url) == address
    monkeypatch.setenv("NEO4J_DATABASE", "other")
    assert Address.parse("neo4j://host").database == "other"


@pytest.mark.parametrize(
    "url",
    ["neo4j://", "neo4j://host:port", "neo4j://host?graph=", "neo4j://host?graf=x", "neo4j://host/a/b", "neo4j://host#x", "neo4j://h?secret",
     "bolt://user:secret@host", "neo4j://:secret@host:7687", "neo4j://host?graph=" + "x" * 65, "neo5j://u:secret@host"],
)  # fmt: skip
def test_what_is_no_address_is_refused_and_a_secret_not_repeated(url: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        connect(url)
    assert "secret" not in str(caught.value)
    assert "neo4j://" in str(caught.value) or "NEO4J_PASSWORD" in str(caught.value)


def test_a_wrong_password_is_told_and_not_repeated(neo4j_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEO4J_PASSWORD", "wrong-secret")
    with pytest.raises(StoreError, match="NEO4J_PASSWORD") as caught:
        connect(neo4j_url)
    told = [str(caught.value), repr(caught.value), repr(caught.value.__cause__), str(caught.value.__cause__)]
    assert not any("wrong-secret" in one for one in told)
    monkeypatch.delenv("NEO4J_PASSWORD")
    with pytest.raises(StoreError, match="NEO4J_PASSWORD"):
        connect(neo4j_url)
    monkeypatch.setenv("NEO4J_PASSWORD", servers.auth()[1])


def test_a_store_shows_no_secret(made: str) -> None:
    store = connect(made, auth=servers.auth())
    assert servers.auth()[1] not in f"{store!r} {store.url} {vars(store)}"
    store.close()


def test_a_wrong_database_is_told(neo4j_url: str) -> None:
    server, _, graph = neo4j_url.partition("?")
    with pytest.raises(StoreError, match="there is no database nowhere; name one in the address"):
        connect(f"{server}/nowhere?{graph}")


def test_a_server_that_is_not_there_is_told_at_once() -> None:
    began = time.monotonic()
    with pytest.raises(StoreError, match="does not answer; is it running"):
        connect("bolt://127.0.0.1:1")
    assert time.monotonic() - began < 10


def test_a_store_is_not_used_across_a_fork(made: str) -> None:
    program = f"""
import os
from graph import connect
from graph.errors import StoreError
store = connect("{made}")
child = os.fork()
if not child:
    try:
        store.count()
    except StoreError as error:
        os._exit(7 if "after a fork" in str(error) else 1)
    os._exit(2)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
print(store.count()["OWNS"])
store.close()
"""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("1\n", "")


# -- locks, time limits, writes


def test_a_transaction_that_takes_too_long_is_told(made: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from neo4j import GraphDatabase

    monkeypatch.setattr("graph.neo4j.session._TRIES", 1000)  # others commit meanwhile, and the lock is not to be had
    store, patient = Neo4jStore(made, transaction_seconds=4.0, wait_seconds=0.5), connect(made)
    server, _, graph = made.partition("?graph=")
    with GraphDatabase.driver(server, auth=servers.auth()) as driver, driver.session() as session, session.begin_transaction() as window:
        window.run("MATCH (s:_Store {graph: $graph}) SET s.held = true", graph=graph).consume()
        with pytest.raises(StoreError, match="took longer than it may; is another one holding a lock"):
            store.write(Batch(nodes=[institution("ins-new")]))
        assert patient.count()["Institution"] == 1, "readers are not in its way"
        window.rollback()
    assert patient.write(Batch(nodes=[institution("ins-new")])).revision == 2
    for opened in (store, patient):
        opened.close()


def test_an_error_of_another_sort_is_told_as_the_server_says_it(made: str) -> None:
    servers.by_hand(made, "MATCH (s:_Store {graph: $graph}) SET s.revision = 9223372036854775807")
    store = connect(made)
    with pytest.raises(StoreError, match=r"overflow.*\(Neo\.ClientError\.Statement\.ArithmeticError\)"):
        store.write(Batch(delete=["edg-1"]))
    store.close()


def test_a_deadlock_is_tried_again(made: str) -> None:
    """A person's transaction holds the institution and then wants the lock; the store holds the lock and wants the institution."""
    from neo4j import GraphDatabase
    from neo4j.exceptions import TransientError

    store = connect(made)
    server, _, graph = made.partition("?graph=")
    with GraphDatabase.driver(server, auth=servers.auth()) as driver, ThreadPoolExecutor(1) as pool:
        with driver.session() as session:
            window = session.begin_transaction()
            window.run("MATCH (n:Institution {graph: $graph}) SET n.held = true", graph=graph).consume()
            write = pool.submit(store.write, Batch(nodes=[institution("ins-a", name="new")]))
            time.sleep(1.0)
            try:
                window.run("MATCH (s:_Store {graph: $graph}) SET s.held = true", graph=graph).consume()
                window.rollback()
            except TransientError:  # the server ended one of the two: this one
                window.close()
        assert write.result(timeout=60).changed == {"ins-a"}
    assert store.cursor().revision == 2
    store.close()


def test_something_made_by_hand_in_the_way_is_told(neo4j_url: str) -> None:
    store = connect(neo4j_url)
    servers.by_hand(neo4j_url, "CREATE (:_Key {graph: $graph, key: 'b', id: 'rec-1'})")
    record = Record(id="rec-1", provenance=origin("r"), of=NodeKind.EXPERT, fields="{}", keys=("b",))
    with pytest.raises(StoreError, match="put in by hand"):
        store.write(Batch(nodes=[record]))
    assert store.count() == {}
    store.close()


def test_a_second_run_neither_writes_nor_locks(neo4j_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from neo4j import GraphDatabase

    monkeypatch.setattr("graph.neo4j.session._TRIES", 1000)  # others commit meanwhile, and the lock is not to be had
    batch = small()
    batch.edges.append(trusts("edg-t", "ins-a", "ins-b"))
    first = connect(neo4j_url)
    first.write(batch)
    first.close()
    store, hasty = Neo4jStore(neo4j_url, transaction_seconds=60.0), Neo4jStore(neo4j_url, transaction_seconds=4.0, wait_seconds=0.5)
    server, _, graph = neo4j_url.partition("?graph=")
    with GraphDatabase.driver(server, auth=servers.auth()) as driver, driver.session() as session, session.begin_transaction() as window:
        window.run("MATCH (n {graph: $graph}) SET n.held = true", graph=graph).consume()  # nobody else can write to any of them
        for _ in range(3):
            assert store.write(batch) == Written(1, frozenset(), frozenset(), frozenset())
        with pytest.raises(StoreError, match="took longer than it may"):
            hasty.write(Batch(nodes=[institution("ins-new")]))
        window.rollback()
    for opened in (store, hasty):
        opened.close()


def test_a_reader_that_finds_no_quiet_moment_takes_one(neo4j_url: str) -> None:
    ids = [f"ins-{i:04}" for i in range(3000)]
    writer, reader = connect(neo4j_url), connect(neo4j_url)
    writer.write(Batch(nodes=[institution(one, name="0") for one in ids]))
    stop = threading.Event()

    def write() -> int:
        number = 0
        while not stop.is_set():
            number += 1
            writer.write(Batch(nodes=[institution(one, name=str(number)) for one in ids[:50]]))
        return number

    with ThreadPoolExecutor(1) as pool:
        written = pool.submit(write)
        try:
            for _ in range(3):
                found = reader.get(ids)
                assert len({found[one].version for one in ids[:50]}) == 1
        finally:
            stop.set()
        assert written.result() > 0
    for store in (reader, writer):
        store.close()


def test_a_scratch_copy_leaves_the_graph_alone(made: str) -> None:
    store = connect(made)
    before = store.cursor(), store.check(deep=True)
    with scratch(made) as copy:
        assert copy.check(deep=True).content == before[1].content
        copy.write(Batch(delete=["ins-a"]))
    assert (store.cursor(), store.check(deep=True)) == before
    store.close()


def test_a_scratch_copy_of_a_graph_that_is_not_there_is_empty(neo4j_url: str) -> None:
    with scratch(neo4j_url) as copy:
        assert copy.count() == {}
    with pytest.raises(StoreError, match="there is no store"):
        connect(neo4j_url, create=False)
