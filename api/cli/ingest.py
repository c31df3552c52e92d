"""``dovetail ingest`` and ``dovetail index``: files into the graph, and the graph into what questions read."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli import frame
from api.cli.output import ProgressLine, emit_json, note
from api.cli.words import Command
from api.units import duration
from graph.language import N_, _, ngettext

if TYPE_CHECKING:
    from api.settings import Settings
    from desk.ingest import Files
    from desk.people.rights.offered import Offered
    from graph.store import Store
    from ingest.report import Report
    from matcher.index.generations import IndexReport

NICE = 10
"""How far the making of an index stands back."""
AGAIN = N_("the store holds whole batches; run the same command again to go on")


@click.command(
    cls=Command,
    epilog="""\b
Examples:
  dovetail ingest examples/centre
  dovetail ingest results.csv firms.jsonl.gz --source zj-centre --rejects rejects/
  dovetail ingest their.xlsx --suggest-mapping > their.toml
  dovetail ingest their.xlsx --mapping their.toml --dry-run
""",
)
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--source", metavar="NAME", help="Name of the source of these rows.  [the name of each file's folder]")
@click.option("--mapping", metavar="FILE", type=click.Path(path_type=Path), help="A TOML file that says which own column is what.")
@click.option("--encoding", metavar="NAME", help="Encoding of text files, such as gb18030.  [told from their bytes]")
@click.option(
    "--rejects", metavar="DIR", type=click.Path(path_type=Path), default="rejected", show_default=True, help="Where rejected rows are put."
)
@click.option("--strict", is_flag=True, help="Reject a whole row for one cell that cannot be read, instead of setting the cell aside.")
@click.option(
    "--contacts", type=click.Choice(["drop", "keep"]), default="drop", show_default=True,
    help="What becomes of contact columns: keep puts them into the contact book, encrypted.",
)
@click.option("--purpose", metavar="TEXT", default="", help="With --contacts keep: what they may be used for.")
@click.option("--consent", metavar="TEXT", default="", help="With --contacts keep: on what ground they are kept.")
@click.option("--date", metavar="DAY", default="", help="With --contacts keep: the day of that.")
@click.option("--no-index", is_flag=True, help="Leave out indexing; run it later with: dovetail index.")
@click.option("--dry-run", is_flag=True, help="Say what would happen, with the first ten problems, and write nothing.")
@click.option("--suggest-mapping", is_flag=True, help="Print a draft of a mapping for these files instead of reading them in.")
@frame.english_option
@frame.shared(model=True)
def ingest(
    paths: tuple[Path, ...], source: str | None, mapping: Path | None, encoding: str | None, rejects: Path, strict: bool, contacts: str,
    purpose: str, consent: str, date: str, no_index: bool, dry_run: bool, suggest_mapping: bool, as_json: bool, store: str | None,
    model: str | None, english_model: str | None,
) -> None:  # fmt: skip
    """Read PATHS (files, or folders without their subfolders) into the store, then index it.

    Feeding a row again changes its node or nothing. Exit code 8 says that everything else landed, but rows were rejected, cells set aside
    or tables of a folder not read.
    """
    from api.settings import english_command
    from desk import ingest as desk

    chosen = frame.settings(store=store, model=model, english_model=english_model)
    given = desk.Files(frame.files(paths), source, mapping, encoding, strict)
    if suggest_mapping:
        return _suggest(given, as_json)
    if dry_run:
        return _tried(chosen, given, as_json)
    frame.resume_with(_(AGAIN))
    with frame.opened(chosen, create=True) as opened:
        offer = _offered(opened, purpose, consent, date) if contacts == "keep" else None
        with ProgressLine() as progress:
            report = desk.ingest(opened, given, rejects=rejects, offer=offer, progress=progress.bytes)
        if not as_json:
            click.echo(report.to_text(["--store", store] if store else [], str(mapping) if mapping else None))
        frame.resume_with(_("the rows are stored; finish the index with: dovetail index --store {store}", store=shlex.quote(chosen.store)))
        indexed = None if no_index else _index(opened, chosen, rescale=False)
        command = english_command(chosen, opened)
    if as_json:
        emit_json({"ingest": report.to_dict(), "index": indexed})
    elif indexed:
        click.echo(_told(indexed, command))
    _judged(report, _("everything else landed; mend them where the report says and feed that file again"))


def _offered(store: Store, purpose: str, consent: str, date: str) -> Offered:
    from api.cli.people.door import SHELL
    from desk.people.contacts import contact_book
    from desk.people.rights.offered import Offered
    from desk.process.principals import Actor, Role

    texts = {"--purpose": purpose, "--consent": consent, "--date": date}
    for name, text in texts.items():
        frame.readable(text, name)
    operator = Actor(id=SHELL, role=Role.OPERATOR)
    return Offered(store, contact_book(store), operator, purpose=purpose, consent=consent, date=date)


def _tried(chosen: Settings, given: Files, as_json: bool) -> None:
    from desk import ingest as desk

    frame.resume_with(_("nothing was written"))
    with ProgressLine() as progress:
        report = desk.try_out(chosen.store, chosen.auth, given, progress=progress.bytes)
    if as_json:
        emit_json({"ingest": report.to_dict(), "index": None})
    else:
        click.echo(report.to_text())
    _judged(report, _("everything else would land"))


def _suggest(given: Files, as_json: bool) -> None:
    from ingest.mapping.suggest import suggest

    text = suggest(given.paths, given.encoding)
    if as_json:
        emit_json({"mapping": text})
    else:
        click.echo(text, nl=False)


def _judged(report: Report, fate: str) -> None:
    """The end of a run by what it came to: exit code 8 where rows were rejected, cells set aside or tables of a folder skipped. Raises
    InvalidInput where nothing was read."""
    from graph.errors import InvalidInput

    if not report.files:
        raise InvalidInput(_("nothing in these paths is a file that is understood; the formats are in docs/data-formats.md"))
    tables = len(report.skipped_tables)
    told = [ngettext("{count:,} row rejected", "{count:,} rows rejected", report.rejected)] if report.rejected else []
    told += [ngettext("{count:,} cell set aside", "{count:,} cells set aside", report.set_aside)] if report.set_aside else []
    told += [ngettext("{count:,} table not read", "{count:,} tables not read", tables)] if tables else []
    if told:
        note(_("{counts}; {fate}", counts=_(", ").join(told), fate=fate))
        click.get_current_context().exit(frame.REJECTED)


@click.command(
    cls=Command,
    epilog="""\b
