"""Which files are read, in which form and order.

In: paths of files and folders, perhaps a mapping. Out: ``Source``s in dependency order (institutions first) for ``ingest.load``, and
what is skipped with the reason. Nothing is guessed: a file is native by its name, mapped by its columns, or skipped; the source's name
may be that of the mapping.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from graph.errors import InvalidInput
from ingest.forms import Form, NativeForm, native_kind
from ingest.mapping import MappedForm, bundled_forms, read_mapping
from ingest.readers import RowFile, data_format
from ingest.rows import CHINESE_NAMES, Kind

_ORDER = {kind: number for number, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class Source:
    """A file, how it is read, and the name of the source that its rows belong to."""

    file: RowFile
    form: Form
    source: str

    @property
    def label(self) -> str:
        return str(self.file.path)


def choose(paths: Iterable[Path | str], source: str | None, mapping: Path | None, skipped: list[tuple[str, str]]) -> list[Source]:
    """The files of ``paths`` to read; those that are not go to ``skipped``.

    Raises InvalidInput for a path that is not there, a mapping that fits nothing, or a file named by itself that cannot be read.
    """
    forms = read_mapping(mapping) if mapping else [one for one in bundled_forms() if one.name == source]
    chosen: list[Source] = []
    fitted = False
    for path, by_itself in _files(paths):
        found = _form(path, forms)
        if isinstance(found, str):
            skipped.append((str(path), found))
            continue
        if isinstance(found, InvalidInput):
            if by_itself:
                raise found
            skipped.append((str(path), ": ".join(part for part in (found.field, found.rule) if part)))
            continue
        file, form = found
        fitted |= form in forms
        own = form.source if isinstance(form, MappedForm) else None
        chosen.append(Source(file, form, source or own or path.resolve().parent.name or "files"))
    if mapping and not fitted:
        raise InvalidInput(
            f"the mapping fits none of the files: its columns are {'; '.join(one.describe() for one in forms)}", file=str(mapping)
        )
    return sorted(chosen, key=lambda one: (_ORDER[one.form.kind], one.file.path.name, one.label))


def _files(paths: Iterable[Path | str]) -> Iterator[tuple[Path, bool]]:
    """Each file once, with whether it was named by itself."""
    seen: set[Path] = set()
    for one in paths:
        path = Path(one)
        if not path.exists():
            raise InvalidInput("there is no such file or folder", file=str(path))
        for file in [path] if path.is_file() else sorted(path.iterdir()):
            if file.is_file() and file.resolve() not in seen:
                seen.add(file.resolve())
                yield file, path.is_file()


def _form(path: Path, forms: list[MappedForm]) -> tuple[RowFile, Form] | InvalidInput | str:
    """The file and how it is read; why it cannot be; or why there is nothing in it for the graph."""
    if data_format(path) is None:
        return InvalidInput("is not a table: .csv, .jsonl and .json are read, each also as .gz", file=str(path))
    try:
        file = RowFile(path)
    except InvalidInput as error:
        return error
    except OSError as error:
        return InvalidInput(f"cannot be opened: {error.strerror}", file=str(path))
    kind = native_kind(path.name)
    native = NativeForm(kind, file.columns) if kind else None
    explicit = next((form for form in forms if form.fits(path.name, file.columns)), None)
    form: Form | None = explicit
    if form is None and native and native.missing() is None:
        form = native
    if form is None:
        form = next((one for one in bundled_forms() if one.fits(path.name, file.columns)), None)
    if isinstance(form, MappedForm) and form.skip:
        return form.skip
    if form:
        return file, form
    if native:
        rule = f"the header lacks this column, which {native.name} need; it has: {', '.join(file.columns)}"
        return InvalidInput(rule, file=str(path), line=1, field=native.missing())
    names = ", ".join(["/".join((kind.value, *CHINESE_NAMES.get(kind, ()))) for kind in Kind])
    return InvalidInput(
        f"neither its name nor its columns tell what it holds: name it after its kind ({names}) or give a mapping", file=str(path)
    )
