"""The language of what a person reads: English, or Chinese by a catalogue.

In: an English text with its values by name. Out: the text in the language of this run, request or file. Next: every package words its
answers, errors and reports by it; ``api.cli.frame`` sets the language of a run, ``api.http.guards`` that of a request, ``ingest.report``
that of a file.

The English texts are the keys of the catalogue, ``locale/zh/LC_MESSAGES/dovetail.po``; ``make catalogue`` brings it up to date and compiles
it. Ids, units, names of options, files and fields, and whatever is stored stay as they are.
"""

from __future__ import annotations

import gettext as catalogues
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

LANGUAGES = ("zh", "en")
DOMAIN = "dovetail"
FOLDER = Path(__file__).parent / "locale"
VARIABLE = "DOVETAIL_LANG"

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")

_current: ContextVar[str] = ContextVar("language", default="en")
_is_chosen: ContextVar[bool] = ContextVar("language_is_chosen", default=False)


class Message(str):
    """A text that is put into words where it is shown: as a ``str`` it is English, ``told`` words it in the language of the place.

    ``text``: the English text with ``{name}`` where a value stands; ``values``: by name. A value may be a ``Message``, or an exception
    that was raised with one.
    """

    text: str
    values: dict[str, Any]

    def __new__(cls, text: str, /, **values: object) -> Message:
        """The English text, filled in."""
        made = super().__new__(cls, text.format(**values) if values else text)
        made.text, made.values = text, values
        return made

    def __str__(self) -> str:
        return self  # an exception with one argument then keeps what can be told

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:
        return (self.text,), self.values


def _(text: str, /, **values: object) -> str:
    """``text`` in the current language, with its ``{name}`` filled in. A text that the catalogue lacks stays English."""
    found = _catalogue(_current.get()).gettext(text) if text else text
    return found.format(**values) if values else found


def ngettext(one: str, many: str, count: int, /, **values: object) -> str:
    """``one`` or ``many`` as ``count`` asks for in the current language, with ``{count}`` and the other ``{name}`` filled in."""
    return _catalogue(_current.get()).ngettext(one, many, count).format(count=count, **values)


def N_(text: str, /) -> str:
    """``text`` as it is: a mark that the catalogue needs it, for a constant that is told later."""
    return text


def word(text: str, /, context: str = "") -> str:
    """A word of a closed list without its underscores, in the current language. ``context``: which list, where several have the word."""
    plain = text.replace("_", " ")
    found = _catalogue(_current.get()).pgettext(context, plain) if context else plain
    return found if found != plain else _(plain)


def told(text: str) -> str:
    """A ``Message`` or a marked constant in the current language; any other text as it is."""
    if not isinstance(text, Message):
        return _(text)
    values = {name: told(str(value)) if isinstance(value, Message | Exception) else value for name, value in text.values.items()}
    return _(text.text, **values)


def english(text: str) -> str:
    """``text`` as a plain ``str``, for what is stored or read by programs."""
    return str.__str__(text)


def cell_len(text: str) -> int:
    """The cells that ``text`` takes on a terminal: a Chinese character takes two."""
    return sum(2 if east_asian_width(one) in "WF" else 1 for one in text)


def language_of(words: Iterable[str]) -> str:
    """The language in which a file's header is written: Chinese where no fewer of its ``words`` hold Chinese characters than do not."""
    found = ["zh" if _HAN.search(one) else "en" for one in words if one.strip()]
    return "zh" if found and 2 * found.count("zh") >= len(found) else "en"


def language() -> str:
    """The current language, one of LANGUAGES."""
    return _current.get()


def speak(name: str, *, chosen: bool = False) -> None:
    """From here on, in this thread or task, speak ``name``. ``chosen``: somebody asked for it, so that no file's own language counts."""
    _current.set(name)
    _is_chosen.set(chosen)


@contextmanager
def speaking(name: str) -> Iterator[None]:
    """Speak ``name`` inside the block."""
    before = _current.set(name)
    try:
        yield
    finally:
        _current.reset(before)


@contextmanager
def speaking_as_written(name: str) -> Iterator[None]:
    """Speak the language in which a file is written inside the block, unless a language was chosen."""
    with speaking(_current.get() if _is_chosen.get() else name):
        yield


def of_locale(environment: Mapping[str, str] = os.environ) -> str:
    """The language of a process by its locale: the first of LC_ALL, LC_MESSAGES and LANG that says anything decides."""
    said = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := environment.get(name))), "")
    return "zh" if said.casefold().startswith("zh") else "en"


@cache
def _catalogue(name: str) -> catalogues.NullTranslations:
    return catalogues.NullTranslations() if name == "en" else catalogues.translation(DOMAIN, FOLDER, [name])
