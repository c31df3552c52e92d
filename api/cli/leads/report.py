"""``dovetail leads report``: the monthly report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli import frame
from api.cli.leads.group import leads
from api.cli.output import emit_json, note
from api.cli.people.door import Door, acting
from graph.language import _

if TYPE_CHECKING:
    from leads.report.report import Report


@leads.command(
    epilog="""\b
Examples:
  dovetail leads report --month 2026-06
  dovetail leads report --month 2026-06 --template form.xlsx --out june.xlsx
  dovetail leads report --month 2026-06 --open contracts.value.CNY@district:330100
""",
)
@click.option("--month", metavar="MONTH", required=True, help="The month, as 2026-06.")
@click.option("--template", type=click.Path(path_type=Path), metavar="FILE", help="A workbook (.xlsx) with marked cells, to be filled.")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Where to write it: .xlsx, .md or .json.")
@click.option("--markdown", is_flag=True, help="As Markdown, whatever the file is called.")
@click.option("--open", "mark", metavar="MARK", help="Only the documents behind one number, named as a template's mark.")
@acting("read")
def report(door: Door, month: str, template: Path | None, out: Path | None, markdown: bool, mark: str | None) -> None:
    """Report on a month: demands, results, meetings, introductions, contracts and their value, each with its documents."""
    from graph.errors import InvalidInput
    from leads.report.markdown import to_markdown
    from leads.report.report import monthly, opened

    if template and not out:
        raise InvalidInput(_("a workbook is written to a file"), field="--out")
    made = monthly(door.store, door.actor, month)
    if mark is not None:
        found = opened(made, frame.readable(mark, "--open"))
        emit_json(found) if door.as_json else click.echo("\n".join(found.documents))
    elif out:
        out.write_bytes(_file(made, out, template, as_json=door.as_json, markdown=markdown))
        click.echo(_("{file}: the report of {month}", file=out, month=month), err=True)
    elif door.as_json:
        emit_json(made)
    else:
        click.echo(to_markdown(made), nl=False)


def _file(made: Report, out: Path, template: Path | None, *, as_json: bool, markdown: bool) -> bytes:
    """The bytes of the report in the form that is asked for, by the file's name where none is."""
    from graph.errors import InvalidInput
    from leads.report.markdown import to_markdown
    from leads.report.report import to_json

    suffix = out.suffix.casefold()
    if as_json or (suffix == ".json" and not markdown):
        return to_json(made)
    if markdown or suffix == ".md":
        return to_markdown(made).encode()
    if suffix != ".xlsx":
        raise InvalidInput(_("a report is written as .xlsx, .md or .json"), field="--out")
    from leads.report.workbook import filled, plain

    if not template:
        return plain(made)
    (file,) = frame.files((template,))
    content, lost = filled(made, file.read_bytes(), str(file))
    for part in lost:
        note(_("{file}: {part} of the template could not be kept", file=template, part=part))
    return content
