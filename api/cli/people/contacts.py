"""``dovetail contacts``: the contact book, encrypted, each reveal on record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.output import emit_json
from api.cli.people.door import Door, acting, json_object
from api.cli.people.letting import add_letting
from api.cli.people.lines import tell, tell_fields
from api.cli.words import Group
from graph.language import N_, _

if TYPE_CHECKING:
    from desk.people.contacts import Contacts


@click.group(cls=Group)
def contacts() -> None:
    """Keep how people can be reached, encrypted, and show it to whom its institution lets in, each time on record."""


def _book(door: Door) -> Contacts:
    from desk.people.contacts import contact_book

    return contact_book(door.store)


@contacts.command(
    epilog="""\b
Examples:
  dovetail contacts keep I06 card.json --purpose "talks on D03" --consent "by mail" --date 2026-03-01
"""
)
@click.argument("of")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--purpose", required=True, metavar="TEXT", help="What it may be used for.")
@click.option("--consent", required=True, metavar="TEXT", help="On what ground it is kept.")
@click.option("--date", required=True, metavar="DAY", help="The day of that.")
@click.option("--source", metavar="TEXT", default="", help="The file or person that it came from.")
@acting("write")
def keep(door: Door, of: str, file: Path, purpose: str, consent: str, date: str, source: str) -> None:
    """Keep how the institution or expert OF can be reached, as FILE says (- reads stdin).

    FILE is a JSON object of name, phones, mails and note: on a command line, the shell and other users would see it.
    """
    import msgspec

    from desk.people.contacts import Reached
    from graph.errors import InvalidInput

    try:
        reached = msgspec.convert(json_object(file), Reached)
    except msgspec.ValidationError as error:
        raise InvalidInput(_("a contact has name, phones, mails and note: {error}", error=error), file=str(file)) from error
    kept = _book(door).keep(door.actor, of, reached, purpose=purpose, consent=consent, date=date, source=source)
    emit_json(kept) if door.as_json else click.echo(_("{id}: kept", id=kept.id))


@contacts.command(
    "list",
    epilog="""\b
Examples:
  dovetail contacts list --of I06
""",
)
@click.option("--of", metavar="NAME", help="Only those of this institution or expert.")
@acting("read")
def list_(door: Door, of: str | None) -> None:
    """List the contacts that are yours to see, without what they say."""
    from desk.facts import names_of
    from graph.viewer import OWNER

    found = list(_book(door).listed(door.actor, of or ""))
    if door.as_json:
        emit_json(found)
        return
    called = names_of(door.store, {one.value["of"] for one in found}, OWNER)
    for one in found:
        value = one.value
        click.echo(f"{one.id}  {value['state']:<6}  {value['date']}  {called.get(value['of'], value['of'])}: {value['purpose']}")


@contacts.command(
    epilog="""\b
Examples:
  dovetail contacts show 0a1b2c3d4e5f
"""
)
@click.argument("id")
@acting("read")
def show(door: Door, id: str) -> None:
    """Show what the contact ID is kept for and what was done with it; not what it says."""
    book = _book(door)
    found, entries = book.show(door.actor, id), book.history(door.actor, id)
    if door.as_json:
        emit_json({"id": found.id, "value": found.value, "history": entries})
        return
    tell_fields(found.value)
    tell(entries, as_json=False)


@contacts.command(
    epilog="""\b
Examples:
  dovetail contacts reveal 0a1b2c3d4e5f --reason "to invite to the first meeting"
"""
)
@click.argument("id")
@click.option("--reason", required=True, metavar="TEXT", help="What for; it stays on record.")
@acting("write")
def reveal(door: Door, id: str, reason: str) -> None:
    """Show what the contact ID says, and put on record to whom and what for."""
    reached = _book(door).reveal(door.actor, id, reason)
    if door.as_json:
        emit_json(reached)
    else:
        click.echo("\n".join(one for one in (reached.name, *reached.phones, *reached.mails, reached.note) if one))


add_letting(
    contacts,
    _book,
    let_in=N_("Let INSTITUTION see the contact ID."),
    shut_out=N_("Let INSTITUTION see the contact ID no more."),
)


@contacts.command(
    epilog="""\b
Examples:
  dovetail contacts erase 0a1b2c3d4e5f --reason "consent taken back"
"""
)
@click.argument("id")
@click.option("--reason", metavar="TEXT", default="", help="Why; it stays on record.")
@acting("write")
def erase(door: Door, id: str, reason: str) -> None:
    """Erase what the contact ID says, for good. Who saw it stays on record."""
    _book(door).erase(door.actor, id, reason)
    emit_json({"id": id, "state": "erased"}) if door.as_json else click.echo(_("{id}: erased", id=id))
