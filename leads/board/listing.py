"""Lists of leads: filtered, sorted and paged from the columns of the board.

In: who looks, what is wanted, in which order, how many, a cursor. Out: a ``Listing``: leads as they stand for whoever looks, the next
cursor, how many
there are. Next: ``api.cli.leads``, ``api.http.routes.leads``, ``leads.board.export``; saved searches list by the same ``Wanted``.

A cursor names the last key that was sent, so a page leaves nothing out because something else was added or moved. Ties are broken by id.
*In turns*: each firm's best, then each firm's second best, and so on, so that no firm fills the list.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from desk.people.sight import viewer_of
from desk.process.principals import Actor
from graph.codes import industry_within, regions_in, within
from graph.errors import InvalidInput
from graph.language import _
from graph.model import Node
from graph.store import Store
from graph.viewer import Viewer
from leads.board.board import REASON_CODE, STATE_CODE, STATES, Board, Mask, board_of, ordinal
from leads.board.ends import Codes
from leads.board.sight import Sight, sight
from leads.model import Lead
from leads.settings import STUCK_DAYS
from leads.told import WORKING, told

MOST = 1000
"""Leads of a page, at most."""
Numbers = npt.NDArray[np.float64]


class Sort(StrEnum):
    """The order of a list. ``turns``: each firm's best first."""

    FIT = "fit"
    POINTS = "points"
    NEWEST = "newest"
    DUE = "due"
    TURNS = "turns"


