"""``dovetail leads meeting``: matchmaking events, from a plan to the last follow-up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from api.cli.leads.group import leads as group
from api.cli.leads.said import SAY, said_of
from api.cli.output import emit_json
from api.cli.people.door import Door, acting
from api.cli.people.lines import called_in, tell
from api.cli.words import Group
from graph.language import _, ngettext, word

if TYPE_CHECKING:
    from leads.meetings.meetings import Meetings
    from leads.meetings.model import Meeting, Talk

SIDES = ("need", "offer")
_side = click.option("--side", type=click.Choice(SIDES), required=True, help="Which side it is about.")
_reason = click.option("--reason", metavar="TEXT", help="Why; it stays on record.")


@group.group(cls=Group)
def meeting() -> None:
    """Hold a matchmaking event: invite both sides of leads, seat them, and follow up what comes of it."""


def _meetings(door: Door) -> Meetings:
    from api.settings import lead_settings
    from leads.meetings.meetings import Meetings

    return Meetings(door.store, bounds=lead_settings(door.settings))


def _told(door: Door, one: Meeting) -> None:
    if door.as_json:
        emit_json(one)
        return
    click.echo(_line(one))
    if one.events:
        click.echo(_("next: {events}", events=", ".join(one.events)))


def _line(one: Meeting) -> str:
    return f"{one.id}  {one.day}  {word(one.state, 'meeting'):<9}  {one.title}{f' ({one.place})' if one.place else ''}"


@meeting.command(
    epilog="""\b
Examples:
  dovetail leads meeting plan "Coatings day" --day 2026-06-10 --slots 09:00,09:20,09:40 --tables 10x4,2x8
"""
)
@click.argument("title")
@click.option("--day", metavar="DAY", required=True, help="The day.")
@click.option("--slots", metavar="TIMES", required=True, help="The times at which talks begin, with commas between.")
@click.option("--tables", metavar="SEATS", required=True, help="The tables by their seats: 10x4,2x8 are ten for four and two for eight.")
@click.option("--place", metavar="TEXT", help="Where.")
@click.option("--organiser", metavar="NAME", help="As the operator: the institution that holds it.")
@acting("write")
def plan(door: Door, title: str, day: str, slots: str, tables: str, place: str | None, organiser: str | None) -> None:
    """Plan the meeting that is called TITLE."""
    times = [one.strip() for one in slots.split(",") if one.strip()]
    more = {"place": place or "", "organiser": organiser or ""}
    _told(door, _meetings(door).plan(door.actor, title, day, times, seats_of(tables), **more))


@meeting.command(
    epilog="""\b
Examples:
  dovetail leads meeting invite 0a1b2c3d4e5f 4f1c2d3e4a5b6c7d 9a8b7c6d5e4f3a2b
"""
)
@click.argument("id")
@click.argument("leads", nargs=-1, required=True)
@acting("write")
def invite(door: Door, id: str, leads: tuple[str, ...]) -> None:
    """Invite both sides of LEADS to the meeting ID; who was not asked yet is asked by it."""
    meetings = _meetings(door)
    for lead in leads:
        made = meetings.invite(door.actor, id, lead)
    _told(door, made)


@meeting.command(
    epilog="""\b
Examples:
  dovetail leads meeting answer 0a1b2c3d4e5f 4f1c2d3e4a5b6c7d --side need --accept --people 2 --as I06
  dovetail leads meeting answer 0a1b2c3d4e5f 4f1c2d3e4a5b6c7d --side offer --decline --on-word phone
"""
)
@click.argument("id")
@click.argument("lead")
@_side
@click.option("--accept/--decline", "accepts", required=True, help="Whether that side comes.")
@click.option("--on-word", metavar="HOW", help="Of another's answer, how it was got: phone, visit, mail, message or paper.")
@click.option("--people", type=int, metavar="N", help="How many come.  [1]")
@click.option("--delegation", type=int, metavar="N", help="Which of its groups sits there: two can be at two tables at once.  [1]")
@acting("write")
def answer(
    door: Door, id: str, lead: str, side: str, accepts: bool, on_word: str | None, people: int | None, delegation: int | None
) -> None:
    """Say whether a side comes to the talk of LEAD at the meeting ID."""
    said = "accepted" if accepts else "declined"
    more = {"on_word": on_word or "", "people": people, "delegation": delegation}
    _told(door, _meetings(door).answer(door.actor, id, lead, side, said, **more))  # type: ignore[arg-type]


@meeting.command(
    epilog="""\b
Examples:
  dovetail leads meeting schedule 0a1b2c3d4e5f
"""
)
@click.argument("id")
@click.option("--anew", is_flag=True, help="Nobody keeps the slot that was given before.")
@acting("write")
def schedule(door: Door, id: str, anew: bool) -> None:
    """Give a slot and a table to each talk of the meeting ID to which both sides have said yes."""
    _shown(door, _meetings(door).schedule(door.actor, id, anew=anew))


@meeting.command(
    epilog="""\b
Examples:
  dovetail leads meeting attend 0a1b2c3d4e5f 4f1c2d3e4a5b6c7d --side need --came --intention trial
"""
)
@click.argument("id")
@click.argument("lead")
@_side
@click.option("--came/--absent", required=True, help="Whether it came.")
@click.option("--intention", metavar="WHAT", help="What it means to do: none, talks, visit, trial or agreement.")
@acting("write")
def attend(door: Door, id: str, lead: str, side: str, came: bool, intention: str | None) -> None:
    """Note whether a side came to the talk of LEAD at the meeting ID, and what it means to do."""
    _told(door, _meetings(door).attend(door.actor, id, lead, side, came=came, intention=intention or ""))


@meeting.command(
    epilog="""\b
