"""What of a question is asked: boilerplate, repeated sentences and the least telling ones left out, beside plain twins."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.embedding import embedder as embedder_module
from matcher.question import Want
from matcher.signals.gist import ASKED_TOKENS, boilerplate, gist, most_telling, without_boilerplate
from matcher.signals.postings import count_terms
from matcher.signals.prepare import prepare
from matcher.signals.scale import Centres, Scale
from matcher.text.passages import ASKED_SENTENCES, ASKED_WINDOWS, estimated_tokens
from matcher.text.terms import term_hash, terms
from tests.matcher.centre import Desk
from tests.matcher.worlds import QUESTIONS

COMPANY = [
    "我公司成立于1998年，位于浙江省，注册资本5000万元，现有员工320人。",
    "公司先后通过ISO9001质量管理体系认证、ISO14001环境管理体系认证，是国家高新技术企业、省级专精特新企业。",
    "有意者请与我公司技术部张先生联系，电话请见公司网站。",
    "感谢您在百忙之中阅读本需求，期待与您的合作！",
    "Our company was founded in 1998 and has its headquarters in the south of the country, with 320 employees.",
    "We are certified to ISO 9001 and ISO 14001 and have received several awards as a family business.",
    "Please contact our innovation office by e-mail or through the form on our website.",
    "Thank you for your attention; we look forward to hearing from you.",
]
PROBLEM = [
    "涂层须在1200摄氏度下经受1000次热循环而不剥落。",
    "结合强度不低于45兆帕，并在出厂前逐件无损检测。",
    "希望采用等离子喷涂制备氧化锆陶瓷层。",
    "The coating must survive 1,000 cycles at 1200 C without spalling.",
    "Its bond strength must be 45 MPa or more, and each part is inspected.",
    "Our company coats nickel alloys by plasma spraying and has no zirconia process.",
]
WORDS = st.lists(st.sampled_from(["coat", "bond", "zirconia", "cell", "leaf", "pump", "unheard"]), min_size=1, max_size=6)


def scale_of(*texts: str) -> Scale:
    postings = count_terms(texts)
    counts = np.diff(postings.start).astype(np.int32)
    order = np.argsort(postings.terms)
    return Scale(len(texts), 1.0, postings.terms[order], counts[order], Centres(np.zeros((2, 1)), np.zeros((2, 0))), (0.0, 0.0), "")


@pytest.mark.parametrize("company", COMPANY)
def test_what_is_said_of_the_company_is_left_out(shared: Desk, company: str) -> None:
    assert company not in boilerplate()
    assert without_boilerplate([company, *PROBLEM], shared.snapshot.scale, shared.embedder) == PROBLEM


def test_a_text_of_boilerplate_alone_is_asked_as_it_is(shared: Desk) -> None:
    assert without_boilerplate(COMPANY, shared.snapshot.scale, shared.embedder) == COMPANY


@pytest.mark.parametrize("want", [Want.PARTNERS, Want.ACHIEVEMENTS])
@pytest.mark.parametrize("question", [QUESTIONS[0], *PROBLEM[:1], *PROBLEM[3:5]])
def test_boilerplate_before_and_after_moves_no_first_place(shared: Desk, question: str, want: Want) -> None:
    zh = question > "一"
    before, after = (COMPANY[:2], COMPANY[2:4]) if zh else (COMPANY[4:6], COMPANY[6:])
    padded = " ".join([*before, question if question[-1] in ".。" else f"{question}。", *after])
    plain, other = shared.found(question, want=want), shared.found(padded, want=want)
    assert plain[:3] == other[:3]


def test_a_sentence_said_again_is_said_once(shared: Desk) -> None:
    once, again = " ".join(PROBLEM), " ".join([*PROBLEM, PROBLEM[0], f" {PROBLEM[3].upper()}"])
    first, second = (prepare("", text, shared.snapshot.scale, shared.embedder) for text in (once, again))
    assert np.array_equal(first.vectors, second.vectors)
    for own, other in zip(first.terms, second.terms, strict=True):
        assert dict(zip(own.hashes.tolist(), own.weights.tolist(), strict=True)) == dict(
            zip(other.hashes.tolist(), other.weights.tolist(), strict=True)
        )


def test_a_text_of_which_nothing_is_left_out_stays_as_it_is(shared: Desk) -> None:
    text = f"{PROBLEM[0]}\n  {PROBLEM[3]} "
    assert gist(text, shared.snapshot.scale, shared.embedder) == (text, text, ())


@given(parts=st.lists(WORDS, min_size=1, max_size=30).map(lambda found: [f"{' '.join(one)} {n}." for n, one in enumerate(found)]))
def test_the_most_telling_sentences_are_chosen_as_a_plain_loop_would(parts: list[str]) -> None:
    scale = scale_of("coat bond", "zirconia coat", "cell", "leaf", "pump coat")
    chosen = most_telling(parts, scale)
    assert chosen == [part for part in parts if part in chosen] and len(chosen) <= ASKED_SENTENCES
    assert sum(map(estimated_tokens, chosen)) <= ASKED_TOKENS or len(chosen) == 1
    if len(parts) <= ASKED_SENTENCES:
        assert chosen == parts
        return
    left, found = list(parts), list[str]()
    while left and len(found) < ASKED_SENTENCES:
        held = {term for part in found for term in terms(part)}
        gains = {part: plain_gain(part, held, scale) for part in left}
        ties = [part for part in left if gains[part] == max(gains.values())]
        found.append(next((part for part in ties if part in chosen), ties[0]))
        left.remove(found[-1])
    assert sorted(found) == sorted(chosen)


def plain_gain(part: str, held: set[str], scale: Scale) -> float:
    """The weights of the words of a sentence that are known and new, one by one."""
    total = 0.0
    for term in set(terms(part)) - held:
        one = np.array([term_hash(term)], np.uint64)
        total += scale.idf(one)[0] if scale.frequency(one)[0] else 0.0
    return round(float(total) / (8 + len(set(terms(part)))) ** 0.5, 9)


def test_two_pages_are_asked_by_few_passages(shared: Desk) -> None:
    """However long the text is."""
    pages = [f"Part {n} of the pump must withstand {n} cycles at {n * 7} degrees without wear." for n in range(200)]
    query = prepare("Pump", " ".join(pages), shared.snapshot.scale, shared.embedder)
    assert query.windows <= ASKED_WINDOWS
    assert query.windows < len(query.vectors) <= ASKED_SENTENCES + ASKED_WINDOWS
    endless = prepare("", "pump " * 4000, shared.snapshot.scale, shared.embedder)
    assert len(endless.vectors) == endless.windows <= ASKED_WINDOWS


def test_the_list_is_of_both_languages_and_is_embedded_without_the_big_model() -> None:
    assert len(boilerplate()) <= embedder_module.FEW
    assert len(set(boilerplate())) == len(boilerplate())
    assert 15 <= sum(line.isascii() for line in boilerplate()) <= len(boilerplate()) - 15
