"""``dovetail demands``: demands as people post them, from a draft to a solution."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from api.cli import frame
from api.cli.output import emit_json, note
from api.cli.people.door import Door, acting, json_object
from api.cli.people.events import Option, add_event
from api.cli.people.lines import tell, tell_fields, tell_reasons
from api.cli.words import Group
from graph.language import _, ngettext

if TYPE_CHECKING:
    from desk.people.demands import Posted

STATES = (
    "draft", "submitted", "returned", "accepted", "published", "in_talks", "solved", "second_diagnosis", "long_tracking", "withdrawn",
    "expired",
)  # fmt: skip
VISIBILITIES = ("public", "members", "confidential")
_file: Option = click.argument("file", type=click.Path(path_type=Path, allow_dash=True))


@click.group(cls=Group)
def demands() -> None:
    """Post demands: draft, hand in, review, publish and follow them up.

    Who may do what, and when, is in docs/processes.md.
    """


@demands.command(
    epilog="""\b
Examples:
  dovetail demands draft problem.json --as I06
  dovetail demands draft - --for I06 --mandate 2026-01-15 < problem.json
"""
)
@_file
@click.option("--for", "owner", metavar="INSTITUTION", help="The firm whose demand it is, where you act for it.")
@click.option("--mandate", metavar="DAY", help="The day on which the firm let you act for it.")
@acting("write")
def draft(door: Door, file: Path, owner: str | None, mandate: str | None) -> None:
    """Begin a demand from FILE (- reads stdin), a JSON object of a demand's fields."""
    from desk.people.demands import Demands
    from graph.errors import InvalidInput

    if mandate and not owner:
        raise InvalidInput(_("a mandate goes with --for"), field="--mandate")
    _done(door, Demands(door.store).draft(door.actor, _content(file), owner=owner, mandate=mandate))


def _content(file: Path) -> dict[str, Any]:
    """What FILE says of a demand. Raises InvalidInput naming the file, and the field that breaks a rule."""
    from desk.people.demands import checked
    from graph.errors import InvalidInput

    said = json_object(file)
    try:
        checked(said)
    except InvalidInput as error:
        raise InvalidInput(error.rule, file=str(file), field=error.field) from error
    return said


@demands.command(
    "list",
    epilog="""\b
Examples:
  dovetail demands list --state submitted
""",
)
@click.option("--state", "states", metavar="STATE", type=click.Choice(STATES), multiple=True, help="Only those in it; may be repeated.")
@acting("read")
def list_(door: Door, states: tuple[str, ...]) -> None:
    """List your demands: those of your institution, those it acts for and, for a reviewer, those handed in."""
    from desk.facts import names_of
    from desk.people.demands import Demands
    from graph.viewer import OWNER

    found = list(Demands(door.store).listed(door.actor, states))
    if door.as_json:
        emit_json(found)
        return
    called = names_of(door.store, {one.value["owner"] for one in found}, OWNER)
    for one in found:
        owner = called.get(one.value["owner"], one.value["owner"])
        click.echo(f"{one.id}  {one.value['state']:<16}  {one.value['since']}  {_title(one)} ({owner})")


@demands.command(
    epilog="""\b
Examples:
  dovetail demands show 4f1c2d3e4a5b
"""
)
@click.argument("id")
@acting("read")
def show(door: Door, id: str) -> None:
    """Show the demand ID: its state, what it says, and what you can do with it."""
    from desk.facts import names_of
    from desk.people.demands import Demands
    from desk.process.demand import DEMAND
    from graph.viewer import OWNER

    found = Demands(door.store).show(door.actor, id)
    if door.as_json:
        emit_json(found)
        return
    value = found.value
    called = names_of(door.store, [value[one] for one in ("owner", "agent", "solved_by") if value.get(one)], OWNER)
    click.echo(f"{_title(found)}  ({found.id})")
    fields: dict[str, object] = {"state": f"{value['state']}: {_(DEMAND.states[value['state']])}"}
    fields |= {name: called.get(value[name], value[name]) for name in ("owner", "agent", "solved_by") if value.get(name)}
    fields |= {name: value.get(name) for name in ("mandate", "visibility", "until", "questions")}
    fields |= {name: said for name, said in found.content.items() if name != "title"}
    tell_fields(fields | {"node": found.node, _("next"): found.events})


@demands.command(
    epilog="""\b
Examples:
  dovetail demands history 4f1c2d3e4a5b
"""
)
@click.argument("id")
@acting("read")
def history(door: Door, id: str) -> None:
    """Show what was done with the demand ID, when and by whom."""
    from desk.people.demands import Demands

    tell(Demands(door.store).history(door.actor, id), as_json=door.as_json)


