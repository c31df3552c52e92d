"""``dovetail evaluate partners``: which institution was taken, given only what was known before."""

from __future__ import annotations

from pathlib import Path

import click

from api.cli import frame
from api.cli.evaluate.table import FILE, json_option, report
from api.cli.output import ProgressLine
from api.cli.words import Command
from graph.language import _


@click.command(
    "partners",
    cls=Command,
    epilog="""\b
Examples:
  dovetail evaluate partners --queries P.csv --achievements O.csv --cooperations K.csv --judgements I.csv
  dovetail evaluate partners --queries P.csv --achievements O.csv.gz --cooperations K.csv --part-of H.csv --judgements I.csv --json -
  dovetail evaluate partners --queries P.csv --achievements O.csv --parties L.csv --judgements I.csv --embargo 365
""",
)
@click.option("--queries", metavar="CSV", type=FILE, required=True, help="Columns id,title,description,posted_by,as_of.")
@click.option("--achievements", metavar="CSV", type=FILE, required=True, help="Columns id,title,abstract,owner,date.")
@click.option("--cooperations", metavar="CSV", type=FILE, help="Columns source,target,date,kind,amount.")
@click.option("--parties", metavar="CSV", type=FILE, help="Instead: columns work,institution,role,date,kind, the parties of works.")
@click.option("--part-of", metavar="CSV", type=FILE, help="Columns child,parent.")
@click.option("--judgements", metavar="CSV", type=FILE, required=True, help="Columns query_id,institution.")
@click.option(
    "--embargo", metavar="DAYS", type=click.IntRange(min=0), default=0, help="Ask each question so many days earlier than its as_of."
)
@click.option("--scores", metavar="CSV", type=FILE, help="Write query_id,institution,score,entity here, one row a spelling.")
@json_option
@frame.model_option
@frame.english_option
@frame.debug_option
def partners(
    queries: Path, achievements: Path, cooperations: Path | None, parties: Path | None, part_of: Path | None, judgements: Path,
    embargo: int, scores: Path | None, json_path: Path | None, model: str | None, english_model: str | None,
) -> None:  # fmt: skip
    """Rank institutions for QUERIES, each as of its own day, and print where those that were taken stand."""
    from desk.judged_sets import partners as measure

    dealings = parties or cooperations
    if dealings is None or (parties and cooperations):
        raise click.UsageError(_("give either --cooperations or --parties"))
    frame.files(tuple(path for path in (queries, achievements, dealings, part_of, judgements) if path))
    frame.resume_with(_("what was embedded is kept; run the same command again to go on"))
    embedder = frame.embedder(frame.settings(model=model, english_model=english_model))
    with ProgressLine() as progress:
        found = measure(
            queries, achievements, dealings, part_of, judgements, embedder=embedder, parties=parties is not None, embargo=embargo,
            scores=scores, progress=progress,
        )  # fmt: skip
    report(found, scores, json_path)
