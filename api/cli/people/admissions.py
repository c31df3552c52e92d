"""``dovetail admissions``: letting an institution into something confidential, by both sides' word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from api.cli.output import emit_json
from api.cli.people.door import Door, acting
from api.cli.people.events import Option, add_event
from api.cli.people.lines import called_in, tell, tell_reasons
from api.cli.words import Group
from graph.language import N_, _

if TYPE_CHECKING:
    from desk.people.admissions import Admission

_promise: Option = click.option("--confidential", is_flag=True, help="You promise to keep it confidential.")
_reason: Option = click.option("--reason", metavar="TEXT", help="Why; it stays on record.")


@click.group(cls=Group)
def admissions() -> None:
    """Let an institution into something confidential, step by step, by both sides' word."""


def _told(door: Door, one: Admission) -> None:
    if door.as_json:
        emit_json(one)
        return
    text = _("{id}: {state}; next: {events}") if one.events else _("{id}: {state}")
    click.echo(text.format(id=one.id, state=one.value["state"], events=", ".join(one.events)))


@admissions.command(
    epilog="""\b
Examples:
  dovetail admissions offer 4f1c2d3e4a5b I02
"""
)
@click.argument("to")
@click.argument("institution")
@acting("write")
def offer(door: Door, to: str, institution: str) -> None:
    """Offer INSTITUTION to be let into what TO names, as its owner."""
    from desk.people.admissions import Admissions

    _told(door, Admissions(door.store).offer(door.actor, to, institution))


@admissions.command(
    epilog="""\b
Examples:
  dovetail admissions ask dem-0a1b2c3d4e5f6071 --confidential
"""
)
@click.argument("to")
@_promise
@acting("write")
def ask(door: Door, to: str, confidential: bool) -> None:
    """Ask to be let into what TO names; into a confidential demand, by its teaser."""
    from desk.people.admissions import Admissions

    _told(door, Admissions(door.store).ask(door.actor, to, confidential=confidential))


def _event(name: str, *options: Option, example: str = "", help: str) -> None:
    """Make the command of an event of the process."""

    def do(door: Door, id: str, **given: Any) -> None:
        from desk.people.admissions import Admissions

        says = {name: value for name, value in given.items() if value not in (None, "")}
        _told(door, Admissions(door.store).do(door.actor, id, name, says))

    add_event(admissions, name, do, *options, example=f"0a1b2c3d4e5f {example}".rstrip(), help=help)


_event("grant", help=N_("Let in, as the owner, who asks by the admission ID."))
_event("enter", _promise, example="--confidential", help=N_("Accept, as the one who is let in, the offer of the admission ID."))
_event("refuse", _reason, help=N_("Say no to the admission ID, as either of the two."))
_event("end", _reason, help=N_("End the admission ID, as either of the two."))


@admissions.command(
    "list",
    epilog="""\b
Examples:
  dovetail admissions list --of 4f1c2d3e4a5b
""",
)
@click.option("--of", metavar="NAME", help="Only those to this thing.")
@acting("read")
def list_(door: Door, of: str | None) -> None:
    """List the admissions that you ask for, are offered or give."""
    from desk.people.admissions import Admissions

    found = list(Admissions(door.store).listed(door.actor, of or ""))
    if door.as_json:
        emit_json(found)
        return
    called = called_in(door, [one.value[end] for one in found for end in ("to", "guest", "owner") if end in one.value])
    for one in found:
        to, guest = called(one.value["to"]), called(one.value["guest"])
        owner = called(one.value["owner"]) if "owner" in one.value else _("(told when it is granted)")
        click.echo(f"{one.id}  {one.value['state']:<8}  {to} ({owner}) <- {guest}")


@admissions.command(
    epilog="""\b
Examples:
  dovetail admissions who 4f1c2d3e4a5b
"""
)
@click.argument("to")
@acting("read")
def who(door: Door, to: str) -> None:
    """List who may see what TO names, or could until a day, and why; beyond those who see everything of its visibility."""
    from desk.people.admissions import Admissions

    found = Admissions(door.store).who_sees(door.actor, to)
    emit_json(found) if door.as_json else tell_reasons(door, found)


@admissions.command(
    epilog="""\b
Examples:
  dovetail admissions history 4f1c2d3e4a5b
"""
)
@click.argument("to")
@acting("read")
def history(door: Door, to: str) -> None:
    """Show who asked, was offered and was let into what TO names, and by whom, as its owner."""
    from desk.people.admissions import Admissions

    tell(Admissions(door.store).history(door.actor, to), as_json=door.as_json)
