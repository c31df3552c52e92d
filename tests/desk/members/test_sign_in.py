"""Signing in: a link that opens once and within its minutes, the same answer for everybody, sessions that end."""

from __future__ import annotations

import logging
import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desk.members.accounts import SESSIONS, Accounts, Purpose, normal
from desk.members.post import Post
from desk.process.principals import Role
from graph import language
from graph.documents import DocumentKind
from graph.errors import InvalidInput, NotSignedIn, StoreError
from tests.desk.members.conftest import OPERATOR, USCC, People, made

MAIL = "yimo@firm.example"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
TOKENS = st.one_of(
    st.text(max_size=80),
    st.from_regex(r"[0-9a-f]{24}_[A-Za-z0-9_-]{43}", fullmatch=True),
    st.from_regex(r"[A-Za-z0-9_-]{43}", fullmatch=True),
)


def refused(people: People, token: str, now: datetime | None = None) -> str:
    """What every door says to ``token``: the same."""
    said = set()
    for door in (people.sign_in.session, people.sign_in.actor, people.sign_in.sign_out, people.members.accept, people.members.confirm):
        with pytest.raises(NotSignedIn) as error:
            door(token, now=now)
        said.add(str(error.value))
    (words,) = said
    return words


def test_a_link_opens_a_session_and_a_session_a_member(people: People) -> None:
    actor = people.joined(MAIL, Role.PROVIDER)
    people.sign_in.sign_in(" YIMO@firm.example")
    letter = people.mailbox.wait(2)
    assert letter["To"] == MAIL and "15 minutes" in letter.get_content() and letter.get_content_type() == "text/plain"
    session = people.sign_in.session(people.mailbox.token(2))
    assert people.sign_in.actor(session) == actor
    assert refused(people, people.mailbox.token(2)) == refused(people, people.mailbox.token(1)) == refused(people, "nothing")
    for door in (people.sign_in.session, people.members.accept, people.members.confirm):  # a session is no link
        with pytest.raises(NotSignedIn):
            door(session)
    people.sign_in.sign_out(session)
    refused(people, session)


def test_a_letter_is_in_the_language_of_the_member(people: People) -> None:
    people.members.invite(OPERATOR, MAIL, "a", Role.CONSUMER, institution="ins-firm", speaks="zh")
    people.members.accept(people.mailbox.token(1))
    people.sign_in.sign_in(MAIL)
    assert "登录" in people.mailbox.wait(2)["Subject"] and "15 分钟" in people.mailbox.wait(2).get_content()


def test_times(people: People) -> None:
    people.joined(MAIL)
    people.sign_in.sign_in(MAIL, now=NOW)
    token = people.mailbox.token(2)
    refused(people, token, NOW + timedelta(minutes=15))
    session = people.sign_in.session(token, now=NOW + timedelta(minutes=14, seconds=59))
    began = NOW + timedelta(minutes=14, seconds=59)
    assert people.sign_in.actor(session, now=began + timedelta(hours=12, seconds=-1)).institution == "ins-firm"
    refused(people, session, began + timedelta(hours=12))


def test_at_most_five_letters_an_hour_and_the_same_answer(people: People) -> None:
    people.joined(MAIL)
    began = datetime.now(UTC) + timedelta(hours=2)  # the invitation does not count any more
    for minute in range(8):
        people.sign_in.sign_in(MAIL, now=began + timedelta(minutes=minute))
    people.sign_in.sign_in(MAIL, now=began + timedelta(minutes=59, seconds=59))
    people.sign_in.sign_in(MAIL, now=began + timedelta(minutes=60))  # the first of them is an hour ago
    people.post.close()
    assert len(people.mailbox.letters) == 1 + 5 + 1


def test_who_is_not_known_is_answered_and_handled_alike(people: People, caplog: pytest.LogCaptureFixture) -> None:
    people.joined(MAIL)
    written = []
    for mail in (MAIL, "nobody@firm.example"):
        before = people.store.sequence()
        assert people.sign_in.sign_in(mail) is None
        documents = [one.id for one in people.store.documents_since(before) if one.kind is DocumentKind.ACCOUNT]
        written.append((people.store.sequence() - before, documents == [f"account:{people.accounts.mark(mail)}"]))
    assert written == [(1, True), (1, True)]
    people.post.close()
    assert len(people.mailbox.letters) == 2
    assert not caplog.records


