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
from api.http.problems import BODY_LIMIT, CHANGING, READING
from api.http.routes.people.letting import add_letting
from api.http.shapes.people import FileOut
from desk.people.files import files_of

router = APIRouter(prefix="/v1/files", tags=["files"], route_class=Once)
FileId = Annotated[str, Path(max_length=100)]
Purpose = Literal["drawing", "nda", "mandate", "contract", "acceptance", "other"]


_BINARY = {"type": "string", "format": "binary"}


async def uploaded(request: Request) -> AsyncIterator[IO[bytes]]:
    """The body, on disk where it is long."""
    with tempfile.SpooledTemporaryFile(max_size=BODY_LIMIT) as file:
        async for part in request.stream():
            file.write(part)
        file.seek(0)
        yield file


@router.post(
    "", status_code=201, responses=CHANGING,
    openapi_extra={"requestBody": {"required": True, "content": {"application/octet-stream": {"schema": _BINARY}}}},
)  # fmt: skip
def attach(
    content: Annotated[IO[bytes], Depends(uploaded)], actor: WriterDep, store: StoreDep, request: Request, response: Response,
    to: Annotated[str, Query(max_length=500, description="What it belongs to: a node, or a draft by its id.", examples=["I06"])],
    name: Annotated[str, Query(min_length=1, max_length=200, description="What it is called; its end says its type.", examples=["a.pdf"])],
    purpose: Annotated[Purpose, Query(description="What it is.", examples=["drawing"])],
) -> FileOut:  # fmt: skip
    """Attach a file, the body of the request as it is, in the name of your institution. At most 50 MiB."""
    shown = FileOut.of(files_of(store).attach(actor, to, name, content, purpose=purpose))
    response.headers["Location"] = f"/v1/files/{shown.id}"
    tagged(request, response, shown)
    return shown


@router.get("", responses=READING)
def listed(
    actor: ReaderDep, service: ServiceDep, limit: LimitQuery = DEFAULT, cursor: CursorQuery = "",
    to: Annotated[str, Query(max_length=500, description="Only those of this thing.")] = "",
) -> Page[FileOut]:  # fmt: skip
    """The files that are yours to see, the last moved first."""
    data, following = paged(files_of(service.store).listed(actor, to), lambda one: (one.at, one.id), limit, cursor)
    return Page(data=[FileOut.of(one) for one in data], next=following)


@router.get("/{id}", responses=READING)
def show(id: FileId, actor: ReaderDep, service: ServiceDep, request: Request, response: Response) -> FileOut:
    """A file without its content."""
    shown = FileOut.of(files_of(service.store).show(actor, id))
    tagged(request, response, shown)
    return shown


@router.post(
    "/{id}/take", response_class=FileResponse, operation_id="take_file",
    responses=CHANGING | {200: {"description": "The file", "content": {"application/octet-stream": {}}}},
)  # fmt: skip
def take(id: FileId, actor: WriterDep, store: StoreDep) -> FileResponse:
    """The file as it was attached, to be saved; that you have it stays on record."""
    taken, path = files_of(store).take(actor, id)
    name = quote(taken.name or f"{id}.bin")
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{name}", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
        "Content-Security-Policy": "sandbox",
    }  # fmt: skip
    return FileResponse(path, media_type="application/octet-stream", headers=headers)


add_letting(
    router, "file", files_of, FileOut, FileOut.of,
    let_in="Let an institution take a file.", shut_out="Let an institution take a file no more.",
)  # fmt: skip


@router.delete("/{id}", status_code=204, responses=CHANGING)
def remove(
    id: FileId, actor: WriterDep, store: StoreDep, if_match: IfMatch = "",
    reason: Annotated[str, Query(max_length=2000, description="Why; it stays on record.")] = "",
) -> None:  # fmt: skip
    """Remove a file. That it was there, and who took it, stays on record."""
    journal = decided(store, f"file:{id}", if_match, lambda: FileOut.of(files_of(store).show(actor, id)))
    files_of(store, journal).remove(actor, id, reason)
