"""The OpenAPI document: what each operation is called, and the one schema of problems.

In: an app with its routes. Out: the document at ``/openapi.json``. Next: ``api.http.app``. A route that names no operation id gets one from
its method and path: ``GET /v1/demands/{id}/history`` is ``list_demand_history``.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from desk.schemas import Problem

_VERBS = {"POST": "create", "PUT": "put", "PATCH": "change", "DELETE": "remove"}
_NO_LISTS = frozenset({"metrics"})


def operation_id(route: APIRoute) -> str:
    """A verb and what it is done with."""
    parts = [part for part in route.path_format.split("/") if part and part != "v1"]
    method = min(route.methods or {"GET"})
    names = [
        _single(part) if after.startswith("{") else part.replace("-", "_") for part, after in pairwise([*parts, ""]) if part[:1] != "{"
    ]  # fmt: skip
    last = parts[-1]
    verb = _VERBS.get(method) or ("list" if (last.endswith("s") and last not in _NO_LISTS) or last == "history" else "read")
    if last[:1] == "{" and len(parts) > 1 and _single(parts[-2]) == parts[-2]:
        names.append(f"of_{last[1:-1]}")  # the list of it may be there too
    if method == "POST" and last[:1] != "{":
        names[-1] = _single(last)
    return "_".join([verb, *names])


def _single(part: str) -> str:
    word = part.replace("-", "_")
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a parameter that may be left out: no address and no header can say null."""
    kinds: list[dict[str, Any]] = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    if len(kinds) != 1 or len(kinds) == len(schema["anyOf"]):
        return schema
    return {name: value for name, value in schema.items() if name != "anyOf"} | kinds[0]


def described(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, with the one schema of problems under its name."""
    if app.openapi_schema is None:
        made = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
        made.setdefault("components", {}).setdefault("schemas", {})["Problem"] = Problem.model_json_schema()
        for told in (told for methods in made["paths"].values() for told in methods.values()):
            for one in told.get("parameters", ()):
                one["schema"] = _without_null(one["schema"])
        app.openapi_schema = made
    return app.openapi_schema
