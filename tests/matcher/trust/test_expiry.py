"""Expiry: what speaks against somebody counts for some years, on every day as a plain loop over the evidence says it."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.dates import ordinal
from graph.model import Evidence, EvidenceKind
from matcher.columns.evidence import EVER
from matcher.trust.decay import expiry
from matcher.trust.fusion import HEARD, OWN, WAYS, Trust
from matcher.trust.ledger import Ledger
from matcher.trust.settings import SETTINGS
from tests.matcher.trust.towns import town
from tests.matcher.worlds import evidence, party

SIZE = 4
DATES = st.sampled_from([None, "2010-03-01", "2014-12-31", "2018-06-15", "2019", "2023-02-28"])
DAYS = st.dates(date(2010, 1, 1), date(2030, 1, 1))
YEARS = st.sampled_from([None, 0.5, 2.0, 5.0])
EDGES = st.lists(
    st.builds(
        lambda source, target, kind, value, when: evidence(party(source), party(target), kind, value, when),
        st.integers(0, SIZE - 1), st.integers(0, SIZE - 1), st.sampled_from(list(EvidenceKind)),
        st.sampled_from([-1.0, -0.3, 0.05, 0.6, 1.0]), DATES,
    ),
    max_size=12, unique_by=lambda one: one.id,
).map(lambda found: [one for one in found if one.source != one.target])  # fmt: skip


def plain(edges: list[Evidence], source: str, target: str, day: date, years: float | None) -> tuple[float, float]:
    """r and s of what one says of another on a day, item by item."""
    r = s = 0.0
    there = [one for one in edges if one.date is None or ordinal(one.date) <= day.toordinal()]
    ratings = [one.outcome for one in there if one.source == source and one.evidence is EvidenceKind.RATING]
    usual = sum(ratings) / (len(ratings) + SETTINGS.leniency_prior)
    for one in there:
        if (one.source, one.target) == (source, target):
            kind = SETTINGS.kinds[one.evidence.value]
            age = (day.toordinal() - ordinal(one.date)) / 365.25 if one.date else SETTINGS.unknown_age * kind.halflife
            value = max(-1.0, min(1.0, one.outcome - usual)) if one.evidence is EvidenceKind.RATING else one.outcome
            weight = kind.weight * 2 ** (-age / kind.halflife)
            r += weight * max(value, 0.0)
            if one.date is None or years is None or age < years:
                s += weight * max(-value, 0.0)
    return r, s


@settings(deadline=None)
@given(EDGES, st.lists(DAYS, min_size=1, max_size=4), YEARS)
def test_on_every_day_it_is_what_a_plain_loop_says(edges: list[Evidence], days: list[date], years: float | None) -> None:
    """One ``Trust`` is asked for day after day: what it keeps from one to the next knows what expires between."""
    network = town(SIZE, [], more=edges)
    trust = Trust(network, msgspec.structs.replace(SETTINGS, negatives_expire=years))
    for day in days:
        trusted = trust.on(day.isoformat())
        for source in range(SIZE):
            row = network.row(party(source))
            everyone = trusted.everyone(row, (OWN, "part_of"))
            for target in {*range(SIZE)} - {source}:
                at = network.row(party(target))
                r, s = plain(edges, party(source), party(target), day, years)
                assert trusted.sums(row, at, ways=(OWN,)) == pytest.approx((r, s), abs=1e-9)
                assert (everyone[0][at], everyone[1][at]) == pytest.approx((r, s), abs=1e-9)
                opinion = Ledger(trusted).opinion(row, at)
                own = [one for one in opinion.items if one.way == OWN]
                assert sum(one.weight * max(-one.value, 0.0) for one in own) == pytest.approx(s, abs=1e-6)
                assert all((one.until is not None) is (one.value < 0 and bool(one.date) and years is not None) for one in opinion.items)
                assert all(one.until is None or one.until > day.isoformat() for one in opinion.items)


@settings(deadline=None)
@given(EDGES, DAYS)
def test_what_has_expired_is_as_if_it_had_never_been(edges: list[Evidence], day: date) -> None:
    """But for ratings, which tell how lenient their rater is."""
    def is_gone(one: Evidence) -> bool:
        is_old = one.date is not None and (day.toordinal() - ordinal(one.date)) / 365.25 >= 5
        return one.outcome < 0 and is_old and one.evidence is not EvidenceKind.RATING

    full, left = (town(SIZE, [], more=some) for some in (edges, [one for one in edges if not is_gone(one)]))
    for ways in (WAYS, (HEARD,)):
        told = [
            [Trust(network).on(day.isoformat()).sums(*(network.row(party(end)) for end in (one, other)), ways=ways)
             for one in range(SIZE) for other in range(SIZE)]
            for network in (full, left)
        ]  # fmt: skip
        assert told[0] == told[1]


def test_it_counts_until_that_day_and_for_every_day_before_however_late_it_is_asked() -> None:
    network = town(2, [], more=[evidence(party(0), party(1), EvidenceKind.DISPUTE, -1.0, "2018-06-15")])
    at = network.row(party(0)), network.row(party(1))
    over = date(2018, 6, 15) + timedelta(days=1827)
    assert expiry([ordinal("2018-06-15"), 0], SETTINGS).tolist() == [over.toordinal(), EVER]
    trust = Trust(network)
    assert trust.on(over.isoformat()).sums(*at) == (0.0, 0.0)
    last = (over - timedelta(days=1)).isoformat()
    assert trust.on(last).sums(*at)[1] == pytest.approx(2 ** (-1826 / (3 * 365.25)))
    (item,) = Ledger(trust.on(last)).opinion(*at).items
    assert item.until == over.isoformat() == "2023-06-16"
