"""What has become of the leads with the candidates of an answer: whoever declined before is matched again, and said to have declined.

In: a store, who asks and what that one may see, what was asked about, and the candidates or their answer. Out: by candidate the lead that
tells most; the answer with it. Next: ``api.http.routes.match`` and ``api.cli.match``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec
import numpy as np

from desk.process.principals import Actor
from desk.schemas import MatchAnswer, MetOut
from graph.model import Demand, Institution, Node
from graph.store import Store
from graph.viewer import Viewer
from leads.board.board import STATE_CODE, STATES, Board, board_of
from leads.board.sight import Sight, sight
from leads.parties import parties


class Met(msgspec.Struct, frozen=True):
    """A lead that somebody has taken up. ``side``, ``reason`` and ``day``: of its last decline, empty where there was none."""

    id: str
    state: str
    side: str
    reason: str
    day: str


def met(store: Store, actor: Actor, viewer: Viewer, about: str | None, candidates: Collection[str]) -> dict[str, Met]:
    """By candidate the lead with what was asked ``about``, the last that somebody did something with; where there is none, the last decline
    between the firm that needs it and the candidate. Leads that are not the actor's to see, or were only suggested, are left out."""
    if about is None:
        return {}
    with board_of(store) as board:
        is_taken_up = board.column("state") != STATE_CODE["suggested"]
        if not is_taken_up.any():
            return {}
        seen = sight(board, store, actor, viewer)
        there = seen.is_seen & is_taken_up & ~board.column("is_merged")
        need, offer, reason = board.column("need"), board.column("offer"), board.column("reason")
        needing = _ends(board, seen, about, is_need=True)
        firms = [row for one in _firms(store, viewer, about) for row in _ends(board, seen, one, is_need=True)]
        # what tells most comes first
        looked_at = (
            (np.flatnonzero(there & np.isin(need, needing)), offer, False),
            (np.flatnonzero(there & np.isin(offer, _ends(board, seen, about, is_need=False))), need, True),
            (np.flatnonzero(there & np.isin(need, firms) & (reason > 0)), offer, False),
        )
        found: dict[str, Met] = {}
        for rows, end, is_need in looked_at:
            for candidate in candidates:
                own = rows[np.isin(end[rows], _ends(board, seen, candidate, is_need=is_need))].tolist()
                if own and candidate not in found:
                    found[candidate] = _told(board, max(own, key=lambda row: (board.at(row), board.ids[row])))
        return found


def with_leads(told: MatchAnswer, found: Mapping[str, Met]) -> MatchAnswer:
    """An answer with the leads that were ``found`` for its candidates."""
    leads = {candidate: MetOut(**msgspec.structs.asdict(one)) for candidate, one in found.items()}
    return told.model_copy(update={"matches": [one.model_copy(update={"lead": leads.get(one.candidate)}) for one in told.matches]})


def _ends(board: Board, seen: Sight, id: str, *, is_need: bool) -> list[int]:
    """The rows of the ends that are something, or are its own; of needs those that may be seen, and of which it may be known whose they
    are."""
    named, own = board.ends.by_id.get(id, set()), board.ends.of_house.get(id, set())
    if is_need:
        named, own = {row for row in named if seen.sees_end[row]}, {row for row in own if seen.knows_owner[row]}
    return sorted(named | own)


def _firms(store: Store, viewer: Viewer, about: str) -> tuple[str, ...]:
    """Whose a need is, where the viewer may know it."""
    node = store.get([about]).get(about)
    if not isinstance(node, Demand | Institution):
        return ()
    of = parties(store, about, about)
    nodes = {one: found for one, found in store.get([about, *of.owners]).items() if isinstance(found, Node)}
    return of.owners if of.sees_owner(viewer, nodes) else ()


def _told(board: Board, row: int) -> Met:
    declines = board.value(row).get("declines") or [{"side": "", "reason": "", "day": ""}]
    last = declines[-1]
    return Met(board.ids[row], STATES[board.column("state")[row]], last["side"], last["reason"], last["day"])
