"""``dovetail evaluate resolve``: which strings name one institution."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli import frame
from api.cli.evaluate.table import FILE, json_option
from api.cli.output import ProgressLine, emit_json, json_text, note, screen
from api.cli.words import Command
from graph.language import _

if TYPE_CHECKING:
    from ingest.evaluate import Evaluation


@click.command(
    "resolve",
    cls=Command,
    epilog="""\b
Examples:
  dovetail evaluate resolve --strings R.csv
  dovetail evaluate resolve --strings R.csv.gz --clusters clusters.csv --json figures.json
""",
)
@click.option("--strings", metavar="CSV", type=FILE, required=True, help="Columns id,text and, where it is known, entity.")
@click.option("--clusters", metavar="CSV", type=FILE, help="Write id,cluster here.")
@json_option
@frame.debug_option
def resolve(strings: Path, clusters: Path | None, json_path: Path | None) -> None:
    """Find which STRINGS name one institution and print pairwise precision, recall and F1 beside baselines."""
    from ingest.evaluate import evaluate_resolve

    frame.files((strings,))
    with ProgressLine() as progress:
        found = evaluate_resolve(strings, clusters, progress=progress)
    if clusters:
        note(_("clusters are in {clusters}", clusters=clusters))
    if str(json_path) == "-":
        emit_json(found)
        return
    if json_path:
        json_path.write_text(json_text(found) + "\n", "utf-8")
        note(_("figures are in {json_path}", json_path=json_path))
    _draw(found)


def _draw(found: Evaluation) -> None:
    from rich.table import Table

    click.echo(
        _(
            "{strings:,} strings, {labelled:,} labelled with {entities:,} entities ({named:,} name theirs); "
            "{clusters:,} clusters; {pairs:,} pairs of {names:,} names compared",
            strings=found.strings,
            labelled=found.labelled,
            entities=found.entities,
            named=found.named,
            clusters=found.clusters,
            pairs=found.pairs,
            names=found.names,
        )
    )
    if not found.rows:
        return
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False)
    table.add_column("", no_wrap=True)
    for name in ("precision", "recall", "F1", "recall at .97", "named: precision", "recall", "F1", "recall at .97"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in found.rows:
        both = (row.everything, row.named)
        table.add_row(row.name, *(f"{figure:.3f}" for one in both for figure in (one.precision, one.recall, one.f1, one.recall_at)))
    with screen(least=120) as target:
        target.print(table)
