"""Relations (TRUSTS edges) come with an ingest, and a store without evidence pays nothing for them."""

from __future__ import annotations

import json
from pathlib import Path

from graph import connect
from graph.model import EdgeKind
from matcher.trust import derived_edges
from tests.api.conftest import Run


def test_an_ingest_brings_the_relations_of_its_cooperations(run: Run, tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path}/relations.db"
    rows = tmp_path / "rows"
    rows.mkdir()
    (rows / "institutions.jsonl").write_text("".join(json.dumps({"id": one, "name": f"{one} GmbH"}) + "\n" for one in ("Alpha", "Beta")))
    assert run("ingest", rows, "--source", "t", store=store).exit_code == 0
    opened = connect(store)
    assert opened.meta(derived_edges.META) is None
    done = {"id": "c", "title": "pump", "started": "2022", "ended": "2023", "outcome": "completed", "parties": ["a=Alpha", "b=Beta"]}
    (rows / "cooperations.jsonl").write_text(json.dumps(done) + "\n")
    assert run("ingest", rows, "--source", "t", store=store).exit_code == 0
    assert len(list(opened.scan(EdgeKind.TRUSTS))) == 2
    opened.close()
