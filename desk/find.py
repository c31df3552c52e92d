"""Finding what a person typed: an id, a former id, a Record's id, a source's id, an external id, or a name as sources' names are compared.

In: a text, and who looks. Out: the id of the one node it names. The rules for names are ``ingest``'s, so that a name that a file may
use for an institution finds it here too. Next: every other module of ``desk`` that takes a name.
"""

from __future__ import annotations

from collections.abc import Collection

from graph.errors import InvalidInput, NotFound
from graph.language import _
from graph.model import Achievement, Expert, Institution, Node, NodeKind, Record
from graph.store import Reader
from graph.viewer import Viewer, level_of


def find(store: Reader, text: str, viewer: Viewer) -> str:
    """The id of the node that ``text`` names, if this viewer may see it, by what the viewer may see of it: what is hidden answers like what
    is missing. Experts by their bare name too where nothing is hidden, which reads all of them.

    Raises NotFound; and InvalidInput where several nodes fit, naming them only to the owner of the store.
    """
    try:
        known = _found(store, text, name_keys(text), viewer)
    except InvalidInput as error:
        if viewer.is_owner:
            raise
        raise InvalidInput(_("{text} could be several things; name one by its id", text=text)) from error
    if known:
        return known
    found = _experts(store, text) if viewer.is_owner else []
    if not found:
        raise nothing(text)
    if len(found) > 1:
        raise InvalidInput(
            _("{text} could be any of {found}; name one by its id, or as: name @ institution", text=text, found=", ".join(found[:10]))
        )
    return found[0]


def find_institution(store: Reader, text: str, viewer: Viewer, field: str) -> str:
    """As ``find``, of an institution. Raises InvalidInput naming ``field`` for anything else."""
    found = find(store, text, viewer)
    if not isinstance(store.get([found]).get(found), Institution):
        raise InvalidInput(_("{name} is no institution", name=text), field=field)
    return found


def nothing(text: str) -> NotFound:
    """What is hidden answers like what is missing."""
    return NotFound(_("nothing here is called {text} (an id, a source's id, or a name in full)", text=text))


def _found(store: Reader, text: str, keys: Collection[str], viewer: Viewer) -> str:
    """The id of the node that a person means by an id, a former id, a source's id, or one of the lookup ``keys`` that ``text`` may stand
    for; "" where there is none to be seen. Raises InvalidInput naming the candidates where several fit."""
    node = store.get([text]).get(text)  # one that is hidden hides nothing that its id may also name: a row may have it for its source's id
    if isinstance(node, Record) and viewer.sees_record(node):  # of the institution or expert that it says something of
        return next((entity for ids in store.lookup([node.id]).values() for entity in ids), "")
    if isinstance(node, Node) and viewer.sees(node) and (node.id == text or text in _former_ids(viewer.view(node))):
        return node.id
    hits: set[str] = set()
    by_number: dict[str, Achievement] = {}
    for key in (f"ref:{text}", *keys):
        found = store.get(store.lookup([key]).get(key, ()))
        records = [one for one, value in found.items() if isinstance(value, Record) and viewer.sees_record(value)]
        nodes = {one: value for one, value in found.items() if isinstance(value, Node) and viewer.sees(value)}
        hits |= {value.id for value in nodes.values()}
        by_number |= {one: value for one, value in nodes.items() if key.startswith("ext:") and isinstance(value, Achievement)}
        hits |= {entity for ids in store.lookup(records).values() for entity in ids}
    if len(hits) > 1 and hits <= by_number.keys():  # rows of several sources about one thing: the one that most may see
        return min(hits, key=lambda one: (level_of(by_number[one]), one))
    if len(hits) > 1:
        raise InvalidInput(_("{text!r} could be any of {hits}; name one by its id", text=text, hits=", ".join(sorted(hits)[:10])))
    return next(iter(hits), "")


def _former_ids(node: Node) -> Collection[str]:
    return (*node.former_ids, *node.records) if isinstance(node, Institution | Expert) else ()


def name_keys(text: str) -> list[str]:
    """The lookup keys of Records, and of achievements by their numbers, that ``text`` may stand for."""
    from ingest.cells.identifiers import external_id
    from ingest.cells.registers import work_ids_of
    from ingest.resolve.names import institution_key, person_key

    external = external_id(text.strip())
    numbers = [f"ext:{one}" for one in work_ids_of(text)]
    if external:
        return list(dict.fromkeys([f"ext:{external}", *numbers]))
    person, at, institution = (part.strip() for part in text.partition("@"))
    if at and person and institution:
        return [f"person:{person_key(person)}|name:{institution_key(institution)}"]
    key = institution_key(text)
    return [f"name:{key}", *numbers] if key else numbers


def _experts(store: Reader, text: str) -> list[str]:
    from ingest.resolve.names import person_key

    wanted = person_key(text)
    if not wanted:
        return []
    experts = (node for node in store.scan(NodeKind.EXPERT) if isinstance(node, Expert))
    return [node.id for node in experts if wanted in {person_key(name) for name in (node.name, *node.aliases)}]
