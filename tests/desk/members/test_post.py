"""Letters on their way: encrypted and signed in where the server asks for it, never in the clear to another machine."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from desk.members import post as module
from desk.members.letters import claim, decision, invitation, link, sign_in
from desk.members.post import MailServer, NotSent, Post, Tls
from graph.errors import InvalidInput
from tests.desk.members.conftest import SENDER, SITE, Mailbox, free_port

PASSWORD = "correct horse"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of 127.0.0.1 with its key, signed by itself."""
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


@contextmanager
def server(certificate: Path, tls: Tls) -> Iterator[Mailbox]:
    """A mail server that takes letters from who signs in over TLS only."""
    box, context = Mailbox(free_port()), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)

    def right(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (b"desk", PASSWORD.encode()), handled=False)

    way: dict[str, Any] = {"ssl_context": context} if tls is Tls.TLS else {"tls_context": context, "require_starttls": True}
    if tls is Tls.TLS:  # the library does not know that all of it is encrypted
        way["auth_require_tls"] = False
    controller = Controller(box, hostname="127.0.0.1", port=box.port, auth_required=True, authenticator=right, **way)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


def sends(box: Mailbox, tls: Tls, password: str = PASSWORD) -> None:
    post = Post(MailServer(host="127.0.0.1", port=box.port, sender=f"Dovetail <{SENDER}>", user="desk", password=password, tls=tls))
    post.send("a@firm.example", "主题", "第一行\n.\nlast\n")
    post.close()


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
@pytest.mark.parametrize("tls", [Tls.STARTTLS, Tls.TLS])
def test_a_letter_arrives_over_tls_from_who_signs_in(certificate: Path, tls: Tls, monkeypatch: pytest.MonkeyPatch) -> None:
    with server(certificate, tls) as box:
        with pytest.raises(NotSent, match="SSLCertVerificationError"):  # nobody vouches for it
            sends(box, tls)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with pytest.raises(NotSent, match="SMTPAuthenticationError") as refused:
            sends(box, tls, "wrong")
        assert "wrong" not in str(refused.value)
        sends(box, tls)
        (letter,) = box.letters
    assert letter["Subject"] == "主题" and letter.get_content().replace("\r\n", "\n") == "第一行\n.\nlast\n"
    assert letter["From"] == f"Dovetail <{SENDER}>" and letter["Message-ID"].endswith("@match.example.org>") and letter["Date"]


def test_a_server_that_is_not_there() -> None:
    post = Post(MailServer(host="127.0.0.1", port=free_port(), sender=SENDER, tls=Tls.NONE))
    with pytest.raises(NotSent, match="ConnectionRefusedError"):
        post.send("a@firm.example", "x", "x")
    post.close()


@pytest.mark.parametrize(("host", "is_right"), [("127.0.0.1", True), ("localhost", True), ("::1", True), ("mail.example.org", False)])
def test_nothing_goes_to_another_machine_in_the_clear(host: str, is_right: bool) -> None:
    if is_right:
        assert PASSWORD not in repr(MailServer(host=host, sender=SENDER, tls=Tls.NONE, password=PASSWORD))
    else:
        with pytest.raises(InvalidInput, match="tls or starttls"):
            MailServer(host=host, sender=SENDER, tls=Tls.NONE)


def test_what_waits_is_bounded_and_what_fails_stops_nothing(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "WAITING", 2)
    post = Post(MailServer(host="127.0.0.1", port=mailbox.port, sender=SENDER, tls=Tls.NONE))
    with mailbox._came:
        for number in range(4):
            post.later(lambda number=number: post.send(f"a{number}@firm.example", "x", "x"))  # type: ignore[misc]
    post._pool.submit(mailbox.wait, 2).result()  # a worker is one thread: those before are done
    post.later(lambda: int("none"))
    post.later(lambda: post.send("b@firm.example", "x", "x"))
    post.close()
    assert [letter["To"] for letter in mailbox.letters] == ["a0@firm.example", "a1@firm.example", "b@firm.example"]
    assert [record.getMessage() for record in caplog.records] == [
        *["too many letters wait to be sent; one was dropped"] * 2, "a letter was not written (ValueError)",
    ]  # fmt: skip


@pytest.mark.parametrize("speaks", ["en", "zh"])
def test_each_letter_has_its_words_in_each_language(speaks: str) -> None:
    letters = [
        sign_in(speaks, SITE, "T", 15), invitation(speaks, SITE, "T", "恒岬精密", 14), invitation(speaks, SITE, "T", "", 14),
        claim(speaks, SITE, "T", "恒岬精密", 24), decision(speaks, SITE, "恒岬精密", is_approved=True),
        decision(speaks, SITE, "恒岬精密", is_approved=False),
    ]  # fmt: skip
    assert len({letter.text for letter in letters}) == len(letters)
    for letter, page, says in zip(letters, ("sign-in", "accept", "accept", "claim"), ("15", "14", "14", "24"), strict=False):
        assert f"\n\n{SITE}/{page}#T\n\n" in letter.text and says in letter.text
    assert all(letter.subject.isascii() == (speaks == "en") for letter in letters)
    assert all("恒岬精密" in letter.text for number, letter in enumerate(letters) if number not in (0, 2))


def test_a_link_hands_its_token_behind_the_mark_that_no_server_sees() -> None:
    assert link(f"{SITE}/", "sign-in", "T") == f"{SITE}/sign-in#T"
