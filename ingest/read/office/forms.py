"""Forms: what tells a table of labels and values from a table of rows, its pairs, and the boxes that are ticked.

In: the cells of a table in a Word file. Out: forms, each a row of labels and values; or None where the table has a header and rows.
Next: ``ingest.read.office.docx`` makes tables of them.

The rule. Each row of a form is label, value, label, value, ... A *label* is a short text (12 letters or 24 Latin ones, remarks in
brackets aside) without a sentence's end, with two digits at most, that ends with a colon or with a word that labels end with (名称,
电话, 描述, ...). A table is a form if at least three in five of the cells where labels belong are labels, they are not mostly the
same, and of the cells where values belong at most a third are labels: in a table of rows only the header's are labels.

Before the labels of a row may stand a cell that is merged down or blank: the title of a section. A row of one cell is label and value
with a colon between them, a label whose text stands in the next row, or a title.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ingest.read.office.wordml import Cell

_REMARK = re.compile(r"[(（\[【][^)）\]】]*[)）\]】]|[*＊※\s]")
_NUMBERING = re.compile(r"^(?:[（(]?[一二三四五六七八九十0-9]{1,2}[)）、.．]\s*)+")
_WORDS = """
    名称 姓名 名 单位 企业 机构 部门 院系 联系 联系人 负责人 法人 代表 人 电话 手机 传真 邮箱 邮件 微信
    地址 网址 邮编 代码 编号 号码 号 时间 日期 年月 期限 领域 行业 产业 类型 类别 性质 规模 人数 阶段
    成熟度 方式 形式 金额 资金 经费 预算 投入 价格 费用 产值 收入 资本 描述 内容 简介 概述 背景 现状
    情况 需求 难题 问题 要求 指标 参数 目标 说明 备注 意见 关键词 区域 地区 省份 城市 国家 所在地 职务
    职称 学历 专业 方向 性别 来源 状态 用途 优势 特点 效益 前景 成果 专利 题目 知识产权 标题 程度 权属
    密级 公开 范围 意向 计划 条件 依据 措施
    name title company organisation organization contact person phone telephone tel mobile email e-mail
    address website date deadline field area industry sector type kind category status stage level budget
    amount price cost description summary abstract background requirement requirements need needs problem
    keywords country region city position id no number trl
