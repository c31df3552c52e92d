"""Settings, typed and in one place, and the store and the embedder that they name.

In: options of a command, else the environment (``DOVETAIL_STORE``, ...), else a file ``.env`` in the working folder, else the defaults
here. Out: a ``Settings`` value. Next: ``api.cli.frame`` and ``api.http.app`` read it; ``api.http.service``, ``api.cli.ingest`` and
``api.doctor`` open stores and models by it.
"""

from __future__ import annotations

import os
import secrets
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from api.rules import rule_of
from graph.address import DEFAULT, connect
from graph.errors import InvalidInput
from graph.language import _
from graph.store import Store
from leads.settings import DEFAULT as LEADS
from leads.settings import LeadSettings

if TYPE_CHECKING:
    from desk.events.targets import Network
    from desk.members.openid import Provider
    from desk.members.post import MailServer
    from matcher.embedding.embedder import Embedder

NO_ENGLISH_MODEL = "none"
WAIT_SECONDS = 60.0
"""How long a command waits for a store that is busy or was lost."""


class Settings(BaseSettings):
    """Every field is also the environment variable ``DOVETAIL_`` + its name in capitals; an empty variable counts as unset.

    The user and the password of a Neo4j server go by the names that its own tools know.
    """

    model_config = SettingsConfigDict(env_prefix="DOVETAIL_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True)

    store: str = Field(DEFAULT, min_length=1, description="Address of the store.")
    neo4j_user: str = Field("neo4j", validation_alias="NEO4J_USER", description="User of a Neo4j server.")
    neo4j_password: SecretStr | None = Field(None, validation_alias="NEO4J_PASSWORD", description="Password of that user.")
    model: str | None = Field(None, description="A sentence-transformers folder or name; the bundled model if it is not given.")
    english_model: str | None = Field(
        None,
        min_length=1,
        description="A second model for English, where an index is made: a folder or name, or none; the packaged one beside the bundled"
        " model, if neither this nor an earlier index says otherwise.",
    )
    key: SecretStr | None = Field(None, description="Key of who acts on the command line; without one, the operator acts.")
    cache: Path | None = Field(None, description="Folder of models, vectors and indexes; the user's cache folder if it is not given.")
    debug: bool = Field(False, description="Show tracebacks of errors.")
    host: str = Field("127.0.0.1", min_length=1, description="Address that the service listens on.")
    port: int = Field(8000, ge=0, le=65535, description="Port that the service listens on; 0 takes a free one.")
    behind_proxy: bool = Field(
        False, description="Let the service listen beyond this machine: a proxy, or a container's closed port, decides who reaches it."
    )
    hosts: str = Field("", description="Names, parted by commas, that requests may be addressed to besides this machine's own.")
    workers: int = Field(1, ge=1, le=64, description="How many processes answer requests, each with a snapshot of its own.")
    shutdown_seconds: int = Field(
        10, ge=1, le=600, description="How long requests that are being answered may go on after the service was told to stop."
    )
    log_format: Literal["text", "json"] = Field("text", description="Form of the service's log: text, or json (an object a line).")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="What is finer than this is not in the service's log."
    )
    follow_seconds: float = Field(1.0, gt=0, le=3600, description="How often the service looks for changes of the store.")
    requests_per_minute: int = Field(
        600, ge=0, le=1_000_000, description="Requests that a key, or an address without one, may send to the service; 0 for no limit."
    )
    operator_contact: str = Field(
        "", max_length=200, description="Whom people write to who are listed and object: a mail address, or a page."
    )
    job_mib: int = Field(200, ge=1, le=10_000, description="MiB of a file that is handed in to be read, at most.")
    job_days: int = Field(30, ge=1, le=3650, description="How many days reports of jobs and their rows to mend are kept.")
    keep_job_files: bool = Field(False, description="Keep files that were handed in as long as their reports, not until they are read.")
    notice_hour: int = Field(
        0, ge=0, le=23, description="Hour of UTC at which a day of notices begins; daily letters go out after it, weekly ones on Mondays."
    )
    lead_expert_capacity: int = Field(
        LEADS.expert_capacity, ge=0, description="Introductions at a time of an expert who says no number."
    )
    lead_institution_capacity: int = Field(
        LEADS.institution_capacity, ge=0, description="Introductions at a time of an institution that offers."
    )
    lead_share_days: int = Field(
        LEADS.share_days, ge=0, description="Within how many days of the first introduction of a pair another broker's counts beside it."
    )
    lead_bar: float = Field(LEADS.bar, ge=0, le=1, description="Fit that a suggestion has at least.")
    lead_per_need: int = Field(LEADS.per_need, ge=1, description="Suggestions of one need, at most.")
    lead_per_candidate: int = Field(LEADS.per_candidate, ge=1, description="Suggestions of one candidate, at most.")
    lead_per_firm: int = Field(
        LEADS.per_firm, ge=1, description="Suggestions of one institution with all who work for it, at most."
    )
    lead_newcomers: float = Field(
        LEADS.newcomers, ge=0, le=1, description="Share of the suggestions that goes to candidates without dealings, if there are some."
    )
    lead_depth: int = Field(
        LEADS.depth, ge=1, le=1000, description="Candidates that are looked at for a need; the limits above choose among them."
    )
    hook_networks: str = Field(
        "", description="Networks, parted by commas, that webhooks may be sent to though they are not everybody's, such as 10.1.0.0/16."
    )
    site: str = Field("http://127.0.0.1:8000", description="Address under which people reach the service, for the links of letters.")
    smtp_host: str = Field("", description="Mail server that letters go to; none goes out without it.")
    smtp_port: int = Field(587, ge=1, le=65535, description="Port of the mail server.")
    smtp_user: str = Field("", description="User at the mail server; nobody signs in there without one.")
    smtp_password: SecretStr | None = Field(None, description="Password of that user.")
    smtp_from: str = Field("", description="Sender of letters.")
    smtp_tls: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the way to the mail server is encrypted: starttls, tls, or none (on this machine alone)."
    )
    oidc_issuer: str = Field("", description="Identity provider (OpenID Connect) that members may sign in at.")
    oidc_client_id: str = Field("", description="What the provider knows this service as.")
    oidc_client_secret: SecretStr | None = Field(None, description="Secret of that client, if it has one.")
    oidc_redirect: str = Field("", description="Address of this service that the provider sends people back to.")

    @property
    def names(self) -> frozenset[str]:
        """The hosts that a request to the service may name, in small letters, IPv6 addresses in their brackets."""
        own = f"[{self.host}]" if ":" in self.host else self.host
        return frozenset({"127.0.0.1", "localhost", "[::1]", own.lower(), *(name.strip().lower() for name in self.hosts.split(","))} - {""})

    @property
    def auth(self) -> tuple[str, str] | None:
        """User and password of a Neo4j server; None if no password is set."""
        return (self.neo4j_user, self.neo4j_password.get_secret_value()) if self.neo4j_password else None


