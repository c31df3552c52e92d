"""``dovetail backup`` and ``dovetail restore``: an embedded store with all that belongs to it, while it is in use."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli import frame
from api.cli.output import emit_json, note
from api.cli.words import Command
from api.units import size
from graph.language import N_, _, ngettext

if TYPE_CHECKING:
    from desk.backup.manifest import Manifest

_LACKS = {
    "signing": N_("{path} is missing: heads of the journal will be signed by a new key"),
    "contacts": N_("{path} is missing: without it no contact of the book can be read"),
    "mail": N_("{path} is missing: without it nobody can sign in by mail"),
    "events": N_("{path} is missing: webhooks send nothing until each is made anew"),
    "suppression": N_("{path} is missing: without it nothing can be fed once somebody is on the list of people who are not to be kept"),
}
"""What a restored store lacks without each key."""


@click.command(
    cls=Command,
    epilog="""\b
Examples:
  dovetail backup backups/2026-06-30
  dovetail backup backups/2026-06-30 --with-keys vault/2026-06-30 --store sqlite:////srv/centre.db
""",
)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--with-keys", "keys", metavar="FOLDER", type=click.Path(path_type=Path), help="Copy the store's keys there, apart from it.")
@frame.shared()
def backup(folder: Path, keys: Path | None, as_json: bool, store: str | None) -> None:
    """Back up a store in an SQLite file into FOLDER, which must not be there yet, while others read and write it.

    What is backed up is checked. Exit code 1 if attached files are lost already.
    """
    from desk.backup.save import save

    chosen = frame.settings(store=store)
    with frame.opened(chosen) as opened:
        made = save(opened, folder, keys=keys)
    if as_json:
        emit_json(made)
    else:
        _tell(_("{folder}: {size}", folder=folder, size=size(made.size)), made)
        if made.keys and not keys:
            click.echo(_("its keys ({keys}) are not in it: --with-keys FOLDER copies them, to be kept apart", keys=", ".join(made.keys)))
    _tell_lost(made)


@click.command(
    cls=Command,
    epilog="""\b
Examples:
  dovetail restore backups/2026-06-30 --store sqlite:////srv/centre.db
  dovetail restore backups/2026-06-30 --keys vault/2026-06-30 --store sqlite:////srv/centre.db
""",
)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--keys", metavar="FOLDER", type=click.Path(path_type=Path), help="The folder of its keys.")
@frame.shared()
def restore(folder: Path, keys: Path | None, as_json: bool, store: str | None) -> None:
    """Restore the backup in FOLDER as the store of --store, which must not be there yet. Every byte is checked first.

    The restored store begins a new epoch. Run dovetail index on it afterwards.
    """
    from api.streams import FOLDS
    from desk.backup.restore import restore as run

    chosen = frame.settings(store=store)
    done = run(folder, chosen.store, keys=keys, folds=FOLDS)
    for name, path in done.missing_keys.items():
        note(_(_LACKS[name], path=path))
    if as_json:
        emit_json(done)
    else:
        _tell(_("{url}: as it was at {made}", url=done.url, made=done.manifest.made), done.manifest)
        click.echo(_("next: dovetail index --store {address}", address=shlex.quote(done.url)))
    _tell_lost(done.manifest)


def _tell(first: str, made: Manifest) -> None:
    click.echo(first)
    numbers = ", ".join(f"{number:,} {kind}" for kind, number in made.counts.items())
    click.echo(f"  {numbers or _('nothing: the store is empty')}")
    entries = made.head.entries if made.head else 0
    told = ngettext("{count:,} entry of the journal", "{count:,} entries of the journal", entries)
    click.echo(f"  {told}, {ngettext('{count:,} attached file', '{count:,} attached files', made.files)}")


def _tell_lost(made: Manifest) -> None:
    if made.lost:
        for digest in made.lost:
            click.echo(digest)
        note(
            ngettext(
                "{count:,} attached file is lost: it was damaged or gone when the store was backed up",
                "{count:,} attached files are lost: they were damaged or gone when the store was backed up",
                len(made.lost),
            )
        )
        click.get_current_context().exit(1)
