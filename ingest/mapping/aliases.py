"""The table of aliases: headers of columns and the fields that they name, in English and Chinese.

In: a column's header and the kind of the file. Out: the field that it names. Next: ``ingest.mapping.native`` reads files by it, and
``ingest.mapping.suggest`` drafts mappings by it; ``ingest.mapping.mapped``, ``ingest.mapping.templates`` and ``ingest.rejects`` compare
headers by ``column_key``. docs/data-formats.md lists the headers of native files; a test keeps the two in step.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from ingest.rows.models import MODELS, Kind

CHINESE_NAMES = {
    Kind.INSTITUTIONS: ("机构", "企业", "单位"),
    Kind.EXPERTS: ("专家", "人才"),
    Kind.ACHIEVEMENTS: ("成果", "专利"),
    Kind.DEMANDS: ("需求",),
    Kind.RESOURCES: ("资源",),
    Kind.COOPERATIONS: ("合作",),
}
"""What files of a kind are called in Chinese."""

_TABLE = """
id: 编号 | number no code 编码 代码 项目编号 合同编号 reference ref identifier
name: 名称 | full_name company company_name organisation organization 全称 公司名称
experts.name: 姓名
title: 名称 | name topic subject heading 标题 题目 题名 项目名称 合同名称
abstract: 摘要 | summary description 简介 内容 成果内容 技术简介
description: 描述 | summary details text abstract 内容 详情 简介 摘要 说明 技术需求
institutions.description: 简介
bio: 简介 | biography description 个人简介 研究经历
keywords: 关键词 | tags fields field topics areas 技术领域 领域 所属领域 研究方向 研究领域 专业领域
owners: 权属单位 owner | company organisation organization institution firm assignee applicant 单位 完成单位 所属单位
    专利权人 申请人 持有单位 所有人
