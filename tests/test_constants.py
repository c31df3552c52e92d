"""The constants that docs/scoring.md and docs/trust.md state are those of the code."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from graph.model import EvidenceKind
from matcher.embedding.bert import TOKENS
from matcher.index.calibration import DEVIATIONS, DRIFT, UNANSWERED
from matcher.rank.recall import DEPTH
from matcher.score import DEFAULT
from matcher.signals import bm25, gist, prepare, pseudo_feedback, scale
from matcher.text.passages import ASKED_SENTENCES, MAX_WINDOWS, WINDOW
from matcher.trust.pagerank import FLOOR
from matcher.trust.settings import SETTINGS
from matcher.trust.stages import THRESHOLDS
from tests.conftest import ROOT

NAMES = {"took part": "took_part", "harm check": EvidenceKind.HARM_CHECK.value}
WORDS = {
    0.1: "tenth", 0.2: "fifth", 0.5: "half", 1: "one", 2: "two", 3: "three", 4: "four", 5: "five", 8: "eight", 12: "twelve",
    16: "sixteenth", 20: "twenty",
}  # fmt: skip


def short(value: float) -> str:
    """A number as the pages write it: .35, 1.8, 2, .40 only where they say so."""
    return f"{value:g}".removeprefix("0") if value else "0"


def page(name: str) -> str:
    return re.sub(r"\s+", " ", (ROOT / "docs" / name).read_text("utf-8"))


def stated_in_scoring() -> Iterator[str]:
    pool, experts = DEFAULT.pool, DEFAULT.experts
    questions = scale.background()
    chinese = sum(bool(re.search("[\u4e00-\u9fff]", question)) for question in questions)
    assert TOKENS == WINDOW
    assert chinese == len(questions) / 2
    assert DEFAULT.meaning == 1
    assert DEFAULT.field == 0  # "(and `field`, where experts are asked for)"
    yield f"one for each window of about {WINDOW} tokens"
    yield f"The {DEPTH} nearest works by meaning and the {DEPTH} nearest by words"
    yield f"Of a question of {WORDS[prepare.FEW]} words or fewer"
    yield f"(the mean of its three best cosines with them {short(gist.NEAR)} or more)"
    yield f"Of the rest up to {ASKED_SENTENCES} sentences are embedded, together about {gist.ASKED_TOKENS} tokens"
    yield f"the first {WINDOW} tokens of its text, of a demand the first {WORDS[MAX_WINDOWS]} times {WINDOW}"
    yield f"a prior worth {scale.PRIOR / len(scale.LANGUAGES):g} passages"
    yield f"k1 = {bm25.K1:g}, b = {short(bm25.B)}, a word of the title counting {WORDS[int(1 + DEFAULT.title)]} times"
    yield f"as s / (s + {short(DEFAULT.saturation)} S^{short(DEFAULT.attainable)})"
    yield f"({scale.PRIOR:g} demands without the word are taken for granted)"
    yield f"A work is worth `meaning + {short(DEFAULT.words)} words`"
    yield f"`{short(DEFAULT.lasting)} + {short(1 - DEFAULT.lasting)} * 2^(-years / {DEFAULT.halflife:g})`"
    yield f"{short(DEFAULT.lasting + (1 - DEFAULT.lasting) / 2)} after eight years and never less than {short(DEFAULT.lasting)}"
    yield f"stands on its best {WORDS[len(pool)]} works with shares {short(pool[0])}, {short(pool[1])} and {short(pool[2])}"
    yield f"the best {WORDS[len(experts)]} count, with shares from {short(experts[0])} down to {short(experts[-1])}"
    yield f"Words then weigh a {WORDS[DEFAULT.experts_words]} ({short(DEFAULT.experts_words * DEFAULT.words)})"
    yield f"(a profile) counts {short(DEFAULT.profile)} of a work without a date"
    yield f"with {WORDS[DEFAULT.experts_field]} the weight of meaning ({short(DEFAULT.experts_field)})"
    yield f"(each {short(round(experts[1] / experts[0], 2))} of the one before; their sum is the same)"
    yield f"a sample of {scale.LEAST} to {scale.SAMPLE:,} works"
    yield f"The {WORDS[pseudo_feedback.SHARE]} of them that is nearest to the question"
    yield f"one of {scale.LEAST // pseudo_feedback.SHARE} to {scale.SAMPLE // pseudo_feedback.SHARE} in the mean"
    for term in DEFAULT.trust_terms:
        yield f"| {term.name} | {short(term.weight)} | {short(term.half)} |"
    yield f"count `{DEFAULT.narrow:g} / ({DEFAULT.narrow:g} + breadth)` of their weight"
    yield f"Who leads by {short(round(sum(term.weight for term in DEFAULT.trust_terms), 9))} in meaning and words"
    yield f"Trust is the opinion, `{short(DEFAULT.trust)} (belief - disbelief)`"
    yield f"halves with age (completions in {WORDS[int(SETTINGS.kinds['completed'].halflife)]} years)"
    yield "belief = r/(r+s+{0}), disbelief = s/(r+s+{0}), uncertainty = {0}/(r+s+{0})".format(f"{SETTINGS.prior:g}")
    yield f"An expert inherits {WORDS[SETTINGS.institution_discount]} of the experience with the institution"
    yield f"Every index asks {len(questions)} everyday questions"
    yield f"{chinese} in each language"
    yield f"the highest {WORDS[round(1 - UNANSWERED, 9)]} is left out"
    yield f"the mean of the rest and {WORDS[int(DEVIATIONS)]} standard deviations"
    yield f"(and {scale.PRIOR:g}), changes by a {WORDS[DRIFT]}"


def stated_in_trust() -> Iterator[str]:
    completed = SETTINGS.kinds["completed"]
    assert SETTINGS.cap == completed.weight * completed.value  # "never more than one fresh completion"
    assert SETTINGS.unknown_age == 1
    rating = SETTINGS.kinds[EvidenceKind.RATING.value]
    yield "belief = r/(r+s+{0}) disbelief = s/(r+s+{0}) uncertainty = {0}/(r+s+{0})".format(f"{SETTINGS.prior:g}")
    yield f"a relative's: {WORDS[SETTINGS.part_of]} for each step of PART_OF"
    yield f"and {WORDS[int(SETTINGS.leniency_prior)]} of 0"
    assert rating.weight == completed.weight
    yield "what is left weighs as a completion does"
    yield f"at {WORDS[SETTINGS.institution_discount]} weight"
    yield f"goes on with chance one {WORDS[SETTINGS.damping]}"
    yield f"counts {SETTINGS.heard:g} × A's voice"
    yield f"if A's voice is .1 and A completed something with B today, that adds {short(0.1 * SETTINGS.heard * SETTINGS.cap)} to r"
    yield f"Below a {({1e-6: 'millionth'})[FLOOR]} nobody is heard"
    yield f"{WORDS[THRESHOLDS.completions]} completions, belief ≥ {THRESHOLDS.consolidate:.2f}".replace("0.", ".")
    yield f"left below {short(THRESHOLDS.forget)}"
    yield f"| consolidated → trusted | belief ≥ {THRESHOLDS.trust:.2f}".replace("0.", ".")
    yield f"left below {short(THRESHOLDS.doubt)}"
    yield f"{WORDS[THRESHOLDS.breach]} stages down at once"
    yield f"at most {short(round(sum(term.weight for term in DEFAULT.trust_terms), 9))} together either way"
    yield f"(here α = {({0.5: '½'})[SETTINGS.damping]}:"
    yield f"at most {SETTINGS.heard:g} × {SETTINGS.cap:g} × that"
    yield f"The bound grows with kappa, the {SETTINGS.heard:g} of"


@pytest.mark.parametrize("sentence", list(stated_in_scoring()))
def test_scoring(sentence: str) -> None:
    assert sentence in page("scoring.md")


@pytest.mark.parametrize("sentence", list(stated_in_trust()))
def test_trust(sentence: str) -> None:
    assert sentence in page("trust.md")


def test_the_pool_of_experts() -> None:
    """.8 of the one before, each; the sum is that of ``pool``."""
    assert sum(DEFAULT.experts) == pytest.approx(sum(DEFAULT.pool), abs=1e-9)
    for before, after in zip(DEFAULT.experts, DEFAULT.experts[1:], strict=False):
        assert after == pytest.approx(0.8 * before, abs=2e-3)


def test_kinds_of_evidence() -> None:
    """The table of docs/scoring.md has every kind, with its weight, value and half-life."""
    text = (ROOT / "docs" / "scoring.md").read_text("utf-8")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.split("| kind |")[1].split("\n\n")[0].splitlines()[2:]]
    stated = {}
    for kinds, weights, says, halves in rows:
        names = re.split(r" / |, ", kinds)
        spread = [re.findall(r"-?[\d.]+", cell) for cell in (weights, says, halves)]
        for place, name in enumerate(names):
            weight, value, halflife = (float(found[min(place, len(found) - 1)]) if found else 0.0 for found in spread)
            stated[NAMES.get(name, name)] = (weight, value, halflife)
    assert stated == {name: (kind.weight, kind.value, kind.halflife) for name, kind in SETTINGS.kinds.items()}
