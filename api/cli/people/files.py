"""``dovetail files``: files that belong to demands, results and cooperations, handed out on record."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli import frame
from api.cli.output import emit_json
from api.cli.people.door import Door, acting
from api.cli.people.letting import add_letting
from api.cli.words import Group
from api.units import size
from graph.language import N_, _

if TYPE_CHECKING:
    from desk.people.files import Files

PURPOSES = ("drawing", "nda", "mandate", "contract", "acceptance", "other")


@click.group(cls=Group)
def files() -> None:
    """Attach files to demands, results and cooperations, and hand them to whom their owner lets in, each time on record."""


def _files(door: Door) -> Files:
    from desk.people.files import files_of

    return files_of(door.store)


@files.command(
    epilog="""\b
Examples:
  dovetail files attach D03 drawing.pdf --purpose drawing --as I06
"""
)
@click.argument("to")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--purpose", type=click.Choice(PURPOSES), required=True, help="What it is.")
@acting("write")
def attach(door: Door, to: str, path: Path, purpose: str) -> None:
    """Attach the file at PATH to the node that TO names, in the name of your institution."""
    (path,) = frame.files((path,))
    with path.open("rb") as content:
        made = _files(door).attach(door.actor, to, frame.readable(path.name, "PATH"), content, purpose=purpose)
    emit_json(made) if door.as_json else click.echo(_("{id}: attached to {node}", id=made.id, node=made.value["to"]))


@files.command(
    "list",
    epilog="""\b
Examples:
  dovetail files list --of D03
""",
)
@click.option("--of", metavar="NAME", help="Only those that are attached to this node.")
@acting("read")
def list_(door: Door, of: str | None) -> None:
    """List the files that are yours to see."""
    found = list(_files(door).listed(door.actor, of or ""))
    if door.as_json:
        emit_json(found)
        return
    for one in found:
        value = one.value
        name = one.name or _("(erased)")
        click.echo(f"{one.id}  {value['state']:<8}  {value['purpose']:<10}  {size(value['size']):>9}  {value['to']}  {name}")


@files.command(
    epilog="""\b
Examples:
  dovetail files take 0a1b2c3d4e5f --to drawing.pdf
"""
)
@click.argument("id")
@click.option("--to", "path", required=True, metavar="PATH", type=click.Path(path_type=Path), help="Where to put it; nothing is there yet.")
@acting("write")
def take(door: Door, id: str, path: Path) -> None:
    """Take the file ID, and put on record who has it."""
    from graph import private
    from graph.errors import InvalidInput

    if path.exists():
        raise InvalidInput(_("there is something already"), file=str(path), field="--to")
    taken, lies = _files(door).take(door.actor, id)
    with lies.open("rb") as content, private.writing(path) as out:
        shutil.copyfileobj(content, out)
    emit_json(taken) if door.as_json else click.echo(_("{id}: in {file}", id=taken.id, file=path))


add_letting(
    files,
    _files,
    let_in=N_("Let INSTITUTION take the file ID."),
    shut_out=N_("Let INSTITUTION take the file ID no more."),
)


@files.command(
    epilog="""\b
Examples:
  dovetail files remove 0a1b2c3d4e5f --reason "another version"
"""
)
@click.argument("id")
@click.option("--reason", metavar="TEXT", default="", help="Why; it stays on record.")
@acting("write")
def remove(door: Door, id: str, reason: str) -> None:
    """Remove the file ID. That it was there, and who took it, stays on record."""
    _files(door).remove(door.actor, id, reason)
    emit_json({"id": id, "state": "removed"}) if door.as_json else click.echo(_("{id}: removed", id=id))
