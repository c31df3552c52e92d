"""The trust benchmark: how well a rating that was left out is foretold, beside the literature's baselines of the same run.

In: CSV files of ratings (docs/evaluation.md). Out: a TrustEvaluation: RMSE and Pearson a row, each with a bootstrap 95 % interval
over ratings. Ratings go into a temporary store as EVIDENCE and through ``matcher.trust`` like anybody's.

    opinion(a, j) = (b - d) + u * usual(a)      usual: the mean of the rater's ratings, shrunken to the mean of all

so the score is what is believed of the target, and for what is uncertain, what this rater usually says. Nothing is fitted.
"""

from __future__ import annotations

import csv
import gzip
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from graph import Batch, connect
from graph.errors import InvalidInput
from graph.ids import edge_id, entity_id, record_id
from graph.model import Edge, EdgeKind, Evidence, EvidenceKind, Institution, Node, NodeKind, Provenance
from matcher import tables
from matcher.evaluate.files import Progress, Row, read
from matcher.evaluate.left_out import Usual, foretold, left_out_opinions
from matcher.evaluate.rating_baselines import BASELINES, CLOSED_FORM, Ratings
from matcher.evidence import SETTINGS, Floats, Rows, TrustSettings, set_anchors, stored_anchors
from matcher.metrics import bootstrap_of
from matcher.scale import Scale
from matcher.snapshot import Snapshot

SOURCE = "evaluation"
ANCHORS = 20
"""In a file of ratings nobody is vouched for: those whom most others rated well stand in for an operator's anchors."""
FOLDS = 10

ABLATIONS: dict[str, TrustSettings] = {
    "opinion": SETTINGS,
    "opinion, nothing heard": msgspec.structs.replace(SETTINGS, heard=0.0),
}


class Rating(msgspec.Struct, frozen=True):
    """A row of the file. ``time``: seconds since 1970, 0 where there is none."""

    source: str
    target: str
    weight: float
    time: float


class TrustEvaluation(msgspec.Struct, frozen=True):
    """The table of a run. ``split`` says in words what was left out."""

    known: int
    asked: int
    people: int
    split: str
    rows: tuple[Row, ...]


class Split(msgspec.Struct, frozen=True):
    """What is known and what is asked."""

    known: list[Rating]
    asked: list[Rating]
    words: str
    leave_one_out: bool = False


def evaluate_trust(
    split: Split, *, calibrated: bool = False, scores: Path | None = None, progress: Progress | None = None
) -> TrustEvaluation:
    """Foretell the asked ratings from the known ones. ``scores`` takes the uncalibrated opinion's, or the supervised one's if
    ``calibrated``. Raises InvalidInput if there is nothing to learn from or to ask."""
    from matcher.evaluate.rating_predictor import supervised

    tell = progress or (lambda _label, _done, _total: None)
    if not split.known or not split.asked:
        raise InvalidInput("there must be ratings to know and ratings to ask for")
    names = {one: row for row, one in enumerate(sorted({end for r in (*split.known, *split.asked) for end in (r.source, r.target)}))}
    known, asked = _numbered(split.known, names), _numbered(split.asked, names)
    truth = asked.weight
    found: dict[str, Floats] = {}
    for name, predict in BASELINES.items():
        tell(name, 0, 0)
        if not split.leave_one_out:
            found[name] = predict(known, asked.source, asked.target)
        elif name in CLOSED_FORM:
            found[name] = left_out(name, known)
        else:
            found[f"{name} ({FOLDS} folds)"] = in_folds(known, predict)
    for name, settings in ABLATIONS.items():
        found[name] = opinions(split, names, settings, tell)
    for name, learned in (supervised() if calibrated else {"ridge": supervised()["ridge"]}).items():
        tell(name, 0, 0)
        found[name] = in_folds(known, learned) if split.leave_one_out else learned(known, asked.source, asked.target)
    if scores:
        _write(scores, split.asked, found["calibrated" if calibrated else "opinion"])
    rows = tuple(Row(name, _figures(np.asarray(values), truth)) for name, values in found.items())
    return TrustEvaluation(len(split.known), len(split.asked), len(names), split.words, rows)


# -- splits


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
        raise InvalidInput("a split by time needs a time in every row", file=str(edges), field="time")
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
            raise InvalidInput("a weight is a number from -1 to 1", file=str(path), line=line, field="weight")
        if not row["source"] or not row["target"]:
            raise InvalidInput("a rating has a source and a target", file=str(path), line=line, field="source")
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
        raise InvalidInput("a time is seconds since 1970 or an ISO date", file=str(path), line=line, field="time") from error


def _numbered(ratings: Sequence[Rating], names: dict[str, int]) -> Ratings:
    source, target = (np.array([names[getattr(one, end)] for one in ratings], np.int64) for end in ("source", "target"))
    return Ratings(source, target, np.array([one.weight for one in ratings]), len(names))


# -- the opinion


