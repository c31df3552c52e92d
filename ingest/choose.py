"""The choice of the tables that are read, and of the form and the order in which they are read.

In: paths of files and folders; perhaps a mapping, a source's name and an encoding. Out: ``Source``s in dependency order (institutions
first), and what is skipped with the reason. Next: ``ingest.load`` reads the sources, ``ingest.row_reader`` their rows.

A mapping that is given goes before what a table's name tells, that before the mappings that come along, and these before what its columns
tell. A table that nothing tells is skipped; one that has a header and rows is named apart, since somebody meant it to be read. A source
that has the name of a bundled mapping is read by that mapping where it fits.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from graph.errors import InvalidInput
from graph.language import Message
from ingest.mapping.aliases import CHINESE_NAMES
from ingest.mapping.mapped import MappedForm, bundled_forms, read_mapping
from ingest.mapping.native import SAMPLE, Form, NativeForm, native_kind
from ingest.mapping.recognise import recognised
from ingest.read.archives import shown
from ingest.read.readers import Head, RowFile, Table
from ingest.read.tables import each_file, tables
from ingest.read.unread import Unread, Why
from ingest.rows.models import Kind

_ORDER = {kind: number for number, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class Source:
    """A table, how it is read, and the name of the source that its rows belong to."""

    table: Table
    form: Form
    source: str
    name: str
    """That of the table's names which its form goes by."""
    notes: tuple[str, ...] = ()
    """How it is read where its own name does not say so."""
    by_mapping: bool = False
    """Whether the mapping that was given reads it."""

    @property
    def label(self) -> str:
        return self.table.label


class Skipped(NamedTuple):
    """A file or a table that is not read. ``header``: of a table that has rows below it, as it was found; ``is_lost``: it is such a
    table, or one that is damaged or locked: somebody meant it to be read."""

    file: str
    reason: str
    header: tuple[str, ...] = ()
    is_lost: bool = False


def choose(
    paths: Iterable[Path | str], source: str | None, mapping: Path | None, encoding: str | None, skipped: list[Skipped]
) -> list[Source]:
    """The tables in the files of ``paths`` to read; those that are not go to ``skipped``. ``encoding`` is a codec.

    Raises InvalidInput for a path that is not there, a mapping that fits nothing, or a file named by itself that cannot be read.
    """
    forms = read_mapping(mapping) if mapping else [one for one in bundled_forms() if one.name == source]
    chosen: list[Source] = []
    fitted = False
    for path, by_itself in each_file(paths):
        folder = shown(path.resolve().parent.name) or "files"
        refused: list[InvalidInput] = []
        headers: dict[str, tuple[str, ...]] = {}
        nothing_in = False
        for table in tables(path, encoding):
            if isinstance(table, InvalidInput):
                refused.append(table)
                continue
            found = _form(table, forms)
            if isinstance(found, InvalidInput) and isinstance(table, RowFile) and table.widen():
                found = _form(table, forms)  # rows of JSON name their own columns, and the first may lack one
            if isinstance(found, str):
                skipped.append(Skipped(table.label, found))
                nothing_in = True
                continue
            if isinstance(found, InvalidInput):
                refused.append(found)
                headers[found.file or ""] = _header_over_rows(table)
                continue
            form, name, notes = found
            fitted |= form in forms
            by_mapping = mapping is not None and form in forms
            own = None
            if isinstance(form, MappedForm):
                form, own = form.fresh(), form.source
            chosen.append(Source(table, form, source or own or folder, name, notes, by_mapping))
        if by_itself and len(refused) == 1 and not nothing_in and not (chosen and chosen[-1].table.place.path == path):
            raise refused[0]
        for one in refused:
            file = one.file or str(path)
            reason = Message("{field}: {rule}", field=one.field, rule=one.rule) if one.field else one.rule
            header = headers.get(file, ())
            skipped.append(Skipped(file, reason, header, bool(header) or (isinstance(one, Unread) and one.kind is Why.DAMAGED)))
    if mapping and not fitted:
        raise InvalidInput(
            Message("the mapping fits none of the files: its columns are {names}", names="; ".join(one.describe() for one in forms)),
            file=str(mapping),
        )
    return sorted(chosen, key=lambda one: (_ORDER[one.form.kind], one.name, one.label))


def _form(table: Table, forms: list[MappedForm]) -> tuple[Form, str, tuple[str, ...]] | InvalidInput | str:
    """The form of a table, the name that it goes by (``table`` then uses the header that fits it) and remarks; why it cannot be read; or
    why there is nothing in it for the graph."""
    found = _fitting(table, forms)
    if found is None:
        return _unfit(table)
    form, head, name, notes = found
    if isinstance(form, MappedForm) and form.skip:
        return form.skip
    try:
        table.use(head)
    except InvalidInput as error:
        return error
    return form, name, notes


def _fitting(table: Table, forms: list[MappedForm]) -> tuple[Form, Head, str, tuple[str, ...]] | None:
    heads = [(head, name) for head in table.heads for name in table.names]
    for head, name in heads:
        explicit = next((form for form in forms if form.fits(name, head.columns)), None)
        if explicit:
            return explicit, head, name, ()
    native = recognised(table.heads, table.names)
    if native and native.form.kind is native_kind(native.name):
        return native.form, native.head, native.name, ()
    bundled = bundled_forms()
    along = next(((form, head, name, ()) for head, name in heads for form in bundled if form.fits(name, head.columns)), None)
    if along or native is None:
        return along
    return native.form, native.head, native.name, (Message("read as {kind}, told by its columns", kind=native.form.kind.value),)


def _header_over_rows(table: Table) -> tuple[str, ...]:
    """The fullest of the rows that may be the header, if rows of several cells are below it; else it is a note, not a table."""
    head = max(table.heads, key=lambda one: sum(map(bool, one.columns)))
    if sum(map(bool, head.columns)) < 2:  # a column alone is a list of remarks
        return ()
    try:
        table.use(head)
    except InvalidInput:
        return head.columns
    has_rows = any(sum(map(bool, map(str, raw.cells.values()))) > 1 for raw in islice(table.rows(), SAMPLE))
    return head.columns if has_rows else ()


def _unfit(table: Table) -> InvalidInput:
    kind = next((kind for name in table.names if (kind := native_kind(name))), None)
    if kind:
        head = table.heads[0]
        has = ", ".join(head.columns)
        rule = Message("the header lacks this column, which {kind} need; it has: {header}", kind=kind.value, header=has[:1000])
        return InvalidInput(rule, file=table.label, line=head.line, field=NativeForm(kind, head.columns).missing())
    names = ", ".join(["/".join((kind.value, *CHINESE_NAMES.get(kind, ()))) for kind in Kind])
    return InvalidInput(
        Message(
            "neither its name nor its columns tell what it holds: name it after its kind ({names}) or give a mapping "
            "(--suggest-mapping drafts one)",
            names=names,
        ),
        file=table.label,
    )
