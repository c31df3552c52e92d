"""Lists of the graph's things: so many of a kind behind an id, as far as a viewer may see them, by filters.

In: a store, who looks, filters as people type them. Out: nodes or items of evidence in the order of their ids. Next:
``desk.things.reading`` shows them. A filter passes what is known to have what is asked: unlike in a question, what is unknown does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import TypeVar

import msgspec

from desk.filters import read_words
from desk.things.columns import Row, Said, columns_of
from graph.codes import country_code, inside, region, regions_in
from graph.dates import end_of_period
from graph.errors import InvalidInput
from graph.language import told
from graph.model import EdgeKind, Evidence, Node, NodeKind
from graph.store import Store
from graph.viewer import Viewer, level

_T = TypeVar("_T", Node, Evidence)
_OF_KINDS = {
    NodeKind.INSTITUTION: "institutions", NodeKind.ACHIEVEMENT: "achievements", NodeKind.DEMAND: "demands", NodeKind.RESOURCE: "resources",
}  # fmt: skip


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """What is listed. ``kinds``, ``countries`` and ``regions``: any of these; ``sources``: what one of them has a row of;
    ``retrieved_since``: a day; ``dated_since``, ``dated_until``: of what is dated on these days or between them."""

    kinds: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    retrieved_since: str = ""
    dated_since: str = ""
    dated_until: str = ""


def things(store: Store, viewer: Viewer, kind: NodeKind, filters: Filters, limit: int, after: str) -> tuple[list[Node], bool]:
    """At most ``limit`` things of a kind whose ids come behind ``after``, and whether there are more. Raises InvalidInput for a filter's
    word that nobody knows."""
    columns = columns_of(store)
    at = level(viewer.clearance)
    of = _OF_KINDS.get(kind, "")
    words = filters.kinds if of else ()
    read = read_words(_Words(store, viewer, kind), kinds=words, of=of, countries=filters.countries, regions=filters.regions)
    chosen = _Filter(filters, *(read if of else (filters.kinds, *read[1:])))
    ids = (one for one, row in columns.rows(kind, after) if viewer.sees_at(row.level, one) and chosen.passes(row.said[at]))

    def seen(part: Sequence[str]) -> list[Node]:
        found = store.get(part)
        nodes = [found[one] for one in part if one in found]
        return [viewer.view(one) for one in nodes if isinstance(one, Node) and viewer.sees(one)]

    return _first(ids, seen, limit)


def evidence(store: Store, viewer: Viewer, filters: Filters, limit: int, after: str) -> tuple[list[Evidence], bool]:
    """The same of items of evidence."""
    columns, chosen = columns_of(store), _Filter(filters, filters.kinds, (), ())

    def may_be_seen(one: str, row: Row) -> bool:
        return row.level <= level(viewer.clearance) or not viewer.lets.isdisjoint((one, *row.ends))

    ids = (one for one, row in columns.rows(EdgeKind.EVIDENCE, after) if may_be_seen(one, row) and chosen.passes(row.said[0]))
    return _first(ids, lambda part: seen_evidence(store, viewer, part), limit)


def seen_evidence(store: Store, viewer: Viewer, ids: Sequence[str]) -> list[Evidence]:
    """The items of evidence among ``ids`` that the viewer may see, in their order."""
    found = store.get(ids)
    edges = [edge for one in ids if isinstance(edge := found.get(one), Evidence)]
    ends = store.get({end for edge in edges for end in (edge.source, edge.target)})
    return [edge for edge in edges if viewer.sees_edge(edge, ends)]


def evidence_rows(store: Store, source: str) -> dict[str, list[str]]:
    """The items of evidence that a source has, by their ids there: mostly one each."""
    found: dict[str, list[str]] = {}
    for one, row in columns_of(store).rows(EdgeKind.EVIDENCE):
        if row.said[0].sources == (source,):
            found.setdefault(row.source_id.removeprefix("evidence:"), []).append(one)
    return found


def _first(ids: Iterator[str], seen: Callable[[Sequence[str]], list[_T]], limit: int) -> tuple[list[_T], bool]:
    """The first ``limit`` of what ``seen`` makes of ids, and whether more follow."""
    found: list[_T] = []
    while len(found) <= limit:
        part = list(islice(ids, limit + 1))
        if not part:
            break
        found += seen(part)
    return found[:limit], len(found) > limit


class _Filter:
    """Filters in the codes that things are compared by."""

    def __init__(self, filters: Filters, kinds: Sequence[str], countries: Sequence[str], regions: Sequence[str]) -> None:
        self._kinds, self._sources = frozenset(kinds), frozenset(filters.sources)
        self._countries = frozenset(map(country_code, countries))
        near = countries[0] if len(countries) == 1 else None
        self._regions = frozenset(code for one in regions for code in _within(one, near))
        self._retrieved = _day(filters.retrieved_since, "retrieved_since")
        self._since, self._until = _day(filters.dated_since, "dated_since"), _day(filters.dated_until, "dated_until")

    def passes(self, said: Said) -> bool:
        """Whether a thing is known to have what is asked."""
        if self._kinds and said.category not in self._kinds:
            return False
        if self._sources and self._sources.isdisjoint(said.sources):
            return False
        if self._retrieved and not (said.retrieved and _end(said.retrieved) >= self._retrieved):
            return False
        if (self._since or self._until) and not said.date:
            return False
        if (self._since and _end(said.date) < self._since) or (self._until and _end(said.date) > self._until):
            return False
        if self._countries and not any(_country_of(*place) in self._countries for place in said.places):
            return False
        return not self._regions or any(_region_of(*place) in self._regions for place in said.places)


class _Words:
    """Countries and regions of the things of a kind that a viewer may see."""

    def __init__(self, store: Store, viewer: Viewer, kind: NodeKind) -> None:
        self._store, self._viewer, self._kind = store, viewer, kind

    def values(self, name: str) -> frozenset[str]:
        at, of = level(self._viewer.clearance), ["countries", "regions"].index(name)
        rows = columns_of(self._store).rows(self._kind)
        seen = (row.said[at].places for one, row in rows if self._viewer.sees_at(row.level, one))
        return frozenset(value for places in seen for place in places if (value := place[of]))


@lru_cache(maxsize=256)
def _within(word: str, country: str | None) -> frozenset[str]:
    return frozenset({code for found in regions_in(word, country) for code in inside(found.code)} | {word.casefold()})


@lru_cache(maxsize=20_000)
def _country_of(country: str | None, place: str | None) -> str:
    if country:
        return country_code(country)
    found = region(place) if place else None
    return (found.country or "") if found else ""


@lru_cache(maxsize=20_000)
def _region_of(country: str | None, place: str | None) -> str:
    found = region(place, country) if place else None
    if found:
        return found.code
    return place.casefold() if place else (country_code(country) if country else "")


@lru_cache(maxsize=20_000)
def _end(day: str) -> str:
    return end_of_period(day).isoformat()


def _day(text: str, field: str) -> str:
    """A day that a filter names, as an ISO day. Raises InvalidInput."""
    try:
        return _end(text) if text else ""
    except ValueError as error:
        raise InvalidInput(told(str(error)), field=field) from error
