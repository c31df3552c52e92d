"""The manifest of a backup: what it is of, and the size and SHA-256 of every member.

In: a store as it was saved, and the files beside it. Out: a ``Manifest`` as bytes, and back. Next: ``desk.backup.save`` writes it last,
``desk.backup.restore`` believes nothing that it does not say. It carries the hash of itself, so that a changed byte of it shows too.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import msgspec

from desk.journal.heads import Head
from desk.people.files import place_in
from graph.errors import NotFound, StoreError
from graph.language import _

NAME, STORE, FILES = "manifest.json", "store.db", "files"
"""The members of a backup's folder."""
LAYOUT = 1
_PLACE = re.compile(rf"{re.escape(STORE)}|{FILES}/[0-9a-f]{{2}}/[0-9a-f]{{62}}")
_ENCODER = msgspec.json.Encoder(order="sorted")


class Member(msgspec.Struct, frozen=True):
    """A file of a backup: its size in bytes and its SHA-256."""

    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup holds. ``made``: when; ``epoch``, ``revision`` and ``sequence``: where the store stood; ``counts`` and ``content``: of
    its nodes and edges, as ``Store.count`` and the deep check tell them; ``head``: the signed head of its journal, None for one without
    entries; ``keys``: the SHA-256 of each key file that lay beside it, by name; ``lost``: the digests of attached files that were damaged
    or gone already."""

    layout: int = LAYOUT
    made: str
    epoch: str
    revision: int
    sequence: int
    counts: dict[str, int]
    content: str
    head: Head | None
    members: dict[str, Member]
    keys: dict[str, str]
    lost: tuple[str, ...] = ()
    sum: str = ""

    @property
    def size(self) -> int:
        """Bytes of all members."""
        return sum(member.size for member in self.members.values())

    @property
    def files(self) -> int:
        """How many attached files there are."""
        return len(self.members) - 1

    def to_bytes(self) -> bytes:
        """The manifest as it is written, with its own hash in it."""
        bare = msgspec.structs.replace(self, sum="")
        return _ENCODER.encode(msgspec.structs.replace(bare, sum=hashlib.sha256(_ENCODER.encode(bare)).hexdigest())) + b"\n"


def read(folder: Path) -> Manifest:
    """The manifest of the backup in ``folder``. Raises NotFound where there is no whole backup, StoreError where the manifest is not what
    was written or of another layout."""
    try:
        content = (folder / NAME).read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotFound(_("{folder}: no whole backup is there", folder=folder)) from error
    try:
        layout = msgspec.json.decode(content, type=_Layout).layout
        if layout == LAYOUT:
            manifest = msgspec.json.decode(content, type=Manifest)
            if manifest.to_bytes() == content and all(map(_PLACE.fullmatch, manifest.members)):
                return manifest
    except (msgspec.DecodeError, UnicodeDecodeError):
        layout = LAYOUT
    if layout != LAYOUT:
        raise StoreError(_("{path}: made by another version of Dovetail (layout {layout})", path=folder / NAME, layout=layout))
    raise StoreError(_("{path}: not what was written", path=folder / NAME))


class _Layout(msgspec.Struct):
    layout: int


def place_of(digest: str) -> str:
    """The member that holds the attached file of a digest."""
    return place_in(Path(FILES), digest).as_posix()
