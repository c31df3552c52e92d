"""``dovetail merges``: which rows were taken to be one institution or expert, why, and a person's word on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from api.cli import frame
from api.cli.output import emit_json, note, screen
from api.cli.words import Group
from graph.language import N_, _, told, word

if TYPE_CHECKING:
    from desk.merges import Listed


@click.group(
    invoke_without_command=True,
    cls=Group,
    epilog="""\b
Examples:
  dovetail merges
  dovetail merges --limit 100 --json
""",
)
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=20, show_default=True, help="How many pairs at most.")
@frame.shared()
@click.pass_context
def merges(context: click.Context, limit: int, as_json: bool, store: str | None) -> None:
    """List decisions on which rows are one, borderline first; accept and split decide for good."""
    if context.invoked_subcommand is not None:
        return
    from desk.merges import listed
    from graph.viewer import OWNER

    with frame.opened(frame.settings(store=store)) as opened:
        found, total = listed(opened, limit, OWNER)
    if as_json:
        emit_json({"total": total, "pairs": found})
        return
    if not found:
        click.echo(_("no row was taken for another's institution or expert, and none is like another"))
        return
    _table(found)
    if total > len(found):
        note(_("{count:,} of {total:,}; more with --limit", count=len(found), total=total))


def _table(found: list[Listed]) -> None:
    from rich.text import Text

    from api.cli.draw.answer import pad

    with screen(least=110) as target:
        for one in found:
            names = f"{one.left.name} [{one.left.source}] | {one.right.name} [{one.right.source}]"
            target.print(Text(f"{one.score:.3f}  {pad(word(one.verdict, 'Verdict'), 8)}  {names}"))
            target.print(Text(f"       {one.left.id} {one.right.id}  {told(one.rule)}: {told(one.reason)}", style="dim"))


def _decide(left: str, right: str, verdict: str, reason: str, as_json: bool, store: str | None) -> None:
    from desk.merges import decide
    from graph.model import Verdict

    with frame.opened(frame.settings(store=store)) as opened:
        ends = (frame.readable(left, "LEFT"), frame.readable(right, "RIGHT"))
        written, after = decide(opened, *ends, Verdict(verdict), reason=frame.readable(reason, "--reason"))
    if as_json:
        emit_json({"left": left, "right": right, "verdict": verdict, "revision": written.revision, "similar_names": after})
    else:
        is_one = verdict == Verdict.SAME.value
        one, two = (
            N_("decided for good: {left} and {right} are one; revision {revision}"),
            N_("decided for good: {left} and {right} are two; revision {revision}"),
        )
        click.echo(_(one if is_one else two, left=left, right=right, revision=written.revision))
        if after.names:
            click.echo(after.to_text())


_reason = click.option("--reason", metavar="TEXT", default="", help="Why, for whoever reads it later.")


@merges.command(
    epilog="""\b
Examples:
  dovetail merges accept rec-0a1b2c3d4e5f6g7h rec-7h6g5f4e3d2c1b0a --reason "renamed in 2021"
"""
)
@click.argument("left")
@click.argument("right")
@_reason
@frame.shared()
def accept(left: str, right: str, reason: str, as_json: bool, store: str | None) -> None:
    """LEFT and RIGHT (ids of records, institutions or experts) are one. No rule undoes it."""
    _decide(left, right, "SAME", reason, as_json, store)


@merges.command(
    epilog="""\b
Examples:
  dovetail merges split rec-0a1b2c3d4e5f6g7h rec-7h6g5f4e3d2c1b0a --reason "namesakes in two cities"
"""
)
@click.argument("left")
@click.argument("right")
@_reason
@frame.shared()
def split(left: str, right: str, reason: str, as_json: bool, store: str | None) -> None:
    """LEFT and RIGHT (ids of records) are two. No rule joins them again."""
    _decide(left, right, "NOT_SAME", reason, as_json, store)


@merges.command(
    epilog="""\b
Examples:
  dovetail merges run
  dovetail merges run --full
"""
)
@click.option("--full", is_flag=True, help="Look at all names, also where little changed since the last time, and learn anew.")
@frame.shared()
def run(full: bool, as_json: bool, store: str | None) -> None:
    """Look for similar names again. Ingest, accept and split do it by themselves; this is for a store that others write to."""
    from ingest.resolve.similar_names import run as again

    with frame.opened(frame.settings(store=store)) as opened:
        done = again(opened, full=full)
    if as_json:
        emit_json(done)
    else:
        click.echo(done.to_text() if done.names else _("nothing has changed since the last time"))
