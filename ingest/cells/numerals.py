"""Chinese numerals as digits: ``壹佰贰拾万元整``, ``五十万``, ``二〇二四年五月八日``.

In: a text. Out: the same text with its numerals as digits (``120万元整``). Next: ``ingest.cells.money`` and ``ingest.cells.dates`` read it.
Only a text without any digit is turned, and only numerals that a unit or the end follows: 一种 and 三元 in a name are no numbers.
"""

from __future__ import annotations

import re

_SAME = ["零〇", "一壹", "二贰两", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖"]
_DIGITS = {one: number for number, ones in enumerate(_SAME) for one in ones}
_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1_000, "仟": 1_000}
_RUN = re.compile(f"[{''.join(_DIGITS)}{''.join(_UNITS)}]+(?=[万亿元圆年月日号至到~-]|$)")


def with_digits(text: str) -> str:
    """``text`` with numerals as digits, if it has no digits of its own."""
    return text if text.isascii() or any(one.isdigit() for one in text) else _RUN.sub(lambda found: str(number_of(found[0])), text)


def number_of(numerals: str) -> int:
    """二〇二四 is 2024, 一百二十 is 120, 十 is 10."""
    if not any(one in _UNITS for one in numerals):
        return int("".join(str(_DIGITS[one]) for one in numerals))
    total = pending = 0
    for one in numerals:
        if one in _DIGITS:
            pending = _DIGITS[one]
        else:
            total += (pending or 1) * _UNITS[one]
            pending = 0
    return total + pending
