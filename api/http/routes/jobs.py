"""``/v1/jobs``: files handed in to be read, how far each is, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any, cast

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import FileResponse
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from api.http.conventions.etags import tagged
from api.http.conventions.once import BODY_HASH, Once
from api.http.conventions.paging import DEFAULT, CursorQuery, LimitQuery, Page, paged
from api.http.deps import FeederDep, ServiceDep, StoreDep
from api.http.door import required
from api.http.problems import problem, responses
from api.http.service import Service
from api.http.shapes.jobs import JobOut, ReportOut
from desk.jobs.incoming import Incoming, TooLarge
from desk.jobs.jobs import Jobs
from desk.people.secret_files import jobs_folder
from desk.process.principals import Scope

_READ = responses(401, 403, 404, 422, 429, 503)
_WRITE = responses(400, 401, 403, 404, 409, 413, 422, 429, 503)
JobId = Annotated[str, Path(max_length=100, description="The job's id.")]
Name = Annotated[str, Query(max_length=1000, description="What the file is called: its ending tells what it is, its name what is in it.")]
Source = Annotated[str, Query(max_length=200, description="Name of the source of its rows: with a row's id, by which it is known again.")]
Encoding = Annotated[str, Query(max_length=40, description="Encoding of a text file, such as gb18030; else told from its bytes.")]
_BLOCKS = 1 << 20
_UPLOAD = "upload"


class Uploaded(Once):
    """A route whose body is a file: it goes to disk as it comes, once it is known that the caller may feed."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        once = super().get_route_handler()

        async def uploaded(request: Request) -> Response:
            service: Service = request.app.state.service
            await run_in_threadpool(_check, service, request.headers.get("authorization", ""))
            with Incoming(jobs_folder(service.store), service.settings.job_mib << 20) as content:
                try:
                    await _received(request, content)
                except TooLarge as error:
                    return problem(413, str(error))
                except ClientDisconnect:
                    return problem(400, "the file did not come in whole")
                setattr(request.state, BODY_HASH, content.digest.encode())
                setattr(request.state, _UPLOAD, content)
                return await once(request)

        return uploaded


def _check(service: Service, authorization: str) -> None:
    required(service.door.caller(service.store, authorization), Scope.INGEST)


async def _received(request: Request, content: Incoming) -> None:
    block = bytearray()
    async for part in request.stream():
        block += part
        if len(block) >= _BLOCKS:
            await run_in_threadpool(content.add, bytes(block))
            block.clear()
    await run_in_threadpool(content.add, bytes(block))


router = APIRouter(prefix="/v1/jobs", tags=["jobs"], route_class=Once)
handed_in = APIRouter(prefix="/v1/jobs", tags=["jobs"], route_class=Uploaded)
_BODY = {"requestBody": {"required": True, "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}}


@handed_in.post("", status_code=202, responses=_WRITE, openapi_extra=_BODY)
def submit(
    actor: FeederDep, store: StoreDep, request: Request, response: Response, name: Name, source: Source, encoding: Encoding = "",
    strict: Annotated[bool, Query(description="Reject a row for one cell that cannot be read.")] = False,
) -> JobOut:  # fmt: skip
    """Hand in a file, the body as it is, to be read into the store. The answer comes when it is kept; it is read in its turn."""
    content = cast("Incoming", getattr(request.state, _UPLOAD))
    shown = JobOut.of(Jobs(store).submit(actor, name, source, content, encoding=encoding, strict=strict))
    response.headers["Location"] = f"/v1/jobs/{shown.id}"
    return shown


@router.get("", responses=_READ)
def listed(actor: FeederDep, service: ServiceDep, limit: LimitQuery = DEFAULT, cursor: CursorQuery = "") -> Page[JobOut]:
    """The jobs of your institution, the last moved first."""
    data, following = paged(Jobs(service.store).listed(actor), lambda one: (one.at, one.id), limit, cursor)
    return Page(data=[JobOut.of(one) for one in data], next=following)


@router.get("/{id}", responses=_READ)
def show(id: JobId, actor: FeederDep, service: ServiceDep, request: Request, response: Response) -> JobOut:
    """A job as it stands."""
    shown = JobOut.of(Jobs(service.store).show(actor, id))
    tagged(request, response, shown)
    return shown


@router.get("/{id}/report", responses=_READ)
def report(id: JobId, actor: FeederDep, service: ServiceDep) -> ReportOut:
    """What came of the rows of a job that is done: counts, and what was wrong where."""
    return ReportOut.model_validate(Jobs(service.store).report(actor, id))


@router.get("/{id}/rejects", response_class=FileResponse, responses=_READ)
def rejects(id: JobId, actor: FeederDep, service: ServiceDep) -> FileResponse:
    """The rows to mend, as a file that can be handed in again; contact data is masked. Of several tables an archive."""
    path = Jobs(service.store).rejects(actor, id)
    return FileResponse(path, media_type="application/octet-stream", filename=path.name)


@router.post("/{id}/cancel", responses=_WRITE)
def cancel(id: JobId, actor: FeederDep, store: StoreDep, response: Response) -> JobOut:
    """Give a job up. What had landed stays."""
    shown = JobOut.of(Jobs(store).cancel(actor, id))
    response.headers["Location"] = f"/v1/jobs/{shown.id}"
    return shown
