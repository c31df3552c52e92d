"""A centre's files with good rows, of which single cells are damaged, and how a person mends them.

In: damages, a language, whether rows have ids. Out: a store, the report of its ingest, and the files of rows to mend, mended. Next:
``tests.ingest.test_damage`` compares what stores hold.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from graph import Store, connect
from graph.model import EdgeKind, NodeKind
from ingest.load import ingest
from ingest.report import Report

ODD = (
    "约30", "30左右", "三十几", "一百万", "30-", "50万元以内", "面议", "100%", "0", "-1", "1e400", "9" * 30, "3,5", "1/2", "12.",
    "0x1F", "NaN", "去年底", "12/13/2024", "2023-02-30", "2023年", "二〇二三年五月", "31.12.2023", "2023.13", "长期", "2019-2021",
    "明年三月", "20231", "2.02310E+11", "1900-01-00", "2023/5/6 0:00", "中试/小试", "TRL十", "TRL 0", "7-8级", "即将量产",
    "小试（内部）", "见附件", "无（详见备注）", "详见第3页", "同上", "？", "???", "N/A", "—", "待定", "保密（待定）", "部分公开",
    "公开?", "是", "否", "√", "×", "#REF!", "#N/A", "#VALUE!", "=SUM(A1:A3)", "+30", "@张三", "'50", "😀", "\u200b", "；；", "(",
    "甲；乙；丙", "Müller & Söhne", "<b>50</b>", "{title}", '"', "a\nb", "王工 13812345678", "x@example.org", "长" * 2_500, "CN20231",
    "ZL", "A61K", "发明", "新型", "已卖", "Patent pending", "TBC", "yes", "none of the above", "1", "50", "人民币", "US$", "¥",
)  # fmt: skip
"""What people put into a cell, whatever its column."""


class Col(NamedTuple):
    """A column of a table: its native field, its headers, and what a good row has in it."""

    field: str
    chinese: str
    english: str
    good: tuple[str, str]
    fills: tuple[str, ...] = ()
    """Fields of the node that the cell may fill beside its own."""

    def header(self, language: int) -> str:
        return self.english if language else self.chinese


class Sort(NamedTuple):
    """A table: its file's names, the kind of its nodes, its edges by field, and its columns, of which the second is the title."""

    names: tuple[str, str]
    kind: NodeKind
    edges: dict[str, EdgeKind]
    columns: tuple[Col, ...]


