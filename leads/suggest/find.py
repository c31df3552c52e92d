"""Who could meet one need: its best candidates by fit, each with the work that speaks most for it.

In: a need (``Need``), a snapshot and the embedder. Out: ``Found``, best first. Next: ``leads.suggest.bounds`` chooses among those of all
needs; ``leads.suggest.refresh`` keeps them; ``leads.suggest.offers`` asks the same among the works of one institution.

What is found for a candidate depends on its works and on the need, on no other candidate: so what changes in one place is asked again
there. The need's own house is left out (``matcher.rank.house``). Trust has no part: it orders an answer, and
nobody is a lead for being trusted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec
import numpy as np

from graph.dates import ordinal
from graph.model import Demand, NodeKind, Visibility
from graph.viewer import Viewer
from leads.suggest.fit import Background, fit, least
from matcher.columns import tables
from matcher.columns.tables import Rows
from matcher.embedding.embedder import Embedder
from matcher.index.snapshot import Snapshot
from matcher.question import MILLION, PartnerRole, Question, Want
from matcher.rank.everyone import Everyone
from matcher.rank.filters import is_closed
from matcher.rank.standing import meanings
from matcher.score import DEFAULT
from matcher.signals.prepare import prepare
from matcher.signals.query import Floats, Query
from matcher.text.passages import text_of
from matcher.text.small_talk import asks_nothing

ROUNDED = 1e-4
"""More than what the rounding of a fit hides of what stands behind it."""


class Found(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A candidate for a need. ``offer``: the id of an institution or expert; ``work``: of what speaks most for it, which may be its own
    profile; ``via``: of the edge between the two, "" for a profile; ``points``: what this work adds to the points of an answer."""

    offer: str
    work: str
    via: str
    fit: float
    points: int


@dataclass(frozen=True)
class Need:
    """A demand made ready to be asked. ``asked``: its words; ``query`` and ``background``: see ``matcher.signals`` and
    ``leads.suggest.fit``."""

    question: Question
    asked: str
    query: Query
    background: Background
    bars: tuple[float, float]
    """Of credibility, by the language of the text."""

    @property
    def id(self) -> str:
        return self.question.about or ""


def needs_of(snapshot: Snapshot, as_of: str) -> list[Demand]:
    """The demands that are open on a day and say something, by id."""
    today = ordinal(as_of)
    texts, columns = snapshot.texts, snapshot.texts.columns
    is_demand = (texts.node >= 0) & (columns["kind"] == tables.NODE_CODE[NodeKind.DEMAND]) & (columns["date"] <= today)
    rows = np.unique(texts.node[is_demand & ~is_closed(snapshot, today)])
    found = snapshot.display.get([snapshot.id_of(row) for row in rows.tolist()])
    return [node for _id, node in sorted(found.items()) if isinstance(node, Demand)]


def question_of(demand: Demand, as_of: str) -> Question:
    """The question that a demand asks: of partners, who may be seen by every member. (A demand that is hidden is seen by itself; nothing
    else is that is.)"""
    hidden = demand.visibility is Visibility.CONFIDENTIAL
    viewer = Viewer(clearance=Visibility.MEMBERS, lets=frozenset([demand.id]) if hidden else frozenset())
    return Question(as_of=as_of, about=demand.id, want=Want.PARTNERS, role=PartnerRole.PROVIDERS, viewer=viewer)


def need_of(demand: Demand, snapshot: Snapshot, embedder: Embedder, as_of: str) -> Need:
    """A demand made ready. Embeds what is not in the vector cache."""
    said = text_of(demand)
    title, text = (said.title, " ".join((said.body, said.more)).strip()) if said else ("", "")
    query = prepare(title, text, snapshot.scale, embedder)
    asked = f"{title}\n{text}"
    english, chinese = snapshot.scale.bars(asked).tolist() if not asks_nothing(asked) else (np.inf, np.inf)
    return Need(question_of(demand, as_of), asked, query, Background.of(query, snapshot.scale), (english, chinese))


def found(need: Need, snapshot: Snapshot, *, bar: float, most: int, texts: Rows | None = None) -> tuple[Found, ...]:
    """The best candidates of a need whose fit is ``bar`` or more, ``most`` at most, best first, ties by id; ``texts``: of these text rows
    alone."""
    everyone = Everyone.of(need.question, need.query, snapshot)
    at = _near(everyone, need, bar, most, texts)
    if not len(at):
        return ()
    text, factor = everyone.text[at], everyone.factor[at]
    meaning = meanings(need.query, snapshot, text)
    words = everyone.signals.completed(text, meaning)
    fits = fit(need.background.distinct(meaning, words, factor))
    points = np.rint(MILLION * factor * (DEFAULT.meaning * meaning + DEFAULT.words * words)).astype(np.int64)
    kept = np.flatnonzero(fits >= bar)
    best = _best(everyone, at[kept], fits[kept])[:most]
    return tuple(_found(everyone, at[one], float(fits[one]), int(points[one])) for one in kept[best].tolist())


def best_of(every: Iterable[Found]) -> tuple[Found, ...]:
    """The best of each candidate among what was found here and there, in the order of ``found``."""
    best: dict[str, Found] = {}
    for one in sorted(every, key=lambda one: (-one.fit, one.work, one.via)):
        best.setdefault(one.offer, one)
    return tuple(sorted(best.values(), key=lambda one: (-one.fit, one.offer)))


def _near(everyone: Everyone, need: Need, bar: float, most: int, texts: Rows | None) -> Rows:
    """Which entries can be the best work of one of the ``most`` best candidates, by the approximate signals; only credible ones."""
    signals, text = everyone.signals, everyone.text
    meaning = signals.meaning[text].astype(np.float64)
    about = need.background.distinct(meaning, signals.completed(text, meaning), everyone.factor)
    wrong = need.background.wrong(signals.slack, need.query.unsaid) + ROUNDED
    at = np.flatnonzero(about >= least(bar) - wrong)
    if texts is not None:
        at = at[np.isin(text[at], texts)]
    at = at[everyone.credible(text[at], need.bars)]
    order = at[np.lexsort((-about[at], everyone.candidate[at]))]
    tops = about[order[np.diff(everyone.candidate[order], prepend=-1) != 0]]
    return at if len(tops) <= most else at[about[at] >= np.partition(tops, -most)[-most] - 2 * wrong]


def _best(everyone: Everyone, at: Rows, fits: Floats) -> Rows:
    """By place in ``at``, the best entry of each candidate, best first; ties by the ids of work and candidate."""
    snapshot = everyone.snapshot
    ids = snapshot.texts.ids[everyone.text[at]]
    order = np.lexsort((everyone.edge[at], ids, -fits, everyone.candidate[at]))
    first = order[np.diff(everyone.candidate[at][order], prepend=-1) != 0]
    names = snapshot.joins.node_ids[everyone.candidate[at[first]]]
    return np.asarray(first[np.lexsort((names, -fits[first]))], np.int64)


def _found(everyone: Everyone, row: int, fit_of_it: float, points: int) -> Found:
    snapshot, edge = everyone.snapshot, int(everyone.edge[row])
    work = snapshot.texts.ids[everyone.text[row]].decode("ascii")
    return Found(snapshot.id_of(int(everyone.candidate[row])), work, snapshot.edge_id(edge) if edge >= 0 else "", fit_of_it, points)
