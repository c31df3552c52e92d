"""Number formats: where a person sees something else than the number, and what that is.

In: the code of a number format; a number. Out: its ``Style`` (the precision of a date, or a ``Pattern`` of digits), and what a cell
of that style holds. Next: ``ingest.read.office.sheetml`` and ``ingest.read.office.xls`` read cells by it. Source: ECMA-376, part 1,
18.8.31.

A cell holds what its column means, so most formats change nothing: thousands, decimals, colours and currencies give the number.
Four change the meaning and give the text that is seen: leading zeros (``00000000``: an id), words before the digits (``"JD"0000``),
percent signs, and a word after the digits that multiplies them (``0.0"万元"``).
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from ingest.read.office.serials import BUILT_IN, date_of, precision_of

_TOKEN = re.compile(r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|_.|\*.|\[(?P<bracket>[^\]]*)\]|(?P<other>.)', re.DOTALL)
_SECTION = re.compile(r'(?:"[^"]*"|\\.|\[[^\]]*\]|[^;"\\\[])*', re.DOTALL)
CURRENCY = re.compile(r"(?:USD|US|CNY|RMB|EUR|GBP|JPY|KRW|HKD|HK|CHF|人民币|美元|欧元)?\W*", re.IGNORECASE)
LARGE = ("百", "千", "万", "亿", "萬", "億")
_PLACES, _DECIMALS = 50, 10
"""A format of more digits and words than these is none that a person made."""
_EXACT = 10**15
"""Beyond this a number's last digits are not what was typed."""


class Pattern(NamedTuple):
    """A format that shows text: literals before, between and after the digits. ``parts`` are ``0``, ``#`` and ``?`` for a digit, and
    literals, which begin with an apostrophe."""

    parts: tuple[str, ...]
    decimals: str = ""
    suffix: str = ""
    is_percent: bool = False

    def text(self, number: float) -> object:
        """What a person sees of ``number``; the number itself where the first section of the format does not say it."""
        if abs(number) >= _EXACT or (number < 0 and not self.is_percent):
            return number
        exact = Decimal(repr(number)) * (100 if self.is_percent else 1)
        if not self.decimals and not self.is_percent and exact != exact.to_integral_value():
            return number  # an id has no fraction; to round one would make it another
        rounded = exact.quantize(Decimal(1).scaleb(-len(self.decimals)), ROUND_HALF_UP)
        whole, _, fraction = f"{abs(rounded):f}".partition(".")
        while fraction and self.decimals[len(fraction) - 1] != "0" and fraction.endswith("0"):
            fraction = fraction[:-1]
        sign = "-" if rounded < 0 else ""
        return sign + self._filled(whole) + (f".{fraction}" if fraction else "") + self.suffix

    def _filled(self, whole: str) -> str:
        """The digits put into their places, from the last one on; the first place takes all that are left."""
        places = [one for one in self.parts if one[0] != "'"]
        least = next((len(places) - number for number, one in enumerate(places) if one == "0"), 1)
        digits = whole.zfill(least)
        made, left = [], len(places)
        for part in reversed(self.parts):
            if part[0] == "'":
                made.append(part[1:])
                continue
            left -= 1
            taken = digits if left == 0 else digits[-1:]
            digits = digits[: len(digits) - len(taken)]
            made.append(taken)
        return "".join(reversed(made))


Style = str | Pattern
"""What a format shows: ``day``, ``month``, ``year`` or ``time`` of a date, or a pattern of digits."""


def style_of(code: str) -> Style | None:
    """The style of a format; None if it shows a plain number."""
    return precision_of(code) or _pattern_of(code)


def value_of(number: float, style: Style, from_1904: bool) -> object:
    """What a cell of ``style`` holds: an ISO date, the text that is seen, or ``Failed``."""
    return date_of(number, style, from_1904) if isinstance(style, str) else style.text(number)


def _pattern_of(code: str) -> Pattern | None:
    """The pattern of the first section of ``code``, if it shows more than a plain number."""
    section = _SECTION.match(code)
    parts: list[str] = []
    decimals, percents, point, comma, scaled, space = "", 0, False, False, False, False
    for one in _TOKEN.finditer(section[0] if section else ""):
        literal = one["quoted"] if one["quoted"] is not None else one["escaped"]
        other = one["other"]
        if one["bracket"] is not None and one["bracket"][:1] in ("<", ">", "="):
            return None
        literal = literal or (other if other not in ("0", "#", "?", ".", ",") else None)
        if other in ("0", "#", "?"):
            comma |= space  # programs of some countries write a space between thousands
            scaled = space = False
            if point:
                decimals += other
            else:
                parts.append(other)
        elif other == "." and not point:
            point = True
        elif other == ",":
            comma = scaled = True
        elif literal and not literal.strip() and parts and parts[-1][0] != "'":
            space = True
        elif other == "%":
            percents += 1
            parts.append("'%")
        elif other is not None and other in "Ee/@":
            return None
        elif literal:
            parts.append(f"'{literal}")
    if scaled or len(parts) > _PLACES or len(decimals) > _DECIMALS:
        return None  # a comma after the last digit shows thousands or millions of what the cell holds
    return _told(parts, decimals, percents, is_number=point or comma)


def _told(parts: list[str], decimals: str, percents: int, *, is_number: bool) -> Pattern | None:
    digits = [number for number, one in enumerate(parts) if one[0] != "'"]
    if not digits or "general" in "".join(parts).replace("'", "").casefold():
        return None
    first, last = digits[0], digits[-1]
    before = "".join(one[1:] for one in parts[:first])
    after = "".join(one[1:] for one in parts[last + 1 :])
    if percents == 1:
        return Pattern(tuple(parts[first : last + 1]), decimals, "%", is_percent=True) if after.strip().startswith("%") else None
    zeros = sum(one == "0" for one in parts)
    is_id = not is_number and (zeros > 1 or last - first + 1 > len(digits) or not CURRENCY.fullmatch(before))
    if is_id:
        return Pattern(tuple(parts[: last + 1]), "", after.rstrip())
    if after.strip().startswith(LARGE) and last - first + 1 == len(digits):
        return Pattern(("0",), decimals, after.rstrip())
    return None


BUILT_IN_STYLES: dict[int, Style | None] = {**BUILT_IN, 9: style_of("0%"), 10: style_of("0.00%")}
"""Formats known by their number."""
