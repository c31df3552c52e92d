"""``dovetail evaluate match``: the ranking of documents for questions, on a judged set."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli import frame
from api.cli.evaluate.table import FILE, json_option, report
from api.cli.output import ProgressLine
from api.cli.words import Command
from graph.language import _

if TYPE_CHECKING:
    from matcher.evaluate import Pool


@click.command(
    "match",
    cls=Command,
    epilog="""\b
Examples:
  dovetail evaluate match --queries Q.csv --documents D.csv --judgements J.csv
  dovetail evaluate match --queries Q.csv --documents D.csv.gz --pool all --scores out.csv --json out.json
""",
)
@click.option("--queries", metavar="CSV", type=FILE, required=True, help="Columns id,title,description.")
@click.option("--documents", metavar="CSV", type=FILE, required=True, help="Columns id,title,abstract.")
@click.option("--judgements", metavar="CSV", type=FILE, help="Columns query_id,candidate_id,grade; only --scores without it.")
@click.option(
    "--pool", type=click.Choice(["judged", "all"]), default="judged", show_default=True, help="Rank each query's judged documents, or all."
)
@click.option("--learn", metavar="CSV", type=FILE, help="Judgements to choose weights by: a row of its own, and the scores.")
@click.option("--scores", metavar="CSV", type=FILE, help="Write query_id,candidate_id,score here.")
@json_option
@frame.model_option
@frame.english_option
@frame.debug_option
def match(
    queries: Path, documents: Path, judgements: Path | None, pool: Pool, learn: Path | None, scores: Path | None,
    json_path: Path | None, model: str | None, english_model: str | None,
) -> None:  # fmt: skip
    """Match QUERIES to DOCUMENTS and print the quality with 95 % intervals, each ingredient also left out in turn."""
    from ingest.cells.clean import clean_text
    from matcher.evaluate import evaluate_match

    given = [path for path in (queries, documents, judgements, learn) if path]
    frame.files(tuple(given))
    frame.resume_with(_("what was embedded is kept; run the same command again to go on"))
    embedder = frame.embedder(frame.settings(model=model, english_model=english_model))
    with ProgressLine() as progress:
        found = evaluate_match(
            queries, documents, judgements, embedder=embedder, clean=clean_text, pool=pool, learn=learn, scores=scores, progress=progress
        )
    report(found, scores, json_path)
