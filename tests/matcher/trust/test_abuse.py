"""People who game trust: how far each attack moves an opinion and a rank under the default settings, and the bound that it keeps.

docs/trust.md prints the tables; a test holds it to what is measured here.
"""

from __future__ import annotations

import numpy as np
import pytest

from graph.dates import ordinal
from graph.model import EvidenceKind
from matcher.columns.evidence import BREACHED, COMPLETED, KINDS
from matcher.columns.network import Network
from matcher.score import DEFAULT
from matcher.trust.fusion import HEARD, Trust, TrustOn
from matcher.trust.opinion import net
from matcher.trust.settings import SETTINGS
from matcher.trust.stages import Item, Stage, history, replay, sums
from matcher.trust.terms import TOPIC, TrustTerm
from tests.conftest import ROOT
from tests.matcher.trust.towns import DAY, Said, town
from tests.matcher.worlds import party

DONE, RATED = EvidenceKind.DELIVERY, EvidenceKind.RATING
HONEST, FRONT, TARGET = 20, 20, 21
"""The asker (0) and honest parties; the front account, whom honest party 1 trusts once; whom the fakes praise or slander."""
COUNTS = [1, 10, 100, 1000]
BY_WAYS = [term for term in DEFAULT.trust_terms if term.name != TOPIC]
GUIDE = (ROOT / "docs" / "trust.md").read_text("utf-8")


def honest() -> list[Said]:
    """The asker has worked with three, each with four more; some of them rated each other; two have worked with the target."""
    said: list[Said] = [(0, n, DONE, 1.0) for n in (1, 2, 3)]
    said += [(n, 4 * n + k, DONE, 1.0) for n in (1, 2, 3) for k in range(4)]
    said += [(n, (7 * n) % HONEST, RATED, 0.8 - 0.1 * (n % 5)) for n in range(1, HONEST) if (7 * n) % HONEST != n]
    return [*said, (1, FRONT, DONE, 1.0), (4, TARGET, DONE, 1.0), (5, TARGET, DONE, -0.4)]


def attack(fakes: int, value: float | None, *, lured: EvidenceKind = DONE) -> Network:
    """Fakes behind the front: it praises each, each praises the front and the next three; all speak of the target with ``value``.
    ``lured``: what honest party 1 once said well of the front."""
    ring = range(TARGET + 1, TARGET + 1 + fakes)
    said = [(i, j, lured if j == FRONT else kind, says) for i, j, kind, says in honest()]
    if value is not None:
        said += [(FRONT, fake, DONE, 1.0) for fake in ring] + [(fake, FRONT, DONE, 1.0) for fake in ring]
        said += [(fake, ring[(fake - ring[0] + k) % fakes], DONE, 1.0) for fake in ring for k in (1, 2, 3) if fakes > k]
        said += [(one, TARGET, DONE, value) for one in (FRONT, *ring)]
    return town(TARGET + 1 + fakes, said)


def on(network: Network) -> TrustOn:
    return Trust(network).on(DAY)


def mass_and_inflow(network: Network, fakes: int) -> tuple[float, float]:
    """The voice held by front and fakes, and what flows to them from everybody else."""
    trusted = on(network)
    voice = trusted.hearing(network.row(party(0))).pagerank
    inside = np.zeros(len(voice), bool)
    inside[[network.row(party(n)) for n in (FRONT, *range(TARGET + 1, TARGET + 1 + fakes))]] = True
    flow = voice[~inside] @ trusted.steps.toarray()[~inside][:, inside].sum(axis=1)
    return float(voice[inside].sum()), float(flow)


def believed(network: Network) -> tuple[float, float]:
    return on(network).sums(network.row(party(0)), network.row(party(TARGET)))


def points(network: Network, target: int) -> int:
    """What all terms of trust that need no text give a party together."""
    trusted, ends = on(network), (network.row(party(0)), network.row(party(target)))
    return sum(term.points(*trusted.sums(*ends, ways=term.ways)) for term in counted(network))


def counted(network: Network) -> list[TrustTerm]:
    """The terms as they count for the asker."""
    hearing = on(network).hearing(network.row(party(0)))
    return [term.counted(hearing) for term in BY_WAYS]


def rank(network: Network) -> int:
    """The place of the target among the parties whom the asker never met, texts being equal."""
    held = {n: points(network, n) for n in (*range(4, HONEST), TARGET)}
    return 1 + sum(value > held[TARGET] for one, value in held.items() if one != TARGET)


def fakes_row(fakes: int, value: float) -> str:
    before, after = attack(fakes, None), attack(fakes, value)
    mass, inflow = mass_and_inflow(after, fakes)
    (r, s), (r_after, s_after) = believed(before), believed(after)
    moved = r_after - r if value > 0 else s_after - s
    shift = points(after, TARGET) - points(before, TARGET)
    allowed = SETTINGS.damping / (1 - SETTINGS.damping) * inflow
    assert mass <= allowed + 1e-9
    assert moved <= SETTINGS.heard * SETTINGS.cap * mass + 1e-9
    bound = SETTINGS.heard * SETTINGS.cap * allowed
    at_most = (r + bound, s_after) if value > 0 else (r_after, s + bound)  # a voice drawn away is lost besides
    most = sum(term.points(*at_most) - term.points(r, s) for term in counted(after) if HEARD in term.ways)
    assert abs(shift) <= abs(most) + len(BY_WAYS)
    moves = f"{shift:+,} / {most:+,}"
    return f"| {fakes:,} | {mass:.4f} / {allowed:.4f} | {moved:.3f} / {bound:.3f} | {moves} | {rank(before)} → {rank(after)} |"


