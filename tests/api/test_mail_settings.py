"""Settings of letters and of the identity provider: named whole, kept from the screen, and refused by name where they will not do."""

from __future__ import annotations

import pytest

from api.settings import identity_provider, load, mail_server
from desk.members.post import Tls
from graph.errors import InvalidInput

MAIL = {"smtp_host": "mail.example.org", "smtp_from": "desk@example.org", "site": "https://match.example.org"}
OIDC = {"oidc_issuer": "https://id.example.org", "oidc_client_id": "dovetail", "oidc_redirect": "https://match.example.org/signed-in"}


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No .env of whoever runs the tests."""
    monkeypatch.chdir(tmp_path_factory.mktemp("bare"))


def test_none_is_named_by_default() -> None:
    assert mail_server(load()) is None and identity_provider(load()) is None


def test_they_come_from_the_environment_and_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = {"smtp_user": "desk", "smtp_password": "correct horse", "oidc_client_secret": "battery staple"}
    for name, value in (MAIL | OIDC | secret | {"smtp_port": "465", "smtp_tls": "tls"}).items():
        monkeypatch.setenv(f"DOVETAIL_{name.upper()}", value)
    chosen = load()
    server, provider = mail_server(chosen), identity_provider(chosen)
    assert server and provider
    assert (server.host, server.port, server.user, server.password, server.sender, server.tls) == (
        "mail.example.org", 465, "desk", "correct horse", "desk@example.org", Tls.TLS,
    )  # fmt: skip
    assert (provider.issuer, provider.client_id, provider.redirect, provider.secret) == (*OIDC.values(), "battery staple")
    assert not any(word in f"{chosen!r}{server!r}{provider!r}" for word in ("correct horse", "battery staple"))


@pytest.mark.parametrize(
    ("changed", "name"),
    [({"smtp_from": ""}, "DOVETAIL_SMTP_FROM"), ({"smtp_tls": "none"}, "DOVETAIL_SMTP_TLS"),
     ({"site": "http://match.example.org"}, "DOVETAIL_SITE"), ({"oidc_issuer": "http://id.example.org"}, "DOVETAIL_OIDC_ISSUER"),
     ({"oidc_client_id": ""}, "DOVETAIL_OIDC_CLIENT_ID"), ({"oidc_redirect": ""}, "DOVETAIL_OIDC_REDIRECT")],
)  # fmt: skip
def test_what_will_not_do_is_refused_by_its_name(changed: dict[str, str], name: str) -> None:
    chosen = load(**(MAIL | OIDC | changed))
    with pytest.raises(InvalidInput) as refused:
        mail_server(chosen)
        identity_provider(chosen)
    assert refused.value.field == name


@pytest.mark.parametrize("changed", [{"smtp_port": 0}, {"smtp_tls": "ssl"}])
def test_what_cannot_be_read_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        load(**changed)
