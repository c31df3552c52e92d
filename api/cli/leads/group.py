"""The group ``dovetail leads``, and what its commands print alike.

In: leads. Out: lines on stdout. Next: the modules beside this one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from api.cli.output import emit_json
from api.cli.people.door import Door
from api.cli.people.lines import called_in
from api.cli.words import Group
from graph.language import _, word

if TYPE_CHECKING:
    from leads.model import Lead


@click.group(cls=Group)
def leads() -> None:
    """Work with leads: pairs of what needs and what offers, from a suggestion to an agreement.

    What a lead is and who sees it is in docs/leads.md; who may do what, and when, in docs/processes.md.
    """


def tell_done(door: Door, one: Lead) -> None:
    """Print what a lead has come to."""
    if door.as_json:
        emit_json(one)
    elif one.events:
        click.echo(_("{id}: {state}; next: {events}", id=one.id, state=word(one.state, "lead"), events=", ".join(one.events)))
    else:
        click.echo(_("{id}: {state}", id=one.id, state=word(one.state, "lead")))


def names(door: Door, leads_: list[Lead]) -> Any:
    """What the nodes of leads are called."""
    ids = {id for one in leads_ for id in (one.suggestion.need, one.suggestion.offer, one.suggestion.work, one.about, *one.houses) if id}
    return called_in(door, ids | {str(one.value["broker"]) for one in leads_ if one.value.get("broker")})
