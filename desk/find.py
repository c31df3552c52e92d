"""Finding what a person typed: an id, a former id, a source's id, an external id, or a name as sources' names are compared.

In: a text. Out: the id of the one node it names. Next: ``desk.ask``, ``desk.evidence``, ``desk.judged_sets`` and ``desk.show`` go on with
the id, and ``api.cli.trust`` and ``api.http.routes.trust`` give it to ``desk.trust``. The rules for names are ``ingest``'s, so that a name
that a file may use for an institution finds it here too.
"""

from __future__ import annotations

from collections.abc import Collection

from desk.facts import may_see
from graph.errors import InvalidInput, NotFound
from graph.model import Expert, Node, NodeKind, Visibility
from graph.store import Reader


def find(store: Reader, text: str, clearance: Visibility) -> str:
    """The id of what ``text`` names, if this viewer may see it: what is hidden answers like what is missing."""
    owns_the_store = clearance is Visibility.CONFIDENTIAL
    try:
        found = locate(store, text, scan=owns_the_store)
    except NotFound:
        found = ""
    except InvalidInput as error:
        if owns_the_store:
            raise
        raise InvalidInput(f"{text} could be several things; name one by its id") from error  # and do not list what is hidden
    node = store.get([found]).get(found)
    if not isinstance(node, Node) or not may_see(node, clearance):
        raise NotFound(f"nothing here is called {text} (an id, a source's id, or a name in full)")
    return node.id


def locate(store: Reader, text: str, *, scan: bool = False) -> str:
    """The id of what ``text`` names. ``scan``: experts by their bare name too, which reads all experts.

    Raises NotFound, and InvalidInput naming the candidates where it is ambiguous.
    """
    try:
        return _found(store, text, name_keys(text))
    except NotFound:
        found = _experts(store, text) if scan else []
        if not found:
            raise NotFound(f"nothing here is called {text} (an id, a source's id, or a name in full)") from None
    if len(found) > 1:
        raise InvalidInput(f"{text} could be any of {', '.join(found[:10])}; name one by its id, or as: name @ institution")
    return found[0]


def _found(store: Reader, text: str, keys: Collection[str]) -> str:
    """The id of the node that a person means by an id, a former id, a source's id, or one of the lookup ``keys`` that ``text`` may stand
    for.

    Raises NotFound, or InvalidInput naming the candidates where several fit.
    """
    node = store.get([text]).get(text)
    if isinstance(node, Node) and node.kind_of_node is not NodeKind.RECORD:
        return node.id
    hits: set[str] = set()
    for key in (f"ref:{text}", *keys):
        found = store.get(store.lookup([key]).get(key, ()))
        records = [one for one, value in found.items() if isinstance(value, Node) and value.kind_of_node is NodeKind.RECORD]
        hits |= {value.id for one, value in found.items() if one not in records and isinstance(value, Node)}
        hits |= {entity for ids in store.lookup(records).values() for entity in ids}
    if not hits:
        raise NotFound(f"nothing in {store.url} answers to {text!r} (an id, a source's id, or a name in full)")
    if len(hits) > 1:
        raise InvalidInput(f"{text!r} could be any of {', '.join(sorted(hits)[:10])}; name one by its id")
    return hits.pop()


def name_keys(text: str) -> list[str]:
    """The lookup keys of Records that ``text`` may stand for."""
    from ingest.resolve.names import institution_key, person_key
    from ingest.rows.cells import external_id

    external = external_id(text.strip())
    if external:
        return [f"ext:{external}"]
    person, at, institution = (part.strip() for part in text.partition("@"))
    if at and person and institution:
        return [f"person:{person_key(person)}|name:{institution_key(institution)}"]
    key = institution_key(text)
    return [f"name:{key}"] if key else []


def _experts(store: Reader, text: str) -> list[str]:
    from ingest.resolve.names import person_key

    wanted = person_key(text)
    if not wanted:
        return []
    experts = (node for node in store.scan(NodeKind.EXPERT) if isinstance(node, Expert))
    return [node.id for node in experts if wanted in {person_key(name) for name in (node.name, *node.aliases)}]
