"""``dovetail leads follow|unfollow|due|notify|hand-over``: what members are told, what is to be done, and a board that goes to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from api.cli.leads.group import leads
from api.cli.output import emit_json
from api.cli.people.door import Door, acting
from graph.language import _, ngettext

if TYPE_CHECKING:
    from leads.subscriptions.follows import Follows

_member = click.option("--member", metavar="ID", help="The member who is told.  [you, if you are one]")
_WHEN = click.Choice(["at_once", "daily", "weekly"])
_cadence = click.option("--cadence", type=_WHEN, default="daily", show_default=True, help="When letters go out.")


@leads.command(
    epilog="""\b
Examples:
  dovetail leads follow D01 --member 4f1c2a9b7d30
""",
)
@click.argument("thing")
@_member
@_cadence
@acting("write")
def follow(door: Door, thing: str, member: str | None, cadence: str) -> None:
    """Follow THING, a lead, a demand, a result, an expert or an institution: what changes is told by letter. board: your leads."""
    import msgspec

    one = _follows(door).follow(door.actor, thing, cadence=cadence, member=member)
    if door.as_json:
        emit_json(msgspec.to_builtins(one))
        return
    click.echo(_("{thing}: followed by {member}", thing=one.thing, member=one.value["member"]))


@leads.command(
    epilog="""\b
Examples:
  dovetail leads unfollow board --member 4f1c2a9b7d30
""",
)
@click.argument("thing")
@_member
@acting("write")
def unfollow(door: Door, thing: str, member: str | None) -> None:
    """Follow THING no more; board ends the reminders of your leads."""
    _follows(door).unfollow(door.actor, thing, member=member)
    if door.as_json:
        emit_json({"thing": thing, "state": "ended"})
        return
    click.echo(_("{thing}: followed no more", thing=thing))


@leads.command(
    epilog="""\b
Examples:
  dovetail leads due --as O5
""",
)
@click.option("--day", metavar="DAY", help="The day to look from.  [today]")
@acting("read")
def due(door: Door, day: str | None) -> None:
    """List what is to be done on your leads: next actions that are due, then leads that have been in a state for too long."""
    from datetime import UTC, datetime

    from leads.notices.reminders import tasks
    from leads.subscriptions.filters import Pool

    found = tasks(Pool(door.store, day or datetime.now(UTC).date().isoformat()), door.actor)
    if door.as_json:
        names = ("id", "state", "day", "days", "action", "between", "is_stuck")
        emit_json([{name: getattr(one, name) for name in names} for one in found])
        return
    for one in found:
        told = one.action or _("stuck: {state}", state=one.state)
        click.echo(f"{one.id}  {one.day}  {told}  {_(' ↔ ').join(one.between)}")


@leads.command(
    epilog="""\b
Examples:
  dovetail leads notify
""",
)
@acting("admin")
def notify(door: Door) -> None:
    """Send what members are to be told now, each thing once. Safe to run again, and beside a service; for cron."""
    import msgspec

    from api.settings import mail_server
    from desk.members.callers import services
    from desk.members.post import Post
    from leads.notices.notify import Notifier

    chosen, post = door.settings, Post(mail_server(door.settings))
    post.ready()
    made = services(door.store, post, chosen.site)
    done = Notifier(door.store, made.members, made.accounts, chosen.site, hour=chosen.notice_hour, sender=chosen.smtp_from).round()
    post.close()
    if door.as_json:
        emit_json(msgspec.to_builtins(done))
        return
    if not done.is_mine:
        click.echo(_("another process is at it"))
        return
    click.echo(ngettext("{count} letter went", "{count} letters went", done.sent))
    if done.late:
        click.echo(ngettext("{count} letter could not go yet", "{count} letters could not go yet", done.late))
    if done.dropped:
        click.echo(ngettext("{count} letter was given up", "{count} letters were given up", done.dropped))


@leads.command(
    "hand-over",
    epilog="""\b
Examples:
  dovetail leads hand-over O6 --of O5
""",
)
@click.argument("to")
@click.option("--of", metavar="BROKER", default="", help="Whose board.  [your own]")
@click.option("--person", metavar="ID", default="", help="The principal there who gets the leads.")
@acting("write")
def hand_over_(door: Door, to: str, of: str, person: str) -> None:
    """Hand all leads of a broker to the broker TO, each by an act of its own. Run again, it goes on with what is left."""
    import msgspec

    from leads.board.hand_over import hand_over

    done = hand_over(door.store, door.actor, to, of=of, person=person)
    if door.as_json:
        emit_json(msgspec.to_builtins(done))
        return
    click.echo(ngettext("{count} lead went over", "{count} leads went over", len(done.moved)))
    for one in done.kept:
        click.echo(f"{one.id}: {one.reason}", err=True)


def _follows(door: Door) -> Follows:
    from api.cli.leads.searches import members_of
    from leads.subscriptions.follows import Follows

    return Follows(door.store, members_of(door))
