"""Which of the texts that are still to be read are read next.

In: ids of nodes whose texts no segment holds yet, and the snapshot's items. Out: some of their texts, and the ids that are left. Next:
``matcher.index.snapshot`` embeds them and puts them beside the rest.
"""

from __future__ import annotations

from collections.abc import Sequence

from graph.model import Node
from graph.store import chunks
from matcher.embedding.embedder import Embedder
from matcher.index.items import Items
from matcher.text.passages import Text, text_of


def all_of(items: Items, unread: Sequence[str]) -> dict[str, Text]:
    """The texts of all nodes of these ids that say something."""
    return {one: text for one, item in items.get(unread).items() if isinstance(item, Node) and (text := text_of(item))}


def next_of(items: Items, unread: Sequence[str], embedder: Embedder, most: int) -> tuple[dict[str, Text], tuple[str, ...]]:
    """In the order of ``unread``, texts until they have ``most`` passages that are not in the vector cache (one such text at least, if
    ``most`` is not 0), and those between them that are in it; and the ids that are left."""
    texts: dict[str, Text] = {}
    left: list[str] = []
    new = 0
    for part in chunks(unread):
        if most and new >= most:
            left += part
            continue
        found = all_of(items, part)
        missing = iter(embedder.missing([passage for text in found.values() for passage in text.passages]))
        for one, text in found.items():
            cost = sum(next(missing) for _ in text.passages)
            if cost and new >= most:
                left.append(one)
            else:
                new += cost
                texts[one] = text
    return texts, tuple(left)
