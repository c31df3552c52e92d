"""The stream of records inside an old workbook (.xls), made safe for the library that reads it.

In: the bytes of a file. Out: its stream of records, in which only those are left that hold cells, texts and formats; the shared
texts. Next: ``ingest.read.office.xls`` gives both to xlrd. Source: [MS-XLS], and [MS-CFB] for the container, which olefile opens.

xlrd trusts what it reads. A few bytes make it loop for ever (a circle in the table of short sectors), put four thousand million
links into a dictionary (one HLINK over all cells) or read the same texts again and again (a phonetic part of negative length). All
of that lies in the container, in records that are no cells, or in the table of shared texts; so these three do not reach it.
"""

from __future__ import annotations

import io
from struct import Struct

from ingest.read.office.markup import Unreadable

CONTAINER = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
BOF, EOF, BOUNDSHEET, CONTINUE, SST = 0x0809, 0x000A, 0x0085, 0x003C, 0x00FC
_LEFT = frozenset(
    [
        *(BOF, EOF, BOUNDSHEET, CONTINUE, SST),
        *(0x0042, 0x0022, 0x002F, 0x0031, 0x041E, 0x00E0),  # code page, days from 1904, password; fonts, formats, styles of cells
        *(0x0203, 0x0204, 0x0205, 0x00FD, 0x00D6, 0x027E, 0x00BD),  # numbers and texts
        *(0x0006, 0x0206, 0x0406, 0x0207, 0x0221, 0x04BC, 0x0236),  # formulas and their texts
        0x00E5,  # merged cells
    ]
)
"""Records that are read. The rest keep their place, under a number that means nothing."""
_NOTHING = b"\xff\x0f"
_RECORD = Struct("<HH")
_LONG = Struct("<I")


def records(data: bytes) -> bytes:
    """The records of the workbook in a file. Raises Unreadable, and whatever olefile raises where the container is damaged."""
    stream = bytearray(_contained(data) if data.startswith(CONTAINER) else data)
    if stream[:2] != b"\x09\x08":
        raise Unreadable("it is older than Excel 5, or no workbook")
    tops, sheets = set[int](), list[int]()
    at, depth, size = 0, 0, len(stream)
    while at + 4 <= size:
        kind, length = _RECORD.unpack_from(stream, at)
        if kind == BOF:
            if not depth:
                tops.add(at)
            depth += 1
        elif kind == EOF:
            depth = max(0, depth - 1)
        elif kind == BOUNDSHEET and at + 8 <= size:
            sheets.append(_LONG.unpack_from(stream, at + 4)[0])
        elif kind not in _LEFT:
            stream[at : at + 2] = _NOTHING
        at += 4 + length
    if len(sheets) > len(set(sheets)) or not tops.issuperset(sheets):
        raise Unreadable("its sheets overlap")  # each would be read to the end of the file, as often as it is named
    return bytes(stream)


def _contained(data: bytes) -> bytes:
    import olefile

    with olefile.OleFileIO(io.BytesIO(data)) as container:
        for name in ("Workbook", "Book"):
            if container.exists(name):
                stream: bytes = container.openstream(name).read()
                return stream
        if container.exists("EncryptedPackage"):
            raise Unreadable("it is locked with a password")
    raise Unreadable("there is no workbook in it")


def shared_texts(blocks: list[bytes]) -> list[str]:
    """The texts of an SST record and of those that continue it. Raises Unreadable, or IndexError at their end.

    A text is its length, flags (1: two bytes a character; 4, 8: phonetic and formatting parts follow it), and characters, which go on in
    the next block after a new flag.
    """
    count = _LONG.unpack_from(blocks[0], 4)[0]
    if 3 * count > sum(map(len, blocks)):
        raise Unreadable("it names more texts than it has")
    texts: list[str] = []
    block, at, number = blocks[0], 8, 0

    def step(size: int) -> bytes:
        nonlocal block, at, number
        taken = b""
        while len(taken) < size:
            if at >= len(block):
                number += 1
                block, at = blocks[number], 0
            part = block[at : at + size - len(taken)]
            at += len(part)
            taken += part
        return taken

    for _ in range(count):
        length, flags = int.from_bytes(step(2), "little"), step(1)[0]
        after = 4 * int.from_bytes(step(2), "little") if flags & 8 else 0
        after += _LONG.unpack(step(4))[0] if flags & 4 else 0
        if after > 1 << 24:
            raise Unreadable("a text has a part of impossible length")
        parts: list[str] = []
        while length:
            if at >= len(block):
                number += 1
                block, at = blocks[number], 1
                flags = block[0]
            wide = 1 + (flags & 1)
            part = block[at : at + wide * length]
            part = part[: len(part) - len(part) % wide]
            if not part:
                raise Unreadable("a text breaks off")
            parts.append(part.decode("utf-16-le" if wide == 2 else "latin-1", "replace"))
            at += len(part)
            length -= len(part) // wide
        step(after)
        texts.append("".join(parts))
    return texts
