"""The filters of a question: which texts and which candidates pass.

In: a question and a snapshot. Out: boolean arrays over texts or over candidates. Next: ``matcher.rank.recall`` and
``matcher.rank.left_out``. What is not known of a candidate passes. An expert is filtered by the institutions that employ him or her: one
of them must pass all that is asked of an institution, and an expert of none does not.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from graph.codes import industry_within
from graph.dates import end_of_period
from graph.model import Demand, DemandStatus, Edge, Institution, Node, NodeKind
from matcher.columns import places, tables
from matcher.columns.tables import Rows
from matcher.index.snapshot import Snapshot
from matcher.question import Filters, Question, Want

Bools = npt.NDArray[np.bool_]

CANDIDATE_KINDS = {
    Want.PARTNERS: (NodeKind.INSTITUTION, NodeKind.EXPERT),
    Want.EXPERTS: (NodeKind.EXPERT,),
    Want.ACHIEVEMENTS: (NodeKind.ACHIEVEMENT,),
    Want.DEMANDS: (NodeKind.DEMAND,),
    Want.RESOURCES: (NodeKind.RESOURCE,),
}


def texts_pass(question: Question, snapshot: Snapshot, today: int) -> Bools:
    """Which texts pass what is asked of texts, but for the two rules that are counted: ``is_closed`` and ``is_in_another_currency``."""
    filters, nodes = question.filters, snapshot.texts.columns
    passed = np.ones(len(snapshot.texts.node), bool)
    if filters.language:
        passed &= nodes["language"] == tables.LANGUAGE_CODE.get(filters.language, -1)
    if filters.trl_min is not None:
        holds = (nodes["trl"] > 0) & (nodes["trl_since"] <= today)
        passed &= ~holds | (nodes["trl"] >= filters.trl_min)
    if filters.price_max is not None:
        passed &= ~(nodes["price"] > filters.price_max) | is_in_another_currency(question, snapshot)
    for column, wanted in _of_texts(filters):
        passed &= _has(column, snapshot.texts.column(column), wanted)
    return passed


def is_closed(snapshot: Snapshot, today: int) -> Bools:
    """Which texts are those of demands that are solved, withdrawn or past their deadline; on the day of its deadline a demand is open."""
    nodes = snapshot.texts.columns
    closed = [tables.STATUS_CODE[status] for status in (DemandStatus.SOLVED, DemandStatus.WITHDRAWN)]
    over = (nodes["status_since"] <= today) & np.isin(nodes["status"], closed)
    return np.asarray(over | ((nodes["deadline"] != 0) & (nodes["deadline"] < today)), bool)


def is_in_another_currency(question: Question, snapshot: Snapshot) -> Bools:
    """Which texts have a price that cannot be compared with the highest one asked for: there are no rates here. A price whose currency is
    not known counts as unknown."""
    if question.filters.price_max is None:
        return np.zeros(len(snapshot.texts.node), bool)
    currency = snapshot.texts.column("currency")
    other = (currency != 0) & (currency != places.word_code(question.filters.currency))
    return np.asarray(other & ~np.isnan(snapshot.texts.columns["price"]), bool)


def candidates_pass(question: Question, snapshot: Snapshot, rows: Rows, today: int) -> Bools:
    """Which candidates have the kind wanted and pass what is asked of candidates."""
    kinds = snapshot.nodes["kind"][rows]
    kept = np.isin(kinds, [tables.NODE_CODE[kind] for kind in CANDIDATE_KINDS[question.want]])
    kept &= snapshot.sees(question.viewer, rows)
    if not _asked_of_candidates(question.filters):
        return kept
    persons = kept & (kinds == tables.NODE_CODE[NodeKind.EXPERT])
    others = kept & ~persons
    kept[others] = _fit(question, snapshot, rows[others])
    if persons.any():
        kept[persons] = _by_institution(question, snapshot, rows[persons], today)
    return kept


def _asked_of_candidates(filters: Filters) -> bool:
    return bool(filters.countries or filters.regions or filters.kinds or filters.sizes or filters.industries or filters.qualifications)


def _by_institution(question: Question, snapshot: Snapshot, experts: Rows, today: int) -> Bools:
    """Which experts work at an institution, as far as the viewer sees, that passes."""
    ties = snapshot.joins.affiliations
    mine = np.flatnonzero(np.isin(ties.source, experts) & (ties.target >= 0) & (ties.date <= today))
    employer = ties.target[mine]
    seen = snapshot.sees(question.viewer, employer)
    mine, employer = mine[seen], employer[seen]
    houses, at = np.unique(employer, return_inverse=True)
    return np.isin(experts, ties.source[mine[_fit(question, snapshot, houses)[at]]])


def _fit(question: Question, snapshot: Snapshot, rows: Rows) -> Bools:
    """Which institutions, works, demands or resources have what is asked of candidates; an unknown value passes."""
    nodes, filters = snapshot.nodes[rows], question.filters
    kept = np.ones(len(rows), bool)
    if filters.countries:
        kept &= np.isin(nodes["country"], places.wanted_countries(filters.countries))
    if filters.regions:
        kept &= np.isin(nodes["region"], places.wanted_regions(filters.regions, filters.countries))
    if filters.kinds:
        kept &= np.isin(nodes["category"], [0, *map(places.word_code, filters.kinds)])
    if filters.sizes:
        kept &= _has("size", nodes["size"], filters.sizes)
    if filters.industries or filters.qualifications:
        kept[kept] &= _listed(question, snapshot, rows[kept])
    return kept


def _of_texts(filters: Filters) -> list[tuple[str, tuple[str, ...]]]:
    """The filters over closed lists of works and demands that are set, by column."""
    every = (
        ("maturity", filters.maturities), ("legal_status", filters.legal_statuses), ("licences", filters.licences),
        ("transfer_forms", filters.transfer_forms), ("route", filters.routes),
    )  # fmt: skip
    return [(column, wanted) for column, wanted in every if wanted]


def _has(column: str, values: npt.NDArray[Any], wanted: tuple[str, ...]) -> Bools:
    """Where a value of a closed list is one of the words ``wanted``, or unknown."""
    return np.asarray((values == 0) | (values & tables.bits(column, *wanted) != 0), bool)


def _listed(question: Question, snapshot: Snapshot, rows: Rows) -> Bools:
    """Which candidates have one of the industries and one of the qualifications wanted. These are open lists of any length, so they are
    read from the candidates themselves, of which there are some hundreds, and not from a column."""
    ids = [snapshot.id_of(row) for row in rows.tolist()]
    found = snapshot.display.get(ids)
    return np.array([_fits(question, found.get(one)) for one in ids], bool)


def _fits(question: Question, node: Node | Edge | None) -> bool:
    filters = question.filters
    listed = node.industry if filters.industries and isinstance(node, Institution | Demand) else ()
    if listed and not any(industry_within(one, wanted) for one in listed for wanted in filters.industries):
        return False
    if filters.qualifications and isinstance(node, Institution) and node.qualifications:
        names = [name.casefold() for name, still in (held(one, question.as_of) for one in node.qualifications) if still]
        return any(one.casefold() in name for one in filters.qualifications for name in names)
    return True


def held(qualification: str, as_of: str) -> tuple[str, bool]:
    """A qualification's name, and whether it is held on the day ``as_of``: ``name@day`` is up to the end of that (partial) day."""
    name, at, until = qualification.rpartition("@")
    try:
        return (name, end_of_period(until) >= end_of_period(as_of)) if at else (qualification, True)
    except ValueError:
        return qualification, True  # no day follows: it is a name with an @ in it
