"""A node as a person reads it.

In: a ``NodeOut`` of ``desk.schemas`` and the records behind it (``desk.show``). Out: lines on a rich console. Next: ``api.cli.show``.
"""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from desk.facts import first_sentence
from desk.schemas import NodeOut
from graph.language import _, word


def node_screen(console: Console, node: NodeOut, records: list[dict[str, Any]]) -> None:
    """Its fields that are known, the records it was made of, and its edges."""
    text = str(node.fields.get("abstract") or node.fields.get("description") or "")
    called = str(node.fields.get("name") or node.fields.get("title") or first_sentence(text) or node.id)
    console.print(Text.assemble((called, "bold"), f"  ({word(node.kind)}, {node.id})"))
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False, show_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in node.fields.items():
        if value not in (None, "", []) and name not in ("name", "title"):
            table.add_row(f"  {name}", "; ".join(map(str, value)) if isinstance(value, list) else str(value))
    told = _("{source}, last changed in revision {revision}", source=f"{node.source}:{node.source_id}", revision=node.version)
    table.add_row("  source", told)
    if node.notice:
        table.add_row("  notice", node.notice)
    console.print(table)
    for other in node.also:
        known = _(
            "also known in source {source} as {source_id} ({id}), by {shares}",
            source=other.source, source_id=other.source_id, id=other.id, shares=", ".join(other.shares),
        )  # fmt: skip
        console.print(Text(f"  {known}", overflow="fold"))
    if records:
        console.print(Text(_("Records"), style="bold"))
        for record in records:
            only = _(" (known by reference only)") if record["known_by_reference_only"] else ""
            console.print(Text(f"  {record['source']}:{record['source_id']}  {record['fields'].get('name', '')}{only}", overflow="fold"))
    if node.edges_total:
        is_cut = len(node.edges) < node.edges_total
        cut = _("Edges ({count} of {total}; more with --limit)", count=len(node.edges), total=node.edges_total)
        console.print(Text(cut if is_cut else _("Edges"), style="bold"))
        edges = Table(box=None, padding=(0, 2, 0, 0), show_header=False, show_edge=False)
        for _column in range(3):
            edges.add_column(overflow="fold")
        for edge in node.edges:
            edges.add_row(f"  {edge.what}", edge.date or "", edge.other)
            if edge.reply:
                edges.add_row(f"    {_('reply: {text}', text=edge.reply)}", "", "")
        console.print(edges)
