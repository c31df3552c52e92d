"""The closed lists of native fields, each with its words in English and Chinese, and the further words that centres write for the same.

In: a cell. Out: a member of the enum, or ``Broken`` with the words that will do. Next: ``ingest.rows.models`` reads fields by these,
``ingest.rows.spread`` forms of cooperation, ``desk.filters`` the words of filters. docs/data-formats.md documents the words, docs/cells.md
the further ones.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import TypeVar

from graph import model
from graph.language import Message
from ingest.cells.broken import Broken

_Word = TypeVar("_Word", bound=StrEnum)
_JOINT = re.compile(r"[\s_-]+")
_LONGEST = 60

_FURTHER = """
[Visibility]
public: 是 可 可公开 同意 同意公开 完全公开 对外公开 全部公开 yes y true √ ✓ ✔ 1 open ja oeffentlich öffentlich
members: 限会员 会员内 会员单位 内部掌握 限内部 会员 仅会员 会员公开 内部 内部公开 仅内部 部分公开 有限公开 member members_only internal
    intern
confidential: 否 不可 不公开 不可公开 不同意 不同意公开 不对外公开 涉密 机密 秘密 no n false × ✗ ✘ 0 private nein vertraulich
[DemandStatus]
open: 待对接 未对接 新发布 已发布 发布中 待揭榜 揭榜中 未解决 未揭榜 有效 招募中 new active published unsolved offen 征集 招标中
in_talks: 洽谈 对接 揭榜 揭榜攻关中 洽谈中 已对接 已揭榜 已匹配 已签约 对接洽谈中 解决中 攻关中 negotiation in_negotiation matched
    in_progress in_verhandlung in_gespräch in_gesprächen im_gespräch in_discussion under_negotiation
solved: 验收通过 已验收 攻关成功 已揭榜完成 已完成 完成 已攻克 解决 completed done resolved gelöst erledigt
withdrawn: 已撤榜 撤榜 终止 撤回 撤销 已撤销 已取消 取消 已失效 失效 已过期 已关闭 关闭 已下架 closed cancelled canceled expired
    zurückgezogen
[DemandKind]
development: 技术攻关 攻关 研发 技术研发 合作研发 联合攻关 技术难题
introduction: 成果引进 引进 成果转化
testing: 检测 测试
pilot: 中试放大 中试熟化
talent: 人才引进
funds: 资金 投融资
[DemandRoute]
commission: 委托开发 定向委托 委托研发
open_call: 揭榜 揭榜制 张榜
[Outcome]
unknown: 不详 不明 待定
ongoing: 正在执行 正在实施 正常执行 正常履行 按期履行 履行中 在研 执行中 实施中 未到期 合作中 推进中 进展中 在履行 正在履行 running
    in_progress active laufend
completed: 执行完毕 实施完毕 履约完成 已完结 完结 顺利结题 已结题 结题 已验收 验收通过 通过验收 履行完毕 已履行 已履行完毕 完成 已结束
    正常结束 done finished fulfilled successful abgeschlossen
failed: 纠纷终止 终止 已终止 提前终止 已解除 解除 中止 已中止 未通过验收 terminated cancelled canceled dissolved abgebrochen
breached: 对方违约 违约终止 构成违约 已违约 严重违约 breach breach_of_contract vertragsbruch
[CooperationMode]
joint_entity: 共建研发平台 研发平台 共建平台 共建研发机构 共建研究院 联合研究院 联合实验室 共建实验室 共建联合实验室 共建研发中心
    联合研发中心 共建中心 联合创新中心 合资公司 合资 共同设立公司 成立公司 作价投资 作价入股 技术入股 joint_lab joint_laboratory
    joint_venture joint_institute joint_centre joint_center spin_off spinoff gemeinsames_labor
contract: 技术合同 技术开发 委托开发 合作开发 委托研发 合作研发 联合攻关 技术转让 技术许可 技术咨询 技术服务 专利转让 专利许可
    专利权转让 专利实施许可 成果转让 转让 许可 产学研合作 技术开发合同 技术转让合同 技术许可合同 技术咨询合同 技术服务合同 委托开发合同
    contract_research r&d_contract research_contract licence license licensing assignment consulting service_contract auftragsforschung
    lizenz
