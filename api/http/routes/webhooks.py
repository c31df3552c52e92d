"""``/v1/webhooks``: addresses that the events of an institution are pushed to."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from api.http.conventions.once import Once
from api.http.conventions.paging import DEFAULT, CursorQuery, LimitQuery, Page, paged
from api.http.deps import ServiceDep, StoreDep, WriterDep
from api.http.problems import responses
from api.http.shapes.events import AttemptOut, HookIn, HookMade, HookOut
from api.settings import hook_networks
from desk.events.hooks import Hooks

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"], route_class=Once)
_READ = responses(401, 403, 404, 422, 429, 503)
_WRITE = responses(400, 401, 403, 404, 409, 413, 422, 429, 503)
HookId = Annotated[str, Path(max_length=100, description="The webhook's id.")]


def _hooks(store: StoreDep, service: ServiceDep) -> Hooks:
    return Hooks(store, networks=hook_networks(service.settings))


HooksDep = Annotated[Hooks, Depends(_hooks)]


@router.post("", status_code=201, responses=_WRITE)
def create(body: HookIn, actor: WriterDep, hooks: HooksDep, response: Response) -> HookMade:
    """Have the events of your institution pushed to an address from now on. The secret is in this answer and in no other."""
    hook, secret = hooks.create(actor, body.url)
    response.headers["Location"] = f"/v1/webhooks/{hook.id}"
    response.headers["Cache-Control"] = "no-store"
    return HookMade(hook=HookOut.of(hook), secret=secret)


@router.get("", responses=_READ)
def listed(actor: WriterDep, hooks: HooksDep, limit: LimitQuery = DEFAULT, cursor: CursorQuery = "") -> Page[HookOut]:
    """The webhooks of your institution, the last moved first."""
    data, following = paged(hooks.listed(actor), lambda one: (one.value["since"], one.id), limit, cursor)
    return Page(data=[HookOut.of(one) for one in data], next=following)


@router.get("/{id}", responses=_READ)
def show(id: HookId, actor: WriterDep, hooks: HooksDep) -> HookOut:
    """A webhook as it stands."""
    return HookOut.of(hooks.show(actor, id))


@router.get("/{id}/attempts", responses=_READ)
def attempts(id: HookId, actor: WriterDep, hooks: HooksDep) -> list[AttemptOut]:
    """The last messages that were sent, or could not be, the newest first."""
    return [AttemptOut.model_validate(one) for one in reversed(hooks.show(actor, id).sent.attempts)]


@router.post("/{id}/rotate", responses=_WRITE)
def rotate(id: HookId, actor: WriterDep, hooks: HooksDep, response: Response) -> HookMade:
    """Make a new secret, in this answer and in no other; for 24 hours the old one signs too."""
    hook, secret = hooks.rotate(actor, id)
    response.headers["Location"] = f"/v1/webhooks/{id}"
    response.headers["Cache-Control"] = "no-store"
    return HookMade(hook=HookOut.of(hook), secret=secret)


@router.post("/{id}/enable", responses=_WRITE)
def enable(id: HookId, actor: WriterDep, hooks: HooksDep, response: Response) -> HookOut:
    """Push again to one that was disabled, what was missed first."""
    response.headers["Location"] = f"/v1/webhooks/{id}"
    return HookOut.of(hooks.enable(actor, id))


@router.delete("/{id}", status_code=204, responses=_WRITE)
def remove(id: HookId, actor: WriterDep, hooks: HooksDep) -> None:
    """End a webhook: its address, secrets and attempts are erased."""
    hooks.remove(actor, id)
