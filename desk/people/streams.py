"""The types of streams that ``desk`` writes into the journal: its processes and how each folds; and what is read of a whole journal.

In: a store. Out: ``PROCESSES``, ``FOLDS``; the signed head of the journal, what is wrong with it, the entries of a stream. Next:
``api.streams``, which adds the processes of the packages that build on ``desk``; ``api.cli.people.journal``.
"""

from __future__ import annotations

from collections.abc import Mapping

from desk.journal.entries import Entry
from desk.journal.heads import Head, head, signing_key, verify
from desk.journal.journal import Fold, Journal
from desk.people.secret_files import SIGNING, key_file
from desk.process.admission import ADMISSION
from desk.process.admission import FOLD as ADMISSION_FOLD
from desk.process.contact import CONTACT
from desk.process.contact import FOLD as CONTACT_FOLD
from desk.process.demand import DEMAND
from desk.process.demand import FOLD as DEMAND_FOLD
from desk.process.file import FILE
from desk.process.file import FOLD as FILE_FOLD
from desk.process.key import FOLD as KEY_FOLD
from desk.process.key import KEY
from desk.process.member import FOLD as MEMBER_FOLD
from desk.process.member import MEMBER
from desk.process.objection import FOLD as OBJECTION_FOLD
from desk.process.objection import OBJECTION
from desk.process.person import FOLD as PERSON_FOLD
from desk.process.person import PERSON
from graph.errors import NotFound
from graph.language import _
from graph.store import Store

PROCESSES = (DEMAND, ADMISSION, KEY, MEMBER, CONTACT, FILE, PERSON, OBJECTION)
FOLDS = {
    DEMAND.name: DEMAND_FOLD, ADMISSION.name: ADMISSION_FOLD, KEY.name: KEY_FOLD, MEMBER.name: MEMBER_FOLD, CONTACT.name: CONTACT_FOLD,
    FILE.name: FILE_FOLD, PERSON.name: PERSON_FOLD, OBJECTION.name: OBJECTION_FOLD,
}  # fmt: skip


def signed_head(store: Store) -> Head:
    """The head of a store's journal, signed by the key beside the store, which is made at first use."""
    return head(store, signing_key(key_file(store, SIGNING)))


def verified(store: Store, earlier: Head | None = None, *, folds: Mapping[str, Fold] = FOLDS) -> tuple[int, list[str]]:
    """How many entries a store's journal has, and what is wrong with it in words, by the ``folds`` of all types of streams; of an
    ``earlier`` head also whether the journal continues it and, where the key is beside the store, whether it is signed by that."""
    path = key_file(store, SIGNING)
    key = signing_key(path).public_key().public_bytes_raw().hex() if earlier and path.exists() else ""
    return verify(store, folds, earlier=earlier, key=key)


def erased(store: Store, stream: str, number: int, field: str) -> bool:
    """Erase a personal value of an entry for good; whether it was there still. Raises NotFound for what there is not."""
    return Journal(store, FOLDS).erase(stream, number, field)


def entries_of(store: Store, stream: str) -> list[Entry]:
    """The entries of a stream, in order. Raises NotFound where there are none."""
    found = list(Journal(store, FOLDS).entries(stream))
    if not found:
        raise NotFound(_("there is no {stream} in the journal", stream=stream))
    return found