supermarket: 科技超市 技术交易市场 挂牌交易 marketplace
[ContractType]
commissioned_development: 技术开发(委托) 委托研发 委托
joint_development: 技术开发(合作) 合作研发 合作
transfer: 转让 专利权转让 专利申请权转让 技术秘密转让
licence: 许可 专利实施许可 实施许可
exclusive_licence: 独占实施许可 独占
sole_licence: 排他实施许可 排他
simple_licence: 普通实施许可
consulting: 咨询
service: 技术服务类 服务
[InstitutionKind]
enterprise: 民营企业 国有企业 国企 央企 民企 私企 私营企业 上市公司 外资企业 外商投资企业 合资企业 中外合资企业 集体企业 公司 有限公司
    有限责任公司 股份有限公司 集团公司 高新技术企业 高企 国家高新技术企业 科技型中小企业 中小企业 小微企业 大型企业 中型企业 小型企业
    微型企业 专精特新企业 专精特新 专精特新小巨人企业 小巨人企业 初创企业 company companies firm business corporation sme smes startup
    start_up prc private_company private industry large_enterprise unternehmen firma kmu
university: 高等院校 高等学校 大学 学院 院校 本科院校 本科高校 普通高校 双一流高校 高职院校 高职 职业院校 职业技术学院 higher_education
    higher_education_institution hei hes college academia hochschule universität
research_institute: 科研院所 科研机构 研究所 研究院 研究机构 科研单位 科研事业单位 科研院校 转制院所 rec research_organisation
    research_organization research_centre research_center research_institution rto institute forschungsinstitut forschungseinrichtung
government: 机关 政府机关 政府部门 政府机构 行政机关 国家机关 党政机关 行政部门 public_body public_authority public pub
    government_agency ministry behörde
finance: 银行 基金 基金公司 投资机构 投资公司 创投机构 风投机构 证券公司 保险公司 担保公司 融资担保机构 bank fund investor
    venture_capital vc insurance financial_institution
transfer_service: 技术转移中心 技术转移服务机构 技术转移示范机构 成果转化中心 成果转化机构 科技中介 科技中介机构 中介机构 中介
    技术经纪机构 技术交易机构 tto technology_transfer_office technology_transfer technology_transfer_centre technology_transfer_center
    transfer_office intermediary broker
advisory: 咨询公司 咨询服务机构 知识产权服务机构 专利代理机构 律师事务所 会计师事务所 智库 consultancy consulting consultant law_firm
    think_tank
resource_provider: 产业园 科技园 检测机构 检验检测机构 公共服务平台 science_park testing_laboratory
new_rd_institute: 新研机构 新型研发组织
pilot_base: 中试平台 中试中心
concept_centre: 概念验证平台 proof_of_concept_centre
incubator: 科技企业孵化器 加速器 众创空间 accelerator
other: 事业单位 医院 医疗机构 社会团体 社会组织 社团 民办非企业单位 行业协会 协会 学会 个人 自然人 oth hospital association ngo
    non_profit nonprofit individual society sonstige
[Size]
micro: 微
small: 小
medium: 中
large: 大
[BrokerLevel]
unrated: 技术经理人 技术经纪人 是 yes
[AchievementKind]
patent: 发明 发明专利 实用新型 实用新型专利 外观设计 外观设计专利 授权专利 专利成果 授权发明专利 国际专利 patents invention
    utility_model patent_application
