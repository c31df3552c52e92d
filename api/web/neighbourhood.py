"""A trust neighbourhood as one page: the parties of whom an institution knows most, what it believes of each, and who trusts whom among
them.

In: ids, a day and a snapshot. Out: HTML with the picture (plotly, its script inside). Next: ``api.cli.trust`` writes it to a file
(``--html``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from desk.wording import fit
from graph.language import _
from graph.model import EdgeKind
from graph.store import Store
from matcher.columns import tables
from matcher.trust.opinion import opinion_of

if TYPE_CHECKING:
    import networkx as nx

    from matcher.index.snapshot import Snapshot

NEAR = 24
"""Parties drawn around an asker."""


def neighbourhood(asker: str, day: str, snapshot: Snapshot, also: Sequence[str] = ()) -> nx.DiGraph[str]:
    """The parties of whom the asker has or hears most evidence, for or against (and ``also``), as a networkx graph: an edge is direct
    trust, with ``belief``, ``disbelief`` and the number of ``items``; one without items says who belongs to whom."""
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
        ends_of = int(snapshot.joins.edge_source[edge]), int(snapshot.joins.edge_target[edge])
        if rows.keys() >= set(ends_of) and not graph.has_edge(*(tied := [snapshot.id_of(one) for one in ends_of])):
            graph.add_edge(*tied, belief=0.0, disbelief=0.0, items=0)  # belongs to: no trust of its own
    return graph


def neighbourhood_html(ids: Sequence[str], day: str, snapshot: Snapshot, store: Store) -> str:
    """The neighbourhood of the first of ``ids`` as one HTML file: arrows are direct trust (green for, red against, thicker with
    more evidence; grey: belongs to), discs are what the asker believes of each party in the end."""
    import networkx as nx
    from plotly import graph_objects

    from desk.facts import names_of
    from graph.viewer import OWNER

    graph = neighbourhood(ids[0], day, snapshot, ids[1:])
    names = names_of(store, list(graph), OWNER)
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
    nets = [one["belief"] - one["disbelief"] for _id, one in graph.nodes(data=True)]
    told = [
        names[one] + "<br>" + _("belief {belief:.2f}, against {against:.2f}", belief=told["belief"], against=told["disbelief"])
        for one, told in graph.nodes(data=True)
    ]
    marker = {
        "size": [30 if one == ids[0] else 22 for one in graph], "color": nets, "cmin": -0.7, "cmax": 0.7, "colorscale": "RdYlGn",
        "line": {"width": [3 if one in ids else 1 for one in graph], "color": "#333333"},
        "colorbar": {"title": {"text": _("belief − against")}},
    }  # fmt: skip
    figure.add_scatter(
        x=[at[one][0] for one in graph], y=[at[one][1] for one in graph], mode="markers+text", text=[fit(names[one], 26) for one in graph],
        textposition="bottom center", hovertext=told, hoverinfo="text", marker=marker,
    )  # fmt: skip
    title = _("Whom {name} knows of, as of {day}", name=names[ids[0]], day=day)
    across = {"visible": False, "range": [-1.3, 1.3]}  # the places lie within 1; names need room beside them
    figure.update_layout(title=title, template="simple_white", xaxis=across, yaxis={"visible": False}, showlegend=False)
    return str(figure.to_html(include_plotlyjs=True, full_html=True))
