"""``dovetail evaluate``: how good the answers are, on judged sets, beside baselines computed in the same run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli import frame
from api.cli.output import Progress, emit_json, json_text, note, screen

if TYPE_CHECKING:
    from ingest.evaluate import Evaluation as Resolution
    from matcher.evaluate import Evaluation, Pool, Row
    from matcher.ratings import TrustRow

_FILE = click.Path(path_type=Path)


@click.group()
def evaluate() -> None:
    """Measure the product's own pipeline on judged sets, beside baselines."""


@evaluate.command(
    "match",
    epilog="""\b
Examples:
  dovetail evaluate match --queries Q.csv --documents D.csv --judgements J.csv
  dovetail evaluate match --queries Q.csv --documents D.csv.gz --pool all --scores out.csv --json out.json
""",
)
@click.option("--queries", metavar="CSV", type=_FILE, required=True, help="Columns id,title,description.")
@click.option("--documents", metavar="CSV", type=_FILE, required=True, help="Columns id,title,abstract.")
@click.option("--judgements", metavar="CSV", type=_FILE, help="Columns query_id,candidate_id,grade; only --scores without it.")
@click.option(
    "--pool", type=click.Choice(["judged", "all"]), default="judged", show_default=True, help="Rank each query's judged documents, or all."
)
@click.option("--learn", metavar="CSV", type=_FILE, help="Judgements to learn from (no weight is fitted yet: left aside, with a note).")
@click.option("--scores", metavar="CSV", type=_FILE, help="Write query_id,candidate_id,score here.")
@click.option("--json", "json_path", metavar="PATH", type=_FILE, help="Write the figures as JSON here (- is stdout, not the table).")
@frame.model_option
@frame.debug_option
def evaluate_match(
    queries: Path, documents: Path, judgements: Path | None, pool: Pool, learn: Path | None, scores: Path | None,
    json_path: Path | None, model: str | None,
) -> None:  # fmt: skip
    """Match QUERIES to DOCUMENTS and print the quality with 95 % intervals, each ingredient also left out in turn."""
    from ingest.normalise import clean_text
    from matcher.evaluate import evaluate_match as measure

    given = [path for path in (queries, documents, judgements, learn) if path]
    frame.files(tuple(given))
    frame.resume_with("what was embedded is kept; run the same command again to go on")
    if learn:
        note("the weights are fixed, no weight is fitted: --learn is left aside")
    embedder = frame.embedder(frame.settings(model=model))
    with Progress() as progress:
        found = measure(queries, documents, judgements, embedder=embedder, clean=clean_text, pool=pool, scores=scores, progress=progress)
    if scores:
        note(f"scores are in {scores}")
    heading = f"{found.questions:,} questions, {found.documents:,} documents, {found.judged:,} judged pairs, model {found.model}"
    tell(heading, found.rows, _figures(found), json_path)


def tell(heading: str, rows: Sequence[Row | TrustRow], figures: object, json_path: Path | None) -> None:
    """The figures of an evaluation as JSON on stdout (for ``-``) or in a file, and the table on stdout."""
    if str(json_path) == "-":
        click.echo(json_text(figures))
        return
    if json_path:
        json_path.write_text(json_text(figures) + "\n", "utf-8")
        note(f"figures are in {json_path}")
    click.echo(heading)
    if rows:
        _table(rows)


def named(metrics: Mapping[str, Sequence[float]]) -> dict[str, dict[str, float]]:
    """Metrics for the JSON of an evaluation: name -> value, low, high."""
    return {name: dict(zip(("value", "low", "high"), figure, strict=True)) for name, figure in metrics.items()}


@evaluate.command(
    "resolve",
    epilog="""\b
Examples:
  dovetail evaluate resolve --strings R.csv
  dovetail evaluate resolve --strings R.csv.gz --clusters clusters.csv --json figures.json
""",
)
@click.option("--strings", metavar="CSV", type=_FILE, required=True, help="Columns id,text and, where it is known, entity.")
@click.option("--clusters", metavar="CSV", type=_FILE, help="Write id,cluster here.")
@click.option("--json", "json_path", metavar="PATH", type=_FILE, help="Write the figures as JSON here (- is stdout, not the table).")
@frame.debug_option
def evaluate_resolve(strings: Path, clusters: Path | None, json_path: Path | None) -> None:
    """Find which STRINGS name one institution and print pairwise precision, recall and F1 beside baselines."""
    from ingest.evaluate import evaluate_resolve as measure

    frame.files((strings,))
    with Progress() as progress:
        found = measure(strings, clusters, progress=progress)
    if clusters:
        note(f"clusters are in {clusters}")
    if str(json_path) == "-":
        emit_json(found)
        return
    if json_path:
        json_path.write_text(json_text(found) + "\n", "utf-8")
        note(f"figures are in {json_path}")
    _resolve_table(found)


def _resolve_table(found: Resolution) -> None:
    from rich.table import Table

    click.echo(
        f"{found.strings:,} strings, {found.labelled:,} labelled with {found.entities:,} entities ({found.named:,} name theirs); "
        f"{found.clusters:,} clusters; {found.pairs:,} pairs of {found.names:,} names compared"
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


def _figures(found: Evaluation) -> dict[str, object]:
    return {
        "questions": found.questions, "documents": found.documents, "judged": found.judged, "pool": found.pool, "model": found.model,
        "rows": [{"name": row.name, "metrics": named(row.metrics)} for row in found.rows],
    }  # fmt: skip


def _table(rows: Sequence[Row | TrustRow]) -> None:
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False)
    names = list(dict.fromkeys(name for row in rows for name in row.metrics))
    table.add_column("", no_wrap=True)
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(row.name, *(_figure(row.metrics.get(name)) for name in names))
    with screen(least=24 + 23 * len(names)) as target:
        target.print(table)


def _figure(figure: tuple[float, float, float] | None) -> str:
    return "" if figure is None else f"{figure[0]:.3f} [{figure[1]:.3f}, {figure[2]:.3f}]"
