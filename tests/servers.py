"""The Neo4j server that tests run on: its address from the environment, and a graph in it for each store.

A test's store is a graph of its own name (``?graph=``), so tests run beside each other and beside other people's data, and what they
made goes again when they end. Without a server they are skipped and say how to run them; where CI is set, that is a failure.
"""

from __future__ import annotations

import os
import secrets

import pytest

HOW = "needs a Neo4j server: set NEO4J_URI, NEO4J_USER and NEO4J_PASSWORD (docs/operations.md)"


def needed() -> str:
    """The server's address; skips the test where there is none."""
    uri = os.environ.get("NEO4J_URI", "").rstrip("/")
    if not uri:
        if os.environ.get("CI"):
            pytest.fail(HOW)
        pytest.skip(HOW)
    return uri


def start_script() -> str:
    """The program that starts a server for tests that take one down; skips the test where none is named."""
    script = os.environ.get("NEO4J_START", "")
    if not script:
        how = "takes a Neo4j server down: name a program that starts one in NEO4J_START (.ci/run says what it has to do)"
        if os.environ.get("CI"):
            pytest.fail(how)
        pytest.skip(how)
    return script


def auth() -> tuple[str, str]:
    """User and password of the server."""
    return os.environ.get("NEO4J_USER", "neo4j"), os.environ.get("NEO4J_PASSWORD", "")


def by_hand(url: str, *statements: str, **given: object) -> list[list[object]]:
    """The rows of the last of ``statements``, run in the database past the store; ``$graph`` is the name of the graph."""
    from neo4j import GraphDatabase

    server, _, graph = url.partition("?graph=")
    found: list[list[object]] = []
    with GraphDatabase.driver(server, auth=auth(), notifications_min_severity="OFF") as driver, driver.session() as session:
        for statement in statements:
            found = session.run(statement, {"graph": graph, **given}).values()  # type: ignore[arg-type]
    return found


def new_graph() -> str:
    """The address of a graph that is not there yet."""
    return f"{needed()}?graph=test-{secrets.token_hex(8)}"


def wipe(url: str) -> None:
    """Delete the graph at ``url`` and nothing else."""
    assert "?graph=test-" in url, "only what tests made"
    for label in ("Entity", "_Key", "_Change", "_Meta", "_Document", "_Store"):
        by_hand(url, f"MATCH (n:{label} {{graph: $graph}}) CALL (n) {{ DETACH DELETE n }} IN TRANSACTIONS OF 5000 ROWS")
