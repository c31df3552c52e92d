"""The table of aliases: headers of columns and the fields that they name, in English and Chinese.

In: a column's header and the kind of the file. Out: the field that it names. Next: ``ingest.mapping.columns`` assigns columns by it;
``ingest.mapping.mapped``, ``ingest.mapping.templates`` and ``ingest.rejects`` compare headers by ``column_key``. docs/headers.md lists all
headers; a test keeps the two in step.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from ingest.cells.money import unit_of
from ingest.rows.models import Kind, columns_of

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
id: 编号 | number no code 编码 代码 项目编号 合同编号 合同号 合同登记编号 证书编号 reference ref identifier project_id case_number nr
    id_no tech-id tech_id 序列号 code_no 技术编号
institutions.id: 编号 | 单位编号 单位编码 单位代码 企业编号 机构编号 编码 代码 number no code ref
experts.id: 编号 | 专家编号 工号 编码 代码 number no code ref
name: 名称 | full_name company company_name organisation organization institution university firm 全称 公司名称 名称全称 单位 企业 机构
    公司 市场主体 主体名称 经营主体 法人单位 法人名称
experts.name: 姓名 | 专家姓名 名字 full_name expert researcher 专家 人才 技术经理人姓名 负责人 name_surname
title: 名称 | name topic subject heading 标题 题目 题名 项目名称 合同名称 专利名称 仪器名称 设备名称 服务名称 平台名称 产品名称 发明名称
    软件名称 技术名称 成果名称 需求名称 资源名称 需求题目 技术需求名称 technology_title technology project project_title contract_title
    invention titel bezeichnung 榜题 课题 课题名称 项目 成果 技术 难题 需求 议题
abstract: 摘要 | summary description 简介 内容 成果内容 技术简介 成果简介 技术描述 成果描述 技术内容 主要内容 主要技术内容 技术说明
    技术方案 成果概述 概述 介绍 成果介绍 项目简介 zusammenfassung beschreibung 内容摘要 成果摘要 项目摘要 技术概述 成果概况 技术概况
    技术介绍 项目介绍 成果说明 what_it_does in_short outline
description: 描述 | summary details text abstract 内容 详情 简介 摘要 说明 技术需求 需求描述 需求内容 需求说明 需求简介 技术需求描述
    技术需求内容 问题描述 技术难题 具体需求 主要需求 主要功能 功能 服务内容 规格型号 technische_beschreibung beschreibung challenge
    需求概述 需求概况 需求背景 技术需求说明 需求详情 难题描述 技术难点 拟解决问题 拟解决的问题 关键问题 仪器简介 主要用途 功能特色
    服务范围 主要技术参数 资源简介
institutions.description: 简介 | 单位简介 企业简介 主营业务 主营产品 经营范围 主要产品 description about profile beschreibung
bio: 简介 | biography description 个人简介 研究经历 简历 个人简历 主要成就 专家简介 profile 专家介绍 人物简介 主要成果 工作经历
    代表性成果 学术成果
keywords: 关键词 | tags fields field topics areas 技术领域 领域 所属领域 研究方向 研究领域 专业领域 应用领域 所属技术领域 技术方向
    擅长领域 从事专业 专业 服务领域 expertise research_areas research_interests schlagwörter 标签 主题词 关键字 专业特长 技术特长
    研究专长 特长 从事领域 细分领域 技术类别 产业领域 学科 学科领域 研究兴趣
owners: 权属单位 owner | company organisation organization institution firm assignee applicant department center centre 单位 完成单位
    所属单位 持有单位 专利权人 申请人 所有人 第一完成单位 成果单位 单位名称 高校 所属高校 权利人 著作权人 当前权利人 成果持有单位
    成果所属单位 department/owner 成果持有方 技术持有方 供给方 技术供方 成果来源 来源单位 成果来源单位 研发单位 依托单位 牵头单位
    第一权利人 owner_institution organisation_name rights_holder rights_holders rights_holder(s) holder right_holder
creators: 完成人 creator | author authors inventor inventors 发明人 作者 第一完成人 主要完成人 其他完成人 成果完成人 负责人 项目负责人
    团队负责人 第一发明人 设计人 研发人员 完成人员 principal_investigator erfinder 主创人员 研发团队 专家 成果负责人 首席专家 技术负责人
    团队成员 researcher researchers
posted_by: 发布单位 | company organisation organization institution firm 企业 企业名称 单位 单位名称 需求单位 需求方 公司 公司名称
    提出单位 所属企业 需求企业 发榜单位 发榜方 征集单位 申报单位 unternehmen firma 技术需方 需求主体 出题单位 出题企业 牵头企业 单位全称
    企业全称 client
offered_by: 提供单位 | organisation organization institution owner 单位 所属单位 单位名称 服务机构 依托单位 管理单位 服务单位 机构名称
    机构 提供方 仪器所属单位 设备所属单位 所在单位
institution: 所在单位 | affiliation organisation organization employer company department 单位 工作单位 所属单位 机构 任职单位 单位名称
    现工作单位 所在学院 institut einrichtung 所属学院 依托单位 所在高校 所在机构 任职机构 供职单位 所属机构 现单位 organisation_name
    现工作于 工作于 任职于 就职单位 服务单位
headline: 职称 | position job_title 职务 职务/职称 职称/职务 职务职称 技术职称 专业技术职务 academic_title 职称职务 现任职务 专业职称
    技术职务 学术职务 职级 title
date: 日期 | year published published_at posted 年份 年度 完成时间 完成日期 成果完成时间 研发完成时间 发布时间 公开日 公告日 购置日期
    购置时间 启用日期 publication_date datum jahr 取得时间 形成时间 获得时间 成果时间 鉴定时间 评价时间 验收时间 研制时间 形成年月
    完成年月 产出时间
demands.date: 发布日期 | 发榜日期 发榜时间 date posted 发布时间 提出时间 提出日期 征集时间 填报日期 填报时间 登记日期 登记时间 published
    征集日期 录入时间 上报时间
deadline: 截止日期 | closing_date due due_date 截止时间 期望完成时间 要求完成时间 有效期 有效期至 揭榜截止时间 期限 需求期限 解决期限
    完成期限 frist closing 需求截止时间 需求截止日期 有效截止日期 解决时限 时限 完成时限 期望解决时间 计划完成时间
started: 开始日期 | start start_date from 开始时间 签订日期 签约日期 签订时间 签约时间 起始日期 合同签订日期 合同签订时间 signed
    date_signed 合同签署日期 签署日期 签署时间 合同日期 立项时间 起止时间起 生效日 签订日 起始日 生效日期
ended: 结束日期 | end end_date to 结束时间 终止日期 完成时间 完成日期 到期日期 合同到期日 合同终止日期 合同截止日期 结题时间 验收时间
    终止日 到期日 截止日
trl: 成熟度 | trl_level 技术成熟度 成熟度等级 技术成熟度等级 成熟程度 成果成熟度 readiness technology_readiness_level reifegrad
maturity: 成熟阶段 | 所处阶段 研发阶段 技术阶段 成果阶段 成果所处阶段 成果成熟阶段 stage maturity_stage development_stage 产业化程度
    转化阶段 所处研发阶段 成果所处的阶段 技术所处阶段
price: 价格 | 转让价格 转让价 转让价款 报价 意向价格 价格区间 参考价格 期望价格 拟转让价格 转让费 挂牌价 许可费用 asking_price
    price_range preis 意向转让价 意向转让价格 转让底价 参考价 期望转让价格 合作价格 授权费用 许可价格 转让金额 拟转让价 交易价格 price
    fee_guide fee guide_price licence_fee license_fee
price_min: 最低价 | 最低价格 price_from
price_max: 最高价 | 最高价格 price_to
budget: 预算 | 预算金额 拟投入资金 拟投入经费 投入资金 投入预算 意向投入 悬赏金额 榜单金额 项目预算 经费预算 预算区间 计划投入
    拟投入金额 资金预算 意向金额 揭榜金额 投资额 项目投资 funding budget_range 预期投入 计划投资 拟投入研发经费 研发预算 研发投入
    资金投入 榜额 揭榜奖金 奖金 拟投资金额 意向资金 意向价格 榜金 榜金总额 悬赏金 悬赏额 预期经费 可投入经费 攻关经费
budget_min: 最低预算 | budget_from
budget_max: 最高预算 | budget_to max_budget
amount: 金额 | value total contract_value 合同金额 总金额 合同额 合同成交额 成交额 成交金额 合同总额 合同总金额 合同价款 签约金额
    合作金额 交易额 agreed_amount 合同价 协议金额 成交总额 合同标的额 标的额 合同经费 项目金额 项目经费
technology_amount: 技术交易额 | 技术交易金额 technology_value 技术交易总额 核定技术交易额 技术性收入
contract_type: 合同类型 | 合同类别 技术合同类型 技术合同类别 contract_kind type_of_contract 合同种类 技术合同种类 合同性质 项目类型
    type_of_agreement
payments: 支付方式 | 付款方式 价款支付方式 payment_terms payment_method
registration_number: 登记编号 | 技术合同登记编号 合同登记编号 合同登记号 认定登记编号 技术合同登记号 登记号 认定编号 合同认定登记编号
    合同认定登记号 认定登记号 合同认定号 认定登记证号 合同登记证号
registration_office: 登记机构 | 合同登记机构 登记点 登记机关
registered: 登记日期 | 认定登记日期 合同登记日期 登记时间 registration_date 认定日期 认定时间
region: 地区 | city province state 省份 城市 所在地 所在地区 所在省 所在市 所在省市 所属地区 省市 所在区县 所在区 区县 注册地 所属区县
    所在城市 bundesland ort location 所在区域 所在市县 所在地市 注册地区 所属市 所属省 地市 市县 市 登记地 注册地址所在地 属地 行政区划
regions: 地区 | city province region 省份 城市 所在地 所在地区 所在省 所在市 所属地区 意向地区 省市 ort bundesland location 所在区域
    所在区县 所在地市 区县 地市 市县 所属市 所属区县 属地 登记地
country: 国家 | nation 国别 国家/地区 land
kind: 类型 | type category 类别 成果类型 资源类型 需求类型 需求类别 专利类型 性质 单位性质 企业性质 机构性质 机构类型 单位类型 单位类别
    成果类别 成果形式 资源类别 知识产权类型 ip_type 企业类型 成果形态 art 企业属性 单位属性 成果属性 需求种类 资源种类 知识产权形式
    专利类别 合作需求类型
mode: 合作方式 | type 类型 合作形式 合作模式 合作类型 合作性质 协议类型
industry: 行业 | 所属行业 主营行业 行业领域 产业领域 所属产业 国民经济行业 行业代码 行业类别 sector industries nace 行业门类 行业大类
    产业
size: 规模 | 企业规模 单位规模 company_size 企业划型 划型 规模类型
qualifications: 资质 | 其他资质 所获资质 企业资质 荣誉资质 资质荣誉 企业类别 certifications 认定称号 称号 荣誉 认定类型 获得认定
broker: 技术经理人等级 | 技术经纪人等级 技术经理人 技术经纪人 broker_level
route: 组织方式 | 攻关方式 组织形式 发榜方式 攻关形式 需求来源方式 实施方式 合作路径
call_number: 榜单编号 | 榜单号 call_id topic_id 榜单序号 发榜编号 题目编号 需求榜单号
aliases: 别名 | other_names short_name 简称 曾用名 英文名称 英文名 单位简称 企业简称 former_name acronym 又名 别称 原名称 原单位名称
    原名 更名前名称 变更前名称 前名称 历史名称
part_of: 上级单位 | parent 主管单位 母公司 上级 主管部门 隶属单位 所属集团 依托单位 举办单位 parent_organisation 主管机构 上级主管部门
    所属大学 所属学校
external_ids: 外部编号 | wikidata
parties: 合作方 | partners participants members 合作单位 参与单位 合作双方 签约方 签约双方 合同双方
licence: 许可方式 | license licensing licence_available type_of_licence type_of_license licence_type license_type licence_terms
transfer_forms: 转化方式 | 合作方式 转让方式 转化形式 拟转化方式 交易方式 技术转让方式 转移转化方式 transfer_form transfer_mode
    意向合作方式 拟合作方式 合作形式 合作模式 转让许可方式 期望合作方式 意向转化方式 commercial_offer type_of_partnership_sought
    partnership_sought type_of_partnership type_of_cooperation mode_of_transfer
rights: 权利归属 权属 | 知识产权归属 产权归属 ownership
legal_status: 法律状态 | 专利状态 专利法律状态 当前状态 状态 status patent_status ip_status 知识产权状态 授权状态 专利当前状态 ip_state
    授权情况 权利状态 知识产权情况 patent_situation ip_situation protection ipr_status ip_rights_status protection_status
filed: 申请日 申请日期 | application_date filing_date date_filed filed_on first_filed priority_date 申请时间 申请年月
granted: 授权日 授权日期 | 授权公告日 grant_date date_granted issue_date
expires: 到期日 有效期至 | 到期日期 失效日 有效期限 expiry_date expiration_date patent_expiration_date
ipc: 国际分类号 ipc分类号 | ipc分类 国际专利分类号 ipc_class ipc主分类号 主分类号 分类号
cpc: 联合分类号 cpc分类号 | cpc分类 cpc_class
application_numbers: 申请号 application_number | 专利号 专利申请号 申请编号 application_no appl_no application_id 知识产权号
    知识产权编号
publication_numbers: 公开号 公告号 授权号 publication_number | 公开公告号 授权公告号 patent_number patent_no publication_no
registration_numbers: 登记号 registration_number | 成果登记号 软著登记号 登记证书号 registration_no
dois: 数字对象标识 doi | 论文doi
requirements: 要求 | 技术要求 指标要求 技术指标 主要技术指标 性能指标 预期目标 考核指标 anforderungen requirement 预期指标 关键指标
    核心指标 技术参数 主要参数 攻关目标 技术目标 预期成果
retrieved_at: 采集日期
capacity: 对接上限
trl_since: 成熟度日期
currency: 币种 | 货币 货币单位 währung
visibility: 公开范围 | 是否公开 公开 公开方式 是否对外公开 是否同意公开 公开程度 公开级别 可见范围 public
trl_min: 成熟度要求 | 技术成熟度要求
status: 状态 | 需求状态 对接状态 对接情况 解决情况 进展 进展情况 当前状态 揭榜状态 需求进展 是否解决 揭榜情况 榜单状态 完成情况
status_since: 状态日期
terms: 条件 | 收费标准 服务条件 申请条件 价格 开放共享方式 fees rate 收费 收费情况 收费依据 服务价格 共享方式 对外服务收费标准
    参考收费标准
outcome: 结果 | 履行状态 完成情况 履行情况 项目状态 合同状态 执行情况 执行状态 状态 项目进展 result status state 履约情况 履约状态
    执行进度 验收情况 结题情况 项目执行情况
evidence.outcome: 评价
demands: 对应需求
uses: 使用成果 | 对应成果 成果编号
source: 起点
target: 终点
role: 角色
share: 份额
source_kind: 起点类型
target_kind: 终点类型
verified_by: 核验方
document: 凭证
"""
"""A line (an indented one continues it) is ``field: headers | like``: the ``headers`` are the documented ones, as the field's own name is;
those that are ``like`` them name the field too, where no nearer header does, the earlier ones sooner. ``kind.field`` is that field in files
of one kind, where its headers are other ones."""


