"""The kind and the header of a table whose name or columns tell what it holds.

In: the rows that may be a table's header, and its names. Out: a ``NativeForm`` and the header, or None. Next: ``ingest.choose`` reads the
table by it, ``ingest.mapping.suggest`` drafts its mapping.

A name tells the kind; the columns do where it says nothing, or where they are plainly of another kind: a register of contracts (甲方, 乙方,
合同金额) is one whatever its file is called. What a column tells of the kind is its field's weight (a title says little, a budget much),
more where its very header belongs to one kind alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

from ingest.cells.money import unit_of
from ingest.mapping.aliases import column_key, plain_key
from ingest.mapping.columns import Column, assigned, qualification_of
from ingest.mapping.native import NativeForm, lacking, native_kind
from ingest.read.readers import Head
from ingest.rows.models import Kind

NODE_KINDS = tuple(Kind)[:6]
_MARGIN = 2.0
"""What columns of another kind must tell more than those of the kind of the name."""
_LEAST = 2.0
"""What columns must tell where no name does."""
_WIDTH = 200
"""Columns that are looked at: what a table holds stands on its left."""
_LONGEST = 120
"""Characters of a header's longest cell."""
_FEWEST = 2
"""Columns that must be understood where no name tells the kind."""
_ALIKE = 0.7
"""The part of a field's weight that a header counts which is only alike."""
_WEIGHTS_TABLE = """
institutions: name .5 aliases 1 kind .5 country .5 region .5 description .5 external_ids 1.5 part_of 1.5 industry 1 size 1.5
    qualifications 1.5
experts: name .5 institution 1 headline 2 bio 2 keywords .7 broker 2 capacity 1 external_ids 1
achievements: title .3 abstract .7 kind .3 trl 2 maturity 2 date .3 keywords .7 price 2 price_min 1.5 price_max 1.5 owners .7 creators 2
    transfer_forms 1.5 licence 1 legal_status 1.5 filed 2 granted 2 expires 1 ipc 2 cpc 2 application_numbers 2 publication_numbers 2
    registration_numbers .7 dois 2 visibility .3 rights 1
demands: title .3 description .5 budget 2 budget_min 1.5 budget_max 1.5 deadline 1.5 requirements 1.5 posted_by 1 status 1 route 2
    call_number 2 trl_min 1 regions .3 industry .5 kind .3
resources: title .3 description .5 terms 1.5 offered_by .7 kind .3 date .3
cooperations: title .2 parties 1.5 amount .7 technology_amount 2 contract_type 2 registration_number 1 registered 1 started 1 ended .7
    outcome .7 mode 1 payments 1
"""
"""By kind: what a column of a field tells of it."""
_WORDS = {
    Kind.INSTITUTIONS: re.compile("法人|注册|登记机关|成立|主营|单位性质|企业性质"),
    Kind.EXPERTS: re.compile("专家|姓名|导师|人才|职称|学历"),
    Kind.ACHIEVEMENTS: re.compile("成果|专利|发明|知识产权|invention|patent|inventor"),
    Kind.DEMANDS: re.compile("需求|难题|揭榜|榜单|悬赏|求解|challenge|gesuch"),
    Kind.RESOURCES: re.compile("仪器|设备|机时|instrument"),
    Kind.COOPERATIONS: re.compile("合同|协议|交易|履行|contract|agreement"),
}
"""By kind: words in headers that speak for it, once a table."""
_TELLING_TABLE = """
institutions: 单位全称 企业全称 单位性质 企业性质 机构性质 机构类型 注册地 注册资本 成立日期 成立时间 主营产品 主营业务 经营范围
    上级单位 企业规模 曾用名 高新技术企业 法定代表人 part_of ror uei duns pic
experts: 姓名 职称 职务 职务/职称 研究方向 工作单位 出生年月 性别 个人简介 个人简历 技术经理人等级 headline bio orcid affiliation
    导师姓名
achievements: 成果名称 专利名称 专利号 申请号 公开号 授权号 发明人 完成人 第一完成人 其他完成人 主要完成人 专利权人 权属单位 权利人
    成果简介 成果编号 转让价格 成果类型 专利类型 技术成熟度 成熟度 完成单位 法律状态 ipc分类号 trl inventor inventors creators owners
    assignee patent_expiration_date ip_status price_min price_max asking_price
demands: 需求名称 需求描述 需求内容 需求编号 技术需求 需求类别 需求类型 需求单位 需求企业 需求状态 拟投入资金 悬赏金额 榜单金额 榜单编号
    揭榜方式 截止时间 截止日期 发榜单位 需求简介 技术难题 发布单位 预算 deadline budget budget_max budget_min posted_by frist needs
resources: 仪器名称 设备名称 仪器编号 设备编号 规格型号 收费标准 购置日期 开放状态 服务名称 服务内容 服务机构 放置地点 原值 开放共享方式
    平台名称 offered_by
cooperations: 合同编号 合同名称 合同金额 合同类别 合同类型 合同登记编号 签订日期 签约日期 履行状态 合同成交额 技术交易额 合同额 履行情况
    合作方 合作形式 认定登记编号 卖方 买方 parties contract_value
"""


