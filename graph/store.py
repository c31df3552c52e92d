"""The contract of a store, in words and as a protocol.

In: a ``Batch`` to write; ids, kinds, keys and a cursor to read by. Out: ``Written``; nodes and edges of ``graph.model``; the changes since
the cursor. Next: ``graph.sqlite.store`` and ``graph.neo4j.store`` keep the contract, ``graph.connect`` opens them, and the other packages
take a store as this protocol.

A store keeps nodes and edges by id, a log of what changed, and named meta values. It knows no query language and no
meaning beyond the model: resolution, matching and trust live above it. One suite of contract tests runs over every store.

- Every read value carries ``version``: the revision of its last change.
- ``write`` applies a whole batch or nothing. Content that is already there is not written again; a batch that changes
  nothing takes no revision. Revisions have no gap and no repeat, whoever writes.
- Deleting a node deletes its edges. An edge whose ends are not there, or not of the kinds that its own kind allows, is refused.
- TRUSTS edges are derived: they take no revision and are not in the feed or the content hash.
- Documents (``graph.documents``) are written in the same batch, and count in a sequence of their own: one number a batch that has any.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Generic, Literal, NamedTuple, Protocol, TypeVar
from weakref import WeakKeyDictionary

import msgspec

from graph.documents import Document, DocumentKind
from graph.errors import InvalidInput
from graph.language import _
from graph.model import ENDS, Edge, EdgeKind, Node, NodeKind, encode

Direction = Literal["out", "in", "both"]
_T = TypeVar("_T")


class Batch(msgspec.Struct, kw_only=True):
    """What is to be written together. Deletions come first, then nodes, then edges."""

    nodes: list[Node] = msgspec.field(default_factory=list)
    edges: list[Edge] = msgspec.field(default_factory=list)
    delete: list[str] = msgspec.field(default_factory=list)
    """Ids of nodes (with their edges) and of edges; an id that is not there is passed over."""
    documents: list[Document] = msgspec.field(default_factory=list)


class Cursor(NamedTuple):
    """A place in the change feed. Create, copy and restore start a new ``epoch``."""

    epoch: str
    revision: int


class Change(msgspec.Struct, frozen=True):
    """One committed batch: the ids written and deleted (edges that a deletion took along included)."""

    revision: int
    written: tuple[str, ...]
    deleted: tuple[str, ...]


class Written(msgspec.Struct, frozen=True):
    """What a ``write`` did: ids that are new, that changed, and that were deleted; ``revision`` after it; the ``sequence`` of the documents
    that it wrote, 0 where there were none."""

    revision: int
    added: frozenset[str]
    changed: frozenset[str]
    deleted: frozenset[str]
    sequence: int = 0


class Check(msgspec.Struct, frozen=True):
    """The result of ``Store.check``: problems in words, none when all is well, and the hash of the whole content."""

    problems: tuple[str, ...]
    content: str | None = None


class Reader(Protocol):
    """What reads nodes and edges: a store as it is now, or a snapshot's items of one revision (``matcher.index.items``)."""

    @property
    def url(self) -> str:
        """The address that ``graph.connect`` opens, without secrets."""

    def get(self, ids: Collection[str]) -> dict[str, Node | Edge]:
        """Nodes and edges by the ids asked for. A former id of an entity, or a Record's, gives the entity it belongs to
        now, unless the id is a Record's own. Ids that are not there are left out."""

    def scan(self, kind: NodeKind | EdgeKind) -> Iterator[Node | Edge]:
        """All of one kind, by ascending id, streamed as of one revision."""

    def edges(self, nodes: Collection[str], *, kinds: Collection[EdgeKind] | None = None, direction: Direction = "both") -> list[Edge]:
        """The edges of ``nodes``, by ascending id, each once."""

    def lookup(self, keys: Collection[str]) -> dict[str, tuple[str, ...]]:
        """Ids of the nodes that carry a lookup key, ascending; keys that nothing carries are left out."""