class _Alias(NamedTuple):
    headers: tuple[str, ...]
    like: tuple[str, ...]


def _read(table: str) -> dict[str, _Alias]:
    lines = [line.partition(": ") for line in table.replace("\n    ", " ").strip().splitlines()]
    halves = {name: said.partition(" | ") for name, _, said in lines}
    return {name: _Alias(tuple(headers.split()), tuple(like.split())) for name, (headers, _, like) in halves.items()}


_ALIASES = _read(_TABLE)
_JOINT = re.compile(r"[\s_\-]+")
_KIND_WORDS = {
    Kind.INSTITUTIONS: "institution company organisation organization firm 单位 企业 机构 公司",
    Kind.EXPERTS: "expert 专家 人才",
    Kind.ACHIEVEMENTS: "achievement result technology project patent invention 科技成果 成果 专利 技术 项目 软件 发明",
    Kind.DEMANDS: "demand challenge project 技术需求 企业需求 需求 难题 项目",
    Kind.RESOURCES: "resource instrument equipment service 资源 仪器 设备 服务 产品",
    Kind.COOPERATIONS: "contract cooperation project agreement 技术合同 合同 合作 项目 协议",
}
"""Words that people put before a column's name: ``成果名称``, ``Project title``."""
_AMONG = re.compile(r"^\s*(?:其中|其它?中)\s*[:：]?\s*")
"""A header of a part of what stands in the column before it."""
_BRACKETS = re.compile(r"[(\[（【].*?[)\]）】]|[*＊:：]")
LIKE = 2
"""The rank of the first header that is like a field's own; its own is 0, its own behind a word of the kind 1."""


