"""Hidden means absent on the desk: whoever asks, and whatever is tried, is answered as in a world in which what is hidden never was.

A random plan is done twice: all of it, and what somebody may know of it alone (``plans.Known``, which knows docs/access.md and nothing of
the code). All that somebody can ask or try (``asking.everything``) is compared byte for byte. ``worlds`` says how random ids and the clock
are made the same.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from desk.journal.heads import verify
from matcher.embedding.embedder import Embedder
from tests.desk.hidden.asking import Answers, everything
from tests.desk.hidden.leads_of_plans import Led
from tests.desk.hidden.plans import LOOKERS, Known, Plan, Posted, build, plans
from tests.desk.hidden.worlds import indexed, world
from tests.leads.worlds import FOLDS

OUTSIDERS = ["rival", "lab", "partner", "broker", "nobody", "reviewer at the rival", "key without read"]
CHECKED = settings(max_examples=6, phases=(Phase.explicit, Phase.reuse, Phase.generate), suppress_health_check=[HealthCheck.too_slow])
"""A failure is not made smaller: each try takes seconds, and what differs is named by its question."""


def answers(plan: Plan, known: Known, looker: str, embedder: Embedder) -> Answers:
    with world(ghost=not known.is_operator) as made:
        build(made, plan, known)
        assert verify(made.store, FOLDS)[1] == [] and made.store.check(deep=True).problems == ()
        return everything(made, indexed(made, embedder), embedder, plan, LOOKERS[looker])


def check(plan: Plan, looker: str, embedder: Embedder) -> None:
    found = answers(plan, Known(plan), looker, embedder)
    expected = answers(plan, Known(plan, looker), looker, embedder)
    assert list(found) == list(expected)
    for question, answer in expected.items():
        assert found[question] == answer, f"{looker}: {question}"


LEADS = Plan(
    demands=(
        Posted("firm", "", 0, "confidential", "published", "stands", False), Posted("partner", "", 1, "public", "published", "", False),
    ),
    admissions=(), kept=(), ties=(), is_merged=False,
    leads=(Led(0, "lab", "introduced", ""), Led(0, "rival", "suggested", ""), Led(0, "A3", "interested", "broker"),
           Led(1, "lab", "interested", ""), Led(1, "rival", "proposed", "press")),
)  # fmt: skip
"""A hidden introduction where another could be made, and leads that others hold."""


@CHECKED
@example(plan=LEADS, looker="broker")
@given(plan=plans(), looker=st.sampled_from(OUTSIDERS))
def test_what_is_hidden_changes_no_answer_of_an_outsider(plan: Plan, looker: str, embedder: Embedder) -> None:
    check(plan, looker, embedder)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@settings(CHECKED, max_examples=50)
@given(plan=plans(), looker=st.sampled_from(sorted(LOOKERS)))
def test_what_is_hidden_changes_no_answer_in_many_worlds(plan: Plan, looker: str, embedder: Embedder) -> None:
    check(plan, looker, embedder)
