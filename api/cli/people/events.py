"""The command of an event: something that is done with the thing that ID names, and what is said with it.

In: a group, the event's name, what does it, its options. Out: the command in that group. Next: the modules beside this one.
"""

from __future__ import annotations

from collections.abc import Callable

import click

from api.cli.people.door import acting

Option = Callable[[Callable[..., None]], Callable[..., None]]
_id: Option = click.argument("id")


def add_event(
    group: click.Group, name: str, do: Callable[..., None], *options: Option, example: str = "0a1b2c3d4e5f", scope: str = "write",
    model: bool = False, help: str,
) -> None:  # fmt: skip
    """Add the command ``name`` to ``group``. ``do`` takes the ``Door``, the id, and what the ``options`` are given, by their names;
    ``example``: what stands behind the command; ``scope`` and ``model`` as of ``acting``."""
    made = acting(scope, model=model)(do)
    for option in (*reversed(options), _id):
        made = option(made)
    group.command(name, help=help, epilog=f"\b\nExamples:\n  dovetail {group.name} {name} {example}\n")(made)
