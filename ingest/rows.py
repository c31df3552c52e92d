"""Typed input rows: one model a native file kind, with its columns in English and Chinese.

In: cells by field name, blanks left out (``ingest.forms`` makes them). Out: frozen rows for ``ingest.build``, or ``Problem``s:
the field and the rule in plain words. docs/data-formats.md lists the same columns and words; a test keeps the two in step.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, TypeAdapter, ValidationError, model_validator

from graph import model
from ingest import cells
from ingest.cells import Broken, Tally


class Kind(StrEnum):
    """The kinds of native files, in the order in which they depend on each other."""

    INSTITUTIONS = "institutions"
    EXPERTS = "experts"
    ACHIEVEMENTS = "achievements"
    DEMANDS = "demands"
    RESOURCES = "resources"
    COOPERATIONS = "cooperations"
    OWNS = "owns"
    CREATED = "created"
    AFFILIATED_WITH = "affiliated_with"
    PART_OF = "part_of"
    POSTED = "posted"
    OFFERS = "offers"
    ADDRESSES = "addresses"
    USES = "uses"
    PARTY_TO = "party_to"
    EVIDENCE = "evidence"


CHINESE_NAMES = {
    Kind.INSTITUTIONS: ("机构", "企业", "单位"),
    Kind.EXPERTS: ("专家", "人才"),
    Kind.ACHIEVEMENTS: ("成果", "专利"),
    Kind.DEMANDS: ("需求",),
    Kind.RESOURCES: ("资源",),
    Kind.COOPERATIONS: ("合作",),
}


class Problem(NamedTuple):
    """What is wrong with a row: the column as the file names it (empty if the row as a whole is meant) and the rule, which is
    the same for all rows that break it; ``detail`` is of this row."""

    field: str
    rule: str
    detail: str = ""

    def __str__(self) -> str:
        return (f"{self.field}: {self.rule}" if self.field else self.rule) + self.detail


def column(*headers: str, **more: Any) -> Any:
    """A field whose column is also called one of ``headers``; not required unless ``default=...`` is given."""
    return Field(**({"default": None} | more), json_schema_extra={"headers": list(headers)})


_Text = Annotated[str, PlainValidator(cells.line_text)]
_Long = Annotated[str, PlainValidator(cells.long_text)]
_Id = Annotated[str, PlainValidator(cells.identifier)]
_Words = Annotated[tuple[str, ...], PlainValidator(cells.words)]
_Refs = Annotated[tuple[str, ...], PlainValidator(cells.references)]
_Externals = Annotated[tuple[str, ...], PlainValidator(cells.external_ids)]
_Date = Annotated[str, PlainValidator(cells.date)]
_Amount = Annotated[float, PlainValidator(cells.amount)]
_Currency = Annotated[str, PlainValidator(cells.currency)]
_Trl = Annotated[int, PlainValidator(cells.trl)]
_Visibility = Annotated[model.Visibility, PlainValidator(cells.one_of(model.Visibility, "公开 会员可见 保密"))]


class Row(BaseModel):
    """What every row may say: its id in the source, and the day it was retrieved there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: _Id | None = column("编号")
    retrieved_at: _Date | None = column("采集日期")


class InstitutionRow(Row):
    name: _Text = column("名称", default=...)
    aliases: _Words = column("别名", default=())
    kind: Annotated[
        model.InstitutionKind | None,
        PlainValidator(cells.one_of(model.InstitutionKind, "企业 高校 科研院所 政府 金融机构 技术转移机构 咨询机构 资源机构 其他")),
    ] = column("类型")
    country: Annotated[str | None, PlainValidator(cells.country)] = column("国家")
    region: _Text | None = column("地区")
    description: _Long | None = column("简介")
    external_ids: _Externals = column("外部编号", default=())
    part_of: _Refs = column("上级单位", default=())


