"""Where the keys of a store lie: beside its file, or, for a server, in the user's own data folder; for their owner alone (mode 600).

In: a store. Out: the path of a key. Next: ``desk.journal.heads`` signs by one, ``desk.people.contacts`` and
``desk.people.accounts`` encrypt by others. A key is made
at first use and never stored with what it protects: a copy of the store without it shows no contact.
"""

from __future__ import annotations

from pathlib import Path

from graph.key_files import key_path
from graph.store import Store

SIGNING, CONTACTS, MAIL = "signing", "contacts", "mail"


def files_folder(store: Store) -> Path:
    """The folder of the files that are attached in a store."""
    path = key_file(store, "x")
    return path.with_name(path.name.replace("x.key", "files"))


def key_file(store: Store, name: str) -> Path:
    """The file of the key ``name`` of a store."""
    return key_path(store.url, name)
