"""docs/settings.md, made of the typed settings and of the options of the commands: run this file to write it anew.

    PYTHONPATH=. .venv/bin/python tests/settings_page.py

In: the fields of ``Settings``. Out: the page. Next: ``tests/api/test_docs.py`` compares it with the file.
"""

from __future__ import annotations

import re
import types
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

import annotated_types
import click
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from api.cli import main
from api.settings import Settings

PAGE = Path(__file__).parents[1] / "docs" / "settings.md"
HEAD = """# Settings

Made of `api/settings.py` by `tests/settings_page.py`; a test holds the two together. An option goes before the environment, the environment
before a file `.env` in the working folder (`.env.example` is one to begin with), and that before the default. An empty variable counts as
unset, and a value that breaks a rule ends the command with exit code 2 and the name of the variable.

Two more are read from the environment alone: `DOVETAIL_LANG` ([the language of the output](cli.md#the-language-of-the-output)) and
`NEO4J_DATABASE` ([addresses](operations.md#addresses)).

| variable | what | value | default | option |
|---|---|---|---|---|
"""
FOOT = """
Secrets have no default, and are never printed, logged or kept in the store. Whoever may read the environment of a process may read them:
prefer a file `.env`, or what a service manager hands over, that only its owner may read (mode 600).
"""


def page() -> str:
    """The page as it should be."""
    return HEAD + "".join(row(name, field) for name, field in Settings.model_fields.items()) + FOOT


def variable(name: str, field: FieldInfo) -> str:
    """The environment variable of a field."""
    return str(field.validation_alias or f"DOVETAIL_{name.upper()}")


def row(name: str, field: FieldInfo) -> str:
    """A field as a line of the table."""
    named = variable(name, field)
    default = "" if field.default in (None, "") else f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`"
    cells = (f"`{named}`", str(field.description).rstrip("."), kind(field), default, ", ".join(options(named)))
    return f"| {' | '.join(cells)} |\n"


def kind(field: FieldInfo) -> str:
    """What a value is, with its bounds."""
    type_: Any = field.annotation
    parts = get_args(type_) if get_origin(type_) in (Union, types.UnionType) else (type_,)
    (type_,) = [one for one in parts if one is not type(None)]
    if get_origin(type_) is Literal:
        return ", ".join(f"`{one}`" for one in get_args(type_))
    said = {bool: "`true` or `false`", int: "a whole number", float: "a number", SecretStr: "a secret", Path: "a path"}.get(type_, "a text")
    bounds = {type(one): one for one in field.metadata}
    least, more, most = (bounds.get(one) for one in (annotated_types.Ge, annotated_types.Gt, annotated_types.Le))
    if least and most:
        return f"{said}, {least.ge} to {most.le}"
    return f"{said} above {more.gt}, at most {most.le}" if more and most else said


def options(named: str) -> list[str]:
    """The options that say the same, with the command where it is one's own."""
    found: dict[str, set[str]] = {}

    def look(command: click.Command, called: str) -> None:
        for one in command.params:
            if isinstance(one, click.Option) and re.search(rf"\[.*\b{named}\b.*\]", one.help or ""):
                found.setdefault(one.opts[0], set()).add(called)
        for name, child in getattr(command, "commands", {}).items():
            look(child, f"{called} {name}".strip())

    look(main, "")
    return [f"`{option}`" + (f" of `{next(iter(of))}`" if len(of) == 1 else "") for option, of in sorted(found.items())]


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
