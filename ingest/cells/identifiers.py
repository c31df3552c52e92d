"""Ids that others have given: external ids of known schemes with their check characters, and what a spreadsheet leaves of a long number.

In: the text of a cell, perhaps with the scheme that its column is of. Out: ``scheme:value``. Next: ``ingest.cells.values`` reads lists of
external ids, references and ids of rows by it, ``ingest.mapping.native`` columns of one scheme; ``ingest.resolve.records`` makes keys of
what it let pass. An id of a known scheme that is not well formed identifies nobody.

Check characters (python-stdnum): uscc 统一社会信用代码, GB 32100-2015, modulo 31; orcid and isni, ISO 7064 MOD 11-2; lei, ISO 17442 with
ISO 7064 MOD 97-10. A ror ends in the ISO 7064 MOD 97-10 check of its base 32 number (https://ror.readme.io/docs/identifier). Of a uei the
form is public and the check is not: no O and no I, no 0 first, no nine digits in a row (GSA, Unique Entity ID technical specifications).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache

from stdnum import isni, lei
from stdnum.cn import uscc
from stdnum.exceptions import ValidationError

from graph.language import N_
from ingest.cells.broken import Broken

DAMAGED_RULE = N_("is a number that a spreadsheet cut: format the column as text")
PLACEHOLDER_RULE = N_("is a placeholder, not an id")
_CHECK_RULE = N_("has a wrong check character")

_DAMAGED = re.compile(r"[0-9](?:[.,][0-9]{1,14})?e\+[0-9]{2,3}", re.IGNORECASE)


def damaged_number(text: str) -> bool:
    """Whether ``text`` is what a spreadsheet leaves of a long number: ``2.02310E+11``, ``2.02E+11``, ``1.23457E+15``."""
    return "+" in text and _DAMAGED.fullmatch(unicodedata.normalize("NFKC", text).strip()) is not None


# -- scheme:value

_EXTERNAL = re.compile(r"[a-z][a-z0-9_.-]{1,30}:\S{1,200}")
_RESOLVERS = re.compile(r"https?://(?:www\.)?(?:(ror|orcid|wikidata|isni)\.org/(?:wiki/|isni/)?|(?:dx\.)?(doi)\.org/)", re.IGNORECASE)


def external_id(text: str) -> str | None:
    """``text`` as ``scheme:value`` if it has the form of an external id (or of its web address), else None; of a known scheme in its one
    form where it is well formed, which ``checked_external_id`` asks for."""
    if ":" not in text:
        return None
    text = _with_scheme(text)
    scheme, _, value = text.partition(":")
    if value.startswith("//"):
        return None
    text = f"{scheme.lower()}:{value}" if scheme.isupper() or scheme.islower() else text
    if not _EXTERNAL.fullmatch(text):
        return None
    scheme = text.partition(":")[0]
    if scheme in IDENTITIES:
        with suppress(Broken):
            return external_id_of(scheme, value)
    return text


def _with_scheme(text: str) -> str:
    """A web address of an external id as ``scheme:value``."""
    found = _RESOLVERS.match(text)
    return f"{(found[1] or found[2]).lower()}:{text[found.end() :].rstrip('/')}" if found else text


def scheme_of(text: str) -> str | None:
    """The scheme, one of ``IDENTITIES``, that ``text`` says it is an id of, whether it is well formed or not."""
    if ":" not in text:
        return None
    scheme = _with_scheme(text).partition(":")[0].strip().lower()
    return scheme if scheme in IDENTITIES else None


@lru_cache(maxsize=20_000)
def checked_external_id(text: str) -> str | None:
    """``text`` as ``scheme:value`` if it is an external id, in its one form where its scheme is known; None if it does not look like one.

    Raises Broken where it looks like one and identifies nobody: not well formed, a placeholder, cut by a spreadsheet.
    """
    scheme = scheme_of(text)
    if scheme:
        return external_id_of(scheme, _with_scheme(text).partition(":")[2])
    found = external_id(text)
    value = found.partition(":")[2] if found else ""
    if is_placeholder_id(value):
        raise Broken(PLACEHOLDER_RULE)
    if damaged_number(value):
        raise Broken(DAMAGED_RULE)
    return found


def is_placeholder_id(value: str) -> bool:
    """Whether the value of an id stands where none is known: the same letter or digit throughout (``0000-0000-0000-0000``), or counted up
    (``123456789``)."""
    marks = [mark for mark in value if mark.isalnum()]
    text = "".join(marks)
    return len(marks) >= 6 and (len(set(marks)) == 1 or text in "012345678901234567890" or text in "987654321098765432109")


# -- bare values of a known scheme

_SPACE = re.compile(r"[\s-]+")


def _checked(validate: Callable[[str], str], form: str, rule: str) -> Callable[[str], str]:
    """Reads a value of which ``form`` is the shape and ``validate`` the check."""
    shape = re.compile(form)

    def read(text: str) -> str:
        plain = _SPACE.sub("", text).upper()
        if not shape.fullmatch(plain):
            raise Broken(rule)
        try:
            return validate(plain)
        except ValidationError:
            raise Broken(_CHECK_RULE) from None

    return read


def _uscc(text: str) -> str:
    plain = _SPACE.sub("", text).upper()
    if not re.fullmatch(r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}", plain):
        raise Broken("must be a unified social credit code: 18 digits and letters, none of them I, O, S, V or Z")
    if uscc.calc_check_digit(plain[:17]) != plain[17]:  # uscc.validate refuses authorities that have a letter, such as N
        raise Broken(_CHECK_RULE)
    return plain


_ISNI = _checked(isni.validate, r"[0-9]{15}[0-9X]", N_("must be an ISNI: 16 digits, the last may be X"))
_ORCID_DIGITS = _checked(isni.validate, r"[0-9]{15}[0-9X]", N_("must be an ORCID iD, such as 0000-0002-1825-0097"))
_LEI = _checked(lei.validate, r"[0-9A-Z]{18}[0-9]{2}", N_("must be an LEI: 18 digits and letters and 2 digits"))


def _orcid(text: str) -> str:
    plain = _ORCID_DIGITS(text)
    return "-".join(plain[at : at + 4] for at in range(0, 16, 4))


_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
_ROR = re.compile(rf"0[{_CROCKFORD}]{{6}}[0-9]{{2}}")


def _ror(text: str) -> str:
    plain = text.lower()
    if not _ROR.fullmatch(plain):
        raise Broken("must be a ROR id, such as 05a28rw58")
    number = 0
    for mark in plain[:7]:
        number = number * 32 + _CROCKFORD.index(mark)
    if 98 - number * 100 % 97 != int(plain[7:]):
        raise Broken(_CHECK_RULE)
    return plain


_DOI = re.compile(r"10\.[0-9]{4,9}(?:\.[0-9]+)*/\S{1,180}")


def _doi(text: str) -> str:
    if not _DOI.fullmatch(text):
        raise Broken("must be a DOI, such as 10.1000/182")
    return text.lower()


def _formed(form: str, rule: str) -> Callable[[str], str]:
    """Reads a value that has a form and no check, or none that is published."""
    shape = re.compile(form)

    def read(text: str) -> str:
        plain = _SPACE.sub("", text).upper()
        if not shape.fullmatch(plain):
            raise Broken(rule)
        return plain

    return read


_DUNS = _formed(r"[0-9]{9}", N_("must be a DUNS number: 9 digits"))
_PIC = _formed(r"[0-9]{9}", N_("must be a PIC of the EU: 9 digits"))
_UEI = _formed(
    r"(?!.*[0-9]{9})[1-9A-HJ-NP-Z][0-9A-HJ-NP-Z]{11}",
    N_("must be a UEI of SAM.gov: 12 digits and letters, none of them I or O, no 0 first, no nine digits in a row"),
)
_WIKIDATA = _formed(r"Q[1-9][0-9]{0,9}", N_("must be an item of Wikidata, such as Q42944"))

_NUMBER = re.compile(r"(?=(?:[^0-9]*[0-9]){5})(?:PCT/[A-Z]{2}|[A-Z]{0,4})[0-9][0-9./]{4,24}[A-Z]?[0-9]?")


def _patent(text: str) -> str:
    plain = _SPACE.sub("", text).replace(",", "").upper()
    if not _NUMBER.fullmatch(plain):
        raise Broken("must be the number of a patent or an application, such as ZL201910123456.7 or CN110123456B")
    return plain


SCHEMES: dict[str, Callable[[str], str]] = {
    "uscc": _uscc,
    "orcid": _orcid,
    "ror": _ror,
    "isni": _ISNI,
    "lei": _LEI,
    "doi": _doi,
    "duns": _DUNS,
    "uei": _UEI,
    "pic": _PIC,
    "wikidata": _WIKIDATA,
    "patent": _patent,
    "application": _patent,
}
"""Known schemes and what reads a bare value of each. The check digit of Chinese application numbers is not looked at."""
IDENTITIES = SCHEMES.keys() - {"doi", "patent", "application"}
"""Those of institutions and people: two rows that carry one such id are one, so it must be well formed wherever it comes from."""


def external_id_of(scheme: str, value: object) -> str:
    """The external id of a bare value (or of its web address, or of ``scheme:value``) in a column of ``scheme``, one of ``SCHEMES``.

    Raises Broken where it is none of that scheme, a placeholder, cut by a spreadsheet, or has a wrong check character.
    """
    if isinstance(value, float) and value.is_integer():
        if abs(value) >= 1e15:
            raise Broken(DAMAGED_RULE)
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Broken("must be text")
    text = unicodedata.normalize("NFKC", str(value)).strip()
    if damaged_number(text):
        raise Broken(DAMAGED_RULE)
    text = _with_scheme(text)
    if text[: len(scheme) + 1].casefold() in (f"{scheme}:", f"{scheme} "):
        text = text[len(scheme) + 1 :].strip()
    if is_placeholder_id(text):
        raise Broken(PLACEHOLDER_RULE)
    return f"{scheme}:{SCHEMES[scheme](text)}"
