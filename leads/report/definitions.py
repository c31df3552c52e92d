"""What each number of a report means, since when: definitions with a version and a day.

In: facts. Out: the ``Definition`` of each measure for a month; the values of a fact that it counts. Next: ``leads.report.report``.

A definition that is changed gets a new version with the day from which it holds, and the old one stays: the report of an old month is made
by the definitions that held on its first day. A month before the first definition of a measure is counted by that one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from graph.language import N_
from leads.report.facts import Fact, Facts

TYPE, FIELD, DISTRICT = "type", "field", "district"
Counted = tuple[Fact, str, int]
"""A fact, the currency of what it adds ("" for a count), and how much it adds."""


@dataclass(frozen=True, kw_only=True)
class Definition:
    """``measure``: the name of the number, as a template's mark has it; ``version`` and ``day``: from which day this is its meaning;
    ``text``: in words; ``facts``: where they come from; ``by``: by what it is parted; ``counts``: what of a fact is added; ``is_money``: in
    minor units of each fact's currency."""

    measure: str
    version: int
    day: str
    text: str
    facts: Callable[[Facts], Iterable[Fact]]
    by: tuple[str, ...]
    counts: Callable[[Fact], int | None]
    is_money: bool = False

    def counted(self, facts: Iterable[Fact]) -> Iterator[Counted]:
        """What each fact adds; those of which that is not told add nothing and are not listed."""
        for one in facts:
            value = self.counts(one)
            if value is not None:
                yield one, one.currency if self.is_money else "", value


def _one(_fact: Fact) -> int | None:
    return 1


def _untold(fact: Fact) -> int | None:
    return 1 if fact.value is None else None


_PLACES = (FIELD, DISTRICT)
_ALL = (TYPE, FIELD, DISTRICT)
_FIRST = "2026-01-01"

DEFINITIONS: tuple[Definition, ...] = (
    Definition(
        measure="demands", version=1, day=_FIRST, facts=Facts.demands, by=_PLACES, counts=_one,
        text=N_("Demands posted here, by the day on which they were first published, and demands from files, by their date. Withdrawn and "
                "solved ones count in the month in which they were posted. A teaser counts only for who cannot see the demand behind it."),
    ),
    Definition(
        measure="results", version=1, day=_FIRST, facts=Facts.results, by=_PLACES, counts=_one,
        text=N_("Results by their date; one that is known by its year or month alone counts at the end of that."),
    ),
    Definition(
        measure="meetings", version=1, day=_FIRST, facts=Facts.meetings, by=(), counts=_one,
        text=N_("Meetings held: those to which somebody came, by the day on which that was noted."),
    ),
    Definition(
        measure="introductions", version=1, day=_FIRST, facts=Facts.introductions, by=_PLACES, counts=_one,
        text=N_("Leads whose two sides were introduced to each other for the first time. One that was merged into another by the end of "
                "the month does not count."),
    ),
    Definition(
        measure="contracts", version=1, day=_FIRST, facts=Facts.contracts, by=_ALL, counts=_one,
        text=N_("Agreements of leads, by the day on which they were noted, and cooperations from files, by the day of their registration, "
                "else that of their beginning. The type is the mode of the cooperation."),
    ),
    Definition(
        measure="contracts.value", version=1, day=_FIRST, facts=Facts.contracts, by=_ALL, counts=lambda fact: fact.value, is_money=True,
        text=N_("The whole amounts of these contracts, each currency by itself."),
    ),
    Definition(
        measure="contracts.technology", version=1, day=_FIRST, facts=Facts.contracts, by=_ALL, counts=lambda fact: fact.technology,
        is_money=True, text=N_("The part of these amounts that is paid for technology, where it is told."),
    ),
    Definition(
        measure="contracts.untold", version=1, day=_FIRST, facts=Facts.contracts, by=_ALL, counts=_untold,
        text=N_("Contracts of which no amount is told."),
    ),
)  # fmt: skip
COMMON = (
    N_("Days are those of UTC. What is done here counts by its entry in the journal, which nothing done later changes."),
    N_("The field is the first industry of the demand, else of the institution that needs; of a result, of its owner. The district is that "
       "of the institution that needs; of a result, of its owner; of a contract from a file, of its first party by id."),
    N_("What the one who asks may not see is not counted."),
)  # fmt: skip


def in_force(day: str, definitions: Sequence[Definition] = DEFINITIONS) -> list[Definition]:
    """The definition of each measure on a day, in the order in which measures first stand there."""
    found: dict[str, Definition] = {}
    for one in sorted(definitions, key=lambda one: one.version):
        if one.day <= day or one.measure not in found:
            found[one.measure] = one
    return [found[measure] for measure in dict.fromkeys(one.measure for one in definitions)]
