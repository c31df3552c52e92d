"""Files of an evaluation: tables in, scores out; and the values that an evaluation comes to.

In: CSV files, plain or gzipped; scores. Out: rows as dicts, errors that name file, line and column; a CSV file of the scores; the type
``Evaluation``. Next: ``desk.judged_sets`` and the modules of ``matcher.evaluate`` read and write by it; ``api.cli.evaluate.table`` shows an
``Evaluation``.
"""

from __future__ import annotations

import csv
import gzip
import io
import math
import zlib
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from graph.errors import InvalidInput
from graph.language import _
from matcher.evaluate.metrics import order

Pool = Literal["judged", "all"]
Grade = TypeVar("Grade", int, float)
Judgements = Mapping[str, Mapping[str, int]]
SCORES = ("query_id", "candidate_id", "score")
"""The columns of a file of scores."""
Ranking = dict[str, float]
"""Scores by candidate's id; what is left out ranks last."""


class Row(msgspec.Struct, frozen=True):
    """A variant with its metrics: name -> (value, low, high)."""

    name: str
    metrics: dict[str, tuple[float, float, float]]


class Block(msgspec.Struct, frozen=True):
    """Rows that are measured on a part of what was judged."""

    name: str
    questions: int
    """That have any of this part."""
    rows: tuple[Row, ...]


class Evaluation(msgspec.Struct, frozen=True):
    """The table of a run."""

    questions: int
    documents: int
    judged: int
    pool: str
    model: str
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    """What must be known to read the rows, in sentences."""
    blocks: tuple[Block, ...] = ()
    """The same rows on parts of what was judged."""


def read(path: Path, columns: Sequence[str], optional: Sequence[str] = ()) -> Iterator[dict[str, str]]:
    """The rows of a CSV file (plain or .gz), empty where an ``optional`` column is not there. Raises InvalidInput if the file cannot
    be read or lacks one of ``columns``."""
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as raw:
            reader = csv.DictReader(io.TextIOWrapper(raw, "utf-8-sig", newline=""))
            missing = [column for column in columns if column not in (reader.fieldnames or ())]
            if missing:
                raise InvalidInput(
                    _("has no column {missing}; its header must name {columns}", missing=", ".join(missing), columns=",".join(columns)),
                    file=str(path),
                    line=1,
                )
            for row in reader:
                yield {column: row.get(column) or "" for column in (*columns, *optional)}
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise InvalidInput(_("cannot be read: {error}", error=error), file=str(path)) from error


def judged(
    path: Path, asked: Container[str], candidates: Container[str], grade_of: Callable[[str], Grade], *, optional: bool = False
) -> Iterator[tuple[str, str, Grade]]:
    """(question, candidate, grade) of each row of a file of judgements; ``optional``: the column of grades may be missing. Raises
    InvalidInput for an id that is not among ``asked`` or ``candidates``, and for a grade that ``grade_of`` refuses."""
    columns = ("query_id", "candidate_id", "grade")
    rows = read(path, columns[:2], columns[2:]) if optional else read(path, columns)
    for line, row in enumerate(rows, start=2):
        for column, known in (("query_id", asked), ("candidate_id", candidates)):
            if row[column] not in known:
                raise InvalidInput(_("{row} is in neither file", row=row[column]), file=str(path), line=line, field=column)
        try:
            grade = grade_of(row["grade"])
        except ValueError as error:
            raise InvalidInput(str(error), file=str(path), line=line, field="grade") from error
        yield row["query_id"], row["candidate_id"], grade


def whole(grade: str) -> int:
    """A grade that is a whole number. Raises ValueError."""
    try:
        return int(grade)
    except ValueError as error:
        raise ValueError(_("a grade is a whole number")) from error


def fraction(grade: str) -> float:
    """A grade in [0, 1]; 1 where none is given. Raises ValueError."""
    try:
        value = float(grade or 1)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:
        raise ValueError(_("a grade is a number from 0 to 1"))
    return value


def write_scores(path: Path, rows: Iterable[Sequence[object]], header: Sequence[str] = SCORES) -> None:
    """Write a table of scores, packed if its name ends in .gz."""
    with (
        gzip.open(path, "wt", encoding="utf-8", newline="")
        if path.suffix == ".gz"
        else path.open("w", encoding="utf-8", newline="") as file
    ):
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def ranked(rankings: Mapping[str, Ranking]) -> Iterator[tuple[str, str, str]]:
    """(question, candidate, score) of each ranking, best first."""
    for question, ranking in rankings.items():
        yield from ((question, one, f"{ranking[one]:.6f}") for one in order(ranking))
