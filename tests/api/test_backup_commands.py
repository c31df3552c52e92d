"""``dovetail backup`` and ``dovetail restore`` as commands, and what ``dovetail copy`` says of what it leaves behind."""

from __future__ import annotations

import json
from pathlib import Path

from api.cli.backup import _LACKS
from desk.people.secret_files import KEYS
from tests.api.conftest import Run


def test_a_store_goes_and_comes_back_and_answers_the_same(run: Run, firms: Path, tmp_path: Path) -> None:
    url, other = f"sqlite:///{tmp_path}/a.db", f"sqlite:///{tmp_path}/b/b.db"
    run("ingest", firms, "--no-index", "--store", url)
    note = tmp_path / "note.txt"
    note.write_text("a word")
    made = run("files", "attach", "F1", note, "--purpose", "other", "--as", "F1", "--store", url)
    assert made.exit_code == 0, made.output
    head = tmp_path / "head.json"
    run("journal", "head", "--out", head, "--store", url)

    saved = run("backup", tmp_path / "backup", "--store", url)
    assert saved.exit_code == 0, saved.output
    assert "1 entry of the journal, 1 attached file" in saved.stdout
    assert "its keys (signing) are not in it" in saved.stdout
    again = run("backup", tmp_path / "backup", "--store", url)
    assert (again.exit_code, "is there already" in again.stderr) == (2, True)
    with_keys = run("backup", tmp_path / "second", "--with-keys", tmp_path / "vault", "--json", "--store", url)
    assert json.loads(with_keys.stdout)["head"]["entries"] == 1

    done = run("restore", tmp_path / "backup", "--store", other)
    assert done.exit_code == 0, done.output
    assert f"{tmp_path}/b/b.db.signing.key is missing: heads of the journal will be signed by a new key" in done.stderr
    assert f"next: dovetail index --store {other}" in done.stdout
    assert run("journal", "verify", "--head", head, "--store", other).exit_code == 0
    assert run("show", "F1", "--json", "--store", other).stdout == run("show", "F1", "--json", "--store", url).stdout
    whole = json.loads(run("restore", tmp_path / "second", "--keys", tmp_path / "vault", "--json", "--store", f"sqlite:///{tmp_path}/c.db").stdout)
    assert whole["missing_keys"] == {}
    assert run("restore", tmp_path / "none", "--store", f"sqlite:///{tmp_path}/d.db").exit_code == 3


def test_it_is_told_what_is_lost_without_each_key() -> None:
    assert set(_LACKS) == set(KEYS)


def test_lost_files_end_with_1(run: Run, firms: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/a.db"
    run("ingest", firms, "--no-index", "--store", url)
    note = tmp_path / "note.txt"
    note.write_text("a word")
    run("files", "attach", "F1", note, "--purpose", "other", "--as", "F1", "--store", url)
    (file,) = [one for one in (tmp_path / "a.db.files").rglob("*") if one.is_file()]
    file.unlink()
    saved = run("backup", tmp_path / "backup", "--store", url)
    assert saved.exit_code == 1
    assert file.parent.name + file.name in saved.stdout and "1 attached file is lost" in saved.stderr
    assert run("restore", tmp_path / "backup", "--store", f"sqlite:///{tmp_path}/b.db").exit_code == 1
    assert (tmp_path / "b.db").exists()


def test_a_copy_names_what_lies_beside_its_source(run: Run, firms: Path, tmp_path: Path) -> None:
    url, other = f"sqlite:///{tmp_path}/a.db", f"sqlite:///{tmp_path}/b.db"
    run("ingest", firms, "--no-index", "--store", url)
    assert "is not copied" not in run("copy", url, f"sqlite:///{tmp_path}/plain.db").stderr
    run("journal", "head", "--store", url)
    copied = run("copy", url, other)
    assert copied.exit_code == 0
    assert f"put it at {tmp_path}/b.db.signing.key" in copied.stderr
