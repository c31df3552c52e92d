"""A coverage as one page to show: self-contained HTML that needs no network.

In: a ``Coverage`` and ``Loss``es. Out: HTML with the charts (plotly, its script inside), and the numbers of fields, external ids and costs
below them. Next: ``api.cli.coverage`` writes it to a file (``--html``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from desk.coverage import Coverage
from graph.language import _, language, told, word
from matcher.evaluate.losses import Loss

_STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, sans-serif; color: #1d2733; background: #fff; max-width: 62rem; margin: 2rem auto; padding: 0 1.25rem; }
h1 { font-size: 1.7rem; margin: 0 0 .25rem; } h2 { font-size: 1.2rem; margin: 2.5rem 0 .25rem; }
.quiet { color: #5b6773; margin: 0 0 1rem; }
.tiles { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1.25rem 0; }
.tile { border: 1px solid #d9dfe5; border-radius: .5rem; padding: .6rem 1rem; } .tile b { display: block; font-size: 1.35rem; }
table { border-collapse: collapse; font-size: .85rem; width: 100%; } details { margin: .5rem 0 1rem; } summary { cursor: pointer; }
td, th { text-align: left; padding: .2rem .75rem .2rem 0; border-bottom: 1px solid #eceff2; } .n { text-align: right; }
@media print { details { display: none; } }
"""
_FULL, _EMPTY, _OTHER = "#1f6f8b", "#e8edf1", "#d98b3a"
_ISLANDS = (_OTHER, "#ecc08d", "#a8612a", "#f3dcc0", "#7c5a3c")
_LAYOUT: dict[str, Any] = {
    "template": "plotly_white",
    "font": {"family": "system-ui, sans-serif", "size": 13, "color": "#1d2733"},
    "margin": {"l": 10, "r": 10, "t": 10, "b": 10},
    "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom"},
}


def html(found: Coverage, costs: Sequence[Loss], where: str) -> str:
    """The page. ``where``: the store's address, as it may be shown."""
    import plotly.graph_objects as go
    from plotly.offline import get_plotlyjs

    body = [
        _heading("h1", _("What the store knows, and what it lacks")),
        _remark(_("{store}, revision {revision:,}", store=where, revision=found.revision)),
        _tiles(found),
        _heading("h2", _("How much of each field is filled")),
        _remark(_("Share of a source's rows in which a field says something.")),
        _chart(_filled(go, found)),
        _table(
            _("numbers"),
            (_("kind"), _("field"), _("source"), _("filled"), _("rows")),
            ((word(one.kind.value), one.field, one.source, one.filled, one.rows) for one in found.filled),
        ),
        _heading("h2", _("Who is known to one source only")),
        _remark(_("An island is known to a single source: nothing confirms it, and nothing can be added to it by joining.")),
        _chart(_islands(go, found)),
        _heading("h2", _("What could join them")),
        _remark(_joining(found)),
        _table(
            "",
            (_("kind"), _("external id"), _("entities that carry it"), _("in several sources already"), _("by source")),
            (
                (
                    word(one.kind.value), one.scheme, one.entities, one.joined,
                    ", ".join(f"{source} {count:,}" for source, count in one.sources.items()),
                )
                for one in found.schemes
            ),
        ),
    ]  # fmt: skip
    if costs:
        body += [
            _heading("h2", _("What an empty field costs in matching")),
            _remark(_("Texts: measured with this store's own demands. Dates and outcomes: what the scoring rule gives them.")),
            _chart(_costs(go, costs)),
            "<ul>"
            + "".join(f"<li><b>{word(loss.kind.value)} {loss.field}</b>: {escape(_told(loss, found))}</li>" for loss in costs)
            + "</ul>",
        ]
    script = f"<script>{get_plotlyjs()}</script>"
    return (
        f'<!doctype html><html lang="{language()}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(_('Coverage'))}</title><style>{_STYLE}</style>{script}</head><body>{''.join(body)}</body></html>\n"
    )


def _tiles(found: Coverage) -> str:
    shown = [(kind, count) for kind, count in found.nodes.items() if kind not in ("Record", "Decision")]
    return (
        '<div class="tiles">' + "".join(f'<div class="tile"><b>{count:,}</b>{escape(word(kind))}</div>' for kind, count in shown) + "</div>"
    )


