"""Topics of the EU Funding & Tenders portal, as its search API gives them, made flat columns.

In: a result of the API, decoded. Out: flat columns, or ``Broken`` for a result that is no topic or is not in English. Next:
``ingest.sources`` lists it, and ``ingest.mapping.mapped`` calls it for ``ingest/mappings/eu-calls.toml``.

A result holds ``metadata``, in which every value is a list of texts; descriptions are HTML, and the budget of the whole call is
JSON in a text, one entry an action. The API's sorting and paging stay outside: a file holds the answer's ``results``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from ingest.cells.broken import Broken
from ingest.sources.nested import Flat, an_object, objects, text, texts

_TAG = re.compile(r"<[^>]*>")
_BLOCK_END = re.compile(r"</(?:p|li|div|h\d|span)>|<br\s*/?>", re.IGNORECASE)
_DAY = 10
"""Characters of an ISO date: ``2026-03-04T00:00:00.000+0000``."""


def topic(row: Mapping[str, object]) -> Flat:
    """A topic of a call. A result in another language than English, or that is no topic, is refused."""
    held = an_object(row.get("metadata"))
    language = text(held.get("language")) or text(row.get("language")) or "en"
    if language.lower() != "en":
        raise Broken("is in another language: its English form has the same id", "language")
    identifier = text(held.get("identifier"))
    if identifier is None:
        raise Broken("has no topic identifier", "metadata")
    action = _action(text(held.get("budgetOverview")), identifier)
    deadlines = sorted(one[:_DAY] for one in texts(held.get("deadlineDate")))
    two_stage = "two-stage" in (text(action.get("deadlineModel")) or text(held.get("deadlineModel")) or "").lower()
    return {
        "id": identifier,
        "title": text(held.get("title")) or text(row.get("summary")),
        "description": _plain(text(held.get("descriptionByte")) or ""),
        "start": (text(held.get("startDate")) or "")[:_DAY],
        # who misses the first of two stages is out; of several cut-offs the last one counts
        "deadline": (deadlines[0] if two_stage else deadlines[-1]) if deadlines else None,
        "budget_min": _positive(action.get("minContribution")),
        "budget_max": _positive(action.get("maxContribution")),
    }


def _action(overview: str | None, identifier: str) -> dict[str, Any]:
    """The entry of the budget that is the topic's own: ``action`` begins with its identifier. A call of one topic has one."""
    try:
        budget = an_object(msgspec.json.decode(overview)) if overview else {}
    except msgspec.DecodeError:
        return {}
    actions = [one for held in an_object(budget.get("budgetTopicActionMap")).values() for one in objects(held)]
    mark = re.compile(rf"{re.escape(identifier)}(?![\w-])", re.IGNORECASE)
    own = [one for one in actions if mark.match(text(one.get("action")) or "")]
    return own[0] if own else actions[0] if len(actions) == 1 else {}


def _positive(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and value > 0 else None


def _plain(markup: str) -> str:
    return _TAG.sub("", _BLOCK_END.sub(" ", markup)).strip()