def _title(posted: Posted) -> str:
    return str(posted.content.get("title") or _("(erased)"))


def _done(door: Door, posted: Posted) -> None:
    """Tell what a demand has come to."""
    if door.as_json:
        emit_json(posted)
    elif posted.events:
        click.echo(_("{id}: {state}; next: {events}", id=posted.id, state=posted.value["state"], events=", ".join(posted.events)))
    else:
        click.echo(_("{id}: {state}", id=posted.id, state=posted.value["state"]))


def _event(name: str, *options: Option, example: str = "", in_graph: bool = False, help: str) -> None:
    """Make the command of an event of the process: its ``options`` are what is said with it, by their names. ``in_graph``: the demand's
    node may change with it, and what follows from the graph is brought up to date."""

    def do(door: Door, id: str, file: Path | None = None, **given: Any) -> None:
        import msgspec

        from desk.ingest import refresh
        from desk.people.admissions import Reason
        from desk.people.demands import Demands
        from desk.process.demand import CLOSING, SEEN

        says = {name: list(value) if isinstance(value, tuple) else value for name, value in given.items() if value not in (None, ())}
        embedder = frame.embedder(door.settings, door.store) if in_graph else None
        posted = Demands(door.store).do(door.actor, id, name, says, _content(file) if file else None)
        if embedder and posted.node:
            refresh(door.store, embedder)
        _done(door, posted)
        if name in CLOSING and not door.as_json:
            note(_("who was let in:"))
            tell_reasons(door, msgspec.convert(posted.value[SEEN], list[Reason]))

    add_event(demands, name, do, *options, example=f"4f1c2d3e4a5b {example}".rstrip(), model=in_graph, help=help)


_reason: Option = click.option("--reason", metavar="TEXT", help="Why; it stays on record.")

_event("revise", _file, example="problem.json", help="Replace what the demand ID says by FILE (- reads stdin).")
_event("confirm", help="Confirm, as the firm, what is posted on its behalf as the demand ID.")
_event(
    "submit",
    click.option("--no-secrets", is_flag=True, help="You declare that no state secret and no secret of a third party is in it."),
    example="--no-secrets",
    help="Hand the demand ID in for review.",
)
_event(
    "return",
    click.option("--question", "questions", metavar="TEXT", multiple=True, help="What is to be said more clearly; may be repeated."),
    example='--question "In line or beside the line?"',
    help="Give the demand ID back, as its reviewer, with questions.",
)
_event("accept", help="Accept the demand ID as its reviewer.")
_event(
    "publish",
    click.option("--visibility", type=click.Choice(VISIBILITIES), required=True, help="Who may see it."),
    example="--visibility members",
    in_graph=True,
    help="Publish the demand ID: it is in the graph from now on, and matched.",
)
_event("reconfirm", in_graph=True, help="Say that the demand ID still stands, for six months more.")
_event("talk", in_graph=True, help="Say that talks about the demand ID have begun.")
_event("part", in_graph=True, help="Say that talks about the demand ID have ended without an agreement.")
_event(
    "solve",
    click.option("--by", metavar="INSTITUTION", help="Who solves it."),
    example="--by I02",
    in_graph=True,
    help="Say that a solution of the demand ID is found.",
)
_event("diagnose", in_graph=True, help="Look at the demand ID a second time with the firm: nobody was found for it.")
_event("track", in_graph=True, help="Track the demand ID: nobody can solve it today, and new results are compared with it.")
_event("withdraw", _reason, example='--reason "solved in house"', in_graph=True, help="Withdraw the demand ID.")
_event(
    "tease",
    click.option("--field", metavar="TEXT", required=True, help="Its field, in a few words that everybody may read."),
    click.option("--region", metavar="TEXT", help="Its region."),
    example='--field "coating of cutting tools" --region 福建',
    in_graph=True,
    help="Publish a teaser of the confidential demand ID: its field, region and class of budget alone, for everybody.",
)
_event("untease", in_graph=True, help="Take the teaser of the demand ID back.")


@demands.command(
    epilog="""\b
Examples:
  dovetail demands expire
"""
)
@acting("admin", model=True)
def expire(door: Door) -> None:
    """End the demands of which nobody has said in time that they still stand."""
    from desk.ingest import refresh
    from desk.people.demands import Demands

    gone = Demands(door.store).expire()
    if gone:
        refresh(door.store, frame.embedder(door.settings, door.store))
    if door.as_json:
        emit_json([one.id for one in gone])
        return
    for id in (one.id for one in gone):
        click.echo(_("{id}: {state}", id=id, state="expired"))
    note(ngettext("{count:,} demand has ended", "{count:,} demands have ended", len(gone)))