def _filled(go: Any, found: Coverage) -> Any:
    sources = sorted({one.source for one in found.filled})
    names = list(dict.fromkeys((one.kind.value, one.field) for one in found.filled))
    share = {(one.kind.value, one.field, one.source): one for one in found.filled}
    cells = [[share.get((*name, source)) for source in sources] for name in names]
    chart = go.Figure(
        go.Heatmap(
            z=[[one and 100 * one.share for one in row] for row in cells],
            x=sources,
            y=[f"{word(kind)} · {field}" for kind, field in names],
            text=[[f"{100 * one.share:.0f} %" if one else "" for one in row] for row in cells],
            customdata=[
                [_("{count:,} of {total:,}", count=one.filled, total=one.rows) if one else _("no such rows") for one in row]
                for row in cells
            ],
            texttemplate="%{text}",
            hovertemplate="%{y}, %{x}: %{customdata}<extra></extra>",
            colorscale=[[0, _EMPTY], [1, _FULL]],
            zmin=0,
            zmax=100,
            xgap=3,
            ygap=2,
            showscale=False,
        )
    )
    chart.update_layout(**_LAYOUT, height=60 + 22 * len(names))
    chart.update_yaxes(autorange="reversed", showgrid=False)
    chart.update_xaxes(side="top", showgrid=False)
    return chart


def _islands(go: Any, found: Coverage) -> Any:
    kinds = [word(one.kind.value) for one in found.islands]
    sources = sorted({source for one in found.islands for source in one.islands})
    chart = go.Figure(
        go.Bar(name=_("several sources"), y=kinds, x=[one.shared for one in found.islands], orientation="h", marker_color=_FULL)
    )
    for number, source in enumerate(sources):
        chart.add_bar(
            name=_("{source} only", source=source),
            y=kinds,
            x=[one.islands.get(source, 0) for one in found.islands],
            orientation="h",
            marker_color=_ISLANDS[number % len(_ISLANDS)],
        )
    chart.update_layout(**_LAYOUT, barmode="stack", height=110 + 55 * len(kinds), showlegend=True)
    chart.update_xaxes(title=_("entities"), tickformat=",d")
    chart.update_yaxes(autorange="reversed")
    return chart


def _costs(go: Any, costs: Sequence[Loss]) -> Any:
    shown = [loss for loss in costs if loss.kept is not None]
    names = [_("{kind} without {field}", kind=word(loss.kind.value), field=loss.field) for loss in shown]
    kept = [100 * (loss.kept or 0.0) for loss in shown]
    chart = go.Figure(go.Bar(name=_("points kept"), y=names, x=kept, orientation="h", marker_color=_FULL, texttemplate="%{x:.0f} %"))
    chart.add_bar(name=_("points lost"), y=names, x=[max(0.0, 100 - one) for one in kept], orientation="h", marker_color=_OTHER)
    chart.update_layout(**_LAYOUT, barmode="stack", height=110 + 45 * len(shown))
    chart.update_xaxes(title=_("% of the points"), range=[0, 100])
    chart.update_yaxes(autorange="reversed")
    return chart


def _told(loss: Loss, found: Coverage) -> str:
    empty, rows = found.empty(loss.kind, loss.field)
    if loss.kept is None:
        return _("empty in {empty:,} of {rows:,} rows; {how}", empty=empty, rows=rows, how=told(loss.how))
    kept = _("{share:.0f} % of the points are kept without it", share=100 * loss.kept)
    if loss.fallen is not None:
        kept += _("; {share:.0f} % of them would no longer be among the first ten", share=100 * loss.fallen)
    return _("empty in {empty:,} of {rows:,} rows. {kept} ({how}).", empty=empty, rows=rows, kept=kept, how=told(loss.how))


def _joining(found: Coverage) -> str:
    several = sorted({one.scheme for one in found.schemes if len(one.sources) > 1})
    bare = ", ".join(f"{source} ({count:,})" for source, count in found.unidentified.items())
    joined = _("External ids in several sources: {schemes}.", schemes=", ".join(several))
    joined = joined if several else _("No external id is used by more than one source.")
    if not bare:
        return joined
    return f"{joined} " + _("Entities without any external id, by source: {sources}: only their names can join them.", sources=bare)


def _heading(level: str, text: str) -> str:
    return f"<{level}>{escape(text)}</{level}>"


def _remark(text: str) -> str:
    return f'<p class="quiet">{escape(text, quote=False)}</p>'


def _table(title: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = "".join("<tr>" + "".join(map(_cell, row)) + "</tr>" for row in rows)
    if not lines:
        return ""
    table = f"<table><tr>{''.join(f'<th>{escape(one)}</th>' for one in head)}</tr>{lines}</table>"
    return f"<details><summary>{title}</summary>{table}</details>" if title else table


def _cell(value: object) -> str:
    return f'<td class="n">{value:,}</td>' if isinstance(value, int) else f"<td>{escape(str(value))}</td>"


def _chart(figure: Any) -> str:
    return str(figure.to_html(full_html=False, include_plotlyjs=False, config={"displayModeBar": False, "responsive": True}))
