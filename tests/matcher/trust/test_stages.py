"""Stages: each threshold, the dated step of silence, the drop of a breach, and a log that replays."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph import Batch
from graph.dates import ordinal
from graph.model import Cooperation, Edge, EdgeKind, EvidenceKind, NodeKind, Outcome
from matcher.columns import tables
from matcher.columns.evidence import BREACHED, COMPLETED, EVER, FAILED, KINDS, TOOK_PART
from matcher.embedding.embedder import Embedder
from matcher.index import generations
from matcher.index.snapshot import Snapshot
from matcher.trust import derived_edges
from matcher.trust.ledger import Ledger
from matcher.trust.opinion import opinion_of
from matcher.trust.settings import SETTINGS
from matcher.trust.stages import (
    CONTRACT,
    DIGITS,
    DISPUTE,
    HARM_CHECK,
    ORDER,
    THRESHOLDS,
    Item,
    Stage,
    history,
    prospects,
    relation,
    replay,
    sums,
)
from tests.matcher.trust.test_fusion import world
from tests.matcher.trust.towns import town
from tests.matcher.worlds import ASKER, evidence, party, store_of

DAY = ordinal("2024-01-01")


def item(kind: int, day: int = DAY, value: float | None = None, *, verified: bool = True, fact: str = "") -> Item:
    said = (SETTINGS.kinds[KINDS[kind]].value or 1.0) if value is None else value
    return Item(kind, said, day, day, verified=verified, fact=fact or f"{KINDS[kind]}@{day}")


def stage(items: list[Item], day: int = DAY) -> Stage:
    return replay(history(items, day))


def belief(items: list[Item], day: int) -> float:
    return opinion_of(*sums(items, day)).belief


def plain_stages(items: list[Item], last: int, years: float | None = SETTINGS.negatives_expire) -> list[tuple[int, Stage, float]]:
    """Day by day, everything counted anew each day: the stage after each day that changed it, and the belief then. What is against the
    party is gone once it is ``years`` old."""
    found: list[tuple[int, Stage, float]] = []
    before_held: list[Item] = []

    def holds(one: Item, day: int) -> bool:
        is_old = years is not None and one.value < 0 and one.date > 0 and day - one.date >= 365.25 * years
        return one.since <= day < one.until and not is_old

    def changes(one: Item) -> set[int]:
        return {day for day in range(1, last + 1) if holds(one, day) is not holds(one, day - 1)}

    days = {one.since for one in items if not one.since} | set(range(1, last + 1))
    now = Stage.NONE
    dated = sorted({day for one in items for day in changes(one)})
    for day in sorted(days):
        held = [one for one in items if holds(one, day)]
        fresh = [one for one in held if one.since == day]
        gone = [one for one in before_held if one not in held]
        event, before_held = bool(fresh or gone), held
        # what has no date is weighed on the first day that has one
        b = belief([replace(one, until=EVER) for one in held], day or min([one for one in dated if one <= last], default=last + 1))
        b = round(b, DIGITS)
        before = now
        for one in fresh:
            if one.kind == BREACHED:
                now = ORDER[max(0, ORDER.index(now) - 2)]
        for _ in range(2 if event else 1):
            if now is Stage.TRUSTED and b < THRESHOLDS.doubt:
                now = Stage.CONSOLIDATED
            elif now is Stage.CONSOLIDATED and b < THRESHOLDS.forget:
                now = Stage.FORMING
        broken = any(one.kind == BREACHED for one in fresh)
        opening = held if any(one.kind == BREACHED for one in gone) else fresh
        if now is Stage.NONE and not broken and any(one.verified and one.value >= 0 for one in opening):
            now = Stage.FORMING
        if event:
            done = {one.fact for one in held if one.kind == COMPLETED and one.value > 0}
            disputes = sorted((one for one in held if one.kind == DISPUTE), key=lambda one: (one.since, one.fact))
            if now is Stage.FORMING and len(done) >= 2 and b >= THRESHOLDS.consolidate and not (disputes and disputes[-1].value < 0):
                now = Stage.CONSOLIDATED
            papers = {one.kind for one in held if one.kind in (CONTRACT, HARM_CHECK) and one.value > 0}
            if now is Stage.CONSOLIDATED and b >= THRESHOLDS.trust and len(papers) == 2 and not broken:
                now = Stage.TRUSTED
        if now is not before:
            found.append((day, now, b))
    return found


def test_the_first_verified_evidence_forms_a_relation() -> None:
    assert stage([item(KINDS.index("rating"), verified=False)]) is Stage.NONE
    assert stage([item(KINDS.index("rating"))]) is Stage.FORMING
    assert history([item(TOOK_PART, fact="c")], DAY)[0].facts == ("c",)


AGAINST = [item(FAILED), item(BREACHED), item(DISPUTE, value=-0.2), item(KINDS.index("rating"), value=-0.1)]


@pytest.mark.parametrize("bad", AGAINST, ids=lambda one: KINDS[one.kind])
def test_evidence_against_a_party_opens_no_relation(bad: Item) -> None:
    assert history([bad], DAY) == []
    assert not any("drop" in one for one in prospects([bad], DAY))
    later = item(TOOK_PART, DAY + 1)
    (opened,) = history([bad, later], DAY + 1)
    assert (opened.after, opened.facts) == (Stage.FORMING, (later.fact,))


def test_a_breach_drops_nothing_where_there_is_no_relation() -> None:
    dropped, again = item(BREACHED, DAY), item(BREACHED, DAY + 9)
    log = history([item(COMPLETED, DAY - 1), dropped, item(DISPUTE, DAY + 5, -1.0), again], DAY + 9)
    assert [(step.after, step.facts[0]) for step in log[1:]] == [(Stage.NONE, dropped.fact)]


def test_two_completions_consolidate_unless_there_is_an_open_dispute() -> None:
    done = [item(COMPLETED, DAY - 10), item(COMPLETED)]  # r = 1.99, b = .499
    assert stage(done[:1]) is Stage.FORMING
    assert stage(done) is Stage.CONSOLIDATED
    assert history(done, DAY)[-1].facts == (done[0].fact, done[1].fact)
    opened = item(DISPUTE, DAY - 5, -0.2)
    assert stage([*done, opened]) is Stage.FORMING
    assert stage([*done, opened, item(DISPUTE, DAY + 1, 0.0)], DAY + 1) is Stage.CONSOLIDATED


def test_a_contract_and_a_harm_check_make_it_trusted() -> None:
    much = [item(COMPLETED, DAY - n) for n in range(4)]  # r near 4, b = .67
    assert stage(much) is Stage.CONSOLIDATED
    assert stage([*much, item(CONTRACT)]) is Stage.CONSOLIDATED
    log = history([*much, item(CONTRACT), item(HARM_CHECK)], DAY)
    assert log[-1].after is Stage.TRUSTED
    assert log[-1].facts == (item(CONTRACT).fact, item(HARM_CHECK).fact)


@pytest.mark.parametrize(("before", "after"), [(4, Stage.FORMING), (2, Stage.NONE), (1, Stage.NONE)])
def test_a_breach_drops_two_stages_at_once(before: int, after: Stage) -> None:
    items = [item(COMPLETED, DAY - 1 - n) for n in range(before)]
    items += [item(CONTRACT, DAY - 1), item(HARM_CHECK, DAY - 1)] if before == 4 else []
    log = history([*items, item(BREACHED)], DAY)
    step = next(one for one in log if one.why == "a breach")
    assert step.after is after
    assert step.facts == (item(BREACHED).fact,)


def test_a_failure_moves_only_the_opinion() -> None:
    done = [item(COMPLETED, DAY - 10), item(COMPLETED, DAY - 1)]
    assert stage([*done, item(FAILED)]) is Stage.CONSOLIDATED
    assert belief([*done, item(FAILED)], DAY) < belief(done, DAY)


def test_silence_is_dated_at_the_crossing_and_not_when_somebody_looked() -> None:
    # two fresh completions: r = 2 * 2^(-t/3), b < .25 once r < 2/3: t = 3 log2 3 = 4.755 years
    done = [item(COMPLETED, DAY, fact="a"), item(COMPLETED, DAY, fact="b")]
    crossing = DAY + int(3 * 365.25 * 1.584962500721156) + 1
    assert stage(done, crossing - 1) is Stage.CONSOLIDATED
    soon, late = history(done, crossing), history(done, crossing + 5000)
    assert soon == late
    assert (soon[-1].date, soon[-1].after) == (tables.iso(crossing), Stage.FORMING)


ITEMS = st.lists(
    st.builds(
        lambda kind, day, value, fact: item(kind, DAY + day, value if kind > 3 else None, fact=fact),
        st.integers(0, len(KINDS) - 1), st.integers(0, 3000), st.sampled_from([-1.0, 0.5, 1.0]), st.sampled_from("abcdefgh"),
    ),
    max_size=8,
)  # fmt: skip


@given(ITEMS, st.integers(0, 4000))
def test_a_log_replays_grows_only_at_its_end_and_does_not_depend_on_order(items: list[Item], more: int) -> None:
    log = history(items, DAY + 2000)
    assert history(items[::-1], DAY + 2000) == log
    assert replay(log) in ORDER
    assert history(items, DAY + 2000 + more)[: len(log)] == log
    assert all(step.facts and step.before is not step.after for step in log)
    against = [one for one in items if one.value < 0]
    assert history(against, DAY + 2000) == []
    bad = {one.fact for one in against} - {one.fact for one in items if one.value >= 0}
    assert not any(bad & set(step.facts) for step in log if step.before is Stage.NONE and step.why != LIFTED)


MANY = st.lists(
    st.builds(
        lambda kind, since, lasts, value, parties, verified: Item(
            kind, value if kind > 3 else SETTINGS.kinds[KINDS[kind]].value, since, since, since + lasts, parties, verified
        ),
        st.sampled_from([*[COMPLETED] * 4, FAILED, BREACHED, TOOK_PART, CONTRACT, HARM_CHECK, DISPUTE]),
        st.one_of(st.just(0), st.integers(1, 500)),
        st.sampled_from([40, 300, 20_000]), st.sampled_from([-1.0, 0.5, 1.0]), st.sampled_from([2, 2, 4]), st.booleans(),
    ),
    max_size=14,
)  # fmt: skip


def test_a_rating_is_freed_by_the_leniency_shown_up_to_its_day() -> None:
    rated = [(1, 0.9, "2023-01-01"), (2, 0.5, "2023-01-01"), (1, 0.4, "2023-06-01"), (3, 1.0, "2023-07-01"), (2, -0.2, "2023-05-01")]
    made = [evidence(party(0), party(one), EvidenceKind.RATING, value, date) for one, value, date in rated]
    snapshot = town(4, [], more=made)
    for target in (1, 2, 3):
        expected = []
        for one, value, date in rated:
            if one == target:
                known = [other for _, other, when in rated if when <= date]
                expected.append((ordinal(date), pytest.approx(value - sum(known) / (len(known) + SETTINGS.leniency_prior))))
        found = relation(snapshot, snapshot.row(party(0)), snapshot.row(party(target)))
        assert sorted((item.date, item.value) for item in found) == sorted(expected, key=lambda one: one[0])


@settings(max_examples=60, deadline=None)
@given(MANY, st.sampled_from([None, 0.05, 0.25, 1.0, 5.0]))
def test_a_history_is_what_counting_every_day_anew_says(items: list[Item], years: float | None) -> None:
    items = [replace(one, fact=f"f{at:02}") for at, one in enumerate(items)]
    log = history(items, 800, settings=msgspec.structs.replace(SETTINGS, negatives_expire=years))
    ends = {}
    for step in log:
        ends[ordinal(step.date)] = (step.after, step.belief)  # of several steps on a day, the last
    before, told = Stage.NONE, []
    for day, (after, held) in sorted(ends.items()):
        if after is not before:
            told.append((day, after, pytest.approx(held, abs=1e-9)))
        before = after
    assert plain_stages(items, 800, years) == told


LIFTED = "a breach counts no more, and there is verified evidence"
FIVE_YEARS = 1827
"""Days: the first on which something is 5 * 365.25 days old."""


def test_a_breach_that_has_expired_holds_nothing_down_and_the_step_is_dated_on_that_day() -> None:
    done = [item(COMPLETED, DAY - 100), item(COMPLETED, DAY + 1700, fact="a"), item(COMPLETED, DAY + 1701, fact="b")]
    broken = item(BREACHED, DAY)
    over = DAY + FIVE_YEARS
    assert stage([done[0], broken], over - 1) is Stage.NONE
    *_, last = history([done[0], broken], over + 999)
    assert (last.date, last.after, last.why, last.facts) == (tables.iso(over), Stage.FORMING, LIFTED, (broken.fact, done[0].fact))
    # with it r = 2.2 and s = 1: belief .42 at first, and below .40 by the dispute, until that expires
    opened = item(DISPUTE, DAY + 1, -1.0)
    *_, last = history([*done, opened], over + 30)
    assert (last.date, last.after) == (tables.iso(over + 1), Stage.CONSOLIDATED)
    assert stage([*done, opened], over) is Stage.FORMING


def test_what_has_no_date_does_not_expire_and_neither_does_anything_where_it_is_not_set() -> None:
    broken = [Item(BREACHED, -1.0, 0, 0, fact="b"), item(BREACHED, DAY)]
    late = DAY + 20_000
    assert [sums([one], late)[1] > 0 for one in broken] == [True, False]
    never = msgspec.structs.replace(SETTINGS, negatives_expire=None)
    assert all(sums([one], late, never)[1] > 0 for one in broken)


def test_it_is_told_when_what_holds_a_relation_down_expires() -> None:
    held = [item(COMPLETED, DAY - 100), item(BREACHED, DAY)]
    assert f"without new evidence it is forming from {tables.iso(DAY + FIVE_YEARS)}" in prospects(held, DAY + 10)
    later = [*held, item(COMPLETED, DAY + 500), replace(item(COMPLETED, DAY - 90), until=DAY + 600)]
    known = [*held, item(COMPLETED, DAY - 90)]
    assert prospects(later, DAY + 10) == prospects(known, DAY + 10)  # what comes later is not known yet


def test_a_threshold_that_is_met_exactly_is_met() -> None:
    # one completion of two parties and one of four: r = 1 + 1/3, b = r / (r + 2) = .4, however the sum came about
    done = [
        Item(COMPLETED, 1.0, 0, 0, until, parties, verified=parties == 4, fact=f"f{at}")
        for at, (until, parties) in enumerate([(40, 2), (300, 2), (300, 2)])
    ]
    log = history([*done, Item(COMPLETED, 1.0, 40, 40, 80, 4, verified=True, fact="f3")], 800)
    assert (40, Stage.CONSOLIDATED) in [(ordinal(step.date), step.after) for step in log]


def test_a_history_of_a_hundred_thousand_outcomes_takes_seconds() -> None:
    # it took 13 s for a thousand when every item was counted anew on every day that brings one
    many = [item(COMPLETED, DAY + at % 5000, fact=f"f{at:06}") for at in range(100_000)]
    started = time.process_time()
    log = history(many, DAY + 30_000)
    assert time.process_time() - started < 20
    assert [step.after for step in log] == [Stage.FORMING, Stage.CONSOLIDATED, Stage.FORMING]
    r, s = sums(many, DAY + 5000)
    fading = range(DAY + 5000, DAY + 30_000)
    crossing = next(day for day in fading if r * 2 ** (-(day - fading[0]) / (3 * 365.25)) < THRESHOLDS.forget * 2 / (1 - THRESHOLDS.forget))
    assert s == 0.0 and log[-1].date == tables.iso(crossing)


def test_a_log_with_a_hole_is_refused() -> None:
    log = history([item(COMPLETED, DAY - 10), item(COMPLETED)], DAY)
    with pytest.raises(ValueError, match="cannot follow"):
        replay(log[1:])


def test_what_would_change_it() -> None:
    done = [item(COMPLETED, DAY - 10)]
    told = prospects(done, DAY)
    assert told[0] == "one completed cooperation would move it to consolidated"
    assert "a breach would drop it to none" in told
    assert any(one.startswith("without new evidence it is forming from 20") for one in prospects([*done, item(COMPLETED)], DAY))


def test_the_least_that_would_change_it_is_what_is_told() -> None:
    """With a breach of old (s = 2), two completions come to b = 2/6 and three to 3/7, and a relation consolidates at .40."""
    broken = [item(BREACHED, DAY - 2, fact="b"), item(KINDS.index("delivery"), DAY - 1, 0.1)]
    more = [[item(COMPLETED, DAY, fact=f"~{n}") for n in range(count)] for count in range(1, 4)]
    assert [stage([*broken, *some]) is Stage.CONSOLIDATED for some in more] == [False, False, True]
    assert prospects(broken, DAY)[0] == "three completed cooperations would move it to consolidated"
    assert prospects([item(KINDS.index("delivery"), DAY - 1, 0.1)], DAY)[0] == "two completed cooperations would move it to consolidated"


def test_papers_that_speak_against_it_do_not_make_it_trusted() -> None:
    done = [item(COMPLETED, DAY, fact=f"c{n}") for n in range(6)]
    assert stage([*done, item(CONTRACT, DAY), item(HARM_CHECK, DAY)]) is Stage.TRUSTED
    for against in (item(CONTRACT, DAY, 0.0), item(CONTRACT, DAY, -0.5)):
        assert stage([*done, against, item(HARM_CHECK, DAY)]) is Stage.CONSOLIDATED
    assert stage([*done[:2], item(CONTRACT, DAY, 0.1), item(HARM_CHECK, DAY, 0.1)]) is Stage.CONSOLIDATED  # b is .51, below .60


def test_the_first_verified_evidence_is_told_from_what_comes_after_other_evidence() -> None:
    first, after = item(KINDS.index("delivery"), DAY), item(KINDS.index("rating"), DAY - 5, verified=False)
    assert history([first], DAY)[0].why == "the first verified evidence"
    assert history([after, first], DAY)[0].why == "verified evidence"


def test_what_is_withdrawn_counts_no_more_from_that_day_on() -> None:
    done = [replace(item(COMPLETED, DAY - 10, fact=one), until=DAY) for one in "ab"]
    assert stage(done, DAY - 1) is Stage.CONSOLIDATED
    *_, last = history(done, DAY)
    assert (last.date, last.after, last.why) == ("2024-01-01", Stage.FORMING, "belief fell to 0.00")
    assert last.facts == ("a", "b")


def test_stored_relations_follow_the_feed_and_equal_a_full_recomputation(embedder: Embedder, tmp_path: Path) -> None:
    pair = [ASKER, party(0)]
    batch = world(cooperations=[("2023-01-01", Outcome.COMPLETED, pair), ("2024-01-01", Outcome.COMPLETED, pair)])
    store = store_of(batch, tmp_path)
    generations.build(store, embedder)
    snapshot = Snapshot.open(store, embedder)
    first = derived_edges.refresh(store, snapshot, snapshot.cursor)
    assert (first.whole, first.written) == (True, 2)
    revision = store.cursor()
    assert derived_edges.refresh(store, snapshot, snapshot.cursor).written == 0
    assert store.cursor() == revision  # derived: no revision

    def stored() -> dict[str, Edge]:
        return {one.id: one for one in store.scan(EdgeKind.TRUSTS) if isinstance(one, Edge)}

    more = [evidence(ASKER, party(1), EvidenceKind.DELIVERY, 1.0, "2024-02-01")]
    more.append(evidence(party(2), ASKER, EvidenceKind.PAYMENT, -1.0, None))
    store.write(Batch(edges=list(more)))
    snapshot = snapshot.refreshed(store, embedder)
    second = derived_edges.refresh(store, snapshot, snapshot.cursor)
    assert not second.whole
    assert second.pairs == 3  # the asker's two and the other's one; not what the first partner holds about the asker
    incremental = stored()
    store.set_meta(derived_edges.META, b'["another epoch", 0]')
    assert derived_edges.refresh(store, snapshot, snapshot.cursor).whole
    assert stored() == incremental
    store.write(Batch(delete=[more[0].id]))
    third = derived_edges.refresh(store, after := snapshot.refreshed(store, embedder), after.cursor)
    assert (third.whole, third.deleted) == (True, 1)
    generations.forget(store)


def test_to_have_taken_part_alone_is_no_stored_relation(embedder: Embedder, tmp_path: Path) -> None:
    store = store_of(world(cooperations=[("2023-01-01", Outcome.UNKNOWN, [ASKER, party(0)])]), tmp_path)
    generations.build(store, embedder)
    snapshot = Snapshot.open(store, embedder)
    assert derived_edges.refresh(store, snapshot, snapshot.cursor).written == 0
    joint = next(one for one in store.scan(NodeKind.COOPERATION) if isinstance(one, Cooperation))
    store.write(Batch(nodes=[msgspec.structs.replace(joint, outcome=Outcome.COMPLETED)]))
    snapshot = snapshot.refreshed(store, embedder)
    assert derived_edges.refresh(store, snapshot, snapshot.cursor).written == 2
    store.write(Batch(nodes=[joint]))  # it was a mistake: the relations go again
    done = derived_edges.refresh(store, after := snapshot.refreshed(store, embedder), after.cursor)
    assert (done.whole, done.deleted, list(store.scan(EdgeKind.TRUSTS))) == (False, 2, [])
    generations.forget(store)


def test_a_relation_reads_what_the_opinion_reads(embedder: Embedder, tmp_path: Path) -> None:
    store = store_of(world(cooperations=[("2023-01-01", Outcome.COMPLETED, [ASKER, party(0), party(1)])]), tmp_path)
    generations.build(store, embedder)
    snapshot = Snapshot.open(store, embedder)
    asker, target = snapshot.row(ASKER), snapshot.row(party(0))
    day = ordinal("2024-01-01")
    own = snapshot.trust().on("2024-01-01")
    weight = next(one.weight for one in Ledger(own).opinion(asker, target).items if one.way == "own")
    assert belief(relation(snapshot, asker, target), day) == pytest.approx(weight / (weight + 2))
    assert [one.fact for one in relation(snapshot, asker, target)] == [one.id for one in store.scan(NodeKind.COOPERATION)]
    generations.forget(store)
