"""The closed lists of native fields, each with its words in English and Chinese, and the further words that sources use for the same.

In: a cell. Out: a member of the list, or ``Broken`` with the words that will do. Next: ``ingest.rows.models`` reads fields by these, and
``desk.find`` the words of filters. docs/data-formats.md lists the words; a test keeps the two in step.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TypeVar

from graph import model
from ingest.rows.cells import one_of

_Word = TypeVar("_Word", bound=StrEnum)
_JOINT = re.compile(r"[\s_-]+")


def _closed(enum: type[_Word], chinese: str, also: str = "", endings: str = "") -> Callable[[object], _Word]:
    """``one_of``, which also reads the words of ``also`` (lines ``member: words``) and any word with one of ``endings`` after it."""
    read_own = one_of(enum, chinese)
    table = {word: enum(member) for member, words in _lines(also).items() for word in words}
    after = tuple(endings.split())

    def read(value: object) -> _Word:
        if not isinstance(value, str):
            return read_own(value)
        word = _JOINT.sub("_", unicodedata.normalize("NFKC", value).strip().casefold())
        if word in table:
            return table[word]
        ending = next((one for one in after if word.endswith(one) and len(word) > len(one)), "")
        word = word.removesuffix(ending)
        return table[word] if word in table else read_own(word if ending else value)

    return read


def _lines(text: str) -> Mapping[str, list[str]]:
    lines = (line.partition(": ") for line in text.strip().splitlines())
    return {member.strip(): words.split() for member, _, words in lines}


_INSTITUTION_ALSO = """
new_rd_institute: 新研机构 新型研发组织
pilot_base: 中试平台 中试中心
concept_centre: 概念验证平台 proof_of_concept_centre
incubator: 科技企业孵化器 加速器 众创空间 accelerator
"""
_RESOURCE_ALSO = """
testing: 检测 检测服务 测试 检验检测服务
proof_of_concept: 概念验证服务
pilot_line: 中试 中试平台 中试基地 中试服务
policy: 扶持政策 优惠政策
voucher: 科技创新券 服务券 innovation_voucher
"""
_LEGAL_STATUS_ALSO = """
pending: 公开 公布 实审 实质审查 在审 审查中 申请中 受理 已受理 application published filed
granted: 有权 有效 已授权 授权有效 有效专利 issued in_force active
lapsed: 无权 终止 权利终止 专利权终止 未缴年费终止 未缴年费 已失效 terminated ceased
expired: 届满 到期 已到期 保护期届满
withdrawn: 视为撤回 视撤 主动撤回 已撤回 abandoned
refused: 已驳回 驳回失效 rejected
invalidated: 宣告无效 全部无效 revoked
"""
_MATURITY_ALSO = """
concept: 概念 原理验证 概念设计 proof_of_concept
lab: 实验室 实验室小试 laboratory bench
pilot: 中试放大 pilot_scale
industrial: 工业化 规模化生产 批量生产 量产 已产业化 industrialised industrialized production
"""
_TRANSFER_ALSO = """
transfer: 技术转让 专利转让 专利权转让 成果转让 出让 assignment sale
licence: 技术许可 专利许可 实施许可 许可使用 独占许可 排他许可 普通许可 开放许可 license licensing
equity: 入股 技术入股 专利入股 作价投资 技术作价入股 作价
joint_development: 合作 合作研发 联合开发 联合研发 共同开发 合作转化 cooperation
commissioned_development: 委托研发 定制开发
service: 服务 技术咨询 咨询
other: 面议 协商 均可
"""
_DEMAND_KIND_ALSO = """
development: 技术攻关 攻关 研发 技术研发 合作研发 联合攻关 技术难题
introduction: 成果引进 引进 成果转化
testing: 检测 测试
pilot: 中试放大 中试熟化
talent: 人才引进
funds: 资金 投融资
"""
_ROUTE_ALSO = """
commission: 委托开发 定向委托 委托研发
open_call: 揭榜 揭榜制 张榜
"""
_SIZE_ALSO = """
micro: 微
small: 小
medium: 中
large: 大
"""
_BROKER_ALSO = """
unrated: 技术经理人 技术经纪人 是 yes
"""
_CONTRACT_ALSO = """
commissioned_development: 技术开发(委托) 委托研发 委托
joint_development: 技术开发(合作) 合作研发 合作
transfer: 转让 专利权转让 专利申请权转让 技术秘密转让
licence: 许可 专利实施许可 实施许可
exclusive_licence: 独占实施许可 独占
sole_licence: 排他实施许可 排他
simple_licence: 普通实施许可
consulting: 咨询
service: 服务
"""

institution_kind = _closed(
    model.InstitutionKind,
    "企业 高校 科研院所 政府 金融机构 技术转移机构 咨询机构 资源机构 新型研发机构 中试基地 概念验证中心 孵化器 其他",
    _INSTITUTION_ALSO,
)
achievement_kind = _closed(model.AchievementKind, "专利 论文 样机 软件 工艺 技术诀窍 项目成果 其他")
resource_kind = _closed(
    model.ResourceKind, "仪器设备 金融产品 服务 培训 场地 检验检测 概念验证 中试线 政策 创新券", _RESOURCE_ALSO
)
demand_kind = _closed(model.DemandKind, "技术开发 技术引进 检验检测 中试 人才 融资", _DEMAND_KIND_ALSO, "需求")
demand_route = _closed(model.DemandRoute, "委托 揭榜挂帅", _ROUTE_ALSO)
size = _closed(model.Size, "微型 小型 中型 大型", _SIZE_ALSO, "企业 _enterprise")
broker = _closed(model.BrokerLevel, "初级 中级 高级 未评级", _BROKER_ALSO, "技术经理人 技术经纪人")
legal_status = _closed(model.LegalStatus, "审中 授权 失效 期限届满 撤回 驳回 无效", _LEGAL_STATUS_ALSO)
maturity = _closed(model.Maturity, "概念验证 小试 中试 产业化", _MATURITY_ALSO, "阶段 _stage")
licence_form = _closed(
    model.LicenceForm,
    "独占许可 排他许可 普通许可 开放许可 先使用后付费",
    "exclusive: 独占\nsole: 排他\nsimple: 普通 非独占 non_exclusive\nopen: 开放\nfree_trial_then_pay: 先用后付",
    "_licence _license",
)
transfer_form = _closed(model.TransferForm, "转让 许可 作价入股 合作开发 委托开发 技术服务 其他", _TRANSFER_ALSO)
contract_type = _closed(
    model.ContractType,
    "技术开发 委托开发 合作开发 技术转让 技术许可 独占许可 排他许可 普通许可 开放许可 技术咨询 技术服务",
    _CONTRACT_ALSO,
    "合同",
)
demand_status = _closed(model.DemandStatus, "征集中 对接中 已解决 已撤回")
visibility = _closed(model.Visibility, "公开 会员可见 保密")
cooperation_mode = _closed(model.CooperationMode, "共建实体 合同 技术超市")
outcome = _closed(model.Outcome, "未知 进行中 已完成 失败 违约")
evidence_kind = _closed(model.EvidenceKind, "评分 付款 交付 合同 损害核查 纠纷")

READ_KIND = (institution_kind, achievement_kind, resource_kind, demand_kind)
"""What reads the word for a kind of institution, of achievement, of resource and of demand; each raises ``Broken``."""
