"""The commands of ``dovetail evidence`` by which the party that an item is about replies and objects, and others correct or uphold it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from api.cli import frame
from api.cli.output import emit_json
from api.cli.people.door import Door, acting
from api.cli.people.events import add_event
from api.cli.words import Command
from graph.language import _, word

if TYPE_CHECKING:
    from desk.trust.objections import Item, Objections

_ID = "edg-0a1b2c3d4e5f6g7h"
STATES = ("replied", "objected", "retracted", "upheld", "corrected", "erased")


def add_objections(evidence: click.Group) -> None:
    """Give the commands to the group of evidence."""
    for command in (about, objections):
        evidence.add_command(command)
    add_event(
        evidence, "reply", _reply,
        click.option("--text", required=True, metavar="TEXT", help="What you say to it; it can be erased."),
        example=f'{_ID} --text "the goods came a day late, by agreement" --as I02',
        help="Say something to the item ID, which is about your institution: it is shown beside it, in place of an earlier reply.",
    )  # fmt: skip
    add_event(
        evidence, "object", _object,
        click.option("--grounds", required=True, metavar="TEXT", help="What is wrong with it; it can be erased."),
        example=f'{_ID} --grounds "delivered on the day agreed, see annex 2" --as I02',
        help="Ask for the correction of the item ID, which is about your institution. It counts meanwhile, and is shown as objected to.",
    )  # fmt: skip
    add_event(
        evidence, "retract", _retract, example=f"{_ID} --as I02", help="Ask for the correction of the item ID no more.",
    )  # fmt: skip
    add_event(
        evidence, "correct", _correct, click.option("--reason", required=True, metavar="TEXT", help="Why; it stays on file."),
        example=f'{_ID} --reason "it was another firm of that name" --as I06', model=True,
        help="Withdraw the item ID, to which there is a reply or an objection, as who gave it or as the operator.",
    )  # fmt: skip
    add_event(
        evidence, "uphold", _uphold, click.option("--reason", required=True, metavar="TEXT", help="Why; its parties see it."),
        example=f'{_ID} --reason "the record of acceptance says the same"',
        help="Find the item ID, whose correction is asked for, to be right, as a reviewer.",
    )  # fmt: skip
    add_event(
        evidence, "erase", _erase, example=f"{_ID} --as I02",
        help="Erase all that your institution has said to the item ID, for good. The item stays.",
    )  # fmt: skip


def _objections(door: Door) -> Objections:
    from desk.trust.objections import Objections

    return Objections(door.store)


@click.command(
    cls=Command,
    epilog="""\b
Examples:
  dovetail evidence about I02
  dovetail evidence about I02 --as I02
""",
)
@click.argument("name")
@acting("read")
def about(door: Door, name: str) -> None:
    """List what is on file about NAME as far as it is yours to see, each item with what NAME says to it."""
    _tell(door, _objections(door).about(door.actor, name))


@click.command(
    cls=Command,
    epilog="""\b
Examples:
  dovetail evidence objections --state objected
""",
)
@click.option("--state", "states", metavar="STATE", type=click.Choice(STATES), multiple=True, help="Only those in it; may be repeated.")
@acting("read")
def objections(door: Door, states: tuple[str, ...]) -> None:
    """List the replies and objections to items that your institution gave or that are about it and, for who decides, all of them."""
    _tell(door, _objections(door).listed(door.actor, states))


def _reply(door: Door, id: str, text: str) -> None:
    _done(door, _objections(door).reply(door.actor, id, text))


def _object(door: Door, id: str, grounds: str) -> None:
    _done(door, _objections(door).object(door.actor, id, grounds))


def _retract(door: Door, id: str) -> None:
    _done(door, _objections(door).retract(door.actor, id))


def _correct(door: Door, id: str, reason: str) -> None:
    from desk.ingest import refresh

    embedder = frame.embedder(door.settings, door.store)
    done = _objections(door).correct(door.actor, id, reason)
    refresh(door.store, embedder)
    _done(door, done)


def _uphold(door: Door, id: str, reason: str) -> None:
    _done(door, _objections(door).uphold(door.actor, id, reason))


def _erase(door: Door, id: str) -> None:
    _done(door, _objections(door).erase(door.actor, id))


def _done(door: Door, item: Item) -> None:
    """Print where the objection to an item stands now."""
    emit_json(item) if door.as_json else click.echo(f"{item.evidence}: {word(item.state, 'objection')}")


def _tell(door: Door, items: Iterable[Item]) -> None:
    """Print items with what is said to them."""
    found = list(items)
    if door.as_json:
        emit_json(found)
        return
    for item in found:
        click.echo(f"{item.evidence}  {item.date or _('date unknown')}  {item.what}")
        said = {_("state"): word(item.state, "objection") if item.state else "", _("reply"): item.reply, _("grounds"): item.grounds,
                _("reason"): item.reason}  # fmt: skip
        for name, text in said.items():
            if text:
                click.echo(f"  {name}: {text}")
