"""Addresses that webhooks may be sent to: https, and no address of a network that is not everybody's.

In: an address, networks that are allowed beside. Out: a ``Target`` with the addresses that its name stands for now; the status that it
answers a message with. Next: ``desk.events.hooks`` checks an address when it is named, ``desk.events.sender`` each time before it sends.

A name can stand for another address a moment later. So the connection goes to one of the addresses that were checked, while the certificate
must be the name's. No redirect is followed, no proxy of the environment is used, and of the answer only the head is read.
"""

from __future__ import annotations

import http.client
import ipaddress
import re
import socket
import ssl
import threading
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urlsplit

from graph.errors import InvalidInput
from graph.language import _

SECONDS = 15.0
"""How long a receiver may take, from the connection to the head of its answer."""
MOST_LETTERS = 2000
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve = Callable[[str, int], Collection[str]]
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?\.?")
_WRITTEN = re.compile(r"[!-\[\]-~]+")
"""Printable ASCII without blanks and backslashes."""


class Target(NamedTuple):
    """Where a message goes. ``host``: the name; ``addresses``: what it stands for, each allowed; ``path``: with the query."""

    is_secure: bool
    host: str
    port: int
    path: str
    addresses: tuple[str, ...]


def resolved(host: str, port: int) -> Collection[str]:
    """The addresses that a name stands for now. Raises OSError."""
    return dict.fromkeys(str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))


def target(url: str, networks: Collection[Network] = (), resolve: Resolve = resolved) -> Target:
    """Where ``url`` leads now. Raises InvalidInput for an address that nothing is sent to. ``networks``: allowed though they are not
    everybody's; within them http will do."""
    parts = _parted(url)
    host, port = parts[1], parts[2]
    try:
        found = [(ipaddress.ip_address(one.partition("%")[0]), one) for one in resolve(host, port)]
    except (OSError, UnicodeError, ValueError) as error:
        raise InvalidInput(_("{host} stands for no address", host=host), field="url") from error
    if not found:
        raise InvalidInput(_("{host} stands for no address", host=host), field="url")
    is_named = all(_within(address, networks) for address, _text in found)
    if not all(is_public(address) or _within(address, networks) for address, _text in found):
        raise InvalidInput(_("{host} is an address of a network that is not everybody's", host=host), field="url")
    if not parts[0] and not is_named:
        raise InvalidInput("is no https address", field="url")
    return Target(*parts, tuple(text for _address, text in found))


def is_public(address: Address) -> bool:
    """Whether an address is one of everybody's Internet: not private, of this machine or link, shared, reserved or for many. Of IPv6
    addresses that carry one of IPv4, a mapped or translated one is what it carries; tunnels (6to4, Teredo) are none."""
    if isinstance(address, ipaddress.IPv6Address):
        carried = address.ipv4_mapped or (ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None)
        if carried:
            return is_public(carried)
        if address.sixtofour or address.teredo or address.is_site_local:
            return False
    is_odd = address.is_multicast or address.is_reserved or address.is_unspecified or address.is_loopback or address.is_link_local
    return address.is_global and not is_odd


def post(to: Target, body: bytes, headers: Mapping[str, str], *, seconds: float = SECONDS) -> int:
    """The status of the answer to ``body``. Raises OSError where there is none in time."""
    connection = _Pinned(to, seconds)
    timer = threading.Timer(seconds, connection.cut)
    timer.daemon = True
    timer.start()
    try:
        connection.request("POST", to.path, body, dict(headers))
        return connection.getresponse().status
    except (http.client.HTTPException, ValueError) as error:
        raise OSError(type(error).__name__) from error
    finally:
        timer.cancel()
        connection.close()


class _Pinned(http.client.HTTPConnection):
    """A connection to the first of a target's addresses that answers; of TLS the certificate is that of its name."""

    def __init__(self, to: Target, seconds: float) -> None:
        super().__init__(to.host, to.port, timeout=seconds)
        if to.is_secure:
            self.default_port = 443
        self._to, self._seconds = to, seconds
        self._plain: socket.socket | None = None

    def connect(self) -> None:
        """As the base class does, to an address that was checked."""
        failed: OSError = OSError("no address")
        for one in self._to.addresses:
            try:
                self._plain = socket.create_connection((one, self._to.port), timeout=self._seconds)
                break
            except OSError as error:
                failed = error
        if self._plain is None:
            raise failed
        self.sock = self._plain
        if self._to.is_secure:
            self.sock = ssl.create_default_context().wrap_socket(self._plain, server_hostname=self._to.host)

    def cut(self) -> None:
        """End it: whoever answers a byte at a time is not waited for."""
        for one in (self.sock, self._plain):
            if one:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)


def _parted(url: str) -> tuple[bool, str, int, str]:
    """Whether ``url`` is https, its host, port and path. Raises InvalidInput."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise InvalidInput("is no https address", field="url") from error
    is_literal = host and parts.netloc.startswith("[") and "%" not in host
    is_fit = len(url) <= MOST_LETTERS and _WRITTEN.fullmatch(url) and (is_literal or _HOST.fullmatch(host)) and port != 0
    if not is_fit or parts.scheme not in ("https", "http"):
        raise InvalidInput("is no https address", field="url")
    if "@" in parts.netloc or parts.fragment:
        raise InvalidInput("an address has no user, no password and no fragment", field="url")
    is_secure = parts.scheme == "https"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return is_secure, host, port or (443 if is_secure else 80), path


def _within(address: Address, networks: Collection[Network]) -> bool:
    return any(address in network for network in networks if network.version == address.version)
