"""The HTTP service as a FastAPI app.

In: ``Settings``. Out: an app with its own store, embedder and follower; nothing happens at import. Next: ``api.cli.serve`` runs it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.http import guards, page, problems, record
from api.http.conventions import rates
from api.http.conventions.etags import NotModified, not_modified
from api.http.metrics import Metrics
from api.http.routes import leads, match, nodes, probes, trust
from api.http.routes.people import admissions, contacts, demands, files, keys, members, sessions
from api.http.service import Service
from api.settings import Settings, load
from api.version import VERSION
from desk.schemas import Problem


def create_app(settings: Settings | None = None) -> FastAPI:
    """The app for ``settings`` (by default those of the environment). The store is opened when the app starts, not before."""
    chosen, metrics = settings or load(), Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        service = Service(chosen, metrics)
        app.state.service = service
        service.start()
        try:
            yield
        finally:
            service.stop()

    app = FastAPI(
        title="Dovetail",
        version=VERSION,
        summary="Ranked partners for a technical problem, with the reasons and the gaps.",
        lifespan=lifespan,
        docs_url=None,  # the framework's pages fetch their scripts from elsewhere
        redoc_url=None,
    )
    problems.install(app)
    guards.install(app, chosen.names)
    record.install(app, metrics)
    page.install(app)
    rates.install(app, chosen.requests_per_minute)
    app.add_exception_handler(NotModified, not_modified)
    for routes in (probes, match, nodes, trust, leads, demands, admissions, files, contacts, keys, members, sessions):
        app.include_router(routes.router)
    app.include_router(members.public)
    app.openapi = lambda: described(app)  # type: ignore[method-assign]
    return app


def described(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, with the one schema of problems under its name."""
    if app.openapi_schema is None:
        made = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
        made.setdefault("components", {}).setdefault("schemas", {})["Problem"] = Problem.model_json_schema()
        app.openapi_schema = made
    return app.openapi_schema