def _ranks(kind: Kind) -> dict[str, dict[str, int]]:
    ranks: dict[str, dict[str, int]] = {}
    for name in columns_of(kind):
        own = _ALIASES.get(f"{kind.value}.{name}") or _ALIASES[name]
        for rank, header in enumerate(own.like, LIKE):
            ranks.setdefault(header, {}).setdefault(name, rank)
        for header in (name, *own.headers):
            ranks.setdefault(header, {})[name] = 0
    return ranks


_RANKS: dict[Kind, dict[str, dict[str, int]]] = {kind: _ranks(kind) for kind in Kind}
COLUMNS: dict[Kind, dict[str, str]] = {
    kind: {header: name for header, fields in ranks.items() for name, rank in fields.items() if not rank} for kind, ranks in _RANKS.items()
}
"""By kind: the field of each column key that is documented for native files."""
LIKE_COLUMNS: dict[Kind, dict[str, tuple[str, ...]]] = {
    kind: {name: tuple(header for header, fields in ranks.items() if fields.get(name)) for name in columns_of(kind)}
    for kind, ranks in _RANKS.items()
}
"""By kind and field: the further headers that name it."""


@lru_cache(maxsize=10_000)
def column_key(header: str) -> str:
    """A header in the form in which headers are compared: ``Budget Max`` and ``budget_max`` are one column."""
    return _JOINT.sub("_", unicodedata.normalize("NFKC", header).replace("\ufeff", "").strip().casefold()).strip("_")