paper: 学术论文 期刊论文 会议论文 article journal_article publication conference_paper
prototype: 样品 产品 新产品 新装备 装备 设备 原型 原型机 工程样机 product device demonstrator
software: 软件著作权 软著 计算机软件 计算机软件著作权 软件产品 程序 program software_copyright
process: 新工艺 工艺技术 生产工艺 工艺方法 method verfahren
know_how: 专有技术 技术秘密 非专利技术 商业秘密 trade_secret knowhow
project_result: 科技成果 科研成果 科研项目 新技术 技术成果 应用技术 应用技术成果 基础理论成果 软科学成果 成果 result project technology
other: 标准 新材料 新品种 植物新品种 集成电路布图设计 standard plant_variety
[LegalStatus]
pending: 实审中 实质审查中 公开中 申请 公开 公布 实审 实质审查 在审 审查中 申请中 受理 已受理 application published filed patent_pending
    patent_application angemeldet
granted: 已登记 登记 有效授权 授权中 已获授权 有权 有效 已授权 授权有效 有效专利 issued in_force active patent_granted granted_patent
    in_kraft erteilt
lapsed: 无权 终止 权利终止 专利权终止 未缴年费终止 未缴年费 已失效 terminated ceased patent_lapsed erloschen
expired: 届满 到期 已到期 保护期届满
withdrawn: 视为撤回 视撤 主动撤回 已撤回 abandoned application_withdrawn zurückgezogen
refused: 已驳回 驳回失效 rejected
invalidated: 宣告无效 全部无效 revoked
[LicenceForm]
exclusive: 独占
sole: 排他
simple: 普通 非独占 non_exclusive
open: 开放
free_trial_then_pay: 先用后付
[TransferForm]
transfer: 技术转让 专利转让 专利权转让 成果转让 出让 assignment sale
licence: 技术许可 专利许可 实施许可 许可使用 独占许可 排他许可 普通许可 开放许可 license licensing
equity: 入股 技术入股 专利入股 作价投资 技术作价入股 作价
joint_development: 合作 合作研发 联合开发 联合研发 共同开发 合作转化 cooperation
commissioned_development: 委托研发 定制开发
service: 服务 技术咨询 咨询
other: 面议 协商 均可
[ResourceKind]
instrument: 仪器 设备 大型仪器 大型仪器设备 科研仪器 科学仪器 大型科研仪器 装置 instruments equipment device
finance_product: 金融 贷款 信贷 基金 融资 保险 科技贷款 知识产权质押贷款 finance loan fund funding credit
service: 技术服务 咨询服务 知识产权服务 services consulting
training: 培训课程 课程 人才培训 讲座 course courses workshop
space: 空间 场所 办公场地 实验室场地 孵化场地 厂房 会议室 premises office laboratory_space venue
testing: 检测 检测服务 测试 检验检测服务 测试服务 分析测试
proof_of_concept: 概念验证服务
pilot_line: 中试 中试平台 中试基地 中试服务
policy: 扶持政策 优惠政策
voucher: 科技创新券 服务券 innovation_voucher
"""
"""``[Enum]``, then lines ``member: what else is written for it`` (an indented one continues it); a phrase has underscores for spaces.

