"""JSON documents: the rows of an array of objects, or of an answer of an API that holds an array.

In: the bytes of a ``.json`` file. Out: its objects one by one with the line on which each starts, undecoded until asked for, so that a dump
takes the memory of its file and not of its objects. Next: ``ingest.read.readers`` decodes them.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

LISTS = ("results", "items", "data", "hits")
"""Where the answers of known APIs keep their rows."""

_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])


def documents(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(line, JSON) of each row of a document; an object without a list of rows is a row itself.

    Raises ``msgspec.DecodeError`` for what is not JSON.
    """
    data = data.removeprefix(b"\xef\xbb\xbf")
    start = 0
    if data.lstrip()[:1] == b"{":
        parts = _OBJECT.decode(data)
        lists = [one for name in LISTS if (one := bytes(parts.get(name, msgspec.Raw())))[:1] == b"["]
        inner = lists[0] if lists else None
        if inner is None:
            yield 1, data
            return
        start = data.index(inner)
        rows = _ARRAY.decode(inner)
    else:
        rows = _ARRAY.decode(data)
    line, at = 1, 0
    for row in rows:
        one = bytes(row)
        # between two rows stand only commas and white space, so the next place is the row's own
        place = data.index(one, max(at, start))
        line += data.count(b"\n", at, place)
        at = place
        yield line, one
        start = place + len(one)
