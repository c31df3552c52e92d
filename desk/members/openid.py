"""Signing in at an identity provider by OpenID Connect: the authorisation code flow with PKCE.

In: an issuer, a client and a redirect address. Out: the address to send a browser to; for the code that it comes back with, a session of
the member with the verified mail address. Next: the doors over HTTP.

State, nonce and code verifier (RFC 7636, S256) are derived from one random secret, which the browser keeps (a cookie that scripts do not
see) together with this server's tag and the instant until which it is good: nothing is stored for who only begins. The ID token is verified
by ``joserfc``: signature (RS256 or ES256), issuer, audience, nonce, expiry, instant of issue (OpenID Connect Core 1.0, 3.1.3.7).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

from desk.members.accounts import Accounts
from desk.members.sign_in import SignIn
from graph.errors import InvalidInput, NotSignedIn, ServiceAway
from graph.language import _

LEEWAY_SECONDS = 60
LASTS = timedelta(minutes=10)
"""How long somebody may take at the provider."""
ALGORITHMS = ["RS256", "ES256"]
MOST = 1 << 20
"""Bytes of an answer of the provider, at most."""
SECONDS = 10.0
_log = logging.getLogger("dovetail")


class ProviderAway(ServiceAway):
    """The identity provider does not answer as one."""


class _Refused(Exception):
    """Why an answer of the provider is not taken; for the log alone."""


@dataclass(frozen=True, kw_only=True)
class Provider:
    """An identity provider, and what it knows this service as. Raises InvalidInput for an issuer that is not reached over https."""

    issuer: str
    client_id: str
    redirect: str
    secret: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if not is_safe(self.issuer):
            raise InvalidInput(_("is no https address"), field="DOVETAIL_OIDC_ISSUER")


class Begun(NamedTuple):
    """``address``: where the browser goes; ``kept``: what it keeps meanwhile, and shows when it comes back."""

    address: str
    kept: str


class OpenId:
    """Signing in at one provider."""

    def __init__(self, provider: Provider, accounts: Accounts, sign_in: SignIn) -> None:
        self._provider, self._accounts, self._sign_in = provider, accounts, sign_in
        self._found: Mapping[str, Any] | None = None
        self._keys: Any = None

    def begin(self, *, now: datetime | None = None) -> Begun:
        """Send somebody to the provider. Raises ProviderAway."""
        until = int(((now or datetime.now(UTC)) + LASTS).timestamp())
        secret = f"{secrets.token_urlsafe(32)}.{until}"
        asked = {
            "response_type": "code", "client_id": self._provider.client_id, "redirect_uri": self._provider.redirect,
            "scope": "openid email", "state": _derived(secret, "state"), "nonce": _derived(secret, "nonce"),
            "code_challenge": _base64(hashlib.sha256(_derived(secret, "verifier").encode()).digest()), "code_challenge_method": "S256",
        }  # fmt: skip
        start = str(self._discovery()["authorization_endpoint"])
        return Begun(f"{start}{'&' if urlsplit(start).query else '?'}{urlencode(asked)}", f"{secret}.{self._accounts.sign(secret)}")

    def finish(self, kept: str, state: str, code: str, *, now: datetime | None = None) -> str:
        """A session for who comes back with ``state`` and ``code``. Raises NotSignedIn where anything is not as it has to be, and where
        the verified address is no member's; ProviderAway."""
        now = now or datetime.now(UTC)
        try:
            secret = self._secret(kept, state, now)
            mail = self._mail(self._id_token(code, _derived(secret, "verifier")), _derived(secret, "nonce"), now)
            return self._sign_in.session_of(mail, now=now)
        except _Refused as error:
            _log.warning("sign-in at %s refused: %s", urlsplit(self._provider.issuer).hostname, error)
        except InvalidInput:
            _log.warning("sign-in at %s refused: the address is none", urlsplit(self._provider.issuer).hostname)
        raise NotSignedIn(_("the sign-in at the identity provider did not succeed; begin it again"))

    def _secret(self, kept: str, state: str, now: datetime) -> str:
        secret, _dot, tag = kept.rpartition(".")
        until = secret.rpartition(".")[2]
        is_ours = _same(tag, self._accounts.sign(secret)) and until.isdecimal() and int(until) > now.timestamp()
        if not is_ours or not _same(state, _derived(secret, "state")):
            raise _Refused("state")
        return secret

    def _id_token(self, code: str, verifier: str) -> str:
        """Exchange the code at the token endpoint."""
        asked = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": self._provider.redirect,
            "client_id": self._provider.client_id, "code_verifier": verifier,
        }  # fmt: skip
        user, password = quote(self._provider.client_id, safe=""), quote(self._provider.secret, safe="")
        auth = (user, password) if password else None  # RFC 6749, 2.3.1
        status, answer = self._ask("POST", str(self._discovery()["token_endpoint"]), data=asked, auth=auth)
        if status != 200 or not isinstance(answer.get("id_token"), str):
            raise _Refused(f"token endpoint, status {status}")
        return str(answer["id_token"])

    def _mail(self, token: str, nonce: str, now: datetime) -> str:
        """The verified address that an ID token tells."""
        from joserfc import jwt
        from joserfc.errors import JoseError

        client, at = self._provider.client_id, int(now.timestamp())
        rules = jwt.JWTClaimsRegistry(
            now=at, leeway=LEEWAY_SECONDS, iss={"essential": True, "value": self._provider.issuer},
            aud={"essential": True, "value": client}, nonce={"essential": True, "value": nonce}, exp={"essential": True},
            iat={"essential": True}, sub={"essential": True},
        )  # fmt: skip
        try:
            claims = self._decoded(token)
            rules.validate(claims)
        except (JoseError, ValueError, TypeError) as error:
            raise _Refused(f"ID token, {type(error).__name__}") from None  # a message may quote the token
        if claims.get("azp", client) != client or (isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and "azp" not in claims):
            raise _Refused("ID token, for another party")
        if claims.get("email_verified") is not True or not isinstance(claims.get("email"), str):
            raise _Refused("ID token, no verified address")
        return str(claims["email"])

    def _decoded(self, token: str) -> dict[str, Any]:
        """The claims of a token whose signature is right; the provider's keys are fetched anew once where it is not."""
        from joserfc import jwt
        from joserfc.errors import JoseError

        if self._keys is not None:
            try:
                return dict(jwt.decode(token, self._keys, algorithms=ALGORITHMS).claims)
            except (JoseError, ValueError):
                self._keys = None  # rotated, perhaps
        self._keys = self._fetched_keys()
        return dict(jwt.decode(token, self._keys, algorithms=ALGORITHMS).claims)

    def _fetched_keys(self) -> Any:
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        status, answer = self._ask("GET", str(self._discovery()["jwks_uri"]))
        found = answer.get("keys") if status == 200 else None
        # symmetric keys are none of a provider's: whoever reads them signs with them
        keys = [one for one in found or [] if isinstance(one, dict)]
        usable = [one for one in keys if one.get("kty") in ("RSA", "EC") and one.get("use", "sig") == "sig"]
        try:
            return KeySet.import_key_set({"keys": usable})
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise ProviderAway(_("the identity provider does not answer as one ({kind})", kind="keys")) from error

    def _discovery(self) -> Mapping[str, Any]:
        """The provider's own description (OpenID Connect Discovery 1.0)."""
        if self._found is None:
            status, found = self._ask("GET", f"{self._provider.issuer.rstrip('/')}/.well-known/openid-configuration")
            names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
            if status != 200 or found.get("issuer") != self._provider.issuer or not all(is_safe(found.get(name)) for name in names):
                raise ProviderAway(_("the identity provider does not answer as one ({kind})", kind="discovery"))
            self._found = found
        return self._found

    def _ask(self, method: str, address: str, **more: Any) -> tuple[int, dict[str, Any]]:
        """Status and JSON object of an answer; nothing is followed to another address."""
        import httpx2

        try:
            with httpx2.Client(timeout=SECONDS, follow_redirects=False) as client, client.stream(method, address, **more) as answer:
                content = b""
                for part in answer.iter_bytes():
                    content += part
                    if len(content) > MOST:
                        raise ValueError("too long")
                found = json.loads(content) if content else {}
        except (httpx2.HTTPError, OSError, ValueError) as error:
            kind = type(error).__name__
        else:
            return answer.status_code, found if isinstance(found, dict) else {}
        raise ProviderAway(_("the identity provider does not answer as one ({kind})", kind=kind))


def is_safe(address: object) -> bool:
    """Whether an address is reached over https, or lies on this machine."""
    try:
        parts = urlsplit(address if isinstance(address, str) else "")
        return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname == "127.0.0.1"))
    except ValueError:
        return False


def _derived(secret: str, purpose: str) -> str:
    """A value of its own for each purpose, which tells nothing of the secret (43 characters, as RFC 7636 asks of a verifier)."""
    return _base64(hmac.new(secret.encode("utf-8", "surrogatepass"), purpose.encode(), hashlib.sha256).digest())


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))
