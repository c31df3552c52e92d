"""The letter as HTML, as mail programs show it: one column, its styles in the elements, nothing fetched from anywhere.

In: a ``Digest``. Out: HTML. Next: ``leads.notices.notify``; ``api.http.routes.notices`` shows the page behind a link to stop in the same
dress.

Every text of it is escaped: titles of demands and results are what somebody typed.
"""

from __future__ import annotations

from html import escape

from graph.language import _, language
from leads.notices.digest import Digest, Line, Section

_FONT = "font-family:-apple-system,'Segoe UI','PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif"
_INK, _GREY, _LINE, _BLUE, _PAPER = "#1b1f24", "#59636e", "#d8dee4", "#0b5394", "#f3f5f7"
_TABLE = '<table role="presentation" width="100%" cellpadding="0" cellspacing="0"'


def html(digest: Digest) -> str:
    """The whole letter."""
    inner = "".join(_section(one) for one in digest.sections)
    foot = f'<a href="{escape(digest.stop)}" style="color:{_GREY}">{escape(_("Stop all notices"))}</a>'
    return dressed(digest.subject, f'{inner}<p style="margin:0;padding:16px 24px;font-size:12px;color:{_GREY}">{foot}</p>')


def dressed(title: str, inner: str) -> str:
    """A page of one column with ``inner``, which is HTML."""
    column = f"max-width:640px;background:#ffffff;border:1px solid {_LINE};border-radius:8px;text-align:left;border-collapse:separate"
    return (
        f'<!doctype html><html lang="{language()}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light">'
        f"<title>{escape(title)}</title></head>"
        f'<body style="margin:0;padding:24px 0;background:{_PAPER};color:{_INK};{_FONT};font-size:15px;line-height:1.5">'
        f'{_TABLE}><tr><td align="center">{_TABLE} style="{column}"><tr><td>'
        f'<h1 style="margin:0;padding:20px 24px 4px;font-size:20px;line-height:1.3">{escape(title)}</h1>{inner}'
        "</td></tr></table></td></tr></table></body></html>"
    )


def _section(one: Section) -> str:
    more = "".join(f'<p style="margin:8px 0 0;color:{_GREY};font-size:14px">{escape(said)}</p>' for said in one.more)
    return (
        f'<div style="padding:16px 24px;border-bottom:1px solid {_LINE}">'
        f'<h2 style="margin:0 0 8px;font-size:16px;color:{_BLUE};overflow-wrap:anywhere">{escape(one.title)}</h2>'
        f"{''.join(map(_line, one.lines))}{more}"
        f'<p style="margin:12px 0 0;font-size:12px;color:{_GREY};overflow-wrap:anywhere">{escape(one.cause)} '
        f'<a href="{escape(one.stop)}" style="color:{_GREY}">{escape(_("Stop this"))}</a></p></div>'
    )


def _line(one: Line) -> str:
    body = f'<div style="color:{_INK}">{escape(one.body)}</div>' if one.body else ""
    note = f'<div style="font-size:12px;color:{_GREY}">{escape(one.note)}</div>' if one.note else ""
    return (
        f'<div style="padding:8px 0 8px 12px;margin:0 0 4px;border-left:3px solid {_LINE};overflow-wrap:anywhere">'
        f'<div style="font-weight:600">{escape(one.head)}</div>{body}{note}</div>'
    )
