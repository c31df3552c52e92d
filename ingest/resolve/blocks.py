"""The blocks of a store: which names share a key and may be compared, kept from pass to pass as sorted numbers.

In: the keys of names (``ingest.resolve.compare``) with the Record that each name is held by. Out: the holders of a key, and how many names
share it. Next: ``ingest.resolve.similar_names`` keeps them in the store beside what it learnt; ``ingest.resolve.changed_names`` finds by
them what a new name is compared with, so that it need not read the other names.

Two names of one Record that share a key are two. 100,000 names take about 12 MB, in memory and in the store.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from itertools import chain, compress, islice

import msgspec

_FEW = 500
"""Entries that are put in their places one by one; more are sorted in."""
_PARTS = 256
"""Parts in which entries are sorted, by the first byte of their key."""


def in_order(entries: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Entries of (key, number) by ascending key and number. Those that wait take 12 bytes each: objects are made of a part at a time.

    ``key``: 64 bits, as likely one as another; ``number``: 32 bits.
    """
    parts = [(array("Q"), array("I")) for _ in range(_PARTS)]
    for key, number in entries:
        keys, numbers = parts[key >> 56]
        keys.append(key)
        numbers.append(number)
    for keys, numbers in parts:
        yield from sorted(zip(keys, numbers, strict=True))


class Stored(msgspec.Struct, frozen=True):
    """The blocks as they are kept."""

    keys: bytes
    holders: bytes
    records: tuple[str, ...]


class Blocks:
    """Entries of (key, holder) by ascending key."""

    def __init__(self, stored: Stored | None = None) -> None:
        self._keys, self._holders = array("Q"), array("I")
        self._records: list[str] = []
        if stored:
            self._keys.frombytes(stored.keys)
            self._holders.frombytes(stored.holders)
            self._records = list(stored.records)
        self._number = {record: number for number, record in enumerate(self._records)}

    def stored(self) -> Stored:
        """The form that is kept, without Records that hold nothing any more."""
        used = sorted(set(self._holders))
        again = {number: at for at, number in enumerate(used)}
        holders = array("I", map(again.__getitem__, self._holders))
        return Stored(self._keys.tobytes(), holders.tobytes(), tuple(self._records[number] for number in used))

    def holders(self, key: int) -> list[str]:
        """The Records whose names have ``key``, one a name."""
        low, high = bisect_left(self._keys, key), bisect_right(self._keys, key)
        return [self._records[number] for number in self._holders[low:high]]

    def size(self, key: int) -> int:
        """How many names have ``key``."""
        return bisect_right(self._keys, key) - bisect_left(self._keys, key)

    def remove(self, records: Collection[str]) -> Counter[int]:
        """Take away all that ``records`` hold; how many names less there are of each key."""
        gone = {self._number[one] for one in records if one in self._number}
        if not gone:
            return Counter()
        lost = [number in gone for number in self._holders]
        keys = Counter(compress(self._keys, lost))
        if keys:
            kept = [not one for one in lost]
            self._keys, self._holders = array("Q", compress(self._keys, kept)), array("I", compress(self._holders, kept))
        return keys

    def add(self, entries: Iterable[tuple[int, str]]) -> None:
        """Take in names: a key and the Record that holds the name."""
        new = self._numbered(entries)
        first = [*islice(new, _FEW + 1)]
        if len(first) <= _FEW:
            for key, number in first:
                at = bisect_right(self._keys, key)
                self._keys.insert(at, key)
                self._holders.insert(at, number)
            return
        keys, holders = array("Q"), array("I")
        for key, number in in_order(chain(zip(self._keys, self._holders, strict=True), first, new)):
            keys.append(key)
            holders.append(number)
        self._keys, self._holders = keys, holders

    def _numbered(self, entries: Iterable[tuple[int, str]]) -> Iterator[tuple[int, int]]:
        """``entries`` with the number of each Record in place of its id."""
        for key, record in entries:
            if record not in self._number:
                self._number[record] = len(self._records)
                self._records.append(record)
            yield key, self._number[record]