PRICE = ("price_min", "price_max", "currency")
BUDGET = ("budget_min", "budget_max", "currency")
FIRMS = (
    [
        "青石机床有限公司", "云岭药业有限公司", "白湖涂料有限公司", "松涛乐器有限公司", "金溪轴承有限公司", "岚山渔业有限公司",
        "赤水酒业有限公司", "墨竹造纸有限公司", "沧浪泵阀有限公司", "望江电缆有限公司", "临渊光学有限公司", "听雨纺织有限公司",
        "归雁航空有限公司", "栖霞陶瓷有限公司", "流萤照明有限公司", "拾光钟表有限公司",
    ],
    [
        "Bluestone Tools Ltd", "Cloudridge Pharma Ltd", "Whitelake Paints Ltd", "Pinewave Pianos Ltd", "Goldbrook Bearings Ltd",
        "Mistral Fisheries Ltd", "Redwater Distillers Ltd", "Inkbamboo Paper Ltd", "Deepwell Pumps Ltd", "Riverview Cables Ltd",
        "Abyss Optics Ltd", "Rainsong Textiles Ltd", "Wildgoose Aviation Ltd", "Rosecloud Ceramics Ltd", "Firefly Lighting Ltd",
        "Timepiece Works Ltd",
    ],
)  # fmt: skip
PEOPLE = ("林小满", "周颖", "高远", "苏小河"), ("Ada Finch", "Ben Holm", "Cleo Marsh", "Dan Reeve")
TITLES = (
    (
        "低温银浆", "爬壁除锈机器人", "余热制冷机组", "止血海绵", "船用声呐罩", "蚕茧分选", "黄酒澄清", "陶瓷釉料", "泵阀联合开发",
        "酒曲技术转让", "纸浆漂白咨询", "钟表检测服务",
    ),
    (
        "Silver paste", "Wall climber", "Heat chiller", "Blood sponge", "Sonar dome", "Cocoon sorter", "Wine fining", "Glaze",
        "Pump project", "Yeast licence", "Pulp advice", "Clock tests",
    ),
)  # fmt: skip
SORTS = (
    Sort(
        ("成果", "achievements"),
        NodeKind.ACHIEVEMENT,
        {"owners": EdgeKind.OWNS, "creators": EdgeKind.CREATED},
        (
            Col("id", "编号", "id", ("", "")),
            Col("title", "成果名称", "title", ("", "")),
            Col("abstract", "成果简介", "abstract", ("烧结温度低，附着力好。", "It sinters at low heat.")),
            Col("kind", "成果类型", "kind", ("专利", "patent")),
            Col("trl", "技术成熟度", "trl", ("TRL 6", "6"), ("maturity",)),
            Col("date", "日期", "date", ("2021-03-01", "2021-03-01")),
            Col("keywords", "关键词", "keywords", ("银浆；光伏", "silver; paste")),
            Col("price", "转让价格（万元）", "price", ("50-80", "USD 500000-800000"), PRICE),
            Col("licence", "许可方式", "licence", ("普通许可", "simple"), ("licence_forms",)),
            Col("transfer_forms", "转化方式", "transfer_forms", ("转让；作价入股", "transfer; equity"), ("licence", "licence_forms")),
            Col("legal_status", "法律状态", "legal_status", ("授权", "granted")),
            Col("filed", "申请日", "filed", ("2019-05-06", "2019-05-06")),
            Col("granted", "授权日", "granted", ("2020-07-08", "2020-07-08")),
            Col("expires", "到期日", "expires", ("2039-05-05", "2039-05-05")),
            Col("ipc", "IPC分类号", "ipc", ("H01B 1/22", "H01B 1/22")),
            Col("visibility", "公开范围", "visibility", ("公开", "public")),
            Col("owners", "权属单位", "owners", ("", "")),
            Col("creators", "完成人", "creators", ("", "")),
        ),
    ),
    Sort(
        ("需求", "demands"),
        NodeKind.DEMAND,
        {"posted_by": EdgeKind.POSTED},
        (
            Col("id", "编号", "id", ("", "")),
            Col("title", "需求名称", "title", ("", "")),
            Col("description", "需求描述", "description", ("要求寿命五千小时。", "It must last.")),
            Col("kind", "需求类型", "kind", ("技术开发", "development")),
            Col("industry", "所属行业", "industry", ("金属制品业", "Coating of metals")),
            Col("budget", "拟投入资金（万元）", "budget", ("30-60", "EUR 300000-600000"), BUDGET),
            Col("date", "发布日期", "date", ("2023-05-06", "2023-05-06")),
            Col("deadline", "截止日期", "deadline", ("2030-05-06", "2030-05-06")),
            Col("trl_min", "成熟度要求", "trl_min", ("7级", "7")),
            Col("regions", "地区", "regions", ("浙江", "Bavaria")),
            Col("requirements", "技术指标", "requirements", ("寿命5000小时；成本低", "5000 hours; cheap")),
            Col("status", "状态", "status", ("征集中", "open")),
            Col("visibility", "公开范围", "visibility", ("公开", "public")),
            Col("posted_by", "发布单位", "posted_by", ("", "")),
        ),
    ),
    Sort(
        ("合作", "cooperations"),
        NodeKind.COOPERATION,
        {"parties": EdgeKind.PARTY_TO},
        (
            Col("id", "编号", "id", ("", "")),
            Col("title", "合同名称", "title", ("", "")),
            Col("mode", "合作方式", "mode", ("合同", "contract"), ("contract_type",)),
            Col("contract_type", "合同类型", "contract_type", ("技术开发", "development"), ("mode",)),
            Col("started", "签订日期", "started", ("2022-01-02", "2022-01-02")),
            Col("ended", "结束日期", "ended", ("2023-01-02", "2023-01-02")),
            Col("amount", "合同金额（万元）", "amount", ("60", "600000"), ("currency",)),
            Col("technology_amount", "技术交易额（万元）", "technology_amount", ("55", "550000"), ("currency",)),
            Col("currency", "币种", "currency", ("人民币", "EUR")),
            Col("outcome", "履行状态", "outcome", ("已完成", "completed")),
            Col("parties", "合作方", "parties", ("", "")),
        ),
    ),
)
ROWS = 4


