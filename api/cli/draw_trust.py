"""Trust as a person reads it: an opinion with its stage on a screen, a list of opinions, a neighbourhood as a picture.

In: the public models of ``api.trusting`` and a snapshot. Out: lines on a rich console, or one HTML file that needs no network.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.cli.draw import INDENT, fit, opinion_bar, opinion_lines, pad
from api.schemas import TrustedOut, TrustListOut, TrustOut
from graph.model import EdgeKind
from graph.store import Store
from matcher import tables
from matcher.opinion import opinion_of
from matcher.question import Opinion

if TYPE_CHECKING:
    import networkx as nx

    from matcher.snapshot import Snapshot

NEAR = 24
"""Parties drawn around an asker."""


def trust_screen(console: Console, told: TrustOut, held: Opinion, names: Mapping[str, str], *, with_log: bool) -> None:
    """One opinion: its words and bar, the stage, where it was heard, what would change it, and the log if asked for."""
    console.print(Text(f"What {names[told.asker]} may believe of {names[told.target]} as of {told.as_of}", style="bold"))
    opinion_lines(console, held, limit=3, names=names)
    console.print(Text.assemble((f"{INDENT}stage  ", "dim"), told.stage))
    for path in told.heard_through:
        start = "the platform's anchors" if told.opinion.from_anchors else "you"
        console.print(Text.assemble((f"{INDENT}heard  ", "dim"), " → ".join([start, *(path if told.opinion.from_anchors else path[1:])])))
    for one in told.prospects:
        console.print(Text.assemble((f"{INDENT}next   ", "dim"), one))
    for step in told.log if with_log else ():
        console.print(Text(f"{step.date or 'date unknown'}  {step.before} → {step.after}: {step.why}"))
        console.print(Text(f"{INDENT}{', '.join(step.facts)}", style="dim"))


def list_screen(console: Console, listed: TrustListOut, asker: str) -> None:
    """Whom an asker trusts most and least, a line each."""
    through = ", through the platform's anchors" if listed.from_anchors else ""
    console.print(Text(f"Whom {asker} trusts as of {listed.as_of}: something is known of {listed.known:,}{through}", style="bold"))
    for heading, part in (("most", listed.most), ("least", listed.least)):
        if part:
            console.print(Text(heading, style="dim"))
            _rows(console, part)


def _rows(console: Console, part: Sequence[TrustedOut]) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False, show_edge=False)
    for one in part:
        bar = opinion_bar(Opinion(belief=one.belief, disbelief=one.disbelief, uncertainty=one.uncertainty), 20)
        table.add_row(f"{INDENT}{pad(fit(one.name, 44), 44)}", bar, f"{one.belief - one.disbelief:+.2f}", one.stage)
    console.print(table)


def neighbourhood(asker: str, day: str, snapshot: Snapshot, also: Sequence[str] = ()) -> nx.DiGraph[str]:
    """The parties of whom the asker believes most or least (and ``also``), as a networkx graph: an edge is direct trust, with
    ``belief``, ``disbelief`` and the number of ``items``; one without items says who belongs to whom."""
    import networkx as nx
    import numpy as np

    trusted = snapshot.trust().on(day)
    row = snapshot.row(asker)
    r, s = trusted.everyone(row)
    known = np.flatnonzero(r + s > 0)
    near = known[np.argsort(-(r + s)[known], kind="stable")][:NEAR].tolist()
    rows = dict.fromkeys([row, *(snapshot.row(one) for one in also), *near])
    graph: nx.DiGraph[str] = nx.DiGraph()
    for one in rows:
        opinion = opinion_of(float(r[one]), float(s[one]))
        graph.add_node(snapshot.id_of(one), belief=opinion.belief, disbelief=opinion.disbelief)
    for one in sorted(rows):
        said = trusted.pairs.of(one)
        span = said.pairs.of_source(one)
        for at in range(span.start, span.stop):
            target = int(said.pairs.target[at])
            if target in rows:
                opinion, items = opinion_of(float(said.r[at]), float(said.s[at])), said.pairs.items(slice(at, at + 1))
                ids = snapshot.id_of(one), snapshot.id_of(target)
                graph.add_edge(*ids, belief=opinion.belief, disbelief=opinion.disbelief, items=items.stop - items.start)
    codes = [tables.EDGE_CODE[kind] for kind in (EdgeKind.AFFILIATED_WITH, EdgeKind.PART_OF)]
    for edge in np.flatnonzero(np.isin(snapshot.edges["kind"], codes) & (snapshot.edges["date"] <= trusted.day)).tolist():
        ends_of = int(snapshot.edge_source[edge]), int(snapshot.edge_target[edge])
        if rows.keys() >= set(ends_of) and not graph.has_edge(*(tied := [snapshot.id_of(one) for one in ends_of])):
            graph.add_edge(*tied, belief=0.0, disbelief=0.0, items=0)  # belongs to: no trust of its own
    return graph


def neighbourhood_html(ids: Sequence[str], day: str, snapshot: Snapshot, store: Store) -> str:
    """The neighbourhood of the first of ``ids`` as one HTML file: arrows are direct trust (green for, red against, thicker with
    more evidence; grey: belongs to), discs are what the asker believes of each party in the end."""
    import networkx as nx
    from plotly import graph_objects

    from api.facts import names_of
    from graph.model import Visibility

    graph = neighbourhood(ids[0], day, snapshot, ids[1:])
    names = names_of(store, list(graph), Visibility.CONFIDENTIAL)
    at = nx.spring_layout(graph.to_undirected(), seed=0, k=2.0, iterations=300)
    figure = graph_objects.Figure()
    for source, target, one in graph.edges(data=True):
        (x, y), (to_x, to_y) = at[source], at[target]
        colour = "#2a9d5c" if one["belief"] >= one["disbelief"] else "#c8382e"
        colour = colour if one["items"] else "#b0b0b0"
        figure.add_annotation(
            x=to_x, y=to_y, ax=x, ay=y, xref="x", yref="y", axref="x", ayref="y", showarrow=True, arrowhead=2, standoff=12,
            startstandoff=12, arrowwidth=1 + 4 * max(one["belief"], one["disbelief"]), arrowcolor=colour, opacity=0.7,
        )  # fmt: skip
    nets = [one["belief"] - one["disbelief"] for _, one in graph.nodes(data=True)]
    told = [f"{names[one]}<br>belief {graph.nodes[one]['belief']:.2f}, disbelief {graph.nodes[one]['disbelief']:.2f}" for one in graph]
    marker = {
        "size": [30 if one == ids[0] else 22 for one in graph], "color": nets, "cmin": -0.7, "cmax": 0.7, "colorscale": "RdYlGn",
        "line": {"width": [3 if one in ids else 1 for one in graph], "color": "#333333"},
        "colorbar": {"title": {"text": "belief − disbelief"}},
    }  # fmt: skip
    figure.add_scatter(
        x=[at[one][0] for one in graph], y=[at[one][1] for one in graph], mode="markers+text", text=[fit(names[one], 26) for one in graph],
        textposition="bottom center", hovertext=told, hoverinfo="text", marker=marker,
    )  # fmt: skip
    title = f"Whom {names[ids[0]]} knows of, as of {day}"
    across = {"visible": False, "range": [-1.3, 1.3]}  # the places lie within 1; names need room beside them
    figure.update_layout(title=title, template="simple_white", xaxis=across, yaxis={"visible": False}, showlegend=False)
    return str(figure.to_html(include_plotlyjs=True, full_html=True))
