"""``/v1/files``: files that belong to demands, results and cooperations, handed out on record."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from typing import IO, Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import FileResponse

from api.http.conventions.etags import IfMatch, decided, tagged
from api.http.conventions.once import Once
from api.http.conventions.paging import DEFAULT, CursorQuery, LimitQuery, Page, paged
from api.http.deps import ReaderDep, ServiceDep, StoreDep, WriterDep
from api.http.problems import BODY_LIMIT, responses
from api.http.shapes.people import FileOut, LettingIn
from desk.journal.journal import Journal
from desk.people.files import Files
from desk.people.secret_files import files_folder
from graph.store import Store

router = APIRouter(prefix="/v1/files", tags=["files"], route_class=Once)
_READ = responses(401, 403, 404, 422, 429, 503)
_WRITE = responses(400, 401, 403, 404, 409, 412, 413, 422, 429, 503)
FileId = Annotated[str, Path(max_length=100)]
Purpose = Literal["drawing", "nda", "mandate", "contract", "acceptance", "other"]


_BINARY = {"type": "string", "format": "binary"}


def _files(store: Store, journal: Journal | None = None) -> Files:
    return Files(store, files_folder(store), journal)


async def uploaded(request: Request) -> AsyncIterator[IO[bytes]]:
    """The body, on disk where it is long."""
    with tempfile.SpooledTemporaryFile(max_size=BODY_LIMIT) as file:
        async for part in request.stream():
            file.write(part)
        file.seek(0)
        yield file


@router.post(
    "", status_code=201, responses=_WRITE,
    openapi_extra={"requestBody": {"required": True, "content": {"application/octet-stream": {"schema": _BINARY}}}},
)  # fmt: skip
def attach(
    content: Annotated[IO[bytes], Depends(uploaded)], actor: WriterDep, store: StoreDep, request: Request, response: Response,
    to: Annotated[str, Query(max_length=500, description="What it belongs to: a node, or a draft by its id.")],
    name: Annotated[str, Query(min_length=1, max_length=200, description="What it is called; its end says its type.")],
    purpose: Annotated[Purpose, Query(description="What it is.")],
) -> FileOut:  # fmt: skip
    """Attach a file, the body of the request as it is, in the name of your institution. At most 50 MiB."""
    shown = FileOut.of(_files(store).attach(actor, to, name, content, purpose=purpose))
    response.headers["Location"] = f"/v1/files/{shown.id}"
    tagged(request, response, shown)
    return shown


@router.get("", responses=_READ)
def listed(
    actor: ReaderDep, service: ServiceDep, limit: LimitQuery = DEFAULT, cursor: CursorQuery = "",
    to: Annotated[str, Query(max_length=500, description="Only those of this thing.")] = "",
) -> Page[FileOut]:  # fmt: skip
    """The files that are yours to see, the last moved first."""
    data, following = paged(_files(service.store).listed(actor, to), lambda one: (one.at, one.id), limit, cursor)
    return Page(data=[FileOut.of(one) for one in data], next=following)


@router.get("/{id}", responses=_READ)
def show(id: FileId, actor: ReaderDep, service: ServiceDep, request: Request, response: Response) -> FileOut:
    """A file without its content."""
    shown = FileOut.of(_files(service.store).show(actor, id))
    tagged(request, response, shown)
    return shown


@router.post(
    "/{id}/take", response_class=FileResponse,
    responses=_WRITE | {200: {"description": "The file", "content": {"application/octet-stream": {}}}},
)  # fmt: skip
def take(id: FileId, actor: WriterDep, store: StoreDep) -> FileResponse:
    """The file as it was attached, to be saved; that you have it stays on record."""
    taken, path = _files(store).take(actor, id)
    name = quote(taken.name or f"{id}.bin")
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{name}", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
        "Content-Security-Policy": "sandbox",
    }  # fmt: skip
    return FileResponse(path, media_type="application/octet-stream", headers=headers)


@router.post("/{id}/let-in", responses=_WRITE)
def let_in(id: FileId, body: LettingIn, actor: WriterDep, store: StoreDep, if_match: IfMatch = "") -> FileOut:
    """Let an institution take a file."""
    journal = decided(store, f"file:{id}", if_match, lambda: FileOut.of(_files(store).show(actor, id)))
    return FileOut.of(_files(store, journal).let_in(actor, id, body.institution))


@router.post("/{id}/shut-out", responses=_WRITE)
def shut_out(id: FileId, body: LettingIn, actor: WriterDep, store: StoreDep, if_match: IfMatch = "") -> FileOut:
    """Let an institution take a file no more."""
    journal = decided(store, f"file:{id}", if_match, lambda: FileOut.of(_files(store).show(actor, id)))
    return FileOut.of(_files(store, journal).let_in(actor, id, body.institution, out=True))


@router.delete("/{id}", status_code=204, responses=_WRITE)
def remove(
    id: FileId, actor: WriterDep, store: StoreDep, if_match: IfMatch = "",
    reason: Annotated[str, Query(max_length=2000, description="Why; it stays on record.")] = "",
) -> None:  # fmt: skip
    """Remove a file. That it was there, and who took it, stays on record."""
    journal = decided(store, f"file:{id}", if_match, lambda: FileOut.of(_files(store).show(actor, id)))
    _files(store, journal).remove(actor, id, reason)
