"""Where the keys of a store lie: beside its file, or, for a server, in the user's own data folder; for their owner alone (mode 600).

In: the address of a store. Out: the path of a key, and of what else lies beside it. Next: ``ingest.suppression`` and
``desk.people.secret_files``. A key is made at first use and never stored with what it protects.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import platformdirs

from graph.address import NEO4J, sqlite_path

SUPPRESSION = "suppression"
"""The key by which people are hashed who are not to be kept or shown."""


def key_path(url: str, name: str) -> Path:
    """The file of the key ``name`` of the store at ``url``."""
    return beside(url, f"{name}.key")


def beside(url: str, name: str) -> Path:
    """What lies beside the store at ``url`` under a name."""
    if url.partition("://")[0] not in NEO4J:
        path = sqlite_path(url)
        return path.with_name(f"{path.name}.{name}")
    graph = hashlib.sha256(url.encode()).hexdigest()[:16]
    return platformdirs.user_data_path("dovetail") / graph / name
