"""``dovetail leads credits|attribute|proof|verify``: who made an introduction."""

from __future__ import annotations

from pathlib import Path

import click

from api.cli import frame
from api.cli.leads.group import leads
from api.cli.output import emit_json, note
from api.cli.people.door import Door, acting
from api.cli.people.lines import called_in
from api.cli.words import Command
from graph.language import _, ngettext, word


@leads.command(
    "credits",
    epilog="""\b
Examples:
  dovetail leads credits --as I09
""",
)
@acting("read")
def credits_(door: Door) -> None:
    """Show which broker made the introduction of each pair of institutions, and how several share."""
    from api.settings import lead_settings
    from leads.credit.attribution import credits

    found = credits(door.store, door.actor, lead_settings(door.settings))
    if door.as_json:
        emit_json(found)
        return
    brokers = {claim.broker for one in found for claim in one.claims} - {""}
    called = called_in(door, brokers | {id for one in found for id in (one.need, one.offer, *one.parts)})
    for one in found:
        parts = ", ".join(f"{called(broker)} {part}/{sum(one.parts.values())}" for broker, part in one.parts.items()) or _("nobody")
        click.echo(f"{called(one.need)} ↔ {called(one.offer)}: {parts} ({word(one.basis, 'credit')})")
        for claim in one.claims:
            who = called(claim.broker) if claim.broker else _("nobody")
            click.echo(f"  {claim.at[:10]}  {claim.lead}  {who}  {word(claim.why, 'credit') if claim.why else _('counts')}")


@leads.command(
    epilog="""\b
Examples:
  dovetail leads attribute I06 I02 --part I09=2 --part I10=1 --reason "I10 led the talks"
"""
)
@click.argument("need")
@click.argument("offer")
@click.option("--part", "parts", metavar="INSTITUTION=N", multiple=True, required=True, help="A broker and its parts; may be repeated.")
@click.option("--reason", metavar="TEXT", required=True, help="Why; it stays on record.")
@acting("admin")
def attribute(door: Door, need: str, offer: str, parts: tuple[str, ...], reason: str) -> None:
    """Decide, as the operator, how the brokers share who introduced NEED and OFFER, two institutions."""
    from api.settings import lead_settings
    from graph.errors import InvalidInput
    from leads.credit.attribution import attribute as decide

    given: dict[str, int] = {}
    for one in parts:
        name, _equals, number = one.rpartition("=")
        if not name or not number.isdecimal():
            raise InvalidInput(_("{part} is not of the form INSTITUTION=N", part=one), field="--part")
        given[name] = int(number)
    made = decide(door.store, door.actor, need, offer, given, reason, lead_settings(door.settings))
    if door.as_json:
        emit_json(made)
    else:
        click.echo(_("{id}: decided", id=f"{made.need} {made.offer}"))


@leads.command(
    epilog="""\b
Examples:
  dovetail leads proof proof.json
"""
)
@click.argument("file", type=click.Path(path_type=Path))
@acting("admin")
def proof(door: Door, file: Path) -> None:
    """Write to FILE the entries that all credits rest on, under the signed head of the journal."""
    from api.settings import lead_settings
    from leads.credit.proof import proof as made

    file.write_bytes(made(door.store, door.actor, lead_settings(door.settings)) + b"\n")
    click.echo(_("{file}: written", file=file))


@leads.command(
    cls=Command,
    epilog="""\b
Examples:
  dovetail leads verify proof.json
""",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@frame.debug_option
def verify(file: Path, as_json: bool) -> None:
    """Check FILE, a proof of attribution, without a store. Exit code 1 if anything is wrong."""
    from leads.credit.proof import verify as check

    found, problems = check(frame.files((file,))[0].read_bytes())
    if as_json:
        emit_json({"key": found.head.key, "at": found.head.at, "credits": found.credits, "problems": problems})
    for problem in problems if not as_json else ():
        click.echo(problem)
    if problems:
        note(_("{problems:,} problems", problems=len(problems)))
        click.get_current_context().exit(1)
    if not as_json:
        click.echo(_("signed at {at} by {key}", at=found.head.at, key=found.head.key))
        click.echo(ngettext("{count:,} pair, nothing is wrong", "{count:,} pairs, nothing is wrong", len(found.credits)))
