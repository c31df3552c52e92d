"""``dovetail searches``: saved searches of leads; what comes up is told by letter or feed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from api.cli.output import emit_json
from api.cli.people.door import Door, acting
from api.cli.people.events import add_event
from api.cli.words import Group
from graph.language import _

if TYPE_CHECKING:
    from desk.members.members import Members
    from leads.subscriptions.searches import Search, Searches


_WHEN = click.Choice(["at_once", "daily", "weekly"])


@click.group(cls=Group)
def searches() -> None:
    """Save searches of leads: what comes up from then on is told, once."""


@searches.command(
    epilog="""\b
Examples:
  dovetail searches save --text coating --region 福建 --cadence weekly --member 4f1c2a9b7d30
""",
)
@click.option("--name", metavar="TEXT", default="", help="What you call it.")
@click.option("--text", metavar="WORDS", default="", help="Words that all stand in what you see of both ends.")
@click.option("--side", type=click.Choice(["need", "offer"]), default=None, help="What you look for, and so whose leads the cap counts.")
@click.option("--state", "states", metavar="STATE", multiple=True, help="A state of a lead; may be repeated.  [those that are open]")
@click.option("--firm", metavar="NAME", default="", help="An institution on either side.")
@click.option("--need", metavar="NAME", default="", help="A demand, or an institution that needs.")
@click.option("--offer", metavar="NAME", default="", help="A result, an expert or an institution that offers.")
@click.option("--field", metavar="FIELD", default="", help="A code or words of an industry.")
@click.option("--region", metavar="PLACE", default="", help="A place that the need lies in.")
@click.option("--fit", type=click.FloatRange(0, 1), default=0.0, help="How well it fits, at least: 0 to 1.")
@click.option("--cadence", type=_WHEN, default="daily", show_default=True, help="When letters go out.")
@click.option("--cap", type=click.IntRange(1, 50), default=3, show_default=True, help="Leads of one partner that a letter names.")
@click.option("--member", metavar="ID", help="The member to whom letters go.  [you, if you are one]")
@acting("write")
def save(
    door: Door, name: str, cadence: str, cap: int, member: str | None, side: str | None, states: tuple[str, ...], fit: float, **said: str
) -> None:  # fmt: skip
    """Save a search. What it finds now is not told: look at it with run."""
    import msgspec

    from leads.subscriptions.filters import Filters

    filters = msgspec.convert({"side": side or "", "states": states, "fit": fit, **said}, Filters)
    _tell(door, searches_of(door).save(door.actor, filters, name=name, cadence=cadence, cap=cap, member=member))


@searches.command(
    "list",
    epilog="""\b
Examples:
  dovetail searches list
""",
)
@acting("read")
def list_(door: Door) -> None:
    """List the saved searches that are yours to see, the last moved last."""
    import msgspec

    found = list(searches_of(door).listed(door.actor))
    if door.as_json:
        emit_json([msgspec.to_builtins(one) for one in found])
        return
    for one in found:
        click.echo(f"{one.id}  {one.value['state']:<8}  {one.value['cadence']:<8}  {one.value['member']:<12}  {one.name}")


@searches.command(
    epilog="""\b
Examples:
  dovetail searches show 4f1c2a9b7d30
""",
)
@click.argument("id")
@acting("read")
def show(door: Door, id: str) -> None:
    """Show the saved search ID."""
    _tell(door, searches_of(door).show(door.actor, id))


@searches.command(
    epilog="""\b
Examples:
  dovetail searches run 4f1c2a9b7d30
""",
)
@click.argument("id")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many at most.")
@acting("read")
def run(door: Door, id: str, limit: int) -> None:
    """List the leads that the search ID finds now, the best first, whether they were told or not."""
    found = searches_of(door).run(door.actor, id)[:limit]
    if door.as_json:
        emit_json([one._asdict() for one in found])
        return
    for one in found:
        click.echo(f"{one.id}  {one.fit:.2f}  {one.state:<11}  {one.since}  {one.need}  →  {one.offer}")


@searches.command(
    epilog="""\b
Examples:
  dovetail searches feed 4f1c2a9b7d30
""",
)
@click.argument("id")
@acting("write")
def feed(door: Door, id: str) -> None:
    """Make the addresses of the feed of the search ID; they are shown once, and earlier ones are good no more."""
    token, site = searches_of(door).open_feed(door.actor, id), door.settings.site.rstrip("/")
    made = {"atom": f"{site}/v1/feeds/{token}/atom", "json_feed": f"{site}/v1/feeds/{token}/json"}
    if door.as_json:
        emit_json(made)
        return
    for address in made.values():
        click.echo(address)


def _do(event: str) -> Callable[[Door, str], None]:
    def do(door: Door, id: str) -> None:
        _tell(door, searches_of(door).do(door.actor, id, event))

    return do


add_event(searches, "pause", _do("pause"), help="Tell nothing of the search ID for a while; what comes up waits.")
add_event(searches, "resume", _do("resume"), help="Tell of the search ID again, of what waits too.")
add_event(searches, "stop", _do("stop"), help="End the search ID, and its feed.")
add_event(searches, "close-feed", _do("close_feed"), help="End the addresses of the feed of the search ID.")


def members_of(door: Door) -> Members:
    """The members of a store; no letter goes out by it."""
    from desk.members.callers import services
    from desk.members.post import Post

    return services(door.store, Post(None), door.settings.site).members


def searches_of(door: Door) -> Searches:
    """The saved searches of a store."""
    from leads.subscriptions.searches import Searches

    return Searches(door.store, members_of(door))


def _tell(door: Door, one: Search) -> None:
    import msgspec

    if door.as_json:
        emit_json(msgspec.to_builtins(one))
        return
    value, filters = one.value, msgspec.to_builtins(one.filters)
    said = ", ".join(f"{name}: {value}" for name, value in filters.items() if value) or _("all that is open")
    click.echo(_("{id}: {state}, {cadence}; {filters}", id=one.id, state=value["state"], cadence=value["cadence"], filters=said))
    if not value["member"]:
        click.echo(_("no letters: it has no member; dovetail searches feed {id} makes an address to read it", id=one.id))
