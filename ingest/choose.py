"""The choice of the tables that are read, and of the form and the order in which they are read.

In: paths of files and folders; perhaps a mapping, a source's name and an encoding. Out: ``Source``s in dependency order (institutions
first), and what is skipped with the reason. Next: ``ingest.load`` reads the sources.

Nothing is guessed: a file is native by its name, mapped by its columns, or skipped. A source that has the name of a bundled mapping is read
by that mapping where it fits.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from graph.errors import InvalidInput
from ingest.mapping.aliases import CHINESE_NAMES
from ingest.mapping.mapped import MappedForm, bundled_forms, read_mapping
from ingest.mapping.native import Form, NativeForm, native_kind
from ingest.read.readers import Head, Table
from ingest.read.tables import each_file, tables
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

    @property
    def label(self) -> str:
        return self.table.label


def choose(
    paths: Iterable[Path | str], source: str | None, mapping: Path | None, encoding: str | None, skipped: list[tuple[str, str]]
) -> list[Source]:
    """The tables in the files of ``paths`` to read; those that are not go to ``skipped``. ``encoding`` is a codec.

    Raises InvalidInput for a path that is not there, a mapping that fits nothing, or a file named by itself that cannot be read.
    """
    forms = read_mapping(mapping) if mapping else [one for one in bundled_forms() if one.name == source]
    chosen: list[Source] = []
    fitted = False
    for path, by_itself in each_file(paths):
        refused: list[InvalidInput] = []
        nothing_in = False
        for table in tables(path, encoding):
            if isinstance(table, InvalidInput):
                refused.append(table)
                continue
            found = _form(table, forms)
            if isinstance(found, str):
                skipped.append((table.label, found))
                nothing_in = True
                continue
            if isinstance(found, InvalidInput):
                refused.append(found)
                continue
            form, name = found
            fitted |= form in forms
            own = form.source if isinstance(form, MappedForm) else None
            chosen.append(Source(table, form, source or own or path.resolve().parent.name or "files", name))
        if by_itself and len(refused) == 1 and not nothing_in and not (chosen and chosen[-1].table.place.path == path):
            raise refused[0]
        skipped += [(one.file or str(path), ": ".join(part for part in (one.field, one.rule) if part)) for one in refused]
    if mapping and not fitted:
        raise InvalidInput(
            f"the mapping fits none of the files: its columns are {'; '.join(one.describe() for one in forms)}", file=str(mapping)
        )
    return sorted(chosen, key=lambda one: (_ORDER[one.form.kind], one.name, one.label))


def _form(table: Table, forms: list[MappedForm]) -> tuple[Form, str] | InvalidInput | str:
    """The form of a table and the name that it goes by (``table`` then uses the header that fits it); why it cannot be read; or why
    there is nothing in it for the graph."""
    found = _fitting([(head, name) for head in table.heads for name in table.names], forms)
    if found is None:
        return _unfit(table)
    form, head, name = found
    if isinstance(form, MappedForm) and form.skip:
        return form.skip
    try:
        table.use(head)
    except InvalidInput as error:
        return error
    return form, name


def _fitting(heads: list[tuple[Head, str]], forms: list[MappedForm]) -> tuple[Form, Head, str] | None:
    """A mapping that is given goes before what the name tells, and that before the mappings that come along."""
    for head, name in heads:
        explicit = next((form for form in forms if form.fits(name, head.columns)), None)
        if explicit:
            return explicit, head, name
    for head, name in heads:
        kind = native_kind(name)
        native = NativeForm(kind, head.columns) if kind else None
        if native and native.missing() is None:
            return native, head, name
    bundled = bundled_forms()
    return next(((form, head, name) for head, name in heads for form in bundled if form.fits(name, head.columns)), None)


def _unfit(table: Table) -> InvalidInput:
    kind = next((kind for name in table.names if (kind := native_kind(name))), None)
    if kind:
        head = table.heads[0]
        has = ", ".join(head.columns)
        rule = f"the header lacks this column, which {kind.value} need; it has: {has[:1000]}"
        return InvalidInput(rule, file=table.label, line=head.line, field=NativeForm(kind, head.columns).missing())
    names = ", ".join(["/".join((kind.value, *CHINESE_NAMES.get(kind, ()))) for kind in Kind])
    return InvalidInput(
        f"neither its name nor its columns tell what it holds: name it after its kind ({names}) or give a mapping "
        "(--suggest-mapping drafts one)",
        file=table.label,
    )
