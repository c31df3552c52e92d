"""``dovetail evaluate trust``: how well the opinion foretells ratings that were left out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from api.cli import frame
from api.cli.evaluate.table import FILE, json_option, tell
from api.cli.output import ProgressLine, note
from api.cli.words import Command
from graph.language import _

if TYPE_CHECKING:
    from matcher.evaluate.rating_splits import Split

_SHARE = click.FloatRange(0, 1, min_open=True, max_open=True)


@click.command(
    "trust",
    cls=Command,
    epilog="""\b
Examples:
  dovetail evaluate trust --edges E.csv --holdout 0.1 --seed 0
  dovetail evaluate trust --edges E.csv.gz --temporal 0.2 --calibrated --json out.json
  dovetail evaluate trust --train T.csv --test S.csv --scores out.csv
""",
)
@click.option("--edges", metavar="CSV", type=FILE, help="Columns source,target,weight in [-1, 1] and, if there is one, time.")
@click.option("--holdout", metavar="SHARE", type=_SHARE, help="Ask for this share of the ratings, drawn at random.  [0.1]")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the random draw.")
@click.option("--temporal", metavar="SHARE", type=_SHARE, help="Ask for this last share by time, from what was known before.")
@click.option("--leave-one-out", is_flag=True, help="Ask for each rating, from all the others.")
@click.option("--train", metavar="CSV", type=FILE, help="Ratings that are known (with --test).")
@click.option("--test", metavar="CSV", type=FILE, help="Ratings that are asked for (with --train).")
@click.option("--calibrated", is_flag=True, help="Also the supervised predictor, trained on what is known.")
@click.option("--scores", metavar="CSV", type=FILE, help="Write source,target,score of the opinion (or the supervised predictor) here.")
@json_option
@frame.debug_option
def trust(
    edges: Path | None, holdout: float | None, seed: int, temporal: float | None, leave_one_out: bool, train: Path | None,
    test: Path | None, calibrated: bool, scores: Path | None, json_path: Path | None,
) -> None:  # fmt: skip
    """Foretell ratings that were left out and print RMSE and Pearson, beside the literature's baselines."""
    from matcher.evaluate.ratings import evaluate_trust

    split = _split(edges, holdout, seed, temporal, leave_one_out, train, test)
    with ProgressLine() as progress:
        found = evaluate_trust(split, calibrated=calibrated, scores=scores, progress=progress)
    if scores:
        note(_("scores are in {scores}", scores=scores))
    heading = _(
        "{asked:,} ratings asked for, {known:,} known, {people:,} parties: {split}",
        asked=found.asked, known=found.known, people=found.people, split=found.split,
    )  # fmt: skip
    head = {"known": found.known, "asked": found.asked, "people": found.people, "split": found.split}
    tell(heading, head, found.rows, json_path)


def _split(
    edges: Path | None, holdout: float | None, seed: int, temporal: float | None, left_out: bool, train: Path | None, test: Path | None
) -> Split:
    from graph.errors import InvalidInput
    from matcher.evaluate import rating_splits as splits

    frame.files(tuple(path for path in (edges, train, test) if path))
    ways = [holdout is not None, temporal is not None, left_out]
    if (train is None) != (test is None) or (edges is None) == (train is None) or (train and any(ways)) or sum(ways) > 1:
        raise InvalidInput(_("give --edges with one of --holdout, --temporal and --leave-one-out, or --train with --test"))
    if train and test:
        return splits.given(train, test)
    edges = cast("Path", edges)  # one of the two is there
    if temporal is not None:
        return splits.temporal(edges, temporal)
    return splits.leave_one_out(edges) if left_out else splits.holdout(edges, 0.1 if holdout is None else holdout, seed)
