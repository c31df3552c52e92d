"""OpenID Connect against an issuer on this machine: what is right opens a session, and nothing else does."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from desk.members import openid as module
from desk.members.openid import Begun, OpenId, Provider, ProviderAway
from graph.errors import InvalidInput, NotSignedIn
from tests.desk.members.conftest import SITE, People, free_port

MAIL, CLIENT, SECRET = "yimo@firm.example", "dovetail", "a:b c%"
REDIRECT = f"{SITE}/signed-in"


@dataclass
class Issuer:
    """An identity provider. ``claims`` and ``header`` are put over what is right; ``key`` signs, ``shown`` are the keys it publishes."""

    address: str
    key: Any
    shown: list[Any]
    alg: str = "RS256"
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    discovery: dict[str, Any] = field(default_factory=dict)
    token: str = ""
    status: int = 200
    asked: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    """Path, fields and authorisation of what was asked."""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def authorise(self, address: str) -> tuple[str, str]:
        """What a browser does there: comes back with state and code."""
        asked = {name: value for name, (value,) in parse_qs(urlsplit(address).query).items()}
        assert address.startswith(f"{self.address}/authorise?")
        assert (asked["response_type"], asked["client_id"], asked["redirect_uri"]) == ("code", CLIENT, REDIRECT)
        assert asked["scope"].split() == ["openid", "email"] and asked["code_challenge_method"] == "S256"
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return asked["state"], code

    def answer(self, path: str, fields: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if path == "/.well-known/openid-configuration":
            return 200, {
                "issuer": self.address, "authorization_endpoint": f"{self.address}/authorise", "token_endpoint": f"{self.address}/token",
                "jwks_uri": f"{self.address}/keys",
            } | self.discovery  # fmt: skip
        if path == "/keys":
            return 200, {"keys": [one.as_dict(private=isinstance(one, OctKey)) for one in self.shown]}
        began = self.codes.pop(fields["code"], None)
        challenge = encoded(hashlib.sha256(fields["code_verifier"].encode()).digest())
        if began is None or began["code_challenge"] != challenge or began["redirect_uri"] != fields["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        return self.status, {"access_token": "x", "token_type": "Bearer", "id_token": self.token or self.signed(began["nonce"])}

    def signed(self, nonce: str) -> str:
        now = int(time.time())
        claims = {
            "iss": self.address, "sub": "u1", "aud": CLIENT, "exp": now + 300, "iat": now, "nonce": nonce, "email": MAIL,
            "email_verified": True,
        } | self.claims  # fmt: skip
        left = {name: now - value.seconds if isinstance(value, Ago) else value for name, value in claims.items() if value is not None}
        return jwt.encode({"alg": self.alg, "kid": self.key.kid} | self.header, left, self.key, algorithms=[self.alg])


class Ago(NamedTuple):
    """An instant so many seconds before the token is made."""

    seconds: int


def rsa(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})


@pytest.fixture
def store_url(tmp_path: Path) -> str:
    """One sort of store: what opens a session in each is tested where sessions are."""
    return f"sqlite:///{tmp_path}/openid.db"


@pytest.fixture(scope="module")
def keys() -> list[RSAKey]:
    return [rsa("one"), rsa("two")]


@pytest.fixture
def issuer(keys: list[RSAKey]) -> Iterator[Issuer]:
    port = free_port()
    made = Issuer(f"http://127.0.0.1:{port}", keys[0], [keys[0]])

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.reply({})

        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.reply({name: value for name, (value,) in parse_qs(text).items()})

        def reply(self, fields: dict[str, str]) -> None:
            made.asked.append((self.path, fields, self.headers.get("Authorization", "")))
            status, found = made.answer(self.path, fields)
            content = json.dumps(found).encode()
            self.send_response(status)
            if status in (301, 302, 307):
                self.send_header("Location", f"{made.address}/keys")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_all: object) -> None:
            """Nothing on the screen."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def client(people: People, issuer: Issuer) -> OpenId:
    people.joined(MAIL)
    return connected(people, issuer)


def connected(people: People, issuer: Issuer, secret: str = "") -> OpenId:
    return OpenId(Provider(issuer=issuer.address, client_id=CLIENT, redirect=REDIRECT, secret=secret), people.accounts, people.sign_in)


def signed_in(client: OpenId, issuer: Issuer) -> str:
    begun = client.begin()
    return client.finish(begun.kept, *issuer.authorise(begun.address))


def test_a_good_code_opens_a_session_of_the_member(client: OpenId, issuer: Issuer, people: People) -> None:
    session = signed_in(client, issuer)
    assert people.sign_in.actor(session).institution == "ins-firm"
    assert [path for path, _fields, _auth in issuer.asked] == ["/.well-known/openid-configuration", "/token", "/keys"]
    _path, fields, auth = issuer.asked[1]
    assert fields["client_id"] == CLIENT and len(fields["code_verifier"]) == 43 and not auth
    signed_in(client, issuer)
    assert len(issuer.asked) == 4  # description and keys are kept


