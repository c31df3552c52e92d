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


def new_graph() -> str:
    """The address of a graph that is not there yet."""
    return f"{needed()}?graph=test-{secrets.token_hex(8)}"


def wipe(url: str) -> None:
    """Delete the graph at ``url`` and nothing else."""
    from neo4j import GraphDatabase

    server, _, graph = url.partition("?graph=")
    assert graph.startswith("test-"), "only what tests made"
    auth = (os.environ.get("NEO4J_USER", "neo4j"), os.environ.get("NEO4J_PASSWORD", ""))
    with GraphDatabase.driver(server, auth=auth, notifications_min_severity="OFF") as driver, driver.session() as session:
        for label in ("Entity", "_Key", "_Change", "_Meta", "_Store"):
            statement = f"MATCH (n:{label} {{graph: $graph}}) CALL (n) {{ DETACH DELETE n }} IN TRANSACTIONS OF 5000 ROWS"
            session.run(statement, graph=graph).consume()  # type: ignore[arg-type]
