"""What a saved search looks for, and which leads that is for somebody.

In: ``Filters``, the leads of a store at one moment (``Pool``), who looks. Out: ``Found`` leads, the best first; those of them that a letter
names, with how many more there are of each partner. Next: ``leads.subscriptions.searches``, ``leads.notices.compose``,
``leads.notices.feeds``.

Only what somebody sees is searched: a word of a demand that is hidden from the one who looks finds nothing.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import Any, NamedTuple

import msgspec

from desk.journal import states
from desk.journal.journal import State
from desk.people.sight import viewer_of
from desk.process.principals import Actor
from desk.process.table import Who
from graph.errors import InvalidInput
from graph.language import _
from graph.model import Achievement, Demand, Expert, Institution, Node
from graph.store import Store, chunks
from graph.viewer import Viewer
from leads import suggestions
from leads.leads import suggestion_of
from leads.model import Suggestion
from leads.parties import Parties, parties, relations
from leads.process import LEAD, NEED, OFFER, OPEN
from leads.subscriptions.marks import Marks, lead_key, mark

_AT_ONCE = 2000
_Texts = dict[str, str]


class Filters(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """``text``: words that all stand in what is seen of both ends; ``region`` and ``field`` of the need; ``state``: empty for what is
    open; ``min_fit``: 0 to 1; ``institution``: on either side; ``need``, ``offer``: an end; ``side``: what is looked for, offers or
    needs, so that the partners whose leads are counted are those."""

    text: str = ""
    region: str = ""
    field: str = ""
    state: tuple[str, ...] = ()
    min_fit: float = 0.0
    institution: str = ""
    need: str = ""
    offer: str = ""
    side: str = ""

    def check(self) -> None:
        """Raises InvalidInput for what names nothing."""
        if self.side not in ("", NEED, OFFER):
            raise InvalidInput(_("is need or offer"), field="side")
        if unknown := sorted(set(self.state) - set(LEAD.states)):
            raise InvalidInput(_("{state} is no state of a lead", state=unknown[0]), field="state")
        if not 0 <= self.min_fit <= 1:
            raise InvalidInput(_("is a number from 0 to 1"), field="min_fit")


class Found(NamedTuple):
    """A lead that a search finds. ``since``: the day since which it is in its state; ``need`` and ``offer``: what the two ends are called,
    the need empty where it is hidden; ``partners``: the institutions that its leads are counted by."""

    id: str
    state: str
    fit: float
    day: str
    since: str
    need: str
    offer: str
    partners: tuple[str, ...]


class Chosen(NamedTuple):
    """What a letter names. ``more``: by partner, the leads that are not named; ``rest``: the others."""

    named: list[Found]
    more: dict[str, list[Found]]
    rest: list[Found]


class Pool:
    """The leads of a store at one moment, read once for all who look."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.states: dict[str, State] = dict(states.states(store, LEAD.name))
        self.leads: dict[str, Suggestion] = {one.id: one for one in suggestions.read(store)}
        for id, state in self.states.items():
            if id not in self.leads:
                self.leads[id] = suggestion_of(state.value)
        self.nodes: dict[str, Any] = {}
        ends = sorted({end for one in self.leads.values() for end in (one.need, one.offer)})
        for part in chunks(ends, _AT_ONCE):
            self.nodes |= store.get(part)
        self._parties: dict[str, Parties] = {}
        self._marks: dict[str, bytes] = {}

    def told(self, *marks: Marks) -> set[str]:
        """The leads that are among ``marks``."""
        if not self._marks:
            self._marks = {id: mark(lead_key(id)) for id in self.leads}
        return {id for id, one in self._marks.items() if any(one in said for said in marks)}

    def value(self, id: str) -> dict[str, Any]:
        """What the journal says of a lead; nothing of a suggestion."""
        state = self.states.get(id)
        return state.value if state else {}

    def parties(self, id: str) -> Parties:
        """The parties of a lead, looked up once."""
        if id not in self._parties:
            lead = self.leads[id]
            self._parties[id] = parties(self.store, lead.need, lead.offer)
        return self._parties[id]

    def get(self, ids: Iterable[str]) -> dict[str, Any]:
        """Nodes, each looked up once."""
        wanted = list(ids)
        if missing := [one for one in wanted if one not in self.nodes]:
            self.nodes |= dict.fromkeys(missing) | self.store.get(missing)
        return {one: self.nodes[one] for one in wanted}

    def related(self, actor: Actor, viewer: Viewer, id: str) -> frozenset[Who]:
        """What somebody is to a lead; nothing where it is not there for them."""
        return relations(actor, viewer, self.parties(id), self.value(id)) if id in self.leads else frozenset()


