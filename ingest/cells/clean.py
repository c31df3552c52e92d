"""The form in which text is stored, and the one in which its Chinese numerals are digits.

In: text as a source writes it. Out: the same text, cleaned; with digits ``壹佰贰拾万元整`` is ``120万元整``. Next: ``ingest.cells.values``;
contact data is masked after it (``ingest.cells.contacts``). ``ingest.resolve.records``, ``desk.judged_sets`` and
``api.cli.evaluate.match`` clean their texts in the same way; ``ingest.cells.money`` and ``ingest.cells.dates`` read digits.
"""

from __future__ import annotations

import html
import re
import unicodedata

_SPACE = re.compile(r"[\s\u200b\u200e\u200f\u2060\ufeff\x00-\x1f\x7f-\x9f]+")
_PRINTABLE = bytes(range(0x20, 0x7F))
_ENTITY = re.compile(r"&(#\d+|#x[0-9a-fA-F]+|\w+);")


def clean_text(text: str) -> str:
    """``text`` in NFC with HTML entities (also doubly escaped ones) resolved and every run of white space or control
    characters made one space. Idempotent."""
    while "&" in text and _ENTITY.search(text):
        plain = html.unescape(text)
        if plain == text:
            break
        text = plain
    if not _is_printable(text) or "  " in text:  # every character of _SPACE but the plain space is unprintable
        text = _SPACE.sub(" ", text)
    return (text if text.isascii() else unicodedata.normalize("NFC", text)).strip()


def _is_printable(text: str) -> bool:
    # str.isprintable looks every character up; one pass over the bytes of a text in ASCII takes a third of its time
    return not text.encode().translate(None, _PRINTABLE) if text.isascii() else text.isprintable()


# -- numerals

_SAME = ["零〇", "一壹", "二贰两", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖"]
_DIGITS = {one: number for number, ones in enumerate(_SAME) for one in ones}
_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1_000, "仟": 1_000}
_RUN = re.compile(f"[{''.join(_DIGITS)}{''.join(_UNITS)}]+(?=[万亿元圆年月日号至到~-]|$)")


def with_digits(text: str) -> str:
    """``text`` with numerals as digits, if it has no digits of its own; only numerals that a unit or the end follows, for 一种 and 三元
    in a name are no numbers."""
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
