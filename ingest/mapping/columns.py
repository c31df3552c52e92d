"""The columns of a native table: which field each header names, and what it says about every cell below it.

In: the headers of a table and its kind. Out: a ``Column`` for each header that is understood. Next: ``ingest.mapping.native`` reads cells
by it, ``ingest.mapping.recognise`` tells a table's kind by it, and ``ingest.mapping.suggest`` writes it down as a mapping.

A header may say more than a field: the unit of an amount (``最低预算（万元）``), the role of a party (``甲方``), the scheme of an external
id (``统一社会信用代码``). A field of one value takes the column whose header is nearest to it; a list takes all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from ingest.cells.contacts import is_contact_column
from ingest.cells.money import unit_of
from ingest.mapping.aliases import ALIKE, LIKE, alike, column_key, fields_of, plain_key
from ingest.rows.lists import Several
from ingest.rows.models import LISTS, Kind, columns_of

COLUMN_NAME = 200
"""Characters of a column's name; a longer one is none that is known."""
MONEY = frozenset(["price", "price_min", "price_max", "budget", "budget_min", "budget_max", "amount", "technology_amount"])
_SEVERAL = {
    Several.PEOPLE: ["creators"],
    Several.INSTITUTIONS: ["owners", "posted_by", "offered_by", "institution", "parties", "part_of"],
    Several.WORDS: ["keywords", "regions"],
}
SEVERAL = {field: several for several, fields in _SEVERAL.items() for field in fields}
"""By field of several values: what a cell names several of."""
JOINED = frozenset(["region"])
"""Fields of one text whose columns are put together: 所在省 and 所在市."""
SHARED = LISTS | JOINED | {"visibility"}
"""Fields that several columns fill together: lists, texts that are put together, and who may see a row, where the stricter word wins."""

_ROLES = """
甲方 乙方 丙方 委托方 受托方 委托人 受托人 买方 卖方 让与方 受让方 转让方 许可方 被许可方 出让方 采购方 供应方 供方 需方 需求方 供给方
技术提供方 技术吸纳方 吸纳方 输出方 技术输出方 供给单位 需求单位 技术接收方 技术需求方 技术供给方 让与人 受让人 许可人 被许可人
承担单位 委托单位 受托单位 承接单位 client contractor licensor licensee assignor assignee buyer seller purchaser supplier
auftraggeber auftragnehmer
"""
_ROLE = re.compile(rf"({'|'.join(sorted(_ROLES.split(), key=len, reverse=True))})(?:_?(?:单位|名称|企业|公司|单位名称|全称|name))?")
_SCHEMES = {
    "统一社会信用代码": "uscc", "社会信用代码": "uscc", "信用代码": "uscc", "uscc": "uscc",
    "orcid": "orcid", "ror": "ror", "isni": "isni", "lei": "lei", "duns": "duns", "uei": "uei", "pic": "pic",
    "wikidata": "wikidata",
}  # fmt: skip
_IMPLIED = {
    Kind.INSTITUTIONS: dict.fromkeys(["企业名称", "企业全称", "公司名称", "公司全称", "company_name"], "enterprise"),
    Kind.ACHIEVEMENTS: {"专利名称": "patent", "发明名称": "patent", "软件名称": "software", "论文题目": "paper"},
    Kind.RESOURCES: dict.fromkeys(["仪器名称", "设备名称", "仪器设备名称", "instrument_name"], "instrument"),
}
"""By kind of table: headers of names that say of what kind the things are."""
_NEGATED = frozenset(["是否保密", "保密", "confidential", "是否涉密"])
_PUBLICITY = re.compile(
    "(?:是否|愿意|同意|可否|能否).*(?:公开|公示|保密)|^(?:信息)?公开(?:性|属性|程度|范围|类型|方式|级别|情况|意愿)$|^密级$|^保密(?:级别|等级)$"
)
_SECRECY = re.compile("(?:是否|愿意|同意|可否|能否|需要?).*保密")
_BESIDE = {Kind.DEMANDS: "posted_by", Kind.ACHIEVEMENTS: "owners", Kind.RESOURCES: "offered_by"}
_OF_THE_INSTITUTION = {
    **dict.fromkeys(["单位性质", "企业性质", "企业类型", "单位类型", "机构性质", "company_type"], "kind"),
    **dict.fromkeys(["企业规模", "单位规模", "company_size"], "size"),
    **dict.fromkeys(["企业资质", "单位资质", "企业荣誉"], "qualifications"),
    **dict.fromkeys(["单位简介", "企业简介", "公司简介"], "description"),
    **{header: "external_ids" for header, scheme in _SCHEMES.items() if scheme not in ("orcid", "wikidata")},
}
"""Headers of a table of demands, results or resources that tell of the institution in the same row, and its field."""


