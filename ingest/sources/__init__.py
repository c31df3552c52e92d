"""Public formats that are nested: one function each that makes a row flat, named in ``ingest/mappings`` as ``flatten``.

In: a row as it lies in the file. Out: flat columns, to the templates of the mapping. A row that the graph must not take (a work that
was retracted) raises ``Broken`` with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ingest.sources import funding_tenders, openalex, ror, sbir
from ingest.sources.nested import Flat

FLATTEN: dict[str, Callable[[Mapping[str, object]], Flat]] = {
    "funding-tenders.topic": funding_tenders.topic,
    "openalex.author": openalex.author,
    "openalex.institution": openalex.institution,
    "openalex.work": openalex.work,
    "ror.organization": ror.organization,
    "sbir.solicitation": sbir.solicitation,
}
