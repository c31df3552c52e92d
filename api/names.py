"""What a person types for a node: an id, a former id, a source's id, an external id, or a name as sources' names are compared.

In: a text. Out: the id of the one node it names. The rules for names are ``ingest``'s, so that a name that a file may use for
an institution finds it here too. Next: ``api.asking`` and ``api.nodes``.
"""

from __future__ import annotations

from graph.errors import InvalidInput, NotFound
from graph.model import Expert, NodeKind
from graph.store import Reader


def locate(store: Reader, text: str, *, scan: bool = False) -> str:
    """The id of what ``text`` names. ``scan``: experts by their bare name too, which reads all experts.

    Raises NotFound, and InvalidInput naming the candidates where it is ambiguous.
    """
    from matcher import rank

    try:
        return rank.find(store, text, name_keys(text))
    except NotFound:
        found = _experts(store, text) if scan else []
        if not found:
            raise NotFound(f"nothing here is called {text} (an id, a source's id, or a name in full)") from None
    if len(found) > 1:
        raise InvalidInput(f"{text} could be any of {', '.join(found[:10])}; name one by its id, or as: name @ institution")
    return found[0]


def name_keys(text: str) -> list[str]:
    """The lookup keys of Records that ``text`` may stand for."""
    from ingest.cells import external_id
    from ingest.normalise import institution_key, person_key

    external = external_id(text.strip())
    if external:
        return [f"ext:{external}"]
    person, at, institution = (part.strip() for part in text.partition("@"))
    if at and person and institution:
        return [f"person:{person_key(person)}|name:{institution_key(institution)}"]
    key = institution_key(text)
    return [f"name:{key}"] if key else []


def _experts(store: Reader, text: str) -> list[str]:
    from ingest.normalise import person_key

    wanted = person_key(text)
    if not wanted:
        return []
    experts = (node for node in store.scan(NodeKind.EXPERT) if isinstance(node, Expert))
    return [node.id for node in experts if wanted in {person_key(name) for name in (node.name, *node.aliases)}]
