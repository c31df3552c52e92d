"""The graph's things for somebody to look at: a list's page, one thing, one item of evidence.

In: a store, who looks, a kind. Out: public shapes, with the terms of each source carried along. Next: ``api.http.routes.things``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import Field

from desk.facts import name_of, names_of
from desk.find import find, nothing
from desk.people.sight import viewer_of
from desk.process.principals import Actor
from desk.schemas import LicenceOut, NodeOut, Public
from desk.show import describe, fields_of, licence_out, notice_of
from desk.sources.shown import Shown
from desk.sources.terms import terms_of
from desk.things import lists
from desk.things.lists import Filters
from desk.trust.objections import replies_to, with_replies
from graph.model import Evidence, EvidenceKind, Node, NodeKind
from graph.store import Store
from graph.viewer import Viewer


class ThingOut(Public):
    """A thing in a list."""

    id: str
    kind: str
    name: str
    source: str
    source_id: str
    retrieved_at: str | None = Field(description="The day on which it was retrieved, as its source says.")
    fields: dict[str, Any] = Field(description="What it says, by field; null for what is not known.")
    licence: LicenceOut | None = Field(description="The terms of its source, where they are told.")
    notice: str = Field(description="Of an expert: from which files the person is known, and how to object.")


class EvidenceOut(Public):
    """An item of evidence: what ``giver`` has experienced with ``about``."""

    id: str
    giver: str = Field(description="The id of who has experienced it.")
    giver_name: str
    about: str = Field(description="The id of whom it is about.")
    about_name: str
    kind: EvidenceKind
    outcome: float = Field(ge=-1, le=1)
    date: str | None
    verified_by: str | None
    document: str | None
    withdrawn: str | None = Field(description="The day from which it counts no more.")
    withdrawn_for: str | None
    objected: str | None = Field(description="The day on which the party that it is about objected to it; null where nobody does.")
    reply: str | None = Field(description="What that party replies.")
    source: str
    source_id: str
    licence: LicenceOut | None


class Reading:
    """What somebody is shown of a store."""

    def __init__(self, store: Store, actor: Actor | None, *, contact: str = "") -> None:
        """``contact``: whom people write to who object."""
        self._store, self._contact, self.viewer = store, contact, viewer_of(store, actor)
        self.shown = shown_to(store, actor, self.viewer)

    def listed(self, kind: NodeKind, filters: Filters, limit: int, after: str) -> tuple[list[ThingOut], bool]:
        """A page of the things of a kind, and whether there are more. Raises InvalidInput."""
        found, more = lists.things(self._store, self.viewer, kind, filters, limit, after)
        return [self._thing(node) for node in found], more

    def thing(self, kind: NodeKind, text: str) -> NodeOut:
        """The one thing of a kind that an id, a source's id or a name finds. Raises NotFound, and InvalidInput where several fit."""
        node = self._store.get([one := find(self._store, text, self.viewer)]).get(one)
        if not isinstance(node, Node) or node.kind_of_node is not kind:
            raise nothing(text)
        return with_replies(self._store, describe(self._store, one, viewer=self.viewer, shown=self.shown, contact=self._contact))

    def evidence(self, filters: Filters, limit: int, after: str) -> tuple[list[EvidenceOut], bool]:
        """A page of the items of evidence, and whether there are more."""
        found, more = lists.evidence(self._store, self.viewer, filters, limit, after)
        names = names_of(self._store, {end for one in found for end in (one.source, one.target)}, self.viewer)
        replies = self._replies(found)
        return [self._item(one, names, replies) for one in found], more

    def item(self, id: str) -> EvidenceOut:
        """One item of evidence, by its id. Raises NotFound."""
        found = lists.seen_evidence(self._store, self.viewer, [id])
        if not found:
            raise nothing(id)
        return self._item(found[0], names_of(self._store, [found[0].source, found[0].target], self.viewer), self._replies(found))

    def _thing(self, node: Node) -> ThingOut:
        told = self.shown.node(self._store, node)
        at = node.provenance
        return ThingOut(
            id=node.id, kind=node.kind_of_node.value, name=name_of(node), source=at.source, source_id=at.source_id,
            retrieved_at=at.retrieved_at, fields=fields_of(told), licence=licence_out(self.shown, at.source),
            notice=notice_of(self._store, node, self.viewer, self._contact),
        )  # fmt: skip

    def _replies(self, items: Iterable[Evidence]) -> dict[str, str]:
        return {one.evidence: one.reply for one in replies_to(self._store, [item.id for item in items]) if one.reply}

    def _item(self, one: Evidence, names: Mapping[str, str], replies: Mapping[str, str]) -> EvidenceOut:
        return EvidenceOut(
            id=one.id, giver=one.source, giver_name=names.get(one.source, one.source), about=one.target,
            about_name=names.get(one.target, one.target), kind=one.evidence, outcome=one.outcome, date=one.date,
            verified_by=one.verified_by, document=one.document, withdrawn=one.withdrawn, withdrawn_for=one.withdrawn_for,
            objected=one.objected, reply=replies.get(one.id), source=one.provenance.source, source_id=one.provenance.source_id,
            licence=licence_out(self.shown, one.provenance.source),
        )  # fmt: skip


def shown_to(store: Store, actor: Actor | None, viewer: Viewer) -> Shown:
    """What of texts ``actor`` is shown: of its own sources all."""
    house = {actor.institution, *actor.former} - {""} if actor else set()
    return Shown(terms_of(store), viewer, house)
