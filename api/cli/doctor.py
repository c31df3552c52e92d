"""``dovetail doctor``: what is wrong, in plain words, and how to mend it."""

from __future__ import annotations

import click

from api.cli import frame
from api.cli.output import emit_json, screen
from api.cli.words import Command
from graph.language import _, word


@click.command(
    cls=Command,
    epilog="""\b
Examples:
  dovetail doctor
  dovetail doctor --deep --store sqlite:///centre.db
""",
)
@click.option("--deep", is_flag=True, help="Read everything: every stored hash, every file of the index, the model by a trial text.")
@frame.shared(model=True)
def doctor(deep: bool, as_json: bool, store: str | None, model: str | None) -> None:
    """Check the installation, the store, the index, the model and the cache folder. Exit code 1 if anything fails."""
    from api.doctor import State, examine

    found = examine(frame.settings(store=store, model=model), deep=deep)
    failing = any(one.state is State.FAIL for one in found)
    if as_json:
        emit_json({"healthy": not failing, "checks": found})
    else:
        _draw(found)
    if failing:
        click.get_current_context().exit(1)


def _draw(found: list) -> None:  # type: ignore[type-arg]
    from rich.table import Table
    from rich.text import Text

    styles = {"ok": "green", "warn": "yellow", "fail": "bold red"}
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False, show_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for one in found:
        table.add_row(Text(word(one.state.value, "State"), style=styles[one.state.value]), word(one.name, "check"), one.what)
        if one.mend:
            table.add_row("", "", Text(f"→ {one.mend}", style="italic"))
    with screen() as target:
        target.print(table)
    bad = sum(one.state.value == "fail" for one in found)
    odd = sum(one.state.value == "warn" for one in found)
    click.echo(_("{failing} failing, {odd} to look at", failing=bad, odd=odd) if bad or odd else _("all is well"))