Some were choices. A share in a firm for a technology (作价投资, 作价入股, 技术入股) makes its owner a member of a joint entity, not the
party of a contract that ends. 已签约 is a demand with a partner but without a result: in talks. 已关闭 and 已过期 say that it is no longer
there, not that it is solved: withdrawn. A 事业单位 may be a hospital, a library or an institute, and says nothing of the kind: other.
"""


def _synonyms() -> dict[type[StrEnum], dict[StrEnum, tuple[str, ...]]]:
    found: dict[type[StrEnum], dict[StrEnum, tuple[str, ...]]] = {}
    for line in _FURTHER.replace("\n    ", " ").strip().splitlines():
        if line.startswith("["):
            enum: type[StrEnum] = getattr(model, line.strip("[]"))
            found[enum] = {}
        else:
            member, _, words = line.partition(": ")
            found[enum][enum(member)] = tuple(words.split())
    return found


SYNONYMS = _synonyms()
"""Enum -> member -> further words."""


def one_of(enum: type[_Word], chinese: str, endings: str = "") -> Callable[[object], _Word]:
    """Reads a word of ``enum``: in English (any case), the Chinese one at the same place in ``chinese``, or a further one, perhaps with one
    of ``endings`` after it. Of ``技术许可（独占许可）`` the remark counts, of ``违约，已起诉`` the beginning.

    What it returns raises Broken with the documented words.
    """
    members = list(enum)
    table: dict[str, _Word] = {_key(word): enum(member) for member, words in SYNONYMS.get(enum, {}).items() for word in words}
    table.update({member.value: member for member in members})
    table.update(zip(chinese.split(), members, strict=True))
    after = tuple(endings.split())
    listed = ", ".join(f"{member.value} {word}" for member, word in zip(members, chinese.split(), strict=True))
    rule = Message("must be one of: {words}", words=listed)

    def read(value: object) -> _Word:
        if type(value) is str and value in table:
            return table[value]
        if isinstance(value, str) and len(value) <= _LONGEST:
            for form in _forms(_key(value), after):
                if form in table:
                    return table[form]
        raise Broken(rule)

    return read


_BRACKET = re.compile(r"\(([^()]*)\)_?$")
_SEGMENT = re.compile("[,;。、:(/]")


def _forms(word: str, endings: tuple[str, ...]) -> Iterator[str]:
    """What of a cell may be the word, the surest first."""
    remark = _BRACKET.search(word)
    before, slash, after = word.rpartition("/")  # 技术开发/委托 is 技术开发（委托）
    after = remark[1] if remark else after if slash else ""
    # a leading mark stays: -1 is not 1
    forms = (word, f"{before}({after})" if slash else "", after, _BRACKET.sub("", word).rstrip("_"))
    for form in (*forms, _SEGMENT.split(word)[0].rstrip("_")):
        yield form
        for ending in endings:
            if form.endswith(ending) and len(form) > len(ending):
                yield form.removesuffix(ending)


def _key(text: str) -> str:
    return _JOINT.sub("_", unicodedata.normalize("NFKC", text).strip().casefold())


institution_kind = one_of(
    model.InstitutionKind,
    "企业 高校 科研院所 政府 金融机构 技术转移机构 咨询机构 资源机构 新型研发机构 中试基地 概念验证中心 孵化器 其他",
)
achievement_kind = one_of(model.AchievementKind, "专利 论文 样机 软件 工艺 技术诀窍 项目成果 其他")
resource_kind = one_of(
    model.ResourceKind, "仪器设备 金融产品 服务 培训 场地 检验检测 概念验证 中试线 政策 创新券"
)
demand_kind = one_of(model.DemandKind, "技术开发 技术引进 检验检测 中试 人才 融资", "需求")
demand_route = one_of(model.DemandRoute, "委托 揭榜挂帅")
size = one_of(model.Size, "微型 小型 中型 大型", "企业 _enterprise")
broker = one_of(model.BrokerLevel, "初级 中级 高级 未评级", "技术经理人 技术经纪人")
legal_status = one_of(model.LegalStatus, "审中 授权 失效 期限届满 撤回 驳回 无效")
maturity = one_of(model.Maturity, "概念验证 小试 中试 产业化")
licence_form = one_of(
    model.LicenceForm,
    "独占许可 排他许可 普通许可 开放许可 先使用后付费",
    "_licence _license",
)
transfer_form = one_of(model.TransferForm, "转让 许可 作价入股 合作开发 委托开发 技术服务 其他")
contract_type = one_of(
    model.ContractType,
    "技术开发 委托开发 合作开发 技术转让 技术许可 独占许可 排他许可 普通许可 开放许可 技术咨询 技术服务",
    "合同",
)
demand_status = one_of(model.DemandStatus, "征集中 对接中 已解决 已撤回")
visibility = one_of(model.Visibility, "公开 会员可见 保密")
cooperation_mode = one_of(model.CooperationMode, "共建实体 合同 技术超市")
outcome = one_of(model.Outcome, "未知 进行中 已完成 失败 违约")
evidence_kind = one_of(model.EvidenceKind, "评分 付款 交付 合同 损害核查 纠纷")

READ_KIND = (institution_kind, achievement_kind, resource_kind, demand_kind)
"""What reads the word for a kind of institution, of achievement, of resource and of demand; each raises ``Broken``."""
