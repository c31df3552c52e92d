"""Rows of a table that are no records: totals, remarks, signatures, a header that comes again.

In: a raw row by the file's columns. Out: why it is no record, or None. Next: ``ingest.row_reader`` leaves it out and tells it,
``ingest.mapping.suggest`` passes it over.

A row is left out only where its first cell says what it is and the rest of it says little; a row that names a thing is a record, whatever
the thing is called.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from graph.language import N_
from ingest.cells.values import is_blank

TOTAL = N_("is a total")
REMARK = N_("is a remark")
SIGNATURE = N_("is a line of signatures")
HEADER = N_("repeats the header")
HEADING = N_("is a heading")

_TOTALS = re.compile(
    r"(?:本页|本表|全年|总|分类)?(?:合计|总计|小计|共计|累计|总额)(?:[:：(（].*)?|共计?\d+[人项家个条件份台名]"
    r"|(?:grand ?|sub-?)?totals?:?|sum:?|summe:?|gesamt:?",
    re.IGNORECASE,
)
_REMARKS = re.compile(
    r"(?:附?注|备注|说明|填表说明|填写说明|数据来源|资料来源|来源)\d*[:：.、)）]|注\d*[:：.、]|(?:notes?|remarks?|source|hinweis|anmerkung|stand)\s*\d*[:：]"
    r"|[*※＊]\s*\S", re.IGNORECASE,
)  # fmt: skip
_SIGNATURES = re.compile(
    r"(?:填表|填报|制表|审核|复核|经办|统计|单位|部门)?(?:人|负责人|主管|领导)?(?:签字|签名|签章|盖章|审核|复核|经办|填报|\(盖?章\)|人|负责人|日期|时间)\s*(?:\(.{0,6}\))?\s*[:：]"
    r"|(?:制表|审核|填报单位|填表单位|单位\(盖?章\)|单位盖章)\s*[:：]|(?:signed|signature|prepared by|approved by|unterschrift)\b.*[:：]",
    re.IGNORECASE,
)
_HEADINGS = re.compile(
    r"[(（]?[一二三四五六七八九十]+[)）]?[、.．]\s*\S|第[一二三四五六七八九十]+[部类批章篇组]|[【\[].{1,30}[】\]]$|\S{2,12}(?:类|领域|板块|行业|组)(?:[(（].*[)）])?$"
)
"""A cell that stands alone in its row and begins a part of the table: ``一、先进制造``."""
_LONGEST = 200
"""Characters of a remark."""
_WORD = 10
"""Characters of a remark beside a total."""
_FEW = 4
"""Cells that a line of signatures or a total fills at most beside its first."""
_FIGURE = re.compile(r"[\d.,%\s]*\d[\d.,%\s]*[^\d]{0,20}|[-/—]*")
"""A number, perhaps with its unit: ``300万元``, ``6台（套）``, ``7 technologies``."""


def no_record(cells: Mapping[str, object]) -> str | None:
    """Why a row is no record; None if it may be one. ``cells``: those of the row by the names of its columns."""
    name, first = next(((name, value) for name, value in cells.items() if value is not None and not is_blank(value)), ("", None))
    if not isinstance(first, str) or (len(first) > _LONGEST and first.strip() != name):
        return None  # as nearly all rows, whose first cell is a number or a name
    filled = [(name, value) for name, value in cells.items() if value is not None and not is_blank(value)]
    if len(filled) > 1 and all(isinstance(value, str) and value.strip() == name for name, value in filled):
        return HEADER
    text = unicodedata.normalize("NFKC", first).strip()
    rest = [value for _, value in filled[1:] if value != first]  # a cell merged over columns may stand in each
    if len(rest) > max(_FEW, len(cells) // 2):
        return None
    if _TOTALS.fullmatch(re.sub(r"\s+", "", text)) and len(said := _texts(rest)) <= 1 and all(len(one) <= _WORD for one in said):
        return TOTAL
    if _SIGNATURES.match(re.sub(r"(?<=[^\x00-\x7f])\s+(?=[^\x00-\x7f])", "", text)):
        return SIGNATURE
    if rest:
        return None
    return REMARK if _REMARKS.match(text) else HEADING if len(filled) < len(cells) and _HEADINGS.match(text) else None


def _texts(values: Iterable[object]) -> list[str]:
    """Those that are more than a figure."""
    return [one for one in values if isinstance(one, str) and not _FIGURE.fullmatch(unicodedata.normalize("NFKC", one).strip())]