def test_a_client_with_a_secret_shows_it_to_the_issuer_alone(issuer: Issuer, people: People) -> None:
    people.joined(MAIL)
    confidential = connected(people, issuer, SECRET)
    assert SECRET not in repr(confidential._provider)
    assert people.sign_in.actor(signed_in(confidential, issuer))
    kind, _blank, shown = issuer.asked[1][2].partition(" ")
    assert (kind, base64.b64decode(shown).decode()) == ("Basic", f"{CLIENT}:a%3Ab%20c%25")


def test_a_key_of_the_other_sort(client: OpenId, issuer: Issuer, people: People) -> None:
    issuer.key, issuer.alg = ECKey.generate_key("P-256", {"kid": "ec"}), "ES256"
    issuer.shown = [rsa("other"), issuer.key]
    assert people.sign_in.actor(signed_in(client, issuer))


def test_a_rotated_key_is_fetched_and_an_unknown_one_is_not_taken(
    client: OpenId, issuer: Issuer, people: People, keys: list[RSAKey]
) -> None:
    signed_in(client, issuer)
    issuer.key, issuer.shown = keys[1], [keys[1]]
    assert people.sign_in.actor(signed_in(client, issuer))
    issuer.key = RSAKey.import_key(keys[0].as_dict(private=True) | {"kid": "two"})  # another's signature under a known name
    with pytest.raises(NotSignedIn):
        signed_in(client, issuer)


WRONG: dict[str, dict[str, Any]] = {
    "nonce": {"nonce": "other"}, "no nonce": {"nonce": None}, "audience": {"aud": "another"}, "audiences": {"aud": ["another"]},
    "no audience": {"aud": None}, "issuer": {"iss": "https://evil.example"}, "no issuer": {"iss": None},
    "expired": {"exp": Ago(62)}, "no expiry": {"exp": None}, "of a time to come": {"iat": Ago(-70)}, "no iat": {"iat": None},
    "unverified": {"email_verified": False}, "not said to be verified": {"email_verified": None},
    "verified in words": {"email_verified": "true"}, "no address": {"email": None}, "odd address": {"email": "x"},
    "two audiences": {"aud": [CLIENT, "another"]},
    "for another party": {"aud": [CLIENT, "another"], "azp": "another"}, "no subject": {"sub": None}, "odd expiry": {"exp": "soon"},
    "nobody's address": {"email": "nobody@firm.example"},
}  # fmt: skip


@pytest.mark.parametrize("claims", WRONG.values(), ids=WRONG)
def test_a_token_that_is_not_right_opens_nothing(
    client: OpenId, issuer: Issuer, people: People, claims: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    before = people.store.sequence()
    issuer.claims = claims
    with pytest.raises(NotSignedIn) as refused:
        signed_in(client, issuer)
    assert people.store.sequence() == before
    assert MAIL not in str(refused.value) + caplog.text and "eyJ" not in str(refused.value) + caplog.text
    issuer.claims = {}
    assert signed_in(client, issuer)


@pytest.mark.parametrize(
    "claims",
    [{"exp": Ago(40)}, {"iat": Ago(-40)}, {"aud": [CLIENT]}, {"aud": [CLIENT, "x"], "azp": CLIENT}, {"email": MAIL.upper()}],
    ids=str,
)
def test_what_is_within_the_leeway_or_said_otherwise_opens(client: OpenId, issuer: Issuer, claims: dict[str, Any]) -> None:
    issuer.claims = claims
    assert signed_in(client, issuer)


def unsigned(claims: dict[str, Any], header: dict[str, Any]) -> str:
    return ".".join([*(encoded(json.dumps(one).encode()) for one in (header, claims)), ""])


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def test_a_token_without_a_right_signature_opens_nothing(client: OpenId, issuer: Issuer, keys: list[RSAKey]) -> None:
    now = int(time.time())
    public = keys[0].as_pem(private=False)

    def forged(nonce: str) -> Iterator[str]:
        claims = {
            "iss": issuer.address, "sub": "u1", "aud": CLIENT, "exp": now + 300, "iat": now, "nonce": nonce, "email": MAIL,
            "email_verified": True,
        }  # fmt: skip
        yield unsigned(claims, {"alg": "none"})
        yield unsigned(claims, {"alg": "none", "kid": "one"})
        told = unsigned(claims, {"alg": "HS256", "kid": "one"})[:-1]
        yield f"{told}.{encoded(hmac.digest(public, told.encode(), 'sha256'))}"  # the public key as a password
        yield jwt.encode({"alg": "PS256", "kid": "one"}, claims, keys[0], algorithms=["PS256"])  # not among what is taken
        header, _body, signature = issuer.signed(nonce).split(".")
        yield f"{header}.{unsigned(claims | {'email': 'boss@firm.example'}, {}).split('.')[1]}.{signature}"
        yield from ("", "x", "a.b.c", "..", json.dumps(claims))

    for number in range(10):
        begun = client.begin()
        state, code = issuer.authorise(begun.address)
        issuer.token = list(forged(issuer.codes[code]["nonce"]))[number] or "-"
        with pytest.raises(NotSignedIn):
            client.finish(begun.kept, state, code)
    issuer.token, issuer.shown = "", [*issuer.shown, OctKey.import_key(b"k" * 32, {"kid": "oct"})]
    assert signed_in(client, issuer)


def test_symmetric_keys_are_none_of_an_issuer(client: OpenId, issuer: Issuer) -> None:
    issuer.key, issuer.alg = OctKey.import_key(b"k" * 32, {"kid": "oct"}), "HS256"
    issuer.shown = [issuer.key]
    with pytest.raises((NotSignedIn, ProviderAway)):
        signed_in(client, issuer)


def test_what_the_browser_keeps_is_its_own_and_for_some_minutes(client: OpenId, issuer: Issuer, people: People) -> None:
    one, two = client.begin(), client.begin()
    (state, code), (other, second) = issuer.authorise(one.address), issuer.authorise(two.address)
    asked = len(issuer.asked)
    secret, until, tag = one.kept.split(".")
    later = f"{secret}.{int(until) + 9999}.{tag}"
    late = datetime.now(UTC) + timedelta(minutes=10, seconds=1)
    wrong: list[tuple[str, str, datetime | None]] = [
        (two.kept, state, None), (one.kept, other, None), (one.kept, "", None), ("", state, None), (later, state, None),
        (one.kept, state, late),
    ]  # fmt: skip
    for kept, shown, now in wrong:
        with pytest.raises(NotSignedIn):
            client.finish(kept, shown, code, now=now)
    assert len(issuer.asked) == asked  # nobody asks the issuer for it
    with pytest.raises(NotSignedIn):  # the code of another beginning: its challenge does not fit
        client.finish(one.kept, state, second)
    assert people.sign_in.actor(client.finish(one.kept, state, code))
    with pytest.raises(NotSignedIn):  # a code opens once
        client.finish(one.kept, state, code)


KEPT = st.one_of(st.text(max_size=60), st.from_regex(r"[A-Za-z0-9_-]{43}\.\d{10}\.[0-9a-f]{64}", fullmatch=True))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kept=KEPT, state=st.text(max_size=50))
def test_nothing_that_is_made_up_opens(client: OpenId, issuer: Issuer, kept: str, state: str) -> None:
    before = len(issuer.asked)
    for shown in (state, module._derived(kept.rpartition(".")[0], "state")):
        with pytest.raises(NotSignedIn):
            client.finish(kept, shown, "code")
    assert len(issuer.asked) == before


