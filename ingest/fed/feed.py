"""Rows that a program sends, one JSON object a line: read as the rows of a file are, by the same forms and rules.

In: a kind, a source and the lines; whose rows they are, where not anybody may say that. Out: the report of every line. Next:
``desk.things.feeding``.

A line says the whole row: a relation that it does not name is not there any more, where a file without that column would leave it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from graph.errors import InvalidInput
from graph.language import N_, Message
from graph.model import Record
from graph.store import Store
from ingest import load
from ingest.build import Builder
from ingest.cells.broken import Broken
from ingest.cells.identifiers import external_id
from ingest.cells.values import Tally, parts_of
from ingest.choose import Source
from ingest.edges import FROM_COLUMNS
from ingest.mapping.native import NativeForm, RowPart
from ingest.read.readers import RowFile
from ingest.report import FileReport
from ingest.rows.models import Kind

OWNERS = {Kind.ACHIEVEMENTS: "owners", Kind.DEMANDS: "posted_by", Kind.RESOURCES: "offered_by"}
"""By kind of what an institution may feed of its own: the column that says whose it is."""
_PEOPLE = N_("an institution names its own people, by name")


def feed(
    store: Store, kind: Kind, source: str, lines: bytes,
    *, owner: Record | None = None, strict: bool = False, expect: Mapping[str, int | None] | None = None,
) -> FileReport:  # fmt: skip
    """Read ``lines`` into ``store``. ``owner``: the institution whose the rows are; a row that says whose it is, or names other people's
    experts, is rejected. ``strict``: a row of which a cell or a field cannot be read is rejected. ``expect``: the versions that somebody
    decided upon. Raises InvalidInput where there is no line, Conflict where versions are others by now."""
    with TemporaryDirectory(prefix="dovetail-") as folder:
        file = Path(folder) / f"{kind.value}.jsonl"
        file.write_bytes(lines)
        try:
            table = RowFile(file, "utf-8-sig")
        except InvalidInput as error:
            raise InvalidInput(error.rule) from error
        table.widen()
        columns = (*table.columns, *(one for one in FROM_COLUMNS.get(kind, ()) if one not in table.columns))
        form = _FedForm(kind, columns, of_owner=owner is not None, strict=strict)
        return load.feed(store, Source(table, form, source, kind.value), Builder(source, owner), strict=strict, expect=expect)


class _FedForm(NativeForm):
    """Rows that are sent; ``of_owner``: an institution's own."""

    def __init__(self, kind: Kind, columns: Sequence[str], *, of_owner: bool, strict: bool) -> None:
        super().__init__(kind, columns)
        self._of_owner, self._strict = of_owner, strict

    def parts(self, row: Mapping[str, object], tally: Tally) -> list[RowPart]:
        """As of a file's row. Raises Broken for a field that no row has (``strict``), and for what an institution may not say."""
        found = super().parts(row, tally)
        unknown = next((name for name in row if name in self.unknown), None)
        if unknown is not None and self._strict:
            raise Broken(Message("is no field of {kind}", kind=self.kind.value), unknown)
        if self._of_owner:
            _check_own(self.kind, found)
        return found


def _check_own(kind: Kind, parts: Sequence[RowPart]) -> None:
    own, owners = parts[0], OWNERS[kind]
    if owners in own.fields or len(parts) > 1:
        raise Broken(N_("is the institution that feeds it: leave it out"), owners)
    for one in map(str, parts_of(own.fields.get("creators", []))):
        if "@" in one or "＠" in one or external_id(one):
            raise Broken(_PEOPLE, "creators")
