"""Contact columns of files: dropped by default, kept in the contact book where it is asked for, once, and nowhere else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.ingest import Files, ingest, try_out
from desk.people.contacts import Contacts, Reached
from desk.people.rights.offered import Offered, reached_of
from desk.people.rights.persons import Persons
from desk.people.rights.reached import erase
from desk.people.secret_files import CONTACTS, key_file
from graph import Store
from graph.documents import DocumentKind
from graph.errors import InvalidInput
from graph.model import Institution, NodeKind
from ingest.report import Report
from tests.desk.people.rights.conftest import EMPLOYER, NAME, OPERATOR, holding, written

FILES = {
    "alpha/institutions.csv": "id,name,联系人,联系电话,邮箱,微信\n"
    "I1,北湾材料研究院,林知远,0571-87654321；13800138000,lin@beiwan.example,beiwan_lab\nI2,无联系方式研究所,,,,\n",
    "alpha/experts.csv": "id,name,institution,phone\nE1,王伟,北湾材料研究院,+49 30 1234567\n",
    "alpha/demands.csv": "id,title,posted_by,contact\nD1,求低温银浆,北湾材料研究院,孟禾 meng@beiwan.example 13900139000\n",
    "alpha/achievements.csv": "id,title,owners,联系方式\nA1,银浆,南岭光电实验室,13700137000\n,,南岭光电实验室,13700137001\n",
}
SAID = {"purpose": "talks", "consent": "by form", "date": "2026-01-02"}
SECRET = ("林知远", "0571-87654321", "13800138000", "lin@beiwan.example", "beiwan_lab", "1234567", "孟禾", "13700137000", "13700137001")


def book_of(store: Store) -> Contacts:
    return Contacts(store, key_file(store, CONTACTS))


def fed(store: Store, folder: Path, *, keep: bool = True, files: dict[str, str] | None = None) -> Report:
    offer = Offered(store, book_of(store), OPERATOR, **SAID) if keep else None
    return ingest(store, Files(written(folder, files or FILES)), rejects=folder / "rejected", offer=offer)


def kept(store: Store) -> dict[str, tuple[str, Reached]]:
    """By what the contacts are of, by name: their source, and what they say."""
    book = book_of(store)
    found = {}
    for one in [*book.listed(OPERATOR)]:
        if one.value["state"] == "kept":
            node = store.get([one.value["of"]])[one.value["of"]]
            found[f"{getattr(node, 'name', '')}/{one.value['source']}"] = (one.value["purpose"], book.reveal(OPERATOR, one.id, "test"))
    return found


def test_contacts_are_dropped_unless_they_are_asked_for(store: Store, tmp_path: Path) -> None:
    report = fed(store, tmp_path, keep=False)
    assert report.total("contacts") == 8 and report.total("contacts_kept") == 0
    assert not [*store.documents_since(0, [DocumentKind.CONTACT])]
    with_offer = fed(store, tmp_path)  # the same files, asked for now
    assert with_offer.total("contacts_kept") == 4


def test_each_row_that_landed_has_its_contact_with_its_institution_or_expert(store: Store, tmp_path: Path) -> None:
    report = fed(store, tmp_path)
    assert kept(store) == {
        "北湾材料研究院/institutions.csv": (
            "talks",
            Reached(name="林知远", phones=("0571-87654321", "13800138000"), mails=("lin@beiwan.example",), note="微信: beiwan_lab"),
        ),
        "王伟/experts.csv": ("talks", Reached(phones=("+49 30 1234567",))),
        "北湾材料研究院/demands.csv": ("talks", Reached(name="孟禾", phones=("13900139000",), mails=("meng@beiwan.example",))),
        "南岭光电实验室/achievements.csv": ("talks", Reached(phones=("13700137000",))),
    }
    assert report.total("contacts_kept") == 4 and report.rejected == 1  # a row that is rejected keeps nothing
    assert report.total("contacts") == 8


def test_what_is_kept_is_nowhere_else(store: Store, tmp_path: Path) -> None:
    report = fed(store, tmp_path)
    (tmp_path / "report.txt").write_text(report.to_text() + json.dumps(report.to_dict(), ensure_ascii=False), "utf-8")
    assert {name: hits for name, hits in holding(tmp_path, *SECRET).items() if not name.startswith("alpha/")} == {}
    said = "\n".join(repr(one) for kind in NodeKind for one in store.scan(kind))
    said += "".join(one.content.decode("utf-8", "replace") for one in store.documents_since(0, [DocumentKind.ENTRY, DocumentKind.STATE]))
    assert not [one for one in SECRET if one in said]


def test_fed_again_nothing_is_added_and_what_was_erased_stays_so(store: Store, tmp_path: Path) -> None:
    fed(store, tmp_path)
    book, before = book_of(store), kept(store)
    files = dict(FILES) | {"alpha/institutions.csv": FILES["alpha/institutions.csv"] + "I3,青石机床有限公司,,,,\n"}
    assert fed(store, tmp_path, files=files).total("contacts_kept") == 0  # read anew, as the file changed
    assert kept(store) == before
    for one in [*book.listed(OPERATOR, "王伟")]:
        book.erase(OPERATOR, one.id, "consent taken back")
    files["alpha/institutions.csv"] += "I4,赭石机床有限公司,,,,\n"
    assert fed(store, tmp_path, files=files).total("contacts_kept") == 0
    assert "王伟/experts.csv" not in kept(store)
    files["alpha/experts.csv"] = FILES["alpha/experts.csv"].replace("1234567", "7654321")
    assert fed(store, tmp_path, files=files).total("contacts_kept") == 1


def test_a_dry_run_keeps_nothing(store: Store, tmp_path: Path) -> None:
    try_out(store.url, None, Files(written(tmp_path, FILES)))
    assert not [*store.documents_since(0)]


@pytest.mark.parametrize(("said", "message"), [
    ({"purpose": ""}, "--purpose: is missing"), ({"consent": " "}, "--consent: is missing"), ({"date": ""}, "--date: is missing"),
    ({"date": "2999-01-01"}, "still to come"), ({"date": "soon"}, "the day of the consent"),
])  # fmt: skip
def test_purpose_ground_and_day_are_said_before_anything_is_fed(store: Store, said: dict[str, str], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        Offered(store, book_of(store), OPERATOR, **SAID | said)
    assert store.cursor().revision == 0


def test_who_is_forgotten_is_not_kept_as_somebodys_contact(store: Store, tmp_path: Path) -> None:
    files = {
        "alpha/experts.csv": f"id,name,institution\nE1,{NAME},{EMPLOYER}\n",
        "alpha/institutions.csv": f"id,name,联系人,电话\nI1,{EMPLOYER},{NAME},13800138000\nI2,别处研究所,{NAME},13900139000\n",
    }
    fed(store, tmp_path, files=files)
    assert len(kept(store)) == 2
    persons = Persons(store)
    assert erase(store, book_of(store), OPERATOR, persons.find(OPERATOR, "E1"), "forgotten") == 1
    persons.forget(OPERATOR, "E1")
    files["alpha/institutions.csv"] = files["alpha/institutions.csv"].replace("13800138000", "13800138001")
    assert fed(store, tmp_path, files=files).total("contacts_kept") == 0
    (left,) = kept(store)
    assert left == "别处研究所/institutions.csv"  # another employer: nobody can tell whether it is the same person
    assert {one.name for one in store.scan(NodeKind.INSTITUTION) if isinstance(one, Institution)} == {EMPLOYER, "别处研究所"}


words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=20)


@given(st.dictionaries(st.sampled_from(["联系人", "phone", "邮箱", "contact", "QQ", "联系方式"]), words | st.lists(words, max_size=2)))
def test_any_cells_can_be_read(cells: dict[str, object]) -> None:
    reached = reached_of(cells)
    assert all(sum(map(str.isdigit, one)) >= 5 for one in reached.phones)
    assert all("@" in one or "＠" in one for one in reached.mails)
