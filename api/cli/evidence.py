"""``dovetail evidence``: putting evidence on file by hand, importing it, withdrawing it, naming the anchors; replies and objections."""

from __future__ import annotations

from datetime import date as Date
from pathlib import Path

import click

from api.cli import frame
from api.cli.output import emit_json, note
from api.cli.people.objections import add_objections
from api.cli.words import Group
from graph.language import _

KINDS = ("rating", "payment", "delivery", "contract", "harm_check", "dispute")


@click.group(cls=Group)
def evidence() -> None:
    """Put on file what partners have been through: who experienced it, who verified it, which document says so."""


@evidence.command(
    epilog="""\b
Examples:
  dovetail evidence add I06 I02 --kind delivery --outcome 1 --date 2026-03-01 --verified-by I13 --document "YS-2026-014"
"""
)
@click.argument("source")
@click.argument("target")
@click.option("--kind", type=click.Choice(KINDS), required=True, help="What sort of evidence it is.")
@click.option("--outcome", type=float, required=True, help="What it says of TARGET, -1 to 1; a dispute below 0 is open, else closed.")
@click.option("--date", required=True, metavar="DATE", help="When it happened.")
@click.option("--verified-by", required=True, metavar="NAME", help="Who checked it; not TARGET itself.")
@click.option("--document", required=True, metavar="TEXT", help="The document behind it: a number, a file, an address.")
@frame.shared(model=True)
def add(
    source: str, target: str, kind: str, outcome: float, date: str, verified_by: str, document: str, as_json: bool, store: str | None,
    model: str | None,
) -> None:  # fmt: skip
    """File what SOURCE has been through with TARGET. What a party says of itself is refused."""
    from desk import evidence as desk
    from graph.model import EvidenceKind

    chosen = frame.settings(store=store, model=model)
    with frame.opened(chosen) as opened:
        made, refreshed = desk.add(
            opened, frame.embedder(chosen, opened), source, target, EvidenceKind(kind), outcome, date=date, verified_by=verified_by,
            document=frame.readable(document, "--document"),
        )  # fmt: skip
    if as_json:
        emit_json({"id": made.id, "source": made.source, "target": made.target, "relations_refreshed": refreshed})
    else:
        click.echo(
            _(
                "{id}: {kind} of {target} by {source}, {outcome:+.2f}, on file",
                id=made.id,
                kind=kind,
                target=target,
                source=source,
                outcome=outcome,
            )
        )


@evidence.command(
    "import",
    epilog="""\b
Examples:
  dovetail evidence import evidence.csv --source registry
""",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--source", metavar="NAME", help="Name of the source of these rows.  [the name of the file's folder]")
@click.option(
    "--rejects", metavar="DIR", type=click.Path(path_type=Path), default="rejected", show_default=True, help="Where rejected rows are put."
)
@frame.shared(model=True)
def import_(file: Path, source: str | None, rejects: Path, as_json: bool, store: str | None, model: str | None) -> None:
    """Read FILE, an evidence file as in docs/data-formats.md, and file its items. Exit code 8 if rows were rejected or cells set aside."""
    from desk import evidence as desk

    frame.files((file,))
    chosen = frame.settings(store=store, model=model)
    with frame.opened(chosen) as opened:
        report, refreshed = desk.import_(opened, frame.embedder(chosen, opened), file, source=source, rejects=rejects)
    again = ["--store", store] if store else []
    emit_json({"ingest": report.to_dict(), "relations_refreshed": refreshed}) if as_json else click.echo(report.to_text(again))
    if report.rejected or report.set_aside:
        note(
            _(
                "{rejected:,} rows rejected, {set_aside:,} cells set aside, everything else is on file",
                rejected=report.rejected,
                set_aside=report.set_aside,
            )
        )
        click.get_current_context().exit(frame.REJECTED)


@evidence.command(
    epilog="""\b
Examples:
  dovetail evidence withdraw edg-0a1b2c3d4e5f6g7h --reason "settled, filed in error"
"""
)
@click.argument("id")
@click.option("--reason", required=True, metavar="TEXT", help="Why; it stays on file.")
@click.option("--date", metavar="DATE", help="From when it counts no more.  [today]")
@frame.shared(model=True)
def withdraw(id: str, reason: str, date: str | None, as_json: bool, store: str | None, model: str | None) -> None:
    """Let the item ID count no more. It stays on file with the day and the reason, and still counts for days before it."""
    from desk import evidence as desk

    chosen = frame.settings(store=store, model=model)
    with frame.opened(chosen) as opened:
        embedder = frame.embedder(chosen, opened)
        day = date or Date.today().isoformat()
        gone = desk.withdraw(opened, embedder, id, date=day, reason=frame.readable(reason, "--reason"))
    emit_json({"id": gone.id, "withdrawn": gone.withdrawn}) if as_json else click.echo(
        _("{id}: withdrawn from {withdrawn}", id=gone.id, withdrawn=gone.withdrawn)
    )


@evidence.command(
    epilog="""\b
Examples:
  dovetail evidence anchors I13 I04
"""
)
@click.argument("names", nargs=-1)
@frame.shared()
def anchors(names: tuple[str, ...], as_json: bool, store: str | None) -> None:
    """Name the institutions that you vouch for, in place of those before; without NAMES, list them.

    An asker who trusts nobody yet hears these and whom they trust.
    """
    from desk import evidence as desk
    from desk.facts import names_of
    from graph.viewer import OWNER

    with frame.opened(frame.settings(store=store)) as opened:
        ids = desk.anchors(opened, names)
        called = names_of(opened, ids, OWNER)
    if as_json:
        emit_json({"anchors": ids})
    else:
        click.echo("\n".join(f"{one}  {called.get(one, '')}" for one in ids) or "no anchors: newcomers hear nobody")


add_objections(evidence)
