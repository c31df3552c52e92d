"""Addresses of webhooks: however one is written, nothing is sent into a network that is not everybody's."""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.events.targets import Target, is_public, post, resolved, target
from graph.errors import InvalidInput

LOCAL = [ipaddress.ip_network("127.0.0.0/8")]
PUBLIC = "93.184.216.34"
CLOSED = [
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.2.0/24", "192.168.0.0/16",
    "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "255.255.255.255/32", "::/128", "::1/128",
    "::/96", "100::/64", "2001:db8::/32", "2002::/16", "2001::/32", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8", "64:ff9b:1::/48",
]  # fmt: skip
"""Networks of the special-purpose registries of IANA (RFC 6890 and its successors), and tunnels."""


def within(network: str) -> st.SearchStrategy[str]:
    known = ipaddress.ip_network(network)
    return st.integers(0, known.num_addresses - 1).map(lambda n: str(known[n]))


closed = st.sampled_from(CLOSED).flatmap(within)


def notations(address: str) -> list[str]:
    """Ways to write an address in a URL that some resolver takes."""
    known = ipaddress.ip_address(address)
    if known.version == 6:
        return [f"[{address}]", f"[{known.exploded}]"]
    number, parts = int(known), address.split(".")
    octal = ".".join(f"0{int(part):o}" for part in parts)
    short = f"{parts[0]}.{number & 0xFFFFFF}"
    return [address, str(number), hex(number), octal, short, f"{address}.", f"[::ffff:{address}]", f"[64:ff9b::{address}]"]


@given(closed.flatmap(lambda one: st.sampled_from(notations(one))), st.sampled_from(["", ":443", ":8443"]))
def test_no_notation_of_a_closed_address_is_taken(host: str, port: str) -> None:
    with pytest.raises(InvalidInput):
        target(f"https://{host}{port}/hook")


@given(closed, st.lists(st.just(PUBLIC), max_size=2))
def test_a_name_that_stands_for_a_closed_address_beside_others_is_not_taken(address: str, others: list[str]) -> None:
    assert not is_public(ipaddress.ip_address(address))
    with pytest.raises(InvalidInput, match="not everybody's"):
        target("https://crm.example.org/", resolve=lambda *_: [*others, address])


@given(st.ip_addresses())
def test_what_is_taken_is_global(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    if is_public(address):
        assert address.is_global and not address.is_private and not address.is_multicast


@pytest.mark.parametrize("address", [PUBLIC, "1.1.1.1", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822", "::ffff:93.184.216.34"])
def test_everybody_s_addresses_are_taken(address: str) -> None:
    found = target("https://crm.example.org:8443/a/b?c=d", resolve=lambda *_: [address])
    assert found == Target(True, "crm.example.org", 8443, "/a/b?c=d", (address,))


@given(st.text(max_size=60) | st.from_regex(r"https?://[a-z@:#\\.\[\]0-9%/ ]{0,30}"))
def test_any_text_is_an_address_or_is_refused(text: str) -> None:
    with suppress(InvalidInput):
        found = target(text, resolve=lambda *_: [PUBLIC])
        assert found.is_secure and found.addresses == (PUBLIC,) and text.startswith("https://") and found.host in text.lower()


@pytest.mark.parametrize(
    "url",
    ["http://crm.example.org/", "ftp://crm.example.org/", "//crm.example.org/", "https://", "https:///x", "https://a@crm.example.org/",
     "https://a:b@crm.example.org/", "https://crm.example.org/#x", "https://crm.example.org:0/", "https://crm.example.org:99999/",
     "https://crm.example.org\\@127.0.0.1/", "https://crm.example.org/ x", "https://crm.example.org/\r\nHost: x", "https://文.example/",
     "https://[fe80::1%25eth0]/", "https://crm.example.org/" + "x" * 2000, "HTTPS//x", ""],
)  # fmt: skip
def test_what_is_no_address_of_a_receiver_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput):
        target(url, resolve=lambda *_: [PUBLIC])


def test_a_name_that_stands_for_nothing_is_refused() -> None:
    with pytest.raises(InvalidInput, match="stands for no address"):
        target("https://nowhere.invalid/", resolve=lambda *_: [])
    with pytest.raises(InvalidInput):
        target("https://localhost/")
    assert set(resolved("localhost", 80)) <= {"127.0.0.1", "::1"}


def test_networks_that_are_named_are_taken_over_http_too() -> None:
    assert target("http://127.0.0.1:9/x", LOCAL).addresses == ("127.0.0.1",)
    assert target("https://127.0.0.1:9/x", LOCAL).is_secure
    for url in ("http://10.0.0.1/", "https://10.0.0.1/", "https://[::1]/"):
        with pytest.raises(InvalidInput):
            target(url, LOCAL)
    with pytest.raises(InvalidInput):
        target("http://crm.example.org/", LOCAL, lambda *_: ["127.0.0.1", PUBLIC])


@contextmanager
def answering(*parts: bytes, pause: float = 0.0) -> Iterator[tuple[int, list[bytes]]]:
    """A server that answers one connection with these parts; its port, and what it was sent."""
    got: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError), listener.accept()[0] as client:
            got.append(client.recv(65_536))
            for part in parts:
                client.sendall(part)
                time.sleep(pause)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield listener.getsockname()[1], got
    listener.close()
    thread.join(5)


def test_the_name_is_sent_and_the_checked_address_is_connected_to() -> None:
    with answering(b"HTTP/1.1 204 No Content\r\n\r\n") as (port, got):
        assert post(Target(False, "crm.example.org", port, "/hook?x=1", ("127.0.0.1",)), b"{}", {"webhook-id": "evt_1"}) == 204
    assert got[0].startswith(b"POST /hook?x=1 HTTP/1.1\r\nHost: crm.example.org:%d\r\n" % port) and b"webhook-id: evt_1" in got[0]


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with answering(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n") as (port, _got):
        assert post(Target(False, "a.example", port, "/", ("127.0.0.1",)), b"", {}) == 302


@pytest.mark.parametrize(("parts", "pause"), [([b"HTTP/1.1 2"] + [b"0"] * 50, 0.1), ([b""], 3.0), ([b"no http\r\n\r\n"], 0.0)])
def test_who_answers_a_byte_at_a_time_or_nothing_is_not_waited_for(parts: list[bytes], pause: float) -> None:
    began = time.monotonic()
    with answering(*parts, pause=pause) as (port, _got), pytest.raises(OSError):
        post(Target(False, "a.example", port, "/", ("127.0.0.1",)), b"", {}, seconds=0.5)
    assert time.monotonic() - began < 10


def test_a_receiver_without_the_certificate_of_its_name_gets_nothing() -> None:
    with answering(b"HTTP/1.1 200 OK\r\n\r\n") as (port, got), pytest.raises(OSError):
        post(Target(True, "crm.example.org", port, "/", ("127.0.0.1",)), b"secret body", {}, seconds=2.0)
    assert b"secret body" not in got[0]