@lru_cache(maxsize=1_000)  # every kind is asked about the same header
def plain_key(header: str) -> str:
    """``column_key`` of a header without what stands in brackets: ``成果名称（必填）`` is ``成果名称``."""
    return column_key(_BRACKETS.sub("", _AMONG.sub("", unicodedata.normalize("NFKC", header)))).strip(".。、_")


def fields_of(kind: Kind, header: str) -> dict[str, int]:
    """The fields that ``header`` may name in a file of ``kind``, with ranks: the smaller, the nearer. A remark in brackets may follow and
    a word of the kind go before, as in ``成果名称（必填）``."""
    found = dict(_RANKS[kind].get(column_key(header), {}))
    plain = plain_key(without_unit(header))
    _add_ranks(kind, plain, found)
    group, _, last = plain.rpartition("_")
    if not found and group and not plain.isascii() and len(plain) <= _LONGEST:  # a group of columns and one of them: 预算 最低, 日期 终止日
        for form in (last + group, group + last, last):
            _add_ranks(kind, form, found)
            if found:
                return {name: rank + 1 for name, rank in found.items()}
    return found


def _add_ranks(kind: Kind, plain: str, found: dict[str, int]) -> None:
    """Add the fields that a ``plain_key`` names as it is or behind a word of the kind."""
    forms = [(plain, 0), *((form, 1) for form in _without_kind_word(kind, plain))]
    for form, least in forms:
        for name, rank in _RANKS[kind].get(form, {}).items():
            found[name] = min(found.get(name, rank + least), rank + least)


