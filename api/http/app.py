"""The HTTP service as a FastAPI app.

In: ``Settings``. Out: an app with its own store, embedder and follower; nothing happens at import. Next: ``api.cli.serve`` runs it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI

from api.http import guards, page, problems, record
from api.http.background import Background
from api.http.bounded import FILES
from api.http.conventions import rates
from api.http.conventions.etags import NotModified, not_modified
from api.http.deps import known_query
from api.http.described import described, operation_id
from api.http.metrics import Metrics
from api.http.routes import answers, events, jobs, leads, match, meetings, nodes, probes, report, scoring, trust, webhooks
from api.http.routes.notices import boards, feeds, follows, searches, stops
from api.http.routes.people import admissions, contacts, demands, files, keys, members, sessions
from api.http.routes.things import known, reading, rows, sources
from api.http.service import Service
from api.settings import Settings, load
from api.version import VERSION
from desk.people.files import MOST


def create_app(settings: Settings | None = None) -> FastAPI:
    """The app for ``settings`` (by default those of the environment). The store is opened when the app starts, not before."""
    chosen, metrics = settings or load(), Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        service = Service(chosen, metrics)
        app.state.service = service
        background = Background(service)
        service.start()
        background.start()
        try:
            yield
        finally:
            background.stop()
            service.stop()

    app = FastAPI(
        title="Dovetail",
        version=VERSION,
        summary="Ranked partners for a technical problem, with the reasons and the gaps.",
        lifespan=lifespan,
        docs_url=None,  # the framework's pages fetch their scripts from elsewhere
        redoc_url=None,
        generate_unique_id_function=operation_id,
        dependencies=[Depends(known_query)],
    )
    problems.install(app, {"/v1/files": MOST, FILES: chosen.job_mib << 20})
    guards.install(app, chosen.names)
    record.install(app, metrics)
    page.install(app)
    rates.install(app, chosen.requests_per_minute)
    app.add_exception_handler(NotModified, not_modified)
    for routes in (probes, match, nodes, trust, leads, demands, admissions, files, contacts, keys, members, sessions, meetings, report):
        app.include_router(routes.router)
    for routes in (jobs, events, webhooks, answers, searches, follows, feeds, stops, boards):
        app.include_router(routes.router)
    app.include_router(members.public)
    for routes in (scoring, reading, rows, sources, known):
        app.include_router(routes.router)
    app.include_router(rows.many)
    app.include_router(jobs.handed_in)
    app.include_router(meetings.several)
    app.openapi = lambda: described(app)  # type: ignore[method-assign]
    return app
