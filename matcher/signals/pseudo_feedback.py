"""A query among the sampled works of the Scale: how near each is, and the field of the nearest, asked as one vector more.

In: a ``Query`` and the sample of works in the Scale. Out: numbers a work; a ``Query`` of one vector, or None. Next:
``matcher.signals.prepare`` puts it into the ``Query``, and ``matcher.rank.pipeline`` scores works by it where experts are asked for;
``leads.suggest.fit`` takes the numbers for what a demand has in common with any work.
"""

from __future__ import annotations

import numpy as np

from matcher.signals.meaning import average, mean_of_three
from matcher.signals.query import Floats, Query
from matcher.signals.scale import English, Scale, made_unit

SHARE = 16
"""A field is made of one in so many of the works of a sample."""


def feedback_of(query: Query, scale: Scale) -> Query | None:
    """The field of a question: the mean of what those works of the Scale's sample say that are nearest to it in meaning, made unit.
    None where there is no sample.

    That is pseudo-relevance feedback (Rocchio 1971; with vectors Yu et al., CIKM 2021), but from a sample that is part of the
    Scale: so what a work gets for it depends on no other work that is stored.
    """
    if not len(scale.sample) or not len(query.vectors):
        return None
    works, near = scale.sample.vectors.astype(np.float64), nearness(query, scale)
    nearest = np.argsort(-near, kind="stable")[: max(1, len(near) // SHARE)]
    english = scale.sample.spread(nearest).astype(np.float64)
    of_both = query.english and english.any()
    return Query(
        made_unit(works[nearest].mean(axis=0, keepdims=True)),
        1,
        (),
        English.of(np.zeros(1, np.int64), made_unit(english.mean(axis=0, keepdims=True))) if of_both else None,
    )


def nearness(query: Query, scale: Scale) -> Floats:
    """The meaning of each sampled work for a question, as if it were one passage in the question's own language."""
    works, said = scale.sample.vectors.astype(np.float64), scale.sample.english.astype(np.float64)
    found = query.vectors.astype(np.float64) @ works.T
    if query.english and len(said):
        average(found, query.english.vectors.astype(np.float64) @ said.T, query.english.rows, scale.sample.rows)
    return np.asarray(mean_of_three(found, query.windows).round(9), np.float64)  # what is equal is so on every machine