def opinions(split: Split, names: dict[str, int], settings: TrustSettings, tell: Progress) -> Floats:
    """The uncalibrated opinion of every pair asked for, by the product's own trust."""
    with tempfile.TemporaryDirectory(prefix="dovetail-evaluate-") as folder:
        store = connect(f"sqlite:///{folder}/ratings.db")
        try:
            ids = {one: entity_id(NodeKind.INSTITUTION, record_id(NodeKind.INSTITUTION, SOURCE, one)) for one in names}
            nodes: list[Node] = [Institution(id=ids[one], provenance=Provenance(SOURCE, one), name=one) for one in names]
            edges = [_edge(rating, ids, at) for at, rating in enumerate(split.known) if rating.source != rating.target]
            store.write(Batch(nodes=nodes, edges=list(edges)))
            set_anchors(store, (ids[one] for one in _anchors(split.known)))
            snapshot = bare(nodes, edges, stored_anchors(store), store.cursor())
        finally:
            store.close()
    latest = max((rating.time for rating in split.known), default=0.0)
    trusted = snapshot.trust(settings).on(_day(latest) if latest else "9999-12-31")
    rows = snapshot.node_rows(ids[one] for one in names)
    row_of = dict(zip(names, rows.tolist(), strict=True))
    usual = Usual.of(split.known)
    if split.leave_one_out:
        return left_out_opinions(split.known, trusted, row_of, usual, tell)
    out = np.zeros(len(split.asked))
    by_asker: dict[str, list[int]] = {}
    for at, rating in enumerate(split.asked):
        by_asker.setdefault(rating.source, []).append(at)
    for done, (asker, places) in enumerate(by_asker.items()):
        tell("opinion", done, len(by_asker))
        r, s = trusted.everyone(row_of[asker])
        targets = np.array([row_of[split.asked[at].target] for at in places])
        out[places] = foretold(r[targets], s[targets], usual.of_rater(asker), settings)
    return out


def bare(nodes: Sequence[Node], edges: Sequence[Edge], anchors: tuple[str, ...], cursor: object) -> Snapshot:
    """A snapshot without texts: trust is all that is asked of it."""
    scale = Scale(0, 1.0, np.empty(0, np.uint64), np.empty(0, np.int32), np.zeros((2, 1)), 0.0, "")
    empty = np.empty(0, bool)
    return Snapshot(cursor, scale, (), empty, tables.node_rows(nodes), tables.edge_rows(edges), "", anchors)  # type: ignore[arg-type]


def _edge(rating: Rating, ids: dict[str, str], at: int) -> Evidence:
    source, target = ids[rating.source], ids[rating.target]
    return Evidence(
        id=edge_id(EdgeKind.EVIDENCE, source, target, SOURCE, str(at)), kind=EdgeKind.EVIDENCE, source=source, target=target,
        provenance=Provenance(SOURCE, str(at)), date=_day(rating.time) if rating.time else None,
        evidence=EvidenceKind.RATING, outcome=rating.weight,
    )  # fmt: skip


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


def _anchors(known: Sequence[Rating]) -> list[str]:
    good: dict[str, float] = {}
    for rating in known:
        good[rating.target] = good.get(rating.target, 0.0) + max(rating.weight, 0.0)
    return sorted(good, key=lambda one: (-good[one], one))[:ANCHORS]


# -- rows that leave one out, or fold


def left_out(name: str, known: Ratings) -> Floats:
    """A closed-form baseline of each rating from all the others."""
    ends = {"mean": np.zeros_like(known.source), "rater's mean": known.source, "goodness": known.target}
    mean = (known.weight.sum() - known.weight) / max(1, len(known.weight) - 1)
    if name == "reciprocal":  # a rating is never its own answer, but it is in the mean of all
        given = set(zip(known.source.tolist(), known.target.tolist(), strict=True))
        answered = np.array([pair in given for pair in zip(known.target.tolist(), known.source.tolist(), strict=True)])
        return np.where(answered, BASELINES[name](known, known.source, known.target), mean)
    rows = ends[name]
    prior = 5.0 if name == "rater's mean" else 0.0
    count = np.bincount(rows, minlength=known.people)[rows] - 1 + prior
    total = np.bincount(rows, known.weight, minlength=known.people)[rows] - known.weight + prior * mean
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1e-300), mean))


def in_folds(known: Ratings, predict: Callable[[Ratings, Rows, Rows], Floats]) -> Floats:
    """Each rating from the nine tenths of the others that its fold leaves (folds by a seeded permutation)."""
    fold = np.random.default_rng(0).permutation(len(known.weight)) % FOLDS
    out = np.zeros(len(known.weight))
    for one in range(FOLDS):
        rest, mine = fold != one, fold == one
        part = Ratings(known.source[rest], known.target[rest], known.weight[rest], known.people)
        out[mine] = predict(part, known.source[mine], known.target[mine])
    return out


def _figures(predicted: Floats, truth: Floats) -> dict[str, tuple[float, float, float]]:
    def rmse(rows: npt.NDArray[np.int64]) -> float:
        return float(np.sqrt(np.mean((predicted[rows] - truth[rows]) ** 2)))

    def pearson(rows: npt.NDArray[np.int64]) -> float:
        a, b = predicted[rows] - predicted[rows].mean(), truth[rows] - truth[rows].mean()
        spread = float(np.sqrt((a @ a) * (b @ b)))
        return float(a @ b) / spread if spread > 1e-12 else 0.0

    return {"RMSE": bootstrap_of(rmse, len(truth)), "Pearson": bootstrap_of(pearson, len(truth))}


def _write(path: Path, asked: Sequence[Rating], values: Floats) -> None:
    with (
        gzip.open(path, "wt", encoding="utf-8", newline="")
        if path.suffix == ".gz"
        else path.open("w", encoding="utf-8", newline="") as file
    ):
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["source", "target", "score"])
        writer.writerows((one.source, one.target, f"{value:.6f}") for one, value in zip(asked, values.tolist(), strict=True))
