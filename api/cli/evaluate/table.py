"""The figures of an evaluation as a person reads them: a table on stdout or JSON in a file.

In: an ``Evaluation``, or a heading with rows. Out: a table with a row for each variant, or the same as one JSON document. Next:
``api.cli.evaluate.match``, ``api.cli.evaluate.partners``, ``api.cli.evaluate.experts`` and ``api.cli.evaluate.trust`` end with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.output import json_text, note, screen
from graph.language import _

if TYPE_CHECKING:
    from matcher.evaluate import Block, Evaluation, Row

FILE = click.Path(path_type=Path)
json_option = click.option(
    "--json", "json_path", metavar="PATH", type=FILE, help="Write the figures as JSON here (- is stdout, not the table)."
)


def report(found: Evaluation, scores: Path | None, json_path: Path | None) -> None:
    """Say where the scores are, and print the figures or write them."""
    if scores:
        note(_("scores are in {scores}", scores=scores))
    for one in found.notes:
        note(one)
    head = {name: getattr(found, name) for name in ("questions", "documents", "judged", "pool", "model", "notes")}
    heading = _(
        "{questions:,} questions, {documents:,} documents, {judged:,} judged pairs, model {model}",
        questions=found.questions, documents=found.documents, judged=found.judged, model=found.model,
    )  # fmt: skip
    tell(heading, head, found.rows, json_path, found.blocks)


def tell(
    heading: str, head: Mapping[str, object], rows: Sequence[Row], json_path: Path | None, blocks: Sequence[Block] = ()
) -> None:
    """The ``head``, rows and blocks of an evaluation as JSON on stdout (for ``-``) or in a file, and the tables under their ``heading``
    on stdout."""
    figures = {**head, "rows": _listed(rows)}
    if blocks:
        figures["blocks"] = [{"name": block.name, "questions": block.questions, "rows": _listed(block.rows)} for block in blocks]
    if str(json_path) == "-":
        click.echo(json_text(figures))
        return
    if json_path:
        json_path.write_text(json_text(figures) + "\n", "utf-8")
        note(_("figures are in {json_path}", json_path=json_path))
    click.echo(heading)
    if rows:
        _draw(rows)
    for block in blocks:
        click.echo("\n" + _("{name}: {questions:,} questions", name=block.name, questions=block.questions))
        _draw(block.rows)


def _listed(rows: Sequence[Row]) -> list[dict[str, object]]:
    return [{"name": row.name, "metrics": _named(row.metrics)} for row in rows]


def _named(metrics: Mapping[str, Sequence[float]]) -> dict[str, dict[str, float]]:
    return {name: dict(zip(("value", "low", "high"), figure, strict=True)) for name, figure in metrics.items()}


def _draw(rows: Sequence[Row]) -> None:
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False)
    percent = any(abs(value) > 1 for row in rows for figure in row.metrics.values() for value in figure)
    names = list(dict.fromkeys(name for row in rows for name in row.metrics))
    table.add_column("", no_wrap=True)
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(row.name, *(_figure(row.metrics.get(name), 1 if percent else 3) for name in names))
    with screen(least=max(len(row.name) for row in rows) + 2 + 23 * len(names)) as target:
        target.print(table)


def _figure(figure: tuple[float, float, float] | None, digits: int) -> str:
    return "" if figure is None else "{:.{n}f} [{:.{n}f}, {:.{n}f}]".format(*figure, n=digits)
