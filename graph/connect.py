"""Addresses to stores: ``sqlite:///relative.db``, ``sqlite:////absolute.db``."""

from __future__ import annotations

from pathlib import Path

from graph.errors import InvalidInput
from graph.store import Store

DEFAULT = "sqlite:///dovetail.db"


def connect(url: str = DEFAULT, *, create: bool = True) -> Store:
    """Open the store at ``url``, made first if ``create`` and it can be.

    Raises InvalidInput for an address that no store understands and StoreError where the store does not open.
    """
    from graph.sqlite_store import SqliteStore

    return SqliteStore(sqlite_path(url), create=create)


def sqlite_path(url: str) -> Path:
    """The file that ``url`` names. Raises InvalidInput for an address that is not one of a file."""
    scheme, found, rest = url.partition("://")
    if scheme == "sqlite" and found and rest.startswith("/") and len(rest) > 1:
        return Path(rest[1:])
    raise InvalidInput(f"not a store address: {_without_secret(url)}; it looks like {DEFAULT}", field="store")


def _without_secret(url: str) -> str:
    scheme, found, rest = url.partition("://")
    return scheme + found + rest.rpartition("@")[2] if found else url.rpartition("@")[2]
