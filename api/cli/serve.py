"""``dovetail serve``: the HTTP service on this machine."""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING, Any

import click

from api.cli import frame
from api.cli.output import note
from api.cli.words import Command
from graph.language import _

if TYPE_CHECKING:
    from api.settings import Settings


@click.command(
    cls=Command,
    epilog="""\b
Examples:
  dovetail serve
  dovetail serve --port 8080 --workers 2 --store sqlite:////srv/centre.db
  dovetail serve --host 0.0.0.0 --behind-proxy --allow-host match.example.org
"""
)
@click.option("--host", help="Address to listen on.  [DOVETAIL_HOST, else 127.0.0.1]")
@click.option("--port", type=int, help="Port to listen on; 0 takes a free one.  [DOVETAIL_PORT, else 8000]")
@click.option("--workers", type=int, help="How many processes answer.  [DOVETAIL_WORKERS, else 1]")
@click.option(
    "--behind-proxy", is_flag=True, default=None,
    help="Allow a --host beyond this machine, where a proxy of yours decides who reaches it.  [DOVETAIL_BEHIND_PROXY]",
)
@click.option(
    "--allow-host", "hosts", multiple=True,
    help="A name that requests may be addressed to besides this machine's own; may be repeated.  [DOVETAIL_HOSTS]",
)
@frame.shared(model=True)
def serve(
    host: str | None, port: int | None, workers: int | None, behind_proxy: bool | None, hosts: tuple[str, ...],
    as_json: bool, store: str | None, model: str | None,
) -> None:  # fmt: skip
    """Answer questions over HTTP until Ctrl-C or SIGTERM (then the exit code is 0). With --json, the log is one JSON object a line."""
    chosen = frame.settings(
        host=host, port=port, workers=workers, behind_proxy=behind_proxy, hosts=",".join(hosts) or None, store=store, model=model,
        log_format="json" if as_json else None,
    )  # fmt: skip
    found = _address(chosen.host, chosen.port)
    needs_key = not (chosen.behind_proxy or _is_own(found))
    has_key = _look(chosen, for_key=needs_key)
    if needs_key and not has_key:
        raise _unguarded(chosen.host)
    listener = _listen(*found)
    at, number = listener.getsockname()[:2]
    shown = f"[{at}]" if ":" in at else at
    note(
        _(
            "serving {store} at http://{shown}:{number} (documentation at /docs; stop with Ctrl-C)",
            store=chosen.store,
            shown=shown,
            number=number,
        )
    )
    from api.http.running import Workers, run

    try:
        Workers(chosen, listener).run() if chosen.workers > 1 else run(chosen, listener)
    finally:
        listener.close()


def _look(chosen: Settings, *, for_key: bool) -> bool:
    """Say now what is wrong with the store, not at the first request; whether it has a key that is good, if that is asked."""
    from api.settings import open_store
    from desk.people.keys import Keys
    from graph.errors import StoreAway

    try:
        opened = open_store(chosen)
    except StoreAway as error:
        note(_("{error}\nserving nevertheless: questions are answered as soon as it does", error=error))
        return False
    try:
        return for_key and Keys(opened).has_good()
    finally:
        opened.close()


_Found = tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[Any, ...]]


def _address(host: str, port: int) -> _Found:
    """Where to listen. Raises InvalidInput for a host that is not there."""
    from graph.errors import InvalidInput

    try:
        found: _Found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except OSError as error:
        raise InvalidInput(_("cannot listen on {host}:{port}: {why}", host=host, port=port, why=error.strerror), field="--host") from error
    return found


def _is_own(found: _Found) -> bool:
    """Whether an address is reached from this machine alone."""
    return ipaddress.ip_address(str(found[4][0]).partition("%")[0]).is_loopback


def _unguarded(host: str) -> Exception:
    from graph.errors import InvalidInput

    return InvalidInput(
        _(
            "{host} is reached from other machines, and the store has no key that is good: nobody could be told from anybody. Leave"
            " --host out; or make a key (dovetail keys create); or, where a proxy of yours (or a container whose port only this"
            " machine reaches) decides who reaches the service, add --behind-proxy",
            host=host,
        ),
        field="--host",
    )


def _listen(family: socket.AddressFamily, kind: socket.SocketKind, protocol: int, _name: str, address: tuple[Any, ...]) -> socket.socket:
    from graph.errors import InvalidInput

    try:
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except OSError as error:
        raise InvalidInput(
            _("cannot listen on {host}:{port}: {why}", host=address[0], port=address[1], why=error.strerror), field="--port"
        ) from error
    return listener
