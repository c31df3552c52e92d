"""``dovetail coverage`` on the example centre: the table, the JSON, and the page that needs no network."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

from tests.api.conftest import Run


def test_the_table_and_the_costs(centre: Run) -> None:
    done = centre("coverage")
    assert done.exit_code == 0, done.output
    assert re.search(r"abstract +\d+ %", done.stdout)
    assert "What an empty field costs" in done.stdout


def test_json_is_the_same_in_numbers(centre: Run) -> None:
    found = json.loads(centre("coverage", "--json").stdout)
    filled = {(one["source"], one["kind"], one["field"]): one for one in found["coverage"]["filled"]}
    title = filled["centre", "Achievement", "title"]
    assert 0 < title["filled"] <= title["rows"]
    losses = {one["field"]: one for one in found["losses"]}
    assert 0 < losses["abstract"]["kept"] < 1  # works of the centre are found by their abstracts too
    assert 0 <= losses["abstract"]["fallen"] <= 1
    assert 0 < losses["outcome"]["kept"] < 1
    assert found == json.loads(centre("coverage", "--json").stdout)


class _Sources(HTMLParser):
    """Whatever a page would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [f"{tag} {value}" for name, value in attrs if name in ("src", "href") and value]


def test_the_page_needs_no_network(centre: Run, tmp_path: Path) -> None:
    page = tmp_path / "coverage.html"
    done = centre("coverage", "--html", page)
    assert done.exit_code == 0, done.output
    text = page.read_text("utf-8")
    assert "Plotly.newPlot" in text
    body = re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)
    sources = _Sources()
    sources.feed(body)
    assert not sources.found
    assert "What an empty field costs" in body
    assert len(text) < 6_000_000


def test_without_an_index_the_counts_are_told_all_the_same(run: Run, firms: Path, tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'firms.db'}"
    run("ingest", firms, "--no-index", "--rejects", tmp_path / "rejects", "--store", store)
    done = run("coverage", "--store", store, "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["losses"] == []
    assert found["coverage"]["nodes"]["Institution"] == 2
    assert "dovetail index" in done.stderr
