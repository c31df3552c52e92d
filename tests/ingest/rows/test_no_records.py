"""Rows that are no records: what a table holds besides its rows, and what looks like it but is a record."""

from __future__ import annotations

import pytest

from ingest.rows.no_records import HEADER, REMARK, SIGNATURE, TOTAL, no_record


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"序号": "合计", "编号": None, "名称": "10项"}, TOTAL),
        ({"序号": "总 计", "金额": "12.5", "备注": "300万元"}, TOTAL),
        ({"序号": "小计：", "金额": 3}, TOTAL),
        ({"Ref": "Total", "Price": "1,200"}, TOTAL),
        ({"编号": "注：以上数据由各单位填报", "名称": ""}, REMARK),
        ({"编号": "备注: 见附件"}, REMARK),
        ({"Ref": "Note: prices without VAT"}, REMARK),
        ({"编号": "* 为必填项"}, REMARK),
        ({"编号": "填表人：张三", "名称": "审核人：李四", "日期": "日期：2023年5月"}, SIGNATURE),
        ({"编号": "单位（盖章）："}, SIGNATURE),
        ({"编号": "负 责 人（签字）："}, SIGNATURE),
        ({"编号": "编号", "名称": "名称", "摘要": "摘要"}, HEADER),
    ],
)
def test_what_is_no_record(cells: dict[str, object], reason: str) -> None:
    assert no_record(cells) == reason


@pytest.mark.parametrize(
    "cells",
    [
        {},
        {"编号": None, "名称": " "},
        {"编号": "A1", "名称": "合计算法的硬件加速"},
        {"名称": "总计费用优化系统", "摘要": "按用量计费"},
        {"title": "Total organic carbon sensor", "abstract": "In line."},
        {"title": "Total", "abstract": "An oil firm's own word for it"},
        {"名称": "注塑机节能改造"},
        {"名称": "人机协作：一种装配方法", "摘要": "双臂"},
        {"名称": "编号", "摘要": "一个叫编号的成果"},
        {"序号": "合计", "编号": "A9", "名称": "一项成果", "摘要": "文字"},
        {"序号": 3, "名称": "x"},
    ],
)
def test_what_may_be_a_record(cells: dict[str, object]) -> None:
    assert no_record(cells) is None