class ExpertRow(Row):
    name: _Text = column("姓名", default=...)
    aliases: _Words = column("别名", default=())
    institution: _Refs = column("所在单位", default=())
    headline: _Text | None = column("职称")
    bio: _Long | None = column("简介")
    keywords: _Words = column("关键词", default=())
    capacity: Annotated[int | None, PlainValidator(cells.capacity)] = column("对接上限")
    external_ids: _Externals = column("外部编号", default=())


class AchievementRow(Row):
    title: _Text | None = column("名称")
    abstract: _Long | None = column("摘要")
    kind: Annotated[
        model.AchievementKind | None,
        PlainValidator(cells.one_of(model.AchievementKind, "专利 论文 样机 软件 工艺 技术诀窍 项目成果 其他")),
    ] = column("类型")
    trl: _Trl | None = column("成熟度")
    trl_since: _Date | None = column("成熟度日期")
    date: _Date | None = column("日期")
    keywords: _Words = column("关键词", default=())
    price_min: _Amount | None = column("最低价")
    price_max: _Amount | None = column("最高价")
    currency: _Currency | None = column("币种")
    licence: _Text | None = column("许可方式")
    visibility: _Visibility | None = column("公开范围")
    owners: _Refs = column("权属单位", "owner", default=())
    creators: _Refs = column("完成人", "creator", default=())

    @model_validator(mode="after")
    def _together(self) -> AchievementRow:
        _one_of_two("title", self.title, "abstract", self.abstract)
        _ordered("price_min", self.price_min, "price_max", self.price_max)
        return self


class DemandRow(Row):
    title: _Text | None = column("名称")
    description: _Long | None = column("描述")
    budget_min: _Amount | None = column("最低预算")
    budget_max: _Amount | None = column("最高预算")
    currency: _Currency | None = column("币种")
    date: _Date | None = column("发布日期")
    deadline: _Date | None = column("截止日期")
    trl_min: _Trl | None = column("成熟度要求")
    regions: _Words = column("地区", default=())
    requirements: Annotated[str | None, PlainValidator(cells.requirements)] = column("要求")
    status: Annotated[model.DemandStatus | None, PlainValidator(cells.one_of(model.DemandStatus, "征集中 对接中 已解决 已撤回"))] = column(
        "状态"
    )
    status_since: _Date | None = column("状态日期")
    visibility: _Visibility | None = column("公开范围")
    posted_by: _Refs = column("发布单位", default=())

    @model_validator(mode="after")
    def _together(self) -> DemandRow:
        _one_of_two("title", self.title, "description", self.description)
        _ordered("budget_min", self.budget_min, "budget_max", self.budget_max)
        _in_time("date", self.date, "deadline", self.deadline)
        return self


class ResourceRow(Row):
    title: _Text = column("名称", default=...)
    description: _Long | None = column("描述")
    kind: Annotated[model.ResourceKind | None, PlainValidator(cells.one_of(model.ResourceKind, "仪器设备 金融产品 服务 培训 场地"))] = (
        column("类型")
    )
    terms: _Long | None = column("条件")
    date: _Date | None = column("日期")
    offered_by: _Refs = column("提供单位", default=())


class CooperationRow(Row):
    title: _Text | None = column("名称")
    mode: Annotated[model.CooperationMode | None, PlainValidator(cells.one_of(model.CooperationMode, "共建实体 合同 技术超市"))] = column(
        "合作方式"
    )
    started: _Date | None = column("开始日期")
    ended: _Date | None = column("结束日期")
    amount: _Amount | None = column("金额")
    currency: _Currency | None = column("币种")
    outcome: Annotated[model.Outcome | None, PlainValidator(cells.one_of(model.Outcome, "未知 进行中 已完成 失败 违约"))] = column("结果")
    parties: _Refs = column("合作方", default=())
    demands: _Refs = column("对应需求", default=())
    uses: _Refs = column("使用成果", default=())

    @model_validator(mode="after")
    def _together(self) -> CooperationRow:
        if len(self.parties) == 1:
            raise Broken("must name two or more parties", "parties")
        _in_time("started", self.started, "ended", self.ended)
        return self


