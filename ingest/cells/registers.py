"""Cells that say what a register holds: numbers of rights and texts, their classes, licences, and qualifications with their last day.

In: a cell. Out: ``scheme:number`` in the one form that every source of it comes to, so that it can be compared; classes; forms of licence;
``name@day``. Next: ``ingest.rows.models`` reads fields by these, ``ingest.build`` and ``ingest.rows.spread`` tell licences,
``ingest.load`` and ``desk.find`` look works up by their numbers.

A Chinese patent's number is ``ZL`` and its application's number, so both come to ``application:CN...``. The check digit of an application's
number follows from the others (weights 2 to 9, again from 2; modulo 11, X for 10: GB/T and CNIPA's ZC 0006-2003) and is added where
it is left out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import lru_cache
from typing import TypeVar

from pydantic import ValidationInfo

from graph.language import N_
from graph.model import LicenceForm
from ingest.cells.broken import Broken
from ingest.cells.dates import date_text
from ingest.cells.identifiers import external_id
from ingest.cells.values import identifier, is_blank, line_text

_T = TypeVar("_T")
_DIGITS = 4
"""Digits that a number has at least: less is a remark."""
_CN_APPLICATION = re.compile(r"(?:ZL|CN)?((?:19|20)[0-9]{2}[1-9][0-9]{7})(?:\.?([0-9X]))?")
_CN_BEFORE_2003 = re.compile(r"(?:ZL([0-9]{2}[1-9][0-9]{5})(?:\.?([0-9X]))?|(?:CN)?([0-9]{2}[1-9][0-9]{5})\.([0-9X]))")
_CN_PUBLICATION = re.compile(r"[123][0-9]{8}[A-Z]")
_CLASS = re.compile(r"([A-HY][0-9]{2}(?:[A-Z](?:[0-9]{1,4}(?:/[0-9]{2,6})?)?)?)(?:\(.*\))?")
_BETWEEN_NUMBERS = re.compile(r"[;；|\n、]")
_BETWEEN_CLASSES = re.compile(r"[;；|\n、,，]")
_BETWEEN_WORDS = re.compile(r"[;；|\n、,，/]|以及|或|及|和|与")


def several(read: Callable[[object], _T], between: re.Pattern[str] = _BETWEEN_WORDS) -> Callable[[object], tuple[_T, ...]]:
    """Reads a cell of several values, each by ``read``: each once, in the order written."""

    def read_all(value: object) -> tuple[_T, ...]:
        parts: Iterable[object] = between.split(value) if isinstance(value, str) else value if isinstance(value, list) else [value]
        return tuple(dict.fromkeys([read(part) for part in parts if not is_blank(part)]))

    return read_all


# -- numbers


def application(value: object) -> str:
    """``ZL 2019 1 0123456.X``, ``CN201910123456X``, ``201910123456`` -> ``application:CN201910123456.X``."""
    text = _number(value, N_("must be the number of an application, such as 201910123456.X"))
    return f"application:{_chinese(text) or text}"


def publication(value: object) -> str:
    """``CN 110123456 A``, ``110123456A`` -> ``publication:CN110123456A``; a Chinese patent's number (ZL) is its application's."""
    text = _number(value, N_("must be the number of a publication, such as CN110123456A"))
    own = _chinese(text) if text.startswith("ZL") or "." in text else None
    if own:
        return f"application:{own}"
    text = re.sub(r"[/,.-]", "", text)
    return f"publication:{'CN' if _CN_PUBLICATION.fullmatch(text) else ''}{text}"


def registration(value: object) -> str:
    """The number under which a result or a software is registered: ``2019SR0123456`` -> ``registration:2019SR0123456``."""
    text = _number(value, N_("must be the number of a registration, such as 2019SR0123456"))
    return f"registration:{text}"


def doi(value: object) -> str:
    """``10.1000/182``, ``DOI: 10.1000/182`` or its web address -> ``doi:10.1000/182``, in small letters (DOIs are compared so)."""
    text = re.sub(r"\s", "", identifier(value))
    found = external_id(text) or f"doi:{text}"
    if not re.fullmatch(r"doi:10\.\d{4,9}/\S+", found):
        raise Broken("must be a DOI, such as 10.1000/182")
    return found.casefold()


_BY_SCHEME: dict[str, Callable[[object], str]] = {
    "application": application, "publication": publication, "registration": registration, "doi": doi,
}  # fmt: skip


def work_id(value: object) -> str:
    """An external id of an achievement, ``scheme:value``; that of a known scheme in its one form."""
    found = external_id(identifier(value))
    if found is None:
        raise Broken('must be "scheme:value", such as doi:10.1000/182')
    scheme, _, rest = found.partition(":")
    return _BY_SCHEME[scheme](rest) if scheme in _BY_SCHEME else found


work_ids = several(work_id, _BETWEEN_NUMBERS)
applications = several(application, _BETWEEN_NUMBERS)
publications = several(publication, _BETWEEN_NUMBERS)
registrations = several(registration, _BETWEEN_NUMBERS)
dois = several(doi, _BETWEEN_NUMBERS)


def work_ids_of(text: str) -> list[str]:
    """The external ids of an achievement that ``text``, with or without its scheme, may stand for; mostly none that anything carries."""
    named = external_id(text.strip())
    found = [] if named is None or named.partition(":")[0] in _BY_SCHEME else [named]
    for read in (work_id,) if named else _BY_SCHEME.values():
        with suppress(Broken):
            found.append(read(text))
    return list(dict.fromkeys(found))


def _number(value: object, rule: str) -> str:
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", identifier(value))).upper()
    if sum(mark.isdigit() for mark in text) < _DIGITS or len(text) > 200:
        raise Broken(rule)
    return text


def _chinese(text: str) -> str | None:
    """The number of a Chinese application, with its check digit."""
    found = _CN_APPLICATION.fullmatch(text) or _CN_BEFORE_2003.fullmatch(text)
    if not found:
        return None
    digits, *check = [one for one in found.groups() if one]
    return f"CN{digits}.{check[0] if check else _check_digit(digits)}"


def _check_digit(digits: str) -> str:
    rest = sum(int(mark) * (2 + place % 8) for place, mark in enumerate(digits)) % 11
    return "X" if rest == 10 else str(rest)


# -- classes and licences


def _class(value: object) -> str:
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", identifier(value))).upper()
    found = _CLASS.fullmatch(text)
    if not found:
        raise Broken("must be a patent class, such as H01L23/495")
    return found[1]


classes = several(_class, _BETWEEN_CLASSES)

_LICENCES = (
    (LicenceForm.FREE_TRIAL_THEN_PAY, r"先(?:试用|使用|用)后付|free[ _-]trial"),
    (LicenceForm.SIMPLE, r"普通(?:实施)?许可|^普通$|非独占|非排他|non[ -]?exclusive|not exclusive|simple"),
    (LicenceForm.EXCLUSIVE, r"独占|\bexclusive"),
    (LicenceForm.SOLE, r"排他|\bsole\b"),
    (LicenceForm.OPEN, r"开放许可|^开放$|\bopen\b"),
)
_LICENCE = [(form, re.compile(pattern, re.IGNORECASE)) for form, pattern in _LICENCES]


@lru_cache(maxsize=5_000)
def licence_forms(text: str) -> tuple[LicenceForm, ...]:
    """The forms of licence that a text names, in the order of the list: ``普通许可或作价入股`` is ``simple``."""
    found = set()
    for form, pattern in _LICENCE:
        text, times = pattern.subn(" ", text)  # a form found is taken out: "non-exclusive" is not "exclusive"
        if times:
            found.add(form)
    return tuple(form for form in LicenceForm if form in found)


# -- qualifications

_UNTIL = re.compile(
    r"(?P<name>.+?)\s*(?:@|[(]?\s*(?:有效期[至到]|有效至|截至|至|(?:valid )?until|expires)\s*:?)"
    r"\s*(?P<day>[0-9][0-9年月日号./-]{3,11})\s*[)]?",
    re.IGNORECASE,
)


def qualifications(value: object, info: ValidationInfo) -> tuple[str, ...]:
    """Names of qualifications, each with the last day on which it is held where that is told: ``高新技术企业（有效期至 2026-12-31）`` is
    ``高新技术企业@2026-12-31``."""

    def one(part: object) -> str:
        found = _UNTIL.fullmatch(unicodedata.normalize("NFKC", part).strip()) if isinstance(part, str) else None
        if not found:
            return line_text(part, info)
        return f"{line_text(found['name'], info)}@{date_text(found['day'])}"

    return several(one, _BETWEEN_NUMBERS)(value)
