"""``dovetail coverage``: what the store knows, what it lacks, and what that costs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli import frame
from api.cli.output import emit_json, note, screen
from api.cli.words import Command
from graph.language import _, told, word

if TYPE_CHECKING:
    from rich.console import Console

    from desk.coverage import Coverage
    from matcher.evaluate.losses import Loss


@click.command(
    cls=Command,
    epilog="""\b
Examples:
  dovetail coverage
  dovetail coverage --html coverage.html --store sqlite:///centre.db
""",
)
@click.option("--html", "page", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="Also write it as one page to show.")
@frame.shared(model=True)
def coverage(page: Path | None, as_json: bool, store: str | None, model: str | None) -> None:
    """Count how much of each field each source fills, who is known to one source only, and what empty fields cost in matching."""
    from desk import coverage as desk
    from graph.viewer import OWNER

    chosen = frame.settings(store=store, model=model)
    with frame.opened(chosen) as opened:
        found = desk.coverage(opened, OWNER)
        costs, unmeasured = desk.costs(opened, frame.embedder(chosen, opened))
        where = opened.url
    if unmeasured:
        note(_("what empty fields cost is left out: {unmeasured}", unmeasured=told(unmeasured)))
    if page:
        from api.web.coverage import html

        page.write_text(html(found, costs, where), "utf-8")
        note(_("the page is in {page}", page=page))
    if as_json:
        emit_json({"coverage": found, "losses": costs})
        return
    with screen(least=110) as target:
        _draw(target, found, costs)


def _draw(target: Console, found: Coverage, costs: list[Loss]) -> None:
    from rich.table import Table

    def table(title: str, *columns: str, left: int = 3) -> Table:
        made = Table(title=title, title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0), show_edge=False)
        for number, column in enumerate(columns):
            made.add_column(column, justify="left" if number < left else "right", overflow="fold")
        return made

    sources = sorted({one.source for one in found.filled})
    filled = table(_("How much of each field is filled, by source"), _("kind"), _("field"), *sources, left=2)
    cells = {(one.kind, one.field, one.source): one for one in found.filled}
    last = None
    for kind, field in dict.fromkeys((one.kind, one.field) for one in found.filled):
        row = [cells.get((kind, field, source)) for source in sources]
        if kind is not last:
            filled.add_row(word(kind.value), _("rows"), *(f"{one.rows:,}" if one else "" for one in row), style="bold")
        filled.add_row("", field, *(_percent(one.share) if one else "" for one in row))
        last = kind
    target.print(filled)
    islands = table(_("Who is known to one source only"), _("kind"), _("source"), "", _("entities"))
    for island in found.islands:
        islands.add_row(word(island.kind.value), _("several sources"), "", f"{island.shared:,}")
        for source, count in island.islands.items():
            islands.add_row("", source, _("only"), f"{count:,}")
        islands.add_row("", _("mentioned, without a row of its own"), "", f"{island.by_reference:,}")
    target.print("", islands)
    joins = table(_("What joins them"), _("kind"), _("external id"), _("source"), _("entities"), _("joined"))
    for scheme in found.schemes:
        for source, count in scheme.sources.items():
            joins.add_row(word(scheme.kind.value), scheme.scheme, source, f"{count:,}", "")
        joins.add_row(word(scheme.kind.value), scheme.scheme, _("all"), f"{scheme.entities:,}", f"{scheme.joined:,}")
    for source, count in found.unidentified.items():
        joins.add_row("", _("none: by name only"), source, f"{count:,}", "")
    target.print("", joins)
    if costs:
        lost = table(
            _("What an empty field costs"), _("kind"), _("field"), _("measured on"), _("empty in"), _("points kept"), _("fall out"),
        )  # fmt: skip
        for loss in costs:
            empty, rows = found.empty(loss.kind, loss.field)
            shares = (empty / rows if rows else None, loss.kept, loss.fallen)
            lost.add_row(word(loss.kind.value), loss.field, told(loss.how), *map(_percent, shares))
        target.print("", lost)


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.0f} %"
