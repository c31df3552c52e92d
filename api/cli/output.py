"""The output of the command line: results to stdout, messages and progress to stderr.

In: values, lines, and how far the work is. Out: text or JSON on the two streams. Next: every command of ``api.cli`` writes by it,
``api.cli.frame`` tells errors by it.

On a terminal there are colours and one moving line of progress; in a pipe or a file there is plain text.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import IO, TYPE_CHECKING

import click

from api.units import duration, size
from graph.language import Message, _, cell_len, english, told

if TYPE_CHECKING:
    from rich.console import Console

NARROW, WIDE = 60, 110
"""The widths between which text is laid out; a pipe gets 100."""
_REDRAW = 0.1
_PLAIN_EVERY = 10.0


def note(message: str) -> None:
    """One line on stderr that says who speaks."""
    with contextlib.suppress(OSError):  # nobody reads stderr any more
        click.echo(f"dovetail: {message.encode(errors='replace').decode()}", err=True)


def give_streams() -> None:
    """Open the standard streams that this process was started without (``>&-``), or the next file to be opened would take the place of
    one: nothing comes from stdin, what goes to stdout is refused, and what goes to stderr is lost."""
    for number, (name, flags) in enumerate((("stdin", os.O_RDONLY), ("stdout", os.O_RDONLY), ("stderr", os.O_WRONLY))):
        if getattr(sys, name) is None:
            opened = os.open(os.devnull, flags)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
            setattr(sys, name, open(number, "r" if name == "stdin" else "w", encoding="utf-8", closefd=False))  # noqa: SIM115


def lost_output(error: OSError) -> str:
    """Why what was written to stdout did not arrive; empty where ``error`` tells of something else."""
    try:
        sys.stdout.flush()
    except OSError as again:
        error = again
    else:
        if error.filename or error.errno not in (errno.EBADF, errno.ENOSPC):  # an error of a file has the file's name
            return ""
    silence()
    return _("stdout is closed") if error.errno == errno.EBADF else str(error.strerror)


def silence() -> None:
    """Let nothing more be written to stdout, not even at exit: its reader has gone."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    with contextlib.suppress(OSError, ValueError):  # a test's buffer is not a file of the operating system
        os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def emit_json(value: object) -> None:
    """``value`` (Structs, dataclasses, plain values) as one indented JSON document on stdout."""
    click.echo(json_text(value))


def json_text(value: object) -> str:
    """``value`` as indented JSON; characters beyond ASCII are escaped where stdout cannot carry them."""
    import msgspec

    text = msgspec.json.format(msgspec.json.encode(value, enc_hook=_plain), indent=2).decode()
    if _is_utf8(sys.stdout):
        return text
    import json

    return json.dumps(json.loads(text), indent=2)


def _plain(value: object) -> str:
    return english(value) if isinstance(value, str) else str(value)


def width() -> int:
    """How many cells a line of output may take."""
    if not sys.stdout.isatty() and not os.environ.get("COLUMNS"):
        return 100
    return max(NARROW, min(WIDE, shutil.get_terminal_size((100, 24)).columns))


@contextlib.contextmanager
def screen(*, least: int = 0) -> Iterator[Console]:
    """A rich console on stdout: colours only on a terminal (and not where NO_COLOR is set), no guessing of what to highlight.

    What goes to a pipe or a file is written at the end, without the blanks that fill a line, and at ``least`` this wide.
    """
    from rich.console import Console

    if not _is_utf8(sys.stdout) and hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    is_terminal = sys.stdout.isatty()
    target: IO[str] = sys.stdout if is_terminal else io.StringIO()
    cells = width() if is_terminal else max(width(), least)
    no_color = None if is_terminal else True  # None: as NO_COLOR says
    yield Console(file=target, width=cells, force_terminal=is_terminal, no_color=no_color, highlight=False, markup=False, emoji=False)
    if isinstance(target, io.StringIO):
        click.echo("\n".join(line.rstrip() for line in target.getvalue().splitlines()))


def _is_utf8(stream: IO[str]) -> bool:
    return (getattr(stream, "encoding", None) or "utf-8").casefold().replace("-", "") == "utf8"


class ProgressLine:
    """``progress(label, done, total)``: a line that moves on a terminal, elsewhere a line every ten seconds.

    A total of 0 is not known. Used as a context manager, it leaves the terminal's line clean however the work ends.
    """

    def __init__(self) -> None:
        self.is_terminal = sys.stderr.isatty()
        self._label = ""
        self._began = self._drawn = time.monotonic()
        self._width = 0

    def bytes(self, done: int, total: int | None, name: str) -> None:
        """The form in which ``ingest`` tells how far a file is read."""
        self(Message("read {name}", name=name), done, total or 0, size)

    def __call__(self, label: str, done: int, total: int = 0, unit: Callable[[float], str] = "{:,}".format) -> None:
        now = time.monotonic()
        if label != self._label:
            self._label, self._began = label, now
        due = now - self._drawn >= (_REDRAW if self.is_terminal else _PLAIN_EVERY)
        if not due:
            return
        self._drawn = now
        text = progress_line(told(label), done, total, now - self._began, unit)
        if self.is_terminal:
            self._write("\r" + text + " " * (self._width - cell_len(text)))
            self._width = cell_len(text)
        else:
            self._write(f"dovetail: {text}\n")

    def __enter__(self) -> ProgressLine:
        return self

    def __exit__(self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        if self.is_terminal and self._width:
            self._write("\r" + " " * self._width + "\r")
            self._width = 0

    def _write(self, text: str) -> None:
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except OSError:  # nobody reads stderr: the work goes on without a word
            self.is_terminal, self._drawn = False, float("inf")


def progress_line(label: str, done: int, total: int, seconds: float, unit: Callable[[float], str] = "{:,}".format) -> str:
    """How far the work is, in one line: done, of how many, and the time left if it goes on like this."""
    if not total:
        return f"{label}: {unit(done)}"
    percent = 100 * done // total
    if not (0 < done < total and seconds > 1):
        return _("{label}: {done} of {total} ({percent} %)", label=label, done=unit(done), total=unit(total), percent=percent)
    return _(
        "{label}: {done} of {total} ({percent} %, {time} left)",
        label=label, done=unit(done), total=unit(total), percent=percent, time=duration(seconds / done * (total - done)),
    )  # fmt: skip