def without_unit(header: str) -> str:
    """A header without the unit of money after its name: 合同金额/万元, 合同额：万元, 合同金额万元."""
    unit, plain = unit_of(header), header.rstrip()
    if unit is None or not plain.endswith(unit):
        return header
    return plain.removesuffix(unit).rstrip(" /／:：,，_-") or header


_ALIKE_TABLE = """
institutions: name (名称|全称)$ | kind (性质|类型|类别)$ | region (所在|所属|注册).*(地区?|省|市|区县?|城市)$ | industry 行业
    | size 规模 | qualifications 资质 | aliases (曾用名|原名|简称) | part_of (上级|主管|隶属|母公司)
    | description (简介|介绍|业务|产品)$
experts: name (姓名|名字|专家)$ | institution (单位|院校|学校|公司)(名称|全称)?$|(工作|任职|就职|供职)(于|单位|机构)
    | headline (职称|职务|头衔) | keywords (方向|领域|专长|专业|特长)$ | bio (简介|简历|介绍|成就|业绩|经历)$ | broker 技术(经理|经纪)人
achievements: price (价格|报价|售价|转让费|转让金额) | abstract (摘要|简介|概述|内容|介绍|描述|说明|概况)$ | title (名称|题目)$
    | creators (完成人|发明人|研发人|负责人|主创)(员|姓名|团队)?$ | owners (完成|权属|持有|所属|研发|第一)(单位|机构)(名称)?$
    | trl (成熟度|成熟程度) | maturity (阶段)$ | keywords (关键词|关键字|领域|主题词|标签)$
    | date (完成|研制|鉴定|评价|验收|取得|形成|获得|发布)(日期|时间|年份|年度)$ | transfer_forms (转化|转让|合作|交易)(方式|形式|意向)$
    | legal_status 法律状态 | price .*(price|cost|preis).*
    | abstract .*(summary|abstract|description|overview|[a-z]*beschreibung|zusammenfassung).* | title .*(title|titel|bezeichnung)$
    | creators .*(inventor|author|researcher|erfinder).*
    | owners .*(owner|applicant|assignee|department|university|institution|faculty).* | trl .*(trl|readiness).*
    | keywords .*(keyword|technology_area|field_of|schlagwort).* | legal_status .*(patent_status|ip_status|legal_status).*
    | filed .*(filing_date|priority_date|application_date).*
demands: budget (预算|投入.*(资金|经费|金额)|(资金|经费).*投入|悬赏|投资额|榜单金额|揭榜金额) | requirements (指标|参数|要求|目标)$
    | description (描述|内容|简介|详情|背景|现状|难题|难点|问题|瓶颈)$ | title (需求|项目|技术|难题|榜单|课题).*(名称|题目|标题)$
    | status (状态|进展|进度)$ | deadline (截止|期限|要求.*完成|期望.*完成|需求.*期)
    | posted_by (需求|发榜|出题|提出|填报|申报|企业|单位).*(单位|企业|名称|全称|方)$ | budget .*(budget|funding|investment).*
    | deadline .*(deadline|closing|due|frist|valid_until).* | title .*(title|titel)$
    | description .*(description|challenge|problem|[a-z]*beschreibung|need).*
    | posted_by .*(company|organisation|organization|firm|unternehmen|client).*
    | requirements .*(requirement|specification|anforderung(?:en)?).*
resources: title (名称)$ | terms (收费|价格|费用|标准|条件) | offered_by (单位|机构|公司)(名称)?$
    | description (型号|规格|功能|用途|参数|描述|简介|内容|指标) | date (购置|启用|投入使用).*(日期|时间|年份)$
cooperations: amount (合同|成交|交易|签约|合作|项目|协议).*(金额|总额|价款|经费|额)$
    | title (合同|项目|合作|协议|技术).*(名称|标题|题目)$ | started (签订|签约|签署|起始|开始|生效).*(日期|时间|日)$
    | ended (终止|结束|截止|到期|完成).*(日期|时间|日)$ | outcome (状态|情况|进展|结果)$ | contract_type (合同|技术).*(类型|类别)$
    | amount .*(amount|value|sum).* | title .*(title|subject)$ | started .*(signed|signature|start).*
    | ended .*(end|expiry|completion).* | outcome .*(status|outcome|result).* | parties .*(partner|parties|participants).*
"""
"""By kind: fields and the forms (regular expressions) of headers that are read as them where no header of the tables above is there."""


