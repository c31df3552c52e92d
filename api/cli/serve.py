"""``dovetail serve``: the HTTP service on this machine."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

import click

from api.cli import frame
from api.cli.output import note
from api.cli.words import Command
from graph.language import _


@click.command(
    cls=Command,
    epilog="""\b
Examples:
  dovetail serve
  dovetail serve --port 8080 --store sqlite:////srv/centre.db
  dovetail serve --host 0.0.0.0 --behind-proxy --allow-host match.example.org
"""
)
@click.option("--host", help="Address to listen on.  [DOVETAIL_HOST, else 127.0.0.1]")
@click.option("--port", type=int, help="Port to listen on; 0 takes a free one.  [DOVETAIL_PORT, else 8000]")
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
    host: str | None, port: int | None, behind_proxy: bool | None, hosts: tuple[str, ...],
    as_json: bool, store: str | None, model: str | None,
) -> None:  # fmt: skip
    """Answer questions over HTTP until Ctrl-C (then the exit code is 0). With --json, the log is one JSON object a line."""
    import uvicorn

    from api.http.app import create_app
    from api.http.bounded import HEAD_LIMIT, KEEP_SECONDS, READ_SECONDS, Bounded
    from api.settings import open_store
    from graph.errors import StoreAway

    named = ",".join(hosts) or None
    chosen = frame.settings(host=host, port=port, behind_proxy=behind_proxy, hosts=named, store=store, model=model)
    addresses = _addresses(chosen.host, chosen.port, beyond=chosen.behind_proxy)
    try:
        open_store(chosen).close()  # say now what is wrong with the address, not at the first request
    except StoreAway as error:
        note(_("{error}\nserving nevertheless: questions are answered as soon as it does", error=error))
    listener = _listen(*addresses)
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
    config = uvicorn.Config(
        create_app(chosen), http=Bounded, ws="none", log_config=_logging(as_json), access_log=True, lifespan="on",
        proxy_headers=False, server_header=False, h11_max_incomplete_event_size=HEAD_LIMIT, timeout_keep_alive=KEEP_SECONDS,
        timeout_graceful_shutdown=READ_SECONDS,
    )  # fmt: skip
    try:
        uvicorn.Server(config).run(sockets=[listener])
    except KeyboardInterrupt:  # uvicorn has shut down in order and then raises the signal again
        pass
    finally:
        listener.close()


_Found = tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[Any, ...]]


def _addresses(host: str, port: int, *, beyond: bool) -> _Found:
    """Where to listen. Raises InvalidInput for a host that is not there, and for one ``beyond`` this machine where that is not allowed."""
    from graph.errors import InvalidInput

    try:
        found: _Found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except OSError as error:
        raise InvalidInput(_("cannot listen on {host}:{port}: {why}", host=host, port=port, why=error.strerror), field="--host") from error
    if not beyond and not ipaddress.ip_address(str(found[4][0]).partition("%")[0]).is_loopback:
        raise InvalidInput(
            _(
                "{host} is reached from other machines, and there are no keys yet: whoever reaches the service may ask it. Leave"
                " --host out; or, where a proxy of yours (or a container whose port only this machine reaches) decides who does,"
                " add --behind-proxy",
                host=host,
            ),
            field="--host",
        )
    return found


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


def _logging(as_json: bool) -> dict[str, object]:
    """Python's logging settings: everything to stderr."""
    form = "api.logs.JsonFormatter" if as_json else "api.logs.LineFormatter"
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"plain": {"()": form, "fmt": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
        "filters": {"nameless": {"()": "api.logs.Nameless"}},
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["nameless"], "stream": "ext://sys.stderr"}
        },
        "root": {"level": "WARNING", "handlers": ["stderr"]},
        "loggers": {name: {"level": "INFO"} for name in ("uvicorn.error", "uvicorn.access", "dovetail")},
    }
