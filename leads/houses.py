"""Houses: which institutions are one house, so that introducing one to another of it, or oneself to somebody, is no broker's work.

In: a broker's institution, and those of both sides. Out: the sides that the broker is of one house with. Next: ``leads.leads`` puts them
into the introduction, where ``leads.credit.attribution`` reads them.

Two institutions are of one house where one is part of the other, or both are parts of one body, at any remove (PART_OF).
"""

from __future__ import annotations

from collections.abc import Collection

from graph.model import EdgeKind
from graph.store import Reader
from leads.process import NEED, OFFER

DEEPEST = 10
"""Steps up PART_OF that are taken, at most."""
CIRCLE = "circle"
"""What stands beside the sides where the two sides are of one house with each other."""


def bodies(store: Reader, institutions: Collection[str]) -> set[str]:
    """Institutions with all that they are part of, under the ids that they have now."""
    found = {node.id for node in store.get(list(institutions)).values()}
    latest = set(found)
    for _step in range(DEEPEST):
        above = {edge.target for edge in store.edges(latest, kinds=[EdgeKind.PART_OF], direction="out")} if latest else set()
        latest = above - found
        if not latest:
            break
        found |= latest
    return found


def related_sides(store: Reader, broker: str, needs: Collection[str], offers: Collection[str]) -> list[str]:
    """The sides that ``broker`` is of one house with, and ``CIRCLE`` where the two sides are."""
    own, need, offer = (bodies(store, one) for one in ([broker] if broker else [], needs, offers))
    found = [side for side, theirs in ((NEED, need), (OFFER, offer)) if own & theirs]
    return [*found, CIRCLE] if need & offer else found
