"""``/v1/report``: the monthly report."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from api.http.conventions.etags import tagged
from api.http.deps import ReaderDep, ServiceDep
from api.http.problems import READING
from api.http.shapes.meetings import MonthOut
from leads.report.markdown import to_markdown
from leads.report.report import monthly
from leads.report.workbook import plain

router = APIRouter(prefix="/v1", tags=["report"])
MARKDOWN, WORKBOOK = "text/markdown; charset=utf-8", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORMS: dict[int | str, dict[str, Any]] = {200: {"content": {"text/markdown": {}, WORKBOOK: {}}}}


@router.get("/report", responses=READING | _FORMS, response_model=MonthOut)
def report(
    actor: ReaderDep, service: ServiceDep, request: Request, response: Response,
    month: Annotated[str, Query(max_length=20, description="The month, as 2026-06.", examples=["2026-06"])],
    form: Annotated[Literal["json", "markdown", "xlsx"], Query(description="In which form.")] = "json",
) -> MonthOut | Response:  # fmt: skip
    """Demands, results, meetings, introductions, contracts and their value in a month, each number with its documents: for the operator and
    for brokers, each as they may see it."""
    made = monthly(service.store, actor, month)
    if form == "markdown":
        return Response(to_markdown(made), media_type=MARKDOWN)
    if form == "xlsx":
        named = {"Content-Disposition": f'attachment; filename="report-{made.month}.xlsx"'}
        return Response(plain(made), media_type=WORKBOOK, headers=named)
    shown = MonthOut.of(made)
    tagged(request, response, shown)
    return shown
