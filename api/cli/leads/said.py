"""What is said with an event of a lead: ``--say NAME=VALUE``.

In: pairs as they are typed. Out: fields by name. Next: the modules beside this one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import click

from graph.language import _

_NUMBERS = ("amount", "technology_amount")
_FLAGS = ("confidential",)
SAY: Callable[[Callable[..., None]], Callable[..., None]] = click.option(
    "--say", multiple=True, metavar="NAME=VALUE", help="What is said with the event; can be repeated."
)


def said_of(pairs: Iterable[str]) -> dict[str, Any]:
    """The fields that ``pairs`` say. Raises InvalidInput for what is no pair, or no number where one is needed."""
    from graph.errors import InvalidInput

    said: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not name.strip() or not equals:
            raise InvalidInput(_("is NAME=VALUE"), field="--say")
        value: Any = text
        if name in _NUMBERS:
            try:
                value = float(text)
            except ValueError as error:
                raise InvalidInput(_("{name} is a number", name=name), field="--say") from error
        elif name in _FLAGS:
            value = text.casefold() in ("true", "yes", "1")
        said[name.strip()] = value
    return said