"""
"""Words that labels of forms end with."""
_ENDS = re.compile(rf"(?:.*[^A-Za-z]|)(?:{'|'.join(map(re.escape, _WORDS.split()))})", re.IGNORECASE | re.DOTALL)
_SENTENCE = re.compile(r"[。！？!?;；]")
_INSIDE = re.compile(r"\s*(?P<label>[^：:\n]{1,40}?)\s*[：:]\s*(?P<value>.*)", re.DOTALL)
_NEXT = re.compile(r"(?:[ \u3000]{2,}|\t+)(?=[^\s：:]{2,12}[：:])")

TICKED, EMPTY = "☑☒■√✓✔●◉", "□☐▢○◯"
_MARK = re.compile(rf"(?P<on>[{TICKED}]|\[\s*[xX√]\s*\])|(?P<off>[{EMPTY}]|\[\s*\])")
_BRACKETED = re.compile(r"(?P<word>[^\s；;,，、()（）]+)\s*[(（]\s*(?P<mark>[√✓✔☑xX是否]?)\s*[)）][\s；;,，、]*")
_LONG = 200
"""A text of more letters that has no ticked box has its marks for bullets."""


class Form(NamedTuple):
    """One filled form: the row of its table where it starts, and its values by label."""

    line: int
    values: dict[str, str]


def plain_label(text: str) -> str:
    """A label as a column: ``1、企业名称（盖章）：`` -> ``企业名称（盖章）``."""
    return _NUMBERING.sub("", re.sub(r"\s+", " ", text).strip()).strip(" ：:*＊")


def is_label(text: str) -> bool:
    """Whether a text is one that labels a value."""
    bare = _REMARK.sub("", _NUMBERING.sub("", text.strip()))
    if not _is_short(text):
        return False
    return bare[-1] in "：:" or _ENDS.fullmatch(_REMARK.sub(" ", text).strip(" ：:")) is not None


def _is_short(text: str) -> bool:
    bare = _REMARK.sub("", _NUMBERING.sub("", text.strip())).strip("：:")
    if not bare or _SENTENCE.search(bare) or _MARK.search(bare) or sum(map(str.isdigit, bare)) > 2:
        return False
    return len(bare) + sum(not one.isascii() for one in bare) <= 24


def ticked(text: str) -> str:
    """A cell with boxes as the words whose boxes are ticked, with ``;`` between them: ``☑开发 □转让`` -> ``开发``. Any other as it is."""
    marks = [*_MARK.finditer(text)]
    if any(one["off"] for one in marks) or (marks and marks[0].start() == 0 and len(text) <= _LONG):
        return _ticked(text, marks)
    found = [*_BRACKETED.finditer(text)]
    if len(found) > 1 and "".join(one[0] for one in found) == text.strip() and not all(one["mark"] in "xX" for one in found):
        return ";".join(one["word"] for one in found if one["mark"] not in ("", "否"))
    return text


def _ticked(text: str, marks: list[re.Match[str]]) -> str:
    words: list[str] = []
    on = False
    for number, one in enumerate(marks):
        end = marks[number + 1].start() if number + 1 < len(marks) else len(text)
        word = text[one.end() : end].strip(" \t\r\n\u3000;；,，、_")
        on = on or one["on"] is not None  # a tick typed behind an empty box, or before it, ticks that box
        if word:
            if on:
                words.append(re.sub(r"_{2,}", "", word))
            on = False
    if not words and len(text) > _LONG:
        return text
    return ";".join(words)


# -- pairs


class _Pair(NamedTuple):
    section: str
    label: str
    value: str


def _places(row: Sequence[Cell], spans: set[tuple[int, int]], line: int) -> list[Cell]:
    """The cells of a row without the title of a section before them."""
    cells = [*row]
    if len(cells) > 2 and len(cells) % 2 and ((line, cells[0].column) in spans or cells[0].goes_on or not cells[0].text):
        return cells[1:]
    while len(cells) > 2 and len(cells) % 2 and not cells[-1].text:
        cells.pop()
    return cells


def _merged_down(rows: Sequence[Sequence[Cell]]) -> set[tuple[int, int]]:
    """Row and column of the cells that a cell below belongs to."""
    return {
        (line - 1, cell.column)
        for line, row in enumerate(rows)
        for cell in row
        if cell.goes_on and line
    }


def is_form(rows: Sequence[Sequence[Cell]]) -> bool:
    """Whether a table is a form, by the rule above."""
    spans = _merged_down(rows)
    labels, values = list[str](), list[str]()
    alone = 0
    for line, row in enumerate(rows):
        cells = _places(row, spans, line)
        if len(cells) == 1:
            found = _INSIDE.fullmatch(cells[0].text)
            alone += bool(found and is_label(found["label"] + "："))
            continue
        labels += [one.text for one in cells[::2] if one.text and not one.goes_on]
        values += [one.text for one in cells[1::2] if one.text and not one.goes_on]
    named = sum(map(is_label, labels))
    if named + alone < 2:
        return False
    distinct = len({plain_label(one) for one in labels})
    return (
        named >= 0.6 * len(labels)
        and sum(map(_is_short, labels)) >= 0.8 * len(labels)
        and distinct >= 0.5 * len(labels)
        and sum(map(is_label, values)) <= len(values) / 3
    )


def forms(rows: Sequence[Sequence[Cell]]) -> list[Form]:
    """The forms in a table: a new one begins where the first label comes again at the beginning of a row."""
    found: list[Form] = []
    first = ""
    for line, pairs in enumerate(_pairs(rows), 1):
        for number, pair in enumerate(pairs):
            label = plain_label(pair.label)
            first = first or label
            if not found or (label == first and not number and first in found[-1].values):
                found.append(Form(line, {}))
            values = found[-1].values
            if label in values:
                label = f"{plain_label(pair.section)} {label}".strip()
            count = 2
            while label in values:
                label = f"{label.removesuffix(f' {count - 1}')} {count}"
                count += 1
            values[label] = pair.value
    return found


def _pairs(rows: Sequence[Sequence[Cell]]) -> Iterator[list[_Pair]]:
    """Row by row the pairs that begin in it. A cell that goes on from above is part of the value above; a text without a label, too."""
    spans = _merged_down(rows)
    made: list[list[_Pair]] = []
    last: list[_Pair] | None = None
    section = ""
    for line, row in enumerate(rows):
        cells = _places(row, spans, line)
        if len(cells) < len(row) and row[0].text:
            section = row[0].text
        pairs = list[_Pair]()
        made.append(pairs)
        if len(cells) == 1:
            text = cells[0].text
            inside = _inside(text)
            if inside:
                pairs += [_Pair(section, label, ticked(value)) for label, value in inside]
            elif is_label(text) and not (last and not last[-1].value) and _follows(rows, line):
                pairs.append(_Pair(section, text, ""))
            elif text and last and (len(text) > 24 or not last[-1].value):
                last[-1] = last[-1]._replace(value=f"{last[-1].value}\n{ticked(text)}".strip())
            elif text:
                section = text
        for label, value in zip(cells[::2], cells[1::2], strict=False):
            if label.text and not label.goes_on:
                pairs.append(_Pair(section, label.text, ticked(value.text)))
            elif value.text and not value.goes_on and last:
                last[-1] = last[-1]._replace(value=f"{last[-1].value}\n{ticked(value.text)}".strip())
        last = pairs or last
    yield from made


def _follows(rows: Sequence[Sequence[Cell]], line: int) -> bool:
    """Whether the row after ``line`` is one cell with a text that is no label: the value of the label above it."""
    after = rows[line + 1] if line + 1 < len(rows) else []
    return len(after) == 1 and not is_label(after[0].text) and not _inside(after[0].text)


def _inside(text: str) -> list[tuple[str, str]]:
    """Labels and values of one cell: ``联系人：张三  电话：123``, or a label in the first line and its text below."""
    first, _, below = text.partition("\n")
    found = [one for part in _NEXT.split(first) if (one := _INSIDE.fullmatch(part)) and _is_short(one["label"])]
    if found:
        pairs = [(one["label"], one["value"].strip()) for one in found]
        pairs[-1] = pairs[-1][0], f"{pairs[-1][1]}\n{below}".strip()
        return pairs
    return [(first, below.strip())] if below.strip() and is_label(first) else []
