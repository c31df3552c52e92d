"""``dovetail leads funnel``: how far leads come."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from api.cli.leads.group import leads
from api.cli.leads.lists import filtering, wanted_of
from api.cli.output import emit_json
from api.cli.people.door import Door, acting
from api.cli.people.lines import called_in
from graph.language import _, word


@leads.command(
    epilog="""\b
Examples:
  dovetail leads funnel --region 福建
  dovetail leads funnel --svg funnel.svg
"""
)
@filtering
@click.option("--svg", metavar="FILE", type=click.Path(path_type=Path), help="Write the picture there.")
@acting("read")
def funnel(door: Door, svg: Path | None, **given: Any) -> None:
    """Show how many leads come how far, how long they stay in each state, and why they end."""
    from leads.board.funnel import STAGES
    from leads.board.funnel import funnel as count
    from leads.board.picture import to_lines, to_svg

    found = count(door.store, door.actor, wanted_of(door, **given))
    if svg:
        svg.write_text(to_svg(found), "utf-8")
    if door.as_json:
        emit_json(found)
        return
    for line in to_lines(found):
        click.echo(line)
    for stage in found.stages:
        for reason, count_ in stage.reasons.items():
            told = _("declined when {state}: {reason}, {count:,}")
            click.echo(told.format(state=word(stage.name, "lead"), reason=word(reason, "reason"), count=count_))
    called = called_in(door, found.by["broker"])
    for name, groups in found.by.items():
        for key, counts in groups.items():
            told = ", ".join(f"{word(stage, 'lead')} {number:,}" for stage, number in zip(STAGES, counts, strict=True) if number)
            click.echo(f"{word(name, 'funnel')} {called(key) if name == 'broker' else coded(name, key)}: {told}")


def coded(name: str, key: str) -> str:
    """A code of a place or of a field with what it stands for; any other as it is."""
    from leads.report.definitions import DISTRICT, FIELD
    from leads.report.lines import code_name

    by = {"place": DISTRICT, "field": FIELD}.get(name)
    told = code_name(by, key) if by and key else key
    return key if told == key else f"{key} {told}"
