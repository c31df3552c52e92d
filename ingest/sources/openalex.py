"""OpenAlex works, authors and institutions (snapshot or API, https://docs.openalex.org), made flat columns.

In: a work, an author or an institution, decoded. Out: flat columns, or ``Broken`` for a work that was retracted. Next: ``ingest.sources``
lists it, and ``ingest.mapping.mapped`` calls it for ``ingest/mappings/openalex.toml``.

An author or institution that another object names is "dehydrated": a few fields of it, the same in form everywhere. Ids become
``openalex:W1``; an institution with a ROR id is referred to by that.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ingest.cells.broken import Broken
from ingest.cells.identifiers import checked_external_id
from ingest.sources.nested import Flat, an_object, objects, text, texts

LONGEST = 20_000
"""Words of an abstract that are put together: a position beyond is an error of the index."""
_PAPER_WORDS = """
article book book-chapter dissertation editorial erratum letter paratext preprint reference-entry report review standard
"""
_PAPERS = frozenset(_PAPER_WORDS.split())
_KINDS = {
    "education": "university",
    "company": "enterprise",
    "facility": "research_institute",
    "government": "government",
}


def work(row: Mapping[str, object]) -> Flat:
    """A work, its authors (each once for every institution of theirs), and their institutions."""
    if row.get("is_retracted") is True:
        raise Broken("was retracted", "is_retracted")
    authorships = objects(row.get("authorships"))
    authors = [_author(one) for one in authorships]
    kind = text(row.get("type"))
    return {
        "id": openalex_id(row.get("id")),
        "title": text(row.get("title")) or text(row.get("display_name")),
        "abstract": abstract(row.get("abstract_inverted_index")),
        "kind": "software" if kind == "software" else "paper" if kind in _PAPERS else "other",
        "date": text(row.get("publication_date")) or text(row.get("publication_year")),
        "keywords": _names(row.get("keywords")) or _names(row.get("topics")),
        "doi": text(row.get("doi")),
        "creators": [one["id"] for one in authors if one["id"]],
        "authors": [
            {**one, "institution": place} for one, held in zip(authors, authorships, strict=True) if one["id"] for place in _places(held)
        ],
        "institutions": [_institution(one) for held in authorships for one in objects(held.get("institutions"))],
    }


def author(row: Mapping[str, object]) -> Flat:
    """An author with the last known institutions (of older data: those of the latest year)."""
    known = objects(row.get("last_known_institutions")) or objects([row.get("last_known_institution")])
    if not known:
        held = objects(row.get("affiliations"))
        latest = max((max(_years(one), default=0) for one in held), default=0)
        known = [an_object(one.get("institution")) for one in held if latest in _years(one)]
    ids = an_object(row.get("ids"))
    return {
        "id": openalex_id(row.get("id")),
        "name": text(row.get("display_name")),
        "aliases": texts(row.get("display_name_alternatives")),
        "external_ids": _externals(openalex_id(row.get("id")), row.get("orcid") or ids.get("orcid")),
        "keywords": _names(row.get("topics")),
        "places": [place for one in known if (place := _reference(one))],
        "institutions": [_institution(one) for one in known],
    }


def institution(row: Mapping[str, object]) -> Flat:
    """An institution and what it is part of."""
    geo = an_object(row.get("geo"))
    ids = an_object(row.get("ids"))
    parents = [one for one in objects(row.get("associated_institutions")) if one.get("relationship") == "parent"]
    # the institution itself is the first of its lineage
    lineage = [one for one in map(openalex_id, texts(row.get("lineage"))) if one and one != openalex_id(row.get("id"))]
    wikidata = (text(ids.get("wikidata")) or "").rpartition("/")[2]
    return {
        **_institution(row),
        "id": _reference(dict(row)),
        "aliases": [*texts(row.get("display_name_alternatives")), *texts(row.get("display_name_acronyms"))],
        "region": text(geo.get("region")) or text(geo.get("city")),
        "external_ids": [
            *_externals(openalex_id(row.get("id")), row.get("ror")),
            *[f"{scheme}:{value}" for scheme, value in (("grid", text(ids.get("grid"))), ("wikidata", wikidata)) if value],
        ],
        "part_of": [place for one in parents if (place := _reference(one))] or lineage[:1],
    }


def abstract(index: object) -> str | None:
    """The text whose words ``index`` lists with their positions, counted from 0."""
    placed = {
        place: word
        for word, places in an_object(index).items()
        for place in (places if isinstance(places, list) else ())
        if isinstance(place, int) and 0 <= place < LONGEST
    }
    return " ".join(placed[place] for place in sorted(placed)) or None


def openalex_id(value: object) -> str | None:
    """``https://openalex.org/W1`` as ``openalex:W1``."""
    found = (text(value) or "").rpartition("/")[2]
    return f"openalex:{found}" if found else None


def _author(held: dict[str, Any]) -> Flat:
    named = an_object(held.get("author"))
    one = openalex_id(named.get("id"))
    return {"id": one, "name": text(named.get("display_name")), "external_ids": _externals(one, named.get("orcid"))}


def _places(held: dict[str, Any]) -> list[str | None]:
    """References to the institutions of an authorship; of none: one that is not known."""
    return [place for one in objects(held.get("institutions")) if (place := _reference(one))] or [None]


def _institution(one: Mapping[str, Any]) -> Flat:
    return {
        "name": text(one.get("display_name")),
        "kind": _KINDS.get(text(one.get("type")) or "", "other"),
        "country": text(one.get("country_code")),
        "external_ids": _externals(openalex_id(one.get("id")), one.get("ror")),
    }


def _reference(one: Mapping[str, Any]) -> str | None:
    with suppress(Broken):  # a ROR id that identifies nobody: the other one does
        return checked_external_id(text(one.get("ror")) or "") or openalex_id(one.get("id"))
    return openalex_id(one.get("id"))


def _externals(*ids: object) -> list[str]:
    return [one for found in ids if (one := text(found))]


def _names(value: object) -> list[str]:
    return [name for one in objects(value) if (name := text(one.get("display_name")))]


def _years(held: dict[str, Any]) -> list[int]:
    years = held.get("years")
    return [one for one in years if isinstance(one, int)] if isinstance(years, list) else []
