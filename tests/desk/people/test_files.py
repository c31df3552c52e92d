"""Attached files: by content, byte for byte, for whom their owner lets in, each time on record; limits; and what is refused."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desk.journal.heads import verify
from desk.people import files as module
from desk.people.demands import Demands
from desk.people.files import Files
from desk.people.streams import FOLDS
from desk.process.principals import Actor, Role
from graph import Batch, Store, connect
from graph.errors import InvalidInput, NotFound, StoreError
from graph.model import Visibility
from tests.graph.samples import achievement, institution

FIRM = Actor(id="key:firm", role=Role.ENTERPRISE, institution="ins-firm")
BROKER = Actor(id="key:broker", role=Role.BROKER, institution="ins-broker")
OTHER = Actor(id="key:other", role=Role.PROVIDER, institution="ins-other")
OPERATOR = Actor(id="shell", role=Role.OPERATOR)
DRAWING = b"%PDF-1.7\n" + bytes(range(256)) * 20


@pytest.fixture
def files(store: Store, tmp_path: Path) -> Files:
    store.write(Batch(nodes=[*(institution(one) for one in ("ins-firm", "ins-broker", "ins-other")), achievement("ach-1")]))
    return Files(store, tmp_path / "files")


def attach(files: Files, actor: Actor = FIRM, name: str = "图纸 A.pdf", content: bytes = DRAWING, purpose: str = "drawing") -> str:
    return files.attach(actor, "ach-1", name, io.BytesIO(content), purpose=purpose).id


def test_a_file_comes_out_as_it_went_in(files: Files, store: Store, tmp_path: Path) -> None:
    one = attach(files)
    shown, path = files.take(FIRM, one)
    assert path.read_bytes() == DRAWING
    digest = hashlib.sha256(DRAWING).hexdigest()
    assert (shown.name, shown.value["digest"]) == ("图纸 A.pdf", digest)
    assert (shown.value["size"], shown.value["type"]) == (len(DRAWING), "application/pdf")
    assert path.stat().st_mode & 0o777 == 0o600 and (tmp_path / "files").stat().st_mode & 0o777 == 0o700
    assert [entry.kind for entry in files._journal.entries(f"file:{one}")] == ["attach", "take"]
    assert "图纸" not in b"".join(entry.to_bytes() for entry in files._journal.entries(f"file:{one}")).decode()
    assert verify(store, FOLDS) == (2, [])


def test_nothing_is_attached_to_what_ones_eyes_may_not_see(files: Files, store: Store) -> None:
    store.write(Batch(nodes=[achievement("ach-secret", visibility=Visibility.CONFIDENTIAL)]))
    for to in ("ach-secret", "ach-nobody"):
        with pytest.raises(NotFound, match=f"nothing here is called {to}"):
            files.attach(OTHER, to, "a.pdf", io.BytesIO(DRAWING), purpose="drawing")
        with pytest.raises(NotFound, match=f"nothing here is called {to}"):
            list(files.listed(OTHER, to))


def test_it_is_there_for_whom_its_owner_lets_in(files: Files) -> None:
    one = attach(files)
    for stranger in (BROKER, OTHER):
        with pytest.raises(NotFound):
            files.take(stranger, one)
        assert list(files.listed(stranger)) == []
    files.let_in(FIRM, one, "ins-broker")
    assert files.take(BROKER, one)[1].read_bytes() == DRAWING
    with pytest.raises(InvalidInput, match="remove is for"):
        files.remove(BROKER, one)
    files.let_in(FIRM, one, "ins-broker", out=True)
    with pytest.raises(NotFound):
        files.show(BROKER, one)
    assert [found.id for found in files.listed(OPERATOR, "ach-1")] == [one] and list(files.listed(OPERATOR, "ins-other")) == []


def test_one_content_lies_there_once_and_goes_with_the_last(files: Files, tmp_path: Path) -> None:
    first, second = attach(files), attach(files, OTHER, "copy.pdf")
    assert len([path for path in (tmp_path / "files").rglob("*") if path.is_file()]) == 1
    files.remove(FIRM, first, "old")
    assert files.take(OTHER, second)[1].read_bytes() == DRAWING
    files.remove(OTHER, second)
    assert not [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
    with pytest.raises(InvalidInput, match="that is removed has no take"):
        files.take(OTHER, second)


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [("run.exe", b"MZ", "may not be attached"), ("page.html", b"<html>", "may not be attached"), ("", b"x", "may not be attached"),
     ("a.pdf", b"MZ\x90", "does not begin as"), ("a.pdf", b"", "empty"), ("a.txt", b"", "empty"), (".pdf", DRAWING, "may not be attached")],
)  # fmt: skip
def test_what_may_not_be_attached_leaves_nothing(files: Files, store: Store, tmp_path: Path, name: str, content: bytes, rule: str) -> None:
    with pytest.raises(InvalidInput, match=rule):
        attach(files, name=name, content=content)
    assert store.sequence() == 0 and not [path for path in tmp_path.rglob("*") if path.is_file() and path.parent.name != tmp_path.name]


def test_limits_and_places(files: Files, store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "MOST", len(DRAWING) - 1)
    with pytest.raises(InvalidInput, match="larger than"):
        attach(files)
    monkeypatch.setattr(module, "MOST", len(DRAWING))
    with pytest.raises(InvalidInput, match="purpose is one of"):
        attach(files, purpose="novel")
    with pytest.raises(InvalidInput, match="member of an institution"):
        attach(files, OPERATOR)
    with pytest.raises(NotFound):
        files.attach(FIRM, "ach-9", "a.pdf", io.BytesIO(DRAWING), purpose="other")
    assert store.sequence() == 0 and not [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
    assert files.show(FIRM, attach(files, name="..\\..\\etc/passwd/../a.pdf")).name == "a.pdf"


def test_a_content_that_was_exchanged_is_not_handed_out(files: Files) -> None:
    one = attach(files)
    path = files.take(FIRM, one)[1]
    for damage in (lambda: path.write_bytes(b"%PDF-other"), path.unlink):
        damage()
        with pytest.raises(StoreError, match="not what was attached"):
            files.take(FIRM, one)
    assert [entry.kind for entry in files._journal.entries(f"file:{one}")] == ["attach", "take"]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(max_size=40), content=st.binary(max_size=200))
def test_whatever_is_attached_stays_in_its_folder(name: str, content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("any")
    store = connect(f"sqlite:///{folder}/s.db")
    store.write(Batch(nodes=[institution("ins-firm"), achievement("ach-1")]))
    files = Files(store, folder / "files")
    for end in ("", ".txt", ".csv"):
        try:
            one = files.attach(FIRM, "ach-1", name + end, io.BytesIO(content), purpose="other")
        except InvalidInput:
            continue
        assert files.take(FIRM, one.id)[1].read_bytes() == content
    made = {path.relative_to(folder).parts[0] for path in folder.rglob("*")}
    assert made <= {"s.db", "s.db-wal", "s.db-shm", "files"}
    store.close()


def test_who_is_let_in_sees_of_the_others_nobody(files: Files) -> None:
    one = attach(files)
    for guest in ("ins-broker", "ins-other"):
        files.let_in(FIRM, one, guest)
    for guest in (BROKER, OTHER):
        assert files.show(guest, one).value["let_in"] == [guest.institution] == next(files.listed(guest)).value["let_in"]
        assert files.take(guest, one)[0].value["let_in"] == [guest.institution]
    for keeper in (FIRM, OPERATOR):
        assert files.show(keeper, one).value["let_in"] == ["ins-broker", "ins-other"]


def test_of_a_file_of_a_draft_the_operator_knows_when_it_is_handed_in(files: Files, store: Store) -> None:
    demands = Demands(store)
    draft = demands.draft(FIRM, {"title": "x"}).id
    one = files.attach(FIRM, draft, "a.pdf", io.BytesIO(DRAWING), purpose="drawing").id
    assert list(files.listed(OPERATOR)) == [] and [found.id for found in files.listed(FIRM)] == [one]
    for do in (files.show, files.take, files.remove):
        with pytest.raises(NotFound, match=f"there is no file {one}"):
            do(OPERATOR, one)
    demands.do(FIRM, draft, "submit", {"no_secrets": True})
    assert [found.id for found in files.listed(OPERATOR)] == [one]