class Damage(NamedTuple):
    """A cell of a table's row that gets another text."""

    sort: int
    row: int
    column: int
    text: str


class Told(NamedTuple):
    """A cell that was not read: its table, row and column."""

    sort: int
    row: int
    header: str


def good(sort: int, row: int, language: int) -> list[str]:
    """The texts of a good row."""
    firms = FIRMS[language]
    own = {
        "id": f"{'ADC'[sort]}-{row}",
        "title": TITLES[language][sort * ROWS + row],
        "owners": firms[row],
        "creators": PEOPLE[language][row],
        "posted_by": firms[ROWS + row],
        "parties": f"{firms[2 * ROWS + row]}；{firms[3 * ROWS + row]}",
    }
    return [own.get(one.field) or one.good[language] for one in SORTS[sort].columns]


class Centre:
    """Files of good rows, some of whose cells are damaged, and what a store makes of them."""

    def __init__(self, place: Path, language: int, has_ids: bool) -> None:
        self.place, self.language, self.first = place, language, 0 if has_ids else 1

    def header(self, sort: int, column: int) -> str:
        return SORTS[sort].columns[column].header(self.language)

    def rows(self, sort: int, damages: Sequence[Damage]) -> list[list[str]]:
        rows = [good(sort, row, self.language) for row in range(ROWS)]
        for one in damages:
            if one.sort == sort:
                rows[one.row][one.column] = one.text
        return rows

    def line(self, sort: int, row: int, damages: Sequence[Damage]) -> int:
        """The line on which a row begins."""
        return 2 + row + sum(cell.count("\n") for above in self.rows(sort, damages)[:row] for cell in above)

    def feed(self, name: str, damages: Sequence[Damage], **more: Any) -> tuple[Store, Report]:
        folder = self.place / name
        folder.mkdir()
        for sort, one in enumerate(SORTS):
            with (folder / f"{one.names[self.language]}.csv").open("w", encoding="utf-8", newline="") as stream:
                writer = csv.writer(stream)
                writer.writerow([self.header(sort, column) for column in range(self.first, len(one.columns))])
                writer.writerows([row[self.first :] for row in self.rows(sort, damages)])
        store = connect(f"sqlite:///{folder}/d.db")
        return store, ingest(store, [folder], source="centre", rejects=folder / "rejected", **more)

    def told(self, report: Report, damages: Sequence[Damage], rows: str = "cells") -> dict[Told, str]:
        """By cell that the report tells: the text that it shows."""
        places = {(Path(one.file).stem, one.file): one for one in report.files}
        found = {}
        for (stem, _), file in places.items():
            sort = next(at for at, one in enumerate(SORTS) if one.names[self.language] == stem)
            at_line = {self.line(sort, row, damages): row for row in range(ROWS)}
            for told in getattr(file, rows):
                for problem in told.problems:
                    assert problem.rule
                    found[Told(sort, at_line[told.line], problem.field)] = problem.detail
        return found

    def mended(self, report: Report, damages: Sequence[Damage]) -> list[Path]:
        """The files of rows to mend, with the damaged cells made good as a person does it."""
        paths = []
        for file in report.files:
            if file.rejects_file:
                path = Path(file.rejects_file)
                sort = next(at for at, one in enumerate(SORTS) if one.names[self.language] == Path(file.file).stem)
                with path.open(encoding="utf-8-sig", newline="") as stream:
                    header, *rows = csv.reader(stream)
                titles = [good(sort, row, self.language)[1] for row in range(ROWS)]
                for row in rows:
                    number = titles.index(row[header.index(self.header(sort, 1))])
                    for one in damages:
                        if (one.sort, one.row) == (sort, number):
                            row[header.index(self.header(sort, one.column))] = good(sort, number, self.language)[one.column]
                with path.open("w", encoding="utf-8-sig", newline="") as stream:
                    csv.writer(stream).writerows([header, *rows])
                paths.append(path)
        return paths
