"""The words of closed lists: the documented ones in English and Chinese, and what else centres write for them.

In: a cell. Out: a member of the enum. Next: ``ingest.rows.models`` reads kinds, statuses, visibilities, modes and outcomes by it.
docs/data-formats.md documents the words, docs/cells.md the further ones.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

from graph.model import AchievementKind, CooperationMode, DemandStatus, InstitutionKind, Outcome, ResourceKind, Visibility
from ingest.rows.broken import Broken

_Word = TypeVar("_Word", bound=StrEnum)
_JOINT = re.compile(r"[\s_-]+")

SYNONYMS: dict[type[StrEnum], dict[StrEnum, str]] = {
    Visibility: {
        Visibility.PUBLIC: "是 可 可公开 同意 同意公开 完全公开 对外公开 全部公开 yes y true √ ✓ ✔ 1 open ja oeffentlich öffentlich",
        Visibility.MEMBERS: "会员 仅会员 会员公开 内部 内部公开 仅内部 部分公开 有限公开 member members_only internal intern",
        Visibility.CONFIDENTIAL: """否 不可 不公开 不可公开 不同意 不同意公开 不对外公开 涉密 机密 秘密 no n false × ✗ ✘ 0 private nein
            vertraulich""",
    },
    DemandStatus: {
        DemandStatus.OPEN: """待对接 未对接 新发布 已发布 发布中 待揭榜 揭榜中 未解决 未揭榜 有效 招募中 new active published unsolved
            offen""",
        DemandStatus.IN_TALKS: """洽谈中 已对接 已揭榜 已匹配 已签约 对接洽谈中 解决中 攻关中 negotiation in_negotiation matched
            in_progress in_verhandlung""",
        DemandStatus.SOLVED: "已完成 完成 已攻克 解决 completed done resolved gelöst",
        DemandStatus.WITHDRAWN: """撤回 撤销 已撤销 已取消 取消 已失效 失效 已过期 已关闭 关闭 已下架 closed cancelled canceled expired
            zurückgezogen""",
    },
    Outcome: {
        Outcome.UNKNOWN: "不详 不明 待定",
        Outcome.ONGOING: "履行中 在研 执行中 实施中 未到期 合作中 推进中 进展中 在履行 正在履行 running in_progress active laufend",
        Outcome.COMPLETED: """已结题 结题 已验收 验收通过 通过验收 履行完毕 已履行 已履行完毕 完成 已结束 正常结束 done finished
            fulfilled successful abgeschlossen""",
        Outcome.FAILED: """纠纷终止 终止 已终止 提前终止 已解除 解除 中止 已中止 未通过验收 terminated cancelled canceled dissolved
            abgebrochen""",
        Outcome.BREACHED: "已违约 严重违约 breach breach_of_contract vertragsbruch",
    },
    CooperationMode: {
        CooperationMode.JOINT_ENTITY: """共建研发平台 研发平台 共建平台 共建研发机构 共建研究院 联合研究院 联合实验室 共建实验室
            共建联合实验室 共建研发中心 联合研发中心 共建中心 联合创新中心 合资公司 合资 共同设立公司 成立公司 作价投资 作价入股
            技术入股 joint_lab joint_laboratory joint_venture joint_institute joint_centre joint_center spin_off spinoff
            gemeinsames_labor""",
        CooperationMode.CONTRACT: """技术合同 技术开发 委托开发 合作开发 委托研发 合作研发 联合攻关 技术转让 技术许可 技术咨询 技术服务
            专利转让 专利许可 专利权转让 专利实施许可 成果转让 转让 许可 产学研合作 技术开发合同 技术转让合同 技术许可合同 技术咨询合同
            技术服务合同 委托开发合同 contract_research r&d_contract research_contract licence license licensing assignment consulting
            service_contract auftragsforschung lizenz""",
        CooperationMode.SUPERMARKET: "科技超市 技术交易市场 挂牌交易 marketplace",
    },
    InstitutionKind: {
        InstitutionKind.ENTERPRISE: """民营企业 国有企业 国企 央企 民企 私企 私营企业 上市公司 外资企业 外商投资企业 合资企业
            中外合资企业 集体企业 公司 有限公司 有限责任公司 股份有限公司 集团公司 高新技术企业 高企 国家高新技术企业 科技型中小企业
            中小企业 小微企业 大型企业 中型企业 小型企业 微型企业 专精特新企业 专精特新 专精特新小巨人企业 小巨人企业 初创企业 company
            companies firm business corporation sme smes startup start_up prc private_company private industry large_enterprise
            unternehmen firma kmu""",
        InstitutionKind.UNIVERSITY: """高等院校 高等学校 大学 学院 院校 本科院校 本科高校 普通高校 双一流高校 高职院校 高职 职业院校
            职业技术学院 higher_education higher_education_institution hei hes college academia hochschule universität""",
        InstitutionKind.RESEARCH_INSTITUTE: """科研院所 科研机构 研究所 研究院 研究机构 科研单位 科研事业单位 科研院校 转制院所 rec
            research_organisation
            research_organization research_centre research_center research_institution rto institute forschungsinstitut
            forschungseinrichtung""",
        InstitutionKind.GOVERNMENT: """机关 政府机关 政府部门 政府机构 行政机关 国家机关 党政机关 行政部门 public_body public_authority
            public pub government_agency ministry behörde""",
        InstitutionKind.FINANCE: """银行 基金 基金公司 投资机构 投资公司 创投机构 风投机构 证券公司 保险公司 担保公司 融资担保机构 bank
            fund investor venture_capital vc insurance financial_institution""",
        InstitutionKind.TRANSFER_SERVICE: """技术转移中心 技术转移服务机构 技术转移示范机构 成果转化中心 成果转化机构 科技中介
            科技中介机构 中介机构 中介 技术经纪机构 技术交易机构 tto technology_transfer_office technology_transfer
            technology_transfer_centre technology_transfer_center transfer_office intermediary broker""",
        InstitutionKind.ADVISORY: """咨询公司 咨询服务机构 知识产权服务机构 专利代理机构 律师事务所 会计师事务所 智库 consultancy
            consulting consultant law_firm think_tank""",
        InstitutionKind.RESOURCE_PROVIDER: "产业园 科技园 检测机构 检验检测机构 公共服务平台 science_park testing_laboratory",
        InstitutionKind.OTHER: """事业单位 医院 医疗机构 社会团体 社会组织 社团 民办非企业单位 行业协会 协会 学会 个人 自然人 oth
            hospital association ngo non_profit nonprofit individual society sonstige""",
    },
    AchievementKind: {
        AchievementKind.PATENT: """发明 发明专利 实用新型 实用新型专利 外观设计 外观设计专利 授权专利 专利成果 授权发明专利 国际专利
            patents invention utility_model patent_application""",
        AchievementKind.PAPER: "学术论文 期刊论文 会议论文 article journal_article publication conference_paper",
        AchievementKind.PROTOTYPE: "样品 产品 新产品 新装备 装备 设备 原型 原型机 工程样机 product device demonstrator",
        AchievementKind.SOFTWARE: "软件著作权 软著 计算机软件 计算机软件著作权 软件产品 程序 program software_copyright",
        AchievementKind.PROCESS: "新工艺 工艺技术 生产工艺 工艺方法 method verfahren",
        AchievementKind.KNOW_HOW: "专有技术 技术秘密 非专利技术 商业秘密 trade_secret knowhow",
        AchievementKind.PROJECT_RESULT: """科技成果 科研成果 科研项目 新技术 技术成果 应用技术 应用技术成果 基础理论成果 软科学成果
            成果 result project technology""",
        AchievementKind.OTHER: "标准 新材料 新品种 植物新品种 集成电路布图设计 standard plant_variety",
    },
    ResourceKind: {
        ResourceKind.INSTRUMENT: "仪器 设备 大型仪器 大型仪器设备 科研仪器 科学仪器 大型科研仪器 装置 instruments equipment device",
        ResourceKind.FINANCE_PRODUCT: "金融 贷款 信贷 基金 融资 保险 科技贷款 知识产权质押贷款 finance loan fund funding credit",
        ResourceKind.SERVICE: "测试服务 技术服务 咨询服务 知识产权服务 分析测试 services consulting",
        ResourceKind.TRAINING: "培训课程 课程 人才培训 讲座 course courses workshop",
        ResourceKind.SPACE: "空间 场所 办公场地 实验室场地 孵化场地 厂房 孵化器 众创空间 会议室 premises office laboratory_space venue",
    },
}
"""Enum -> member -> what else is written for it; a phrase has underscores for spaces.

