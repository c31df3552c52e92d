"""Solicitations of SBIR.gov, as its API gives them (https://www.sbir.gov/data-resources/data-dictionary), made flat columns.

In: a solicitation, decoded. Out: flat columns: the agency, its branches and the topics. Next: ``ingest.sources`` lists it, and
``ingest.mapping.mapped`` calls it for ``ingest/mappings/sbir.toml``.

A solicitation holds topics, and a topic may hold subtopics; what is asked for stands in the innermost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ingest.sources.nested import Flat, objects, text, texts


def solicitation(row: Mapping[str, object]) -> Flat:
    """A solicitation and what it asks for: its topics, with their subtopics; itself where it lists none."""
    agency, branch = text(row.get("agency")), text(row.get("branch"))
    number = text(row.get("solicitation_number")) or text(row.get("solicitation_title")) or ""
    dates = {
        "opened": text(row.get("open_date")) or text(row.get("release_date")),
        "closes": text(row.get("close_date")) or max(texts(row.get("application_due_date")), default=None),
    }
    asked: list[Flat] = [{**dates, **one} for one in _asked(objects(row.get("solicitation_topics")), number)]
    whole: Flat = {**dates, "id": number, "title": text(row.get("solicitation_title")), "description": None, "branch": None}
    topics = [{**one, "poster": one["branch"] or branch or agency} for one in asked or [whole]]
    branches = list(dict.fromkeys(poster for one in topics if (poster := one["poster"]) and poster != agency))
    return {"agency": agency, "topics": topics, "branches": branches}


def _asked(topics: list[dict[str, Any]], number: str) -> Iterator[Flat]:
    for topic in topics:
        one = {
            "id": f"{number} {text(topic.get('topic_number')) or text(topic.get('topic_title')) or ''}".strip(),
            "title": text(topic.get("topic_title")),
            "description": text(topic.get("topic_description")),
            "branch": text(topic.get("branch")),
            **_filled(opened=text(topic.get("topic_open_date")), closes=text(topic.get("topic_closed_date"))),
        }
        if one["description"] or not objects(topic.get("subtopics")):
            yield one
        for part in objects(topic.get("subtopics")):
            yield {
                **one,
                "id": f"{one['id']} {text(part.get('subtopic_number')) or text(part.get('subtopic_title')) or ''}".strip(),
                "title": text(part.get("subtopic_title")) or one["title"],
                "description": text(part.get("subtopic_description")),
                "branch": text(part.get("branch")) or one["branch"],
            }


def _filled(**values: str | None) -> dict[str, object]:
    return {name: value for name, value in values.items() if value}
