"""Voices: whose word an asker may take, and how much of it.

In: the walk of a day (``Day.steps``). Out: a voice for every institution, in total 1. Next: what the asker hears in
``matcher.trust.fusion``; ``matcher.evaluate.left_out`` walks again without a rating.

    P_ij    = max(b_ij - d_ij, 0) / its sum over j       i's direct trust in j, positive only; j an institution
    voice   = (1 - alpha) * e + alpha * P' voice         e: the asker, or the anchors for an asker who trusts nobody yet

Personalised PageRank (Page et al. 1999; Haveliwala, WWW 2002); who trusts nobody passes its mass back to e. That is the same as to
lose it and to make the total 1 in the end, so voices are (sum_k alpha^k P'^k e) / its total. The sum ends where its steps have
settled into a geometric series (Kamvar et al., WWW 2003, on extrapolation; on a random platform after a third of the steps), as soon
as the L1 norm of the residual says that less than TOLERANCE is wrong; or else where alpha^k is below TOLERANCE, in a graph of any size.
**The mass inside a set of fakes is at most alpha/(1 - alpha) times what flows in over the edges from others**, however
many they are and however they praise each other: whatever enters leaves again, but for the part alpha that stays inside at each step.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from matcher.columns.evidence import Floats, Rows

TOLERANCE = 1e-10
"""In L1, of a total of 1: what is heard of a target is wrong by less than a thousandth of a point of its score."""
SPARSE = 16
"""One node in so many: a step from fewer takes their rows alone, and these alone can show that the sum has not settled."""
FLOOR = 1e-6
"""A voice below this is not heard: it could not move an opinion by a visible amount."""


def personalised_pagerank(steps: Any, restart: Floats, alpha: float) -> Floats:
    """The voices for a restart distribution of total 1: shape (nodes,), total 1, or all 0 where nobody is there to start from."""
    total = float(restart.sum())
    if total <= 0:
        return np.zeros_like(restart)
    out = spread(steps.T, restart / total, alpha)
    return np.asarray(out / out.sum())


def spread(backwards: Any, start: Floats, alpha: float, silent: int | None = None) -> Floats:
    """sum_k (alpha * backwards)^k start, for P' = ``backwards`` and one start or several side by side: shape (nodes,) or (nodes, n),
    each of total 1. ``silent``: a node row that passes nothing on."""
    flow, out, mass = start, start.copy(), start.sum(axis=0)
    few, parts = flow.ndim == 1, (slice(0, len(flow) // SPARSE), slice(None))
    for _ in range(rounds(alpha)):
        goes_on = flow
        if silent is not None:
            goes_on = flow.copy()
            goes_on[silent] = 0.0
        if few:
            reached = np.flatnonzero(goes_on)
            few = len(reached) * SPARSE < len(flow)
        ahead = backwards[:, reached] @ goes_on[reached] if few else backwards @ goes_on
        ahead *= alpha
        before, mass = mass, ahead.sum(axis=0)
        rate = mass / np.where(before > 0, before, 1.0)
        # were every further step ``rate`` times the one before, the rest would be a geometric series; the residual of that sum is
        # alpha / (1 - rate) times this, and what is wrong with it at most 1 / (1 - alpha) times its residual
        limit = TOLERANCE * (1 - alpha) * (1 - rate)
        if all((np.abs(ahead[part] - rate * flow[part]).sum(axis=0) <= limit).all() for part in parts):
            ahead /= 1 - rate
            return np.asarray(out + ahead)
        out += ahead
        flow = ahead
    return out


def rounds(alpha: float) -> int:
    """Steps after which what is left is below TOLERANCE, in any graph."""
    return math.ceil(math.log(TOLERANCE) / math.log(alpha)) if alpha > 0 else 0


def strongest_path(steps: Any, start: Rows, end: int) -> list[int]:
    """The node rows of the walk from one of ``start`` to ``end`` whose product of steps is the greatest; empty if there is none."""
    from scipy.sparse.csgraph import dijkstra

    logs = steps.copy()
    logs.eliminate_zeros()
    logs.data = 1e-9 - np.log(logs.data)  # never 0, which would be no edge
    distance, before, _ = dijkstra(logs, indices=start, return_predecessors=True, min_only=True)
    if not np.isfinite(distance[end]):
        return []
    path = [end]
    while before[path[-1]] >= 0:
        path.append(int(before[path[-1]]))
    return path[::-1]
