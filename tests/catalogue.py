"""The catalogue of translations: what of the code is marked for it, and the files that are made of it.

``python tests/catalogue.py`` (``make catalogue``) brings ``graph/locale/zh/LC_MESSAGES/dovetail.po`` up to date with the code and compiles
it. A text that is new in it has no translation yet, and ``tests/test_language.py`` names it.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import click
from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from api.version import VERSION

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "graph" / "locale" / "zh" / "LC_MESSAGES"
PO, MO = FOLDER / "dovetail.po", FOLDER / "dovetail.mo"
CODE = ("graph", "ingest", "matcher", "desk", "leads", "api")
CLICK = "click"
"""Where a text comes from that click asks for: another version of click may have others."""

# by the name of what is called: the place of the text among the arguments
MARKS = {
    "_": 0,
    "N_": 0,
    "Message": 0,
    "Broken": 0,
    "Failed": 0,
    "Unread": 0,
    "Unreadable": 0,
    "InvalidInput": 0,
    "Problem": 1,
    "tell": 0,
}
PLURAL = "ngettext"
HELP = ("help", "epilog")


class Marked(NamedTuple):
    """A text that needs a translation: its plural if it has one, and its context."""

    text: str
    plural: str = ""
    context: str = ""


def marked() -> dict[Marked, str]:
    """Every text of the code that a person may read, with the file that it is in."""
    found: dict[Marked, str] = {}
    for package in CODE:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            for one in _of_source(ast.parse(path.read_text("utf-8")), is_cli=name.startswith("api/cli/")):
                found.setdefault(one, name)
    for path in sorted((ROOT / "ingest" / "mappings").glob("*.toml")):
        for form in tomllib.loads(path.read_text("utf-8")).get("file", ()):
            if "skip" in form:
                found.setdefault(Marked(form["skip"]), path.relative_to(ROOT).as_posix())
    for text in _processes():
        found.setdefault(Marked(text), "desk/process")
    for context, text in _words():
        found.setdefault(Marked(text.replace("_", " "), context=context), "closed_lists")
    return found


def _of_source(tree: ast.Module, *, is_cli: bool) -> Iterator[Marked]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _of_call(node)
        elif (
            is_cli
            and isinstance(node, ast.FunctionDef)
            and re.search(r"\b(command|group)\(", " ".join(map(ast.unparse, node.decorator_list)))
        ):
            text = ast.get_docstring(node)
            if text:
                yield Marked(text)


def _of_call(node: ast.Call) -> Iterator[Marked]:
    name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr if isinstance(node.func, ast.Attribute) else ""
    texts = [one.value if isinstance(one, ast.Constant) and isinstance(one.value, str) else "" for one in node.args]
    at = MARKS.get(name)
    if at is not None and len(node.args) > at:
        arguments = [node.args[at]] if not isinstance(node.args[at], ast.IfExp) else [node.args[at].body, node.args[at].orelse]  # type: ignore[attr-defined]
        yield from (Marked(one.value) for one in arguments if isinstance(one, ast.Constant) and isinstance(one.value, str) and one.value)
    if name == PLURAL and len(texts) > 1 and texts[0]:
        yield Marked(texts[0], texts[1])
    if name == "word" and len(texts) > 1 and texts[0] and texts[1]:
        yield Marked(texts[0], context=texts[1])
    for keyword in node.keywords:
        if keyword.arg in HELP and isinstance(keyword.value, ast.Constant) and isinstance(keyword.value.value, str):
            yield from ([Marked("Examples:")] if keyword.arg == "epilog" else [Marked(keyword.value.value)])


def _processes() -> Iterator[str]:
    """The texts of the processes' tables."""
    from api.streams import PROCESSES

    for process in PROCESSES:
        yield from process.states.values()
        for one in process.transitions:
            yield from (one.does, *one.says.values(), *one.may_say.values(), *one.guards)


