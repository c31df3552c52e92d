"""What routes depend on. In: a request. Out: ``ServiceDep``, the Annotated dependency of every route: the service of its app."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from api.http.service import Service


def service_of(request: Request) -> Service:
    """The service of the app that this request came to."""
    service: Service = request.app.state.service
    return service


ServiceDep = Annotated[Service, Depends(service_of)]
