"""The journal on the command line: what was changed by hand or cut off is found."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

from tests.api.cli.people.conftest import Do, drafted, good, key_of


def edited(url: str, statement: str, *values: object) -> None:
    """Change the store by hand."""
    with sqlite3.connect(url.removeprefix("sqlite:///")) as db:
        db.execute(statement, values)


def test_what_was_changed_by_hand_or_cut_off_is_found(do: Do, url: str, tmp_path: Path) -> None:
    one, head = drafted(do, "--as", "F1"), tmp_path / "head.json"
    assert do("journal", "verify").stdout == "1 entry, nothing is wrong\n"
    do("demands", "submit", one, "--no-secrets", "--as", "F1")
    assert good(do("journal", "head", "--out", head, "--json"))["entries"] == 2
    assert do("journal", "verify", "--head", head).stdout == "2 entries, nothing is wrong\n"
    head.write_text(head.read_text().replace('"entries":2', '"entries":1'))
    assert "signature does not match" in do("journal", "verify", "--head", head).stderr
    do("journal", "head", "--out", head)
    shutil.copy(tmp_path / "s.db", tmp_path / "whole.db")
    entry = f"demand:{one}/0000000002"
    edited(url, "UPDATE document SET content = CAST(replace(content, 'shell:', 'shall:') AS BLOB) WHERE id = ?", entry)
    done = do("journal", "verify")
    assert done.exit_code == 1 and f"demand:{one}: its state is not what its entries come to" in done.stdout
    assert done.stderr == "dovetail: 1 problems in a journal of 2 entries\n"
    edited(url, "UPDATE document SET content = CAST('[' AS BLOB) WHERE id = ?", entry)
    done = do("journal", "verify", "--json")
    assert done.exit_code == 1 and "cannot be read" in json.loads(done.stdout)["problems"][0]
    (tmp_path / "s.db").write_bytes((tmp_path / "whole.db").read_bytes())
    edited(url, "DELETE FROM document WHERE id LIKE ?", f"demand:{one}%")
    done = do("journal", "verify", "--head", head)
    assert done.exit_code == 1 and "with 2 entries: it has 0 of them" in done.stdout
    assert do("journal", "verify").exit_code == 0  # without an earlier head, a journal that is empty is whole
    assert do("journal", "show", f"demand:{one}").exit_code == 3
    assert do("journal", "show", "x:1").exit_code == 3


def test_a_personal_value_is_erased_for_good(do: Do) -> None:
    key = key_of(do, "consumer", "F1")
    stream = f"key:{key[4:12]}"
    assert "Li Min" in do("keys", "list").stdout
    assert do("journal", "erase", stream, 1, "person").stdout == "person: erased\n"
    assert good(do("journal", "erase", stream, 1, "person", "--json")) == {"erased": False}
    assert "Li Min" not in do("keys", "list").stdout and good(do("journal", "verify", "--json"))["problems"] == []
    assert do("journal", "erase", stream, 1, "role").exit_code == do("journal", "erase", stream, 2, "person").exit_code == 3
