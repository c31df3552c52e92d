"""Documents: what a service keeps beside the graph, as bytes by id.

In: bytes under an id. Out: a ``Document``. Next: ``graph.store.Batch`` carries documents together with nodes and edges, so that a step
of a process, its state and what follows from it in the graph are written together or not at all; ``desk.journal`` keeps entries so.

Documents have a sequence of their own, outside the revision, the change feed and the content hash: nothing that is matched changes with
one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum

import msgspec

from graph.errors import InvalidInput
from graph.language import _
from graph.model import ID_BYTES


class DocumentKind(StrEnum):
    """What a document is. ``entry``: a line of the journal; ``state``: what a thing has come to; ``personal``: a value that can be
    erased; ``use``: when something was last used; ``contact``: how somebody can be reached, encrypted; ``account``: who signs in by a
    mail address, and the hashes of what opens; ``once``: a request that is done once, however often it is sent; ``suppression``: a keyed
    hash by which a person is known who is not to be kept or shown; ``lease``: who works on something until when, and how far it is;
    ``report``: what an ingest came to; ``hook``: the secrets of a webhook, encrypted; ``terms``: of a source; ``suggestion``: a lead that
    was found and that nobody has taken up yet; ``capacity``: a lock, so that nobody is in more introductions than it takes; ``notice``:
    what somebody was told."""

    ENTRY = "entry"
    STATE = "state"
    PERSONAL = "personal"
    USE = "use"
    CONTACT = "contact"
    ACCOUNT = "account"
    ONCE = "once"
    SUPPRESSION = "suppression"
    LEASE = "lease"
    REPORT = "report"
    HOOK = "hook"
    TERMS = "terms"
    SUGGESTION = "suggestion"
    CAPACITY = "capacity"
    NOTICE = "notice"


class Document(msgspec.Struct, frozen=True):
    """Bytes under an id. ``version``: the number in the store's sequence of its last change, 0 for one that is not stored yet; whoever
    writes it again names the version that was read. Empty ``content``: it was removed, and the id may be written as one that is not there
    (0) or at the version of its removal."""

    id: str
    kind: DocumentKind
    content: bytes
    version: int = 0


def stale(documents: Mapping[str, Document], held: Iterable[Document]) -> list[str]:
    """The ids of ``documents`` that do not name the version that is ``held``, in order."""
    now = {one.id: one for one in held}

    def is_current(one: Document) -> bool:
        there = now.get(one.id)
        return one.version == (there.version if there else 0) or (there is not None and not there.content and not one.version)

    return sorted(one.id for one in documents.values() if not is_current(one))


def damage(id: str, version: int, last: int, *, is_whole: bool) -> list[str]:
    """What is wrong with a document as it is stored: whether its content is what was hashed, and its version one of the sequence."""
    problems = [] if is_whole else [_("document {id}: its content does not match its hash (edited by hand?)", id=id)]
    if not 0 < version <= last:
        problems.append(
            _("document {id}: its version {version} is not in the sequence, which is at {last}", id=id, version=version, last=last)
        )
    return problems


def checked(documents: Collection[Document]) -> dict[str, Document]:
    """``documents`` by id. Raises InvalidInput for an id that no store can hold, and for two under one id."""
    found: dict[str, Document] = {}
    for one in documents:
        try:
            size = len(one.id.encode())
        except UnicodeEncodeError as error:
            raise InvalidInput(_("a document's id cannot be stored: {error}", error=error)) from error
        if not 0 < size <= ID_BYTES:
            raise InvalidInput(_("{id}: a document's id has 1 to {bytes} bytes", id=one.id[:40], bytes=ID_BYTES))
        if one.id in found:
            raise InvalidInput(_("{id}: two documents of a batch have this id", id=one.id))
        found[one.id] = one
    return found