class Wanted(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which leads are wanted; nothing said is no filter. ``firm``: the institution that needs or one that offers; ``need``, ``offer``: a
    node;
    ``field``: a code or words of an industry; ``region``: a place that the one of the need lies in; ``since``: found on that day or later;
    ``due``: to be
    done until that day; ``stuck``: longer in its state than is good (``leads.settings.STUCK_DAYS``); ``merged``: those that were merged
    too; ``person``: the principal who has it."""

    states: tuple[str, ...] = ()
    firm: str = ""
    need: str = ""
    offer: str = ""
    field: str = ""
    region: str = ""
    broker: str = ""
    person: str = ""
    reason: str = ""
    since: str = ""
    due: str = ""
    fit: float = 0.0
    stuck: bool = False
    merged: bool = False


class Before(msgspec.Struct, frozen=True):
    """What was said of an offer before: that it was declined, by whom, why, and on which day."""

    side: str
    reason: str
    day: str
    lead: str


class Listed(msgspec.Struct, frozen=True):
    """A lead of a list. ``is_stuck``: longer in its state than is good; ``declined``: the last decline between the same firm and the same
    offer; ``same``: the other leads of the same two (after a merge of entities, or of a copy of the demand) that are not merged yet."""

    lead: Lead
    is_stuck: bool
    declined: Before | None
    same: tuple[str, ...]


class Listing(msgspec.Struct, frozen=True):
    """A page of leads, the cursor of the next one, and how many leads there are in all pages."""

    data: list[Listed]
    next: str | None
    count: int


def listed(
    store: Store, actor: Actor, wanted: Wanted | None = None, sort: Sort = Sort.FIT, *, limit: int = 50, cursor: str = "", today: str = ""
) -> Listing:
    """The leads that are the actor's to see. ``today``: the day that is today, by the clock if it is not said. Raises InvalidInput for a
    filter that names nothing there is, and for what is no cursor."""
    wanted, today = wanted or Wanted(), today or datetime.now(UTC).date().isoformat()
    if not 0 < limit <= MOST:
        raise InvalidInput(_("a page has 1 to {most} leads", most=MOST), field="limit")
    with board_of(store) as board:
        viewer = viewer_of(store, actor)
        seen = sight(board, store, actor, viewer)
        mask = seen.is_seen & _filtered(board, seen, wanted, ordinal(_day(today, "today")))
        rows, keys = _keys(board, seen, mask, sort)
        picked, following = _page(rows, keys, board.column("number"), limit, sort, cursor)
        return Listing(_told(board, store, viewer, seen, picked.tolist(), today), following, len(rows))


def seen_rows(board: Board, store: Store, actor: Actor, wanted: Wanted, today: str) -> tuple[Sight, npt.NDArray[np.int64]]:
    """What an actor may see of a board, and the rows of the leads that are wanted: for counts."""
    seen = sight(board, store, actor, viewer_of(store, actor))
    return seen, np.flatnonzero(seen.is_seen & _filtered(board, seen, wanted, ordinal(today)))


def _filtered(board: Board, seen: Sight, wanted: Wanted, today: int) -> Mask:
    return _of_ends(board, seen, wanted) & _of_state(board, seen, wanted, today)


def _of_ends(board: Board, seen: Sight, wanted: Wanted) -> Mask:
    """The leads whose needs and offers are wanted."""
    ends, need, offer = board.ends, board.column("need"), board.column("offer")
    mask: Mask = np.ones(len(need), bool)
    if wanted.firm:
        behind = _behind(board, wanted.firm)
        mask &= (behind & seen.knows_owner)[need] | behind[offer]
    for name, end in (("need", need), ("offer", offer)):
        if getattr(wanted, name):
            mask &= (_is_end(board, getattr(wanted, name)) & seen.sees_end)[end]
    if wanted.field:
        mask &= (_of_codes(ends.fields, ends.column("field"), lambda code: industry_within(code, wanted.field)) & seen.sees_end)[need]
    if wanted.region:
        mask &= _placed(board, seen, wanted.region)[need]
    if wanted.fit:
        mask &= (board.column("fit") >= wanted.fit) & seen.sees_end[need]
    return mask


def _of_state(board: Board, seen: Sight, wanted: Wanted, today: int) -> Mask:
    """The leads that stand as is wanted."""
    column = board.column
    mask: Mask = np.ones(len(column("state")), bool) if wanted.merged else ~column("is_merged")
    if wanted.states:
        mask &= np.isin(column("state"), [_code(STATE_CODE, one, "states") for one in wanted.states])
    if wanted.reason:
        mask &= column("reason") == _code(REASON_CODE, wanted.reason, "reason")
    for name, codes in (("broker", board.brokers), ("person", board.persons)):
        if getattr(wanted, name):
            mask &= np.isin(column(name), codes.known([getattr(wanted, name)])) & _works(seen)
    if wanted.since:
        mask &= column("found") >= ordinal(_day(wanted.since, "since"))
    if wanted.due:
        mask &= (column("due") > 0) & (column("due") <= ordinal(_day(wanted.due, "due"))) & _works(seen)
    if wanted.stuck:
        mask &= _stuck(board, today)
    return mask


def _works(seen: Sight) -> Mask:
    """The leads that somebody works on: plans and who has it are not for the sides."""
    found: Mask = np.logical_or.reduce([mask for who, mask in seen.by.items() if who in WORKING])
    return found


def _stuck(board: Board, today: int, rows: Any = slice(None)) -> Mask:
    longest = np.array([STUCK_DAYS.get(state, 0) for state in STATES])[board.column("state")[rows]]
    found: Mask = (longest > 0) & (today - board.column("since")[rows] > longest)
    return found


def _code(codes: dict[str, int], name: str, field: str) -> int:
    if name not in codes:
        raise InvalidInput(_("{name} is none of {known}", name=name, known=", ".join(codes)), field=field)
    return codes[name]


def _day(text: str, field: str) -> str:
    try:
        ordinal(text)
    except ValueError as error:
        raise InvalidInput(_("{day} is no day, as 2026-03-31", day=text), field=field) from error
    return text


def _behind(board: Board, institution: str) -> Mask:
    found = np.zeros(board.ends.columns.length, bool)
    found[list(board.ends.of_house.get(institution, ()))] = True
    return found


def _is_end(board: Board, id: str) -> Mask:
    found = np.zeros(board.ends.columns.length, bool)
    found[list(board.ends.by_id.get(id, ()))] = True
    return found


def _of_codes(codes: Codes, column: npt.NDArray[np.int32], is_in: Callable[[str], bool]) -> Mask:
    """The ends of which one of the codes of a column is one that ``is_in``."""
    fits = np.array([any(map(is_in, one)) for one in codes.values], bool)
    found: Mask = fits[column]
    return found


def _placed(board: Board, seen: Sight, text: str) -> Mask:
    """The needs that lie in a place: by what they say, else by whose they are, where that may be known."""
    places = regions_in(text)
    if not places:
        raise InvalidInput(_("{text} is no place of the lists", text=text), field="region")
    ends = board.ends

    def lies(code: str) -> bool:
        return any(within(code, place.code) for place in places)

    own = _of_codes(ends.places, ends.column("place"), lies)
    owners = _of_codes(ends.places, ends.column("owner_place"), lies) & (ends.column("place") == 0) & seen.knows_owner
    found: Mask = (own | owners) & seen.sees_end
    return found


def _keys(board: Board, seen: Sight, mask: Mask, sort: Sort) -> tuple[npt.NDArray[np.int64], list[Numbers]]:
    """The rows of a list, and its keys, the first the most important, less is earlier."""
    rows = board.by_fit()[mask[board.by_fit()]] if sort is Sort.TURNS else np.flatnonzero(mask)
    if sort is Sort.DUE:
        due = board.column("due")[rows].astype(float)
        return rows, [np.where(due > 0, due, np.inf)]
    name = {Sort.FIT: "fit", Sort.TURNS: "fit", Sort.POINTS: "points", Sort.NEWEST: "found"}[sort]
    key = -board.column(name)[rows].astype(float)
    sees_need = seen.sees_end[board.column("need")[rows]]
    if name != "found" and not sees_need.all():  # who may not see the need is not told how well it fits
        key[~sees_need] = 0.0
        order = np.lexsort((board.column("number")[rows], key))
        rows, key = rows[order], key[order]
    return rows, [_turns(board, seen, rows), key] if sort is Sort.TURNS else [key]


def _turns(board: Board, seen: Sight, rows: npt.NDArray[np.int64]) -> Numbers:
    """Which of its firm's leads each of some rows is, the best 0; ``rows`` are in the order of their fits. Needs whose firm is not to be
    known stand for themselves."""
    need = board.column("need")[rows]
    group = np.where(seen.knows_owner[need], board.ends.column("owner")[need], len(board.ends.institutions.values) + need)
    narrow = group.astype(np.uint16) if len(group) and group.max() < 1 << 16 else group  # sorted by digits, in a fifth of the time
    order = np.argsort(narrow, kind="stable")
    is_first = np.diff(group[order], prepend=-1) != 0
    start = np.maximum.accumulate(np.where(is_first, np.arange(len(rows)), 0))
    turn = np.empty(len(rows))
    turn[order] = np.arange(len(rows)) - start
    return turn


def _page(
    rows: npt.NDArray[np.int64], keys: list[Numbers], number: npt.NDArray[np.uint64], limit: int, sort: Sort, cursor: str
) -> tuple[npt.NDArray[np.int64], str | None]:
    """The first rows behind a cursor, in order, and the next cursor."""
    if cursor:
        last = _opened(cursor, sort, len(keys))
        after = number[rows] > last[-1]
        for key, value in zip(reversed(keys), reversed(last[:-1]), strict=True):
            after = (key > value) | ((key == value) & after)
        rows, keys = rows[after], [key[after] for key in keys]
    if len(rows) > limit:  # the first key alone says which can be among the first: sort no others
        edge = np.partition(keys[0], limit)[limit]
        near = np.flatnonzero(keys[0] <= edge)
        if len(keys) == 1 and len(near) > 4 * limit:  # many are alike: the lowest ids of those
            alike = np.flatnonzero(keys[0] == edge)
            lowest = np.argpartition(number[rows[alike]], min(limit, len(alike) - 1))[: limit + 1]
            near = np.concatenate([np.flatnonzero(keys[0] < edge), alike[lowest]])
        rows, keys = rows[near], [key[near] for key in keys]
    order = np.lexsort((number[rows], *reversed(keys)))
    picked = rows[order[:limit]]
    if len(rows) <= limit:
        return picked, None
    at = order[limit - 1]
    return picked, _closed(sort, [float(key[at]) for key in keys], int(number[rows[at]]))


def _closed(sort: Sort, keys: list[float], number: int) -> str:
    said = [sort.value, *(key.hex() for key in keys), f"{number:x}"]
    return base64.urlsafe_b64encode(msgspec.json.encode(said)).decode().rstrip("=")


def _opened(cursor: str, sort: Sort, count: int) -> list[Any]:
    try:
        said = msgspec.json.decode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=list[str])
        if said[0] != sort or len(said) != count + 2:
            raise ValueError(said)
        return [*(float.fromhex(one) for one in said[1:-1]), np.uint64(int(said[-1], 16))]
    except (binascii.Error, ValueError, OverflowError, IndexError, msgspec.DecodeError) as error:
        raise InvalidInput(_("is no cursor of this list"), field="cursor") from error


def _told(board: Board, store: Store, viewer: Viewer, seen: Sight, rows: list[int], today: str) -> list[Listed]:
    suggested = {row: board.suggestion(row) for row in rows}
    works = store.get({one.work for one in suggested.values() if one.work}) if rows else {}
    stuck, now = dict(zip(rows, _stuck(board, ordinal(today), rows).tolist(), strict=True)), f"{today}T23:59:59+00:00"
    before = _declines(board, seen, rows)
    found = []
    for row in rows:
        need, offer = int(board.column("need")[row]), int(board.column("offer")[row])
        houses, work = board.ends.houses, works.get(suggested[row].work)
        about = houses[need][0] if houses[need] and seen.knows_owner[need] else ""
        lead = told(
            seen.related(row), suggested[row], board.value(row), at=board.at(row), now=now, about=about, houses=houses[offer],
            sees_need=bool(seen.sees_end[need]), sees_work=isinstance(work, Node) and viewer.sees(work),
        )  # fmt: skip
        found.append(Listed(lead, stuck[row], before.get(row), _same(board, seen, row)))
    return found


def _declines(board: Board, seen: Sight, rows: list[int]) -> dict[int, Before]:
    """The last decline between the same firm and the same offer, of those leads that may be seen, for each row that has one."""
    ends = board.ends

    def pairs(some: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        need, offer = board.column("need")[some], board.column("offer")[some]
        whose = np.where(seen.knows_owner[need], ends.column("owner")[need], len(ends.institutions.values) + need)
        found: npt.NDArray[np.int64] = whose.astype(np.int64) * len(ends.current.values) + ends.column("now")[offer]
        return found

    wanted = dict(zip(rows, pairs(np.array(rows, np.int64)).tolist(), strict=True))
    declined = np.flatnonzero((board.column("reason") > 0) & seen.is_seen)
    of_pair = pairs(declined)
    last: dict[int, Before] = {}
    for at in np.flatnonzero(np.isin(of_pair, list(wanted.values()))).tolist():
        row, pair = int(declined[at]), int(of_pair[at])
        said = board.value(row)["declines"][-1]
        found = Before(said["side"], said["reason"], said["day"], board.ids[row])
        if pair not in last or (found.day, found.lead) > (last[pair].day, last[pair].lead):
            last[pair] = found
    return {row: last[pair] for row, pair in wanted.items() if pair in last}


def _same(board: Board, seen: Sight, row: int) -> tuple[str, ...]:
    """The ids of the other leads of the same two that may be seen, whose needs may be, and that go on."""
    pair, several = board.same()
    rows, is_merged = several.get(int(pair[row]), ()), board.column("is_merged")
    sees_need = seen.sees_end[board.column("need")[[row, *rows]]]
    if not rows or is_merged[row] or not sees_need[0]:
        return ()
    there = [one for one, sees in zip(rows, sees_need[1:], strict=True) if sees and one != row and seen.is_seen[one] and not is_merged[one]]
    return tuple(sorted(board.ids[one] for one in there))
