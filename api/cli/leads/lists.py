"""``dovetail leads list|show|history|export|duplicates``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from api.cli.leads.group import leads, names
from api.cli.output import emit_json, note
from api.cli.people.door import Door, acting
from api.cli.people.lines import tell, tell_fields
from graph.language import _, ngettext, word

STATES = ("suggested", "shortlisted", "proposed", "introduced", "talks", "agreement", "closed", "declined")
REASONS = ("too_early", "gain_unclear", "no_route", "wrong_field", "price", "capacity", "conflict", "no_answer", "other")
SORTS = ("fit", "points", "newest", "due", "turns")
_Command = Callable[..., None]
_FILTERS: tuple[Callable[[_Command], _Command], ...] = (
    click.option("--state", "states", type=click.Choice(STATES), multiple=True, help="Only those in it; may be repeated."),
    click.option("--firm", metavar="INSTITUTION", default="", help="Only those in which it needs or offers."),
    click.option("--need", metavar="NAME", default="", help="Only those of this demand or institution that needs."),
    click.option("--offer", metavar="NAME", default="", help="Only those of this result, expert or institution."),
    click.option("--field", metavar="TEXT", default="", help="Only those whose need is of this industry, by code or name."),
    click.option("--region", metavar="TEXT", default="", help="Only those whose need lies in this place."),
    click.option("--broker", metavar="INSTITUTION", default="", help="Only those that it works on."),
    click.option("--reason", type=click.Choice(REASONS), default=None, help="Only those that were last declined for it."),
    click.option("--since", metavar="DAY", default="", help="Only those that were found on that day or later."),
    click.option("--due", metavar="DAY", default="", help="Only those with something to be done until that day."),
    click.option("--fit", type=click.FloatRange(0, 1), default=0.0, help="Only those that fit as well as this, or better."),
    click.option("--stuck", is_flag=True, help="Only those that are longer in their state than is good."),
    click.option("--merged", is_flag=True, help="Those that were merged into others too."),
)


def filtering(function: _Command) -> _Command:
    """Give a command the options by which leads are chosen."""
    for option in reversed(_FILTERS):
        function = option(function)
    return function


def wanted_of(door: Door, **given: Any) -> Any:
    """The ``Wanted`` of what was given, with ids in place of names. Raises NotFound for what the actor may not see."""
    from desk.find import find
    from desk.people.sight import viewer_of
    from leads.board.listing import Wanted

    viewer = viewer_of(door.store, door.actor)
    for name in ("firm", "need", "offer", "broker"):
        if given.get(name):
            given[name] = find(door.store, given[name], viewer)
    return Wanted(**{name: value for name, value in given.items() if value not in (None, "", ())})


@leads.command(
    "list",
    epilog="""\b
Examples:
  dovetail leads list --since 2026-06-01 --sort turns
  dovetail leads list --state proposed --stuck --as I06
""",
)
@filtering
@click.option("--sort", type=click.Choice(SORTS), default="fit", show_default=True, help="The order; turns: each firm's best first.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="How many at most.")
@click.option("--cursor", metavar="TEXT", default="", help="Where the page before ended.")
@acting("read")
def list_(door: Door, sort: str, limit: int, cursor: str, **given: Any) -> None:
    """List the leads that are yours to see."""
    from leads.board.listing import Sort, listed

    found = listed(door.store, door.actor, wanted_of(door, **given), Sort(sort), limit=limit, cursor=cursor)
    if door.as_json:
        emit_json(found)
        return
    called = names(door, [one.lead for one in found.data])
    for one in found.data:
        lead, marks = one.lead, []
        if one.is_stuck:
            marks.append(_("stuck"))
        if one.declined:
            marks.append(_("declined {day}: {reason}", day=one.declined.day, reason=word(one.declined.reason, "reason")))
        if one.same:
            marks.append(_("same as {ids}", ids=", ".join(one.same)))
        need = called(lead.suggestion.need) if lead.suggestion.need else _("(not shown)")
        said = f"  [{'; '.join(marks)}]" if marks else ""
        click.echo(f"{lead.id}  {word(lead.state, 'lead')}  {lead.suggestion.fit:.2f}  {need} ↔ {called(lead.suggestion.offer)}{said}")
    note(ngettext("{count:,} lead", "{count:,} leads", found.count))
    if found.next:
        note(_("the next page: --cursor {cursor}", cursor=found.next))


@leads.command(
    epilog="""\b
