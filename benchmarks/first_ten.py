"""The share of the first ten that two runs find: the same questions in two languages over the same documents, say.

    .venv/bin/dovetail evaluate match ... --pool all --scores zh.csv     # and the same with the questions in English: en.csv
    .venv/bin/python benchmarks/first_ten.py zh.csv en.csv

In: two files of ``--scores`` with the same question ids. Out: of the ten best of the one, the share that is among the ten best of the
other, as a mean over questions with its bootstrap 95 % interval.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from matcher.evaluate.files import SCORES, read
from matcher.evaluate.metrics import bootstrap, order

DEPTH = 10


def first(path: Path) -> dict[str, list[str]]:
    """The best DEPTH candidates of each question, ties by id."""
    scores: dict[str, dict[str, float]] = defaultdict(dict)
    for row in read(path, SCORES):
        scores[row["query_id"]][row["candidate_id"]] = float(row["score"])
    return {question: order(found)[:DEPTH] for question, found in scores.items()}


def shared(one: Mapping[str, Sequence[str]], two: Mapping[str, Sequence[str]]) -> list[float]:
    """The share of each question that both have."""
    return [len(set(one[question]) & set(two[question])) / DEPTH for question in sorted(one.keys() & two.keys())]


if __name__ == "__main__":
    values = shared(*(first(Path(name)) for name in sys.argv[1:3]))
    mean, low, high = bootstrap(values)
    sys.stdout.write(f"{len(values)} questions: {mean:.3f} [{low:.3f}, {high:.3f}]\n")
