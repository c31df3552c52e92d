"""``let-in`` and ``shut-out``: whom a contact or a file is shown to.

In: the group of commands, and how its things are opened. Out: the two commands in that group. Next: ``api.cli.people.contacts``
and ``files``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from api.cli.output import emit_json
from api.cli.people.door import Door
from api.cli.people.events import add_event
from api.cli.people.lines import tell_let_in

if TYPE_CHECKING:
    from desk.people.contacts import Contacts
    from desk.people.files import Files


def add_letting(group: click.Group, opened: Callable[[Door], Contacts | Files], *, let_in: str, shut_out: str) -> None:
    """Add the commands to ``group``; ``let_in`` and ``shut_out`` are their help."""
    for name, text, out in (("let-in", let_in, False), ("shut-out", shut_out, True)):
        add_event(group, name, _letting(opened, out=out), click.argument("institution"), example="0a1b2c3d4e5f I02", help=text)


def _letting(opened: Callable[[Door], Contacts | Files], *, out: bool) -> Callable[..., None]:
    def let(door: Door, id: str, institution: str) -> None:
        after = opened(door).let_in(door.actor, id, institution, out=out)
        emit_json(after) if door.as_json else tell_let_in(after.id, after.value)

    return let