_WHOLE = re.compile(r"^\.\*\((.*)\)\.\*$")
"""A form that a header holds as whole words: ``.*(price|cost).*``."""


def _forms_alike() -> dict[Kind, list[tuple[str, re.Pattern[str]]]]:
    found: dict[Kind, list[tuple[str, re.Pattern[str]]]] = {}
    for line in _ALIKE_TABLE.replace("\n    ", " ").strip().splitlines():
        kind, _, entries = line.partition(": ")
        pairs = (entry.strip().split(" ", 1) for entry in re.split(r"\s\|\s", entries))
        found[Kind(kind)] = [(name, re.compile(_WHOLE.sub(r"(?:^|_)(?:\1)s?(?:_|$)", form))) for name, form in pairs]
    return found


_ALIKE = _forms_alike()
_NEVER = re.compile("备注|说明书|附件|序号|编号|代码|电话|邮箱|地址|网址|链接|填表|审核|是否|联系|有无|数量|个数|排名")
_LONGEST = 40
"""Characters of a header that is told by its form."""
ALIKE = 1_000
"""The rank of a header whose form alone tells its field."""


def alike(kind: Kind, plain: str) -> dict[str, int]:
    """The field whose headers have a form like that of ``plain``, a ``plain_key``, where one has."""
    if len(plain) > _LONGEST or _NEVER.search(plain):
        return {}
    found = next((name for name, form in _ALIKE.get(kind, ()) if form.search(plain) and name in columns_of(kind)), None)
    return {found: ALIKE} if found else {}


def _without_kind_word(kind: Kind, plain: str) -> list[str]:
    words = _KIND_WORDS.get(kind, "").split()
    return [form for word in words if plain.startswith(word) and (form := plain.removeprefix(word).strip("_"))]
