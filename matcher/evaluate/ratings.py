"""The trust benchmark: how well a rating that was left out is foretold, beside the literature's baselines of the same run.

In: a ``Split`` of ratings (``matcher.evaluate.rating_splits``). Out: a ``TrustEvaluation``: RMSE and Pearson a row, each with a bootstrap
95 % interval over ratings, and by how much the opinion differs from Fairness x Goodness; and the scores if asked for. Next:
``api.cli.evaluate.trust`` shows it.

Ratings become EVIDENCE edges and go through ``matcher.trust.fusion`` like anybody's.

    opinion(a, j) = usual(a) + 1/2 * spread(a) * (b - d) / (b + d + u / 10,000)

usual and spread: the mean and the standard deviation of the rater's ratings, shrunken to those of all. So the score is what this rater
usually says, raised or lowered by what is believed of the target, by half of its spread at most. Nothing is fitted in it.
"""

from __future__ import annotations

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
from graph.language import _
from graph.model import EdgeKind, Evidence, EvidenceKind, Institution, Node, NodeKind, Provenance
from graph.progress import Progress
from matcher.columns import tables
from matcher.columns.evidence import Floats, set_anchors, stored_anchors
from matcher.columns.network import Network
from matcher.evaluate.files import Row, write_scores
from matcher.evaluate.left_out import Usual, closed_form, foretold, in_folds, left_out_opinions
from matcher.evaluate.metrics import bootstrap_of
from matcher.evaluate.rating_baselines import BASELINES, CLOSED_FORM, Ratings
from matcher.evaluate.rating_splits import FOLDS, Rating, Split
from matcher.trust.fusion import Trust
from matcher.trust.settings import SETTINGS, TrustSettings

SOURCE = "evaluation"
ANCHORS = 20
"""In a file of ratings nobody is vouched for: those whom most others rated well stand in for an operator's anchors."""

PEER = "fairness x goodness"
"""The baseline that the opinion is measured against, a rating at a time."""


class TrustEvaluation(msgspec.Struct, frozen=True):
    """The table of a run. ``split`` says in words what was left out."""

    known: int
    asked: int
    people: int
    split: str
    rows: tuple[Row, ...]


def evaluate_trust(
    split: Split, *, calibrated: bool = False, scores: Path | None = None, progress: Progress | None = None
) -> TrustEvaluation:
    """Foretell the asked ratings from the known ones. ``scores`` takes the uncalibrated opinion's, or the supervised one's if
    ``calibrated``. Raises InvalidInput if there is nothing to learn from or to ask."""
    from matcher.evaluate.rating_predictor import supervised

    tell = progress or (lambda _label, _done, _total: None)
    if not split.known or not split.asked:
        raise InvalidInput(_("there must be ratings to know and ratings to ask for"))
    names = {one: row for row, one in enumerate(sorted({end for r in (*split.known, *split.asked) for end in (r.source, r.target)}))}
    known, asked = _numbered(split.known, names), _numbered(split.asked, names)
    truth = asked.weight
    found: dict[str, Floats] = {}
    for name, predict in BASELINES.items():
        tell(name, 0, 0)
        if not split.leave_one_out:
            found[name] = predict(known, asked.source, asked.target)
        elif name in CLOSED_FORM:
            found[name] = closed_form(name, known)
        else:
            found[f"{name} ({FOLDS} folds)"] = in_folds(name, known, predict, tell)
    found["opinion"] = opinions(split, names, SETTINGS, tell)
    for name, learned in (supervised() if calibrated else {"ridge": supervised()["ridge"]}).items():
        tell(name, 0, 0)
        if split.leave_one_out:
            found[f"{name} ({FOLDS} folds)"] = in_folds(name, known, learned, tell)
        else:
            found[name] = learned(known, asked.source, asked.target)
    if scores:
        written = list(found)[-1] if calibrated else "opinion"  # the supervised one comes last
        told = ((one.source, one.target, f"{value:.6f}") for one, value in zip(split.asked, found[written].tolist(), strict=True))
        write_scores(scores, told, ("source", "target", "score"))
    rows = [Row(name, _figures(values, truth)) for name, values in found.items()]
    peer = next(name for name in found if name.startswith(PEER))
    rows.append(Row(f"opinion less {peer}", _figures(found["opinion"], truth, found[peer])))
    return TrustEvaluation(len(split.known), len(split.asked), len(names), split.words, tuple(rows))


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
            network = Network.of(tables.node_rows(nodes), tables.edge_rows(edges), stored_anchors(store))
        finally:
            store.close()
    latest = max((rating.time for rating in split.known), default=0.0)
    trusted = Trust(network, settings).on(_day(latest) if latest else "9999-12-31")
    rows = network.node_rows(ids[one] for one in names)
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
        out[places] = foretold(r[targets], s[targets], *usual.of_rater(asker), settings)
    return out


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


def _figures(predicted: Floats, truth: Floats, other: Floats | None = None) -> dict[str, tuple[float, float, float]]:
    """RMSE and Pearson with their intervals; of two predictions by how much the first is above the ``other``, on the same ratings."""
    found = {}
    for name, figure in (("RMSE", _rmse), ("Pearson", _pearson)):

        def of(rows: npt.NDArray[np.int64], figure: Callable[[Floats, Floats], float] = figure) -> float:
            return figure(predicted[rows], truth[rows]) - (figure(other[rows], truth[rows]) if other is not None else 0.0)

        found[name] = bootstrap_of(of, len(truth))
    return found


def _rmse(predicted: Floats, truth: Floats) -> float:
    return float(np.sqrt(np.mean((predicted - truth) ** 2)))


def _pearson(predicted: Floats, truth: Floats) -> float:
    """0 where one of both does not vary."""
    a, b = predicted - predicted.mean(), truth - truth.mean()
    spread = float(np.sqrt((a @ a) * (b @ b)))
    return max(-1.0, min(1.0, float(a @ b) / spread)) if spread > 1e-12 else 0.0
