"""The error of a cell that cannot be read.

In: the rule that a cell or a row breaks, in plain words. Out: ``Broken``. Next: every reader of ``ingest.cells`` raises it;
``ingest.rows.models`` and ``ingest.rows.spread`` make a ``Problem`` of it, with the field that it stands in.
"""

from __future__ import annotations


class Broken(ValueError):
    """A cell or a row breaks ``rule``; ``field`` is known where the rule is about several fields.

    ``rule`` never holds the value, which may be personal, and is the same for all cells that break it: reports count by it.
    """

    def __init__(self, rule: str, field: str | None = None) -> None:
        super().__init__(rule)
        self.rule, self.field = rule, field
