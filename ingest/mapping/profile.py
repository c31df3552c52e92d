"""The look of a column's values: dates, money, countries, web addresses, ids, long texts.

In: the values of a column that are not blank. Out: a ``Look``. Next: ``ingest.mapping.suggest`` drafts by it. It is a hint for a person,
never a rule.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from graph.codes import is_country
from ingest.cells.broken import Broken
from ingest.cells.dates import date_text, is_ambiguous
from ingest.cells.placeholders import is_placeholder
from ingest.cells.values import amount

_FORMS = ("%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y", "%d-%b-%Y")
_MOST = 0.9
_LONG = 80
_ID = 40
_VALUES = 50
_SEPARATORS = "、,，/"


@dataclass(frozen=True, slots=True)
class Look:
    """``seems``: what the values look like; ``length``: their mean number of characters; ``dates``: the forms in which they are
    dates, beside those always read; ``values``: the distinct short ones, a few; ``texts``: all."""

    seems: str
    length: float
    dates: tuple[str, ...]
    values: frozenset[str]
    texts: tuple[str, ...]

    def told(self) -> str:
        """The look in words, with an example."""
        example = self.texts[0][:40] if self.texts else ""
        return f"{self.seems}, such as: {example}" if example else "always blank"


def look(values: Sequence[object]) -> Look:
    """What ``values`` look like."""
    texts = tuple([text for one in values if (text := (";".join(map(str, one)) if isinstance(one, list) else str(one)).strip())])
    known = [one for one in texts if not is_placeholder(one)]
    length = sum(map(len, known)) / len(known) if known else 0.0
    forms = _date_forms(known) if length < _ID else ()
    distinct = frozenset(_short(known))
    return Look(_seems(known, length, forms), length, forms, distinct | frozenset(filter(is_placeholder, texts)), texts)


def _short(texts: list[str]) -> list[str]:
    """The first few distinct texts of a column that has but few."""
    distinct = list(dict.fromkeys(one for one in texts if len(one) <= _ID))
    return distinct[:_VALUES]


def separator_of(found: Look) -> str | None:
    """What separates the parts of a list that is not written with ``;`` or ``|``: in a third of the values or more."""
    if any(one in text for text in found.texts for one in ";；|\n"):
        return None
    counts = {one: sum(one in text for text in found.texts) for one in _SEPARATORS}
    best = max(_SEPARATORS, key=lambda one: counts[one])
    return best if found.texts and counts[best] * 3 >= len(found.texts) else None


def _seems(texts: list[str], length: float, forms: tuple[str, ...]) -> str:
    if not texts:
        return "blank"
    if forms or _are(texts, _is_date):
        return "date"
    if _are(texts, lambda one: one.startswith(("http://", "https://"))):
        return "web address"
    if _are(texts, is_country):
        return "country"
    if length >= _LONG:
        return "long text"
    if _are(texts, _is_amount):
        return "number or amount"
    if len(set(texts)) == len(texts) and len(texts) > 1 and _are(texts, _is_id):
        return "id"
    return "text"


def _are(texts: list[str], rule: Callable[[str], bool]) -> bool:
    return sum(map(rule, texts)) >= _MOST * len(texts)


def _is_date(text: str) -> bool:
    return _reads(text, ()) and (len(text) > 4 or text[:2] in ("19", "20"))


def _is_id(text: str) -> bool:
    return len(text) <= _ID and not any(map(str.isspace, text)) and any(map(str.isdigit, text))


def _is_amount(text: str) -> bool:
    try:
        amount(text)
    except Broken:
        return False
    return True


def _reads(text: str, forms: tuple[str, ...]) -> bool:
    try:
        date_text(text, forms)
    except Broken:
        return False
    return True


def _date_forms(texts: list[str]) -> tuple[str, ...]:
    """The further forms under which most values are dates, where they are none without."""
    if not texts or (_are(texts, lambda one: _reads(one, ())) and not any(map(is_ambiguous, texts))):
        return ()
    return tuple([form for form in _FORMS if _are(texts, lambda one, form=form: _reads(one, (form,)))])  # type: ignore[misc]
