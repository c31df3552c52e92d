"""``dovetail copy``: one store into another."""

from __future__ import annotations

import shlex

import click

from api.cli import frame
from api.cli.output import ProgressLine, emit_json, note
from api.cli.words import Command
from api.units import duration
from graph.language import _


@click.command(
    cls=Command,
    epilog="""\b
Examples:
  dovetail copy sqlite:///dovetail.db neo4j://localhost:7687
  dovetail copy neo4j://localhost:7687 sqlite:///backup.db
  dovetail copy neo4j://localhost:7687 "neo4j://localhost:7687?graph=trial"
""",
)
@click.argument("source")
@click.argument("target")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@frame.debug_option
def copy(source: str, target: str, as_json: bool) -> None:
    """Copy the store at SOURCE into TARGET, which must not be there yet, and compare the two.

    The copy begins a feed of its own. Run dovetail index on it afterwards. Attached files and keys, which lie beside
    a store, are not copied: those that the copy lacks are named.
    """
    from desk.copy import copy as run
    from desk.people.secret_files import left_behind

    chosen = frame.settings()
    frame.resume_with(_("the same command goes on where this one was"))
    with frame.opened(chosen, source) as giver, frame.opened(chosen, target, create=True) as taker:
        with ProgressLine() as progress:
            copied = run(giver, taker, progress=progress)
        address, beside = taker.url, left_behind(giver, taker)
    for old, new in beside:
        note(_("{old} is not copied: without it the copy lacks what needs it; put it at {new}", old=old, new=new))
    if as_json:
        emit_json(copied)
        return
    numbers = ", ".join(f"{number:,} {kind}" for kind, number in copied.counts.items()) or _("nothing: the store is empty")
    click.echo(_("copied {numbers}", numbers=numbers))
    click.echo(_("both stores hold the same (content {content}), {seconds}", content=copied.content[:16], seconds=duration(copied.seconds)))
    click.echo(_("next: dovetail index --store {address}", address=shlex.quote(address)))