@pytest.mark.parametrize("value", [1.0, -1.0], ids=["praise", "slander"])
@pytest.mark.parametrize("fakes", COUNTS)
def test_fakes_move_no_more_than_what_flows_in_to_them(fakes: int, value: float) -> None:
    assert fakes_row(fakes, value) in GUIDE


def test_a_lured_rating_lets_in_no_more_voice_than_a_delivery() -> None:
    delivered, rated = (mass_and_inflow(attack(10, 1.0, lured=kind), 10)[1] for kind in (DONE, RATED))
    assert rated < delivered
    assert f"({rated:.4f} for {delivered:.4f})" in GUIDE


@pytest.mark.parametrize("value", [1.0, -1.0])
def test_a_thousand_fakes_leave_what_honest_raters_say_of_others(value: float) -> None:
    before, after = attack(1000, None), attack(1000, value)

    def said(network: Network) -> dict[tuple[str, str], float]:
        day = on(network).pairs.settled
        rated = day.items.kind == KINDS.index(RATED.value)
        ends = zip(day.items.source[rated].tolist(), day.items.target[rated].tolist(), strict=True)
        return {(network.id_of(i), network.id_of(j)): v for (i, j), v in zip(ends, day.value[rated].tolist(), strict=True)}

    was, now = said(before), said(after)
    assert was
    assert max(abs(now[pair] - value) for pair, value in was.items()) <= 1e-12


def test_a_ring_that_nobody_trusts_is_not_heard() -> None:
    ring = range(TARGET + 1, TARGET + 51)
    praise: list[Said] = [(i, j, DONE, 1.0) for i in ring for j in (*ring[:10], TARGET) if i != j]
    quiet, loud = town(TARGET + 51, honest()), town(TARGET + 51, [*honest(), *praise])
    assert believed(quiet) == believed(loud)


CYCLE = 730


def oscillating(cycles: int) -> list[Item]:
    """Three completions half a year apart, then a breach; again and again."""
    start = ordinal("2010-01-01")
    items = []
    for n in range(cycles):
        for step, kind in enumerate((COMPLETED, COMPLETED, COMPLETED, BREACHED)):
            day = start + n * CYCLE + step * 180
            items.append(Item(kind, SETTINGS.kinds[KINDS[kind]].value, day, day, fact=f"{n}.{step}"))
    return items


def oscillating_row(cycles: int) -> str:
    items = oscillating(cycles)
    last = items[-1].date
    before, after = (net(*sums(items, day)) for day in (last - 1, last))
    stages = [replay(history([one for one in items if one.date <= day], day)) for day in (last - 1, last)]
    assert after < before
    assert stages[1] in (Stage.NONE, Stage.FORMING)
    return f"| {cycles} | {before:+.3f}, {stages[0]} | {after:+.3f}, {stages[1]} |"


@pytest.mark.parametrize("cycles", [1, 2, 4])
def test_who_oscillates_falls_at_each_breach_and_climbs_less_each_time(cycles: int) -> None:
    assert oscillating_row(cycles) in GUIDE
    peaks = [oscillating_row(n).split("|")[2].split(",")[0] for n in (1, 2, 4)]
    assert float(peaks[0]) > float(peaks[1]) > float(peaks[2])


def test_a_new_name_gains_back_nothing_but_the_absence_of_distrust() -> None:
    breached: list[Said] = [(0, TARGET, EvidenceKind.DISPUTE, -1.0)]
    old = town(TARGET + 2, [*honest(), *breached])
    a, new = old.row(party(0)), old.row(party(TARGET + 1))
    assert on(old).sums(a, new) == (0.0, 0.0)
    assert points(old, TARGET + 1) == 0
    assert points(old, TARGET) >= -sum(round(1e6 * term.weight) for term in BY_WAYS)
    assert points(old, 1) > 0  # whoever has done anything well stays ahead of it
    assert f"gains back {-points(old, TARGET):,} points" in GUIDE


def test_no_term_is_more_than_its_weight_and_who_leads_by_all_of_them_comes_first() -> None:
    """The margin by which a newcomer's works must fit better than anybody's to come first, whatever the asker has been through."""
    said: list[Said] = [(0, 1, DONE, 1.0)] * 50
    network = town(3, [(0, 1, kind, 1.0) for kind in EvidenceKind] + said)
    assert all(abs(term.points(1e9, 0.0)) <= 1e6 * term.weight for term in DEFAULT.trust_terms)
    assert 0 < points(network, 1) < 1e6 * sum(term.weight for term in DEFAULT.trust_terms)
    assert f"{sum(term.weight for term in DEFAULT.trust_terms):.1f}".lstrip("0") in GUIDE
