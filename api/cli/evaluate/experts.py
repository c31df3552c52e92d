"""``dovetail evaluate experts``: who knows the topic of a text, judged by his or her works."""

from __future__ import annotations

from pathlib import Path

import click

from api.cli import frame
from api.cli.evaluate.table import FILE, json_option, report
from api.cli.output import ProgressLine
from api.cli.words import Command
from graph.language import _


@click.command(
    "experts",
    cls=Command,
    epilog="""\b
Examples:
  dovetail evaluate experts --queries Q.csv --works W.csv --authorship A.csv --candidates C.csv --judgements J.csv
  dovetail evaluate experts --queries Q.csv --works W.csv.gz --authorship A.csv --scores out.csv
""",
)
@click.option("--queries", metavar="CSV", type=FILE, required=True, help="Columns id,title,description.")
@click.option("--works", metavar="CSV", type=FILE, required=True, help="Columns id,title,abstract.")
@click.option("--authorship", metavar="CSV", type=FILE, required=True, help="Columns expert_id,work_id.")
@click.option("--candidates", metavar="CSV", type=FILE, help="Column expert_id: who is ranked; all authors without it.")
@click.option("--judgements", metavar="CSV", type=FILE, help="Columns query_id,candidate_id,grade (0 to 1); only --scores without it.")
@click.option("--scores", metavar="CSV", type=FILE, help="Write query_id,candidate_id,score here.")
@json_option
@frame.model_option
@frame.english_option
@frame.debug_option
def experts(
    queries: Path, works: Path, authorship: Path, candidates: Path | None, judgements: Path | None, scores: Path | None,
    json_path: Path | None, model: str | None, english_model: str | None,
) -> None:  # fmt: skip
    """Rank experts for QUERIES by their works. A work with the query's own id is no evidence."""
    from desk.judged_sets import experts as measure

    frame.files(tuple(path for path in (queries, works, authorship, candidates, judgements) if path))
    frame.resume_with(_("what was embedded is kept; run the same command again to go on"))
    embedder = frame.embedder(frame.settings(model=model, english_model=english_model))
    with ProgressLine() as progress:
        found = measure(queries, works, authorship, candidates, judgements, embedder=embedder, scores=scores, progress=progress)
    report(found, scores, json_path)
