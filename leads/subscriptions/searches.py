"""Saved searches: what somebody wants to be told of as it comes up; kept, shown, paused, stopped, and looked at now.

In: a store, who acts, filters. Out: the ``Search`` as it stands; what it finds now; the address of its feed, once. Next: ``api.cli.leads``,
``api.http.routes.notices`` and ``leads.notices.compose``.

What a search finds when it is saved is there to be looked at, and is not told: a letter has what came up since.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import msgspec

from desk.find import find, find_institution
from desk.journal.entries import Entry
from desk.journal.journal import Journal, State
from desk.journal.states import state, states
from desk.members.members import Members
from desk.people.sight import viewer_of
from desk.process.act import STATE, Act, act, seen
from desk.process.principals import Actor
from desk.process.table import Value
from graph.errors import InvalidInput, NotFound, NotPossible
from graph.language import _
from graph.store import Batch, Store
from leads.subscriptions.filters import Filters, Found, Pool
from leads.subscriptions.filters import find as find_leads
from leads.subscriptions.marks import known_document
from leads.subscriptions.search import CAP, CONTENT, DAILY, FOLD, SEARCH
from leads.subscriptions.subscribers import cares, eyes, recipient
from leads.subscriptions.tokens import feed_token, is_of, search_of

FOLDS = {SEARCH.name: FOLD}
AT_MOST = 50
"""Searches of an institution, or of who is of none, that are not stopped."""
_LETTERS = 200


class Content(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a search is called and looks for."""

    name: str = ""
    filters: Filters = Filters()


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """A saved search as it stands. ``value``: what the journal says; ``has_feed``: whether there is an address to read it; ``events``: what
    the one who looks can do."""

    id: str
    name: str
    filters: Filters
    value: Value
    at: str
    has_feed: bool
    events: tuple[str, ...]


class Searches:
    """The saved searches of a store."""

    def __init__(self, store: Store, members: Members, journal: Journal | None = None) -> None:
        self._store, self._members, self._journal = store, members, journal or Journal(store, FOLDS)

    def save(
        self, actor: Actor, filters: Filters, *, name: str = "", cadence: str = DAILY, cap: int = CAP, member: str | None = None
    ) -> Search:
        """Want to be told of the leads that ``filters`` finds from now on, by letters to who acts or to ``member``. Raises InvalidInput
        for what names nothing, NotPossible for one too many."""
        filters.check()
        if len(name) > _LETTERS or len(filters.text) > _LETTERS:
            raise InvalidInput(_("has more than {count} letters", count=_LETTERS), field="name" if len(name) > _LETTERS else "text")
        filters = self._resolved(actor, filters)
        mine = [one for one in self.listed(actor) if one.value[STATE] != "stopped" and one.value["institution"] == actor.institution]
        if len(mine) >= AT_MOST:
            raise NotPossible(_("there are {count} saved searches already; stop one", count=AT_MOST))
        id = secrets.token_hex(6)
        to = recipient(self._members, actor, member)
        institution = self._members.actor(to).institution if to else actor.institution
        says = {"cadence": cadence, "cap": cap, "role": actor.role.value, "scopes": sorted(actor.scopes)}
        says |= {key: value for key, value in (("institution", institution), ("member", to)) if value}
        content = msgspec.json.encode(Content(" ".join(name.split()), filters)).decode()
        value = {"member": to, "by": actor.id, "institution": institution, "role": actor.role.value, "scopes": says["scopes"]}
        looking = eyes(self._store, self._members, value, self._journal.now())
        found = [one.id for one in find_leads(Pool(self._store, self._journal.now()[:10]), looking, filters)] if looking else []
        one = Act(id=id, event="save", actor=actor.id, relations=cares(actor, value), says=says, personal={CONTENT: content})
        act(self._journal, SEARCH, one, lambda *_all: Batch(documents=[known_document(id, found)]))
        return self.show(actor, id)

    def do(self, actor: Actor, id: str, event: str) -> Search:
        """``pause``, ``resume``, ``close_feed`` or ``stop`` a search. Raises NotFound for one that is not the actor's to see."""
        held = self._held(actor, id)
        act(self._journal, SEARCH, Act(id=id, event=event, actor=actor.id, relations=cares(actor, held.value)))
        return self.show(actor, id)

    def open_feed(self, actor: Actor, id: str) -> str:
        """A new secret for the address of a search's feed, which is never shown again; an earlier one is good no more."""
        held = self._held(actor, id)
        token, kept = feed_token(id)
        act(self._journal, SEARCH, Act(id=id, event="open_feed", actor=actor.id, relations=cares(actor, held.value), says={"hash": kept}))
        return token

    def show(self, actor: Actor, id: str) -> Search:
        """A search as it stands. Raises NotFound for one that is not the actor's to see."""
        return self._search(actor, id, self._held(actor, id))

    def listed(self, actor: Actor) -> Iterator[Search]:
        """The searches that are the actor's to see, in the order of their last events."""
        for id, held in states(self._store, SEARCH.name):
            if cares(actor, held.value):
                yield self._search(actor, id, held)

    def history(self, actor: Actor, id: str) -> list[Entry]:
        """What was done with a search, in order. Raises NotFound for one that is not the actor's to see."""
        self._held(actor, id)
        return list(self._journal.entries(f"{SEARCH.name}:{id}"))

    def run(self, actor: Actor, id: str) -> list[Found]:
        """What a search finds now, the best first, whether it was told or not; nothing for one by which nobody may look any more."""
        held = self._held(actor, id)
        return self.found(id, held.value)

    def found(self, id: str, value: Value) -> list[Found]:
        """The same, of a search as it stands."""
        looking = eyes(self._store, self._members, value, self._journal.now())
        return find_leads(Pool(self._store, self._journal.now()[:10]), looking, self.content(id).filters) if looking else []

    def by_feed(self, token: str) -> tuple[str, Value]:
        """The search, with its number, that the secret of an address opens. Raises NotFound, in the same words for every other."""
        id = search_of(token)
        held = state(self._store, SEARCH.name, id) if id else None
        if held is None or not is_of(token, held.value["feed"]):
            raise NotFound(_("there is no such feed, or not any more"))
        return id, held.value

    def content(self, id: str) -> Content:
        """What a search is called and looks for; nothing where that was erased, which finds nothing either."""
        said = self._journal.personal(f"{SEARCH.name}:{id}", 1, CONTENT)
        return msgspec.json.decode(said, type=Content) if said else Content(filters=Filters(need="-"))

    def _held(self, actor: Actor, id: str) -> State:
        held, _related = seen(self._journal, SEARCH, id, lambda value: cares(actor, value))
        return held

    def _search(self, actor: Actor, id: str, held: State) -> Search:
        content = self.content(id)
        shown = {name: said for name, said in held.value.items() if name != "feed"}
        events = SEARCH.open_to(cares(actor, held.value), held.value, self._journal.now())
        return Search(
            id=id, name=content.name, filters=content.filters, value=shown, at=held.at, has_feed=bool(held.value["feed"]),
            events=tuple(events), )  # fmt: skip

    def _resolved(self, actor: Actor, filters: Filters) -> Filters:
        """``filters`` with ids in place of names. Raises NotFound for what is not the actor's to see."""
        viewer = viewer_of(self._store, actor)
        named = {name: find(self._store, said, viewer) for name in ("need", "offer") if (said := getattr(filters, name))}
        if filters.firm:
            named["firm"] = find_institution(self._store, filters.firm, viewer, "firm")
        return msgspec.structs.replace(filters, **named)
