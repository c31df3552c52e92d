"""Who may set the terms of a source: whoever may feed it.

In: an actor, a source, its terms. Out: the terms as they are kept. Next: ``api.http.routes.things.sources``.
"""

from __future__ import annotations

from desk.process.principals import Actor
from desk.sources.terms import Redisplay, Terms, set_terms, terms_of
from desk.things.feeding import check_source
from graph.store import Store


def listed(store: Store) -> list[Terms]:
    """The terms of every source that has any, by its name."""
    return sorted(terms_of(store).values(), key=lambda one: one.source)


def put(store: Store, actor: Actor, source: str, licence: str, url: str, redisplay: Redisplay) -> Terms:
    """Set the terms of a source. Raises NotAllowed for one that is not the actor's to feed, InvalidInput."""
    check_source(actor, source)
    return set_terms(store, Terms(source=source, licence=licence, url=url, redisplay=redisplay))
