"""Suggestions over the whole graph, made and kept up to date.

In: a store, its snapshot, the embedder, settings and a day. Out: suggestions in the store (``leads.suggestions``), and a ``Refreshed``:
what was asked, what is suggested and what the bounds cost. Next: ``api.cli.leads.refresh`` and ``api.http.routes.leads``.

What is found for each need is kept (``leads.suggest.kept``), and only needs that a change can concern are asked again; what is suggested of
it all is chosen anew each time (``leads.suggest.bounds``). So all at once and step by step come to the same. Stopped, the same call goes on
where it was.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import msgspec

from graph.errors import NotPossible
from graph.language import _
from graph.model import Demand
from graph.progress import Progress
from graph.store import Store, chunks
from leads import suggestions
from leads.model import Suggestion
from leads.settings import LeadSettings
from leads.suggest import changes, kept
from leads.suggest import fit as fits
from leads.suggest.bounds import Cost, choose
from leads.suggest.find import Found, found, need_of, needs_of, question_of
from leads.suggest.parties import about_of, limits_of, pairs_of
from leads.suggest.standing import packed
from matcher.embedding.embedder import Embedder
from matcher.index.snapshot import Snapshot

LAYOUT = 2
"""Raised when what is kept changes its form or its meaning."""
BATCH = 32
"""Needs between two commits: what a stop can lose."""
THREADS = 2
AT_ONCE = 20
"""Needs that are asked for who waits for the answer, at most: some .1 s each beside 60,000 works."""


class Refreshed(msgspec.Struct, frozen=True, kw_only=True):
    """What a refresh did. ``needs``: demands that are open; ``asked``: how many of them were held against all works; ``joined``: how many
    were held against the changed works alone, and took some of them up; ``is_whole``: nothing was kept from before; ``found``: candidates
    above the bar, over all needs; ``changed``: suggestions that were written or removed."""

    needs: int
    asked: int
    joined: int
    is_whole: bool
    found: int
    changed: int
    cost: Cost
    as_of: str
    revision: int
    scale: str
    seconds: float


def refresh(
    store: Store, snapshot: Snapshot, embedder: Embedder, settings: LeadSettings, as_of: str, *, every: bool = False,
    most: int | None = None, progress: Progress | None = None,
) -> Refreshed:  # fmt: skip
    """Bring the suggestions of a store to what a snapshot of it has, as of a day. ``every``: ask every need again. ``most``: for who is to
    be answered at once; raises NotPossible, and changes nothing, where more needs are to be asked or another refresh is at work."""
    started = time.monotonic()
    tell = progress or (lambda _label, _done, _total: None)
    snapshot.joins.make_ready()
    snapshot.texts.make_ready()
    demands = {demand.id: demand for demand in needs_of(snapshot, as_of)}
    key = _key(snapshot, embedder, settings, as_of)
    with kept.opened(store, waits=most is None) as file:
        if every:
            file.under("")  # which forgets what is kept under any other
        before = file.rows() if file.holds(key) else {}
        questions = {id: question_of(demand, as_of) for id, demand in demands.items()}
        houses = changes.houses_of_needs(snapshot, questions, as_of)
        what = _what_changed(store, file, before, snapshot)
        todo = changes.concerned(what, before, questions, houses) if what else set(questions)
        if most is not None and len(todo) > most:
            raise NotPossible(_(
                "{count} demands are to be asked, more than the {most} that are asked at once; `dovetail leads refresh` asks them all",
                count=f"{len(todo):,}", most=most,
            ))  # fmt: skip
        file.under(key)
        asking = _Asking(demands, houses, snapshot, embedder, settings, as_of)
        rows = {id: row for id, row in before.items() if id in demands and id not in todo}
        still = {id: questions[id] for id in rows}
        joined = list(changes.met(what, rows, still, snapshot, embedder, settings.bar, settings.depth)) if what else []
        file.put(joined)
        rows.update((row.id, row) for row in (*joined, *asking.rows(sorted(todo), file, tell)))
        file.settle(demands.keys(), snapshot.cursor.revision, changes.faces(snapshot).tobytes())
    result = {id: row.found for id, row in sorted(rows.items())}
    changed, cost = _suggested(store, snapshot, embedder, settings, as_of, demands, result)
    return Refreshed(
        needs=len(demands), asked=len(todo), joined=len(joined), is_whole=not before or len(todo) == len(demands),
        found=sum(map(len, result.values())), changed=changed, cost=cost, as_of=as_of, revision=snapshot.cursor.revision,
        scale=snapshot.scale.name, seconds=round(time.monotonic() - started, 2),
    )  # fmt: skip


def _key(snapshot: Snapshot, embedder: Embedder, settings: LeadSettings, as_of: str) -> str:
    """What decides, besides the graph, what is found for a need."""
    constants = (fits.WORDS, fits.SLOPE, fits.LEVEL, fits.USUAL, fits.LEAST)
    return json.dumps([LAYOUT, snapshot.scale.name, embedder.family, as_of, settings.bar, settings.depth, constants])


def _what_changed(store: Store, file: kept.Kept, rows: Mapping[str, kept.Row], snapshot: Snapshot) -> changes.Changed | None:
    """What changed since all rows were asked; None where nobody knows."""
    revisions = {row.revision for row in rows.values()}
    if not revisions or max(revisions) > snapshot.cursor.revision:
        return None
    # rows of several revisions are of a refresh that was stopped: nobody knows who could be seen at each
    before = file.meta("faces") if len(revisions) == 1 else None
    return changes.changed(store, snapshot, min(revisions), before)


class _Asking:
    """Needs asked one after the other, and kept."""

    def __init__(
        self, demands: Mapping[str, Demand], houses: Mapping[str, bytes], snapshot: Snapshot, embedder: Embedder, settings: LeadSettings,
        as_of: str,
    ) -> None:  # fmt: skip
        self._demands, self._houses, self._snapshot, self._embedder = demands, houses, snapshot, embedder
        self._settings, self._as_of = settings, as_of

    def rows(self, ids: list[str], file: kept.Kept, tell: Progress) -> list[kept.Row]:
        made: list[kept.Row] = []
        with ThreadPoolExecutor(THREADS) as pool:
            for part in chunks(ids, BATCH):
                tell("ask", len(made), len(ids))
                rows = list(pool.map(self._row, part))
                file.put(rows)
                made += rows
        tell("ask", len(ids), len(ids))
        return made

    def _row(self, id: str) -> kept.Row:
        need = need_of(self._demands[id], self._snapshot, self._embedder, self._as_of)
        best = found(need, self._snapshot, bar=self._settings.bar, most=self._settings.depth)
        return kept.Row(id, self._snapshot.cursor.revision, self._houses[id], best, packed(need))


def _suggested(
    store: Store, snapshot: Snapshot, embedder: Embedder, settings: LeadSettings, as_of: str, demands: Mapping[str, Demand],
    result: Mapping[str, tuple[Found, ...]],
) -> tuple[int, Cost]:  # fmt: skip
    """Choose among what was found, and write it."""
    limits = limits_of(store, snapshot, settings, demands)
    chosen = choose(pairs_of(snapshot, demands, result, as_of), settings, limits)
    of = {(need, one.offer): one for need, each in result.items() for one in each}
    posters = about_of(snapshot, sorted({pair.need for pair in chosen.kept}))
    held = {one.id: one for one in suggestions.read(store)}
    made = []
    for pair in chosen.kept:
        one = of[pair.need, pair.offer]
        suggestion = Suggestion.of(
            pair.need, pair.offer, work=one.work, fit=one.fit, points=one.points, found=as_of, model=embedder.name,
            about=posters.get(pair.need, ""), hidden=pair.is_hidden,
        )  # fmt: skip
        if suggestion.id in held:  # it was found on the day when it was found first
            suggestion = msgspec.structs.replace(suggestion, found=held[suggestion.id].found)
        made.append(suggestion)
    gone = held.keys() - {one.id for one in made}
    return suggestions.write(store, (one for one in made if one != held.get(one.id)), gone), chosen.cost
