"""A meeting and the report of its month, by the commands themselves, from the example centre on."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import Result

from api.cli.leads.meetings import seats_of
from graph import connect
from graph.errors import InvalidInput
from leads.leads import Leads
from tests.api.cli.people.conftest import good
from tests.api.conftest import invoke
from tests.leads.worlds import OPERATOR

Do = Callable[..., Result]


@pytest.fixture
def url(centre_url: str, tmp_path: Path) -> str:
    """A copy of the example centre."""
    shutil.copy(centre_url.removeprefix("sqlite:///"), tmp_path / "centre.db")
    return f"sqlite:///{tmp_path}/centre.db"


@pytest.fixture
def do(url: str) -> Do:
    def on_store(*arguments: object, **more: Any) -> Result:
        return invoke(*arguments, store=url, **more)

    return on_store


@pytest.fixture
def lead(url: str) -> str:
    """A lead of a demand and a result of the centre."""
    store = connect(url)
    made = Leads(store).begin(OPERATOR, "D01", "A01")
    store.close()
    return made.id


def today() -> str:
    return datetime.now(UTC).date().isoformat()


def test_a_meeting_and_its_months_report(do: Do, lead: str) -> None:
    more = ("--day", today(), "--slots", "09:00, 09:20", "--tables", "2x4,6", "--place", "一号厅")
    id = good(do("leads", "meeting", "plan", "对接会", *more, "--json"))["id"]
    assert good(do("leads", "meeting", "show", id, "--json"))["tables"] == [4, 4, 6]
    assert f"{id}  {today()}  invited    对接会 (一号厅)" in do("leads", "meeting", "invite", id, lead).stdout
    for side in ("need", "offer"):
        assert do("leads", "meeting", "answer", id, lead, "--side", side, "--accept", "--on-word", "phone", "--people", "2").exit_code == 0
    shown = do("leads", "meeting", "schedule", id).stdout
    assert "09:00 table 1" in shown and lead in shown and "need: accepted; offer: accepted" in shown
    do("leads", "meeting", "attend", id, lead, "--side", "need", "--came", "--intention", "trial")
    assert "next: attend, outcome, close" in do("leads", "meeting", "attend", id, lead, "--side", "offer", "--came").stdout
    for side in ("need", "offer"):
        moved = do("leads", "meeting", "outcome", id, lead, "--move", "interested", "--say", f"side={side}", "--say", "on_word=visit")
        assert moved.exit_code == 0, moved.output
    moved = do("leads", "meeting", "outcome", id, lead, "--move", "introduce", "--say", "agency=none", "--text", "at the table")
    assert moved.exit_code == 0, moved.output
    says = ("mode=contract", "title=试样", "amount=300000.5", "currency=CNY")
    assert do("leads", "meeting", "outcome", id, lead, "--move", "agree", *[w for one in says for w in ("--say", one)]).exit_code == 0
    assert "need: came; offer: came; need: trial; +0: agree" in do("leads", "meeting", "show", id).stdout
    assert do("leads", "meeting", "close", id).exit_code == 2
    assert id in do("leads", "meeting", "list").stdout and do("leads", "meeting", "list", "--due").stdout == ""
    assert [one["kind"] for one in good(do("leads", "meeting", "history", id, "--json"))][:2] == ["plan", "invite"]
    month = today()[:7]
    text = do("leads", "report", "--month", month).stdout
    assert "| introductions |  | [1](#d" in text and "| contract value | CNY | [300,000.50](#d" in text
    found = {(one["measure"], one["by"], one["currency"]): one for one in good(do("leads", "report", "--month", month, "--json"))["cells"]}
    assert found["contracts.value", "", "CNY"]["value"] == 30_000_050
    assert found["meetings", "", ""]["documents"] == [f"meeting:{id}"]
    assert do("leads", "report", "--month", month, "--open", "meetings").stdout == f"meeting:{id}\n"
    assert do("leads", "meeting", "close", id, "--reason", "agreed").exit_code == 0


def test_a_report_in_each_form_is_the_same_again(do: Do, tmp_path: Path) -> None:
    book, form = openpyxl.Workbook(), io.BytesIO()
    book.active["A1"], book.active["A2"], book.active["B2"] = "{{month}}", "{{results}}", "=A2*2"
    book.save(form)
    (tmp_path / "form.xlsx").write_bytes(form.getvalue())
    forms = {"a.xlsx": (), "a.md": (), "a.json": (), "b.xlsx": ("--template", tmp_path / "form.xlsx"), "c": ("--markdown",)}
    for name, more in forms.items():
        first, second = (tmp_path / f"{turn}{name}" for turn in (1, 2))
        for out in (first, second):
            done = do("leads", "report", "--month", "2024-06", "--out", out, *more)
            assert (done.exit_code, done.stdout) == (0, ""), done.output
        assert first.read_bytes() == second.read_bytes() != b""
    filled = openpyxl.load_workbook(tmp_path / "1b.xlsx").active
    assert (filled["A1"].value, filled["A2"].data_type, filled["B2"].value) == ("2024-06", "n", "=A2*2")
    assert json.loads((tmp_path / "1a.json").read_bytes())["month"] == "2024-06"
    assert (tmp_path / "1c").read_bytes() == (tmp_path / "1a.md").read_bytes()
    book.active["A3"] = "{{result}}"
    book.save(tmp_path / "form.xlsx")
    wrong = do("leads", "report", "--month", "2024-06", "--out", tmp_path / "x.xlsx", "--template", tmp_path / "form.xlsx")
    assert (wrong.exit_code, "form.xlsx: Sheet!A3: {{result}} is no mark that is known" in wrong.stderr) == (2, True)
    assert not (tmp_path / "x.xlsx").exists()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--template", "x.xlsx"), "a workbook is written to a file"), (("--out", "x.pdf"), "written as .xlsx, .md or .json"),
        (("--open", "nothing"), "names no number"), (("--as", "I06"), "for the operator and for brokers"),
        (("--template", "nowhere.xlsx", "--out", "x.xlsx"), "no such file"),
    ],
)  # fmt: skip
def test_what_a_report_refuses(do: Do, more: tuple[str, ...], words: str) -> None:
    done = do("leads", "report", "--month", "2024-06", *more)
    assert (done.exit_code, words in done.stderr) == (2, True), done.output


def test_what_is_said_amiss(do: Do, lead: str) -> None:
    id = good(do("leads", "meeting", "plan", "x", "--day", today(), "--slots", "9", "--tables", "2", "--json"))["id"]
    do("leads", "meeting", "invite", id, lead)
    for say, words in (("side", "is NAME=VALUE"), ("amount=much", "amount is a number"), ("=x", "is NAME=VALUE")):
        done = do("leads", "meeting", "outcome", id, lead, "--move", "agree", "--say", say)
        assert (done.exit_code, words in done.stderr) == (2, True), done.output
    assert do("leads", "meeting", "show", "0" * 12).exit_code == 3
    assert do("leads", "meeting", "cancel", id).exit_code == 0


def test_tables_are_read() -> None:
    assert seats_of("2x4, 8") == seats_of("2×4,1X8") == [4, 4, 8]
    for wrong in ("", "x", "4x", "a", "1.5", "-2x4", "4,,4"):
        with pytest.raises(InvalidInput, match="10x4,2x8"):
            seats_of(wrong)
