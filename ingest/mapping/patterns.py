"""The regular expressions of a mapping, and whether its text is nested sanely.

In: a form of ``matches`` or ``when``; the text of a mapping file. Out: a ``Pattern``, which takes time by the length of a cell whatever
form it has (RE2); the rule that the text breaks. Next: ``ingest.mapping.mapped`` and ``ingest.mapping.templates`` ask it about cells.
"""

from __future__ import annotations

import re

import re2

from graph.language import Message

SIZE = 1 << 20
"""Characters of a mapping; those that come along have 10,000."""
DEPTH = 64
"""Lists and tables inside one another, and names with dots between them: ``a.b.c``."""

_STRINGS = re.compile(r'"""[\s\S]*?"""|\'\'\'[\s\S]*?\'\'\'|"(?:[^"\\\n]|\\.)*+"|\'[^\'\n]*\'|#[^\n]*')
_DOTTED = re.compile(r"(?:[\w-]++[ \t]*+\.[ \t]*+){%d}" % DEPTH)  # noqa: UP031 (braces)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL)
_OPTIONS = re2.Options()
_OPTIONS.log_errors = False


class Pattern:
    """A form that a whole cell has or has not."""

    __slots__ = ("_fullmatch",)

    def __init__(self, form: str) -> None:
        """Raises ValueError with what is wrong with ``form``."""
        try:
            self._fullmatch = re2.compile(_ESCAPE.sub(_escape, form), _OPTIONS).fullmatch
        except (re2.error, UnicodeEncodeError) as error:
            told = error.args[0] if error.args else error
            raise ValueError(told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told)) from None

    def fits(self, text: str) -> bool:
        """Whether all of ``text`` has the form."""
        return self._fullmatch(text) is not None


def _escape(found: re.Match[str]) -> str:
    r"""``\uXXXX``, as Python and TOML write it, in the way of RE2."""
    code = found[1] or found[2]
    return f"\\x{{{code}}}" if code else "\\z" if found[3] == "Z" else found[0]


def nested(text: str) -> str | None:
    """What is wrong with the text of a mapping before anybody parses it; None if it is sane."""
    if len(text) > SIZE:
        return Message("the mapping is longer than {size} MiB", size=SIZE >> 20)
    plain = _STRINGS.sub("s", text)
    depth = deepest = 0
    for sign in re.findall(r"[\[\]{}]", plain):
        depth += 1 if sign in "[{" else -1
        deepest = max(deepest, depth)
    return Message("the mapping is nested more than {depth} deep", depth=DEPTH) if deepest > DEPTH or _DOTTED.search(plain) else None
