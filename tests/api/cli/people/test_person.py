"""Rights of persons on the command line: what is known and from where, objecting, being forgotten, and the list."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tests.api.cli.people.conftest import Do, good, key_of
from tests.api.conftest import invoke
from tests.desk.people.rights.conftest import EMPLOYER, MAIL, NAME, ORCID, PHONE, ROW, written

WHO = f"{NAME} @ {EMPLOYER}"


@pytest.fixture
def fed(do: Do, tmp_path: Path) -> Do:
    """The command line on a store that was fed two sources with their contacts; not indexed."""
    keep = ("--contacts", "keep", "--purpose", "talks", "--consent", "by form", "--date", "2026-01-02")
    done = do("ingest", *written(tmp_path / "sources"), "--no-index", *keep)
    assert "1 contact kept" in done.stdout
    return do


def test_what_is_known_is_told_with_its_sources_and_the_opening_of_contacts_is_on_record(fed: Do) -> None:
    found = good(fed("person", "export", WHO, "--json"))
    assert {(one["source"], one["source_id"]) for one in found["records"]} == {("alpha", ROW), ("alpha", WHO), ("beta", WHO)}
    assert found["fields"]["external_ids"] == [f"orcid:{ORCID}"]
    assert {(one["kind"], one["source"]) for one in found["edges"]} >= {("CREATED", "alpha"), ("EVIDENCE", "beta")}
    (contact,) = found["contacts"]
    assert (contact["reached"]["mails"], contact["reached"]["phones"], contact["source"]) == ([MAIL], [PHONE], "experts.csv")
    assert "revealed" not in fed("contacts", "show", contact["id"]).stdout and "reveal" in fed("contacts", "show", contact["id"]).stdout
    assert len(found["not_searched"]) == 3
    told = fed("person", "export", WHO)
    assert told.exit_code == 0 and all(one in told.stdout for one in (NAME, ROW, ORCID, MAIL, "not searched: ", "(from beta)"))


def test_contacts_whose_key_is_lost_do_not_keep_the_rest_back(fed: Do, tmp_path: Path) -> None:
    (tmp_path / "s.db.contacts.key").unlink()
    (contact,) = good(fed("person", "export", WHO, "--json"))["contacts"]
    assert contact["reached"] is None and "s.db.contacts.key" in contact["why"]


def test_who_objects_is_hidden_from_all_but_the_operator_and_shown_again(fed: Do) -> None:
    done = fed("person", "object", WHO, "--reason", "by letter")
    assert done.exit_code == 0 and "hidden from everybody but you" in done.stdout and "keys are on the list" in done.stdout
    (one,) = good(fed("person", "list", "--json"))
    assert (one["state"], NAME in json.dumps(one, ensure_ascii=False)) == ("objected", False)
    assert f"{one['person']}  objected " in fed("person", "list").stdout
    assert NAME in fed("show", WHO).stdout
    assert "by letter" in fed("journal", "show", f"person:{one['person']}").stdout
    assert fed("person", "allow", one["person"]).stdout == f"{one['person']}: off the list\n"
    assert good(fed("person", "list", "--json"))[0]["state"] == "allowed"


def test_who_is_forgotten_gets_a_receipt_and_the_list_goes_to_a_restored_store(fed: Do, url: str, tmp_path: Path) -> None:
    backup = tmp_path / "backup" / "b.db"
    assert invoke("copy", url, f"sqlite:///{backup}").exit_code == 0
    done = good(fed("person", "forget", WHO, "--no-index", "--json"))
    assert (done["contacts"], done["name"], done["left"]) == (1, NAME, [])
    (entry,) = good(fed("journal", "show", f"person:{done['person']}", "--json"))
    assert entry["body"]["who"]["commitment"] == hashlib.sha256(bytes.fromhex(done["receipt"]) + NAME.encode()).hexdigest()
    assert fed("show", WHO).exit_code == 3 and fed("person", "forget", WHO, "--no-index").exit_code == 3
    listed = tmp_path / "list.json"
    assert fed("person", "list", "--out", listed).exit_code == 0
    assert listed.stat().st_mode & 0o777 == 0o600 and NAME not in listed.read_text("utf-8")
    (tmp_path / "broken.json").write_text("{}")
    assert fed("person", "again", tmp_path / "broken.json", "--no-index").exit_code == 2
    assert (backup.parent / "b.db.suppression.key").read_bytes() == (tmp_path / "s.db.suppression.key").read_bytes()
    again = invoke("person", "again", listed, "--no-index", store=f"sqlite:///{backup}")
    assert again.stdout == "1 person had come back\n"
    assert NAME.encode() not in backup.read_bytes()
    assert good(invoke("person", "again", "--no-index", "--json", store=f"sqlite:///{backup}")) == {"persons": [], "left": []}


def test_a_copy_is_fed_under_the_same_list(fed: Do, url: str, tmp_path: Path) -> None:
    assert fed("person", "forget", WHO, "--no-index").exit_code == 0
    copy = f"sqlite:///{tmp_path / 'copy' / 'c.db'}"
    assert invoke("copy", url, copy).exit_code == 0
    done = invoke("ingest", *written(tmp_path / "sources"), "--no-index", store=copy)
    assert done.exit_code == 0 and "not to be kept" in done.stdout
    assert invoke("show", WHO, store=copy).exit_code == 3
    tried = fed("ingest", *written(tmp_path / "sources"), "--dry-run")
    assert tried.exit_code == 0 and "not to be kept" in tried.stdout


def test_it_is_for_the_operator_alone(fed: Do) -> None:
    firm = key_of(fed, "enterprise", "F1", "read", "write")
    for words in (("export", WHO), ("object", WHO), ("forget", WHO), ("allow", "x"), ("list",), ("again",)):
        done = fed("person", *words, key=firm)
        assert done.exit_code == 2 and "admin" in done.stderr
    missing = fed("person", "export", "Nobody @ Nowhere")
    assert missing.exit_code == 3


@pytest.mark.parametrize("said", [(), ("--purpose", "talks"), ("--purpose", "talks", "--consent", "form", "--date", "2999-01-01")])
def test_contacts_are_kept_for_a_purpose_on_a_ground_and_since_a_day(do: Do, tmp_path: Path, said: tuple[str, ...]) -> None:
    done = do("ingest", *written(tmp_path / "sources"), "--no-index", "--contacts", "keep", *said)
    assert done.exit_code == 2 and "--" in done.stderr
    assert do("show", ROW).exit_code == 3


def test_who_is_shown_comes_with_a_notice(fed: Do) -> None:
    assert "people are known from files (alpha, beta)" in fed("show", WHO).stdout
    assert "dovetail person" in good(fed("show", WHO, "--json"))["notice"]
    assert good(fed("show", EMPLOYER, "--json"))["notice"] == ""
