"""The opening of stores by address: ``sqlite:///relative.db``, ``sqlite:////absolute.db``, ``neo4j://host:7687/database?graph=name``.

In: an address, and user and password for a server that asks for them. Out: an open ``graph.store.Store``. Next: ``api.settings`` opens the
store of a command or of the service by it; ``graph.scratch``, ``desk.judged_sets``, ``ingest.evaluate``, ``matcher.evaluate.match`` and
``matcher.evaluate.ratings`` open temporary stores.
"""

from __future__ import annotations

from pathlib import Path

from graph.errors import InvalidInput
from graph.language import _
from graph.store import Store

DEFAULT = "sqlite:///dovetail.db"
NEO4J = ("neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc")


def connect(url: str = DEFAULT, *, create: bool = True, auth: tuple[str, str] | None = None, wait_seconds: float = 60.0) -> Store:
    """Open the store at ``url``, made first if ``create`` and it can be.

    ``auth`` is user and password for a store that asks for them (by default NEO4J_USER and NEO4J_PASSWORD of the environment);
    ``wait_seconds`` is how long a call waits for a store that is busy or was lost, before it gives up. Raises InvalidInput for an
    address that no store understands and StoreError where the store does not open.
    """
    if url.partition("://")[0] in NEO4J:
        from graph.neo4j.store import Neo4jStore

        return Neo4jStore(url, create=create, auth=auth, wait_seconds=wait_seconds)
    from graph.sqlite.store import SqliteStore

    return SqliteStore(sqlite_path(url), create=create, busy_seconds=wait_seconds)


def sqlite_path(url: str) -> Path:
    """The file that ``url`` names. Raises InvalidInput for an address that is not one of a file."""
    scheme, found, rest = url.partition("://")
    if scheme == "sqlite" and found and rest.startswith("/") and len(rest) > 1:
        return Path(rest[1:])
    raise InvalidInput(
        _("not a store address: {url}; it looks like {default} or neo4j://HOST:7687", url=_without_secret(url), default=DEFAULT),
        field="store",
    )


def _without_secret(url: str) -> str:
    scheme, found, rest = url.partition("://")
    return scheme + found + rest.rpartition("@")[2] if found else url.rpartition("@")[2]
