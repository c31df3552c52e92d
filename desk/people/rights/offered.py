"""Contact columns of fed files, offered to the contact book.

In: the contact columns of a row that landed, and the institution or expert that they are of. Out: a contact, once however often the file is
fed. Next: ``api.cli.ingest`` gives it to ``desk.ingest``, which without it drops contact columns.

The id of a contact is a keyed hash of whom it is of and what it says: fed again it is known, also where it was erased meanwhile. Nothing is
kept that names, beside the institution, somebody who is not to be kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import msgspec

from desk.journal.states import values
from desk.people.contacts import Contacts, Reached
from desk.process.contact import CONTACT
from desk.process.principals import Actor
from graph.errors import InvalidInput
from graph.model import Expert, Institution, Record
from graph.store import Store
from ingest.cells.clean import clean_text
from ingest.cells.contacts import phones_and_mails
from ingest.mapping.aliases import column_key
from ingest.resolve.names import person_key
from ingest.suppression import Wish, stored

_NAMES = re.compile(r"contact_?(?:person|name)|^contacts?$|联系人|ansprech|kontakt")
_PHONES = re.compile(r"phone|tel(?:$|_)|mobile|cell|fax|电话|手机|传真|telefon|handy")
_BETWEEN = re.compile(r"[;；,，、/|\n]+")
_LEAST_DIGITS = 5


class Offered:
    """Takes the contact columns of one run of ``desk.ingest``, for a purpose, on a ground and since a day."""

    def __init__(self, store: Store, book: Contacts, actor: Actor, *, purpose: str, consent: str, date: str) -> None:
        """Raises InvalidInput, before anything is fed, where the purpose, the ground or the day is not said or will not do."""
        self._store, self._book, self._actor = store, book, actor
        self._says = {"purpose": purpose, "consent": consent, "date": date}
        for name, text in self._says.items():
            if not text.strip():
                raise InvalidInput("is missing: a contact is kept for a purpose, on a ground and since a day", field=f"--{name}")
        try:
            CONTACT.find("", "keep").check({}, self._says, datetime.now(UTC).isoformat())
        except InvalidInput as error:
            raise InvalidInput(error.rule, field="--date") from error
        self._suppression = stored(store, make=True)
        self._there = {id for id, _value in values(store, CONTACT.name)}

    def __call__(self, file: str, of: str, cells: Mapping[str, object]) -> bool:
        """Keep what ``cells`` of a row in ``file`` say of ``of``; whether there is anything new."""
        reached = reached_of(cells)
        if not (reached.name or reached.phones or reached.mails):
            return False
        id = self._suppression.hash(f"contact:{of}:{msgspec.json.encode(reached).decode()}")[:16]
        if id in self._there or self._is_suppressed(of, reached.name):
            return False
        self._there.add(id)
        self._book.keep(self._actor, of, reached, source=file, id=id, **self._says)
        return True

    def _is_suppressed(self, of: str, name: str) -> bool:
        """Whether the person named beside an institution, or the expert that a contact is of, is not to be kept."""
        key = person_key(name)
        node = self._store.get([of]).get(of)
        if not key or not self._suppression or not isinstance(node, Institution | Expert):
            return False
        records = (one for one in self._store.get(node.records).values() if isinstance(one, Record))
        held = (self._suppression.of_key(f"person:{key}|{place}") for record in records for place in record.keys)
        return any(one is not None and one.wish is Wish.FORGOTTEN for one in held)


def reached_of(cells: Mapping[str, object]) -> Reached:
    """How somebody can be reached by contact columns: mail addresses by their form wherever they stand, phones by the column's name or
    their form, a name in a column of names; what is left (a WeChat id, say) goes into the note."""
    names: dict[str, None] = {}
    phones: dict[str, None] = {}
    mails: dict[str, None] = {}
    note: list[str] = []
    for name, text in _texts("", cells):
        column = column_key(name)
        found, found_mails, rest = phones_and_mails(text)
        mails |= dict.fromkeys(found_mails)
        if _PHONES.search(column):
            parts = [part.strip() for part in _BETWEEN.split(text) if sum(map(str.isdigit, part)) >= _LEAST_DIGITS and "@" not in part]
            phones |= dict.fromkeys(parts)
            continue
        phones |= dict.fromkeys(found)
        rest = rest.strip(" ;；,，、/|:：")
        if rest and _NAMES.search(column):
            names[rest] = None
        elif rest:
            note.append(f"{name}: {rest}")
    return Reached(name="; ".join(names), phones=tuple(phones), mails=tuple(mails), note="; ".join(note))


def _texts(name: str, value: object) -> Iterator[tuple[str, str]]:
    """The texts of a cell, by the nearest name over each."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _texts(str(key) or name, part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(name, part)
    elif value is not None and (text := clean_text(str(value))):
        yield name, text
