"""``dovetail journal``: whether the journal is whole, its signed head, and the entries of a stream."""

from __future__ import annotations

from pathlib import Path

import click

from api.cli import frame
from api.cli.output import emit_json, note
from api.cli.people.door import Door, acting
from api.cli.people.lines import tell
from api.cli.words import Group
from graph.language import _, ngettext


@click.group(cls=Group)
def journal() -> None:
    """Check the journal of what was done on the platform, hand out its signed head, and read its entries."""


@journal.command(
    epilog="""\b
Examples:
  dovetail journal verify
  dovetail journal verify --head head-2026-06-30.json
"""
)
@click.option("--head", metavar="FILE", type=click.Path(path_type=Path), help="An earlier head, which the journal must continue.")
@acting("admin")
def verify(door: Door, head: Path | None) -> None:
    """Check every entry, state and personal value of the journal. Exit code 1 if anything is wrong."""
    from api.streams import FOLDS
    from desk.journal.heads import Head
    from desk.people.streams import verified

    earlier = Head.from_bytes(frame.files((head,))[0].read_bytes()) if head else None
    entries, problems = verified(door.store, earlier, folds=FOLDS)
    if door.as_json:
        emit_json({"entries": entries, "problems": problems})
    else:
        for problem in problems:
            click.echo(problem)
        if not problems:
            click.echo(ngettext("{count:,} entry, nothing is wrong", "{count:,} entries, nothing is wrong", entries))
    if problems:
        note(_("{problems:,} problems in a journal of {entries:,} entries", problems=len(problems), entries=entries))
        click.get_current_context().exit(1)


@journal.command(
    epilog="""\b
Examples:
  dovetail journal head --out head-2026-06-30.json
"""
)
@click.option("--out", metavar="FILE", type=click.Path(path_type=Path), help="Where to write it, for somebody else to keep.")
@acting("admin")
def head(door: Door, out: Path | None) -> None:
    """Sign the head of the journal as it is now, a JSON document, and print it or write it to a file."""
    from desk.people.streams import signed_head

    made = signed_head(door.store)
    if out:
        out.write_bytes(made.to_bytes() + b"\n")
    if door.as_json or not out:
        emit_json(made)
    else:
        click.echo(ngettext("{file}: the head of {count:,} entry", "{file}: the head of {count:,} entries", made.entries, file=out))


@journal.command(
    epilog="""\b
Examples:
  dovetail journal show demand:4f1c2d3e4a5b
"""
)
@click.argument("stream")
@acting("admin")
def show(door: Door, stream: str) -> None:
    """Show the entries of STREAM, a thing as its kind and id: what was done with it, when and by whom."""
    from desk.people.streams import entries_of

    tell(entries_of(door.store, stream), as_json=door.as_json)


@journal.command(
    epilog="""\b
Examples:
  dovetail journal erase key:9a0b1c2d 1 person
"""
)
@click.argument("stream")
@click.argument("number", type=click.IntRange(min=1))
@click.argument("field")
@acting("admin")
def erase(door: Door, stream: str, number: int, field: str) -> None:
    """Erase the personal value FIELD of entry NUMBER of STREAM, for good: who held a key, what a demand said, what a file is called."""
    from desk.people.streams import erased

    was_there = erased(door.store, stream, number, field)
    if door.as_json:
        emit_json({"erased": was_there})
    else:
        click.echo(_("{field}: erased", field=field) if was_there else _("{field}: was erased before", field=field))