def load(**given: object) -> Settings:
    """The settings, with what is ``given`` and not None set over the environment. Raises InvalidInput naming the setting."""
    values = {name: value for name, value in given.items() if value is not None}
    try:
        return Settings(**values)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        given_so = name in values or name.startswith("NEO4J_")
        raise InvalidInput(rule_of(first), field=name if given_so else f"DOVETAIL_{name.upper()}") from error


def open_store(chosen: Settings, address: str | None = None, *, create: bool = False, wait_seconds: float = WAIT_SECONDS) -> Store:
    """The store of ``chosen``, or the one at ``address``. Raises InvalidInput and StoreError as ``graph.connect`` does."""
    return connect(address or chosen.store, create=create, auth=chosen.auth, wait_seconds=wait_seconds)


def mail_server(chosen: Settings) -> MailServer | None:
    """The mail server that ``chosen`` names; None for none. Raises InvalidInput naming the setting that will not do."""
    from desk.members.openid import is_safe
    from desk.members.post import MailServer, Tls

    if not chosen.smtp_host:
        return None
    if not chosen.smtp_from:
        raise InvalidInput(_("is missing; letters have a sender"), field="DOVETAIL_SMTP_FROM")
    if not is_safe(chosen.site):
        raise InvalidInput(_("is no https address"), field="DOVETAIL_SITE")
    return MailServer(
        host=chosen.smtp_host, port=chosen.smtp_port, user=chosen.smtp_user, sender=chosen.smtp_from, tls=Tls(chosen.smtp_tls),
        password=chosen.smtp_password.get_secret_value() if chosen.smtp_password else "",
    )  # fmt: skip


