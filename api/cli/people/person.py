"""``dovetail person``: what is known of somebody and from where; objecting, and being forgotten."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from api.cli import frame
from api.cli.output import ProgressLine, emit_json, note
from api.cli.people.door import Door, acting
from api.cli.people.lines import tell_fields
from api.cli.words import Group
from graph.language import _, ngettext, told

if TYPE_CHECKING:
    from desk.people.contacts import Contacts
    from desk.people.rights.mentions import Mention
    from desk.people.rights.persons import Done, Persons


@click.group(cls=Group)
def person() -> None:
    """Tell what is known of a person, hide who objects, and forget who asks for it, so that no feed brings it back."""


def _persons(door: Door) -> Persons:
    from desk.people.rights.persons import Persons

    return Persons(door.store)


def _book(door: Door) -> Contacts:
    from desk.people.contacts import contact_book

    return contact_book(door.store)


@person.command(
    epilog="""\b
Examples:
  dovetail person export "岑知远 @ 岑海理工大学" --json
"""
)
@click.argument("name")
@acting("admin")
def export(door: Door, name: str) -> None:
    """Tell all that is known of the person NAME and from where. Contacts are opened for it, which is put on record."""
    from desk.people.rights.known import known

    found = known(door.store, _book(door), door.actor, _persons(door).find(door.actor, name))
    if door.as_json:
        emit_json(
            {name: getattr(found, name) for name in found.__struct_fields__ if name != "edges"}
            | {"edges": [edge.model_dump(mode="json") for edge in found.edges]}
        )
        return
    click.echo(found.id)
    tell_fields(found.fields)
    for record in found.records:
        click.echo(f"\n{record['source']}:{record['source_id']}")
        tell_fields(record["fields"])
    for edge in found.edges:
        click.echo(_("{what} (from {source})", what=edge.what, source=edge.source))
    for one in found.contacts:
        said = one.reached and "; ".join(part for part in (one.reached.name, *one.reached.phones, *one.reached.mails, one.reached.note))
        click.echo(_("contact {id}, kept for: {purpose}: {said}", id=one.id, purpose=one.purpose, said=said or one.why))
    _tell_else(found.namesakes, found.mentions)
    for text in found.not_searched:
        click.echo(_("not searched: {what}", what=told(text)))


def _tell_else(namesakes: list[Mention], mentions: list[Mention]) -> None:
    for one in namesakes:
        click.echo(_("also called so, and another person by what is known: {id}", id=one.id))
    for one in mentions:
        click.echo(_("holds the name: {id} {fields}", id=one.id, fields=", ".join(filter(None, one.fields))).rstrip())


@person.command(
    "object",
    epilog="""\b
Examples:
  dovetail person object "岑知远 @ 岑海理工大学" --reason "by letter of 2026-05-02"
""",
)
@click.argument("name")
@click.option("--reason", metavar="TEXT", default="", help="Why, without a name; it stays on record.")
@acting("admin")
def object_(door: Door, name: str, reason: str) -> None:
    """Hide the person NAME from everybody but you, now and after every feed."""
    _tell(door, _persons(door).object_to(door.actor, name, reason), [])


@person.command(
    epilog="""\b
Examples:
  dovetail person forget "岑知远 @ 岑海理工大学" --reason "by letter of 2026-05-02"
