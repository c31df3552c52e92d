"""``dovetail serve``: the HTTP service on this machine."""

from __future__ import annotations

import socket

import click

from api.cli import frame
from api.cli.output import note


@click.command(
    epilog="""\b
Examples:
  dovetail serve
  dovetail serve --host 0.0.0.0 --port 8080 --store sqlite:////srv/centre.db
"""
)
@click.option("--host", help="Address to listen on.  [DOVETAIL_HOST, else 127.0.0.1]")
@click.option("--port", type=int, help="Port to listen on; 0 takes a free one.  [DOVETAIL_PORT, else 8000]")
@frame.shared(model=True)
def serve(host: str | None, port: int | None, as_json: bool, store: str | None, model: str | None) -> None:
    """Answer questions over HTTP until Ctrl-C (then the exit code is 0). With --json, the log is one JSON object a line."""
    import uvicorn

    from api.http.app import create_app
    from api.settings import open_store
    from graph.errors import StoreAway

    chosen = frame.settings(host=host, port=port, store=store, model=model)
    try:
        open_store(chosen).close()  # say now what is wrong with the address, not at the first request
    except StoreAway as error:
        note(f"{error}\nserving nevertheless: questions are answered as soon as it does")
    listener = _listen(chosen.host, chosen.port)
    at, number = listener.getsockname()[:2]
    shown = f"[{at}]" if ":" in at else at
    note(f"serving {chosen.store} at http://{shown}:{number} (documentation at /docs; stop with Ctrl-C)")
    config = uvicorn.Config(create_app(chosen), log_config=_logging(as_json), access_log=True, lifespan="on")
    try:
        uvicorn.Server(config).run(sockets=[listener])
    except KeyboardInterrupt:  # uvicorn has shut down in order and then raises the signal again
        pass
    finally:
        listener.close()


def _listen(host: str, port: int) -> socket.socket:
    from graph.errors import InvalidInput

    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except OSError as error:
        raise InvalidInput(f"cannot listen on {host}:{port}: {error.strerror}", field="--port") from error
    return listener


def _logging(as_json: bool) -> dict[str, object]:
    """Python's logging settings: everything to stderr."""
    form = "api.logs.JsonFormatter" if as_json else "api.logs.LineFormatter"
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"plain": {"()": form, "fmt": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain", "stream": "ext://sys.stderr"}},
        "root": {"level": "WARNING", "handlers": ["stderr"]},
        "loggers": {name: {"level": "INFO"} for name in ("uvicorn.error", "uvicorn.access", "dovetail")},
    }
