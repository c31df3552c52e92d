"""A first draft of a mapping, from the headers and the contents of files.

In: paths of files. Out: the text of a mapping file (docs/data-formats.md, Mappings) with comments for the person who corrects it. Next:
``api.cli.ingest`` prints it (``--suggest-mapping``). A column gets a field by its name; by its contents only where nothing else could take
the field, and the draft says so.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from graph.errors import InvalidInput
from ingest.mapping.aliases import column_key, field_of
from ingest.mapping.mapped import compiled
from ingest.mapping.native import base_name, native_kind
from ingest.mapping.profile import Look, look, separator_of
from ingest.read.archives import shown
from ingest.read.encodings import codec_of
from ingest.read.readers import PROBLEM, Head, Table
from ingest.read.tables import each_file, tables
from ingest.rows.cells import Tally
from ingest.rows.contacts import is_contact_column, mask_contacts
from ingest.rows.models import LISTS, MODELS, REQUIRED, Kind, validate
from ingest.rows.placeholders import is_placeholder

SAMPLE = 1_000
"""Rows of a table that are looked at."""
_EXAMPLE = 40
_LONG = {Kind.INSTITUTIONS: "description", Kind.EXPERTS: "bio", Kind.ACHIEVEMENTS: "abstract"}
_LONG |= dict.fromkeys((Kind.DEMANDS, Kind.RESOURCES), "description")
_CLOSED = ("kind", "status", "visibility", "mode", "outcome", "source_kind", "target_kind")
_NODES = tuple(Kind)[:6]


@dataclass(slots=True)
class _Draft:
    """One table with what each of its columns seems to be."""

    table: Table
    head: Head
    kind: Kind
    fields: dict[str, str]
    """Native field -> column."""
    columns: dict[str, Look] = field(default_factory=dict)
    guessed: set[str] = field(default_factory=set)
    rows: list[dict[str, object]] = field(default_factory=list)


def suggest(paths: Iterable[Path | str], encoding: str | None = None) -> str:
    """The draft for the tables in ``paths``.

    Raises InvalidInput if none of them is a table of which a column is understood, with the reason for the first.
    """
    codec = codec_of(encoding) if encoding else None
    drafts: list[_Draft] = []
    refused: list[InvalidInput] = []
    for path, _ in each_file(paths):
        for table in tables(path, codec):
            found = table if isinstance(table, InvalidInput) else _draft(table)
            if isinstance(found, InvalidInput):
                refused.append(found)
            else:
                drafts.append(found)
    if not drafts:
        raise refused[0] if refused else InvalidInput("there are no files in these paths")
    name = base_name(drafts[0].table.place.base)
    head = [
        "# Drafted by dovetail ingest --suggest-mapping: read it, correct it, and give it with --mapping.",
        "# What a mapping may say: docs/data-formats.md, Mappings. Lines that begin with # are remarks.",
        f"name = {_text(name)}",
    ]
    heads = [f"# not a table that is understood: {_remark(str(one))}" for one in refused]
    parts = ["\n".join(_lines(one, is_one_of_several=len(drafts) > 1)) for one in drafts]
    return "\n".join([*head, *heads, "", *(f"{part}\n" for part in parts)])


def _draft(table: Table) -> _Draft | InvalidInput:
    """The header and the kind under which most columns have a meaning."""
    named = [kind for name in table.names if (kind := native_kind(name))]
    best: _Draft | None = None
    for head in table.heads:
        for kind in named or _NODES:
            fields = _fields(kind, head)
            if best is None or (_worth(kind, fields) > _worth(best.kind, best.fields)):
                best = _Draft(table, head, kind, fields)
    if best is None or not best.fields:
        has = ", ".join(table.heads[0].columns)[:500]
        return InvalidInput(f"no column has a name that is known; it has: {has}", file=table.label)
    try:
        table.use(best.head)
    except InvalidInput as error:
        return error
    best.rows = [raw.cells for raw in islice(table.rows(), SAMPLE) if raw.problem is None]
    for column in best.head.columns:
        if column and column != PROBLEM:
            best.columns[column] = look([row[column] for row in best.rows if row.get(column) not in (None, "")])
    _guess(best)
    return best


def _worth(kind: Kind, fields: dict[str, str]) -> tuple[bool, int]:
    return all(one in fields for one in REQUIRED[kind]), len(fields)


def _fields(kind: Kind, head: Head) -> dict[str, str]:
    """Native field -> column, by the columns' names; a name that is the field's own goes before one that is like it."""
    found: dict[str, str] = {}
    for loosely in (False, True):
        for column in head.columns:
            if not column or "{" in column or "}" in column or is_contact_column(column_key(column)):
                continue
            name = field_of(kind, column, loosely=loosely)
            if name and name not in found and column not in found.values():
                found[name] = column
    return found


def _guess(draft: _Draft) -> None:
    """Give the long text, the country and the id by contents, where no column is called so."""
    wanted = {"long text": _LONG.get(draft.kind), "country": "country", "id": "id"}
    for seems, name in wanted.items():
        if name not in MODELS[draft.kind].model_fields or name is None or name in draft.fields:
            continue
        free = [
            (one.length, column)
            for column, one in draft.columns.items()
            if one.seems == seems and column not in draft.fields.values() and not is_contact_column(column_key(column))
        ]
        free = [one for one in free if "{" not in one[1] and "}" not in one[1]]
        if free:
            draft.fields[name] = max(free)[1] if seems == "long text" else free[0][1]
            draft.guessed.add(name)


# -- the text


def _lines(draft: _Draft, *, is_one_of_several: bool) -> Iterator[str]:
    used = list(dict.fromkeys(draft.fields.values()))
    yield f"[[file]]  # {_remark(draft.table.label)}, header in row {draft.head.line}"
    if is_one_of_several:
        yield f"name = {_text(_glob(base_name(draft.table.names[0])))}"
    yield f"columns = [{', '.join(map(_text, used))}]"
    missing = sorted({text for column in used for text in draft.columns[column].values if is_placeholder(text)})
    if missing:
        yield f'missing = [{", ".join(map(_text, missing))}]  # read as "unknown"'
    dates = sorted({form for column in used for form in draft.columns[column].dates[:1]})
    if dates:
        yield f"dates = [{', '.join(map(_text, dates))}]{_doubt(draft, used)}"
    yield from _words(draft)
    split: dict[str, str] = {}
    for name, column in draft.fields.items():
        separator = separator_of(draft.columns[column]) if name in LISTS else None
        if separator:
            split[name] = f"{column}, each"
            yield f"split.{_text(column)} = {{ separator = {_text(separator)}, all = {_text(split[name])} }}"
    yield ""
    yield "[[file.rows]]"
    yield f"kind = {_text(draft.kind.value)}"
    if not native_kind(draft.table.names[0]):
        yield "# the kind is guessed from the columns; others: " + ", ".join(Kind)
    yield "[file.rows.fields]"
    for name in MODELS[draft.kind].model_fields:
        if name in draft.fields:
            column = draft.fields[name]
            why = "guessed from its contents: " if name in draft.guessed else ""
            yield f"{name} = {_text(f'{{{split.get(name, column)}}}')}  # {why}{_remark(draft.columns[column].told())}"
    missed = [one for one in REQUIRED[draft.kind] if one not in draft.fields]
    if missed:
        yield f"# no column for what {draft.kind.value} must have: {', '.join(missed)}"
    yield from _left_over(draft, used)
    yield from _tried(draft, used, missing, dates)


def _left_over(draft: _Draft, used: list[str]) -> Iterator[str]:
    for column, one in draft.columns.items():
        if is_contact_column(column_key(column)):
            yield f"# {_remark(column)}: contact data, dropped at the door"
        elif column not in used:
            yield f"# {_remark(column)}: not used; {_remark(one.told())}"


def _doubt(draft: _Draft, used: list[str]) -> str:
    several = [column for column in used if len(draft.columns[column].dates) > 1]
    return f"  # or is it {draft.columns[several[0]].dates[1]}? The values of {_remark(several[0])} allow both" if several else ""


def _words(draft: _Draft) -> Iterator[str]:
    """Words of closed lists that the file writes otherwise."""
    for name in _CLOSED:
        column = draft.fields.get(name)
        if column is None or name not in MODELS[draft.kind].model_fields:
            continue
        written = sorted(value for value in draft.columns[column].values if not is_placeholder(value))
        strange = {value: rule for value in written if (rule := _broken(draft.kind, name, value))}
        if strange:
            words = ", ".join(f'{_text(one)} = ""' for one in islice(strange, 20))
            yield f"# words.{name} = {{ {_remark(words, 400)} }}  # {_remark(next(iter(strange.values())), 400)}"


def _broken(kind: Kind, name: str, value: str) -> str | None:
    row = validate(kind, {name: value}, Tally())
    return next((one.rule for one in row if one.field == name), None) if isinstance(row, list) else None


def _tried(draft: _Draft, used: list[str], missing: list[str], dates: list[str]) -> Iterator[str]:
    """How the rows that were looked at fare under the draft."""
    fields = ", ".join(f"{name} = {_text(f'{{{column}}}')}" for name, column in draft.fields.items())
    text = f'name = "draft"\n[[file]]\ncolumns = [{", ".join(map(_text, used))}]\nmissing = [{", ".join(map(_text, missing))}]\n'
    text += f"dates = [{', '.join(map(_text, dates))}]\nrows = [{{ kind = {_text(draft.kind.value)}, fields = {{ {fields} }} }}]\n"
    (form,) = compiled(text)
    good, first = 0, ""
    for row in draft.rows:
        problems: list[str] = []
        for part in form.parts(row, Tally()):
            found = validate(part.kind, part.fields, Tally())
            if isinstance(found, list):
                problems += [str(one._replace(field=form.column(part, one.field))) for one in found]
        good += not problems
        first = first or (problems[0] if problems else "")
    yield f"# of {len(draft.rows):,} rows looked at, {good:,} keep the rules" + (f"; else: {_remark(first)}" if first else "")


def _text(value: str) -> str:
    """``value`` as a TOML basic string."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _glob(name: str) -> str:
    return "".join(f"[{one}]" if one in "*?[" else one for one in name)


def _remark(text: str, length: int = 200) -> str:
    """``text`` in a comment: one line, no contact data."""
    return shown(mask_contacts(" ".join(text.split()))[0])[:length]
