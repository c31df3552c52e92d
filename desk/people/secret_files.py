"""Where the keys of a store lie: beside its file, or, for a server, in the user's own data folder; for their owner alone (mode 600).

In: a store. Out: the path of a key. Next: ``desk.journal.heads`` signs by one, ``desk.people.contacts`` and
``desk.members.accounts`` encrypt by others. A key is made
at first use and never stored with what it protects: a copy of the store without it shows no contact.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import platformdirs

from graph.address import NEO4J, sqlite_path
from graph.store import Store

SIGNING, CONTACTS, MAIL, FILES = "signing", "contacts", "mail", "files"


def files_folder(store: Store) -> Path:
    """The folder of the files that are attached in a store."""
    return key_file(store, FILES).with_suffix("")


def key_file(store: Store, name: str) -> Path:
    """The file of the key ``name`` of a store."""
    if store.url.partition("://")[0] not in NEO4J:
        path = sqlite_path(store.url)
        return path.with_name(f"{path.name}.{name}.key")
    graph = hashlib.sha256(store.url.encode()).hexdigest()[:16]
    return platformdirs.user_data_path("dovetail") / graph / f"{name}.key"
