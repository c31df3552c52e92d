"""``dovetail trust``: what one institution may believe of another, from what evidence, and whom it trusts most and least."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli import frame
from api.cli.output import emit_json, note, screen
from api.cli.words import Command
from graph.language import _

if TYPE_CHECKING:
    from desk.schemas import TrustListOut


@click.command(
    cls=Command,
    epilog="""\b
Examples:
  dovetail trust I06 I02
  dovetail trust "岑海理工大学" I15 --as-of 2024-12-31 --log
  dovetail trust I06
  dovetail trust I06 --html trust.html
"""
)
@click.argument("asker")
@click.argument("target", required=False)
@click.option("--as-of", metavar="DATE", help="As of this day: later facts do not exist.  [today]")
@click.option("--log", "with_log", is_flag=True, help="Every transition of the relation's stage, with the evidence behind it.")
@click.option("--html", metavar="FILE", type=click.Path(path_type=Path), help="Draw ASKER's trust neighbourhood into this one file.")
@frame.shared(model=True)
def trust(
    asker: str, target: str | None, as_of: str | None, with_log: bool, html: Path | None, as_json: bool, store: str | None,
    model: str | None,
) -> None:  # fmt: skip
    """Say what ASKER may believe of TARGET (ids, source ids or names), and from what evidence; without TARGET, whom it trusts."""
    from desk import trust as desk
    from desk.find import find
    from graph.errors import InvalidInput
    from graph.viewer import OWNER
    from matcher.index.snapshot import Snapshot

    day = desk.day_of(as_of, "--as-of")
    if with_log and not target:
        raise InvalidInput(_("a log is of one relation: name a TARGET too"), field="--log")
    chosen = frame.settings(store=store, model=model)
    with frame.opened(chosen) as opened:
        ends = [find(opened, frame.readable(name, "name"), OWNER) for name in (asker, target) if name]
        snapshot = Snapshot.open(opened, frame.embedder(chosen, opened))
        relation = desk.trust_of(ends[0], ends[1], day, snapshot, opened, OWNER) if target else None
        if html:
            from api.web.neighbourhood import neighbourhood_html

            html.write_text(neighbourhood_html(ends, day, snapshot, opened), "utf-8")
            note(_("the neighbourhood is drawn in {html}", html=html))
        if relation is None:
            listed = desk.trust_list(ends[0], day, snapshot, opened, OWNER)
            emit_json(listed.model_dump(mode="json")) if as_json else _draw_list(listed, asker)
            return
        told, opinion = relation
        if as_json:
            emit_json(told.model_dump(mode="json"))
            return
        from api.cli.draw.trust import trust_screen
        from desk.facts import names_of

        names = names_of(opened, [*ends, *(item.giver for item in opinion.items if item.giver)], OWNER)
    with screen() as target_screen:
        trust_screen(target_screen, told, opinion, names, with_log=with_log)


def _draw_list(listed: TrustListOut, asker: str) -> None:
    from api.cli.draw.trust import list_screen

    with screen() as target:
        list_screen(target, listed, asker)