class Store(Reader, Protocol):
    """See the module's text for what every store promises."""

    def write(self, batch: Batch, *, expect: Mapping[str, int | None] | None = None) -> Written:
        """Apply ``batch``. ``expect`` names versions that must hold (None: must not exist).

        Raises Conflict where they do not, and where a document is not at the version that it names; InvalidInput for an edge without its
        ends. Nothing is written then.
        """

    def documents(self, ids: Collection[str]) -> dict[str, Document]:
        """Documents by id; those that are not there, or were removed, are left out."""

    def documents_since(self, sequence: int, kinds: Collection[DocumentKind] | None = None) -> Iterator[Document]:
        """The documents of these kinds (of all) that changed after ``sequence``, by version and id, each as it is now; one that was
        removed has no content. Streamed."""

    def sequence(self) -> int:
        """The number that the last batch with documents took; 0 before the first."""

    def changes(self, since: Cursor) -> Iterator[Change]:
        """The committed batches after ``since``, oldest first, streamed. Raises FeedTruncated."""

    def cursor(self) -> Cursor:
        """The current epoch and revision."""

    def count(self) -> dict[str, int]:
        """How many nodes and edges there are of each kind that occurs."""

    def meta(self, key: str) -> bytes | None:
        """A named value that belongs to the store and not to its content; None if it was never set."""

    def set_meta(self, key: str, value: bytes) -> None:
        """Set a named value. Takes no revision."""

    def check(self, *, deep: bool = False) -> Check:
        """Look for damage; ``deep`` reads everything, recomputes every hash and gives the content's hash."""

    def scrub(self) -> tuple[str, ...]:
        """Leave no bytes of what was deleted or changed, as far as the store can; in words what is left to be done by hand, nothing where
        all is done. Takes the time of a copy of the store."""

    def close(self) -> None:
        """Release files and connections. A closed store refuses further calls."""


def encoded(batch: Batch) -> tuple[dict[str, tuple[Node, bytes]], dict[str, tuple[Edge, bytes]]]:
    """The nodes and the edges of ``batch`` by id, each with its content, the last of several with one id.

    Raises InvalidInput for a value that would not read back as it is, and for an id that is a node's and an edge's.
    """
    try:
        nodes = {node.id: (node, encode(node)) for node in batch.nodes}
        edges = {edge.id: (edge, encode(edge)) for edge in batch.edges}
    except (ValueError, TypeError) as error:
        raise InvalidInput(_("cannot be stored: {error}", error=error)) from error
    for one in nodes.keys() & edges.keys():
        raise InvalidInput(_("{one}: cannot be stored: a node and an edge of the batch have this id", one=one))
    return nodes, edges


def chunks(items: Iterable[_T], size: int = 500) -> Iterator[list[_T]]:
    """``items`` in lists of at most ``size``: what one statement takes as parameters."""
    part: list[_T] = []
    for one in items:
        part.append(one)
        if len(part) == size:
            yield part
            part = []
    if part:
        yield part


def check_ends(edge: Edge, kinds: Mapping[str, str]) -> None:
    """Raise InvalidInput unless both ends of ``edge`` are in ``kinds`` (id -> label), each of a kind that the edge allows."""
    for end, allowed, name in zip((edge.source, edge.target), ENDS[edge.kind], ("source", "target"), strict=True):
        if end not in kinds:
            raise InvalidInput(_("{kind} {id}: its {name} {end} is not in the store", kind=edge.kind.value, id=edge.id, name=name, end=end))
        if kinds[end] not in allowed:
            raise InvalidInput(
                _("{kind} {id}: its {name} {end} is a {other}", kind=edge.kind.value, id=edge.id, name=name, end=end, other=kinds[end])
            )


class OnePerStore(Generic[_T]):
    """What is kept in memory of each store: made when it is first asked for, and gone with the store."""

    def __init__(self, make: Callable[[], _T]) -> None:
        self._make, self._lock = make, threading.Lock()
        self._made: WeakKeyDictionary[Store, _T] = WeakKeyDictionary()

    def __call__(self, store: Store) -> _T:
        """The one of ``store``, the same for every thread."""
        with self._lock:
            made = self._made.get(store)
            if made is None:
                made = self._made[store] = self._make()
            return made
