"""What routes are given: the service of their app, its store, who asks and what that caller may see.

In: a request. Out: values, as FastAPI's ``Annotated`` takes them. Next: every module of ``api.http.routes``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated, Any, cast

from fastapi import Depends, Request, Security
from fastapi.dependencies.models import Dependant
from fastapi.security import HTTPBearer

from api.http.door import required
from api.http.service import Service
from api.settings import lead_settings
from desk.people.sight import viewer_of
from desk.process.principals import Actor, Scope
from graph.errors import InvalidInput
from graph.language import N_
from graph.store import Store
from graph.viewer import Viewer
from leads.settings import LeadSettings

_bearer = HTTPBearer(auto_error=False, scheme_name="key", description="A key (dvt_...), or the session of a member.")


def service_of(request: Request) -> Service:
    """The service of the app that this request came to."""
    service: Service = request.app.state.service
    return service


ServiceDep = Annotated[Service, Depends(service_of)]


def known_query(request: Request) -> None:
    """Raises InvalidInput for a parameter that the route does not take: a misspelt filter is an error, and not silence."""
    if not request.query_params:
        return
    known = frozenset(_queries(request.scope["route"].dependant))
    for name in request.query_params:
        if name not in known:
            raise InvalidInput(N_("is no parameter here"), field=name[:100])


def _queries(dependant: Dependant) -> Iterator[str]:
    yield from (one.alias for one in dependant.query_params)
    for one in dependant.dependencies:
        yield from _queries(one)


def store_of(request: Request, service: ServiceDep) -> Store:
    """The store; of a request that is done once, the one that keeps its record."""
    return cast("Store", getattr(request.state, "store", None) or service.store)


StoreDep = Annotated[Store, Depends(store_of)]


def caller(request: Request, service: ServiceDep, _shown: Annotated[object, Security(_bearer)]) -> Actor | None:
    """Who asks; None for the public. Raises NotSignedIn for a key or a session that is not good."""
    return service.door.caller(service.store, request.headers.get("authorization", ""))


def shown(request: Request, _caller: Annotated[Actor | None, Depends(caller)]) -> str:
    """What the caller shows. Raises NotSignedIn for nobody."""
    return request.headers.get("authorization", "").partition(" ")[2].strip()


ShownDep = Annotated[str, Depends(shown)]
CallerDep = Annotated[Actor | None, Depends(caller)]


def viewer(asking: CallerDep, service: ServiceDep) -> Viewer:
    """What the caller may see."""
    return viewer_of(service.store, asking)


ViewerDep = Annotated[Viewer, Depends(viewer)]


def bounds(service: ServiceDep) -> LeadSettings:
    """How the broker's desk is bounded."""
    return lead_settings(service.settings)


LeadSettingsDep = Annotated[LeadSettings, Depends(bounds)]
FOR_ANYBODY: dict[str, Any] = {"security": [{}]}
"""For a route's ``openapi_extra``: a key may be shown, and need not be."""


def _needs(scope: Scope) -> Callable[[Actor | None], Actor]:
    def needed(asking: CallerDep) -> Actor:
        return required(asking, scope)

    return needed


ReaderDep = Annotated[Actor, Depends(_needs(Scope.READ))]
WriterDep = Annotated[Actor, Depends(_needs(Scope.WRITE))]
FeederDep = Annotated[Actor, Depends(_needs(Scope.INGEST))]
OperatorDep = Annotated[Actor, Depends(_needs(Scope.ADMIN))]
"""Somebody with the scope: 401 for nobody, 403 for somebody without it."""
