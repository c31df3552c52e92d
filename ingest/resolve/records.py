"""Records: what one source says about an institution or an expert, and the keys by which two Records may mean one.

In: typed rows and references (``ingest.build``). Out: immutable ``graph.model.Record``s. Next: ``ingest.resolve.resolver`` joins them;
``ingest.resolve.cluster``, ``ingest.resolve.similar_names`` and ``desk.merges`` read their fields. A reference that no row explains is a
stub, whose id is that of the row it waits for.

Keys: ``ext:ror:05a28rw58`` an external id; ``name:dalian university`` a normalised name, of institutions only;
``local:centre:yiab`` an acronym or a code, which names something within its source only; ``person:...|KEY`` a
person's normalised name beside a key of the institution, since a name alone is no identity; ``row:REC``, of Records that are not public
only, the id that the public Record of the same source's id has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import msgspec

from graph.ids import record_id
from graph.model import NodeKind, Provenance, Record, Visibility
from ingest.cells.clean import clean_text
from ingest.cells.identifiers import external_id
from ingest.resolve.names import NAMELESS, institution_key, person_key

ROW = "row:"
"""What the key begins with that ties a hidden Record to the public one of the same row."""
SHORT_LATIN, SHORT_CJK = 5, 4
"""An alias with fewer letters (CAS, 浙大) is shared by too many to join records of two sources."""

_AT = re.compile(r"\s+@\s+")
_ENCODER = msgspec.json.Encoder(order="deterministic")
_DECODE = msgspec.json.Decoder(dict[str, Any]).decode


def fields_of(record: Record) -> dict[str, Any]:
    """The entity fields that a Record fills."""
    return _DECODE(record.fields)


def is_code(text: str) -> bool:
    """Whether a text looks like an id (``I02``, ``3M``, a UUID, ``ror:05a28rw58``) rather than a name."""
    return " " not in text and (any(mark.isdigit() for mark in text) or external_id(text) is not None)


def institution_record(
    source: str,
    source_id: str,
    fields: Mapping[str, Any],
    *,
    retrieved_at: str | None = None,
    stub: bool = False,
    visibility: Visibility = Visibility.PUBLIC,
) -> Record:
    """The Record of an institution's row, or (``stub``) of a reference to one."""
    return Record(
        id=record_id(NodeKind.INSTITUTION, source, source_id, visibility),
        provenance=Provenance(source, source_id, retrieved_at),
        of=NodeKind.INSTITUTION,
        fields=_ENCODER.encode(fields).decode(),
        keys=tuple(sorted({*_institution_keys(source, fields, stub), *_row_key(NodeKind.INSTITUTION, source, source_id, visibility)})),
        stub=stub,
        visibility=visibility,
    )


def _row_key(of: NodeKind, source: str, source_id: str, visibility: Visibility) -> tuple[str, ...]:
    return () if visibility is Visibility.PUBLIC else (f"{ROW}{record_id(of, source, source_id)}",)


def institution_stub(source: str, reference: str, visibility: Visibility = Visibility.PUBLIC) -> Record:
    """The Record of an institution known by reference only: an id of the source, an external id or a name."""
    external = external_id(reference)
    fields = {"name": external, "external_ids": [external]} if external else {"name": reference}
    return institution_record(source, external or reference, fields, stub=True, visibility=visibility)


def as_stub(record: Record, visibility: Visibility) -> Record:
    """A reference of other rows to the id of ``record``: all that they say of it. Of an expert without keys, which come later."""
    source, source_id = record.provenance.source, record.provenance.source_id
    if record.of is NodeKind.EXPERT:
        return expert_stub(source, source_id, source_id, None, visibility)
    return institution_stub(source, source_id, visibility)


def of_visibility(record: Record, visibility: Visibility, institutions: Iterable[str] = ()) -> Record:
    """``record``, a stub, as rows of another visibility name it; of an expert with ``institutions``, and without keys, which come later."""
    said, provenance = fields_of(record), record.provenance
    said.pop("institutions", None)
    if record.of is NodeKind.EXPERT:
        return expert_record(provenance.source, provenance.source_id, said, institutions, stub=True, visibility=visibility)
    return institution_record(provenance.source, provenance.source_id, said, stub=True, visibility=visibility)


