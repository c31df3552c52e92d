"""What of a source's texts is shown: less to others than who feeds it, where its terms say so.

In: a node as the viewer sees it; the terms of the sources. Out: the node without the texts that may not be shown again, and its licence.
Next: ``desk.show``, ``desk.ask`` and ``desk.things.reading`` show no node otherwise.

A text of an institution or expert stays where a source that may be shown says the same.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, TypeVar

import msgspec

from desk.sources.terms import Redisplay, Terms
from graph.model import Node, Record
from graph.store import Reader
from graph.viewer import Viewer
from matcher.text.passages import sentences

TEXTS: Mapping[str, Any] = {
    "Achievement": {"abstract": "", "rights": None}, "Demand": {"description": "", "requirements": None},
    "Resource": {"description": "", "terms": None}, "Institution": {"description": None}, "Expert": {"bio": None},
}  # fmt: skip
"""By kind of node: its texts, and what stands where one is left out."""
_WHOLE = frozenset({"requirements", "rights", "terms"})
"""Texts of which no summary is made."""
_Node = TypeVar("_Node", bound=Node)


class Shown:
    """What one caller is shown."""

    def __init__(self, terms: Mapping[str, Terms], viewer: Viewer, house: Collection[str] = ()) -> None:
        """``house``: the ids of the caller's institution, under which it feeds what is its own."""
        self.terms, self._viewer, self._house = terms, viewer, house
        self._bound = {one.source for one in terms.values() if one.redisplay is not Redisplay.YES and one.source not in house}
        if viewer.is_owner:
            self._bound = set()

    def redisplay(self, source: str) -> Redisplay:
        """How much of the texts of a source this caller is shown."""
        return self.terms[source].redisplay if source in self._bound else Redisplay.YES

    def licence(self, source: str) -> Terms | None:
        """The terms that are carried along with what a source says; None where it has none."""
        return self.terms.get(source)

    def node(self, store: Reader, node: _Node) -> _Node:
        """``node``, as the viewer sees it, with what of its texts may be shown."""
        texts = TEXTS.get(node.kind_of_node.value, {})
        said = [name for name in texts if getattr(node, name)]
        if not self._bound or not said:
            return node
        of_rows = getattr(node, "records", None)
        left = {}
        for name in said:
            text = getattr(node, name)
            how = self.redisplay(node.provenance.source) if of_rows is None else self._of_rows(store, of_rows, name, text)
            if how is not Redisplay.YES:
                is_told = how is Redisplay.SUMMARY and name not in _WHOLE
                left[name] = next(iter(sentences(text)), texts[name]) if is_told else texts[name]
        return msgspec.structs.replace(node, **left) if left else node

    def _of_rows(self, store: Reader, ids: Collection[str], name: str, text: str) -> Redisplay:
        """How much of a text is shown that rows of several sources may say: as the most open of these lets it."""
        records = [one for one in store.get(list(ids)).values() if isinstance(one, Record) and self._viewer.sees_record(one)]
        said = [one.provenance.source for one in records if msgspec.json.decode(one.fields).get(name) == text]
        order = [Redisplay.YES, Redisplay.SUMMARY, Redisplay.NO]
        return min((self.redisplay(one) for one in said), key=order.index, default=Redisplay.NO)