Some were choices. A share in a firm for a technology (作价投资, 作价入股, 技术入股) makes its owner a member of a joint entity, not the
party of a contract that ends. 已签约 is a demand with a partner but without a result: in talks. 已关闭 and 已过期 say that it is no longer
there, not that it is solved: withdrawn. A 事业单位 may be a hospital, a library or an institute, and says nothing of the kind: other.
"""


def one_of(enum: type[_Word], chinese: str) -> Callable[[object], _Word]:
    """Reads a word of ``enum``: in English (any case), the Chinese one at the same place in ``chinese``, or one of ``SYNONYMS``.

    What it returns raises Broken with the documented words.
    """
    members = list(enum)
    further = {_key(word): member for member in members for word in SYNONYMS.get(enum, {}).get(member, "").split()}
    table: dict[str, _Word] = {**further, **{member.value: member for member in members}}
    table.update(zip(chinese.split(), members, strict=True))
    rule = f"must be one of: {', '.join(f'{member.value} {word}' for member, word in zip(members, chinese.split(), strict=True))}"

    def read(value: object) -> _Word:
        if type(value) is str and value in table:
            return table[value]
        word = table.get(_key(value)) if isinstance(value, str) and len(value) <= _LONGEST else None
        if word is None:
            raise Broken(rule)
        return word

    return read


_LONGEST = 60


def _key(text: str) -> str:
    return _JOINT.sub("_", unicodedata.normalize("NFKC", text).strip().casefold())
