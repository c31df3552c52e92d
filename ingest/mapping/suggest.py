"""A first draft of a mapping, from the headers and the contents of files.

In: paths of files. Out: the text of a mapping file (docs/data-formats.md, Mappings) with comments for the person who corrects it. Next:
``api.cli.ingest`` prints it (``--suggest-mapping``). A column gets a field by its name; by its contents only where nothing else could take
the field, and the draft says so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from graph.errors import InvalidInput
from graph.language import Message
from ingest.cells.contacts import is_contact_column, mask_contacts
from ingest.cells.values import Tally
from ingest.mapping.aliases import column_key, plain_key
from ingest.mapping.columns import JOINED, SEVERAL, Column, assigned, implied_kind, qualification_of
from ingest.mapping.mapped import compiled
from ingest.mapping.native import NEGATIONS, SAMPLE, base_name, native_kind
from ingest.mapping.profile import Look, look, separator_of
from ingest.mapping.recognise import NODE_KINDS, recognised
from ingest.read.archives import shown
from ingest.read.encodings import codec_of
from ingest.read.readers import OWN_COLUMNS, Head, Raw, Table
from ingest.read.tables import each_file, tables
from ingest.rows.aside import read
from ingest.rows.lists import ListReader
from ingest.rows.models import CLOSED, LISTS, MODELS, REQUIRED, Kind, columns_of, validate
from ingest.rows.no_records import no_record

_NUMBERS = frozenset(
    ["external_ids", "ipc", "cpc", "application_numbers", "publication_numbers", "registration_numbers", "dois"]
)
"""Lists of numbers, in which a comma or a slash stands."""
_EXAMPLE = 40
_LONG = {Kind.INSTITUTIONS: "description", Kind.EXPERTS: "bio", Kind.ACHIEVEMENTS: "abstract"}
_LONG |= dict.fromkeys((Kind.DEMANDS, Kind.RESOURCES), "description")


@dataclass(slots=True)
class _Draft:
    """One table with what each of its columns seems to be."""

    table: Table
    head: Head
    kind: Kind
    used: dict[str, Column]
    """By header: what the column is read as."""
    looks: dict[str, Look]
    rows: list[dict[str, object]]
    guessed: set[str] = field(default_factory=set)


def suggest(paths: Iterable[Path | str], encoding: str | None = None) -> str:
    """The draft for the tables in ``paths``.

    Raises InvalidInput if none of them is a table of which a column is understood, with the reason for the first.
    """
    codec = codec_of(encoding) if encoding else None
    drafts: list[_Draft] = []
    refused: list[InvalidInput] = []
    for path, _by_itself in each_file(paths):
        for table in tables(path, codec):
            found = table if isinstance(table, InvalidInput) else _draft(table)
            if isinstance(found, InvalidInput):
                refused.append(found)
            else:
                drafts.append(found)
    if not drafts:
        raise refused[0] if refused else InvalidInput(Message("there are no files in these paths"))
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
    """The header and the kind that the table's name and columns tell; else those under which most columns have a meaning."""
    found = recognised(table.heads, table.names)
    if found:
        best: tuple[Kind, Head] | None = (found.form.kind, found.head)
    else:
        kinds = [kind for name in table.names if (kind := native_kind(name))] or NODE_KINDS
        best = max(((kind, head) for head in table.heads for kind in kinds), key=lambda one: len(_columns(*one)), default=None)
    if best is None or not _columns(*best):
        has = ", ".join(table.heads[0].columns)[:500]
        return InvalidInput(Message("no column has a name that is known; it has: {has}", has=has), file=table.label)
    kind, head = best
    try:
        table.use(head)
    except InvalidInput as error:
        return error
    rows = [raw.cells for raw in islice(table.rows(), SAMPLE) if raw.problem is None and not no_record(raw.cells)]
    headers = list(dict.fromkeys([*head.columns, *(name for row in rows for name in row if isinstance(name, str))]))
    named = [one for one in headers if one and one not in OWN_COLUMNS and not re.fullmatch(r"\[[A-Z]{1,3}\]", one)]
    looks = {one: look([row[one] for row in rows if row.get(one) not in (None, "")]) for one in named}
    draft = _Draft(table, head, kind, _columns(kind, Head(head.line, tuple(named))), looks, rows)
    _guess(draft)
    return draft


