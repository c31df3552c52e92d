"""Who acts on the command line: keys, their scopes, the operator; and the words of it all."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest

from api.cli.people.demands import STATES, VISIBILITIES
from api.cli.people.files import PURPOSES
from api.cli.people.keys import ROLES, SCOPES
from desk.process.demand import DEMAND
from desk.process.file import PURPOSES as KNOWN_PURPOSES
from desk.process.principals import Role, Scope
from graph.model import Visibility
from tests.api.cli.people.conftest import SAID, Do, drafted, good, key_of
from tests.api.cli.test_frame import commands
from tests.api.cli.test_lang import prose

GROUPS = ("demands", "admissions", "files", "contacts", "members", "keys", "journal")
NOBODY = {f"members {name}" for name in ("claim", "confirm", "accept", "sign-in", "sign-out", "session")}
"""What somebody does who is not known yet."""
ADMIN = {"demands expire", "members appoint", "members approve", "members reject"}
EVERY = [(name, command) for name, command in commands() if name.split()[0] in GROUPS and name not in NOBODY]



def arguments_of(command: click.Command) -> list[str]:
    """Something for everything that a command asks for."""
    given: list[str] = []
    for one in command.params:
        if isinstance(one, click.Argument):
            given.append("1" if isinstance(one.type, click.IntRange) else "x")
        elif one.required:
            given += [one.opts[0], one.type.choices[0] if isinstance(one.type, click.Choice) else "x"]
    return given


def scope_of(name: str) -> str:
    group, command = name.split()
    if group in ("keys", "journal") or name in ADMIN:
        return "admin"
    return "read" if command in ("list", "show", "history", "who") else "write"


@pytest.mark.parametrize(("name", "command"), EVERY, ids=lambda value: value if isinstance(value, str) else "")
def test_every_command_asks_for_a_good_key_with_its_scope(do: Do, name: str, command: click.Command) -> None:
    feeds = key_of(do, "enterprise", "F1", "ingest")
    refused = do(*name.split(), *arguments_of(command), key=feeds)
    assert refused.exit_code == 2 and f"this needs the scope {scope_of(name)}; the key has ingest" in refused.stderr
    bad = do(*name.split(), *arguments_of(command), key=feeds[:-1] + ("A" if feeds[-1] != "A" else "B"))
    assert (bad.exit_code, bad.stdout) == (9, "") and "the key is not good" in bad.stderr
    assert feeds[:-1] not in bad.stderr
    if scope_of(name) == "admin":
        member = key_of(do, "enterprise", "F1", "admin")
        assert "this is for the operator" in do(*name.split(), *arguments_of(command), key=member).stderr
    assert ("--as" in {option for one in command.params for option in one.opts}) is (scope_of(name) != "admin")


def test_what_is_not_ones_own_is_answered_like_what_is_not_there(do: Do, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    kept = ("contacts", "keep", "F1", "-", "--purpose", "x", "--consent", "x", "--date", "2026-01-01")
    ids = {
        "demands": drafted(do, "--as", "F1"),
        "contacts": good(do(*kept, "--as", "F1", "--json", stdin='{"name": "Li Min"}'))["id"],
        "files": good(do("files", "attach", "F1", tmp_path / "a.txt", "--purpose", "other", "--as", "F1", "--json"))["id"],
    }
    firm, broker = key_of(do, "enterprise", "F1", "read", "write"), key_of(do, "broker", "B1", "read", "write")
    thing = str(tmp_path / "thing.csv")
    Path(thing).write_text("id,title,owners,visibility\nA1,Coating,F1,confidential\n", "utf-8")
    assert do("ingest", Path(thing).rename(tmp_path / "achievements.csv"), "--no-index", "--source", "firms").exit_code == 0
    ids["admissions"] = good(do("admissions", "offer", "A1", "B1", "--json", key=firm))["id"]
    assert good(do("admissions", "list", "--json", key=broker))[0]["events"] == ["enter", "refuse"]
    stranger, tried = key_of(do, "enterprise", "O1", "read", "write"), 0
    entries = good(do("journal", "verify", "--json"))["entries"]
    for name, command in EVERY:
        if any(one.name == "id" for one in command.params):
            if name.split()[0] not in ids or scope_of(name) == "admin":
                continue
            one, tried = ids[name.split(maxsplit=1)[0]], tried + 1
            given = [{"x": "B1"}.get(word, word) for word in arguments_of(command)[1:]]
            if "file" in {parameter.name for parameter in command.params}:
                given[0] = "-"
            told = [do(*name.split(), id, *given, key=stranger, stdin=json.dumps(SAID)) for id in (one, "0" * 12)]
            assert {done.exit_code for done in told} == {3}, name
            assert told[0].output.replace(one, "0" * 12) == told[1].output
    assert tried == 30 and good(do("journal", "verify", "--json"))["entries"] == entries


def test_a_key_is_shown_once_and_good_until_it_is_revoked(do: Do, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = do("keys", "create", "--role", "consumer", "--institution", "F1", "--person", "Li Min")
    key = made.stdout.strip()
    assert made.exit_code == 0 and key.startswith("dvt_") and "\n" not in key
    assert "only now" in made.stderr and key not in made.stderr
    listed = do("keys", "list", "--json")
    assert (good(listed)[0]["person"], good(listed)[0]["scopes"]) == ("Li Min", ["read"])
    told = (listed, do("keys", "list"), do("journal", "show", f"key:{key[4:12]}"), do("journal", "show", f"key:{key[4:12]}", "--json"))
    assert not any(key[13:] in one.output for one in told)
    assert not any(key[13:].encode() in file.read_bytes() for file in Path(url.removeprefix("sqlite:///")).parent.glob("s.db*"))
    monkeypatch.setenv("DOVETAIL_KEY", key)
    assert do("demands", "list").exit_code == 0
    assert do("demands", "list", "--as", "F1").exit_code == 2
    assert "needs the scope admin" in do("keys", "list").stderr
    monkeypatch.delenv("DOVETAIL_KEY")
    assert "used 2" in do("keys", "list").stdout
    assert do("keys", "revoke", key[4:12], "--reason", "lost").stdout == f"{key[4:12]}: revoked\n"
    assert do("keys", "revoke", "00000000").exit_code == 3
    monkeypatch.setenv("DOVETAIL_KEY", key)
    gone = do("demands", "list", "--debug")
    assert gone.exit_code == 9 and "Traceback" in gone.stderr and key[13:] not in gone.stderr


@pytest.mark.parametrize("shown", ["", "secret", "dvt_00000000_" + "A" * 43])
def test_an_empty_key_is_no_operator(do: Do, shown: str) -> None:
    done = do("keys", "list", "--key", shown)
    assert done.exit_code == 9 and not (shown and shown in done.output)


@pytest.mark.parametrize("line", ["demands show \udcff", "demands withdraw 1 --reason \udcff", "demands return 1 --question \udcff"])
def test_what_is_no_text_is_named(do: Do, line: str) -> None:
    done = do(*line.split())
    assert done.exit_code == 2 and "the bytes are not UTF-8 text" in done.stderr


def test_the_id_of_an_entry_is_no_id(do: Do) -> None:
    one = drafted(do, "--as", "F1")
    for made_up in (f"{one}/0000000001", f"{one}/0000000001#content"):
        done = do("demands", "show", made_up, "--as", "F1")
        assert (done.exit_code, done.stderr) == (3, f"dovetail: there is no demand {made_up}\n")


def test_the_operator_acts_for_an_institution_and_the_journal_says_so(do: Do) -> None:
    one = drafted(do, "--as", "Alfa Coatings GmbH")
    (entry,) = good(do("demands", "history", one, "--as", "F1", "--json"))
    assert entry["actor"] == f"shell:{entry['body']['owner']}"
    assert do("demands", "show", one, "--as", "O1").exit_code == 3
    nobody = do("demands", "draft", "-", stdin=json.dumps(SAID))
    assert (nobody.exit_code, nobody.stderr) == (2, "dovetail: owner: names no institution whose demand it is\n")
    assert do("demands", "list", "--as", "nobody").exit_code == 3


def test_words_of_options_are_the_words_of_the_processes() -> None:
    assert set(ROLES) == {one.value for one in Role if one is not Role.CLOCK}
    assert set(SCOPES) == {one.value for one in Scope}
    assert set(STATES) == set(DEMAND.states)
    assert set(VISIBILITIES) == {one.value for one in Visibility}
    assert set(PURPOSES) == set(KNOWN_PURPOSES)


SCREENS = [
    "demands list", "demands show 1", "keys list", "journal verify", "keys revoke 1", "contacts show 1", "members list", "members show 1",
    "admissions list", "admissions who 1",
]  # fmt: skip


@pytest.mark.parametrize("line", SCREENS)
def test_a_screen_is_chinese(do: Do, line: str) -> None:
    drafted(do, "--as", "F1")
    done = do(*line.split(), "--lang", "zh", *(("--as", "F1") if not line.startswith(("keys", "journal", "members")) else ()))
    assert not prose(done.stdout.replace("Alfa Coatings", "").replace(str(SAID["title"]), "") + done.stderr)
