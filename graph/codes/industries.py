"""Industries: the code of a name or number in the Chinese and in the European classification, and what lies within what.

In: an industry as a cell or a filter has it. Out: a code such as ``gbt4754:C39`` or ``nace:26.1``, or the text as written. Next: whoever
stores or compares industries.

GB/T 4754-2017: sections ``C``, divisions ``C39``, below them ``C391`` and ``C3911``. NACE Rev. 2: sections ``C``, divisions ``26``, below
them ``26.1`` and ``26.11``. The two number the same industry differently, so a code is read as GB/T 4754 unless it says NACE, has a
point, or is none of GB/T 4754. Sections and divisions are lists (``graph/codes/data``); what lies below is told by its form alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from graph.codes.lists import LONGEST, fold, is_east_asian, rows

GBT, NACE = "gbt4754", "nace"
_SCHEME = re.compile(r"(?P<gbt>gb\s*/?\s*t?\s*4754(?:[-—–]\d{4})?)|(?P<nace>nace(?:\s*rev\.?\s*2(?!\.\d))?)", re.IGNORECASE)
_CODE = re.compile(r"(?P<section>[A-U])?\s*(?P<number>\d{2}(?:\.\d{1,2}|\d{1,2})?)?(?=$|[^\w.]|[^\W\da-z_.])", re.IGNORECASE)
_BETWEEN = " \u3000:：-—–、.．()（）"
"""Between a code and its name."""
_PATH = re.compile(r"\s*[/>＞|→;；]\s*|\s+[-–—]+\s+|(?<=业)\s*[-–—]+\s*")


@dataclass(frozen=True, slots=True)
class Industry:
    """A section or division. ``scheme``: ``gbt4754`` or ``nace``; ``code``: with the scheme before it; ``zh`` and ``en``: its name, empty
    where the classification has none in that language; ``parents``: the code of a division's section."""

    scheme: str
    code: str
    en: str
    zh: str
    parents: tuple[str, ...]


def industry(text: str) -> Industry | None:
    """The section or division that ``text`` names in either language, or in which its code lies (``C39``, ``39``, ``C3911``,
    ``NACE C26.1``); None where it is neither."""
    code = industry_code(text)
    found = _lists().get(code)
    return found or next((_lists()[one] for one in _above(code) if one in _lists()), None)


def industry_code(text: str) -> str:
    """The code of an industry with its scheme, to the level that the text gives (``nace:26.1``), or the text as written.

    A code may stand before its name (``C27 医药制造业``), and a path counts by its last part (``制造业 / 医药制造业``).
    """
    return _code(text) if 0 < len(text) <= LONGEST else text


@lru_cache(maxsize=20_000)
def _code(text: str) -> str:
    whole = _read(text.strip())
    if whole:
        return whole
    parts = [part for part in _PATH.split(text.strip()) if part]
    found = [code for part in parts if (code := _read(part))]
    chained = all(industry_within(after, before) for before, after in pairwise(found))
    return found[-1] if len(parts) > 1 and len(found) == len(parts) and chained else text


def industry_within(code: str, wanted: str) -> bool:
    """Whether an industry is ``wanted`` or lies in it; both as codes, or in any words that ``industry_code`` reads. Texts that it does
    not know are compared without regard to case."""
    one, other = industry_code(code), industry_code(wanted)
    return one.casefold() == other.casefold() or other in _above(one)


@lru_cache(maxsize=1)
def _lists() -> dict[str, Industry]:
    out = {}
    for code, parent, zh in rows("gbt4754.csv"):
        out[f"{GBT}:{code}"] = Industry(GBT, f"{GBT}:{code}", "", zh, (f"{GBT}:{parent}",) if parent else ())
    for code, parent, en in rows("nace.csv"):
        out[f"{NACE}:{code}"] = Industry(NACE, f"{NACE}:{code}", en, "", (f"{NACE}:{parent}",) if parent else ())
    return out


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    """The code of each folded name; of a section and its only division, the section's."""
    out: dict[str, str] = {}
    for code, one in _lists().items():
        if not one.parents:
            out.setdefault(fold(one.zh or one.en), code)
    for code, one in _lists().items():
        out.setdefault(fold(one.zh or one.en), code)
    return out


@lru_cache(maxsize=1)
def _sections() -> dict[str, str]:
    """The section of each division, by its number with the scheme."""
    return {f"{one.scheme}:{code[-2:]}": one.parents[0][-1] for code, one in _lists().items() if one.parents}


@lru_cache(maxsize=20_000)
def _above(code: str) -> tuple[str, ...]:
    """The codes of what an industry lies in, from the nearest to the section."""
    scheme, _, bare = code.partition(":")
    if scheme == GBT and len(bare) > 1:
        return (*(f"{GBT}:{bare[:end]}" for end in range(len(bare) - 1, 2, -1)), f"{GBT}:{bare[0]}")
    if scheme == NACE and len(bare) > 1:
        ends = [end for end in range(len(bare) - 1, 1, -1) if bare[end - 1] != "."]
        return (*(f"{NACE}:{bare[:end]}" for end in ends), f"{NACE}:{_sections()[f'{NACE}:{bare[:2]}']}")
    return ()


def _read(text: str) -> str:
    """The code of a text that is a code, a name, or a code before its name; "" where it is none, or where code and name do not fit."""
    said = _SCHEME.match(text)
    only = "" if not said else GBT if said["gbt"] else NACE
    rest = text[said.end() :].lstrip(" :：-") if said else text
    named = _names().get(fold(rest), "")
    if named.startswith(only) and named:
        return named
    found = _CODE.match(rest)
    if not found or not found[0].strip():
        return ""
    section, number, tail = (found["section"] or "").upper(), found["number"] or "", rest[found.end() :].strip(_BETWEEN)
    named = _names().get(fold(tail), "") if tail else ""
    if tail and not named and not (section and len(number) > 2):
        return ""  # what lies below a division has names that are in no list here
    if not number and not named and not only:
        return ""  # a letter alone is no industry
    first = only or named.partition(":")[0] or (NACE if "." in number or (tail and not is_east_asian(tail)) else GBT)
    schemes = (first,) if only or named or "." in number else (first, NACE if first == GBT else GBT)
    code = next((code for scheme in schemes if (code := _coded(scheme, section, number))), "")
    return code if not named or named in (code, *_above(code)) else ""


def _coded(scheme: str, section: str, number: str) -> str:
    """The code of a section and a number in a scheme; "" where the scheme has no such division, or has it in another section."""
    if not number:
        return f"{scheme}:{section}" if f"{scheme}:{section}" in _lists() else ""
    known = _sections().get(f"{scheme}:{number[:2]}")
    if not known or (section and section != known):
        return ""
    below = number[2:].lstrip(".")
    if scheme == NACE:
        return f"{NACE}:{number[:2]}" + (f".{below}" if below else "")
    return f"{GBT}:{known}{number[:2]}{below}"

