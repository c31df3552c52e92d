"""The same work listed several times: which of the texts that a question may see are one work.

In: text rows, perhaps by the candidate who stands on them, and the marks that texts share (``matcher.index.text_joins``). Out: for each the
number of its work; of a work's texts the one that is looked for. Next: ``matcher.rank.recall`` lets a work take one place, and
``matcher.rank.pipeline`` counts it once.

Only texts that the question may see join others, and for a candidate only those that it stands on: a hidden copy, or somebody else's, moves
no points.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from matcher.columns.same import joined
from matcher.columns.tables import Rows
from matcher.index.text_joins import SharedMarks


def works_of(marks: SharedMarks, text: Rows, candidate: Rows | None = None) -> Rows:
    """The work of each of some texts, named by one of its text rows; ``candidate``, parallel, keeps those of several apart."""
    work = text.copy()
    listed = np.flatnonzero(marks.has[text])
    if not len(listed):
        return work
    item, mark = marks.of(text[listed])
    key = mark if candidate is None else candidate[listed][item] * marks.count + mark
    work[listed] = text[listed][joined(len(listed), item, key)]
    return work


def looked_for(text: Rows, work: Rows, worth: npt.NDArray[np.float64]) -> Rows:
    """Of each work the text that is worth most, ties by row; all three are parallel."""
    order = np.lexsort((text, -worth, work))
    return text[order[np.flatnonzero(np.diff(work[order], prepend=-1))]]


def standing(
    candidate: Rows, work: Rows, text: Rows, values: npt.NDArray[np.float64], ids: npt.NDArray[np.bytes_]
) -> npt.NDArray[np.bool_]:
    """Which entries stand for their work: of a candidate's entries of one work that of the highest value, ties by id. ``ids`` is by text
    row; the others are parallel, and an entry of a work that is listed once has ``work == text``."""
    stands = np.ones(len(text), bool)
    copies = work != text
    if copies.any():
        several = np.zeros(len(ids), bool)
        several[work[copies]] = True
        at = np.flatnonzero(several[work])
        key = candidate[at] * len(ids) + work[at]
        order = np.lexsort((ids[text[at]], -values[at], key))
        stands[at[order[np.diff(key[order], prepend=-1) == 0]]] = False
    return stands
