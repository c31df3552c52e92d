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


def node_screen(console: Console, node: NodeOut, records: list[dict[str, Any]]) -> None:
    """Its fields that are known, the records it was made of, and its edges."""
    text = str(node.fields.get("abstract") or node.fields.get("description") or "")
    called = str(node.fields.get("name") or node.fields.get("title") or first_sentence(text) or node.id)
    console.print(Text.assemble((called, "bold"), f"  ({node.kind}, {node.id})"))
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False, show_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in node.fields.items():
        if value not in (None, "", []) and name not in ("name", "title"):
            table.add_row(f"  {name}", "; ".join(map(str, value)) if isinstance(value, list) else str(value))
    table.add_row("  source", f"{node.source}:{node.source_id}, last changed in revision {node.version}")
    console.print(table)
    for other in node.also:
        known = f"also known in source {other.source} as {other.source_id} ({other.id}), by {', '.join(other.shares)}"
        console.print(Text(f"  {known}", overflow="fold"))
    if records:
        console.print(Text("Records", style="bold"))
        for record in records:
            only = " (known by reference only)" if record["known_by_reference_only"] else ""
            console.print(Text(f"  {record['source']}:{record['source_id']}  {record['fields'].get('name', '')}{only}", overflow="fold"))
    if node.edges_total:
        cut = "" if len(node.edges) == node.edges_total else f" ({len(node.edges)} of {node.edges_total}; more with --limit)"
        console.print(Text(f"Edges{cut}", style="bold"))
        edges = Table(box=None, padding=(0, 2, 0, 0), show_header=False, show_edge=False)
        for _ in range(3):
            edges.add_column(overflow="fold")
        for edge in node.edges:
            edges.add_row(f"  {edge.what}", edge.date or "", edge.other)
        console.print(edges)
