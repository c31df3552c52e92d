"""Organizations of the Research Organization Registry, schema 2 (https://ror.readme.io/docs/ror-data-structure), made flat columns.

In: an organization, decoded. Out: flat columns, or ``Broken`` for an organization that ROR withdrew. Next: ``ingest.sources`` lists it, and
``ingest.mapping.mapped`` calls it for ``ingest/mappings/ror.toml``.
"""

from __future__ import annotations

from collections.abc import Mapping

from ingest.cells.broken import Broken
from ingest.cells.identifiers import external_id
from ingest.sources.nested import Flat, an_object, objects, text, texts

_KINDS = {
    "education": "university",
    "company": "enterprise",
    "facility": "research_institute",
    "government": "government",
}
"""The first of these that an organization's types name is its kind."""
_DISPLAYED = "ror_display"


def organization(row: Mapping[str, object]) -> Flat:
    """An organization, its names, external ids and parents. One that ROR withdrew (a duplicate, an error) is refused; one that is
    no longer active stays, since works name it."""
    if row.get("status") == "withdrawn":
        raise Broken("was withdrawn by ROR", "status")
    names = objects(row.get("names"))
    shown = next((one for one in names if _DISPLAYED in texts(one.get("types"))), names[0] if names else {})
    types = texts(row.get("types"))
    place = an_object(next(iter(objects(row.get("locations"))), {}).get("geonames_details"))
    return {
        "id": _ror(row.get("id")),
        "name": text(shown.get("value")),
        "aliases": [value for one in names if one is not shown and (value := text(one.get("value")))],
        "kind": next((kind for type_, kind in _KINDS.items() if type_ in types), "other"),
        "country": text(place.get("country_code")),
        "region": text(place.get("country_subdivision_name")) or text(place.get("name")),
        "external_ids": [*texts(row.get("id")), *_external_ids(row)],
        "part_of": [one for held in objects(row.get("relationships")) if held.get("type") == "parent" and (one := _ror(held.get("id")))],
    }


def _ror(value: object) -> str | None:
    """``https://ror.org/05a28rw58`` as ``ror:05a28rw58``, in which form a reference to it is kept."""
    return external_id(text(value) or "")


def _external_ids(row: Mapping[str, object]) -> list[str]:
    """All ids of all schemes, ISNI without its spaces: ``isni:0000000123456789``."""
    return [
        f"{scheme.lower()}:{value.replace(' ', '')}"
        for held in objects(row.get("external_ids"))
        if (scheme := text(held.get("type")))
        for value in texts(held.get("all"))
    ]
