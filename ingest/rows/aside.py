"""The reading of a row's cells of which some may be bad: the row lives, a bad cell is set aside.

In: cells by native field (``ingest.mapping``). Out: a ``Reading``: the typed row without the cells that break a rule, and these cells with
their rules. Next: ``ingest.row_reader`` has the row built, tells the cells and writes them to the file that can be
mended; ``ingest.mapping.suggest`` tries its draft.

Only what makes a row meaningless rejects it: a problem with a field that its kind requires, or of the row as a whole. Whoever cannot say
who may see a row does not publish it: a row whose ``visibility`` cannot be read is confidential.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from graph.model import Visibility
from ingest.cells.broken import Broken
from ingest.cells.contacts import mask_contacts
from ingest.cells.values import Tally, parts_of
from ingest.rows.models import BY_PART, REQUIRED, Kind, Problem, Row, validate
from ingest.rows.spread import spread

SHOWN = 60
"""Characters of a cell's text that a message shows."""


class Reading(NamedTuple):
    """``row`` is None if it is rejected: ``problems`` then say why, else which cells were set aside."""

    row: Row | None
    problems: tuple[Problem, ...] = ()


def read(kind: Kind, fields: Mapping[str, object], tally: Tally, *, strict: bool = False) -> Reading:
    """The row that ``fields`` make. ``strict``: any problem rejects it."""
    left, bad = spread(kind, fields)
    found = validate(kind, left, tally)
    if not bad and not isinstance(found, list):
        return Reading(found)
    if strict:
        return Reading(None, (*bad, *(found if isinstance(found, list) else ())))
    aside = {problem.field: [_with_text(problem, fields)] for problem in bad}
    while isinstance(found, list):
        for problem in found:
            if problem.field not in left or problem.field in REQUIRED[kind]:
                return Reading(None, (*_every(aside), *found))
        left = dict(left)
        for problem in found:
            kept, parts = ([], []) if problem.field in aside else _sound_parts(problem.field, left[problem.field])
            # what is left of a list may break a rule of the row, as a single party does: then the cell is told as a whole
            first = aside[problem.field][0] if problem.field in aside else problem
            aside[problem.field] = parts or [_with_text(first, fields)]
            if kept:
                left[problem.field] = kept
            else:
                del left[problem.field]
            if problem.field == "visibility":
                left["visibility"] = Visibility.CONFIDENTIAL.value
        found = validate(kind, left, Tally())
    return Reading(found, _every(aside))


def _every(aside: Mapping[str, list[Problem]]) -> tuple[Problem, ...]:
    return tuple(one for problems in aside.values() for one in problems)


def _sound_parts(field: str, value: object) -> tuple[list[object], list[Problem]]:
    """Of a list whose parts stand for themselves, those that can be read, and the problems of the others."""
    kept: list[object] = []
    problems: list[Problem] = []
    for part in parts_of(value) if field in BY_PART else ():
        try:
            BY_PART[field](part)
        except Broken as broken:
            problems.append(Problem(field, broken.rule, f" ({shown(part)})"))
        else:
            kept.append(part)
    return (kept, list(dict.fromkeys(problems))) if problems else ([], [])


def _with_text(problem: Problem, fields: Mapping[str, object]) -> Problem:
    return problem._replace(detail=f" ({shown(fields[problem.field])})") if problem.field in fields else problem


def shown(value: object) -> str:
    """The text of a cell as a message shows it: one line, cut, contact data masked."""
    written = "; ".join(map(str, value)) if isinstance(value, list) else str(value)
    text = mask_contacts(" ".join(written.split()))[0]
    return text if len(text) <= SHOWN else text[:SHOWN] + " ..."