def test_nobody_waits_for_the_mail_server(people: People) -> None:
    people.joined(MAIL)
    with people.mailbox._came:  # the server cannot take the letter now
        people.sign_in.sign_in(MAIL)
        assert len(people.mailbox.letters) == 1
    assert people.mailbox.wait(2)["To"] == MAIL


def test_an_error_of_the_mail_server_is_logged_without_the_address(people: People, caplog: pytest.LogCaptureFixture) -> None:
    people.joined(MAIL)
    people.mailbox.refuses = f"550 no such mailbox {MAIL}"
    people.sign_in.sign_in(MAIL)
    people.post.close()
    (record,) = caplog.records
    assert record.levelno == logging.WARNING and "could not be sent" in record.getMessage()
    assert MAIL not in caplog.text and "550" not in caplog.text and not record.exc_info


def test_of_two_at_once_one_wins(people: People) -> None:
    people.joined(MAIL)
    people.sign_in.sign_in(MAIL)
    token = people.mailbox.token(2)

    def open_(_number: int) -> str:
        try:
            return people.sign_in.session(token)
        except NotSignedIn:
            return ""

    with ThreadPoolExecutor(6) as pool:
        (session,) = [one for one in pool.map(open_, range(6)) if one]
    assert people.sign_in.actor(session).institution == "ins-firm"


def test_requests_at_once_count_each(people: People) -> None:
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _number: people.sign_in.sign_in(MAIL), range(12)))
    account, _version = people.accounts.read(people.accounts.mark(MAIL))
    assert len(account.letters) == len(account.tokens) == 5


def test_sessions_are_few_and_the_oldest_goes(people: People) -> None:
    people.joined(MAIL)
    sessions = [people.sign_in.session_of(MAIL, now=NOW + timedelta(minutes=number)) for number in range(SESSIONS + 1)]
    late = NOW + timedelta(hours=1)
    with pytest.raises(NotSignedIn):
        people.sign_in.actor(sessions[0], now=late)
    assert all(people.sign_in.actor(one, now=late) for one in sessions[1:])
    account, _version = people.accounts.read(people.accounts.mark(MAIL))
    assert len(account.tokens) == SESSIONS


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(shown=TOKENS)
def test_nothing_that_is_made_up_opens(people: People, shown: str) -> None:
    if people.store.sequence() == 0:  # once: everything that can be open is
        people.joined(MAIL)
        people.sign_in.session_of(MAIL)
        people.sign_in.sign_in(MAIL)
        people.members.invite(OPERATOR, MAIL, "a", Role.CONSUMER, institution="ins-other")
        people.members.claim(MAIL, "a", Role.CONSUMER, USCC)
        people.mailbox.wait(4)
    mark = people.accounts.mark(MAIL)
    before = people.store.sequence()
    hashes = [one.hash for one in people.accounts.read(mark)[0].tokens]
    assert len(hashes) == 4
    for token in (shown, f"{mark}_{shown}", f"{mark}_{secrets.token_urlsafe(32)}", *hashes, *(f"{mark}_{one[:43]}" for one in hashes)):
        refused(people, token)
    assert people.store.sequence() == before


def test_a_token_that_differs_anywhere_does_not_open(people: People) -> None:
    people.joined(MAIL)
    session = people.sign_in.session_of(MAIL)
    for place in range(0, len(session), 3):
        other = session[:place] + ("b" if session[place] == "a" else "a") + session[place + 1 :]
        with pytest.raises(NotSignedIn):
            people.sign_in.actor(other)
    assert people.sign_in.actor(session)


