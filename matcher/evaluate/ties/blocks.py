"""Where the institutions that were taken stand in a ranking: of all, of old ties and of new ones.

In: a way to ask for the first institutions of a ranking, who was taken, and the asker's partners so far. Out: a table of values by
question, and from it rows and ``Block``s with bootstrap intervals. Next: ``matcher.evaluate.partners`` fills and ends it.

A tie is old if the asker had a dealing with the institution up to the question's day, else new. Lists are looked at down to place ``CUT``;
an institution further down counts as not found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from typing import NamedTuple

import numpy as np

from matcher.evaluate.files import Block, Row
from matcher.evaluate.metrics import bootstrap

CUT = 100
"""Institutions of a list that are looked at."""

First = Callable[[int], list[str]]
"""The first so many institutions of a question's ranking, best first; fewer only where it has no more."""
Taken = Sequence[str | None]
"""The institutions that were taken; None where nobody in the store answers to the name."""

ALL, OLD, NEW, AMONG_NEW = BLOCKS = ("all", "old ties", "new ties", "new ties among new")


class Lists(NamedTuple):
    """The first ``CUT`` of a ranking, and of the same without the asker's partners so far."""

    whole: list[str]
    new: list[str]


def lists(first: First, partners: Set[str] = frozenset()) -> Lists:
    """Both lists, read as deep as it takes to fill the second."""
    depth = CUT
    whole = first(depth)
    while True:
        new = [one for one in whole if one not in partners]
        if len(new) >= CUT or len(whole) < depth:
            return Lists(whole[:CUT], new[:CUT])
        depth *= 4
        whole = first(depth)


def ranks(best: Sequence[str], taken: Taken) -> list[int]:
    """The place of each taken institution, from 1; 0 if it is not in the list."""
    places = {one: place for place, one in enumerate(best, start=1)}
    return [places.get(one or "", 0) for one in taken]


def of_pairs(found: Sequence[int]) -> dict[str, float]:
    """Sums over a question's judged pairs, by their ``ranks``: hit@k, 1 for a pair whose institution is among the first k; MRR, 1/rank."""
    values = {f"hit@{k}": float(sum(0 < rank <= k for rank in found)) for k in (1, 10, 50)}
    return {**values, "MRR": sum(1.0 / rank for rank in found if rank)}


def of_question(found: Sequence[int]) -> dict[str, float]:
    """Values of a question, by the ``ranks`` of its judged institutions: hit@k, 1 if any is among the first k; R@k, the share of them
    that is; MRR, the mean of 1/rank over them; MRR first, 1/rank of the first of them. One that is not in the list has a 1/rank of 0."""
    among = {k: sum(0 < rank <= k for rank in found) for k in (10, 50)}
    hits = {f"hit@{k}": float(count > 0) for k, count in among.items()}
    shares = {f"R@{k}": count / len(found) for k, count in among.items()}
    inverse = [1.0 / rank if rank else 0.0 for rank in found]
    return {**hits, **shares, "MRR": sum(inverse) / len(found), "MRR first": max(inverse)}


class Table:
    """Values by block, row, metric and question, in the order in which questions are counted: the same for every row."""

    def __init__(self, *, by_pair: bool) -> None:
        """``by_pair``: metrics are means over judged pairs (``of_pairs``), in one block; else over questions, in all blocks."""
        self._by_pair = by_pair
        self._values: dict[str, dict[str, dict[str, list[float]]]] = {ALL: {}} if by_pair else {block: {} for block in BLOCKS}
        self._counts: dict[str, dict[str, list[int]]] = {block: {} for block in self._values}

    def count(self, row: str, first: First, taken: Taken, partners: Set[str]) -> list[str]:
        """Count a question in a row; returns the first ``CUT`` of its ranking."""
        if self._by_pair:
            whole = first(CUT)[:CUT]
            self._add(ALL, row, of_pairs(ranks(whole, taken)), len(taken))
            return whole
        whole, new = lists(first, partners)
        old_ties, new_ties = [one for one in taken if one in partners], [one for one in taken if one not in partners]
        for block, best, some in ((ALL, whole, taken), (OLD, whole, old_ties), (NEW, whole, new_ties), (AMONG_NEW, new, new_ties)):
            if some:
                self._add(block, row, of_question(ranks(best, some)), 1)
        return whole

    def blocks(self, paired: Iterable[tuple[str, str]]) -> Iterator[Block]:
        """The blocks with their intervals over questions; for each of ``paired`` rows, the mean of the differences too."""
        for block, rows in self._values.items():
            if rows:
                questions = len(next(iter(self._counts[block].values())))
                yield Block(block, questions, tuple(self._rows(block, paired)))

    def _rows(self, block: str, paired: Iterable[tuple[str, str]]) -> Iterator[Row]:
        rows, counts = self._values[block], self._counts[block]
        for name, values in rows.items():
            yield Row(name, {metric: bootstrap(found, counts=counts[name]) for metric, found in values.items()})
        for pair in paired:
            if all(name in rows for name in pair):
                with_, without = (rows[name] for name in pair)
                gains = {metric: np.subtract(with_[metric], without[metric]) for metric in with_}
                yield Row(" less ".join(pair), {metric: bootstrap(gain, counts=counts[pair[0]]) for metric, gain in gains.items()})

    def _add(self, block: str, row: str, values: dict[str, float], count: int) -> None:
        held = self._values[block].setdefault(row, {metric: [] for metric in values})
        for metric, value in values.items():
            held[metric].append(value)
        self._counts[block].setdefault(row, []).append(count)
