"""The terms of a source: its licence, where that can be read, and how much of its texts may be shown again.

In: a source's name, and its terms. Out: a document beside the graph; the terms of all sources, in memory by the store's sequence. Next:
``desk.sources.shown`` leaves out what may not be shown; ``api.http.routes.sources`` and every list carry the licence along.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from enum import StrEnum

import msgspec

from graph.documents import Document, DocumentKind
from graph.errors import InvalidInput, StoreError
from graph.language import _
from graph.store import Batch, OnePerStore, Store

LONGEST = 200


class Redisplay(StrEnum):
    """How much of a source's texts others than who feeds it may see: ``yes`` all, ``summary`` the first sentence of each, ``no`` none. A
    title stays, or the first sentence that stands for it."""

    YES = "yes"
    SUMMARY = "summary"
    NO = "no"


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """``licence``: its name or SPDX identifier; ``url``: where it can be read."""

    source: str
    licence: str = ""
    url: str = ""
    redisplay: Redisplay = Redisplay.YES


class _Kept:
    """The terms of a store's sources up to ``sequence``. ``is_away``: the store could not be read when it was asked last."""

    def __init__(self) -> None:
        self.sequence = 0
        self.terms: dict[str, Terms] | None = None
        self.is_away = False
        self.lock = threading.Lock()


_kept = OnePerStore(_Kept)


def terms_of(store: Store, *, follows: bool = False) -> Mapping[str, Terms]:
    """The terms of every source that has any, by its name; where the store cannot be read, those that were read last. A store that was away
    is asked again by who ``follows`` it alone: answers do not wait for it."""
    kept = _kept(store)
    with kept.lock:
        if kept.is_away and kept.terms is not None and not follows:
            return kept.terms
        try:
            changed = list(store.documents_since(kept.sequence, [DocumentKind.TERMS]))
            kept.is_away = False
        except StoreError:
            kept.is_away = True
            if kept.terms is None:
                raise
            return kept.terms
        fresh = dict(kept.terms or {})
        for one in changed:
            terms = msgspec.json.decode(one.content, type=Terms)
            fresh[terms.source] = terms
            kept.sequence = one.version
        kept.terms = fresh
        return fresh


def set_terms(store: Store, terms: Terms) -> Terms:
    """Set the terms of a source, for all that it said and will say. Raises InvalidInput for an address that is not one of the web, Conflict
    where somebody sets them at the same time."""
    if not terms.source.strip() or len(terms.source) > LONGEST:
        raise InvalidInput(_("a source's name has 1 to {longest} characters", longest=LONGEST), field="source")
    if terms.url and not terms.url.startswith(("https://", "http://")):
        raise InvalidInput("must begin with https:// or http://", field="url")
    id = "terms:" + hashlib.sha256(terms.source.encode("utf-8", "surrogatepass")).hexdigest()[:40]
    held = store.documents([id]).get(id)
    content = msgspec.json.encode(terms)
    if held is None or held.content != content:
        store.write(Batch(documents=[Document(id, DocumentKind.TERMS, content, held.version if held else 0)]))
    return terms