def _columns(kind: Kind, head: Head) -> dict[str, Column]:
    """What the columns name; a name with a brace cannot stand in a template."""
    return assigned(kind, [one for one in head.columns if "{" not in one and "}" not in one])


def _guess(draft: _Draft) -> None:
    """Give the long text, the country and the id by contents, where no column is called so."""
    taken = {column.field for column in draft.used.values()} | {"id" for column in draft.used.values() if column.is_id}
    for seems, name in {"long text": _LONG.get(draft.kind), "country": "country", "id": "id"}.items():
        if name is None or name not in MODELS[draft.kind].model_fields or name in taken:
            continue
        free = [(one.length, header) for header, one in draft.looks.items() if one.seems == seems and _is_free(draft, header)]
        if free:
            header = max(free)[1] if seems == "long text" else free[0][1]
            draft.used[header] = Column(header, name)
            draft.guessed.add(header)


def _is_free(draft: _Draft, header: str) -> bool:
    return header not in draft.used and not is_contact_column(column_key(header)) and "{" not in header and "}" not in header


# -- the text


def _lines(draft: _Draft, *, is_one_of_several: bool) -> Iterator[str]:
    yield f"[[file]]  # {_remark(draft.table.label)}, header in row {draft.head.line}"
    if is_one_of_several:
        yield f"name = {_text(_glob(base_name(draft.table.names[0])))}"
    yield from _options(draft)
    yield ""
    yield "[[file.rows]]"
    yield f"kind = {_text(draft.kind.value)}"
    if not native_kind(draft.table.names[0]):
        yield "# the kind is guessed from the columns; others: " + ", ".join(Kind)
    yield "[file.rows.fields]"
    fields = _fields(draft)
    held = next((found for one in draft.table.names if (found := qualification_of(one))), None)
    if held and draft.kind is Kind.INSTITUTIONS:
        texts = [f"{{{column.header}}}" for column in fields.pop("qualifications", [])]
        yield f"qualifications = [{', '.join(map(_text, [*texts, held]))}]  # the table's name says so"
    for name, columns in fields.items():
        why = "guessed from its contents: " if columns[0].header in draft.guessed else ""
        yield f"{name} = {_template(name, columns)}  # {why}{_remark(draft.looks[columns[0].header].told())}"
    implied = next((one.implies for one in draft.used.values() if one.implies), None)
    if implied and "kind" not in fields:
        yield f"kind = {_text(implied)}  # as the header says"
    missed = [one for one in REQUIRED[draft.kind] if one not in fields]
    if missed:
        yield f"# no column for what {draft.kind.value} must have: {', '.join(missed)}"
    yield from _left_over(draft)
    yield from _tried(draft)
    yield from _beside(draft, fields)


def _beside(draft: _Draft, fields: Mapping[str, Sequence[Column]]) -> Iterator[str]:
    """The institution of which columns beside a row's own tell."""
    beside = [column for column in draft.used.values() if column.of]
    names = fields.get(beside[0].of or "", []) if beside else []
    if len(names) != 1:
        return
    yield ""
    yield "[[file.rows]]"
    yield 'kind = "institutions"'
    yield f"require = [{_text(names[0].header)}]"
    yield "[file.rows.fields]"
    yield f"name = {_text(f'{{{names[0].header}}}')}"
    for name in dict.fromkeys(column.field for column in beside):
        yield f"{name} = {_template(name, [column for column in beside if column.field == name])}"
    implied = implied_kind(Kind.INSTITUTIONS, plain_key(names[0].header))
    if implied and not any(column.field == "kind" for column in beside):
        yield f"kind = {_text(implied)}  # as the header says"


def _fields(draft: _Draft) -> dict[str, list[Column]]:
    """By native field, in the order of the kind's columns: what fills it."""
    found: dict[str, list[Column]] = {name: [] for name in columns_of(draft.kind)}
    for column in draft.used.values():
        if column.of:
            continue
        found[column.field].append(column)
        if column.is_id:
            found["id"].append(Column(column.header, "id"))
    return {name: columns for name, columns in found.items() if columns}


