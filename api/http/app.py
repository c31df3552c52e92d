"""The HTTP service as a FastAPI app.

In: ``Settings``. Out: an app with its own store, embedder and follower; nothing happens at import. Next: ``api.cli.serve`` runs it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from api.http import guards, page, problems, record
from api.http.metrics import Metrics
from api.http.routes import match, nodes, probes, trust
from api.http.service import Service
from api.settings import Settings, load
from api.version import VERSION


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
    for routes in (probes, match, nodes, trust):
        app.include_router(routes.router)
    return app
