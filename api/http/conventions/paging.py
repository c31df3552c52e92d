"""Pages of lists: so many items, and an opaque cursor to the next.

In: items with a key, a limit, a cursor. Out: a ``Page``. Next: the routes that list things.

Lists of what people move begin with what was moved last. A cursor names the last key that was sent, so no item is left out because another
was added: one that moves goes to the front, and is not sent again on a later page. Lists of the graph's things are in the order of their
ids, which never change (``behind``). A cursor is opaque: what is in it may change.
"""

from __future__ import annotations

import base64
import binascii
import heapq
from collections.abc import Callable, Iterable
from typing import Annotated, Generic, TypeVar

import msgspec
from fastapi import Query

from desk.schemas import Public
from graph.errors import InvalidInput
from graph.language import _

MOST, DEFAULT = 100, 20
"""Items of a page at most, and if nobody says otherwise."""
T = TypeVar("T")

LimitQuery = Annotated[int, Query(ge=1, le=MOST, description="How many at most.")]
CursorQuery = Annotated[
    str, Query(max_length=2000, pattern=r"^[A-Za-z0-9_-]*$", description="The `next` of the page before; none for the first page.")
]  # fmt: skip


class Page(Public, Generic[T]):
    """Some items of a list. ``next``: the cursor of the next page, null on the last."""

    data: list[T]
    next: str | None


def paged(items: Iterable[T], key: Callable[[T], tuple[str, str]], limit: int, cursor: str) -> tuple[list[T], str | None]:
    """The ``limit`` items with the highest keys below ``cursor``, highest first, and the next cursor; no two items share a ``key``: the
    instant of its last move, and its id. Raises InvalidInput for what is no cursor."""
    before = opened(cursor) if cursor else None
    rest = (item for item in items if before is None or key(item) < before)
    found = heapq.nlargest(limit + 1, rest, key=key)
    return found[:limit], closed(key(found[limit - 1])) if len(found) > limit else None


def behind(list_: str, cursor: str) -> str:
    """The id of the last item that was sent of a list in the order of ids; "" for its first page. Raises InvalidInput for a cursor of
    another list."""
    if not cursor:
        return ""
    name, id = opened(cursor)
    if name != list_:
        raise InvalidInput(_("is no cursor of this list"), field="cursor")
    return id


def closed(key: tuple[str, str]) -> str:
    """The cursor that stands for ``key``."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def opened(cursor: str) -> tuple[str, str]:
    """The inverse. Raises InvalidInput for what is no cursor."""
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=tuple[str, str])
    except (binascii.Error, ValueError, msgspec.DecodeError) as error:
        raise InvalidInput(_("is no cursor of this service"), field="cursor") from error