class EdgeRow(Row):
    source: _Id = column("起点", default=...)
    target: _Id = column("终点", default=...)
    date: _Date | None = column("日期")


class PartyToRow(EdgeRow):
    role: _Text | None = column("角色")
    share: Annotated[float | None, PlainValidator(cells.share)] = column("份额")


class PartyKind(StrEnum):
    INSTITUTION = "institution"
    EXPERT = "expert"


_Party = Annotated[PartyKind, PlainValidator(cells.one_of(PartyKind, "机构 专家"))]


class EvidenceRow(EdgeRow):
    source_kind: _Party = column("起点类型", default=PartyKind.INSTITUTION)
    target_kind: _Party = column("终点类型", default=PartyKind.INSTITUTION)
    kind: Annotated[model.EvidenceKind, PlainValidator(cells.one_of(model.EvidenceKind, "评分 付款 交付 合同 损害核查 纠纷"))] = column(
        "类型", default=...
    )
    outcome: Annotated[float, PlainValidator(cells.outcome_grade)] = column("评价", default=...)
    verified_by: _Text | None = column("核验方")
    document: _Text | None = column("凭证")

    @model_validator(mode="after")
    def _together(self) -> EvidenceRow:
        if (self.source, self.source_kind) == (self.target, self.target_kind):
            raise Broken("must be another party than source", "target")
        return self


def _one_of_two(left: str, a: object, right: str, b: object) -> None:
    if a is None and b is None:
        raise Broken(f"one of {left} and {right} is required", left)


def _ordered(low: str, a: float | None, high: str, b: float | None) -> None:
    if a is not None and b is not None and a > b:
        raise Broken(f"must not be less than {low}", high)


def _in_time(first: str, a: str | None, last: str, b: str | None) -> None:
    # partial dates are compared as far as both are known: 2019 to 2019-03 may well be in order
    if a is not None and b is not None and a[: len(b)] > b[: len(a)]:
        raise Broken(f"must not be before {first}", last)


MODELS: dict[Kind, type[Row]] = dict.fromkeys(Kind, EdgeRow) | {
    Kind.INSTITUTIONS: InstitutionRow,
    Kind.EXPERTS: ExpertRow,
    Kind.ACHIEVEMENTS: AchievementRow,
    Kind.DEMANDS: DemandRow,
    Kind.RESOURCES: ResourceRow,
    Kind.COOPERATIONS: CooperationRow,
    Kind.PARTY_TO: PartyToRow,
    Kind.EVIDENCE: EvidenceRow,
}
_VALIDATE = {kind: TypeAdapter(row).validator.validate_python for kind, row in MODELS.items()}


def validate(kind: Kind, fields: Mapping[str, object], tally: Tally) -> Row | list[Problem]:
    """The typed row, or everything that is wrong with it, by native field name."""
    try:
        row: Row = _VALIDATE[kind](fields, context=tally)
    except ValidationError as error:
        return [_problem(one) for one in error.errors(include_url=False, include_input=False)]
    return row


def _problem(error: Any) -> Problem:
    field = str(error["loc"][0]) if error["loc"] else ""
    broken = error.get("ctx", {}).get("error")
    if isinstance(broken, Broken):
        return Problem(broken.field or field, broken.rule)
    return Problem(field, "is required" if error["type"] == "missing" else str(error["msg"]))


# -- columns

_JOINT = re.compile(r"[\s_\-]+")


@lru_cache(maxsize=10_000)
def column_key(header: str) -> str:
    """A header in the form in which headers are compared: ``Budget Max`` and ``budget_max`` are one column."""
    return _JOINT.sub("_", unicodedata.normalize("NFKC", header).replace("\ufeff", "").strip().casefold()).strip("_")


def _columns(row: type[Row]) -> dict[str, str]:
    table: dict[str, str] = {}
    for name, field in row.model_fields.items():
        extra = field.json_schema_extra
        headers = extra["headers"] if isinstance(extra, dict) else []
        table.update(dict.fromkeys((name, *map(str, headers if isinstance(headers, list) else [])), name))
    return table


