"""The reading of nested JSON without trusting its form: a part of another type than expected is as good as missing.

In: decoded JSON. Out: objects, lists and texts, empty where there is none. Next: ``ingest.sources.funding_tenders``,
``ingest.sources.openalex``, ``ingest.sources.ror`` and ``ingest.sources.sbir`` read their rows by it.
"""

from __future__ import annotations

from typing import Any

Flat = dict[str, object]
"""A flat row: texts, lists of texts, and lists of flat objects for ``each``."""


def an_object(value: object) -> dict[str, Any]:
    """An object, or an empty one."""
    return value if isinstance(value, dict) else {}


def objects(value: object) -> list[dict[str, Any]]:
    """The objects of a list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def texts(value: object) -> list[str]:
    """The texts and numbers of a list, or a text alone."""
    several = value if isinstance(value, list) else [value]
    plain = [str(one).strip() for one in several if isinstance(one, str | int | float) and not isinstance(one, bool)]
    return [one for one in plain if one]


def text(value: object) -> str | None:
    """A text, or the first of a list of texts."""
    return next(iter(texts(value)), None)