creators: 完成人 creator | author authors inventor inventors 发明人 作者 第一完成人 主要完成人
posted_by: 发布单位 | company organisation organization institution firm 企业 企业名称 单位 单位名称 需求单位 需求方 公司
offered_by: 提供单位 | organisation organization institution owner 单位 所属单位
institution: 所在单位 | affiliation organisation organization employer company 单位 工作单位 所属单位 机构
headline: 职称 | position job_title 职务
date: 日期 | year published published_at posted 年份 年度 完成时间 发布时间 公开日 完成日期 日期
demands.date: 发布日期
deadline: 截止日期 | closing_date due due_date 截止时间
started: 开始日期 | start start_date from 开始时间 签订日期 起始日期
ended: 结束日期 | end end_date to 结束时间 终止日期
trl: 成熟度 | trl_level 技术成熟度 成熟度等级
maturity: 成熟阶段 | 所处阶段 研发阶段 技术阶段 成果阶段 成果所处阶段 stage maturity_stage
price_min: 最低价 | price 价格
budget_max: 最高预算 | budget 预算 预算金额
amount: 金额 | value total contract_value 合同金额 总金额 合同成交额 成交额 成交金额
technology_amount: 技术交易额 | 技术交易金额 technology_value
contract_type: 合同类型 | 合同类别 技术合同类型 技术合同类别
payments: 支付方式 | 付款方式 价款支付方式 payment_terms payment_method
registration_number: 登记编号 | 技术合同登记编号 合同登记编号 合同登记号 认定登记编号
registration_office: 登记机构 | 合同登记机构 登记点 登记机关
registered: 登记日期 | 认定登记日期 合同登记日期 登记时间 registration_date
region: 地区 | city province state 省份 城市 所在地 所在地区
regions: 地区 | city province region 省份 城市
country: 国家 | nation 国别
kind: 类型 | type category 类别 成果类型 资源类型 需求类型 需求类别
mode: 合作方式 | type 类型
industry: 行业 | 所属行业 行业领域 产业领域 所属产业 国民经济行业 行业代码 sector industries nace
size: 规模 | 企业规模 单位规模 company_size
qualifications: 资质 | 企业资质 荣誉资质 资质荣誉 企业类别 certifications
broker: 技术经理人等级 | 技术经纪人等级 技术经理人 技术经纪人 broker_level
route: 组织方式 | 攻关方式 组织形式 发榜方式 攻关形式
call_number: 榜单编号 | 榜单号 call_id topic_id
aliases: 别名 | other_names short_name 简称 曾用名 英文名称
part_of: 上级单位 | parent 主管单位 母公司
external_ids: 外部编号 | ror orcid doi isni wikidata
parties: 合作方 | partners participants members 合作单位 参与单位
licence: 许可方式 | license licensing
transfer_forms: 转化方式 | 合作方式 转让方式 转化形式 拟转化方式 交易方式 技术转让方式 transfer_form transfer_mode
rights: 权利归属 权属 | 知识产权归属 产权归属 ownership
legal_status: 法律状态 | 专利状态 专利法律状态 当前状态 状态 status patent_status
filed: 申请日 申请日期 | application_date filing_date date_filed filed_on
granted: 授权日 授权日期 | 授权公告日 grant_date date_granted issue_date
expires: 到期日 有效期至 | 到期日期 失效日 有效期限 expiry_date expiration_date patent_expiration_date
ipc: 国际分类号 ipc分类号 | ipc分类 国际专利分类号 ipc_class ipc主分类号 主分类号 分类号
cpc: 联合分类号 cpc分类号 | cpc分类 cpc_class
application_numbers: 申请号 application_number | 专利号 专利申请号 申请编号 application_no appl_no application_id
publication_numbers: 公开号 公告号 授权号 publication_number | 公开公告号 授权公告号 patent_number patent_no publication_no
registration_numbers: 登记号 registration_number | 成果登记号 软著登记号 登记证书号 registration_no
dois: 数字对象标识 doi | 论文doi
requirements: 要求 | 技术要求 指标要求 技术指标
retrieved_at: 采集日期
capacity: 对接上限
trl_since: 成熟度日期
price_max: 最高价
currency: 币种
visibility: 公开范围
budget_min: 最低预算
trl_min: 成熟度要求
status: 状态
status_since: 状态日期
terms: 条件
outcome: 结果
evidence.outcome: 评价
demands: 对应需求
uses: 使用成果
source: 起点
target: 终点
role: 角色
share: 份额
source_kind: 起点类型
target_kind: 终点类型
verified_by: 核验方
document: 凭证
"""
"""A line (an indented one continues it) is ``field: headers | like``: the ``headers`` name the field in a native file, as its own name
does; those that are ``like`` them are taken for it in the draft of a mapping only, where several fit by the first line that has one.
``kind.field`` is that field in files of one kind, where its headers are other ones."""


class _Alias(NamedTuple):
    headers: tuple[str, ...]
    like: tuple[str, ...]


def _read(table: str) -> dict[str, _Alias]:
    lines = [line.partition(": ") for line in table.replace("\n    ", " ").strip().splitlines()]
    halves = {name: said.partition(" | ") for name, _, said in lines}
    return {name: _Alias(tuple(headers.split()), tuple(like.split())) for name, (headers, _, like) in halves.items()}


_ALIASES = _read(_TABLE)
_JOINT = re.compile(r"[\s_\-]+")
_BRACKETS = re.compile(r"[(\[（【].*?[)\]）】]|[*＊:：]")
_KIND_WORDS = {kind: (kind.value, kind.value.rstrip("s"), *CHINESE_NAMES.get(kind, ())) for kind in Kind}


def _columns(kind: Kind) -> dict[str, str]:
    table: dict[str, str] = {}
    for name in MODELS[kind].model_fields:
        own = _ALIASES.get(f"{kind.value}.{name}") or _ALIASES[name]
        table.update(dict.fromkeys((name, *own.headers), name))
    return table


COLUMNS: dict[Kind, dict[str, str]] = {kind: _columns(kind) for kind in Kind}
"""By kind: the field of each column key that a native file may have."""


@lru_cache(maxsize=10_000)
def column_key(header: str) -> str:
    """A header in the form in which headers are compared: ``Budget Max`` and ``budget_max`` are one column."""
    return _JOINT.sub("_", unicodedata.normalize("NFKC", header).replace("\ufeff", "").strip().casefold()).strip("_")


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
    fields = MODELS[kind].model_fields
    return next((name for form in forms for name, alias in _ALIASES.items() if form in alias.like and name in fields), None)
