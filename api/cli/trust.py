"""``dovetail trust``: what one institution may believe of another, from what evidence, and whom it trusts most and least; to whose view it
is not, in words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli import frame
from api.cli.output import emit_json, note, screen
from api.cli.people.door import Door, acting
from api.cli.words import Command
from graph.language import _

if TYPE_CHECKING:
    from desk.trust import opinions
    from desk.trust.schemas import TrustListOut, TrustWordsListOut, TrustWordsOut
    from matcher.index.snapshot import Snapshot


@click.command(
    cls=Command,
    epilog="""\b
Examples:
  dovetail trust I06 I02
  dovetail trust "岑海理工大学" I15 --as-of 2024-12-31 --log
  dovetail trust I06
  dovetail trust I06 --html trust.html
  dovetail trust I06 I02 --as I13
"""
)
@click.argument("asker")
@click.argument("target", required=False)
@click.option("--as-of", metavar="DATE", help="As of this day: later facts do not exist.  [today]")
@click.option("--log", "with_log", is_flag=True, help="Every transition of the relation's stage, with the evidence behind it.")
@click.option("--html", metavar="FILE", type=click.Path(path_type=Path), help="Draw ASKER's trust neighbourhood into this one file.")
@acting("read", model=True)
def trust(door: Door, asker: str, target: str | None, as_of: str | None, with_log: bool, html: Path | None) -> None:
    """Say what ASKER may believe of TARGET (ids, source ids or names), and from what evidence; without TARGET, whom it trusts.

    Members of ASKER and the operator are told in full; members of other institutions, in words.
    """
    from desk.trust import by_role, opinions
    from graph.errors import InvalidInput
    from matcher.index.snapshot import Snapshot

    day = opinions.day_of(as_of, "--as-of")
    if with_log and not target:
        raise InvalidInput(_("a log is of one relation: name a TARGET too"), field="--log")
    snapshot = Snapshot.open(door.store, frame.embedder(door.settings, door.store))
    told = by_role.trust_of(door.actor, asker, target, day, snapshot=snapshot, store=door.store) if target else None
    if with_log and not isinstance(told, opinions.Told):
        raise InvalidInput(_("a log is told to members of ASKER alone"), field="--log")
    if html:
        _draw_neighbourhood(door, [name for name in (asker, target) if name], day, snapshot, html)
    if told:
        _tell(door, told, with_log=with_log)
    else:
        _list(door, by_role.trust_list(door.actor, asker, day, snapshot=snapshot, store=door.store), asker)


def _tell(door: Door, told: opinions.Told | TrustWordsOut, *, with_log: bool) -> None:
    """Print a relation, in full or in words."""
    from api.cli.draw.trust import trust_screen, words_screen
    from desk.facts import names_of
    from desk.people.sight import viewer_of
    from desk.trust.opinions import Told

    public = told.public if isinstance(told, Told) else told
    if door.as_json:
        emit_json(public.model_dump(mode="json"))
        return
    givers = [item.giver for item in told.opinion.items if item.giver] if isinstance(told, Told) else []
    names = names_of(door.store, [public.asker, public.target, *givers], viewer_of(door.store, door.actor))
    with screen() as target:
        if isinstance(told, Told):
            trust_screen(target, told.public, told.opinion, names, with_log=with_log)
        else:
            words_screen(target, [told], names[told.asker], told.as_of)


def _list(door: Door, listed: TrustListOut | TrustWordsListOut, asker: str) -> None:
    """Print whom ASKER trusts, in full or in words."""
    from api.cli.draw.trust import list_screen, words_screen
    from desk.trust.schemas import TrustListOut

    if door.as_json:
        emit_json(listed.model_dump(mode="json"))
        return
    with screen() as target:
        if isinstance(listed, TrustListOut):
            list_screen(target, listed, asker)
        else:
            words_screen(target, listed.relations, asker, listed.as_of)


def _draw_neighbourhood(door: Door, names: list[str], day: str, snapshot: Snapshot, html: Path) -> None:
    """The picture is made of all that is on file, and so is the operator's."""
    from api.web.neighbourhood import neighbourhood_html
    from desk.find import find
    from desk.process.principals import Scope
    from graph.viewer import OWNER

    door.actor.require(Scope.ADMIN)
    ids = [find(door.store, name, OWNER) for name in names]
    html.write_text(neighbourhood_html(ids, day, snapshot, door.store), "utf-8")
    note(_("the neighbourhood is drawn in {html}", html=html))