Examples:
  dovetail leads meeting outcome 0a1b2c3d4e5f 4f1c2d3e4a5b6c7d --move interested --say side=need --say on_word=visit
  dovetail leads meeting outcome 0a1b2c3d4e5f 4f1c2d3e4a5b6c7d --after 30 --text "waits for samples"
"""
)
@click.argument("id")
@click.argument("lead")
@click.option("--after", type=int, default=0, metavar="DAYS", help="So many days after the meeting: 0, 30 or 90.  [0]")
@click.option("--move", metavar="EVENT", help="The event by which the lead moves; without, nothing has changed.")
@SAY
@click.option("--text", metavar="TEXT", help="What was said; it can be erased.")
@acting("write")
def outcome(door: Door, id: str, lead: str, after: int, move: str | None, say: tuple[str, ...], text: str | None) -> None:
    """Note what has come of the talk of LEAD at the meeting ID, and move the lead by it."""
    more: dict[str, Any] = {"after": after, "move": move or "", "says": said_of(say), "text": text or ""}
    _told(door, _meetings(door).outcome(door.actor, id, lead, **more))


@meeting.command(
    epilog="""\b
Examples:
  dovetail leads meeting close 0a1b2c3d4e5f
"""
)
@click.argument("id")
@_reason
@acting("write")
def close(door: Door, id: str, reason: str | None) -> None:
    """Close the meeting ID: what is still to be followed up needs a reason."""
    _told(door, _meetings(door).do(door.actor, id, "close", reason or ""))


@meeting.command(
    epilog="""\b
Examples:
  dovetail leads meeting cancel 0a1b2c3d4e5f --reason "too few answers"
"""
)
@click.argument("id")
@_reason
@acting("write")
def cancel(door: Door, id: str, reason: str | None) -> None:
    """Call off the meeting ID."""
    _told(door, _meetings(door).do(door.actor, id, "cancel", reason or ""))


@meeting.command(
    epilog="""\b
Examples:
  dovetail leads meeting show 0a1b2c3d4e5f
"""
)
@click.argument("id")
@acting("read")
def show(door: Door, id: str) -> None:
    """Show the meeting ID, its talks by slot and table, who has none and why, and what is to be followed up."""
    _shown(door, _meetings(door).show(door.actor, id))


@meeting.command(
    "list",
    epilog="""\b
Examples:
  dovetail leads meeting list --due
""",
)
@click.option("--due", is_flag=True, help="Only those with talks that are to be followed up by today.")
@acting("read")
def list_(door: Door, due: bool) -> None:
    """List the meetings that you hold, or to which you are invited."""
    found = [one for one in _meetings(door).listed(door.actor) if not due or any(talk.due for talk in one.talks)]
    if door.as_json:
        emit_json(found)
        return
    for one in found:
        open_ones = sum(bool(talk.due) for talk in one.talks)
        more = ngettext("{count} talk to follow up", "{count} talks to follow up", open_ones) if open_ones else ""
        click.echo(f"{_line(one)}  {more}".rstrip())


@meeting.command(
    epilog="""\b
Examples:
  dovetail leads meeting history 0a1b2c3d4e5f
"""
)
@click.argument("id")
@acting("read")
def history(door: Door, id: str) -> None:
    """Show what was done with the meeting ID, in order, as who holds it."""
    tell(_meetings(door).history(door.actor, id), as_json=door.as_json)


def seats_of(text: str) -> list[int]:
    """The seats of each table: ``2x4,8`` are two tables for four and one for eight. Raises InvalidInput for what is none."""
    from graph.errors import InvalidInput

    seats: list[int] = []
    for part in text.lower().replace("×", "x").split(","):
        many, x, of = part.strip().rpartition("x")
        if not of.strip().isdecimal() or (x and not many.strip().isdecimal()) or len(part) > 12:
            raise InvalidInput(_("tables are numbers of seats, as 10x4,2x8"), field="--tables")
        seats += [int(of)] * min(int(many or 1), 1000)
    return seats


def _shown(door: Door, one: Meeting) -> None:
    """Print a meeting with its talks."""
    if door.as_json:
        emit_json(one)
        return
    _told(door, one)
    ids = [end for talk in one.talks for end in (talk.need, talk.offer, talk.about, *talk.houses) if end]
    called = called_in(door, ids)
    order = {slot: number for number, slot in enumerate(one.slots)}
    for talk in sorted(one.talks, key=lambda talk: (order.get(talk.slot, len(order)), talk.table, talk.lead)):
        need, offer = called(talk.about or talk.need) if talk.about or talk.need else "?", called(talk.offer)
        place = _("{slot} table {table}", slot=talk.slot, table=talk.table) if talk.slot else _("no table")
        click.echo(f"  {place:<16}  {talk.lead}  {need} <-> {offer}  {_of(talk)}".rstrip())
        if talk.why:
            why = talk.why
            for id in ids:
                why = why.replace(id, called(id))
            click.echo(f"  {'':<16}  {why}")


def _of(talk: Talk) -> str:
    """What is known of a talk, in a few words."""
    answers = {} if talk.came else talk.answers
    parts = [f"{word(side, 'meeting')}: {word(said, 'meeting') if said else '-'}" for side, said in answers.items()]
    parts += [f"{word(side, 'meeting')}: {_('came') if came else _('did not come')}" for side, came in talk.came.items()]
    parts += [f"{word(side, 'meeting')}: {word(said, 'meeting')}" for side, said in talk.intentions.items()]
    parts += [f"+{after}: {said.get('move') or said['state']}" for after, said in talk.outcomes.items()]
    parts += [_("to be followed up since {day}", day=talk.due[0])] if talk.due else []
    return "; ".join(parts)
