"""``dovetail show``: one node, with its fields, its records and its edges."""

from __future__ import annotations

import click

from api.cli import frame
from api.cli.output import emit_json, screen
from api.cli.words import Command


@click.command(
    cls=Command,
    epilog="""\b
Examples:
  dovetail show A01
  dovetail show "岑海理工大学" --limit 50
  dovetail show ins-0a1b2c3d4e5f6g7h --json
""",
)
@click.argument("name")
@click.option("--limit", type=click.IntRange(0, 100_000), default=20, show_default=True, help="How many edges at most.")
@frame.shared()
def show(name: str, limit: int, as_json: bool, store: str | None) -> None:
    """Show the node that NAME names: an id, a former id, an id of its source, or a name."""
    from desk.show import describe, records_of
    from desk.trust.objections import with_replies
    from graph.viewer import OWNER

    with frame.opened(frame.settings(store=store)) as opened:
        found = with_replies(opened, describe(opened, frame.readable(name, "NAME"), viewer=OWNER, limit=limit))
        records = records_of(opened, found.id, viewer=OWNER)
    if as_json:
        emit_json({**found.model_dump(mode="json"), "records": records})
        return
    from api.cli.draw.node import node_screen

    with screen() as target:
        node_screen(target, found, records)
