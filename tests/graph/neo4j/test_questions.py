"""The Cypher of docs/operations.md runs on the example centre and finds something there."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from graph import connect
from ingest.load import ingest
from tests import servers
from tests.conftest import ROOT

pytestmark = pytest.mark.neo4j
PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")
STATEMENTS = [re.sub(r"\s+", " ", text).strip() for text in re.findall(r"```cypher\n(.*?)```", PAGE, re.DOTALL)]


@pytest.fixture(scope="module")
def centre() -> Iterator[str]:
    """The example centre in a graph."""
    url = servers.new_graph()
    try:
        store = connect(url)
        ingest(store, [ROOT / "examples" / "centre"])
        store.close()
        yield url
    finally:
        servers.wipe(url)


def test_there_are_ten_questions() -> None:
    assert len(STATEMENTS) == 11, "ten questions, and the statement that begins an epoch"


@pytest.mark.parametrize("statement", STATEMENTS, ids=range(len(STATEMENTS)))
def test_every_statement_of_the_page_finds_something(centre: str, statement: str) -> None:
    assert servers.by_hand(centre, statement), statement


def test_a_new_epoch_makes_followers_begin_anew(centre: str) -> None:
    from graph.errors import FeedTruncated

    store = connect(centre)
    before = store.cursor()
    servers.by_hand(centre, STATEMENTS[0])
    assert store.cursor().revision == before.revision
    with pytest.raises(FeedTruncated):
        store.changes(before)
    store.close()
