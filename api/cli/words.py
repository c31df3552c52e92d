"""Commands whose help is in the language of the output.

In: help texts as the commands have them, in English. Out: help pages in the language of the run, laid out by the cells of a terminal. Next:
every command and group of ``api.cli`` is one of these; ``api.cli.frame`` chooses the language by ``speak``.

The words that are click's own (``Usage:``, ``Missing option``) are in the same catalogue: click asks the standard library's ``gettext``,
which ``speak`` points at it.
"""

from __future__ import annotations

import gettext
import inspect
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from graph import language
from graph.language import _, cell_len

_PIECES = re.compile(r"\s+|[（“‘]*(?:[!-~]+|.)[，。；：、）”’]*")
"""What is not broken over two lines: a word of Latin letters or a character, with the marks around it."""


def speak(arguments: Sequence[str]) -> None:
    """Choose the language of a run: by ``--lang`` among its arguments, else by DOVETAIL_LANG, else by the locale. It is looked for before
    the arguments are parsed, for what is wrong with them is told in it too."""
    named = _named(arguments) or os.environ.get(language.VARIABLE)
    chosen = named in language.LANGUAGES
    language.speak(named if named and chosen else language.of_locale(), chosen=chosen)
    os.environ["LANGUAGE"] = language.language()  # what the standard library goes by
    gettext.bindtextdomain(language.DOMAIN, str(language.FOLDER))
    gettext.textdomain(language.DOMAIN)


def _named(arguments: Sequence[str]) -> str | None:
    before = ""
    for one in arguments:
        if one == "--":
            return None
        if before == "--lang":
            return one
        if one.startswith("--lang="):
            return one.partition("=")[2]
        before = one
    return None


class Formatter(click.HelpFormatter):
    """click's, but lines of Chinese are broken by cells: it has no blanks, and its characters take two."""

    def write_heading(self, heading: str) -> None:
        """A heading with its colon."""
        self.write(f"{' ' * self.current_indent}{heading}{_(': ').rstrip()}\n")

    def write_text(self, text: str) -> None:
        """A text, its paragraphs apart; one that begins with ``\\b`` keeps its lines."""
        if language.language() == "en":
            super().write_text(text)
            return
        indent = " " * self.current_indent
        paragraphs = [
            [line.rstrip() for line in one.splitlines()[1:]] if one.startswith("\b") else _broken(one, self.width - self.current_indent)
            for one in re.split(r"\n\s*\n", text.strip("\n"))
        ]
        self.write("\n\n".join("\n".join(f"{indent}{line}" for line in lines) for lines in paragraphs) + "\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Names, each with its text."""
        if language.language() == "en":
            super().write_dl(rows, col_max, col_spacing)
            return
        rows, indent = list(rows), " " * self.current_indent
        first = min(max(cell_len(name) for name, _text in rows), col_max) + col_spacing
        for name, text in rows:
            lines = _broken(text, max(self.width - first - 2, 20))
            lead = f"{indent}{name}"
            if cell_len(name) + col_spacing > first or not lines:
                self.write(f"{lead}\n")
            else:
                self.write(f"{lead}{' ' * (first - cell_len(name))}{lines.pop(0)}\n")
            for line in lines:
                self.write(f"{indent}{' ' * first}{line}\n")


def _broken(text: str, cells: int) -> list[str]:
    """``text`` in lines of at most ``cells`` cells, where its words allow."""
    lines, line = [], ""
    for piece in _PIECES.findall(" ".join(text.split())):
        if line and cell_len(line + piece) > cells:
            lines.append(line.rstrip())
            line = ""
        line += piece if line or not piece.isspace() else ""
    return [*lines, line.rstrip()] if line.strip() else lines


class _Context(click.Context):
    formatter_class = Formatter


class Command(click.Command):
    """A command whose texts are keys of the catalogue."""

    context_class = _Context

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Its help page."""
        with _translated([self, *self.get_params(ctx)]):
            super().format_help(ctx, formatter)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """``--help``: click keeps the words in which it was first asked for."""
        option = super().get_help_option(ctx)
        if option:
            option.help = gettext.gettext("Show this message and exit.")
        return option

    def get_short_help_str(self, limit: int = 45) -> str:
        """Its first sentence."""
        if language.language() == "en":
            return super().get_short_help_str(limit)
        return _(inspect.cleandoc(self.help or "")).partition("。")[0]


class Group(Command, click.Group):
    """A group of commands, its texts likewise."""

    command_class = Command


@contextmanager
def _translated(spoken: Sequence[Any]) -> Iterator[None]:
    """Let commands and options have their texts in the language of the run inside the block."""
    kept = [(one, name, text) for one in spoken for name in ("help", "epilog") if (text := getattr(one, name, None))]
    for one, name, text in kept:
        setattr(one, name, "\n".join(map(_, text.split("\n"))) if name == "epilog" else _(inspect.cleandoc(text)))
    try:
        yield
    finally:
        for one, name, text in kept:
            setattr(one, name, text)