"""
)
@click.argument("name")
@click.option("--reason", metavar="TEXT", default="", help="Why, without a name; it stays on record.")
@click.option("--no-index", is_flag=True, help="Remove the index and leave making it anew to: dovetail index.")
@click.option("--rescale", is_flag=True, help="Measure word frequencies and centres anew too, without the person's texts.")
@acting("admin", model=True)
def forget(door: Door, name: str, reason: str, no_index: bool, rescale: bool) -> None:
    """Take the person NAME out of the store, the contact book, the index and the vector cache, and keep the person out."""
    from desk.people.rights.reached import erase

    persons = _persons(door)
    contacts = erase(door.store, _book(door), door.actor, persons.find(door.actor, name), "forgotten")
    frame.resume_with(_("the person is on the list; finish with: dovetail person again"))
    done, texts = persons.forget(door.actor, name, reason)
    _tell(door, done, _cleared(door, texts, no_index, rescale), contacts)


def _cleared(door: Door, texts: list[str], no_index: bool, rescale: bool) -> list[str]:
    """Remove what was derived; what is left to be done by hand."""
    from api.settings import indexing_embedder
    from desk.people.rights.traces import clear

    with ProgressLine() as progress:
        embedder = None if no_index else indexing_embedder(door.settings, door.store)
        return clear(door.store, texts, embedder, rescale=rescale, progress=progress)


def _tell(door: Door, done: Done, left: list[str], contacts: int = 0) -> None:
    if door.as_json:
        emit_json({name: getattr(done, name) for name in done.__struct_fields__} | {"contacts": contacts, "left": left})
        return
    if done.wish == "objected":
        click.echo(_("{person}: hidden from everybody but you", person=done.person))
    else:
        click.echo(_("{person}: forgotten", person=done.person))
    counts: dict[str, Any] = {"records": done.records, "contacts": contacts, "keys": done.keys}
    click.echo(_("{records} rows and mentions by sources, {contacts} contacts; {keys} keys are on the list", **counts))
    click.echo(_("receipt, for the person alone: {salt}", salt=done.receipt))
    if done.shared:
        note(_("somebody else has this name at the same employer, so the name alone is not on the list"))
    _tell_else(done.namesakes, done.mentions)
    for one in left:
        note(one)


@person.command(
    epilog="""\b
Examples:
  dovetail person allow 0a1b2c3d4e5f
"""
)
@click.argument("id")
@click.option("--reason", metavar="TEXT", default="", help="Why, without a name; it stays on record.")
@acting("admin")
def allow(door: Door, id: str, reason: str) -> None:
    """Take a person off the list, by the number ID in the list, or of who objected by name. The next feed says what is known."""
    done = _persons(door).allow(door.actor, id, reason)
    emit_json(done) if door.as_json else click.echo(_("{person}: off the list", person=done.person))


@person.command(
    "list",
    epilog="""\b
Examples:
  dovetail person list
  dovetail person list --out suppressed.json
""",
)
@click.option("--out", metavar="FILE", type=click.Path(path_type=Path), help="Write the list there, to be kept with the backups.")
@acting("admin")
def list_(door: Door, out: Path | None) -> None:
    """List who objected and who was forgotten, without names."""
    import msgspec

    from graph import private

    persons = _persons(door)
    if out:
        with private.writing(out) as file:
            file.write(msgspec.json.encode(persons.exported(door.actor)) + b"\n")
    found = list(persons.listed(door.actor))
    if door.as_json:
        emit_json(found)
        return
    for one in found:
        click.echo(_("{person}  {state:<9}  {day}  {keys} keys", person=one.person, state=one.state, day=one.since[:10], keys=one.keys))


@person.command(
    epilog="""\b
Examples:
  dovetail person again
  dovetail person again suppressed.json
"""
)
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--no-index", is_flag=True, help="Remove the index and leave making it anew to: dovetail index.")
@click.option("--rescale", is_flag=True, help="Measure word frequencies and centres anew too, without the person's texts.")
@acting("admin", model=True)
def again(door: Door, file: Path | None, no_index: bool, rescale: bool) -> None:
    """Let the store be as the list says: of a restored backup, with the list in FILE that was kept beside it, or after a stop."""
    import msgspec

    from desk.people.rights.persons import Exported
    from graph.errors import InvalidInput

    carried = None
    if file:
        try:
            carried = msgspec.json.decode(frame.files((file,))[0].read_bytes(), type=Exported)
        except msgspec.DecodeError as error:
            raise InvalidInput(_("is no list of people: {error}", error=error), file=str(file)) from error
    found, texts = _persons(door).again(door.actor, carried)
    left = _cleared(door, texts, no_index, rescale)
    if door.as_json:
        emit_json({"persons": found, "left": left})
        return
    click.echo(ngettext("{count:,} person had come back", "{count:,} people had come back", len(found)))
    for one in left:
        note(one)
