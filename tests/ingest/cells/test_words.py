"""Words of closed lists."""

from __future__ import annotations

from collections import Counter

import pytest

from graph.model import EvidenceKind, InstitutionKind, Outcome, Visibility
from ingest.cells.broken import Broken
from ingest.cells.words import SYNONYMS, institution_kind, one_of

READ = one_of(Visibility, "公开 会员可见 保密")


@pytest.mark.parametrize(
    ("text", "word"),
    [("是", Visibility.PUBLIC), (" Yes ", Visibility.PUBLIC), ("仅会员", Visibility.MEMBERS), ("涉密", Visibility.CONFIDENTIAL)],
)
def test_synonyms(text: str, word: Visibility) -> None:
    assert READ(text) is word


def test_the_rule_names_the_documented_words_alone() -> None:
    with pytest.raises(Broken) as caught:
        READ("perhaps")
    assert caught.value.rule == "must be one of: public 公开, members 会员可见, confidential 保密"
    for value in (1, None, True, "", "x" * 1000, ["是"]):
        with pytest.raises(Broken):
            READ(value)


def test_a_list_has_no_synonyms_of_another() -> None:
    """``contract`` is a word of two lists, and an enum of texts is equal to its text: tables by member alone would mix them."""
    read = one_of(EvidenceKind, "评分 付款 交付 合同 损害核查 纠纷")
    assert read("合同") is EvidenceKind.CONTRACT
    with pytest.raises(Broken):
        read("技术开发")
    assert institution_kind("医院") is InstitutionKind.OTHER
    with pytest.raises(Broken):
        institution_kind("新材料")


@pytest.mark.parametrize("enum", SYNONYMS)
def test_no_word_means_two_things(enum: type) -> None:
    counts = Counter(word for words in SYNONYMS[enum].values() for word in words)
    assert counts.most_common(1)[0][1] == 1
    assert not counts.keys() & {member.value for member in enum}  # type: ignore[attr-defined]
    assert set(SYNONYMS[enum]) <= set(enum)


def test_what_ended_how() -> None:
    read = one_of(Outcome, "未知 进行中 已完成 失败 违约")
    assert [read(text) for text in ("已结题", "纠纷终止", "履行中", "In Progress")] == [
        Outcome.COMPLETED,
        Outcome.FAILED,
        Outcome.ONGOING,
        Outcome.ONGOING,
    ]
