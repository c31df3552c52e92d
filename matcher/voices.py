"""Voices: whose word an asker may take, and how much of it.

In: the pairs of a day. Out: a voice for every institution, in total 1. Next: what the asker hears in ``matcher.trust``.

    P_ij    = max(b_ij - d_ij, 0) / its sum over j       i's direct trust in j, positive only; j an institution
    voice   = (1 - alpha) * e + alpha * P' voice         e: the asker, or the anchors for an asker who trusts nobody yet

Personalised PageRank (Page et al. 1999; Haveliwala, WWW 2002); who trusts nobody passes its mass back to e. It is summed as
(1 - alpha) * sum_k alpha^k P'^k e up to the k where alpha^k is below TOLERANCE, so what is left out is below it for a graph of any
size. **The mass inside a set of fakes is at most alpha/(1 - alpha) times what flows in over the edges from others**, however
many they are and however they praise each other: whatever enters leaves again, but for the part alpha that stays inside at each step.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from matcher.evidence import Day, Floats, Rows
from matcher.opinion import net

TOLERANCE = 1e-11
FLOOR = 1e-6
"""A voice below this is not heard: it could not move an opinion by a visible amount."""


def walks(day: Day, carries: npt.NDArray[np.bool_]) -> Any:
    """P as a scipy CSR array of shape (nodes, nodes), rows summing to 1 or 0. ``carries``: who may carry a voice."""
    from scipy.sparse import csr_array

    weight = np.maximum(net(day.r, day.s, day.settings), 0.0) * carries[day.target]
    total = np.bincount(day.source, weight, minlength=day.nodes)
    weight = weight / np.where(total > 0, total, 1.0)[day.source]
    return csr_array((weight, day.target, day.begin), shape=(day.nodes, day.nodes))


def voices(steps: Any, restart: Floats, alpha: float) -> Floats:
    """The voices for a restart distribution of total 1: shape (nodes,), total 1, or all 0 where nobody is there to start from."""
    total = float(restart.sum())
    if total <= 0:
        return np.zeros_like(restart)
    restart = restart / total
    backwards = steps.T
    stays = np.asarray(steps.sum(axis=1)).ravel() <= 0
    flow, out = restart, (1 - alpha) * restart
    for _ in range(rounds(alpha)):
        flow = alpha * (backwards @ flow + restart * float(flow[stays].sum()))
        out = out + (1 - alpha) * flow
    return np.asarray(out / out.sum())


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
