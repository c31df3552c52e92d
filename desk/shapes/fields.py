"""Types of the fields of public shapes: they take what their schema says, and nothing that could be made into it.

In: values of a request. Out: the same values, or the rule that they break. Next: ``desk.schemas`` and the shapes of routes.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, Strict, WithJsonSchema

from graph.dates import end_of_period
from graph.language import _


def _is_day(value: str) -> str:
    """Raises ValueError for what is no day of the calendar."""
    if len(value) != 10 or end_of_period(value).isoformat() != value:
        raise ValueError(_("a day is YYYY-MM-DD"))
    return value


def _is_number(value: object) -> object:
    """Raises ValueError for a truth value or a text."""
    if isinstance(value, bool | str):
        raise ValueError(_("Input should be a valid number"))
    return value


def _is_amount(value: object) -> object:
    """Raises ValueError for a truth value."""
    return _is_number(value) if isinstance(value, bool) else value


def _is_flag(value: object) -> object:
    """Raises ValueError for a word other than true and false."""
    if value not in ("true", "false", True, False):
        raise ValueError(_("must be true or false"))
    return value


Day = Annotated[str, AfterValidator(_is_day), WithJsonSchema({"type": "string", "format": "date"})]
Whole = Annotated[int, BeforeValidator(_is_number)]
"""Bounds stand before the validator, as in ``Maturity``: after it, pydantic writes them into the schema under names that JSON Schema has
not."""
Maturity = Annotated[int, Field(ge=1, le=9), BeforeValidator(_is_number)]
Amount = Annotated[float | str, BeforeValidator(_is_amount)]
Flag = Annotated[bool, Strict()]
"""Of a body."""
FlagQuery = Annotated[bool, BeforeValidator(_is_flag)]
"""Of a query."""