Examples:
  dovetail leads show 5d41402abc4b2a76
"""
)
@click.argument("id")
@acting("read")
def show(door: Door, id: str) -> None:
    """Show the lead ID: its two ends, where it stands, and what you can do with it."""
    from leads.leads import Leads

    found = Leads(door.store)
    lead = found.show(door.actor, id)
    if door.as_json:
        emit_json(lead)
        return
    called, value, suggestion = names(door, [lead]), lead.value, lead.suggestion
    click.echo(f"{lead.id}  {word(lead.state, 'lead')}")
    fields: dict[str, object] = {
        _("need"): called(suggestion.need) if suggestion.need else _("(not shown)"), _("firm"): called(lead.about) if lead.about else "",
        _("offer"): called(suggestion.offer), _("house"): [called(one) for one in lead.houses],
        _("work"): called(suggestion.work) if suggestion.work else "", _("fit"): f"{suggestion.fit:.2f}" if suggestion.fit else "",
        _("since"): lead.since, _("broker"): called(value["broker"]) if value.get("broker") else "", _("due"): value.get("next"),
        _("sides"): [f"{word(side, 'side')}: {word(said, 'side')}" for side, said in value.get("sides", {}).items()],
        _("declined"): [f"{one['day']} {word(one['reason'], 'reason')}" for one in value.get("declines", ())], _("next"): list(lead.events),
    }  # fmt: skip
    tell_fields(fields)
    for number, text in found.texts(door.actor, id).items():
        click.echo(f"  {number:>4}  {text}")


@leads.command(
    epilog="""\b
Examples:
  dovetail leads history 5d41402abc4b2a76
"""
)
@click.argument("id")
@acting("read")
def history(door: Door, id: str) -> None:
    """Show what was done with the lead ID, when and by whom."""
    from leads.leads import Leads

    tell(Leads(door.store).history(door.actor, id), as_json=door.as_json)


@leads.command(
    epilog="""\b
Examples:
  dovetail leads export leads.xlsx --since 2026-06-01
"""
)
@click.argument("file", type=click.Path(path_type=Path))
@filtering
@click.option("--sort", type=click.Choice(SORTS), default="fit", show_default=True, help="The order; turns: each firm's best first.")
@acting("read")
def export(door: Door, file: Path, sort: str, **given: Any) -> None:
    """Write the leads that are yours to see to FILE, which ends in .csv or .xlsx. No cell is a formula."""
    from graph.errors import InvalidInput
    from leads.board.export import rows, to_csv, to_xlsx
    from leads.board.listing import Sort

    made = {".csv": to_csv, ".xlsx": to_xlsx}.get(file.suffix.lower())
    if made is None:
        raise InvalidInput(_("ends in neither .csv nor .xlsx"), file=str(file))
    file.write_bytes(made(rows(door.store, door.actor, wanted_of(door, **given), Sort(sort))))
    click.echo(_("{file}: written", file=file))


@leads.command(
    epilog="""\b
Examples:
  dovetail leads duplicates
"""
)
@acting("read")
def duplicates(door: Door) -> None:
    """List the leads of the same two, a group a line, the one that is furthest first."""
    from leads.board.duplicates import duplicates as found

    groups = found(door.store, door.actor)
    if door.as_json:
        emit_json(groups)
        return
    for group in groups:
        click.echo("  ".join(group))
    note(ngettext("{count:,} group", "{count:,} groups", len(groups)))
