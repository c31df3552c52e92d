"""``dovetail evaluate leads``: one list over all demands, on a judged set."""

from __future__ import annotations

from pathlib import Path

import click

from api.cli import frame
from api.cli.evaluate.table import FILE, json_option, report
from api.cli.output import ProgressLine
from api.cli.words import Command
from graph.language import _


@click.command(
    "leads",
    cls=Command,
    epilog="""\b
Examples:
  dovetail evaluate leads --queries Q.csv --documents D.csv --judgements J.csv
""",
)
@click.option("--queries", metavar="CSV", type=FILE, required=True, help="Columns id,title,description.")
@click.option("--documents", metavar="CSV", type=FILE, required=True, help="Columns id,title,abstract.")
@click.option("--judgements", metavar="CSV", type=FILE, required=True, help="Columns query_id,candidate_id,grade.")
@json_option
@frame.model_option
@frame.english_option
@frame.debug_option
def leads(
    queries: Path, documents: Path, judgements: Path, json_path: Path | None, model: str | None, english_model: str | None
) -> None:
    """Put the judged pairs of all QUERIES into one list and print how good its first ones are, by fit, by points and by turns."""
    from ingest.cells.clean import clean_text
    from leads.suggest.evaluate import evaluate_leads

    frame.files((queries, documents, judgements))
    frame.resume_with(_("what was embedded is kept; run the same command again to go on"))
    embedder = frame.embedder(frame.settings(model=model, english_model=english_model))
    with ProgressLine() as progress:
        found = evaluate_leads(queries, documents, judgements, embedder=embedder, clean=clean_text, progress=progress)
    report(found, None, json_path)
