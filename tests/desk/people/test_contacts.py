"""The contact book: encrypted, apart from everything, shown to whom the process lets in and put on record, and erased for good."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from desk.journal.heads import verify
from desk.people.contacts import Contacts, Reached
from desk.people.secret_files import CONTACTS, key_file
from desk.people.streams import FOLDS
from desk.process.principals import Actor, Role
from graph import Batch, Store
from graph.errors import InvalidInput, NotFound, StoreError
from tests.graph.samples import institution

FIRM = Actor(id="key:firm", role=Role.ENTERPRISE, institution="ins-firm")
BROKER = Actor(id="key:broker", role=Role.BROKER, institution="ins-broker")
OTHER = Actor(id="key:other", role=Role.ENTERPRISE, institution="ins-other")
OPERATOR = Actor(id="shell", role=Role.OPERATOR)
REACHED = Reached(name="程以沫", phones=("138 0000 0000",), mails=("yimo@firm.example",))
GROUND = {"purpose": "introductions", "consent": "signed form 2026-17", "date": "2026-02-01"}


@pytest.fixture
def book(store: Store, tmp_path: Path) -> Contacts:
    store.write(Batch(nodes=[institution(one) for one in ("ins-firm", "ins-broker", "ins-other")]))
    return Contacts(store, tmp_path / "keys" / "contacts.key")


def test_a_contact_is_kept_encrypted_and_apart(book: Contacts, store: Store, tmp_path: Path) -> None:
    before = store.cursor(), store.check(deep=True).content
    one = book.keep(FIRM, "ins-firm", REACHED, **GROUND)
    assert one.value["purpose"] == "introductions" and one.value["state"] == "kept"
    assert (store.cursor(), store.check(deep=True).content) == before
    everything = b"".join(document.content for document in store.documents_since(0)).decode(errors="replace")
    assert not any(said in everything for said in ("程以沫", "138 0000", "yimo@"))
    assert (tmp_path / "keys" / "contacts.key").stat().st_mode & 0o777 == 0o600
    assert book.reveal(FIRM, one.id, "a call") == REACHED
    assert [entry.kind for entry in book.history(FIRM, one.id)] == ["keep", "reveal"]
    assert book.history(FIRM, one.id)[1].body == {"reason": "a call"}
    assert verify(store, FOLDS) == (2, [])


def test_it_is_shown_to_whom_its_institution_lets_in_and_to_nobody_else(book: Contacts) -> None:
    one = book.keep(FIRM, "ins-firm", REACHED, **GROUND).id
    for stranger in (BROKER, OTHER):
        for ask in (lambda who: book.reveal(who, one, "x"), lambda who: book.show(who, one), lambda who: book.history(who, one)):
            with pytest.raises(NotFound) as hidden:
                ask(stranger)
            with pytest.raises(NotFound) as missing:
                book.show(stranger, "0" * 12)
            assert str(hidden.value).replace(one, "") == str(missing.value).replace("0" * 12, "")
        assert list(book.listed(stranger)) == []
    book.let_in(FIRM, one, "ins-broker")
    assert book.reveal(BROKER, one, "an introduction") == REACHED
    with pytest.raises(InvalidInput, match="erase is for the operator or the owner"):
        book.erase(BROKER, one)
    assert [entry.kind for entry in book.history(BROKER, one)] == ["reveal"]  # not what others did with it
    book.let_in(FIRM, one, "ins-broker", out=True)
    with pytest.raises(NotFound):
        book.reveal(BROKER, one, "again")
    assert [entry.actor for entry in book.history(OPERATOR, one) if entry.kind == "reveal"] == ["key:broker"]
    assert [found.id for found in book.listed(OPERATOR, "ins-firm")] == [one] and list(book.listed(OPERATOR, "ins-other")) == []


def test_what_is_erased_is_gone_and_who_saw_it_stays_on_record(book: Contacts, store: Store) -> None:
    one = book.keep(OPERATOR, "ins-firm", REACHED, **GROUND).id
    book.reveal(OPERATOR, one, "a check")
    book.erase(FIRM, one, "asked for by the person")
    assert store.documents([f"sealed:{one}"]) == {}
    with pytest.raises(InvalidInput, match="that is erased has no reveal"):
        book.reveal(OPERATOR, one, "again")
    assert [entry.kind for entry in book.history(FIRM, one)] == ["keep", "reveal", "erase"]
    assert verify(store, FOLDS) == (3, [])


@pytest.mark.parametrize(
    ("more", "rule"),
    [({"purpose": ""}, "keep needs purpose"), ({"consent": ""}, "keep needs consent"), ({"date": "soon"}, "the day of the consent"),
     ({"date": "2999-01-01"}, "still to come")],
)  # fmt: skip
def test_without_purpose_ground_and_day_nothing_is_kept(book: Contacts, store: Store, more: dict[str, str], rule: str) -> None:
    with pytest.raises(InvalidInput, match=rule):
        book.keep(FIRM, "ins-firm", REACHED, **(GROUND | more))
    with pytest.raises(InvalidInput, match="a name, a phone or a mail"):
        book.keep(FIRM, "ins-firm", Reached(note="x"), **GROUND)
    with pytest.raises(NotFound):
        book.keep(FIRM, "ins-nobody", REACHED, **GROUND)
    assert store.sequence() == 0


def test_another_key_opens_nothing_and_is_told(book: Contacts, tmp_path: Path) -> None:
    one = book.keep(FIRM, "ins-firm", REACHED, **GROUND).id
    for content, rule in ((Fernet.generate_key(), "not the key"), (b"nothing", "cannot be read")):
        (tmp_path / "keys" / "contacts.key").write_bytes(content)
        with pytest.raises(StoreError, match=rule):
            book.reveal(FIRM, one, "x")
    (tmp_path / "keys" / "contacts.key").unlink()
    with pytest.raises(StoreError, match="cannot be read"):
        book.reveal(FIRM, one, "x")
    with pytest.raises(StoreError, match="take it from a backup"):
        book.keep(FIRM, "ins-firm", REACHED, **GROUND)
    assert [entry.kind for entry in book.history(FIRM, one)] == ["keep"]  # nothing was shown, and nothing is on record as shown


def test_a_key_lies_beside_the_store_or_with_the_user(store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    path = key_file(store, CONTACTS)
    beside = store.url.startswith("sqlite")
    assert path.name == ("contract.db.contacts.key" if beside else "contacts.key")
    assert path.is_relative_to(tmp_path)


def test_who_is_let_in_sees_of_the_others_nobody_and_nothing_that_they_do(book: Contacts) -> None:
    one = book.keep(FIRM, "ins-firm", REACHED, **GROUND).id
    for guest in (BROKER, OTHER):
        book.let_in(FIRM, one, guest.institution)
    for guest, reason in ((OTHER, "a"), (BROKER, "b"), (OTHER, "c"), (BROKER, "d")):
        book.reveal(guest, one, reason)
    for guest, reasons in ((BROKER, ["b", "d"]), (OTHER, ["a", "c"])):
        assert book.show(guest, one).value["let_in"] == [guest.institution] == next(book.listed(guest)).value["let_in"]
        own = book.history(guest, one)
        assert [(entry.number, entry.previous, entry.body["reason"]) for entry in own] == [
            (n, "", said) for n, said in enumerate(reasons, 1)
        ]
    assert [entry.number for entry in book.history(FIRM, one)] == [1, 2, 3, 4, 5, 6, 7]
    assert book.show(OPERATOR, one).value["let_in"] == ["ins-broker", "ins-other"]
