"""What a header says: its field, and the unit, role, scheme, negation or kind of the cells below it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.cells.values import Tally
from ingest.mapping.aliases import COLUMNS, LIKE_COLUMNS, fields_of
from ingest.mapping.columns import SEVERAL, SHARED, Column, assigned, implied_kind, qualification_of
from ingest.mapping.native import NativeForm
from ingest.rows.lists import Several
from ingest.rows.models import Kind

NODE_KINDS = [*Kind][:6]


def fields(kind: Kind, *headers: str) -> dict[str, str]:
    return {header: column.field for header, column in assigned(kind, headers).items()}


def first(form: NativeForm, row: dict[str, object]) -> dict[str, object]:
    return form.parts(row, Tally())[0].fields


@pytest.mark.parametrize(
    ("kind", "header", "field", "unit"),
    [
        (Kind.DEMANDS, "最低预算（万元）", "budget_min", "万元"),
        (Kind.DEMANDS, "拟投入资金(万元)", "budget", "万元"),
        (Kind.ACHIEVEMENTS, "转让价格（亿元）", "price", "亿元"),
        (Kind.COOPERATIONS, "合同金额（元）", "amount", "元"),
        (Kind.COOPERATIONS, "合同金额", "amount", None),
        (Kind.DEMANDS, "Budget (kEUR)", "budget", "kEUR"),
    ],
)
def test_a_header_says_the_unit_of_amounts(kind: Kind, header: str, field: str, unit: str | None) -> None:
    column = assigned(kind, [header])[header]
    assert column.field == field
    assert (column.unit or "").casefold() == (unit or "").casefold()


def test_the_unit_is_that_of_numbers_which_say_none() -> None:
    form = NativeForm(Kind.DEMANDS, ["名称", "拟投入资金（万元）"])
    assert first(form, {"名称": "胶", "拟投入资金（万元）": "50"})["budget"] == "50万元"
    assert first(form, {"名称": "胶", "拟投入资金（万元）": "50万"})["budget"] == "50万"
    assert first(form, {"名称": "胶", "拟投入资金（万元）": "面议"})["budget"] == "面议"


@pytest.mark.parametrize(
    "header", ["甲方", "乙方", "委托方", "受让方", "甲方名称", "技术提供方", "Client", "Licensor", "甲方（盖章）", "买方单位"]
)
def test_a_header_may_be_the_role_of_a_party(header: str) -> None:
    column = assigned(Kind.COOPERATIONS, ["合同名称", header])[header]
    assert column.field == "parties"
    assert column.role


def test_parties_of_several_columns_are_united_with_their_roles() -> None:
    form = NativeForm(Kind.COOPERATIONS, ["合同名称", "甲方", "乙方", "合作单位"])
    row: dict[str, object] = {"合同名称": "胶", "甲方": "甲州科技有限公司", "乙方": "乙州大学；丙州大学", "合作单位": "丁州研究院"}
    assert first(form, row)["parties"] == ["甲方=甲州科技有限公司", "乙方=乙州大学", "乙方=丙州大学", "丁州研究院"]


@pytest.mark.parametrize(
    ("header", "scheme"), [("统一社会信用代码", "uscc"), ("ORCID", "orcid"), ("DUNS", "duns"), ("UEI", "uei"), ("PIC", "pic")]
)
def test_a_header_may_be_the_scheme_of_ids(header: str, scheme: str) -> None:
    kind = Kind.EXPERTS if scheme == "orcid" else Kind.INSTITUTIONS
    assert assigned(kind, ["编号", "name", header])[header] == Column(header, "external_ids", scheme=scheme)


def test_a_register_s_id_is_the_row_s_where_no_column_is() -> None:
    assert assigned(Kind.INSTITUTIONS, ["单位名称", "统一社会信用代码"])["统一社会信用代码"].is_id
    assert not assigned(Kind.INSTITUTIONS, ["编号", "单位名称", "统一社会信用代码"])["统一社会信用代码"].is_id
    assert assigned(Kind.ACHIEVEMENTS, ["专利名称", "申请号"])["申请号"].is_id
    assert not assigned(Kind.DEMANDS, ["需求名称", "需求单位", "统一社会信用代码"])["统一社会信用代码"].is_id, "it is the firm's"


@pytest.mark.parametrize("header", ["是否保密", "是否涉密", "是否需要保密", "Confidential"])
def test_a_yes_of_secrecy_is_no_publicity(header: str) -> None:
    column = assigned(Kind.DEMANDS, ["名称", header])[header]
    assert (column.field, column.is_negated) == ("visibility", True)
    form = NativeForm(Kind.DEMANDS, ["名称", header])
    assert first(form, {"名称": "胶", header: "是"})["visibility"] == "confidential"
    assert first(form, {"名称": "胶", header: "否"})["visibility"] == "public"
    assert first(form, {"名称": "胶", header: "会员"})["visibility"] == "会员"


@pytest.mark.parametrize("header", ["是否公开", "是否愿意公开", "同意公开", "信息公开方式", "密级", "保密等级", "可否公示"])
def test_a_yes_of_publicity_is_one(header: str) -> None:
    column = assigned(Kind.DEMANDS, ["名称", header])[header]
    assert (column.field, column.is_negated) == ("visibility", False)


@pytest.mark.parametrize(
    ("kind", "header", "field"),
    [
        (Kind.ACHIEVEMENTS, "成果名称（必填）", "title"),
        (Kind.ACHIEVEMENTS, "*成果名称：", "title"),
        (Kind.ACHIEVEMENTS, "技术转让意向报价", "price"),
        (Kind.ACHIEVEMENTS, "Patent Expiration Date", "expires"),
        (Kind.DEMANDS, "计划投入的研发资金", "budget"),
        (Kind.DEMANDS, "技术需求完成截止日", "deadline"),
        (Kind.COOPERATIONS, "其中：技术交易额", "technology_amount"),
        (Kind.INSTITUTIONS, "企业所在区县", "region"),
        (Kind.EXPERTS, "工作单位及所在院校", "institution"),
    ],
)
def test_headers_that_are_like_known_ones_are_read(kind: Kind, header: str, field: str) -> None:
    assert fields(kind, header) == {header: field}


@pytest.mark.parametrize("header", ["备注", "序号", "联系电话", "邮箱", "填表人", "附件", "是否高企", "", "colour"])
@pytest.mark.parametrize("kind", NODE_KINDS)
def test_other_headers_name_nothing(kind: Kind, header: str) -> None:
    assert fields(kind, header) == {}


def test_a_list_takes_all_its_columns_and_a_text_that_is_put_together_too() -> None:
    headers = ["成果名称", "第一完成人", "其他完成人"]
    assert fields(Kind.ACHIEVEMENTS, *headers)["其他完成人"] == "creators"
    row: dict[str, object] = {"成果名称": "胶", "第一完成人": "林小满", "其他完成人": "周颖、高远"}
    assert first(NativeForm(Kind.ACHIEVEMENTS, headers), row)["creators"] == ["林小满", "周颖", "高远"]
    form = NativeForm(Kind.INSTITUTIONS, ["单位名称", "所在省", "所在市"])
    assert first(form, {"单位名称": "甲", "所在省": "浙江省", "所在市": "绍兴市"})["region"] == "浙江省绍兴市"
    assert first(form, {"单位名称": "甲", "所在省": "浙江省", "所在市": "浙江省绍兴市"})["region"] == "浙江省绍兴市"


def test_fields_of_words_are_keywords_where_no_column_is_called_so() -> None:
    assert fields(Kind.ACHIEVEMENTS, "技术领域", "应用领域") == {"技术领域": "keywords", "应用领域": "keywords"}
    assert fields(Kind.ACHIEVEMENTS, "技术领域", "关键词") == {"关键词": "keywords"}


def test_columns_beside_a_row_tell_of_its_institution() -> None:
    headers = ["需求名称", "企业名称", "企业规模", "统一社会信用代码", "企业简介"]
    of = {column.field: column.of for column in assigned(Kind.DEMANDS, headers).values()}
    assert of == {"title": None, "posted_by": None, "size": "posted_by", "external_ids": "posted_by", "description": "posted_by"}
    form = NativeForm(Kind.DEMANDS, headers)
    row: dict[str, object] = {"需求名称": "胶", "企业名称": "甲州科技有限公司", "企业规模": "小型"}
    own, firm = form.parts(row, Tally())
    assert own.fields == {"title": "胶", "posted_by": ["甲州科技有限公司"]}
    assert firm.kind is Kind.INSTITUTIONS
    assert firm.fields == {"name": "甲州科技有限公司", "size": "小型", "kind": "enterprise"}
    assert len(form.parts({**row, "企业名称": "甲州科技有限公司；乙州科技有限公司"}, Tally())) == 1, "whose size it is, nobody says"
    assert len(form.parts({"需求名称": "胶", "企业规模": "小型"}, Tally())) == 1


@pytest.mark.parametrize(
    ("kind", "header", "implied"),
    [
        (Kind.INSTITUTIONS, "企业名称", "enterprise"),
        (Kind.ACHIEVEMENTS, "专利名称", "patent"),
        (Kind.RESOURCES, "仪器名称", "instrument"),
        (Kind.INSTITUTIONS, "单位名称", None),
        (Kind.DEMANDS, "专利名称", None),
    ],
)
def test_a_header_of_names_may_say_of_what_kind_they_are(kind: Kind, header: str, implied: str | None) -> None:
    assert implied_kind(kind, header) == implied
    form = NativeForm(kind, [header, "类型"])
    assert first(form, {header: "胶"}).get("kind") == implied
    assert first(form, {header: "胶", "类型": "其他"})["kind"] == "其他", "a row's own word goes before"


@pytest.mark.parametrize(
    ("name", "qualification"),
    [
        ("2023年高新技术企业名单", "高新技术企业"),
        ("专精特新中小企业公示", "专精特新中小企业"),
        ("瞪羚企业", "瞪羚企业"),
        ("企业名单", None),
        ("高新技术成果", None),
    ],
)
def test_a_table_s_name_may_say_what_its_firms_hold(name: str, qualification: str | None) -> None:
    assert qualification_of(name) == qualification


def _plain_headers(kind: Kind) -> list[str]:
    """Headers that may name one field only and say nothing else."""
    known = {*COLUMNS[kind], *(header for several in LIKE_COLUMNS[kind].values() for header in several)}
    plain = [one for one in known if len(fields_of(kind, one)) == 1]
    return sorted(one for one in plain if (column := assigned(kind, [one]).get(one)) and not (column.of or column.role or column.scheme))


@given(st.sampled_from(NODE_KINDS), st.data())
def test_the_nearest_header_wins_whatever_the_order_of_the_columns(kind: Kind, data: st.DataObject) -> None:
    headers = data.draw(st.lists(st.sampled_from(_plain_headers(kind)), unique=True, min_size=2, max_size=12))
    claims: dict[str, dict[str, int]] = {}
    for header in headers:
        ((field, rank),) = fields_of(kind, header).items()
        claims.setdefault(field, {})[header] = rank
    found = fields(kind, *data.draw(st.permutations(headers)))
    for field, ranks in claims.items():
        has_it = {header for header in ranks if header in found}
        nearest = {header for header, rank in ranks.items() if rank == min(ranks.values())}
        assert all(found[header] == field for header in has_it)
        if field not in SHARED:
            assert len(has_it) == 1
            assert has_it <= nearest, "of two equally near ones that which comes first"
        elif SEVERAL.get(field) is Several.WORDS:
            assert has_it >= nearest
        else:
            assert has_it == ranks.keys(), "a list takes all of them"


def test_a_header_that_may_name_two_fields_gives_way() -> None:
    for headers in (["类型", "合作方式"], ["合作方式", "类型"]):
        assert fields(Kind.COOPERATIONS, *headers)["合作方式"] == "mode"
    for headers in (["单位", "完成单位", "负责人", "成果名称"], ["成果名称", "负责人", "完成单位", "单位"]):
        assert fields(Kind.ACHIEVEMENTS, *headers) == {"单位": "owners", "完成单位": "owners", "负责人": "creators", "成果名称": "title"}
    for headers in (["简介", "摘要"], ["摘要", "简介"]):
        assert fields(Kind.ACHIEVEMENTS, *headers) == {"摘要": "abstract"}


@pytest.mark.parametrize("kind", NODE_KINDS)
def test_a_field_s_own_header_is_never_given_to_another(kind: Kind) -> None:
    for header, field in COLUMNS[kind].items():
        others = [one for several in LIKE_COLUMNS[kind].values() for one in several if one != header]
        for headers in ([header, *others], [*others, header]):
            column = assigned(kind, headers).get(header)
            assert column is None or column.field == field or column.of or column.role or column.scheme, (header, field, column)


def test_who_may_see_a_row_is_the_stricter_of_two_columns_in_whatever_row_they_come() -> None:
    for headers in (["名称", "是否公开", "是否保密"], ["名称", "是否公开"]):  # in JSON Lines a later row may bring the second
        form = NativeForm(Kind.ACHIEVEMENTS, headers)
        assert first(form, {"名称": "胶", "是否公开": "是", "是否保密": "是"})["visibility"] == "confidential"
        assert first(form, {"名称": "胶", "是否公开": "否", "是否保密": "否"})["visibility"] == "否"
