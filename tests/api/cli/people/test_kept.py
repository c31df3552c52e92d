"""Contacts and files on the command line: shown to whom they are for, each time on record."""

from __future__ import annotations

import json
from pathlib import Path

from tests.api.cli.people.conftest import Do, good, key_of


def test_a_contact_is_shown_to_whom_it_is_for_and_on_record(do: Do, tmp_path: Path) -> None:
    card = {"name": "Li Min", "phones": ["+49 30 5550123"], "mails": ["li@example.org"]}
    kept = ["contacts", "keep", "F1", "-", "--purpose", "talks", "--consent", "by mail", "--date", "2026-03-01"]
    one = good(do(*kept, "--json", "--as", "F1", stdin=json.dumps(card)))["id"]
    assert "nickname" in do(*kept, "--as", "F1", stdin='{"nickname": "x"}').stderr
    assert "phones" in do(*kept, "--as", "F1", stdin='{"phones": "x"}').stderr
    broker = key_of(do, "broker", "B1", "read", "write")
    assert do("contacts", "show", one, key=broker).exit_code == do("contacts", "reveal", one, "--reason", "x", key=broker).exit_code == 3
    assert f"{one}: let in: ins-" in do("contacts", "let-in", one, "B1", "--as", "F1").stdout
    assert do("contacts", "reveal", one, "--reason", "to invite", key=broker).stdout == "Li Min\n+49 30 5550123\nli@example.org\n"
    assert good(do("contacts", "reveal", one, "--reason", "to invite", "--json", key=broker))["phones"] == card["phones"]
    assert do("contacts", "shut-out", one, "B1", "--as", "F1").stdout == f"{one}: let in: nobody\n"
    assert do("contacts", "list", key=broker).stdout == ""
    shown = [do("contacts", *more, *form) for more in (("list", "--of", "F1"), ("show", one)) for form in ((), ("--json",))]
    shown += [do("journal", "show", f"contact:{one}", "--json")]
    assert all(done.exit_code == 0 and (one in done.stdout or "to invite" in done.stdout) for done in shown)
    assert not any("5550123" in done.output or "li@example.org" in done.output for done in shown)
    assert do("contacts", "erase", one, "--as", "F1").stdout == f"{one}: erased\n"
    assert do("contacts", "reveal", one, "--reason", "again").exit_code == 2
    assert (tmp_path / "s.db.contacts.key").stat().st_mode & 0o777 == 0o600


def test_a_file_comes_out_as_it_went_in_for_whom_its_owner_lets_in(do: Do, tmp_path: Path) -> None:
    (tmp_path / "drawing.pdf").write_bytes(b"%PDF-1.7\nlines")
    one = good(do("files", "attach", "F1", tmp_path / "drawing.pdf", "--purpose", "drawing", "--json", "--as", "F1"))["id"]
    broker, out = key_of(do, "broker", "B1", "read", "write"), tmp_path / "taken.pdf"
    assert do("files", "take", one, "--to", out, key=broker).exit_code == 3 and not out.exists()
    assert do("files", "let-in", one, "B1", "--as", "F1").exit_code == 0
    assert do("files", "take", one, "--to", out, key=broker).stdout == f"{one}: in {out}\n"
    assert out.read_bytes() == b"%PDF-1.7\nlines" and out.stat().st_mode & 0o777 == 0o600
    assert "there is something already" in do("files", "take", one, "--to", out, key=broker).stderr
    assert do("files", "shut-out", one, "B1", "--as", "F1").exit_code == 0
    assert do("files", "list", key=broker).stdout == ""
    assert "drawing.pdf" in do("files", "list", "--of", "F1").stdout
    assert do("files", "list", "--of", "nobody").exit_code == 3
    assert do("files", "remove", one, "--as", "F1").stdout == f"{one}: removed\n"
    assert [row["kind"] for row in good(do("journal", "show", f"file:{one}", "--json"))] == [
        "attach", "let_in", "take", "shut_out", "remove",
    ]  # fmt: skip
