"""Members: invited or by a claim, each step on record, names and addresses apart, and the end of one ends all that it opened."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from desk.find import find
from desk.journal.heads import verify
from desk.members.accounts import Opened
from desk.members.post import NotSent
from desk.people.streams import FOLDS
from desk.process.principals import Actor, Role, Scope
from graph import Batch, language
from graph.documents import DocumentKind
from graph.errors import InvalidInput, NotFound, NotPossible, NotSignedIn
from graph.model import Visibility
from graph.viewer import PUBLIC
from tests.desk.members.conftest import OPERATOR, USCC, People, made, registered

MAIL, OTHER = "yimo@firm.example", "guan@other.example"


def test_who_is_invited_becomes_a_member_by_the_letter(people: People) -> None:
    invited = people.members.invite(OPERATOR, " YiMo@Firm.Example ", "程以沫", Role.ENTERPRISE, institution="ins-firm", speaks="zh")
    assert (invited.state, invited.mail, invited.name, invited.events) == ("invited", MAIL, "程以沫", ("remind", "remove"))
    letter = people.mailbox.wait(1)
    assert (letter["To"], letter["Auto-Submitted"]) == (MAIL, "auto-generated")
    assert "恒岬精密" in letter.get_content() and "程以沫" not in letter.get_content()
    member = people.members.accept(people.mailbox.token(1))
    assert (member.id, member.state, member.institution, member.language) == (invited.id, "active", "ins-firm", "zh")
    actor = people.members.actor(member.id)
    assert (actor.id, actor.role, actor.institution, actor.scopes) == (
        f"member:{member.id}", Role.ENTERPRISE, "ins-firm", {Scope.READ, Scope.WRITE},
    )  # fmt: skip
    assert [(entry.kind, entry.actor) for entry in people.members.history(actor, member.id)] == [
        ("invite", "shell"), ("accept", f"member:{member.id}"),
    ]  # fmt: skip
    assert verify(people.store, FOLDS) == (2, [])


def test_the_store_alone_tells_no_address_and_no_token(people: People) -> None:
    people.joined(MAIL)
    people.members.claim(OTHER, "管一", Role.PROVIDER, USCC)
    claim = people.mailbox.token(2)
    people.members.confirm(claim)
    people.sign_in.sign_in("nobody@firm.example")
    documents = list(people.store.documents_since(0))
    everything = b"".join(one.content + one.id.encode() for one in documents)
    for mail in (MAIL, OTHER, "nobody@firm.example"):
        assert mail.encode() not in everything and mail.partition("@")[0].encode() not in everything
    assert not any(people.mailbox.token(count).partition("_")[2].encode() in everything for count in (1, 2))
    entries = b"".join(one.content for one in documents if one.kind is DocumentKind.ENTRY)
    assert "程以沫".encode() not in entries and b"commitment" in entries


def test_a_member_invites_colleagues_and_nobody_else(people: People) -> None:
    firm = people.joined(MAIL)
    assert people.members.invite(firm, "b@firm.example", "b", Role.CONSUMER).institution == "ins-firm"
    for institution_, role in (("ins-other", Role.CONSUMER), (None, Role.OPERATOR)):
        with pytest.raises(InvalidInput):
            people.members.invite(firm, "c@firm.example", "c", role, institution=institution_)
    with pytest.raises(InvalidInput, match="appoint is for the operator"):
        people.members.invite(firm, "c@firm.example", "c", Role.CONSUMER, is_appointed=True, reviews=True)
    reads = msgspec.structs.replace(firm, id="key:r", scopes=frozenset({Scope.READ}))
    with pytest.raises(InvalidInput, match="invite is for"):
        people.members.invite(reads, "c@firm.example", "c", Role.CONSUMER)
    appointed = people.members.invite(OPERATOR, "d@ops.example", "d", Role.OPERATOR, is_appointed=True, reviews=True)
    people.members.accept(people.mailbox.token(3))
    assert people.members.actor(appointed.id).scopes == set(Scope) and people.members.actor(appointed.id).reviews
    with pytest.raises(InvalidInput, match="has an institution"):
        people.members.invite(OPERATOR, "e@x.example", "e", Role.BROKER, is_appointed=True)
    assert len(people.mailbox.letters) == 3


def test_a_member_of_another_institution_is_answered_like_nobody(people: People) -> None:
    firm, other = people.joined(MAIL), people.joined(OTHER, institution="ins-other")
    id = firm.id.partition(":")[2]
    asks = (people.members.show, people.members.remind, people.members.remove, people.members.approve, people.members.erase)
    for ask in asks:
        with pytest.raises(NotFound) as hidden:
            ask(other, id)
        with pytest.raises(NotFound) as missing:
            ask(other, "0" * 12)
        assert str(hidden.value).replace(id, "") == str(missing.value).replace("0" * 12, "")
    assert [one.id for one in people.members.listed(other)] == [other.id.partition(":")[2]]
    assert len(list(people.members.listed(OPERATOR))) == 2


def test_an_invitation_opens_once_even_for_two_at_once(people: People) -> None:
    people.members.invite(OPERATOR, MAIL, "a", Role.CONSUMER, institution="ins-firm")
    token = people.mailbox.token(1)

    def accept(_number: int) -> str:
        try:
            return people.members.accept(token).state
        except NotSignedIn:
            return "no"

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(accept, range(4))) == ["active", "no", "no", "no"]
    assert verify(people.store, FOLDS) == (2, [])


def test_an_invitation_that_another_uses_in_between_is_not_good(people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    people.members.invite(OPERATOR, MAIL, "a", Role.CONSUMER, institution="ins-firm")
    token, read = people.mailbox.token(1), people.accounts.opened
    other = made(people.store, tmp_path / "keys" / "mail.key", people.post, people.mailbox)
    others = []

    def opened(*given: Any, **more: Any) -> Opened:
        found = read(*given, **more)
        others.append(other.members.accept(token).state)
        return found

    monkeypatch.setattr(people.accounts, "opened", opened)
    with pytest.raises(NotSignedIn):
        people.members.accept(token)
    assert others == ["active"]


def test_an_invitation_ends_by_a_reminder_by_its_day_and_by_removal(people: People) -> None:
    first = people.members.invite(OPERATOR, MAIL, "a", Role.CONSUMER, institution="ins-firm")
    people.members.remind(OPERATOR, first.id)
    late = datetime.now(UTC) + timedelta(days=14, minutes=1)
    said = set()
    for token, now in ((people.mailbox.token(1), None), (people.mailbox.token(2), late)):
        with pytest.raises(NotSignedIn) as refused:
            people.members.accept(token, now=now)
        said.add(str(refused.value))
    assert people.members.remove(OPERATOR, first.id, "a mistake").state == "ended"
    with pytest.raises(NotSignedIn) as refused:
        people.members.accept(people.mailbox.token(2))
    assert len(said | {str(refused.value)}) == 1


def test_one_address_acts_for_one_institution(people: People) -> None:
    firm = people.joined(MAIL)
    people.members.invite(OPERATOR, MAIL, "a", Role.CONSUMER, institution="ins-other")
    token = people.mailbox.token(2)
    with pytest.raises(InvalidInput, match="a member's already"):
        people.members.accept(token)
    session = people.sign_in.session_of(MAIL)
    people.members.leave(firm)
    assert people.members.accept(token).institution == "ins-other"
    with pytest.raises(NotSignedIn):  # of the first institution's member
        people.sign_in.actor(session)


def test_a_claim_comes_before_the_operator_when_the_address_is_shown_to_be_ones_own(people: People) -> None:
    people.members.claim(MAIL, "程以沫", Role.ENTERPRISE, USCC.removeprefix("uscc:").lower(), speaks="zh")
    assert "恒岬精密" in people.mailbox.wait(1).get_content() and people.store.sequence() == 1
    assert list(people.members.listed(OPERATOR)) == []
    claim = people.members.confirm(people.mailbox.token(1))
    assert (claim.state, claim.institution, claim.number, claim.name, claim.mail) == ("claimed", "ins-firm", USCC, "程以沫", MAIL)
    with pytest.raises(NotSignedIn):
        people.members.confirm(people.mailbox.token(1))
    with pytest.raises(NotSignedIn):
        people.members.actor(claim.id)
    colleague = Actor(id="key:c", role=Role.ENTERPRISE, institution="ins-firm")
    for ask in (people.members.approve, people.members.reject):
        with pytest.raises(InvalidInput, match="is for the operator"):
            ask(colleague, claim.id)
    assert people.members.approve(OPERATOR, claim.id).state == "active"
    assert "https://match.example.org/sign-in" in people.mailbox.wait(2).get_content()
    assert people.sign_in.actor(people.sign_in.session_of(MAIL)).institution == "ins-firm"
    assert verify(people.store, FOLDS) == (2, [])


def test_a_claim_that_is_not_true(people: People) -> None:
    for number, mail in ((1, MAIL), (2, "x@else.example")):
        people.members.claim(mail, "x", Role.CONSUMER, USCC)
        people.mailbox.wait(number)
    first, second = (people.members.confirm(people.mailbox.token(number)) for number in (1, 2))
    people.members.approve(OPERATOR, first.id)
    assert people.members.reject(OPERATOR, second.id, "nobody there knows it").state == "rejected"
    letter = people.mailbox.wait(4)
    assert letter["To"] == "x@else.example" and "nobody there knows it" not in letter.get_content()
    with pytest.raises(NotSignedIn):
        people.sign_in.session_of("x@else.example")
    with pytest.raises(InvalidInput, match="that is rejected has no approve"):
        people.members.approve(OPERATOR, second.id)
    people.members.erase(OPERATOR, second.id)
    erased = people.members.show(OPERATOR, second.id)
    assert (erased.state, erased.name, erased.mail, erased.events) == ("erased", "", "", ())
    assert verify(people.store, FOLDS)[1] == []


def test_two_claims_by_one_address_are_not_both_approved(people: People) -> None:
    for number in (1, 2):
        people.members.claim(MAIL, "x", Role.CONSUMER, USCC)
        people.mailbox.wait(number)
    first, second = (people.members.confirm(people.mailbox.token(number)) for number in (1, 2))
    people.members.approve(OPERATOR, first.id)
    with pytest.raises(InvalidInput, match="a member's already"):
        people.members.approve(OPERATOR, second.id)
    assert people.members.show(OPERATOR, second.id).state == "claimed"


@pytest.mark.parametrize("uscc", ["91350211M000100Y99", "恒岬精密", "", "ins-firm", "91110000600037341L"])
def test_what_not_everybody_may_see_cannot_be_claimed(people: People, uscc: str) -> None:
    people.store.write(Batch(nodes=registered("ins-hidden", "uscc:91110000600037341L", Visibility.CONFIDENTIAL)))
    with pytest.raises(NotFound):
        people.members.claim(MAIL, "x", Role.CONSUMER, uscc)
    assert people.store.sequence() == 0


def test_a_row_that_only_goes_by_such_a_number_is_not_claimed(people: People) -> None:
    number = "uscc:91350211M000100Y99"
    record, named = registered("ins-row", number)
    people.store.write(Batch(nodes=[record, msgspec.structs.replace(named, external_ids=())]))
    assert find(people.store, number, PUBLIC) == "ins-row"
    with pytest.raises(NotFound):
        people.members.claim(MAIL, "x", Role.CONSUMER, number)


def test_who_leaves_or_is_removed_signs_in_no_more_and_can_be_erased(people: People) -> None:
    firm = people.joined(MAIL)
    id, session = firm.id.partition(":")[2], people.sign_in.session_of(MAIL)
    with pytest.raises(InvalidInput, match="that is active has no erase"):
        people.members.erase(firm, id)
    people.members.leave(people.sign_in.actor(session))
    for ask in (lambda: people.sign_in.actor(session), lambda: people.sign_in.session_of(MAIL), lambda: people.members.actor(id)):
        with pytest.raises(NotSignedIn):
            ask()
    people.members.erase(OPERATOR, id)
    (first, *_rest) = people.members.history(OPERATOR, id)
    assert all(people.members._journal.personal(first.stream, first.number, field) is None for field in ("mail", "name"))
    assert [entry.kind for entry in people.members.history(OPERATOR, id)] == ["invite", "accept", "leave", "erase"]
    assert verify(people.store, FOLDS) == (4, [])
    again = people.joined(MAIL)
    assert again.id != firm.id and people.members.remove(OPERATOR, again.id.partition(":")[2]).state == "ended"


def test_a_letter_that_cannot_be_sent_is_told_without_its_address(people: People) -> None:
    people.mailbox.refuses = f"550 no such mailbox {MAIL}"
    with pytest.raises(NotSent) as refused:
        people.members.invite(OPERATOR, MAIL, "a", Role.CONSUMER, institution="ins-firm")
    assert MAIL not in str(refused.value) and refused.value.__context__ is None
    people.mailbox.refuses = ""
    (waiting,) = people.members.listed(OPERATOR)
    people.members.remind(OPERATOR, waiting.id)
    assert people.members.accept(people.mailbox.token(1)).state == "active"


def test_an_address_gets_so_many_letters_within_an_hour(people: People) -> None:
    waiting = people.members.invite(OPERATOR, MAIL, "a", Role.CONSUMER, institution="ins-firm")
    with pytest.raises(NotPossible, match="too many letters"):
        for _ in range(20):
            people.members.remind(OPERATOR, waiting.id)
    assert 1 < len(people.mailbox.letters) < 20


@pytest.mark.parametrize(
    ("given_so", "rule"),
    [({"mail": "nobody"}, "no mail address"), ({"mail": "a@b.example\nBcc: c@d.example"}, "no mail address"),
     ({"name": " "}, "names nobody"), ({"role": Role.OPERATOR}, "role is one of"), ({"role": Role.CLOCK}, "role is one of"),
     ({"speaks": "fr"}, "language is one of")],
)  # fmt: skip
def test_an_invitation_that_will_not_do_leaves_nothing(people: People, given_so: dict[str, object], rule: str) -> None:
    asked: dict[str, object] = {"mail": MAIL, "name": "a", "role": Role.CONSUMER} | given_so
    with pytest.raises(InvalidInput, match=rule):
        people.members.invite(OPERATOR, asked["mail"], asked["name"], asked["role"], institution="ins-firm", speaks=asked.get("speaks", ""))  # type: ignore[arg-type]
    with language.speaking("zh"), pytest.raises(InvalidInput):
        people.members.claim(str(asked["mail"]), str(asked["name"]), asked["role"], USCC, speaks=str(asked.get("speaks", "")))  # type: ignore[arg-type]
    assert people.store.sequence() == 0 and not people.mailbox.letters