def _lines(table: str) -> dict[Kind, list[str]]:
    lines = (line.split(": ") for line in table.replace("\n    ", " ").strip().splitlines())
    return {Kind(kind): words.split() for kind, words in lines}


_TELLING = {kind: frozenset(words) for kind, words in _lines(_TELLING_TABLE).items()}
_WEIGHTS = {kind: dict(zip(words[::2], map(float, words[1::2]), strict=True)) for kind, words in _lines(_WEIGHTS_TABLE).items()}


class Recognised(NamedTuple):
    """A form, the header under which it reads the table, and that of the table's names which it goes by."""

    form: NativeForm
    head: Head
    name: str


class _Candidate(NamedTuple):
    """How well a header fits a kind; the greater the better."""

    told: float
    known: int
    kind: Kind
    head: Head


def recognised(heads: Sequence[Head], names: Sequence[str]) -> Recognised | None:
    """The native form of a table with ``heads`` and ``names``; of the rows that may be its header, the one that says most."""
    heads = [*heads, *_over_two_rows(heads)]
    named = next(((kind, name) for name in names if (kind := native_kind(name))), None)
    kinds = NODE_KINDS if named is None or named[0] in NODE_KINDS else (*NODE_KINDS, named[0])
    candidates = _candidates(heads, kinds, named[0] if named else None)
    if not candidates:
        return None
    most = max(candidates, key=lambda one: (one.known, -one.head.line))  # the header is the row of which most is understood
    candidates = [one for one in candidates if one.head.line == most.head.line]
    best = max(candidates, key=_worth)
    if named:
        own = max((one for one in candidates if one.kind is named[0]), key=_worth, default=None)
        if own and own.told + _MARGIN > best.told:
            best = own
    name = named[1] if named and named[0] is best.kind else names[0]
    qualification = next((found for one in names if (found := qualification_of(one))), None)
    return Recognised(NativeForm(best.kind, best.head.columns, qualification, _unit_above(heads, best.head)), best.head, name)


def _candidates(heads: Iterable[Head], kinds: Sequence[Kind], named: Kind | None) -> list[_Candidate]:
    """The rows that may be the header and their kinds, but for rows of no more cells than are understood of a row above them."""
    found: list[_Candidate] = []
    most = 0
    for _, group in groupby(sorted(heads, key=lambda one: one.line), key=lambda one: one.line):
        of_line = [*group]
        if max(len({*head.columns} - {""}) for head in of_line) > most:
            found += [one for head in of_line for kind in kinds if (one := _candidate(kind, head, named))]
            most = max((one.known for one in found), default=0)
    return found


def _over_two_rows(heads: Sequence[Head]) -> list[Head]:
    """Headers of two rows whose cells are not merged: the second names what the first has a group for, or nothing."""
    found = []
    for above, below in pairwise(heads):
        width = max(len(above.columns), len(below.columns))
        upper, lower = ((*one.columns, *[""] * (width - len(one.columns))) for one in (above, below))
        joined = _under_groups(upper, lower)
        filled = [one for one in joined if one]
        if below.line == above.line + 1 and len(filled) == len(set(filled)) > max(sum(map(bool, upper)), sum(map(bool, lower))):
            found.append(Head(below.line, joined))
    return found


def _under_groups(upper: Sequence[str], lower: Sequence[str]) -> tuple[str, ...]:
    """The names of the lower row, each after the group above it (``交易双方 技术提供方``), and those of the upper row that are none."""
    joined, group = [], ""
    for first, second in zip(upper, lower, strict=True):
        group = first or group
        joined.append(first if not second else f"{group} {second}" if group else second)
    return tuple(joined)


_UNIT = re.compile(r"(?:金额)?单位\s*[:：]\s*(\S{1,8})")


def _unit_above(heads: Sequence[Head], head: Head) -> str | None:
    """The unit of amounts that a line above the header names: ``单位：万元``."""
    texts = (text for one in heads if one.line < head.line for text in one.columns)
    return next((unit for text in texts if (said := _UNIT.search(text)) and (unit := unit_of(f"({said[1]})"))), None)


def _worth(one: _Candidate) -> tuple[float, int]:
    return one.told, one.known


def _candidate(kind: Kind, head: Head, named: Kind | None) -> _Candidate | None:
    if any(len(one) > _LONGEST for one in head.columns):
        return None  # a text, so a row of the table
    headers = head.columns[:_WIDTH]
    known = assigned(kind, headers)
    if not known or lacking(kind, {column.field for column in known.values() if not column.of}):
        return None
    told = _told(kind, headers, known.values())
    if kind is not named and (told < _LEAST or len(known) < _FEWEST):
        return None
    return _Candidate(told, len(known), kind, head)


def _told(kind: Kind, headers: Sequence[str], columns: Iterable[Column]) -> float:
    """What the columns of a table tell of its being of ``kind``."""
    if kind not in NODE_KINDS:
        return 0.0
    weights, telling = _WEIGHTS[kind], _TELLING[kind]
    told = 1.0 if any(_WORDS[kind].search(column_key(one)) for one in headers) else 0.0
    for column in columns:
        weight = 0.0 if column.of else weights.get(column.field, 0.0)
        near = plain_key(column.header) in telling
        told += weight + 1.0 if near else weight * (_ALIKE if column.is_alike else 1.0)
    return told