def find(pool: Pool, actor: Actor, filters: Filters, skip: Collection[str] = ()) -> list[Found]:
    """The leads that ``filters`` finds for somebody, the best fit first, without the ids ``skip``."""
    viewer = viewer_of(pool.store, actor)
    words = _plain(filters.text).split()
    found = [
        one
        for id in pool.leads
        if id not in skip and _passes(pool.leads[id], pool.value(id), filters)
        for one in _seen(pool, actor, viewer, id, filters, words)
    ]
    return sorted(found, key=lambda one: (-one.fit, one.id))


def chosen(found: Iterable[Found], cap: int, most: int) -> Chosen:
    """Of leads in order the first ``most`` of which no partner has more than ``cap``."""
    named: list[Found] = []
    counts: Counter[str] = Counter()
    more: defaultdict[str, list[Found]] = defaultdict(list)
    rest: list[Found] = []
    for one in found:
        full = next((partner for partner in one.partners if counts[partner] >= cap), None)
        if full is not None:
            more[full].append(one)
        elif len(named) >= most:
            rest.append(one)
        else:
            named.append(one)
            counts.update(one.partners)
    return Chosen(named, dict(more), rest)


def _passes(lead: Suggestion, value: dict[str, Any], filters: Filters) -> bool:
    """Whether a lead may be one of those, by what is known of it without a look at its ends."""
    state = value.get("state", "suggested")
    if value.get("into") or state not in (filters.state or OPEN):
        return False
    ends = (filters.need in ("", lead.need), filters.offer in ("", lead.offer))
    return all(ends) and lead.fit >= filters.min_fit


def _seen(pool: Pool, actor: Actor, viewer: Viewer, id: str, filters: Filters, words: list[str]) -> Iterator[Found]:
    """The lead, where it is there for somebody and is one of those."""
    lead, value = pool.leads[id], pool.value(id)
    need, offer = pool.nodes.get(lead.need), pool.nodes.get(lead.offer)
    is_asked = bool(value.get("sides", {}).get(OFFER))
    if not isinstance(need, Node) or not isinstance(offer, Node) or not viewer.sees(offer) or not (viewer.sees(need) or is_asked):
        return
    sees_need = viewer.sees(need)
    if (filters.need or filters.min_fit or filters.region or filters.field) and not sees_need:
        return
    texts = _text(viewer.view(offer)) + (_text(viewer.view(need)) if sees_need else "")
    if not all(word in texts for word in words) or not _about(need, filters):
        return
    if not pool.related(actor, viewer, id):
        return
    of = pool.parties(id)
    owners = of.owners if sees_need and of.sees_owner(viewer, pool.get([*of.owners, need.id])) else ()
    if filters.institution and filters.institution not in (*owners, *of.houses):
        return
    yield Found(
        id=id, state=value.get("state", "suggested"), fit=lead.fit if sees_need else 0.0, day=lead.found, since=value.get("since") or
        lead.found, need=title(viewer.view(need)) if sees_need else "", offer=title(viewer.view(offer)), partners=_partners(filters, owners,
        of.houses), )  # fmt: skip


def _partners(filters: Filters, owners: tuple[str, ...], houses: tuple[str, ...]) -> tuple[str, ...]:
    if filters.side == OFFER:
        return houses
    return owners if filters.side == NEED else (*owners, *(one for one in houses if one not in owners))


def _about(need: Node, filters: Filters) -> bool:
    """Whether the need is of the region and the field."""
    regions = need.regions if isinstance(need, Demand) else (need.region or "",) if isinstance(need, Institution) else ()
    fields = (*need.industry, need.title) if isinstance(need, Demand) else ()
    return _any(filters.region, regions) and _any(filters.field, fields)


def _any(wanted: str, texts: Iterable[str]) -> bool:
    return not wanted or any(_plain(wanted) in _plain(one) for one in texts)


def title(node: Node) -> str:
    """What a node is called."""
    return str(getattr(node, "name", "") or getattr(node, "title", "") or node.id)


def _text(node: Node) -> str:
    """What is searched of a node."""
    said: list[str] = [title(node)]
    if isinstance(node, Demand | Institution):
        said.append(node.description or "")
    if isinstance(node, Achievement):
        said += [node.abstract, *node.keywords]
    if isinstance(node, Expert):
        said += [node.headline or "", *node.keywords]
    return _plain("\n".join(said)) + "\n"


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
