"""``dovetail leads``: as a broker would, in both languages."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from api.cli import main
from graph import Batch, connect
from graph.model import InstitutionKind
from leads.model import lead_id
from tests.graph.samples import institution
from tests.leads.worlds import begin, public_demand, suggest


@pytest.fixture
def url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path}/s.db"
    store = connect(url)
    begin(store)
    store.write(Batch(nodes=[institution("ins-broker", kind=InstitutionKind.TRANSFER_SERVICE)]))
    suggest(store, public_demand(store))
    store.close()
    return url


def run(url: str, *words: str, code: int = 0) -> str:
    done = CliRunner().invoke(main, ["leads", *words, *([] if words[0] == "verify" else ["--store", url])])
    assert done.exit_code == code, done.output
    return done.output


def test_from_a_list_to_a_proof(url: str, tmp_path: Path) -> None:
    id = lead_id("dem-1", "exp-1")
    assert f"{id}  suggested  0.80  Coating measured in line dem-1 ↔ Wang" in run(url, "list", "--as", "ins-broker")
    broker = ("--as", "ins-broker")
    run(url, "note", id, "spoke with them", *broker)
    for side in ("need", "offer"):
        run(url, "move", id, "propose", "--side", side, *broker)
    run(url, "move", id, "interested", "--side", "need", "--as", "ins-firm")
    run(url, "move", id, "interested", "--side", "offer", "--on-word", "phone", *broker)
    said = run(url, "move", id, "introduce", "--agency", "need", "--fee", "3%", *broker)
    assert said.startswith(f"{id}: introduced; next: ")
    run(url, "move", id, "acknowledge", "--side", "need", "--as", "ins-firm")
    run(url, "move", id, "acknowledge", "--side", "offer", "--as", "ins-lab")
    assert "spoke with them" in run(url, "show", id, *broker) and "spoke" not in run(url, "show", id, "--as", "ins-firm")
    assert "introduce" in run(url, "history", id, *broker)
    assert "ins-broker 1/1 (first)" in run(url, "credits")
    assert "已引荐" in run(url, "list", *broker, "--lang", "zh") and "漏斗" not in run(url, "funnel", "--lang", "zh")
    run(url, "funnel", "--svg", str(tmp_path / "f.svg"))
    assert (tmp_path / "f.svg").read_text("utf-8").startswith("<svg")
    for name in ("a.csv", "a.xlsx"):
        run(url, "export", str(tmp_path / name), *broker)
        assert (tmp_path / name).stat().st_size > 100
    run(url, "export", str(tmp_path / "a.txt"), code=2)
    run(url, "attribute", "ins-firm", "ins-lab", "--part", "ins-broker=2", "--part", "ins-rival=1", "--reason", "x")
    run(url, "attribute", "ins-firm", "ins-lab", "--part", "half", "--reason", "x", code=2)
    run(url, "proof", str(tmp_path / "p.json"))
    assert "1 pair, nothing is wrong" in run(url, "verify", str(tmp_path / "p.json"))
    forged = msgspec.json.decode((tmp_path / "p.json").read_bytes())
    forged["entries"][0]["actor"] = "key:other"
    (tmp_path / "forged.json").write_bytes(msgspec.json.encode(forged))
    run(url, "verify", str(tmp_path / "forged.json"), code=1)


def test_by_hand_handed_over_merged(url: str) -> None:
    id = lead_id("dem-1", "exp-1")
    made = run(url, "begin", "dem-1", "ach-1", "--as", "ins-broker").partition(":")[0]
    assert made == lead_id("dem-1", "ach-1")
    run(url, "merge", made, id, "--as", "ins-broker")
    assert made not in run(url, "list") and made in run(url, "list", "--merged")
    run(url, "unmerge", made, "--as", "ins-broker")
    run(url, "assign", made, "ins-rival", "--as", "ins-broker")
    run(url, "show", made, "--as", "ins-broker", code=3)
    assert run(url, "duplicates", "--json").strip() == "[]"