Examples:
  dovetail index
  dovetail index --rescale --model ./my-model
  dovetail index --rescale --english-model none
""",
)
@click.option("--rescale", is_flag=True, help="Measure the corpus anew, or change over to another model: scores may shift.")
@frame.english_option
@frame.shared(model=True)
def index(rescale: bool, as_json: bool, store: str | None, model: str | None, english_model: str | None) -> None:
    """Embed what is new and publish an index of the store as it is now. Needed after ingest --no-index.

    What is in English is also read by a second model, unless the store was indexed without: it remembers --english-model.
    """
    from api.settings import english_command

    chosen = frame.settings(store=store, model=model, english_model=english_model)
    frame.resume_with(_("what was embedded is kept; run the same command again to go on"))
    with frame.opened(chosen) as opened:
        report = _index(opened, chosen, rescale=rescale)
        command = english_command(chosen, opened)
    if as_json:
        emit_json(report)
    else:
        click.echo(_told(report, command))


def _index(store: Store, chosen: Settings, *, rescale: bool) -> IndexReport:
    from api.settings import indexing_embedder
    from desk import ingest as desk

    embedder = indexing_embedder(chosen, store)
    note(_("indexing (Ctrl-C is safe: what was embedded is kept)")) if ProgressLine().is_terminal else None
    with _giving_way(), ProgressLine() as progress:
        return desk.index(store, embedder, rescale=rescale, progress=progress)


@contextmanager
def _giving_way() -> Iterator[None]:
    """Leave the cores to whoever has work for them: a service on this machine answers questions meanwhile."""
    if not hasattr(os, "setpriority"):  # as on Windows
        yield
        return
    before = os.getpriority(os.PRIO_PROCESS, 0)
    os.setpriority(os.PRIO_PROCESS, 0, max(before, NICE))
    try:
        yield
    finally:
        with suppress(OSError):  # only root may take it back, and the command ends here
            os.setpriority(os.PRIO_PROCESS, 0, before)


def _told(report: IndexReport, command: str) -> str:
    told = _(
        "index: {texts:,} texts in {passages:,} passages, {embedded:,} newly embedded, revision {revision}, {time}",
        texts=report.texts, passages=report.passages, embedded=report.embedded, revision=report.revision, time=duration(report.seconds),
    )  # fmt: skip
    told += _(", scale measured anew") if report.rescaled else ""
    if report.unread and command:
        told += "\n" + _(
            "no English model, but {count:,} of the passages are in English; to change over: {command}",
            count=report.unread,
            command=command,
        )
    if (read := report.english) and read.passages:
        told += "\n" + _(
            "English model: {passages:,} of the passages, {embedded:,} newly embedded", passages=read.passages, embedded=read.embedded
        )
        speed = read.embedded / max(read.seconds, 1e-3)
        told += _(" in {time}, {speed:,.1f} a second", time=duration(read.seconds), speed=speed) if read.embedded else ""
    return told