class Column(NamedTuple):
    """``field``: the native field or wide column. ``unit``: of an amount that says none. ``role``: of the parties in it. ``scheme``: of
    the external ids in it. ``is_negated``: its yes is the field's no. ``is_id``: it is the row's id too, since no other column is.
    ``implies``: the kind of the things in the table, where their rows do not say it. ``of``: the field that names the institution which
    the column tells of; ``field`` is then one of the institution's. ``is_alike``: only the form of the header tells the field."""

    header: str
    field: str
    unit: str | None = None
    role: str | None = None
    scheme: str | None = None
    is_negated: bool = False
    is_id: bool = False
    implies: str | None = None
    of: str | None = None
    is_alike: bool = False


def assigned(kind: Kind, headers: Iterable[str], unit: str | None = None) -> dict[str, Column]:
    """What each of ``headers`` names in a table of ``kind``; headers that name nothing are left out. ``unit``: of amounts, where it is
    told above the table."""
    order = {header: at for at, header in enumerate(dict.fromkeys(headers))}
    claims: list[tuple[int, int, Column]] = []
    for header, at in order.items():
        if header and len(header) <= COLUMN_NAME and "\ufffd" not in header and not is_contact_column(column_key(header)):
            claims += [(rank, at, column) for column, rank in _claims(kind, header)]
    found: dict[str, Column] = {}
    taken: dict[tuple[str | None, str], int] = {}
    for rank, _, column in sorted(claims, key=lambda one: one[:2]):
        place = (column.of, column.field)
        if column.header in found or (place in taken and not _takes_more(column.field, rank, taken[place])):
            continue
        found[column.header] = column
        taken.setdefault(place, rank)
    if (None, "id") not in taken:
        _with_id(found)
    if unit:
        found = {header: one._replace(unit=one.unit or unit) if one.field in MONEY else one for header, one in found.items()}
    return {header: found[header] for header in order if header in found}


def _takes_more(field: str, rank: int, first: int) -> bool:
    """Whether a field takes a column of ``rank`` beside its first: a list does, but one of words that has its own column takes no other
    (技术领域 are keywords where there is no column 关键词); so does a text that is put together."""
    if SEVERAL.get(field) is Several.WORDS:
        return first >= LIKE or rank < LIKE
    return field in SHARED


@lru_cache(maxsize=8_192)  # the files of an archive have the same headers again and again
def _claims(kind: Kind, header: str) -> list[tuple[Column, int]]:
    plain, names = plain_key(header), columns_of(kind)
    if "visibility" in names and _PUBLICITY.search(plain) and not fields_of(kind, header):
        return [(Column(header, "visibility", is_negated=bool(_SECRECY.search(plain))), 1)]
    beside = _OF_THE_INSTITUTION.get(plain) if kind in _BESIDE else None
    if beside:
        return [(Column(header, beside, scheme=_SCHEMES.get(plain), of=_BESIDE[kind]), 0)]
    scheme = _SCHEMES.get(plain)
    if scheme and "external_ids" in names:
        return [(Column(header, "external_ids", scheme=scheme), 0)]
    role = _ROLE.fullmatch(plain) or _ROLE.fullmatch(plain.rpartition("_")[2])
    if role and kind is Kind.COOPERATIONS:
        return [(Column(header, "parties", role=role[1]), 0)]
    if plain in _NEGATED and "visibility" in names:
        return [(Column(header, "visibility", is_negated=True), 1)]
    fields = fields_of(kind, header) or alike(kind, plain)
    implied = implied_kind(kind, plain)
    return [
        (
            Column(
                header,
                name,
                unit_of(header) if name in MONEY else None,
                implies=implied if name in ("name", "title") else None,
                is_alike=rank >= ALIKE,
            ),
            rank,
        )
        for name, rank in fields.items()
    ]


def implied_kind(kind: Kind, plain: str) -> str | None:
    """Of which kind the things are whose names stand under a header: 企业名称 are those of enterprises."""
    return _IMPLIED.get(kind, {}).get(plain)


_QUALIFIED = re.compile(
    "(?:国家)?高新技术企业|专精特新[“\"]?小巨人[”\"]?企业|专精特新中小企业|科技型中小企业|创新型中小企业|瞪羚企业|独角兽企业"
)


def qualification_of(name: str) -> str | None:
    """The qualification whose holders a table of this name lists: 2023年高新技术企业名单."""
    found = _QUALIFIED.search(name)
    return found[0] if found else None


_REGISTERED = ("registration_number", "application_numbers", "call_number")


def _with_id(found: dict[str, Column]) -> None:
    """Of a table without a column of ids, the register's id is the id: a credit code, an ORCID."""
    for header, column in found.items():
        if column.of is None and (column.scheme in ("uscc", "orcid", "ror") or column.field in _REGISTERED):
            found[header] = column._replace(is_id=True)
            return
