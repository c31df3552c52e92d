"""Which achievements are the same work, listed several times: by a number that both carry, or word for word.

In: the achievements of a store. Out: marks (``MARK``, sorted by mark), one for each number of a right or a text and one for the wording;
texts that share a mark are one work, and so are those that a third one joins. Next: ``matcher.index.generations`` writes the marks into a
generation, ``matcher.index.text_joins`` finds the texts that share one, ``matcher.rank.copies`` groups the works of a question by them.

Marks of hidden works lie here too. Which texts are joined is settled among those that a question may see: a hidden copy joins nothing.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from graph.model import Achievement, Edge, Node
from matcher.columns.tables import ID, Rows, Table

MARK = np.dtype([("mark", "u8"), ("id", ID)])
NUMBERS = ("application", "publication", "registration", "doi")
"""The schemes of external ids that number one work each; another scheme may number the project that several works came of."""


def marks_of(node: Node | Edge) -> list[int]:
    """The marks of an achievement, none for any other node: 64 bits of a hash of each number, and of title and text without regard to
    width, case and spaces."""
    if not isinstance(node, Achievement):
        return []
    told = [one.casefold() for one in node.external_ids if one.partition(":")[0].casefold() in NUMBERS]
    wording = f"{_plain(node.title)}\0{_plain(node.abstract)}"
    return sorted({_hashed(one) for one in (*told, *((wording,) if wording != "\0" else ()))})


def mark_rows(marks: Iterable[tuple[int, str]]) -> Table:
    """A MARK row for each mark with the id of its node, sorted."""
    return np.sort(np.array(list(marks), MARK))


def edited(marks: Table, gone: npt.NDArray[np.bytes_], new: Table) -> Table:
    """The marks without those of the nodes whose ids are in ``gone``, and with ``new``; all sorted."""
    kept = marks[~np.isin(marks["id"], gone)] if len(marks) else marks
    return np.insert(kept, np.searchsorted(kept["mark"], new["mark"]), new) if len(new) else kept


def repeated(marks: Table) -> Table:
    """The rows whose mark several rows have."""
    again = marks["mark"][1:] == marks["mark"][:-1]
    shared = np.zeros(len(marks), bool)
    shared[1:] |= again
    shared[:-1] |= again
    return marks[shared]


def joined(count: int, item: Rows, key: Rows) -> Rows:
    """For each of ``count`` items the smallest one that it is joined with. ``item`` and ``key`` are parallel: items of one key are joined,
    and so are those that a chain of others joins."""
    label = np.arange(count)
    keys, at = np.unique(key, return_inverse=True)
    while True:
        least = np.full(len(keys), count)
        np.minimum.at(least, at, label[item])
        after = label.copy()
        np.minimum.at(after, item, least[at])
        after = after[after]
        if np.array_equal(after, label):
            return label
        label = after


def _plain(text: str) -> str:
    folded = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return "".join(folded.casefold().split())


def _hashed(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")