def _template(name: str, columns: Sequence[Column]) -> str:
    texts = [f"{column.role}={{{column.header}}}" if column.role else f"{{{column.header}}}" for column in columns]
    texts = [f"{column.scheme}:{text}" if column.scheme else text for column, text in zip(columns, texts, strict=True)]
    if len(texts) == 1 and not columns[0].role and not columns[0].scheme:
        return _text(texts[0])
    return _text("".join(texts)) if name in JOINED else f"[{', '.join(map(_text, texts))}]"


def _options(draft: _Draft) -> Iterator[str]:
    """How the columns that are used are to be read."""
    used = draft.used
    yield f"columns = [{', '.join(_text(one) for one in used if one in draft.head.columns)}]"
    later = [one for one in used if one not in draft.head.columns]
    if later:
        yield f"optional = [{', '.join(map(_text, later))}]"
    dates = sorted({form for column in used for form in draft.looks[column].dates[:1]})
    if dates:
        yield f"dates = [{', '.join(map(_text, dates))}]{_doubt(draft)}"
    for header, column in used.items():
        if column.unit:
            yield f"units.{_text(header)} = {_text(column.unit)}  # a number without a unit is read in it; is that so?"
        if column.is_negated:
            yield f"words.visibility = {{ {', '.join(f'{_text(no)} = {_text(yes)}' for no, yes in NEGATIONS.items())} }}"
        if column.field in SEVERAL and not column.scheme:
            reader = ListReader(SEVERAL[column.field], draft.looks[header].texts)
            told = f"  # separated by {reader.told}, too: is that so?" if reader.separators else ""
            yield f"several.{_text(header)} = {_text(SEVERAL[column.field].value)}{told}"
        elif column.field in LISTS - _NUMBERS and (separator := separator_of(draft.looks[header])):
            yield f"split.{_text(header)} = {{ separator = {_text(separator)}, all = {_text(header)} }}"
    yield from _words(draft)


def _left_over(draft: _Draft) -> Iterator[str]:
    for header, one in draft.looks.items():
        if is_contact_column(column_key(header)):
            yield f"# {_remark(header)}: contact data, dropped at the door"
        elif header not in draft.used:
            yield f"# {_remark(header)}: not used; {_remark(one.told())}"


def _doubt(draft: _Draft) -> str:
    several = [header for header in draft.used if len(draft.looks[header].dates) > 1]
    return f"  # or is it {draft.looks[several[0]].dates[1]}? The values of {_remark(several[0])} allow both" if several else ""


def _words(draft: _Draft) -> Iterator[str]:
    """Words of closed lists that the file writes otherwise."""
    for header, column in draft.used.items():
        if column.field not in CLOSED or column.is_negated or column.of:
            continue
        strange = {value: rule for value in sorted(draft.looks[header].values) if (rule := _broken(draft.kind, column.field, value))}
        if strange:
            words = ", ".join(f'{_text(one)} = ""' for one in islice(strange, 20))
            yield f"# words.{column.field} = {{ {_remark(words, 400)} }}  # {_remark(next(iter(strange.values())), 400)}"


def _broken(kind: Kind, name: str, value: str) -> str | None:
    row = validate(kind, {name: value}, Tally())
    return next((one.rule for one in row if one.field == name), None) if isinstance(row, list) else None


def _tried(draft: _Draft) -> Iterator[str]:
    """How the rows that were looked at fare under the draft."""
    fields = "\n".join(f"{name} = {_template(name, columns)}" for name, columns in _fields(draft).items())
    rows = ["[[file.rows]]", f"kind = {_text(draft.kind.value)}", "[file.rows.fields]", fields]
    text = "\n".join(['name = "draft"', "[[file]]", *_options(draft), *rows])
    (form,) = compiled(text)
    form.prepare([Raw(0, row) for row in draft.rows])
    good, first = 0, ""
    for row in draft.rows:
        problems: list[str] = []
        for part in form.parts(row, Tally()):
            found = read(part.kind, part.fields, Tally()).problems
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
