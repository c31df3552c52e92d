"""``/docs``: the OpenAPI description as a page that needs nothing from elsewhere, and no script.

In: an app. Out: its routes, their fields, statuses and examples as HTML. Next: ``api.http.app`` installs it.
"""

from __future__ import annotations

import json
from html import escape
from typing import Any

from fastapi import FastAPI
from starlette.responses import HTMLResponse

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse}"
    "td,th{border:1px solid #ccc;padding:.2rem .6rem;text-align:left;vertical-align:top}code,pre{background:#f4f4f4;padding:.1rem .3rem}"
    "@media(prefers-color-scheme:dark){body{background:#111;color:#eee}code,pre{background:#222}a{color:#8bf}}"
)
_POLICY = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"}


def install(app: FastAPI) -> None:
    """Serve the page of ``app``'s own description."""

    @app.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        return HTMLResponse(page(app.openapi()), headers=_POLICY)


def page(described: dict[str, Any]) -> str:
    """The page of an OpenAPI description."""
    told = described["info"]
    routes = [(method.upper(), path, route) for path, methods in described["paths"].items() for method, route in methods.items()]
    schemas = described.get("components", {}).get("schemas", {})
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>",
        f"<title>{escape(told['title'])}</title><style>{_STYLE}</style>",
        f"<h1>{escape(told['title'])} {escape(told['version'])}</h1><p>{escape(told.get('summary', ''))}",
        " The same for programs: <a href=/openapi.json>/openapi.json</a>.</p>",
        *(_route(*route) for route in routes),
        "<h1>Shapes</h1>",
        *(_shape(name, schema) for name, schema in sorted(schemas.items())),
    ]
    return "".join(parts)


def _route(method: str, path: str, route: dict[str, Any]) -> str:
    body = route.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    rows = [(one["name"], _type(one["schema"]), one.get("description", "")) for one in route.get("parameters", ())]
    rows += [("body", _type(body), "")] if body else []
    statuses = [(status, _sent(answer), answer.get("description", "")) for status, answer in route["responses"].items()]
    return (
        f"<h2><code>{method} {escape(path)}</code></h2><p>{escape(route.get('description', ''))}</p>"
        + (_table(("takes", "", ""), rows) if rows else "")
        + _table(("status", "sends", ""), statuses)
    )


def _shape(name: str, schema: dict[str, Any]) -> str:
    needed = schema.get("required", ())
    rows = [
        (f"{field}{' *' if field in needed else ''}", _type(of), of.get("description", ""))
        for field, of in schema.get("properties", {}).items()
    ]
    example = "".join(f"<pre>{escape(json.dumps(one, ensure_ascii=False, indent=1))}</pre>" for one in schema.get("examples", ()))
    said = escape(schema.get("description", ""))
    return f"<h2 id='{escape(name)}'>{escape(name)}</h2><p>{said}</p>{_table(('field', '', ''), rows)}{example}"


def _sent(answer: dict[str, Any]) -> str:
    contents = answer.get("content", {})
    return ", ".join(_type(of.get("schema", {})) if kind == "application/json" else escape(kind) for kind, of in contents.items())


def _type(schema: dict[str, Any]) -> str:
    """A schema in a few words, as HTML."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f"<a href='#{name}'>{name}</a>"
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return " or ".join(_type(one) for one in schema[choice])
    if "enum" in schema or "const" in schema:
        return ", ".join(escape(str(one)) for one in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return escape(str(schema.get("type", "any")))


def _table(head: tuple[str, ...], rows: list[tuple[str, str, str]]) -> str:
    """Rows of a name, a type (HTML) and words."""
    lines = "".join(f"<tr><td><code>{escape(name)}</code><td>{kind}<td>{escape(text)}" for name, kind, text in rows)
    return f"<table><tr>{''.join(f'<th>{one}' for one in head)}{lines}</table>" if rows else ""
