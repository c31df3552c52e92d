"""The kind and the header of a table whose name or columns tell what it holds.

In: the rows that may be a table's header, and its names. Out: a ``NativeForm`` and the header, or None. Next: ``ingest.choose`` reads the
table by it, ``ingest.mapping.suggest`` drafts its mapping.

A name tells the kind; the columns do where it says nothing, or where they are plainly of another kind: a register of contracts (甲方, 乙方,
合同金额) is one whatever its file is called. Columns tell a kind by the headers that only it has.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ingest.mapping.aliases import plain_key
from ingest.mapping.columns import assigned, qualification_of
from ingest.mapping.native import NativeForm, native_kind
from ingest.read.readers import Head
from ingest.rows.models import Kind

NODE_KINDS = tuple(Kind)[:6]
_MARGIN = 2
"""Telling headers that another kind must have more than the kind of the name."""
_LEAST = 2
"""Headers that must be understood where only columns tell the kind."""
_TELLING_TABLE = """
institutions: 单位全称 企业全称 单位性质 企业性质 机构性质 机构类型 注册地 注册资本 成立日期 成立时间 主营产品 主营业务 经营范围
    上级单位 企业规模 曾用名 高新技术企业 法定代表人 part_of ror uei duns pic
experts: 姓名 职称 职务 职务/职称 研究方向 工作单位 出生年月 性别 个人简介 个人简历 技术经理人等级 headline bio orcid affiliation
achievements: 成果名称 专利名称 专利号 申请号 公开号 授权号 发明人 完成人 第一完成人 其他完成人 主要完成人 专利权人 权属单位 权利人
    成果简介 成果编号 转让价格 成果类型 专利类型 技术成熟度 成熟度 完成单位 法律状态 ipc分类号 trl inventor inventors abstract creators
    owners assignee patent_expiration_date ip_status price_min price_max asking_price
demands: 需求名称 需求描述 需求内容 需求编号 技术需求 需求类别 需求类型 需求单位 需求企业 需求状态 拟投入资金 悬赏金额 榜单金额 榜单编号
    揭榜方式 截止时间 截止日期 发榜单位 需求简介 技术难题 发布单位 预算 deadline budget budget_max budget_min posted_by frist needs
resources: 仪器名称 设备名称 仪器编号 设备编号 规格型号 收费标准 购置日期 开放状态 服务名称 服务内容 服务机构 放置地点 原值 开放共享方式
    平台名称 offered_by
cooperations: 合同编号 合同名称 合同金额 合同类别 合同类型 合同登记编号 签订日期 签约日期 履行状态 合同成交额 技术交易额 合同额 履行情况
    合作方 合作形式 认定登记编号 卖方 买方 parties contract_value
"""


def _telling() -> dict[Kind, frozenset[str]]:
    lines = (line.split(": ") for line in _TELLING_TABLE.replace("\n    ", " ").strip().splitlines())
    return {Kind(kind): frozenset(words.split()) for kind, words in lines}


_TELLING = _telling()


class Recognised(NamedTuple):
    """A form, the header under which it reads the table, and that of the table's names which it goes by."""

    form: NativeForm
    head: Head
    name: str


class _Candidate(NamedTuple):
    """How well a header fits a kind; the greater the better."""

    telling: int
    known: int
    kind: Kind
    head: Head


def recognised(heads: Sequence[Head], names: Sequence[str], kinds: Iterable[Kind] = Kind) -> Recognised | None:
    """The native form of a table with ``heads`` and ``names``; of the rows that may be its header, the one that says most."""
    named = next(((kind, name) for name in names if (kind := native_kind(name))), None)
    candidates = [one for head in heads for kind in kinds if (one := _candidate(kind, head, named[0] if named else None))]
    if not candidates:
        return None
    best = max(candidates, key=_worth)
    if named:
        own = max((one for one in candidates if one.kind is named[0]), key=_worth, default=None)
        if own and own.telling + _MARGIN > best.telling:
            best = own
    name = named[1] if named and named[0] is best.kind else names[0]
    qualification = next((found for one in names if (found := qualification_of(one))), None)
    return Recognised(NativeForm(best.kind, best.head.columns, qualification), best.head, name)


def _worth(one: _Candidate) -> tuple[int, int, int]:
    return one.telling, one.known, -one.head.line


def _candidate(kind: Kind, head: Head, named: Kind | None) -> _Candidate | None:
    known = assigned(kind, head.columns)
    if not known or NativeForm(kind, head.columns).missing():
        return None
    if kind is not named and (kind not in NODE_KINDS or len(known) < _LEAST):
        return None
    keys = {plain_key(one) for one in head.columns}
    roles = sum(1 for column in known.values() if column.role)
    telling = len(keys & _TELLING.get(kind, frozenset())) + roles
    if kind is not named and not telling:
        return None
    if kind is Kind.COOPERATIONS and kind is not named and telling < _LEAST:
        return None
    return _Candidate(telling, len(known), kind, head)
