"""The log of answers: what was sent to somebody, proposed, or asked to be kept. A plain match writes nothing.

In: a question, whom the answer goes to. Out: what was ``Kept``, for whoever kept it, whom it was sent to, and the operator. Next:
``api.http.routes.answers``; ``desk.answers.replay`` asks again, ``desk.answers.export`` hands out what can be checked without the store.

An answer that goes to another institution is made of what both may see, and of no trust: what one party believes of another is between the
two. Its hash is a commitment, SHA-256 of 16 random bytes and the answer as canonical JSON; the answer lies beside the entry and can be
erased.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from desk.answers.basis import basis_of
from desk.ask import ask, document
from desk.find import find, find_institution
from desk.jobs.leases import instant
from desk.journal.journal import Journal, State
from desk.journal.states import states
from desk.people.asking import in_ones_own_name
from desk.people.sight import placed, viewer_of
from desk.process.act import Act, act, seen
from desk.process.principals import Actor, Role, Scope
from desk.process.programs.answer import ANSWER, ANSWER_TEXT, ASKED, BASIS, FOLD, PERSON, REVISION
from desk.process.table import Value, Who
from desk.schemas import MatchAnswer, MatchRequest
from graph.errors import InvalidInput, NotFound
from graph.language import _
from graph.store import Store
from graph.viewer import OWNER, Viewer, level

if TYPE_CHECKING:
    from matcher.embedding.embedder import Embedder
    from matcher.index.snapshot import Snapshot
    from matcher.question import Answer

FOLDS = {ANSWER.name: FOLD}
_ENCODER = msgspec.json.Encoder(order="sorted")
_TEXTS = {"text", "title"}
"""Fields of a question that are not in the entry: texts lie beside it."""


class Kept(msgspec.Struct, frozen=True):
    """An answer that was kept. ``answer``: as it was given, None where it was erased; ``person``: who got it, where that is no institution
    and for who kept it; ``revision``: for the operator alone."""

    id: str
    at: str
    value: Value
    answer: dict[str, Any] | None
    person: str
    revision: int | None
    events: list[str]


class Answers:
    """The answers that were kept in a store."""

    def __init__(self, store: Store, journal: Journal | None = None) -> None:
        self._store, self._journal = store, journal or Journal(store, FOLDS)

    def keep(
        self, actor: Actor, request: MatchRequest, snapshot: Snapshot, embedder: Embedder, *, purpose: str, to: str = "", person: str = "",
    ) -> Kept:  # fmt: skip
        """Ask, and keep what comes out. Raises NotFound for who or what is not there, InvalidInput for who may not see what is asked
        about, and what ``desk.ask`` raises."""
        recipient = find_institution(self._store, to, viewer_of(self._store, actor), "to") if to else ""
        if recipient and person.strip():
            raise InvalidInput("an answer goes to an institution or to a person", field="person")
        says: dict[str, Any] = {"owner": actor.institution, "recipient": recipient, "all": actor.runs and not recipient}
        asked, _notes = in_ones_own_name(self._store, actor, request)
        if recipient and not actor.is_of(recipient):
            asked = asked.model_copy(update={"asker": None, "ties": None})
        viewer = self.viewer(says)
        self._check_seen(asked, snapshot, viewer, recipient)
        answer = ask(asked, snapshot, embedder, viewer=viewer)
        shown = shown_of(answer, snapshot, viewer)
        again = asked.model_copy(
            update={"about": answer.question.about, "asker": answer.question.asker, "as_of": answer.question.as_of, "explain": True}
        )
        says |= {
            "purpose": purpose, "model": answer.model, "scale": shown.scale, "to_person": bool(person.strip()),
            "asks": shown.question.model_dump(mode="json", exclude=_TEXTS),
        }  # fmt: skip
        personal = {
            ANSWER_TEXT: canonical(shown.model_dump(mode="json")), ASKED: canonical(again.model_dump(mode="json")),
            BASIS: canonical(basis_of(answer, snapshot.display, viewer)), REVISION: str(answer.revision),
        } | ({PERSON: person.strip()} if person.strip() else {})  # fmt: skip
        id = secrets.token_hex(6)
        said = {name: value for name, value in says.items() if value not in ("", False, None)}
        one = Act(id=id, event="keep", actor=actor.id, relations=relations(actor, said), says=said, personal=personal)
        act(self._journal, ANSWER, one)
        return self.show(actor, id)

    def show(self, actor: Actor, id: str) -> Kept:
        """An answer that was kept. Raises NotFound for one that is not the actor's to see."""
        state, _related = seen(self._journal, ANSWER, id, lambda value: relations(actor, value))
        return self._kept(actor, id, state)

    def listed(self, actor: Actor) -> Iterator[Kept]:
        """The answers that are the actor's to see, in the order of their last events."""
        for id, state in states(self._store, ANSWER.name):
            if relations(actor, state.value):
                yield self._kept(actor, id, state)

    def erase(self, actor: Actor, id: str, reason: str = "") -> Kept:
        """Erase what an answer said, for good. Raises NotFound for one that is not the actor's to see."""
        one = Act(
            id=id, event="erase", actor=actor.id, relations=relations(actor, self.show(actor, id).value),
            says={"reason": reason} if reason else {},
        )  # fmt: skip
        act(self._journal, ANSWER, one)
        entry = next(self._journal.entries(f"{ANSWER.name}:{id}"))
        for field in (ANSWER_TEXT, ASKED, BASIS, PERSON):
            if field in entry.body:
                self._journal.erase(f"{ANSWER.name}:{id}", 1, field)
        return self.show(actor, id)

    def text(self, id: str, field: str) -> str:
        """A personal field of an answer. Raises NotFound where it was erased."""
        found = self._journal.personal(f"{ANSWER.name}:{id}", 1, field)
        if found is None:
            raise NotFound(_("what the answer {id} said was erased", id=id))
        return found

    def viewer(self, value: Value) -> Viewer:
        """What an answer is made of: what the institution that keeps it may see; of one that goes to another, what both may."""
        own = OWNER if value.get("all") else self._viewer_of(value.get("owner") or "")
        recipient = value.get("recipient")
        if not recipient:
            return own
        other = self._viewer_of(recipient)
        return Viewer(clearance=min(own.clearance, other.clearance, key=level), lets=own.lets & other.lets)

    def _viewer_of(self, institution: str) -> Viewer:
        member = Actor(id=ANSWER.name, role=Role.CONSUMER, institution=institution, scopes=frozenset({Scope.READ}))
        return viewer_of(self._store, placed(self._store, member))

    def _check_seen(self, request: MatchRequest, snapshot: Snapshot, viewer: Viewer, recipient: str) -> None:
        if not (request.about and recipient):
            return
        try:
            find(snapshot.display, request.about, viewer)
        except NotFound as error:
            raise InvalidInput(_("may not see {about}", about=request.about), field="to") from error

    def _kept(self, actor: Actor, id: str, state: State) -> Kept:
        stream, related = f"{ANSWER.name}:{id}", relations(actor, state.value)
        text = self._journal.personal(stream, 1, ANSWER_TEXT)
        person = self._journal.personal(stream, 1, PERSON) if related - {Who.LET_IN} and state.value["to_person"] else ""
        revision = self._journal.personal(stream, 1, REVISION) if Who.OPERATOR in related else None
        events = ANSWER.open_to(related, state.value, instant())
        answer = msgspec.json.decode(text) if text else None
        return Kept(id, state.at, state.value, answer, person or "", int(revision) if revision else None, events)


def relations(actor: Actor, value: Value) -> frozenset[Who]:
    """What somebody is to an answer: its owner is whoever acts for the institution that keeps it, let in is whom it was sent to."""
    found = {Who.OPERATOR} if actor.runs else set()
    if actor.is_of(value.get("owner")):
        found.add(Who.OWNER)
    elif actor.is_of(value.get("recipient")):
        found.add(Who.LET_IN)
    return frozenset(found)


def shown_of(answer: Answer, snapshot: Snapshot, viewer: Viewer) -> MatchAnswer:
    """An answer in its public shape with every fact that it cites. The store's revision is kept apart."""
    explained = range(1, len(answer.matches) + 1)
    return document(answer, snapshot.display, viewer=viewer, explained=explained).model_copy(update={"revision": None})


def canonical(plain: object) -> str:
    """JSON with keys in order and no blanks."""
    return _ENCODER.encode(plain).decode()
