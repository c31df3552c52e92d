"""The facts that an answer cites, as they were: a hash of each as its viewer saw it.

In: an answer, what it was read from. Out: hashes by id, of each match and of all. Next: ``desk.answers.answers`` keeps them,
``desk.answers.replay`` holds them against those of now.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, TypedDict

from desk.ask import cited_ids
from graph.model import Edge, encode
from graph.store import Reader
from graph.viewer import Viewer

if TYPE_CHECKING:
    from matcher.question import Answer


class Basis(TypedDict):
    """``matches``: by candidate, the ids that its match cites; ``hashes``: by id, of what was seen of it."""

    matches: dict[str, list[str]]
    hashes: dict[str, str]


def basis_of(answer: Answer, store: Reader, viewer: Viewer) -> Basis:
    """The facts that ``answer`` cites, the node that is asked about, and the candidates themselves."""
    matches = {match.candidate: [match.candidate, *cited_ids(match)] for match in answer.matches}
    about = [answer.question.about] if answer.question.about else []
    return Basis(matches=matches, hashes=hashes_of(store, {one for cited in matches.values() for one in cited}.union(about), viewer))


def hashes_of(store: Reader, ids: set[str], viewer: Viewer) -> dict[str, str]:
    """Of each id the hash of what the viewer sees of it; what is not there, or hidden, is left out."""
    items = store.get(sorted(ids))
    ends = store.get({end for item in items.values() if isinstance(item, Edge) for end in (item.source, item.target)})
    found = {}
    for one, item in items.items():
        if viewer.sees_edge(item, ends) if isinstance(item, Edge) else viewer.sees(item):
            seen = item if isinstance(item, Edge) else viewer.view(item)
            found[one] = hashlib.sha256(encode(seen)).hexdigest()
    return found
