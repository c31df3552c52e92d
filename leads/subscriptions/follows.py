"""Following: a member wants to be told how a lead, a demand, a result or an institution goes on.

In: a store, who acts, a thing. Out: the ``Follow`` as it stands. Next: ``api.cli.leads``, ``api.http.routes.notices`` and
``leads.notices.compose``.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from desk.find import find
from desk.journal.journal import Journal, State
from desk.journal.states import states
from desk.members.members import Members
from desk.people.sight import viewer_of
from desk.process.act import Act, act, seen
from desk.process.principals import Actor
from desk.process.table import Value
from graph.documents import Document, DocumentKind
from graph.errors import InvalidInput, NotFound
from graph.language import _
from graph.store import Batch, Store
from leads.leads import Leads
from leads.subscriptions.faces import PREFIX, Face, face
from leads.subscriptions.follow import BOARD, FOLD, FOLLOW, latest
from leads.subscriptions.search import DAILY
from leads.subscriptions.subscribers import cares, recipient

FOLDS = {FOLLOW.name: FOLD}


class Follow(msgspec.Struct, frozen=True, kw_only=True):
    """A following as it stands. ``thing``: the id of what is followed, with ``lead:`` before that of a lead."""

    id: str
    thing: str
    value: Value
    at: str
    events: tuple[str, ...]


class Follows:
    """What the members of a store follow."""

    def __init__(self, store: Store, members: Members, journal: Journal | None = None) -> None:
        self._store, self._members, self._journal = store, members, journal or Journal(store, FOLDS)

    def follow(self, actor: Actor, thing: str, *, cadence: str = DAILY, member: str | None = None) -> Follow:
        """Want to be told of what changes of ``thing`` from now on: the id of a lead, what names a node, or ``board``. Letters go to who
        acts, or to ``member``. Raises NotFound for what is not that member's to see, InvalidInput where there is no member."""
        to = self._to(actor, member)
        looking = self._members.actor(to)
        named = self._named(looking, thing)
        seen = face(self._store, looking, named) if named != BOARD else (Face(), ())
        if seen is None:
            raise InvalidInput(_("{name} is nothing that can be followed", name=thing), field="thing")
        id = self._latest(to, named)[0]
        says = {"member": to, "thing": named, "cadence": cadence} | _house(looking)
        one = Act(id=id, event="follow", actor=actor.id, relations=cares(actor, says), says=says)
        act(self._journal, FOLLOW, one, lambda *_all: Batch(documents=[self._document(id, seen[0])]))
        return self.show(actor, id)

    def unfollow(self, actor: Actor, thing: str, *, member: str | None = None) -> None:
        """End it: of what is followed, or of ``board``, which a broker is told of without having asked. Raises NotFound for what is not
        followed."""
        to = self._to(actor, member)
        looking = self._members.actor(to)
        try:
            named = self._named(looking, thing)
        except NotFound:
            named = thing  # what may not be seen any more can still be let go, by its id
        id, turn, held = self._latest(to, named)
        if held is None and (named != BOARD or turn):
            raise FOLLOW.missing(thing)
        told = {"member": to, "thing": BOARD} | _house(looking)
        says = {} if held else told
        act(self._journal, FOLLOW, Act(id=id, event="unfollow", actor=actor.id, relations=cares(actor, told), says=says))

    def show(self, actor: Actor, id: str) -> Follow:
        """A following as it stands. Raises NotFound for one that is not the actor's to see."""
        held, _related = seen(self._journal, FOLLOW, id, lambda value: cares(actor, value))
        return self._follow(actor, id, held)

    def listed(self, actor: Actor) -> Iterator[Follow]:
        """What is followed by who acts, in the order of the last events; to the operator, by all."""
        for id, held in states(self._store, FOLLOW.name):
            if cares(actor, held.value):
                yield self._follow(actor, id, held)

    def face(self, id: str) -> tuple[Face, int]:
        """What was seen last of what is followed, and the version of the document that keeps it."""
        held = self._store.documents([_face_id(id)]).get(_face_id(id))
        return (msgspec.msgpack.decode(held.content, type=Face), held.version) if held else (Face(), 0)

    def document(self, id: str, seen: Face, version: int) -> Document:
        """What keeps what was seen, in place of that ``version``."""
        return Document(_face_id(id), DocumentKind.NOTICE, msgspec.msgpack.encode(seen), version)

    def _document(self, id: str, seen: Face) -> Document:
        return self.document(id, seen, self.face(id)[1])

    def _latest(self, member: str, thing: str) -> tuple[str, int, Value | None]:
        def value(id: str) -> Value | None:
            held = self._journal.state(f"{FOLLOW.name}:{id}")
            return held.value if held else None

        return latest(value, member, thing)

    def _to(self, actor: Actor, member: str | None) -> str:
        to = recipient(self._members, actor, member)
        if not to:
            raise InvalidInput(_("names no member to whom letters go"), field="member")
        return to

    def _named(self, looking: Actor, thing: str) -> str:
        """The id of a thing, as a lead, or what it names. Raises NotFound for what is not there for the member."""
        if thing in (BOARD, f"{FOLLOW.name}:{BOARD}"):
            return BOARD
        try:
            return PREFIX + Leads(self._store).show(looking, thing.removeprefix(PREFIX)).id
        except NotFound:
            return find(self._store, thing, viewer_of(self._store, looking))

    def _follow(self, actor: Actor, id: str, held: State) -> Follow:
        events = FOLLOW.open_to(cares(actor, held.value), held.value, self._journal.now())
        return Follow(id=id, thing=held.value["thing"], value=held.value, at=held.at, events=tuple(events))


def _house(looking: Actor) -> dict[str, str]:
    return {"institution": looking.institution} if looking.institution else {}


def _face_id(id: str) -> str:
    return f"face:{id}"
