"""The frame that every command shares: options, settings, errors and exit codes.

In: whatever a command raises. Out: one line on stderr and the documented exit code; a traceback only with ``--debug``. Next: ``api.cli``
makes it the root of all commands; each command takes its options, its settings and its store from here.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from api.cli.output import give_streams, lost_output, note, silence
from api.cli.words import Group, speak
from graph.language import LANGUAGES, N_, _

if TYPE_CHECKING:
    from api.settings import Settings
    from graph.store import Store
    from matcher.embedding.embedder import Embedder

EXIT_CODES = N_(
    "Exit codes: 0 done; 1 failed; 2 wrong input or arguments; 3 not found; 4 changed by somebody else; 5 store; 6 model; "
    "7 no index yet, or a damaged one; 8 rows rejected, cells set aside or tables not read; 9 not signed in; 130 stopped by Ctrl-C; "
    "141 the reader of the output went away."
)
REJECTED = 8
STOPPED = 130
CLOSED_PIPE = 141

_F = TypeVar("_F", bound=Callable[..., Any])
_RESUME = "resume"
_TRUE = frozenset({"1", "true", "t", "yes", "y", "on"})


class Frame(Group):
    """The root group: turns every way of failing into one line and an exit code."""

    def main(  # type: ignore[override]
        self, args: Sequence[str] | None = None, prog_name: str | None = None, standalone_mode: bool = True, **extra: Any
    ) -> Any:
        if not standalone_mode:
            return super().main(args, prog_name, standalone_mode=False, **extra)
        give_streams()
        speak(sys.argv[1:] if args is None else args)
        try:
            code = super().main(args, prog_name, standalone_mode=False, **extra)
        except click.Abort:
            code = STOPPED
        except click.ClickException as error:
            code = _usage(error)
        except OSError as error:  # the text of --help has nowhere to go
            code = _failed(error)
        sys.exit(code if isinstance(code, int) else 0)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; its exit code is what comes back."""
        try:
            super().invoke(ctx)
            sys.stdout.flush()
        except (click.ClickException, click.exceptions.Exit, SystemExit):
            raise
        except (KeyboardInterrupt, click.Abort):
            note(_("stopped") + ctx.meta.get(_RESUME, ""))
            return STOPPED
        except BrokenPipeError:
            silence()
            return CLOSED_PIPE
        except Exception as error:  # the last line of defence: whatever is left is told in one line
            return _failed(error)
        return 0


def _usage(error: click.ClickException) -> int:
    text = error.format_message()
    if type(error).__name__ == "NoArgsIsHelpError":  # a group without a command: its help, and nothing is wrong
        click.echo(text)
        return 0
    context = getattr(error, "ctx", None)
    more = _(" (see: {command} --help)", command=context.command_path) if context else ""
    note(f"{text.rstrip('.。')}{more}")
    return error.exit_code


def _failed(error: Exception) -> int:
    from graph.errors import DovetailError

    if is_debug():
        import traceback

        traceback.print_exc()
    if isinstance(error, DovetailError):
        note(str(error))
        return error.exit_code
    if isinstance(error, OSError) and (why := lost_output(error)):
        note(_("the output cannot be written: {why}", why=why))
    elif isinstance(error, OSError) and error.strerror:
        note(": ".join(str(part) for part in (error.filename, error.strerror) if part))
    else:
        note(
            _(
                "unexpected {name}: {details}; add --debug to see where",
                name=type(error).__name__,
                details=" ".join(str(error).split()) or _("no details"),
            )
        )
    return 1


def is_debug() -> bool:
    """Whether tracebacks are wanted: ``--debug`` on the command, or DOVETAIL_DEBUG."""
    context = click.get_current_context(silent=True)
    return bool(context and context.meta.get("debug")) or os.environ.get("DOVETAIL_DEBUG", "").casefold() in _TRUE


def shared(*, model: bool = False, json: bool = True) -> Callable[[_F], _F]:
    """The options that commands have in common: ``--store``, ``--model`` if it is used, ``--json``, ``--debug``."""

    def wrap(function: _F) -> _F:
        options = [click.option("--store", metavar="URL", help="The store.  [DOVETAIL_STORE, else sqlite:///dovetail.db]")]
        if model:
            options.append(model_option)
        if json:
            options.append(click.option("--json", "as_json", is_flag=True, help="Print the result as JSON."))
        options.append(debug_option)
        for option in reversed(options):
            function = option(function)
        return function

    return wrap


def _set_debug(context: click.Context, _option: click.Parameter, value: bool) -> None:
    if value:
        context.meta["debug"] = True


lang_option = click.option(
    "--lang", type=click.Choice(LANGUAGES), expose_value=False, help="Language of the output.  [DOVETAIL_LANG, else that of the locale]"
)
"""What it says is read by ``api.cli.words.speak`` before anything is parsed; here it is checked, and told."""


def debug_option(function: _F) -> _F:
    """``--debug`` and ``--lang``, which every command has."""
    debug = click.option(
        "--debug", is_flag=True, expose_value=False, is_eager=True, callback=_set_debug, help="Show an error's traceback.  [DOVETAIL_DEBUG]"
    )
    return debug(lang_option(function))


model_option = click.option("--model", metavar="NAME", help="A sentence-transformers folder or name.  [DOVETAIL_MODEL, or the bundled]")


english_option = click.option(
    "--english-model", metavar="NAME", help="A second model for English, or none.  [DOVETAIL_ENGLISH_MODEL, or the packaged one]"
)


def resume_with(hint: str) -> None:
    """What to say after "stopped" if Ctrl-C comes from here on."""
    click.get_current_context().find_root().meta[_RESUME] = _("; ") + hint


def settings(**given: object) -> Settings:
    """The settings of this run: options over the environment over defaults."""
    from api.logs import one_line_warnings
    from api.settings import load

    one_line_warnings()
    loaded = load(**given)
    context = click.get_current_context(silent=True)
    if loaded.debug and context:
        context.meta["debug"] = True
    return loaded


@contextmanager
def opened(chosen: Settings, address: str | None = None, *, create: bool = False) -> Iterator[Store]:
    """The store of ``chosen``, or the one at ``address``; closed at the end."""
    from api.settings import open_store

    store = open_store(chosen, address, create=create)
    try:
        yield store
    finally:
        store.close()


def embedder(chosen: Settings, store: Store | None = None) -> Embedder:
    """The embedder of ``chosen``, to ask ``store`` with. Raises ModelError."""
    from api.settings import embedder as make

    return make(chosen, store)


def readable(text: str, name: str) -> str:
    """``text`` from the command line or stdin, if it is text. Raises InvalidInput where its bytes were not UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        from graph.errors import InvalidInput

        raise InvalidInput(_("the bytes are not UTF-8 text"), field=name) from error
    return text


def files(paths: tuple[Path, ...]) -> list[Path]:
    """``paths`` as a list, if all are there. Raises InvalidInput naming the first that is not."""
    from graph.errors import InvalidInput

    for path in paths:
        if not path.exists():
            raise InvalidInput(_("no such file or folder"), file=str(path))
    return list(paths)