COLUMNS: dict[Kind, dict[str, str]] = {kind: _columns(row) for kind, row in MODELS.items()}
"""By kind: the field of each column key, English and Chinese."""
_LISTS = """
aliases external_ids part_of institution keywords owners creators regions requirements posted_by offered_by parties demands uses
"""
LISTS = frozenset(_LISTS.split())
"""Fields of several values."""
DATES = frozenset(["retrieved_at", "trl_since", "date", "deadline", "status_since", "started", "ended"])
"""Fields that hold a date."""
REQUIRED: dict[Kind, tuple[str, ...]] = {
    kind: tuple(name for name, field in row.model_fields.items() if field.is_required()) for kind, row in MODELS.items()
}
"""By kind: fields without which no row can be read."""

# -- columns of other names, for drafts of mappings

_LIKE = """
id: number no code 编码 代码 项目编号 专利号 申请号 公开号 合同编号 reference ref identifier
name: full_name company company_name organisation organization 全称 公司名称
title: name topic subject heading 标题 题目 题名 项目名称 合同名称
abstract: summary description 简介 内容 成果内容 技术简介
description: summary details text abstract 内容 详情 简介 摘要 说明 技术需求
bio: biography description 个人简介 研究经历
keywords: tags fields field topics areas 技术领域 领域 所属领域 研究方向 研究领域 专业领域
owners: company organisation organization institution firm assignee applicant 单位 完成单位 所属单位 专利权人 申请人 持有单位 所有人
creators: author authors inventor inventors 发明人 作者 第一完成人 主要完成人
posted_by: company organisation organization institution firm 企业 企业名称 单位 单位名称 需求单位 需求方 公司
offered_by: organisation organization institution owner 单位 所属单位
institution: affiliation organisation organization employer company 单位 工作单位 所属单位 机构
headline: position job_title 职务
date: year published published_at posted 年份 年度 完成时间 发布时间 公开日 申请日 完成日期 日期
deadline: closing_date due due_date 截止时间
started: start start_date from 开始时间 签订日期 起始日期
ended: end end_date to 结束时间 终止日期
trl: maturity trl_level 技术成熟度 成熟度等级
price_min: price 价格
budget_max: budget 预算 预算金额
amount: value total contract_value 合同金额 总金额
region: city province state 省份 城市 所在地 所在地区
regions: city province region 省份 城市
country: nation 国别
kind: type category 类别 成果类型 资源类型
mode: type 类型
aliases: other_names short_name 简称 曾用名 英文名称
part_of: parent 主管单位 母公司
external_ids: ror orcid doi isni wikidata
parties: partners participants members 合作单位 参与单位
licence: license licensing 转让方式 合作方式
requirements: 技术要求 指标要求 技术指标
"""
_LIKE_FIELDS = {name: words.split() for name, _, words in (line.partition(":") for line in _LIKE.strip().splitlines())}
_BRACKETS = re.compile(r"[(\[（【].*?[)\]）】]|[*＊:：]")
_KIND_WORDS = {kind: (kind.value, kind.value.rstrip("s"), *CHINESE_NAMES.get(kind, ())) for kind in Kind}


def field_of(kind: Kind, header: str, *, loosely: bool = False) -> str | None:
    """The field that ``header`` names in a file of ``kind``. ``loosely``: a like word will do too, a remark in brackets may follow and
    the kind's own word go before, as in ``成果名称（必填）``."""
    table = COLUMNS[kind]
    key = column_key(header)
    if not loosely or key in table:
        return table.get(key)
    plain = column_key(_BRACKETS.sub("", header))
    forms = [plain, *(plain.removeprefix(word).strip("_") for word in _KIND_WORDS[kind] if plain.startswith(word))]
    for form in forms:
        if form in table:
            return table[form]
    like = (name for form in forms for name, words in _LIKE_FIELDS.items() if form in words and name in MODELS[kind].model_fields)
    return next(like, None)
