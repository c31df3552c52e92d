"""Letters by mail: a text, and HTML where a letter has it, to one address, through the mail server that the operator names.

In: an address, a subject and a text. Out: a message on its way (SMTP, RFC 5321). Next: ``desk.members.letters`` words them. No address
and no text of a letter gets into a log or an error: servers answer with both, so an error names its kind alone.
"""

from __future__ import annotations

import logging
import smtplib
import ssl
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime, localtime, make_msgid
from enum import StrEnum

from graph.errors import InvalidInput, ServiceAway
from graph.language import _

SECONDS = 10.0
"""How long the mail server may take for an answer."""
WAITING = 200
"""Letters that wait to be sent, at most; what comes then is dropped, and logged."""
LOOPBACK = ("127.0.0.1", "::1", "localhost")
_log = logging.getLogger("dovetail")


class NotSent(ServiceAway):
    """A letter could not be handed to the mail server."""


class Tls(StrEnum):
    """How the way to the mail server is encrypted: ``starttls`` (port 587), ``tls`` from the first byte (port 465), or ``none``."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """Where letters go and as whose. ``sender``: the address in From. Raises InvalidInput for ``none`` to another machine: links that sign
    somebody in, and the password, would go in the clear."""

    host: str
    sender: str
    port: int = 587
    user: str = ""
    password: str = field(default="", repr=False)
    tls: Tls = Tls.STARTTLS

    def __post_init__(self) -> None:
        if self.tls is Tls.NONE and self.host not in LOOPBACK:
            raise InvalidInput(_("a mail server on another machine is reached by tls or starttls"), field="DOVETAIL_SMTP_TLS")


class Post:
    """The way out for letters; ``server``: None where none is named. Safe to be used by several threads."""

    def __init__(self, server: MailServer | None) -> None:
        self._server = server
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="post")
        self._room = threading.BoundedSemaphore(WAITING)

    def ready(self) -> None:
        """Raises InvalidInput where no mail server is named."""
        if self._server is None:
            raise InvalidInput(_("names no mail server; letters need one, and DOVETAIL_SMTP_FROM"), field="DOVETAIL_SMTP_HOST")

    def send(self, to: str, subject: str, text: str, html: str = "", headers: Mapping[str, str] | None = None) -> None:
        """Hand a letter to the mail server. ``html``: the same for programs that show it; ``headers``: more of them, or others. Raises
        NotSent, and InvalidInput as ``ready``."""
        self.ready()
        try:
            self._deliver(_message(self._server.sender if self._server else "", to, subject, text, html, headers or {}))
        except (OSError, smtplib.SMTPException, ValueError) as error:
            kind = type(error).__name__
        else:
            return
        raise NotSent(_("the letter could not be sent ({kind})", kind=kind))  # outside: no chain to what names the address

    def later(self, job: Callable[[], None]) -> None:
        """Run ``job`` after what waits already, so that the caller's time tells nothing of it. What it raises is logged by its kind."""
        if not self._room.acquire(blocking=False):
            _log.warning("too many letters wait to be sent; one was dropped")
            return
        self._pool.submit(self._run, job)

    def close(self) -> None:
        """Send what waits, and end."""
        self._pool.shutdown(wait=True)

    def _run(self, job: Callable[[], None]) -> None:
        try:
            job()
        except NotSent as error:
            _log.warning("%s", error)
        except Exception as error:
            _log.warning("a letter was not written (%s)", type(error).__name__)
        finally:
            self._room.release()

    def _deliver(self, message: EmailMessage) -> None:
        server = self._server
        if server is None:  # pragma: no cover - ``ready`` was asked
            return
        context = None if server.tls is Tls.NONE else ssl.create_default_context()
        with (
            smtplib.SMTP_SSL(server.host, server.port, timeout=SECONDS, context=context)
            if server.tls is Tls.TLS
            else smtplib.SMTP(server.host, server.port, timeout=SECONDS)
        ) as connection:
            if server.tls is Tls.STARTTLS:
                connection.starttls(context=context)
            if server.user:
                connection.login(server.user, server.password)
            connection.send_message(message)


def _message(sender: str, to: str, subject: str, text: str, html: str, headers: Mapping[str, str]) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Date"] = format_datetime(localtime())
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2].strip("> ") or "localhost")
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday reply comes back
    for name, said in headers.items():
        del message[name]
        message[name] = said
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    return message
