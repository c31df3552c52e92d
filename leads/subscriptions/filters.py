"""What a saved search looks for, and which leads that is for somebody.

In: ``Filters``, the board of a store, who looks. Out: ``Found`` leads, the best first; those of them that a letter names, with those that
are only counted, by partner. Next: ``leads.subscriptions.searches``, ``leads.notices.compose``, ``leads.notices.feeds``.

Only what somebody sees is searched: a word of a demand that is hidden from the one who looks finds nothing.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

import numpy as np

from desk.people.sight import viewer_of
from desk.process.principals import Actor
from graph.errors import InvalidInput
from graph.language import _
from graph.model import Achievement, Demand, Expert, Institution, Node
from graph.store import Store
from graph.viewer import Viewer
from leads.board.board import STATE_CODE, Board, board_of
from leads.board.listing import Wanted, seen_rows
from leads.board.sight import Sight
from leads.process import NEED, OFFER, OPEN
from leads.subscriptions.marks import Marks, lead_key, mark


class Filters(Wanted, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """As those of a list; no ``states``: what is open. ``text``: words that all stand in what is seen of both ends; ``side``: what is
    looked for, offers or needs, so that the partners whose leads are counted are those."""

    text: str = ""
    side: str = ""

    def check(self) -> None:
        """Raises InvalidInput for a side that there is not; what names nothing else is found when it is looked for."""
        if self.side not in ("", NEED, OFFER):
            raise InvalidInput(_("is need or offer"), field="side")


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
    """What all who look at a store in one round share. ``day``: that is today; nodes and marks are looked up once."""

    def __init__(self, store: Store, day: str) -> None:
        self.store, self.day = store, day
        self._nodes: dict[str, Any] = {}
        self._marks: dict[str, bytes] = {}

    def get(self, ids: Iterable[str]) -> dict[str, Any]:
        """Nodes, each looked up once; None for one that is not there."""
        wanted = list(ids)
        if missing := [one for one in wanted if one not in self._nodes]:
            self._nodes |= dict.fromkeys(missing) | self.store.get(missing)
        return {one: self._nodes[one] for one in wanted}

    def mark(self, id: str) -> bytes:
        """The mark of a lead."""
        if id not in self._marks:
            self._marks[id] = mark(lead_key(id))
        return self._marks[id]


class _Row(NamedTuple):
    """A lead of the board with what may be known of it."""

    found: Found
    need: str
    offer: str


def find(
    pool: Pool, actor: Actor, filters: Filters, *, without: Collection[Marks] = (), among: Collection[str] | None = None
) -> list[Found]:
    """The leads that ``filters`` finds for somebody, the best fit first: without those that are told in marks, or ``among`` these alone.
    Raises InvalidInput for what names nothing there is."""
    with board_of(pool.store) as board:
        seen, rows = seen_rows(board, pool.store, actor, filters, pool.day)
        if not filters.states:
            rows = rows[np.isin(board.column("state")[rows], [STATE_CODE[one] for one in OPEN])]
        wanted = [row for row in rows.tolist() if _is_new(pool, board.ids[row], without, among)]
        found = [_row(board, seen, row, filters.side, actor) for row in wanted]
    viewer, words = viewer_of(pool.store, actor), _plain(filters.text).split()
    nodes = pool.get({end for one in found for end in (one.need, one.offer) if end})
    named = [made for one in found if (made := _named(one, nodes, viewer, words))]
    return sorted(named, key=lambda one: (-one.fit, one.id))


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


def _is_new(pool: Pool, id: str, without: Collection[Marks], among: Collection[str] | None) -> bool:
    return (among is None or id in among) and not any(pool.mark(id) in marks for marks in without)


def _row(board: Board, seen: Sight, row: int, side: str, actor: Actor) -> _Row:
    need, offer = int(board.column("need")[row]), int(board.column("offer")[row])
    lead, value, sees_need = board.suggestion(row), board.value(row), bool(seen.sees_end[need])
    partners = _partners(side, board.ends.houses[need] if seen.knows_owner[need] else (), board.ends.houses[offer])
    found = Found(
        id=lead.id, state=value.get("state", "suggested"), fit=lead.fit if sees_need else 0.0, day=lead.found,
        since=value.get("since") or lead.found, need="", offer="",
        partners=tuple(one for one in partners if not actor.is_of(one)),  # nobody is a partner of its own house
    )  # fmt: skip
    return _Row(found, lead.need if sees_need else "", lead.offer)


def _named(one: _Row, nodes: dict[str, Any], viewer: Viewer, words: list[str]) -> Found | None:
    """The lead with its ends by name; None where a word does not stand in what is seen of them."""
    need, offer = (viewer.view(node) if isinstance(node := nodes.get(end), Node) else None for end in (one.need, one.offer))
    texts = "".join(_text(node) for node in (need, offer) if node) if words else ""
    if not all(word in texts for word in words):
        return None
    return one.found._replace(need=title(need) if need else "", offer=title(offer) if offer else one.offer)


def _partners(side: str, owners: tuple[str, ...], houses: tuple[str, ...]) -> tuple[str, ...]:
    if side == OFFER:
        return houses
    return owners if side == NEED else (*owners, *(one for one in houses if one not in owners))


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
