"""XML, streamed: a part of an office file goes block by block to a handler, and a document type is refused.

In: the stream of a part of a zip archive. Out: calls of a ``Handler``. Next: ``ingest.read.office.sheetml``, ``ingest.read.office.ods`` and
``ingest.read.office.wordml`` are the handlers. Only a block of the stream is in memory; what a handler keeps, it bounds itself.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator
from typing import BinaryIO
from xml.parsers import expat

from graph.language import Message
from ingest.read.archives import DAMAGE

BLOCK = 1 << 16


class Unreadable(Exception):
    """A part is not what it should be; the message says how."""


PACKED_DAMAGE = (*DAMAGE, Unreadable, KeyError, ValueError, RuntimeError, struct.error)
"""What reading a part of an office file raises where the file is damaged; the last four come from zipfile, where an index lies."""


class Handler:
    """Takes the elements of one part, names without their namespace's prefix."""

    parser: expat.XMLParserType
    """What feeds it: tells where in the part an element begins."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def data(self, text: str) -> None:
        """Text inside an element, perhaps in pieces."""


def parsed(stream: BinaryIO, handler: Handler, before: bytes = b"") -> Iterator[None]:
    """Feed ``stream`` to ``handler``; stops after every block. ``before`` is fed first: what a stream that begins inside a document lacks.

    Raises Unreadable where it is not XML.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    handler.parser = parser
    start, end = handler.start, handler.end
    parser.StartElementHandler = lambda name, attributes: start(name.rpartition(":")[2] if ":" in name else name, attributes)
    parser.EndElementHandler = lambda name: end(name.rpartition(":")[2] if ":" in name else name)
    parser.CharacterDataHandler = handler.data
    parser.StartDoctypeDeclHandler = _no_doctype
    try:
        if before:
            parser.Parse(before, False)
        while block := stream.read(BLOCK):
            parser.Parse(block, False)
            yield
        parser.Parse(b"", True)
        yield
    except (expat.ExpatError, LookupError) as error:  # a LookupError: it names an encoding that does not exist
        raise Unreadable(Message("the XML is damaged: {error}", error=error)) from error


def _no_doctype(*_: object) -> None:
    raise Unreadable("the XML declares a document type, which no office file does")  # entities that grow without end begin so


def local(attributes: dict[str, str]) -> dict[str, str]:
    """Attributes by their names without a prefix."""
    return {key.rpartition(":")[2]: value for key, value in attributes.items()}


class _Attributes(Handler):
    """The attributes of the elements that are asked for, in order."""

    def __init__(self, *names: str) -> None:
        self._names = frozenset(names)
        self.found: list[tuple[str, dict[str, str]]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name in self._names:
            self.found.append((name, local(attributes)))


def attributes(stream: BinaryIO, *names: str) -> list[tuple[str, dict[str, str]]]:
    """The elements called ``names`` in their order, each with its attributes."""
    handler = _Attributes(*names)
    for _ in parsed(stream, handler):
        pass
    return handler.found


def told(error: BaseException) -> Message:
    """What a message says of one of ``PACKED_DAMAGE``."""
    if isinstance(error, zipfile.BadZipFile) and "password" in str(error):
        return Message("it is locked with a password")
    if isinstance(error, KeyError):
        return Message("a part is missing")
    said = str(error)
    return said if isinstance(said, Message) else Message(said)
