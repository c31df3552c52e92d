"""Placeholders: texts that people put into a cell that has nothing to say.

In: the text of a cell. Out: whether it says nothing. Next: ``ingest.mapping.native`` and ``ingest.mapping.mapped`` count such cells as
blank, ``ingest.rows.lists`` leaves such parts out, ``ingest.mapping.profile`` leaves them out of account.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_TABLE = """
无 空 缺 暂缺 暂无 暂未 没有 待定 待补 待补充 待填 待填写 待完善 待核实 待确认 未定 未填 未填写 未知 未提供 不详 不明 不清楚 不知道 不适用
n/a na n.a. n.a null none nil nan tbd tba tbc t.b.d. unknown undefined unspecified notavailable notapplicable notknown notspecified
notdisclosed undisclosed
k.a. keineangabe keineangaben s.o. s.o unbekannt entfällt n.v. n.n. o.a. o.a ohneangabe
"""
PLACEHOLDERS = frozenset(_TABLE.split())
"""In the form in which they are compared: NFKC, folded, without white space."""
_LONGEST = 24
"""No placeholder, with spaces between its letters, is longer."""
_MARKS = frozenset("-‐‑‒–—―−─━_/\\|.。·?")
"""A text of these alone says nothing: ``--``, ``——``, ``/``, ``...``, ``?``."""


def is_placeholder(text: str) -> bool:
    """Whether ``text`` says nothing: ``无``, ``/``, ``——``, ``待定``, ``N/A``, ``k. A.``; not whether it is blank.

    ``NA`` counts, so do not ask it of a column of country codes: it is Namibia's.
    """
    return len(text) <= _LONGEST and _says_nothing(text)


@lru_cache(maxsize=50_000)
def _says_nothing(text: str) -> bool:
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    if plain == "Na":  # sodium
        return False
    if len(plain) > 2 and plain[0] == "(" and plain[-1] == ")":
        plain = plain[1:-1]
    return plain.casefold() in PLACEHOLDERS or (plain != "" and _MARKS.issuperset(plain))
