"""The report as Markdown: tables whose numbers lead to the documents behind them.

In: a ``Report``. Out: a text. Next: ``api.cli.leads.report`` and ``api.http.routes.report``.
"""

from __future__ import annotations

from collections.abc import Mapping

from graph.language import _, word
from leads.report.lines import TABLES, TITLES, Shown, code_name, header, lines, measure_name
from leads.report.money import amount_text
from leads.report.report import OPERATOR, Cell, Report


def to_markdown(report: Report) -> str:
    """The report in the language of the place."""
    anchors = {id(cell): f"d{number}" for number, cell in enumerate(report.cells, 1)}
    view = _("all, as the operator sees it") if report.view == OPERATOR else _("as {broker} sees it", broker=report.view)
    parts = [_("# Report of {month}", month=report.month), "", _("View: {view}.", view=view)]
    if not report.is_over:
        parts += ["", _("The month is not over yet.")]
    for table in TABLES[:-1]:
        parts += ["", f"## {_(TITLES[table])}", "", _row(header(report, table), anchors), "|---" * len(header(report, table)) + "|"]
        parts += [_row(line, anchors) for line in lines(report, table)]
    parts += ["", *[f"- {text}" for text in report.common], "", f"## {_(TITLES['documents'])}", ""]
    for cell in report.cells:
        if cell.documents:
            name = _named(cell)
            parts += [f'- <a id="{anchors[id(cell)]}"></a>{name}: {", ".join(f"`{one}`" for one in cell.documents)}']
    return "\n".join(parts) + "\n"


def _row(values: list[str] | list[Shown], anchors: Mapping[int, str]) -> str:
    return f"| {' | '.join(_shown(value, anchors) for value in values)} |"


def _shown(value: Shown, anchors: Mapping[int, str]) -> str:
    if isinstance(value, Cell):
        text = amount_text(value.value, value.currency) if value.is_money else str(value.value)
        return f"[{text}](#{anchors[id(value)]})" if value.documents else text
    return _plain("" if value is None else str(value))


def _plain(text: str) -> str:
    """A text of a file in a cell of a table: nothing in it is a mark."""
    for one in "\\`*_[]<>|#":
        text = text.replace(one, f"\\{one}")
    return " ".join(text.split())


def _named(cell: Cell) -> str:
    where = f" {word(cell.by, 'by')} {_plain(code_name(cell.by, cell.key))}" if cell.by else ""
    return f"{measure_name(cell.measure)}{where}{f' {cell.currency}' if cell.currency else ''}"
