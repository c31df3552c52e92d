"""``dovetail leads refresh|find|why``: leads over the whole graph, those of one demand or of one that offers, and what one rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from api.cli import frame
from api.cli.leads.group import leads
from api.cli.output import ProgressLine, emit_json, note, screen
from api.cli.people.door import Door, acting
from api.cli.people.lines import called_in
from graph.language import _, ngettext

if TYPE_CHECKING:
    from leads.suggest.refresh import Refreshed
    from matcher.embedding.embedder import Embedder
    from matcher.index.snapshot import Snapshot

_as_of = click.option("--as-of", metavar="DAY", default="", help="The day that counts as today.  [today]")


@leads.command(
    epilog="""\b
Examples:
  dovetail leads refresh
  dovetail leads refresh --every --json
"""
)
@_as_of
@click.option("--every", is_flag=True, help="Ask every demand again, whatever was kept.")
@acting("admin", model=True)
def refresh(door: Door, as_of: str, every: bool) -> None:
    """Find the leads of all open demands, and suggest the best of them.

    What was found is kept: after a change only the demands are asked again that it can concern. Stopped, the same command goes on.
    """
    from api.settings import lead_settings
    from leads.suggest.refresh import refresh as made

    frame.resume_with(_("what was found is kept; run the same command again to go on"))
    snapshot, embedder = _ready(door)
    with ProgressLine() as progress:
        found = made(door.store, snapshot, embedder, lead_settings(door.settings), _day(as_of), every=every, progress=progress)
    if door.as_json:
        emit_json(found)
    else:
        _tell(found)


def _tell(found: Refreshed) -> None:
    from graph.language import told
    from leads.suggest.bounds import WORDS

    cost = found.cost
    click.echo(
        _(
            "{needs:,} open demands, {asked:,} asked, {joined:,} met by what changed, {found:,} candidates above the bar, {seconds} s",
            needs=found.needs, asked=found.asked, joined=found.joined, found=found.found, seconds=f"{found.seconds:,.1f}",
        )
    )  # fmt: skip
    click.echo(
        ngettext("{count:,} suggestion", "{count:,} suggestions", cost.kept)
        + _("; {newcomers:,} of newcomers; {changed:,} written or removed", newcomers=cost.newcomers, changed=found.changed)
    )
    click.echo(
        _(
            "The bounds cost {given} of {wished:,} suggestions and {fit} of {wished_fit} of fit; the newcomers' share alone {floor}",
            given=f"{cost.wished - cost.kept:,}", wished=cost.wished, fit=f"{cost.wished_fit - cost.kept_fit:,.2f}",
            wished_fit=f"{cost.wished_fit:,.2f}", floor=f"{cost.floor_fit:,.2f}",
        )
    )  # fmt: skip
    for bound, count in cost.left.items():
        click.echo(f"  {count:>7,}  {told(WORDS[bound])}")


@leads.command(
    epilog="""\b
Examples:
  dovetail leads find D03
  dovetail leads find "Institute of Surface Engineering" --limit 5
"""
)
@click.argument("node")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many at most.")
@_as_of
@acting("read", model=True)
def find(door: Door, node: str, limit: int, as_of: str) -> None:
    """Find leads by hand: for a demand (NODE) who could meet it; for a result, an expert or an institution the demands that it could meet.

    All that are above the bar, whatever bounds the suggestions; nothing is kept.
    """
    from api.settings import lead_settings
    from desk.find import find as named
    from desk.people.sight import viewer_of
    from leads.suggest.offers import leads_of

    viewer = viewer_of(door.store, door.actor)
    id = named(door.store, node, viewer)
    snapshot, embedder = _ready(door)
    found = leads_of(id, door.store, snapshot, embedder, lead_settings(door.settings), _day(as_of), viewer, limit)
    if door.as_json:
        emit_json(found)
        return
    called = called_in(door, {one for lead in found for one in (lead.need, lead.offer, lead.work) if one})
    for lead in found:
        click.echo(f"{lead.id}  {lead.fit:.2f}  {called(lead.need)}  <-  {called(lead.offer)}: {called(lead.work)}")
    if not found:
        note(_("nothing is above the bar"))


@leads.command(
    epilog="""\b
Examples:
  dovetail leads why 5d41402abc4b2a76
"""
)
@click.argument("id")
@_as_of
@acting("read", model=True)
def why(door: Door, id: str, as_of: str) -> None:
    """Show what the lead ID rests on, as the matcher answers now: every term, the works, the trust, the gaps, and the facts they cite."""
    from api.cli.draw.answer import explained
    from desk import ask
    from desk.people.sight import viewer_of
    from leads.suggest.answer import answer_of

    snapshot, embedder = _ready(door)
    found, viewer = answer_of(door.store, door.actor, id, snapshot, embedder, _day(as_of)), viewer_of(door.store, door.actor)
    if door.as_json:
        ranks, contact = range(1, len(found.matches) + 1), door.settings.operator_contact
        emit_json(ask.document(found, door.store, viewer=viewer, explained=ranks, contact=contact).model_dump(mode="json"))
        return
    with screen() as target:
        for one in found.matches:
            explained(target, 1, one, ask.facts_of(one, found, door.store, viewer))
    if not found.matches:
        note(_("nothing of the offer is in the index yet"))


def _ready(door: Door) -> tuple[Snapshot, Embedder]:
    from matcher.index.snapshot import Snapshot

    embedder = frame.embedder(door.settings, door.store)
    return Snapshot.open(door.store, embedder), embedder


def _day(as_of: str) -> str:
    """The day that is given, or today. Raises InvalidInput for what is no day."""
    from datetime import date

    from graph.dates import check_date
    from graph.errors import InvalidInput

    try:
        return check_date(as_of) if as_of else date.today().isoformat()
    except ValueError as error:
        raise InvalidInput(str(error), field="--as-of") from error
