"""Facts in words: what a node or an edge of the graph says, as a person reads it.

In: ids that a term, a trust item or a request cites. Out: one ``Fact`` each, with its date and source. Next: ``desk.ask`` puts facts into
the public answer, ``api.cli.draw.answer`` prints them, ``desk.show`` and ``desk.trust`` take names and phrases. What the viewer may not see
is left out of every sentence.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from enum import StrEnum
from typing import Any

import msgspec

from graph.dates import has_happened
from graph.language import N_, _
from graph.language import word as in_language
from graph.model import (
    Achievement,
    Cooperation,
    Demand,
    Edge,
    EdgeKind,
    Evidence,
    Expert,
    Institution,
    Node,
    Outcome,
    PartyTo,
    Resource,
)
from graph.store import Reader
from graph.viewer import Viewer

HIDDEN = N_("(not shown)")
_VERBS = {
    EdgeKind.OWNS: N_("{source} owns {target}"),
    EdgeKind.CREATED: N_("{source} created {target}"),
    EdgeKind.AFFILIATED_WITH: N_("{source} works at {target}"),
    EdgeKind.PART_OF: N_("{source} is part of {target}"),
    EdgeKind.POSTED: N_("{source} posted {target}"),
    EdgeKind.OFFERS: N_("{source} offers {target}"),
    EdgeKind.PARTY_TO: N_("{source} took part in {target}"),
    EdgeKind.ADDRESSES: N_("{source} answered {target}"),
    EdgeKind.USES: N_("{source} used {target}"),
    EdgeKind.TRUSTS: N_("{source} trusts {target}"),
}


class Fact(msgspec.Struct, frozen=True):
    """A node or edge in words, with the day it became true and who says so."""

    id: str
    what: str
    date: str | None
    source: str
    source_id: str


def name_of(node: Node) -> str:
    """What a node is called: its name or title, else the first sentence of its text, else the id it has in its source."""
    text = getattr(node, "name", "") or getattr(node, "title", "")
    text = text or first_sentence(getattr(node, "abstract", "") or getattr(node, "description", "") or "")
    return text if text and len(text) <= 200 else (text[:199] + "…" if text else node.provenance.source_id)


def first_sentence(text: str) -> str:
    """What stands for the title of a text that has none."""
    from matcher.text.passages import sentences

    return next(iter(sentences(text)), "")


def facts(store: Reader, ids: Iterable[str], *, viewer: Viewer, as_of: str | None = None) -> list[Fact]:
    """The facts of these ids in their order, each once; what is not there or not for this viewer is left out."""
    wanted = list(dict.fromkeys(ids))
    items = store.get(wanted)
    ends = store.get({end for item in items.values() if isinstance(item, Edge) for end in (item.source, item.target)})
    seen = [
        item if isinstance(item, Edge) else viewer.view(item)
        for one in wanted
        if (item := items.get(one)) and (viewer.sees_edge(item, ends) if isinstance(item, Edge) else viewer.sees(item))
    ]
    names = {one: name_of(viewer.view(node)) for one, node in ends.items() if isinstance(node, Node)}
    return [_fact(item, names, as_of) for item in seen]


def names_of(store: Reader, ids: Collection[str], viewer: Viewer) -> dict[str, str]:
    """The names of these nodes; those that the viewer may not see are called HIDDEN."""
    nodes = store.get(list(ids))
    return {one: name_of(viewer.view(node)) if viewer.sees(node) else _(HIDDEN) for one, node in nodes.items() if isinstance(node, Node)}


def _fact(item: Node | Edge, names: dict[str, str], as_of: str | None) -> Fact:
    what = edge_in_words(item, names) if isinstance(item, Edge) else node_in_words(item, as_of)
    return Fact(item.id, what, _date(item, as_of), item.provenance.source, item.provenance.source_id)


def _date(item: Any, as_of: str | None) -> str | None:
    if isinstance(item, Cooperation):
        return item.ended if item.ended and has_happened(item.ended, as_of) else item.started
    date: str | None = getattr(item, "date", None)
    return date


def source_notice(sources: Iterable[str], viewer: Viewer, contact: str) -> str:
    """What is said with people who are known from files: from where, and how they object. ``contact``: whom they write to."""
    told = ", ".join(sorted(set(sources)))
    if viewer.is_owner:
        return _("people are known from files ({sources}); who objects or is to be forgotten: dovetail person", sources=told)
    return _(
        "people are known from files ({sources}); to see what is known, object or be forgotten, write to {contact}",
        sources=told,
        contact=contact or _("the operator of this service"),
    )


def node_in_words(node: Node, as_of: str | None = None) -> str:
    """``node`` in a phrase. A cooperation that ended after ``as_of`` reads ongoing."""
    name = name_of(node)
    if isinstance(node, Institution):
        size = node.size and _("{size} in size", size=plain(node.size))
        place = ", ".join(part for part in (plain(node.kind), node.country, node.region, size, *node.qualifications) if part)
        return f"{name} ({place})"
    if isinstance(node, Expert):
        broker = node.broker and _("technology broker, {level}", level=plain(node.broker))
        return f"{name} ({', '.join(part for part in (_('expert'), node.headline, broker) if part)})"
    if isinstance(node, Achievement):
        return _("{kind}: {name}", kind=plain(node.kind), name=name) + _in_brackets(_right_in_words(node))
    if isinstance(node, Demand):
        told = [plain(part) for part in (node.kind, node.route) if part]
        told += [_("call {number}", number=node.call_number)] if node.call_number else []
        return _("demand: {name}", name=name) + _in_brackets(told)
    if isinstance(node, Resource):
        return _("{kind}: {name}", kind=plain(node.kind), name=name)
    if isinstance(node, Cooperation):
        told = [plain(part) for part in (node.mode, node.contract_type) if part]
        told += [_("registered as {number}", number=node.registration_number)] if node.registration_number else []
        return _("cooperation ({kinds}): {name}, {outcome}", kinds=", ".join(told), name=name, outcome=outcome_in_words(node, as_of))
    return _("{kind}: {name}", kind=plain(node.kind_of_node), name=name)


def _right_in_words(node: Achievement) -> list[str]:
    """The stage of an achievement, the standing of its right and the ways to use it, as far as they are known."""
    told = [plain(node.maturity)] if node.maturity else []
    told += [plain(node.legal_status)] if node.legal_status else []
    told += [_("until {day}", day=node.expires)] if node.expires else []
    told += [_("licence {forms}", forms=", ".join(map(plain, node.licence_forms)))] if node.licence_forms else []
    told += [_("by {forms}", forms=", ".join(map(plain, node.transfer_forms)))] if node.transfer_forms else []
    return told


def _in_brackets(parts: Sequence[str]) -> str:
    return f" ({_('; ').join(parts)})" if parts else ""


def outcome_in_words(node: Cooperation, as_of: str | None) -> str:
    """How the cooperation stands on the day ``as_of``: its outcome is dated ``ended`` and reads ongoing before."""
    if node.ended and not has_happened(node.ended, as_of):
        return plain(Outcome.ONGOING)
    return _("outcome unknown") if node.outcome is Outcome.UNKNOWN else plain(node.outcome)


def edge_in_words(edge: Edge, names: dict[str, str]) -> str:
    """``edge`` as a sentence between the names of its ends."""
    source, target = names.get(edge.source, edge.source), names.get(edge.target, edge.target)
    if isinstance(edge, Evidence):
        told = _(
            "{kind} of {target} by {source}: {outcome:+.2f}", kind=plain(edge.evidence), target=target, source=source, outcome=edge.outcome
        )
        told += _(", verified by {name}", name=edge.verified_by) if edge.verified_by else ""
        told += f" ({edge.document})" if edge.document else ""
        told += _(", objected to on {day}", day=edge.objected) if edge.objected else ""
        return told + (_(", withdrawn {day}: {reason}", day=edge.withdrawn, reason=edge.withdrawn_for) if edge.withdrawn else "")
    told = _(_VERBS[edge.kind], source=source, target=target)
    if isinstance(edge, PartyTo):
        told += _(" as {role}", role=edge.role) if edge.role else ""
        told += _(" with a share of {share:.0%}", share=edge.share) if edge.share is not None else ""
    return told


def plain(word: str) -> str:
    """A word of a closed list without its underscores, in the language of the output."""
    return in_language(str(word), type(word).__name__ if isinstance(word, StrEnum) else "")
