"""Filters as a person types them: words of either language become what the matcher compares, and what nobody knows is refused.

In: the filters of a question, and the snapshot that it is asked of. Out: filters in codes. Next: ``desk.ask`` puts them into the question;
``desk.schemas`` reads amounts by ``price_limit``.

A filter that names nothing would let through only what is not known, and look like an answer. So an unknown word is refused, the known
ones that are nearest to it first: of countries and kinds those of the lists; of regions, industries and qualifications those that the
viewer may see in the store, and no others.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Protocol
from weakref import WeakKeyDictionary

import msgspec

from graph.codes import country_code, industry, industry_within, is_country, regions_in
from graph.errors import InvalidInput
from graph.language import N_, _, told
from graph.model import Demand, Institution, Node, NodeKind
from graph.viewer import Viewer
from matcher.question import Filters, Question, Want

if TYPE_CHECKING:
    from matcher.columns.joins import Joins
    from matcher.index.snapshot import Snapshot

NEAREST = 6
"""Known words that a refusal names, where there are many."""
_PREFIX = 3
"""Letters of a word that may stand for all of it; of Chinese two characters do."""
_OF_WANT = {
    Want.PARTNERS: "institutions", Want.EXPERTS: "institutions", Want.ACHIEVEMENTS: "achievements", Want.DEMANDS: "demands",
    Want.RESOURCES: "resources",
}  # fmt: skip


def read_filters(question: Question, snapshot: Snapshot) -> Filters:
    """The filters of a question in codes. Raises InvalidInput, whose field is ``filters.`` and the filter, for a word that nobody knows and
    for a price without a currency."""
    filters = question.filters
    if filters == Filters():
        return filters

    def read(name: str, known: Callable[[str], str]) -> tuple[str, ...]:
        return _each(getattr(filters, name), f"filters.{name}", known)

    stored = _Stored(snapshot, question.viewer)
    countries = read("countries", lambda word: _country(word, stored))
    near = countries[0] if len(countries) == 1 else None
    return msgspec.structs.replace(
        filters,
        countries=countries,
        regions=read("regions", lambda word: _region(word, near, stored)),
        kinds=read("kinds", lambda word: _kind(word, _OF_WANT[question.want])),
        industries=read("industries", lambda word: _industry(word, stored)),
        qualifications=read("qualifications", lambda word: _qualification(word, stored)),
        currency=_currency(question, snapshot),
    )


def read_words(
    stored: Stored, *, kinds: Iterable[str] = (), of: str = "", countries: Iterable[str] = (), regions: Iterable[str] = ()
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """The filters of a list of things in codes: kinds ``of`` institutions, achievements, demands or resources, countries, regions. Raises
    InvalidInput, whose field is the filter, for a word that nobody knows."""
    codes = _each(countries, "country", lambda word: _country(word, stored))
    near = codes[0] if len(codes) == 1 else None
    places = _each(regions, "region", lambda word: _region(word, near, stored))
    return _each(kinds, "kind", lambda word: _kind(word, of)), codes, places


def _each(words: Iterable[str], field: str, known: Callable[[str], str]) -> tuple[str, ...]:
    """What ``known`` makes of each word. Raises InvalidInput naming ``field``."""
    from ingest.cells.clean import clean_text

    found = []
    for word in map(clean_text, words):
        try:
            found.append(_in_either_width(word, known))
        except InvalidInput as error:
            raise InvalidInput(error.rule, field=field) from error
    return tuple(found)


def _in_either_width(word: str, known: Callable[[str], str]) -> str:
    """What ``known`` makes of a word as it is typed or, where it knows none such, in the usual width (``ＣＮ``)."""
    plain = unicodedata.normalize("NFKC", word)
    if plain != word:
        with suppress(InvalidInput):
            return known(word)
    return known(plain)


def price_limit(value: float | str) -> tuple[float, str | None]:
    """The highest price that a filter names, ``50万``, ``80000 EUR`` or a number, and its currency. Raises ValueError with the rule."""
    from ingest.cells.broken import Broken
    from ingest.cells.money import read_money

    try:
        money = read_money(value.strip() if isinstance(value, str) else value)
    except Broken as error:
        raise ValueError(told(error.rule)) from error
    if money is None or money.high is None or money.low not in (None, money.high):
        raise ValueError(_("must be one amount, the highest, such as 50万 or 80000 EUR"))
    return money.high, money.currency


def currency(value: str) -> str:
    """The ISO 4217 code of a currency that a filter names. Raises ValueError with the rule."""
    from ingest.cells.currencies import currency_code

    code = currency_code(value)
    if code is None:
        raise ValueError(_("must be a currency, such as CNY or EUR"))
    return code


def _currency(question: Question, snapshot: Snapshot) -> str | None:
    """That of the highest price: as it is named, else that of the demand that is asked about."""
    filters = question.filters
    if filters.price_max is None or filters.currency:
        return filters.currency
    about = snapshot.display.get([question.about]).get(question.about) if question.about else None
    if isinstance(about, Demand) and about.currency:
        return about.currency
    raise InvalidInput(
        _("names no currency, and no price is converted: write {price_max:g} CNY, or 50万, or 80000 EUR", price_max=filters.price_max),
        field="filters.price_max",
    )


# -- closed lists


def _country(word: str, stored: Stored) -> str:
    code = country_code(word)
    if is_country(word) or any(code == one for one in stored.values("countries")):
        return code
    from graph.codes.countries import countries

    names = {f"{one.code} {one.en} {one.zh}": (one.code, one.alpha3, one.en, one.zh) for one in countries().values()}
    raise _unknown(
        _("unknown country: {word}", word=word[:100]), word, names, N_("any of ISO 3166-1 by its code or name, such as {nearest}")
    )


def _kind(word: str, of: str) -> str:
    """The kind of what is wanted that a word stands for: a word of the list, a further one for the same, or how one of these begins."""
    from ingest.cells.broken import Broken
    from ingest.cells.words import READ_KIND, SYNONYMS

    reader = dict(zip(("institutions", "achievements", "resources", "demands"), READ_KIND, strict=True))
    with suppress(Broken):
        return reader[of](word).value
    members = {text.split()[0]: text for text in _listed(reader[of])}
    further = {str(member): words for member, words in SYNONYMS[type(reader[of](next(iter(members))))].items()}
    forms = {name: (*text.split(), *further.get(name, ())) for name, text in members.items()}
    folded = word.casefold().rstrip(".").replace(" ", "_")
    begun = {name for name, words in forms.items() if any(one.startswith(folded) for one in words)}
    if len(begun) == 1 and len(folded) >= (_PREFIX if folded.isascii() else 2):
        return begun.pop()
    elsewhere = ""
    for other, read in reader.items():
        with suppress(Broken):
            elsewhere = elsewhere or _(" ({kind} is a kind of {other})", kind=read(word).value, other=other)
    refused = _("unknown kind of {of}: {word}", of=of, word=word[:100]) + elsewhere
    raise _unknown(refused, word, {members[name]: words for name, words in forms.items()}, N_("known are {nearest}"), len(forms))


def _listed(read: Callable[[object], object]) -> list[str]:
    """The documented words of a closed list, each in both languages."""
    from ingest.cells.broken import Broken

    try:
        read(None)
    except Broken as error:
        return error.rule.removeprefix("must be one of: ").split(", ")
    return []


# -- open lists


class Stored(Protocol):
    """The values of open lists, as far as a viewer may see them."""

    def values(self, name: str) -> frozenset[str]:
        """All values of a filter: ``countries``, ``regions``."""


class _Stored:
    """The values of open lists in a store, as far as a viewer may see them; read when a word is not in the code lists."""

    def __init__(self, snapshot: Snapshot, viewer: Viewer) -> None:
        self._snapshot, self._viewer = snapshot, viewer

    def values(self, name: str) -> frozenset[str]:
        """All values of a filter."""
        kept = _SEEN.setdefault(self._snapshot.joins, {})
        if self._viewer not in kept:
            found: dict[str, set[str]] = {"countries": set(), "regions": set(), "industries": set(), "qualifications": set()}
            for kind in (NodeKind.INSTITUTION, NodeKind.DEMAND):
                for node in self._snapshot.display.scan(kind):
                    if isinstance(node, Node) and self._viewer.sees(node):
                        for filter_, value in _values_of(self._viewer.view(node)):
                            found[filter_].add(value)
            kept[self._viewer] = {filter_: frozenset(values) for filter_, values in found.items()}
        return kept[self._viewer][name]


_SEEN: WeakKeyDictionary[Joins, dict[Viewer, dict[str, frozenset[str]]]] = WeakKeyDictionary()
"""By the nodes of a snapshot and by who looks, the values of open lists: a scan of all institutions, done once."""


def _values_of(node: Node) -> Iterator[tuple[str, str]]:
    if isinstance(node, Institution):
        yield from (("countries", one) for one in (node.country,) if one)
        yield from (("regions", one) for one in (node.region,) if one)
        yield from (("qualifications", one) for one in node.qualifications)
    if isinstance(node, Demand):
        yield from (("regions", one) for one in node.regions)
    if isinstance(node, Institution | Demand):
        yield from (("industries", one) for one in node.industry)


def _region(word: str, country: str | None, stored: Stored) -> str:
    if regions_in(word, country) or any(word.casefold() == one.casefold() for one in stored.values("regions")):
        return word
    raise _unknown(_("unknown region: {word}", word=word[:100]), word, {one: (one,) for one in stored.values("regions")}, _SEEN_HERE)


def _industry(word: str, stored: _Stored) -> str:
    if industry(word) or any(industry_within(one, word) for one in stored.values("industries")):
        return word
    raise _unknown(_("unknown industry: {word}", word=word[:100]), word, {one: (one,) for one in stored.values("industries")}, _SEEN_HERE)


def _qualification(word: str, stored: _Stored) -> str:
    from matcher.rank.filters import held

    names = {held(one, "9999")[0] for one in stored.values("qualifications")}
    if any(word.casefold() in one.casefold() for one in names):
        return word
    raise _unknown(_("unknown qualification: {word}", word=word[:100]), word, {one: (one,) for one in names}, _SEEN_HERE)


_SEEN_HERE = N_("seen here are {nearest}")


def _unknown(refused: str, word: str, known: Mapping[str, tuple[str, ...]], lead: str, count: int = NEAREST) -> InvalidInput:
    """The refusal of a word, with the known ones that are nearest to it. ``known``: how each is told, and its forms; ``lead``: what is
    said of the nearest."""
    nearest = sorted(known, key=lambda one: (-_likeness(word, known[one]), one))
    seen = _(lead, nearest=", ".join(nearest[:count])) if nearest else _("none is seen here")
    seen += _(" and {count} more", count=len(nearest) - count) if len(nearest) > count else ""
    return InvalidInput(_("; ").join((refused, seen)))


def _likeness(word: str, forms: Iterable[str]) -> float:
    folded = word.casefold()[:100]
    return max(SequenceMatcher(None, folded, one.casefold()).ratio() for one in forms)