def _institution_keys(source: str, fields: Mapping[str, Any], stub: bool) -> set[str]:
    keys = {f"ext:{one}" for one in fields.get("external_ids", ())}
    for number, name in enumerate((fields["name"], *fields.get("aliases", ()))):
        key = institution_key(name)
        if not key or key in NAMELESS or external_id(name):
            continue
        alias, code = number > 0, is_code(name)
        short = len(key) < (SHORT_LATIN if key.isascii() else SHORT_CJK)
        if code or short:
            keys.add(f"local:{source}:{key}")
        if not (alias and short) and not (code and (stub or alias)):
            keys.add(f"name:{key}")
    return keys


def expert_record(
    source: str,
    source_id: str,
    fields: Mapping[str, Any],
    institutions: Iterable[str],
    *,
    retrieved_at: str | None = None,
    stub: bool = False,
    visibility: Visibility = Visibility.PUBLIC,
) -> Record:
    """The Record of an expert's row, or (``stub``) of a reference to one. ``institutions`` are Records' ids; the keys come
    with them (``with_expert_keys``)."""
    within = sorted(set(institutions))
    return Record(
        id=record_id(NodeKind.EXPERT, source, source_id, visibility),
        provenance=Provenance(source, source_id, retrieved_at),
        of=NodeKind.EXPERT,
        fields=_ENCODER.encode({**fields, "institutions": within} if within else fields).decode(),
        stub=stub,
        visibility=visibility,
    )


def own_id(record: Record) -> str | None:
    """The id that its source gave a row about a person; None of an institution, a reference, a row known by its content
    (``ingest.build.CONTENT``), and an id that is made of the name (``Ann Lee @ Alba``)."""
    one = record.provenance.source_id
    if record.of is not NodeKind.EXPERT or record.stub or one.startswith("~") or _AT.search(one):
        return None
    return None if person_key(one) == person_key(fields_of(record)["name"]) else one


def with_expert_keys(record: Record, institutions: Mapping[str, Record]) -> Record:
    """``record`` with the keys that follow from its name and from the Records of its institutions."""
    fields = fields_of(record)
    provenance = record.provenance
    keys = {*_row_key(NodeKind.EXPERT, provenance.source, provenance.source_id, record.visibility)}
    keys |= {f"ext:{one}" for one in fields.get("external_ids", ())}
    names = {person_key(name) for name in (fields["name"], *fields.get("aliases", ())) if not is_code(name)} - {""}
    within = {key for one in fields.get("institutions", ()) if one in institutions for key in institutions[one].keys}
    keys |= {f"person:{name}|{key}" for name in names for key in within}
    return msgspec.structs.replace(record, keys=tuple(sorted(keys)))


@lru_cache(maxsize=20_000)
def expert_reference(text: str, owner: str | None) -> tuple[str, str, str | None]:
    """A reference to an expert as (id in the source, name, reference to the institution).

    ``name @ institution`` says both; one word with a digit or in Latin letters is an id; any other name is read as a person of ``owner``.
    """
    external = external_id(text)
    if external:
        return external, external, None
    name, at, institution = _split_at(text)
    if at:
        return f"{name} @ {institution}", name, institution
    if owner is None or is_code(text) or (text.isascii() and " " not in text):
        return text, text, None
    return f"{text} @ {owner}", text, owner


def _split_at(text: str) -> tuple[str, bool, str]:
    parts = _AT.split(text, maxsplit=1)
    return (clean_text(parts[0]), True, clean_text(parts[1])) if len(parts) == 2 and all(parts) else (text, False, "")


def expert_stub(
    source: str, source_id: str, name: str, institution: str | None, visibility: Visibility = Visibility.PUBLIC
) -> Record:
    """The Record of an expert known by reference only; ``institution`` is a Record's id."""
    external = external_id(name)
    fields = {"name": name, "external_ids": [external]} if external else {"name": name}
    return expert_record(source, source_id, fields, [institution] if institution else [], stub=True, visibility=visibility)
