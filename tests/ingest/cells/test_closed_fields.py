"""Closed lists: the further words that sources use, and that no word means two things."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ingest.cells import words
from ingest.cells.broken import Broken
from ingest.rows.models import AchievementRow, Kind, Tally, validate


@pytest.mark.parametrize(
    ("read", "words", "member"),
    [
        (words.legal_status, "公开 实审 审中 Application pending", "pending"),
        (words.legal_status, "有权 有效 授权 Issued GRANTED", "granted"),
        (words.legal_status, "失效 无权 终止 未缴年费终止", "lapsed"),
        (words.legal_status, "期限届满 Expired", "expired"),
        (words.demand_kind, "技术攻关 技术开发 技术开发需求", "development"),
        (words.demand_kind, "人才引进 人才需求", "talent"),
        (words.demand_kind, "资金 融资 融资需求", "funds"),
        (words.demand_route, "揭榜挂帅 揭榜 open-call", "open_call"),
        (words.size, "中型 中型企业 中 medium_enterprise", "medium"),
        (words.broker, "高级 高级技术经理人 高级技术经纪人", "senior"),
        (words.broker, "技术经理人 技术经纪人 是", "unrated"),
        (words.institution_kind, "新型研发机构 新研机构", "new_rd_institute"),
        (words.resource_kind, "中试 中试线 中试平台", "pilot_line"),
        (words.contract_type, "技术开发（委托） 委托开发 委托开发合同", "commissioned_development"),
        (words.contract_type, "技术服务 技术服务合同 服务", "service"),
        (words.transfer_form, "作价入股 技术入股 equity", "equity"),
    ],
)
def test_words_for_the_same(read: Callable[[object], object], words: str, member: str) -> None:
    assert {str(read(word)) for word in words.split()} == {member}


@pytest.mark.parametrize("word", ["", "企业x", "阶段", "合同", None, 3, ["中试"]])
@pytest.mark.parametrize("read", [words.maturity, words.legal_status, words.contract_type])
def test_other_words_are_refused(read: Callable[[object], object], word: object) -> None:
    with pytest.raises(Broken, match="must be one of: "):
        read(word)


def test_several_ways_to_pass_on_a_result() -> None:
    row = validate(Kind.ACHIEVEMENTS, {"title": "x", "transfer_forms": "转让、许可,作价入股或技术转让"}, Tally())
    assert isinstance(row, AchievementRow)
    assert row.transfer_forms == ("transfer", "licence", "equity")
    broken = validate(Kind.ACHIEVEMENTS, {"title": "x", "transfer_forms": "转让、赠送"}, Tally())
    assert [one.field for one in broken] == ["transfer_forms"]