def _words() -> Iterator[tuple[str, str]]:
    """The members of closed lists with the name of the list, and the words that stand for members elsewhere."""
    from api.doctor import State
    from api.streams import PROCESSES
    from desk.process.objection import OBJECTION
    from desk.process.table import Who
    from graph import model
    from graph.model import kinds
    from leads.credit.attribution import WHY
    from leads.meetings.process import ANSWERS, INTENTIONS, MEETING
    from leads.process import LEAD, REASONS, SIDES
    from matcher.columns.evidence import KINDS
    from matcher.score import FIT_BANDS
    from matcher.trust.fusion import HEARD, OWN, PART_OF
    from matcher.trust.stages import Stage
    from matcher.trust.terms import TRUST_TERMS

    enums = [one for one in vars(kinds).values() if isinstance(one, type) and issubclass(one, StrEnum) and one is not StrEnum]
    for enum in (*enums, Stage, State, Who):
        if enum is not model.EdgeKind:
            yield from ((enum.__name__, member.value) for member in enum)
    yield from (("fit", name) for name, _ in FIT_BANDS)
    yield from (("term", name) for name in ("meaning", "words", "field", *TRUST_TERMS))
    yield from (("process", process.name) for process in PROCESSES)
    yield from (("objection", state) for state in OBJECTION.states)
    yield from (("lead", state) for state in LEAD.states)
    yield from (("reason", reason) for reason in REASONS)
    yield from (("side", name) for name in ("need", "offer", "proposed", "interested", "declined"))
    yield from (("credit", name) for name in ("none", "first", "shared", "decision", *WHY))
    yield from (("by", name) for name in ("type", "field", "district"))
    yield from (("funnel", name) for name in ("field", "place", "broker", "month"))
    yield from (("meeting", name) for name in (*MEETING.states, *ANSWERS, *INTENTIONS, *SIDES))
    yield from (("way", name) for name in (OWN, PART_OF, HEARD))
    yield from (("column", name) for name in ("file", "read", "added", "changed", "unchanged", "rejected", "merged"))
    checks = ("python", "packages", "torch", "cache", "vectors", "model", "store", "privacy", "content", "index")
    yield from (("check", name) for name in checks)
    # as plain words: kinds of nodes and edges, of works and of evidence
    for name in (*model.NodeKind, *model.EdgeKind, *model.AchievementKind, *KINDS):
        yield "", str(name)
        yield "", str(name).casefold()


def of_click() -> Iterator[Marked]:
    """What click asks the catalogue for."""
    for name in ("core", "decorators", "exceptions", "formatting", "parser", "types"):
        path = Path(click.__file__).with_name(f"{name}.py")
        for one in _of_source(ast.parse(path.read_text("utf-8")), is_cli=False):
            if " " in one.text or one.text.endswith(":") or one.text in ("Options", "Commands", "file", "directory", "path", "(dynamic)"):
                yield one
    yield Marked("required")


def read() -> Catalog:
    """The catalogue as it is."""
    with PO.open("rb") as stream:
        return read_po(stream, locale="zh", domain="dovetail")


def compiled(catalog: Catalog) -> bytes:
    """The file that is read at run time."""
    made = BytesIO()
    write_mo(made, catalog)
    return made.getvalue()


def renewed(before: Catalog) -> Catalog:
    """The catalogue of the code as it is now, with the translations that there are."""
    day = datetime(2026, 1, 1, tzinfo=UTC)  # no clock in it: the same code makes the same bytes
    catalog = Catalog(
        locale="zh", domain="dovetail", project="Dovetail", version=VERSION, header_comment="# Dovetail in Chinese.", fuzzy=False,
        msgid_bugs_address="-", last_translator="-", language_team="-",
        creation_date=day, revision_date=day,
    )  # fmt: skip
    wanted = marked()
    wanted |= {one: CLICK for one in of_click() if one not in wanted}
    for one in sorted(wanted):
        old = before.get(one.text, one.context or None)
        text = (one.text, one.plural) if one.plural else one.text
        said = old.string if old and isinstance(old.id, str) is not bool(one.plural) else None
        catalog.add(text, said, context=one.context or None, locations=[(wanted[one], 0)])
    return catalog


def untranslated(catalog: Catalog) -> list[str]:
    """The texts that nobody has translated yet."""
    return [str(one.id) for one in catalog if one.id and not all([one.string] if isinstance(one.string, str) else one.string or [""])]


def main() -> None:
    """Write both files."""
    catalog = renewed(read() if PO.exists() else Catalog(locale="zh", domain="dovetail"))
    with PO.open("wb") as stream:
        write_po(stream, catalog, width=140, omit_header=False, include_lineno=False)
    MO.write_bytes(compiled(catalog))
    sys.stdout.write(f"{len(catalog)} texts, {len(untranslated(catalog))} without a translation\n")


if __name__ == "__main__":
    main()
