"""Where the keys of a store lie: beside its file, or, for a server, in the user's own data folder; for their owner alone (mode 600).

In: a store, or its address. Out: the path of a key, of the folder of files. Next: ``desk.journal.heads`` signs by one key,
``desk.people.contacts``, ``desk.members.accounts`` and ``desk.events`` encrypt by others; ``desk.backup`` keeps them apart,
``api.cli.copy`` names them. A key is made at first use and never stored with what it protects: a copy of the store without it shows no
contact.
"""

from __future__ import annotations

from pathlib import Path

from graph.key_files import SUPPRESSION, beside, key_path
from graph.store import Store

SIGNING, CONTACTS, MAIL, EVENTS = "signing", "contacts", "mail", "events"
KEYS = (SIGNING, CONTACTS, MAIL, EVENTS, SUPPRESSION)


def files_folder(store: Store) -> Path:
    """The folder of the files that are attached in a store."""
    return files_at(store.url)


def jobs_folder(store: Store) -> Path:
    """The folder of the files that were handed in to be read into a store, and of rows to mend."""
    return beside(store.url, "jobs")


def key_file(store: Store, name: str) -> Path:
    """The file of the key ``name`` of a store."""
    return key_at(store.url, name)


def files_at(url: str) -> Path:
    """The folder of attached files of the store at an address."""
    return beside(url, "files")


def key_at(url: str, name: str) -> Path:
    """The file of the key ``name`` of the store at an address."""
    return key_path(url, name)


def left_behind(source: Store, target: Store) -> list[tuple[Path, Path]]:
    """What lies beside ``source`` and not beside ``target``, its copy: each path, and the one that the copy looks at."""
    pairs = [(key_file(source, name), key_file(target, name)) for name in KEYS]
    pairs.append((files_folder(source), files_folder(target)))
    return [(old, new) for old, new in pairs if old.exists() and not new.exists()]
