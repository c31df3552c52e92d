"""The error of a cell that cannot be read, and the one that no field has: JSON nested deeper than anything here walks.

In: the rule that a cell or a row breaks, in plain words; the bytes of JSON. Out: ``Broken``; whether they are nested too deep. Next:
every reader of ``ingest.cells`` raises it; ``ingest.rows.models`` and ``ingest.rows.spread`` make a ``Problem`` of it, with the field that
it stands in. ``ingest.read.json_rows`` asks how deep a row is.
"""

from __future__ import annotations

import re

from graph.language import Message

DEPTH = 64
"""Lists and objects inside one another; public sources nest a dozen deep."""
TOO_DEEP = Message("is nested more than {depth} deep", depth=DEPTH)

_NO_BRACKETS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[^\[\]{}"]++', re.DOTALL)


class Broken(ValueError):
    """A cell or a row breaks ``rule``; ``field`` is known where the rule is about several fields.

    ``rule`` never holds the value, which may be personal, and is the same for all cells that break it: reports count by it.
    """

    def __init__(self, rule: str, field: str | None = None) -> None:
        super().__init__(rule)
        self.rule, self.field = rule, field


def is_deep(line: bytes) -> bool:
    """Whether lists and objects lie more than ``DEPTH`` inside one another."""
    if line.count(b"[") + line.count(b"{") <= DEPTH:
        return False
    brackets = _NO_BRACKETS.sub(b"", line)
    for _ in range(DEPTH):  # each time the innermost go
        shorter = brackets.replace(b"[]", b"").replace(b"{}", b"")
        if len(shorter) == len(brackets):
            break  # none are left, or it is no JSON
        brackets = shorter
    return brackets.count(b"[") + brackets.count(b"{") > DEPTH or (b"[]" in brackets or b"{}" in brackets)
