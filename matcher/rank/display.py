"""Matches as a person is shown them: the works with their sentences, the people and owners behind them, and the gaps.

In: the candidates that an answer lists, in their order. Out: a ``Match`` each, with terms that name every fact they cite. Next:
``matcher.rank.pipeline`` puts them into the answer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import msgspec

from graph.dates import ordinal
from graph.model import Edge, EdgeKind, Expert, Institution, Node
from graph.store import Reader
from matcher.index.snapshot import Snapshot
from matcher.question import Match, Question, Want, Work
from matcher.rank import explain
from matcher.rank.filters import Bools
from matcher.rank.recall import STANDING, Recalled
from matcher.rank.standing import Candidate, rows_of_works, with_edges
from matcher.score import Scored, Weights, band, best, fit, same_works, text_terms
from matcher.signals.query import Query


@dataclass(frozen=True, slots=True)
class Shown:
    """What all matches of an answer are shown by. ``asked``: the words of the question; ``about``: the node that it is about; ``history``:
    by node row, whom the asker knows."""

    question: Question
    about: Node | None
    asked: str
    query: Query
    recalled: Recalled
    snapshot: Snapshot
    weights: Weights
    history: Bools


def displayed(shown: Shown, chosen: Sequence[Candidate]) -> tuple[Match, ...]:
    """The matches of some candidates."""
    snapshot, question = shown.snapshot, shown.question
    works = [with_edges(one, question, shown.query, shown.recalled, snapshot, shown.weights) for one in chosen]
    stands_on = [best(listed, shown.weights) for listed in works]
    ids = {work.id for listed in stands_on for work in listed} | {snapshot.id_of(candidate.row) for candidate in chosen}
    ids |= {item.facts[0] for candidate in chosen for item in candidate.opinion.items if item.facts}
    found = snapshot.display.get(sorted(ids))
    creators = _creators([work.id for listed in stands_on for work in listed], question, snapshot.display)
    also = [_also(candidate, listed, shown) for candidate, listed in zip(chosen, works, strict=True)]
    owners = _owners([row for each in also for work, rows in each.items() for row in (work, *rows)], question, snapshot)
    return tuple(
        _match(shown, candidate, listed, [work for work in few if work.id in found], found, creators, further, owners)
        for candidate, listed, few, further in zip(chosen, works, stands_on, also, strict=True)
    )


def _match(
    shown: Shown, candidate: Candidate, listed: Sequence[Scored], few: Sequence[Scored], found: Mapping[str, Node | Edge],
    creators: Mapping[str, Sequence[str]], also: Mapping[str, tuple[str, ...]], owners: Mapping[str, Mapping[str, str]],
) -> Match:  # fmt: skip
    question, snapshot = shown.question, shown.snapshot
    node = question.viewer.view(cast("Node", found[snapshot.id_of(candidate.row)]))
    owned = {one: name for row in (node.id, *also.get(node.id, ())) for one, name in owners.get(row, {}).items()}
    works = [(_work(work, cast("Node", found[work.id]), also.get(work.id, ()), shown), cast("Node", found[work.id])) for work in few]
    items = tuple(
        msgspec.structs.replace(item, title=getattr(found.get(item.facts[0]), "title", "")) for item in candidate.opinion.items
    )
    opinion = msgspec.structs.replace(candidate.opinion, items=items)
    people = dict.fromkeys(name for work, _ in works for name in creators.get(work.id, ())) if isinstance(node, Institution) else {}
    technical = fit(candidate.text_points, shown.weights)
    kinship = shown.recalled.house.kinship(candidate.row) if question.want in STANDING else ""
    return Match(
        candidate=node.id,
        kind=node.kind_of_node.value,
        name=getattr(node, "name", "") or getattr(node, "title", "") or node.id,
        score=candidate.score,
        fit=technical,
        fit_band=band(technical),
        terms=(*text_terms(listed, shown.weights), *candidate.beliefs),
        works=tuple(work for work, _ in works),
        people=tuple(people),
        owners=tuple(dict.fromkeys(owned[one] for one in sorted(owned))),
        trust=opinion,
        known=bool(shown.history[candidate.row]) if question.asker else None,
        text_rank=candidate.text_rank,
        gaps=explain.gaps(question, shown.about, node, works, opinion, snapshot.scale, kinship),
    )


def _also(candidate: Candidate, listed: Sequence[Scored], shown: Shown) -> dict[str, tuple[str, ...]]:
    """By the id of a work the ids of the further rows that list it, ascending."""
    if shown.question.want is Want.ACHIEVEMENTS:
        ids = [one.decode("ascii") for one in shown.snapshot.texts.ids[rows_of_works(candidate, shown.recalled)].tolist()]
        own = shown.snapshot.id_of(candidate.row)
        return {own: tuple(sorted(set(ids) - {own}))}
    if not any(work.marks for work in listed):
        return {}
    groups = same_works(sorted(listed, key=lambda work: (-work.value(shown.weights), work.id)))
    return {rows[0].id: tuple(sorted(work.id for work in rows[1:])) for rows in groups if len(rows) > 1}


def _work(work: Scored, node: Node, also: tuple[str, ...], shown: Shown) -> Work:
    return Work(
        id=work.id,
        kind=node.kind_of_node.value,
        title=getattr(node, "title", "") or getattr(node, "headline", "") or getattr(node, "name", "") or "",
        meaning=work.meaning,
        words=work.words,
        factor=work.factor,
        field=work.field,
        via=work.via,
        date=getattr(node, "date", None),
        trl=getattr(node, "trl", None),
        sentence=explain.best_sentence(shown.asked, node, shown.snapshot.scale),
        source=node.provenance.source,
        source_id=node.provenance.source_id,
        estimated=work.words - float(shown.recalled.signals.words[_text_row(work.id, shown.snapshot)]),
        also=also,
    )


def _text_row(node: str, snapshot: Snapshot) -> int:
    return int(snapshot.texts.of_node[snapshot.row(node)])


def _creators(works: Sequence[str], question: Question, shown: Reader) -> dict[str, list[str]]:
    """The names of the experts that created each work, as far as the viewer sees, by id of the work."""
    if question.want is not Want.PARTNERS:
        return {}
    edges = shown.edges(works, kinds=[EdgeKind.CREATED], direction="in")
    nodes = shown.get({end for edge in edges for end in (edge.source, edge.target)})
    names: dict[str, list[str]] = {}
    for edge in edges:
        expert = nodes.get(edge.source)
        if isinstance(expert, Expert) and question.viewer.sees_edge(edge, nodes):
            names.setdefault(edge.target, []).append(question.viewer.view(expert).name)
    return names


def _owners(works: Collection[str], question: Question, snapshot: Snapshot) -> dict[str, dict[str, str]]:
    """By the id of an achievement that is asked for the names of the institutions that own it, by their ids, as far as the viewer sees."""
    if question.want is not Want.ACHIEVEMENTS:
        return {}
    joins, today = snapshot.joins, ordinal(question.as_of)
    owners: dict[str, list[str]] = {}
    for work, row in zip(works, snapshot.node_rows(works).tolist(), strict=True):
        edges = joins.ties_of(row, EdgeKind.OWNS, incoming=True)
        ends = joins.edge_source[edges]
        seen = (ends >= 0) & (joins.edges["date"][edges] <= today)
        seen &= snapshot.sees_edges(question.viewer, edges)
        owners[work] = [snapshot.id_of(one) for one in ends[seen].tolist()]
    found = snapshot.display.get(sorted({one for ids in owners.values() for one in ids}))
    names = {one: question.viewer.view(node).name for one, node in found.items() if isinstance(node, Institution)}
    return {work: {one: names.get(one, "") for one in ids} for work, ids in owners.items()}
