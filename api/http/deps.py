"""The dependency of every route: the service of its app.

In: a request. Out: ``ServiceDep``, as FastAPI's ``Annotated`` takes it. Next: ``api.http.routes.match``, ``api.http.routes.trust``,
``api.http.routes.nodes`` and ``api.http.routes.probes``.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from api.http.service import Service


def service_of(request: Request) -> Service:
    """The service of the app that this request came to."""
    service: Service = request.app.state.service
    return service


ServiceDep = Annotated[Service, Depends(service_of)]