def hook_networks(chosen: Settings) -> tuple[Network, ...]:
    """The networks that webhooks may be sent to beside those of everybody. Raises InvalidInput naming the setting."""
    from ipaddress import ip_network

    try:
        return tuple(ip_network(one.strip()) for one in chosen.hook_networks.split(",") if one.strip())
    except ValueError as error:
        raise InvalidInput(str(error), field="DOVETAIL_HOOK_NETWORKS") from error


def lead_settings(chosen: Settings) -> LeadSettings:
    """How the broker's desk is bounded."""
    return LeadSettings(**{name: getattr(chosen, f"lead_{name}") for name in LeadSettings.__struct_fields__})


def identity_provider(chosen: Settings) -> Provider | None:
    """The identity provider that ``chosen`` names; None for none. Raises InvalidInput naming the setting that will not do."""
    from desk.members.openid import Provider

    if not chosen.oidc_issuer:
        return None
    for name in ("oidc_client_id", "oidc_redirect"):
        if not getattr(chosen, name):
            raise InvalidInput(_("is missing; the identity provider asks for it"), field=f"DOVETAIL_{name.upper()}")
    secret = chosen.oidc_client_secret.get_secret_value() if chosen.oidc_client_secret else ""
    return Provider(issuer=chosen.oidc_issuer, client_id=chosen.oidc_client_id, redirect=chosen.oidc_redirect, secret=secret)


def embedder(chosen: Settings, store: Store | None = None) -> Embedder:
    """The embedder that ``chosen`` names, on its cache folder; of a ``store`` that is asked, with the English model that its index was
    made with. One that asks no store keeps the vectors of questions: they are a file's. Raises ModelError."""
    from matcher.embedding.embedder import Embedder
    from matcher.index.generations import english_of

    _use_cache(chosen)
    return Embedder(chosen.model, english=english_of(store) if store else _english(chosen), keeps_questions=store is None)


def indexing_embedder(chosen: Settings, store: Store) -> Embedder:
    """The embedder that ``store`` is indexed with: the English model that ``chosen`` does not name is that of the last time. Raises
    ModelError."""
    from matcher.embedding.embedder import Embedder
    from matcher.index.generations import stored_english

    _use_cache(chosen)
    stored = None if chosen.english_model else stored_english(store)
    return Embedder(chosen.model, english=_english(chosen) if stored is None else stored)


def english_command(chosen: Settings, store: Store) -> str:
    """The command that puts an English model into an index without one; empty where ``chosen`` says what is used instead."""
    from matcher.embedding.bundled import ENGLISH_NAME

    if chosen.model or chosen.english_model:
        return ""
    return shlex.join(["dovetail", "index", "--rescale", "--english-model", ENGLISH_NAME, "--store", store.url])


def _use_cache(chosen: Settings) -> None:
    if chosen.cache:  # said in a .env file, perhaps: indexes and vectors find their folder by the environment alone
        os.environ["DOVETAIL_CACHE"] = str(chosen.cache)


def _english(chosen: Settings) -> str:
    """The English model as the matcher names it: empty for none, a folder by its whole path."""
    from matcher.embedding.embedder import default_english

    name = chosen.english_model
    if name is None:
        return default_english(chosen.model)
    if name == NO_ENGLISH_MODEL:
        return ""
    return str(Path(name).resolve()) if Path(name).is_dir() else name


def load_model(made: Embedder) -> None:
    """Load the model of ``made`` into memory now, by embedding a text that no cache knows. Raises ModelError."""
    made.query([secrets.token_hex(8)])
