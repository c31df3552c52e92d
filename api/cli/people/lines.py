"""What the commands of this folder print alike: entries of the journal, the fields of a thing, and whom it lets in.

In: entries, names with values. Out: lines on stdout. Next: the modules beside this one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from api.cli.output import emit_json
from graph.language import N_, _, cell_len, word

if TYPE_CHECKING:
    from api.cli.people.door import Door
    from desk.journal.entries import Entry
    from desk.people.admissions import Reason


def tell(entries: list[Entry], *, as_json: bool) -> None:
    """Print entries: number, instant, event, who, and what was said with it."""
    if as_json:
        emit_json(entries)
        return
    for entry in entries:
        click.echo(f"{entry.number:>4}  {entry.at[:19]}Z  {entry.kind:<10}  {entry.actor}  {_body(entry.body)}".rstrip())


def _body(body: Mapping[str, Any]) -> str:
    """What was said with an event, in one line; in the place of a personal value, that it is kept apart."""
    import msgspec

    from desk.journal.entries import COMMITMENT

    said = []
    for name, value in body.items():
        if isinstance(value, dict) and value.keys() == {COMMITMENT}:
            said.append(f"{name}: {_('(kept apart)')}")
        else:
            said.append(f"{name}: {value if isinstance(value, str) else msgspec.json.encode(value).decode()}")
    return "; ".join(said)


def tell_fields(fields: Mapping[str, object]) -> None:
    """Print what is known of a thing, a field a line."""
    said = {name: ", ".join(map(str, value)) if isinstance(value, list) else str(value) for name, value in fields.items() if value}
    widest = max(map(cell_len, said), default=0)
    for name, text in said.items():
        click.echo(f"  {name}{' ' * (widest - cell_len(name))}  {text}")


def called_in(door: Door, ids: Iterable[str]) -> Callable[[str], str]:
    """What nodes are called, as far as who acts may see them; the others go by their ids."""
    from desk.facts import HIDDEN, names_of
    from desk.people.sight import viewer_of

    names = names_of(door.store, set(ids), viewer_of(door.store, door.actor))
    return lambda id: id if names.get(id, _(HIDDEN)) == _(HIDDEN) else names[id]


def tell_reasons(door: Door, reasons: Sequence[Reason]) -> None:
    """Print who may see a thing, or could, and why."""
    called = called_in(door, [one.institution for one in reasons])
    for one in reasons:
        text = N_("{institution}: {why}")
        if one.until:
            text = N_("{institution}: {why}, {since} to {until}")
        elif one.since:
            text = N_("{institution}: {why}, since {since}")
        who = called(one.institution)
        click.echo(_(text, institution=who, why=word(one.why, "Who"), since=one.since, until=one.until))


def tell_let_in(id: str, value: Mapping[str, Any]) -> None:
    """Print whom a thing lets in."""
    click.echo(_("{id}: let in: {institutions}", id=id, institutions=", ".join(value["let_in"]) or _("nobody")))