ODD: dict[str, Callable[[Issuer], object]] = {
    "another issuer": lambda one: one.discovery.update(issuer="https://evil.example"),
    "keys in the clear": lambda one: one.discovery.update(jwks_uri="http://evil.example/keys"),
    "no token endpoint": lambda one: one.discovery.update(token_endpoint=None),
    "odd address": lambda one: one.discovery.update(token_endpoint="https://[x"),
    "too long": lambda one: one.discovery.update(more="x" * (module.MOST + 1)),
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_a_description_that_is_not_right_is_not_followed(client: OpenId, issuer: Issuer, odd: Callable[[Issuer], object]) -> None:
    odd(issuer)
    with pytest.raises(ProviderAway):
        client.begin()
    issuer.discovery = {}
    assert signed_in(client, issuer)


@pytest.mark.parametrize("status", [302, 500])
def test_a_token_endpoint_that_does_not_answer_as_one(client: OpenId, issuer: Issuer, status: int) -> None:
    issuer.status = status
    with pytest.raises(NotSignedIn):
        signed_in(client, issuer)
    assert [path for path, _fields, _auth in issuer.asked] == ["/.well-known/openid-configuration", "/token"]


def test_an_issuer_that_is_not_there(people: People, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    gone = OpenId(Provider(issuer=f"http://127.0.0.1:{free_port()}", client_id=CLIENT, redirect=REDIRECT), people.accounts, people.sign_in)
    with pytest.raises(ProviderAway, match="ConnectError"):
        gone.begin()


@pytest.mark.parametrize(
    ("issuer_", "is_right"),
    [("https://id.example.org", True), ("http://127.0.0.1:8080", True), ("http://id.example.org", False), ("http://localhost", False),
     ("ftp://127.0.0.1", False), ("", False), ("https://", False), ("http://127.0.0.1.evil.example", False)],
)  # fmt: skip
def test_an_issuer_is_reached_over_https(issuer_: str, is_right: bool) -> None:
    if is_right:
        assert Provider(issuer=issuer_, client_id=CLIENT, redirect=REDIRECT)
    else:
        with pytest.raises(InvalidInput, match="https"):
            Provider(issuer=issuer_, client_id=CLIENT, redirect=REDIRECT)


def test_each_beginning_is_of_its_own(client: OpenId) -> None:
    begun: list[Begun] = [client.begin() for _number in range(3)]
    for name in ("state", "nonce", "code_challenge"):
        assert len({parse_qs(urlsplit(one.address).query)[name][0] for one in begun}) == 3
    kept = begun[0].kept.split(".")[0]
    assert kept not in begun[0].address
