"""``dovetail trust``: what one institution may believe of another, and from what evidence."""

from __future__ import annotations

from datetime import date

import click

from api.cli import frame
from api.cli.output import emit_json, screen


@click.command(
    epilog="""\b
Examples:
  dovetail trust I06 I02
  dovetail trust "岑海理工大学" I15 --as-of 2024-12-31
"""
)
@click.argument("asker")
@click.argument("target")
@click.option("--as-of", metavar="DATE", help="As of this day: later facts do not exist.  [today]")
@frame.shared(model=True)
def trust(asker: str, target: str, as_of: str | None, as_json: bool, store: str | None, model: str | None) -> None:
    """Say what ASKER may believe of TARGET (ids, source ids or names), and from what evidence."""
    from api import asking
    from api.facts import names_of
    from api.schemas import opinion_out
    from api.wording import in_words
    from graph.dates import end_of_period
    from graph.errors import InvalidInput
    from graph.model import Visibility
    from matcher import rank
    from matcher.snapshot import Snapshot

    try:
        day = end_of_period(as_of).isoformat() if as_of else date.today().isoformat()
    except ValueError as error:
        raise InvalidInput(str(error), field="--as-of") from error
    chosen = frame.settings(store=store, model=model)
    with frame.opened(chosen) as opened:
        ends = [asking.find(opened, frame.readable(name, "name"), Visibility.CONFIDENTIAL) for name in (asker, target)]
        snapshot = Snapshot.open(opened, frame.embedder(chosen))
        opinion = rank.opinion(ends[0], ends[1], day, snapshot)
        names = names_of(opened, ends, Visibility.CONFIDENTIAL)
    if as_json:
        told = opinion_out(opinion, in_words(opinion)).model_dump(mode="json")
        emit_json({"asker": ends[0], "target": ends[1], "as_of": day, "opinion": told})
        return
    from rich.text import Text

    from api.cli.draw import opinion_lines

    with screen() as target_screen:
        target_screen.print(Text(f"What {names[ends[0]]} may believe of {names[ends[1]]} as of {day}", style="bold"))
        opinion_lines(target_screen, opinion, limit=10)
