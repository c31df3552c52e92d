"""``let-in`` and ``shut-out`` over HTTP: whom a contact or a file is shown to.

In: a router, the type of the streams, how its things are opened and shown. Out: the two routes in that router. Next:
``api.http.routes.people.contacts`` and ``files``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel

from api.http.conventions.etags import IfMatch, decided
from api.http.deps import StoreDep, WriterDep
from api.http.problems import CHANGING
from api.http.shapes.people import LettingIn
from desk.journal.journal import Journal
from desk.people.contacts import Contacts
from desk.people.files import Files
from graph.store import Store

ThingId = Annotated[str, Path(max_length=100)]


def add_letting(
    router: APIRouter, kind: str, opened: Callable[[Store, Journal | None], Contacts | Files], shape: type[BaseModel],
    shown: Callable[[Any], BaseModel], *, let_in: str, shut_out: str,
) -> None:  # fmt: skip
    """Add the routes to ``router``; ``let_in`` and ``shut_out`` are their descriptions, ``shape`` what they answer."""
    for name, text, out in (("let-in", let_in, False), ("shut-out", shut_out, True)):
        router.add_api_route(
            f"/{{id}}/{name}", _route(kind, opened, shown, out=out), methods=["POST"], responses=CHANGING, response_model=shape,
            name=name.replace("-", "_"), description=text, operation_id=f"{name.replace('-', '_')}_{kind}",
        )  # fmt: skip


def _route(
    kind: str, opened: Callable[[Store, Journal | None], Contacts | Files], shown: Callable[[Any], BaseModel], *, out: bool
) -> Callable[..., BaseModel]:
    def let(id: ThingId, body: LettingIn, actor: WriterDep, store: StoreDep, if_match: IfMatch = "") -> BaseModel:
        journal = decided(store, f"{kind}:{id}", if_match, lambda: shown(opened(store, None).show(actor, id)))
        return shown(opened(store, journal).let_in(actor, id, body.institution, out=out))

    return let
