"""Several people, institutions or words in one cell.

In: the cells of a column. Out: for each cell a list. Next: ``ingest.mapping.native`` and ``ingest.mapping.mapped`` read columns by it,
``ingest.mapping.suggest`` tells what separates them.

What separates names is decided for a whole column (``ingest.cells.names``): ``/`` stands between two firms in one file and inside a name in
another. Words (keywords, regions) are separated by ``;``, ``|``, ``、`` and commas; by ``/`` only between Chinese words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum

from ingest.cells.names import separators_of, split_institutions, split_people
from ingest.cells.placeholders import is_placeholder

_HAN = "[\u3400-\u9fff]"
_WORDS = re.compile(rf"[;；|\n、，]|,(?!\d)|(?<={_HAN})\s*/\s*(?={_HAN})")
_NUMBERING = re.compile(rf"(?:^|\s+|(?<={_HAN}))(?:[(（]?\d{{1,2}}[)）.、．]|[①-⑳])\s*(?={_HAN})")
"""``1.污泥处置 2.臭氧氧化``."""
_SPOKEN = {",": "a comma", "/": "/", " ": "a space", "&": "&", "和": "和", "与": "与", "及": "及"}


class Several(StrEnum):
    """What a cell may name several of, which decides what separates them (docs/cells.md)."""

    PEOPLE = "people"
    INSTITUTIONS = "institutions"
    WORDS = "words"


class ListReader:
    """Reads the cells of one column. ``separators``: those beside the ones that always separate."""

    def __init__(self, several: Several, texts: Iterable[str]) -> None:
        """``texts``: cells of the column that decide what separates names."""
        self.separators = "" if several is Several.WORDS else separators_of(texts, people=several is Several.PEOPLE)
        self._several = several

    @property
    def told(self) -> str:
        """The separators in words."""
        return ", ".join(_SPOKEN.get(one, one) for one in self.separators)

    def read(self, text: str) -> list[str]:
        """The parts of a cell; what says nothing is left out."""
        if self._several is Several.WORDS:
            parts = [part.strip() for part in _WORDS.split(_NUMBERING.sub(";", text))]
        else:
            split = split_people if self._several is Several.PEOPLE else split_institutions
            parts = split(text, self.separators)
        return [part for part in parts if part and not is_placeholder(part)]
