"""``dovetail answers``: whether the export of an answer is what was given."""

from __future__ import annotations

from pathlib import Path

import click

from api.cli import frame
from api.cli.output import emit_json, note
from api.cli.words import Command, Group
from graph.language import _, ngettext


@click.group(cls=Group)
def answers() -> None:
    """Check what was handed out of the answers that were kept."""


@answers.command(
    cls=Command,
    epilog="""\b
Examples:
  dovetail answers verify answer.json
  dovetail answers verify answer.json --key 5f0c
""",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--key", metavar="HEX", default="", help="Public key that must have signed it, as dovetail journal head shows it.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def verify(file: Path, key: str, as_json: bool) -> None:
    """Check FILE, the export of an answer, by itself: no store is opened. Exit code 1 if anything is wrong."""
    import msgspec

    from desk.answers.export import proven

    found = proven(frame.files((file,))[0].read_bytes(), key=key)
    if as_json:
        emit_json(msgspec.to_builtins(found))
    else:
        for problem in found.problems:
            click.echo(problem)
        if not found.problems:
            told = {"id": found.id, "at": found.kept, "hash": found.hash, "signed": found.signed, "key": found.key}
            click.echo(_("answer {id}, given {at}, hash {hash}: nothing is wrong; signed {signed} by {key}", **told))
            if found.answer is None:
                click.echo(_("what it said is not in the file: it was erased"))
    if found.problems:
        count = len(found.problems)
        note(ngettext("{count:,} problem in the export", "{count:,} problems in the export", count))
        click.get_current_context().exit(1)
