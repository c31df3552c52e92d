"""Files that belong to demands, results and cooperations: drawings, agreements, mandates, contracts, reports of acceptance.

In: a stream of bytes with its name and what it belongs to. Out: the file again, for whom its owner lets in, each time on record. Next:
``api.cli.people.files``. A file lies in a folder beside the store under the SHA-256 of its content, once however often it is attached, for
its owner alone (mode 600). Nothing is opened, unpacked, executed or shown: what comes in goes out byte for byte, to be saved.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import msgspec

from desk.find import find_institution
from desk.journal.journal import Journal
from desk.journal.states import values
from desk.people.secret_files import files_folder
from desk.people.sight import demand_of, find_thing, node_of, viewer_of
from desk.process import demand, letting
from desk.process.act import STATE, Act, act, seen, value_of
from desk.process.file import FILE, FOLD, NAME
from desk.process.principals import Actor
from desk.process.table import Value, Who
from graph import private
from graph.errors import InvalidInput, StoreError
from graph.language import _
from graph.store import Store

FOLDS = {FILE.name: FOLD}
MOST = 50 * 1024 * 1024
"""Bytes of a file, at most."""
TYPES: dict[str, tuple[str, tuple[bytes, ...]]] = {
    ".pdf": ("application/pdf", (b"%PDF-",)),
    ".png": ("image/png", (b"\x89PNG\r\n\x1a\n",)),
    ".jpg": ("image/jpeg", (b"\xff\xd8\xff",)),
    ".jpeg": ("image/jpeg", (b"\xff\xd8\xff",)),
    ".docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", (b"PK\x03\x04",)),
    ".xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", (b"PK\x03\x04",)),
    ".pptx": ("application/vnd.openxmlformats-officedocument.presentationml.presentation", (b"PK\x03\x04",)),
    ".dwg": ("image/vnd.dwg", (b"AC10",)),
    ".step": ("model/step", (b"ISO-10303-21",)),
    ".stp": ("model/step", (b"ISO-10303-21",)),
    ".txt": ("text/plain", ()),
    ".csv": ("text/csv", ()),
}
"""What may be attached, by the end of its name: its media type, and what it must begin with."""
_BLOCK = 1 << 20


class Attached(msgspec.Struct, frozen=True):
    """A file: its ``id``, the instant of the last step, what it is called (empty where that was erased), what the journal says of it."""

    id: str
    at: str
    name: str
    value: Value


class Files:
    """The files of a store, in ``folder``."""

    def __init__(self, store: Store, folder: Path, journal: Journal | None = None) -> None:
        self._store, self._folder, self._journal = store, folder, journal or Journal(store, FOLDS)

    def attach(self, actor: Actor, to: str, name: str, content: IO[bytes], *, purpose: str) -> Attached:
        """Attach a file to what ``to`` names, a draft by its number too, in the name of the actor's institution. Raises
        InvalidInput for a file that is too large, empty, of a type that may not be attached or that does not begin as its name says;
        NotFound for what is not there."""
        if not actor.institution:
            raise InvalidInput("whoever attaches a file is a member of an institution", field="actor")
        name = Path(name.replace("\\", "/")).name.strip()
        suffix = Path(name).suffix.lower()
        if suffix not in TYPES:
            known = ", ".join(TYPES)
            raise InvalidInput(_("{name}: may not be attached; what may ends in {known}", name=repr(name), known=known), field=NAME)
        found = find_thing(self._store, actor, to)
        digest, size = self._kept(name, suffix, content)
        says = {
            "to": found, "purpose": purpose, "digest": digest, "size": size, "type": TYPES[suffix][0], "owner": actor.institution,
        }  # fmt: skip
        id = secrets.token_hex(6)
        try:
            self._act(actor, id, "attach", says, {"owner": actor.institution}, name)
        except BaseException:
            self._sweep(digest)
            raise
        return self.show(actor, id)

    def show(self, actor: Actor, id: str) -> Attached:
        """A file without its content. Raises NotFound for one that is not the actor's to see."""
        state, related = seen(self._journal, FILE, id, lambda value: self._relations(actor, value))
        related |= _to_demand(self._store, actor, state.value) or frozenset()
        value = letting.told(actor, related, state.value)
        return Attached(id, state.at, self._journal.personal(f"{FILE.name}:{id}", 1, NAME) or "", value)

    def listed(self, actor: Actor, to: str = "") -> Iterator[Attached]:
        """The files that are the actor's to see; those of one thing only. Raises NotFound for one that is not there."""
        to = find_thing(self._store, actor, to) if to else ""
        for id, value in values(self._store, FILE.name):
            if self._relations(actor, value) and (not to or value["to"] == to):
                yield self.show(actor, id)

    def take(self, actor: Actor, id: str) -> tuple[Attached, Path]:
        """A file and where its content lies, put on record. Raises NotFound for one that is not the actor's to see, StoreError for one
        whose content is not what was attached."""
        shown = self.show(actor, id)
        if shown.value[STATE] == "attached":
            path = self._path(shown.value["digest"])
            if not path.is_file() or digest_of(path) != shown.value["digest"]:
                raise StoreError(_("{path}: not what was attached, or gone; take it from a backup", path=path))
        self._act(actor, id, "take", {}, shown.value)
        return shown, self._path(shown.value["digest"])

    def let_in(self, actor: Actor, id: str, institution: str, *, out: bool = False) -> Attached:
        """Let an institution take it, or, with ``out``, take it no more."""
        says = {"institution": find_institution(self._store, institution, viewer_of(self._store, actor), "institution")}
        self._act(actor, id, "shut_out" if out else "let_in", says, value_of(self._journal, FILE, id))
        return self.show(actor, id)

    def remove(self, actor: Actor, id: str, reason: str = "") -> None:
        """Remove it; its content goes when nothing else is of the same."""
        value = value_of(self._journal, FILE, id)
        self._act(actor, id, "remove", {"reason": reason} if reason else {}, value)
        self._sweep(value["digest"])

    def _act(self, actor: Actor, id: str, event: str, says: dict[str, Any], value: Value, name: str = "") -> None:
        personal = {NAME: name} if name else {}
        one = Act(id=id, event=event, actor=actor.id, relations=self._relations(actor, value), says=says, personal=personal)
        act(self._journal, FILE, one)

    def _relations(self, actor: Actor, value: Value) -> frozenset[Who]:
        return relations(self._store, actor, value)

    def _path(self, digest: str) -> Path:
        return place_in(self._folder, digest)

    def _kept(self, name: str, suffix: str, content: IO[bytes]) -> tuple[str, int]:
        """Put the content in its place; its digest and its size."""
        scratch = private.folder(self._folder) / f".{secrets.token_hex(8)}"
        total, size, first = hashlib.sha256(), 0, b""
        try:
            with private.writing(scratch) as file:
                while block := content.read(_BLOCK):
                    first = first or block
                    size += len(block)
                    if size > MOST:
                        raise InvalidInput(_("{name}: larger than {most} MiB", name=name, most=MOST // 1024 // 1024), field=NAME)
                    total.update(block)
                    file.write(block)
                file.flush()
                os.fsync(file.fileno())
            begins = TYPES[suffix][1]
            if not size:
                raise InvalidInput(_("{name}: empty", name=name), field=NAME)
            if begins and not first.startswith(begins):
                raise InvalidInput(_("{name}: does not begin as a file that ends in {suffix} does", name=name, suffix=suffix), field=NAME)
            path = self._path(total.hexdigest())
            private.folder(path.parent)
            scratch.replace(path)
        finally:
            scratch.unlink(missing_ok=True)
        return total.hexdigest(), size

    def _sweep(self, digest: str) -> None:
        """Delete a content that nothing attached is of any more."""
        if not any(value["digest"] == digest and value[STATE] == "attached" for _id, value in values(self._store, FILE.name)):
            self._path(digest).unlink(missing_ok=True)


def relations(store: Store, actor: Actor, value: Value) -> frozenset[Who]:
    """What somebody is to a file. What belongs to a demand is handed to its owner, who acts for the owner, and its reviewer too; of a
    draft the operator does not know, and so of no file of it."""
    found = letting.relations(actor, value, value.get("owner"))
    to_demand = _to_demand(store, actor, value)
    if found & {Who.OWNER, Who.LET_IN} or to_demand is None:
        return found
    return (found or frozenset({Who.LET_IN})) if to_demand else frozenset()


def _to_demand(store: Store, actor: Actor, value: Value) -> frozenset[Who] | None:
    """What somebody is to the demand that a file belongs to; None where it belongs to something else."""
    to = value.get("to", "")
    found = demand_of(store, to)
    return demand.relations(actor, found[1]) if found and node_of(found[0]) == to else None


def files_of(store: Store, journal: Journal | None = None) -> Files:
    """The files of a store, in the folder that lies beside the store."""
    return Files(store, files_folder(store), journal)


def place_in(folder: Path, digest: str) -> Path:
    """Where the content with this digest lies in a folder of files."""
    return folder / digest[:2] / digest[2:]


def digest_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