def test_the_secret_is_its_owners_alone_and_needed(people: People, tmp_path: Path) -> None:
    key = tmp_path / "keys" / "mail.key"
    people.joined(MAIL)
    assert key.stat().st_mode & 0o777 == 0o600 and len(bytes.fromhex(key.read_text())) == 32
    assert made(people.store, key, people.post, people.mailbox).sign_in.session_of(MAIL)
    elsewhere = made(people.store, tmp_path / "other" / "mail.key", people.post, people.mailbox)
    with pytest.raises(StoreError, match="missing"):
        elsewhere.sign_in.session_of(MAIL)
    assert not (tmp_path / "other").exists()
    other = tmp_path / "wrong.key"
    for wrong in ("", "zz", "00"):
        other.write_text(wrong)
        with pytest.raises(StoreError, match="cannot be read"):
            made(people.store, other, people.post, people.mailbox).sign_in.session_of(MAIL)
    other.write_text("00" * 32)
    with pytest.raises(NotSignedIn):
        made(people.store, other, people.post, people.mailbox).sign_in.session_of(MAIL)
    with pytest.raises(StoreError, match="not the secret"):
        list(made(people.store, other, people.post, people.mailbox).members.listed(OPERATOR))


def test_a_secret_that_another_makes_in_between_is_taken(people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = tmp_path / "keys" / "mail.key"
    other, make = Accounts(people.store, key), people.accounts._make

    def late() -> None:
        other.letter(other.mark(MAIL), Purpose.SIGN_IN)
        make()

    monkeypatch.setattr(people.accounts, "_make", late)
    assert people.accounts.mark(MAIL) == other.mark(MAIL)
    assert [path.name for path in key.parent.iterdir()] == ["mail.key"]


def test_where_no_mail_server_is_named_nobody_is_asked(people: People, tmp_path: Path) -> None:
    none = made(people.store, tmp_path / "keys" / "mail.key", Post(None), people.mailbox)
    for ask in (
        lambda: none.sign_in.sign_in(MAIL),
        lambda: none.members.claim(MAIL, "a", Role.CONSUMER, USCC),
        lambda: none.members.invite(OPERATOR, MAIL, "a", Role.CONSUMER, institution="ins-firm"),
    ):
        with pytest.raises(InvalidInput, match="names no mail server"):
            ask()
    assert people.store.sequence() == 0


@pytest.mark.parametrize(
    ("typed", "mail"),
    [("A.b+c@Firm.Example", "a.b+c@firm.example"), (" x@企业.example ", "x@xn--vhquv.example"), ("x@a-b.cn", "x@a-b.cn")],
)
def test_an_address_has_one_form(typed: str, mail: str) -> None:
    assert normal(typed) == mail


@pytest.mark.parametrize(
    "typed",
    ["", "x", "@firm.example", "x@", "x@firm", "x y@firm.example", "x@firm.example, y@firm.example", "<x@firm.example>", "x@@firm.example",
     "x@firm.example\r\nBcc: y@z.example", "x@-firm.example", "程@firm.example", "x@[127.0.0.1]", "x" * 65 + "@firm.example",
     "x@" + "a." * 130 + "example", "x@..example"],
)  # fmt: skip
def test_what_is_no_address(typed: str) -> None:
    with pytest.raises(InvalidInput, match="no mail address"):
        normal(typed)


@given(st.text(max_size=40) | st.emails())
def test_any_text_is_an_address_in_its_one_form_or_refused(typed: str) -> None:
    try:
        mail = normal(typed)
    except InvalidInput:
        return
    assert normal(mail) == mail and mail.isascii() and not any(one.isspace() for one in mail)


def test_marks_tell_addresses_apart_and_nothing_more(people: People, tmp_path: Path) -> None:
    marks = {people.accounts.mark(mail) for mail in (MAIL, "yima@firm.example", "yimo@firm2.example")}
    assert len(marks) == 3 and people.accounts.mark(MAIL.upper()) in marks
    assert Accounts(people.store, tmp_path / "two.key").mark(MAIL) not in marks  # under another secret
    assert people.accounts.seal(MAIL) != people.accounts.seal(MAIL) and people.accounts.open(people.accounts.seal(MAIL)) == MAIL


def test_what_has_expired_is_kept_no_longer_than_the_next_letter(people: People) -> None:
    mark = people.accounts.mark(MAIL)
    for hours in (0, 1, 2):
        people.accounts.letter(mark, Purpose.SIGN_IN, now=NOW + timedelta(hours=hours))
    assert len(people.accounts.read(mark)[0].tokens) == 1


def test_the_refusal_is_told_in_the_language_of_the_place(people: People) -> None:
    with language.speaking("zh"):
        assert "链接" in refused(people, "x")
