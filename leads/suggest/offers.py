"""The other direction, and by hand: whom one demand could ask, and which open demands one result, expert or institution could meet.

In: the id of a node, a snapshot, the embedder, a day and a viewer. Out: suggestions, best first, unbounded: who asks by hand wants to
see all. Next: ``api.cli.leads.find`` and ``api.http.routes.leads``.

The fit is that of a refresh, so a lead found by hand is the lead that a refresh finds.
"""

from __future__ import annotations

from collections.abc import Iterable

from desk.find import nothing
from graph.errors import InvalidInput
from graph.language import _
from graph.model import Achievement, Demand, EdgeKind, Expert, Institution, Node, Visibility
from graph.store import Store
from graph.viewer import Viewer
from leads.model import Suggestion
from leads.settings import LeadSettings
from leads.suggest import kept
from leads.suggest.find import Found, Need, found, need_of, needs_of, question_of
from leads.suggest.parties import about_of
from leads.suggest.standing import among, concerns, unpacked
from matcher.embedding.embedder import Embedder
from matcher.index.snapshot import Snapshot


def leads_of(
    id: str, store: Store, snapshot: Snapshot, embedder: Embedder, settings: LeadSettings, as_of: str, viewer: Viewer, most: int = 20
) -> list[Suggestion]:
    """The leads of a node, in the direction that it has. Raises NotFound, InvalidInput for what neither needs nor offers, and NotPossible
    while a refresh of another process is at work on what it keeps."""
    if isinstance(_node(id, snapshot, viewer), Demand):
        return for_need(id, snapshot, embedder, settings, as_of, viewer, most)
    return for_offer(id, store, snapshot, embedder, settings, as_of, viewer, most)


def for_need(
    id: str, snapshot: Snapshot, embedder: Embedder, settings: LeadSettings, as_of: str, viewer: Viewer, most: int = 20
) -> list[Suggestion]:
    """The best candidates of a demand. Raises NotFound, and InvalidInput for what is no demand."""
    node = _node(id, snapshot, viewer)
    if not isinstance(node, Demand):
        raise InvalidInput(_("{id} is no demand", id=id), field="need")
    best = found(need_of(node, snapshot, embedder, as_of), snapshot, bar=settings.bar, most=most)
    return _suggestions([(node, one) for one in best], snapshot, embedder, as_of)


def for_offer(
    id: str, store: Store, snapshot: Snapshot, embedder: Embedder, settings: LeadSettings, as_of: str, viewer: Viewer, most: int = 20
) -> list[Suggestion]:
    """The open demands that a result, an expert or an institution could meet, by the best of its works. Of a result the candidates are
    those who have it. Raises NotFound, and InvalidInput for what offers nothing."""
    node = _node(id, snapshot, viewer)
    if not isinstance(node, Achievement | Expert | Institution):
        raise InvalidInput(_("{id} offers nothing: a result, an expert or an institution does", id=id), field="offer")
    works = _works(node, snapshot)
    few = among(snapshot, works, embedder)
    if few is None:
        return []
    demands = [one for one in needs_of(snapshot, as_of) if viewer.sees(one)]
    pairs = [
        (demand, one)
        for demand, need in _needs(demands, store, snapshot, embedder, as_of)
        if concerns(need, few, settings.bar)
        for one in found(need, few, bar=settings.bar, most=len(works) + 1)
        if isinstance(node, Achievement) or one.offer == id
    ]
    pairs.sort(key=lambda pair: (-pair[1].fit, pair[0].id, pair[1].offer))
    return _suggestions(pairs[:most], snapshot, embedder, as_of)


def _node(id: str, snapshot: Snapshot, viewer: Viewer) -> Node:
    node = snapshot.display.get([id]).get(id)
    if not isinstance(node, Node) or not viewer.sees(node):
        raise nothing(id)
    return node


def _works(node: Achievement | Expert | Institution, snapshot: Snapshot) -> set[str]:
    """The nodes whose texts speak for an offer."""
    if isinstance(node, Achievement):
        return {node.id}
    edges = snapshot.display.edges([node.id], kinds=[EdgeKind.OWNS, EdgeKind.CREATED], direction="out")
    return {node.id, *(edge.target for edge in edges)}


def _needs(
    demands: Iterable[Demand], store: Store, snapshot: Snapshot, embedder: Embedder, as_of: str
) -> Iterable[tuple[Demand, Need]]:
    """Demands made ready; those that a refresh of this Scale and model kept are ready already."""
    with kept.opened(store, waits=False) as file:
        rows = file.rows() if file.is_of(snapshot.scale.name, embedder.family) else {}
    behind = {id for change in store.changes(snapshot.cursor._replace(revision=_oldest(rows, snapshot))) for id in change.written}
    for demand in demands:
        row = rows.get(demand.id)
        if row and demand.id not in behind:
            yield demand, unpacked(row.query, question_of(demand, as_of))
        else:
            yield demand, need_of(demand, snapshot, embedder, as_of)


def _oldest(rows: dict[str, kept.Row], snapshot: Snapshot) -> int:
    return min((row.revision for row in rows.values()), default=snapshot.cursor.revision)


def _suggestions(
    pairs: Iterable[tuple[Demand, Found]], snapshot: Snapshot, embedder: Embedder, as_of: str
) -> list[Suggestion]:
    listed = list(pairs)
    posters = about_of(snapshot, sorted({demand.id for demand, _found in listed}))
    return [
        Suggestion.of(
            demand.id, one.offer, work=one.work, fit=one.fit, points=one.points, found=as_of, model=embedder.name,
            about=posters.get(demand.id, ""), hidden=demand.visibility is Visibility.CONFIDENTIAL,
        )
        for demand, one in listed
    ]  # fmt: skip
