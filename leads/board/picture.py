"""The funnel as a picture: bars as SVG, and as text for a terminal.

In: a ``Funnel``. Out: SVG text, or lines. Next: ``api.cli.leads`` and ``api.http.routes.leads``.
"""

from __future__ import annotations

from xml.sax.saxutils import escape

from graph.language import _, cell_len, ngettext, word
from leads.board.funnel import Funnel

WIDTH, ROW, LABEL, LONGEST = 640, 34, 130, 380
BAR = 30
"""Characters of the longest bar of a terminal."""


def to_svg(funnel: Funnel) -> str:
    """Bars, one a state, as long as the share of leads that reached it."""
    most = max((one.reached for one in funnel.stages), default=0) or 1
    height = ROW * (len(funnel.stages) + 1)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" role="img"',
        ' font-family="sans-serif" font-size="14">',
        f"<title>{escape(_('Leads by how far they came, {day}', day=funnel.day))}</title>",
    ]
    for number, one in enumerate(funnel.stages):
        y, length = ROW * number + 8, round(LONGEST * one.reached / most, 1)
        lines += [
            f'<text x="{LABEL - 10}" y="{y + 16}" text-anchor="end">{escape(word(one.name, "lead"))}</text>',
            f'<rect x="{LABEL}" y="{y}" width="{length}" height="22" fill="#2b6ca3"/>',
            f'<text x="{LABEL + length + 8}" y="{y + 16}">{escape(_said(one.reached, one.days))}</text>',
        ]
    return "\n".join([*lines, "</svg>", ""])


def to_lines(funnel: Funnel) -> list[str]:
    """The same for a terminal."""
    most = max((one.reached for one in funnel.stages), default=0) or 1
    names = [word(one.name, "lead") for one in funnel.stages]
    widest = max(map(cell_len, names), default=0)
    return [
        f"{name}{' ' * (widest - cell_len(name))}  {'█' * max(round(BAR * one.reached / most), 1 if one.reached else 0):<{BAR}}"
        f"  {_said(one.reached, one.days)}"
        for name, one in zip(names, funnel.stages, strict=True)
    ]


def _said(reached: int, days: float | None) -> str:
    if days is None:
        return f"{reached:,}"
    return ngettext("{reached:,} · {count} day", "{reached:,} · {count} days", round(days), reached=reached)
