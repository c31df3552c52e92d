"""What the example centre is asked: greetings, test words and everyday questions have no credible answer, its own topics have one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from api.settings import Settings, embedder
from desk import ask
from desk.schemas import MatchRequest
from graph import connect
from graph.viewer import OWNER
from matcher.index.snapshot import Snapshot
from matcher.question import Answer
from tests.api.conftest import Run
from tests.conftest import ROOT

DAY = "2026-06-30"
OFF_TOPIC, ON_TOPIC = (
    (ROOT / "tests" / "desk" / "asked" / f"{name}.txt").read_text("utf-8").split("\n")[:-1] for name in ("off_topic", "on_topic")
)
DEMANDS = [f"D{number:02}" for number in range(1, 19)]
Ask = Callable[..., Answer]


@pytest.fixture(scope="module")
def asked(centre_url: str) -> Iterator[Ask]:
    """The answer of the example centre to a request."""
    store = connect(centre_url)
    model = embedder(Settings(), store)
    snapshot = Snapshot.open(store, model)
    yield lambda **asked: ask.ask(MatchRequest(as_of=DAY, **asked), snapshot, model, viewer=OWNER)
    store.close()


def test_the_questions_are_enough_of_both_languages() -> None:
    assert len(set(OFF_TOPIC)) == 60 and sum(text.isascii() for text in OFF_TOPIC) == 30
    assert not set(OFF_TOPIC) & set((ROOT / "matcher" / "signals" / "background.txt").read_text("utf-8").split("\n"))


@pytest.mark.parametrize("text", OFF_TOPIC)
def test_what_asks_nothing_technical_has_no_credible_answer(asked: Ask, text: str) -> None:
    for want in ("partners", "achievements", "experts", "resources"):
        answer = asked(text=text, want=want)
        assert (answer.credible, answer.matches) == (False, ()), [match.name for match in answer.matches]
        assert answer.reason.startswith("no credible match: ")


@pytest.mark.parametrize("text", ON_TOPIC)
def test_a_short_question_on_a_topic_of_the_centre_has_one(asked: Ask, text: str) -> None:
    assert asked(text=text).credible


@pytest.mark.parametrize("demand", DEMANDS)
def test_each_demand_of_the_centre_has_one(asked: Ask, demand: str) -> None:
    assert asked(about=demand).credible


@pytest.mark.parametrize("text", ["你好", "hello", "Good morning, and thank you!", "testing, please ignore", "???", "the"])
def test_a_greeting_is_told_that_nothing_is_asked(asked: Ask, centre: Run, text: str) -> None:
    assert "nothing technical is asked" in asked(text=text).reason
    weak = asked(text=text, include_weak=True)
    assert weak.matches and not weak.credible
    assert centre("match", text).stdout.startswith("No credible match: nothing technical is asked")


def test_a_word_that_no_work_holds_is_told(asked: Ask) -> None:
    assert "no work here holds one of the question's words" in asked(text="zyzzyva").reason
