"""Files of ratings, and what of them is known and what is asked.

In: CSV files (docs/evaluation.md). Out: a ``Split``. Next: ``api.cli.evaluate.trust`` makes it and gives it to
``matcher.evaluate.ratings``.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np

from graph.errors import InvalidInput
from graph.language import _
from matcher.evaluate.files import read

FOLDS = 10
"""Into how many parts ratings are cut where a row must be fitted without the rating that it is asked for."""


class Rating(msgspec.Struct, frozen=True):
    """A row of the file. ``time``: seconds since 1970, 0 where there is none."""

    source: str
    target: str
    weight: float
    time: float


class Split(msgspec.Struct, frozen=True):
    """What is known and what is asked."""

    known: list[Rating]
    asked: list[Rating]
    words: str
    leave_one_out: bool = False


def holdout(edges: Path, share: float, seed: int) -> Split:
    """A random share of the ratings is asked for."""
    ratings = read_ratings(edges)
    order = np.random.default_rng(seed).permutation(len(ratings))
    cut = round(share * len(ratings))
    asked, known = ([ratings[at] for at in sorted(part)] for part in (order[:cut].tolist(), order[cut:].tolist()))
    return Split(known, asked, f"{share:.0%} at random, seed {seed}")


def temporal(edges: Path, share: float) -> Split:
    """The last share of the ratings by time is asked for, from what was known before. Raises InvalidInput without times."""
    ratings = read_ratings(edges)
    if any(not rating.time for rating in ratings):
        raise InvalidInput(_("a split by time needs a time in every row"), file=str(edges), field="time")
    ratings.sort(key=lambda rating: (rating.time, rating.source, rating.target))
    cut = len(ratings) - round(share * len(ratings))
    if 0 < cut < len(ratings):  # what came at the same moment was not known yet
        first = ratings[cut].time
        known, asked = [one for one in ratings if one.time < first], ratings[cut:]
        asked = [one for one in ratings if one.time >= first] if len(known) + len(asked) < len(ratings) else asked
        return Split(known, asked, f"the last {share:.0%} by time")
    return Split(ratings[:cut], ratings[cut:], f"the last {share:.0%} by time")


def leave_one_out(edges: Path) -> Split:
    """Each rating is asked for, from all the others."""
    ratings = read_ratings(edges)
    return Split(ratings, ratings, f"leave one out ({FOLDS} folds where a row must be fitted)", leave_one_out=True)


def given(train: Path, test: Path) -> Split:
    """The ratings of one file are asked for, those of the other known."""
    return Split(read_ratings(train), read_ratings(test), f"{test.name} from {train.name}")


def read_ratings(path: Path) -> list[Rating]:
    """The rows of a CSV file (plain or .gz): source,target,weight in [-1, 1], and time if there is one (seconds since 1970 or an
    ISO date). Raises InvalidInput naming file, line and column."""
    found = []
    for line, row in enumerate(read(path, ("source", "target", "weight"), optional=("time",)), start=2):
        try:
            weight = float(row["weight"])
        except ValueError:
            weight = np.nan
        if not -1 <= weight <= 1:
            raise InvalidInput(_("a weight is a number from -1 to 1"), file=str(path), line=line, field="weight")
        if not row["source"] or not row["target"]:
            raise InvalidInput(_("a rating has a source and a target"), file=str(path), line=line, field="source")
        found.append(Rating(row["source"], row["target"], weight, _seconds(row["time"], path, line)))
    return found


def _seconds(text: str, path: Path, line: int) -> float:
    try:
        return float(text or 0)
    except ValueError:
        pass
    try:
        when = datetime.fromisoformat(text)
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    except ValueError as error:
        raise InvalidInput(_("a time is seconds since 1970 or an ISO date"), file=str(path), line=line, field="time") from error
