"""Places: what a text names, and what lies in what."""

from __future__ import annotations

from collections import defaultdict
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.codes import country_code, inside, is_country, region, regions_in, within
from graph.codes.lists import BETWEEN, fold, rows
from graph.codes.places import FILES, table

READ = """
330110: 浙江省杭州市余杭区|余杭|余杭区|杭州余杭|Yuhang, Hangzhou|中国浙江省杭州市余杭区文一西路969号
330100: 浙江杭州|杭州市|杭州|浙江省 杭州市|浙江-杭州|浙江/杭州|Hangzhou|Hangzhou, Zhejiang|330100
330100: Zhejiang, Hangzhou|Hangzhou Zhejiang China|杭州 (Hangzhou)
330100: Hangzhou City|hangzhou|Hangzhou 310027, China|杭州高新区
330000: 浙江|浙江省|Zhejiang|ZHEJIANG|Zhejiang Province|CN-ZJ|330000
330200: 宁波|宁波市|Ningbo
320500: 江苏省苏州工业园区|苏州工业园区|Suzhou, Jiangsu
110105: 北京市朝阳区|北京朝阳|北京市市辖区朝阳区
220000: 吉林|Jilin
220200: 吉林市|吉林省吉林市|吉林吉林市|Jilin City
460000: 海南|Hainan
610100: 西安|Xi'an|Xian
442000: 中山|中山市
222400: 延边|延边州|延边朝鲜族自治州|Yanbian
310115: 上海浦东新区|浦东|Pudong, Shanghai|上海市浦东新区张江高科技园区
150000: 内蒙古|Inner Mongolia|Nei Mongol
610000: 陕西|Shaanxi
140000: 山西|Shanxi
320200: Wuxi
DE2: Bavaria|Bayern|DE2|DE-BY|巴伐利亚|德国巴伐利亚州|Freistaat of Bayern|de2
DE21: DE21|Oberbayern|Upper Bavaria
DE212: Munich|München|Muenchen|Munich, Germany|80333 München
DE1: Baden-Württemberg|Baden-Wuerttemberg
ITC4: Lombardia|Lombardy
ITC4C: Milan|Milano
FR1: Île-de-France|Ile de France
ES51: Catalonia|Cataluña|Catalunya
NL35: Utrecht|NL31
UKI: London|Greater London|London, UK
GB-ENG: England
UKM: Scotland|苏格兰
US-CO: Colorado|US-CO|科罗拉多|State of Colorado|Boulder, CO, USA|Boulder, Colorado
US-FL: Florida
JP-13: Tokyo|東京都
HK: 香港|Hong Kong
CN: 中国|China
LU: Luxembourg
"""
NOT_READ = """
Nowhere|unknown|无|1|999999|浙江省、江苏省|浙江, 江苏|Munich, France||鼓楼区|朝阳|朝阳区|Chaoyang
江东省|Georgia|Suzhou|Limburg|CO|DE|NA|N/A|欧洲|吉林大学|南京路|北京路
"""


CASES = [line.split(": ") for line in READ.strip().split("\n")]


@pytest.mark.parametrize(("code", "text"), [(code, one) for code, texts in CASES for one in texts.split("|")])
def test_a_text_names_a_place(code: str, text: str) -> None:
    found = region(text)
    assert found is not None
    assert found.code == code


@pytest.mark.parametrize("text", [*NOT_READ.strip().replace("\n", "|").split("|"), "杭州" * 200])
def test_a_text_that_names_no_place_or_several_names_none(text: str) -> None:
    assert region(text) is None


@pytest.mark.parametrize(
    ("text", "country", "code"),
    [
        ("CO", "US", "US-CO"), ("CO", "United States", "US-CO"), ("BY", "Germany", "DE2"), ("Georgia", "US", "US-GA"),
        ("Limburg", "NL", "NL42"),
        ("Limburg", "比利时", "BE22"), ("Bavaria", "US", None), ("杭州", "CN", "330100"), ("杭州", "DE", None), ("香港", "CN", "HK"),
        ("香港", "HK", "HK"), ("鼓楼区", "CN", None), ("Bavaria", "Atlantis", "DE2"), ("Scotland", "GB", "UKM"),
    ],
)  # fmt: skip
def test_a_country_narrows(text: str, country: str, code: str | None) -> None:
    found = region(text, country)
    assert (found.code if found else None) == code


def test_a_place_knows_its_names_and_what_it_lies_in() -> None:
    found = region("浙江省杭州市余杭区")
    assert found is not None
    assert (found.country, found.zh, found.parents) == ("CN", "余杭区", ("330100", "330000", "CN"))
    munich = region("Munich")
    assert munich is not None
    assert (munich.country, munich.en, munich.zh, munich.parents) == ("DE", "München", "慕尼黑", ("DE21", "DE2", "DE"))
    hong_kong = region("Hong Kong")
    assert hong_kong is not None
    assert (hong_kong.country, hong_kong.parents) == ("HK", ("CN",))


def test_all_that_a_text_may_mean() -> None:
    def codes(text: str, country: str | None = None) -> set[str]:
        return {one.code for one in regions_in(text, country)}

    assert codes("浙江、江苏") == codes("Zhejiang; Jiangsu") == codes("浙江省,江苏省") == {"330000", "320000"}
    assert codes("Hangzhou, Zhejiang; Nanjing, Jiangsu") == {"330100", "320100"}
    assert codes("鼓楼区") == {"320106", "320302", "350102", "410204"}
    assert {"US-CO", "CO", "ITC42"} < codes("CO")
    assert codes("CO", "US") == {"US-CO"}
    assert codes("Georgia") == {"GE", "US-GA"}
    assert codes("江东省") == codes("x" * 5000) == set()


# -- the lists as a whole


@cache
def listed() -> dict[str, tuple[str, list[str]]]:
    """Parent and names of every row."""
    return {
        code: (parent, [name for name in (en, zh, *more.split(BETWEEN)) if name])
        for file in FILES
        for code, parent, en, zh, more in rows(file)
    }


def way(code: str) -> list[str]:
    """A place and what it lies in, read plainly from the rows."""
    return [code, *way(listed()[code][0])] if code in listed() else [code]


def test_every_way_ends_at_a_country() -> None:
    assert len(listed()) == len(table().rows) > 9000
    assert {way(code)[-1] for code in listed()} <= {code for code, *_ in rows("countries.csv")}


def test_every_row_reads_back_by_its_code_and_each_of_its_names_unless_they_are_anothers_too() -> None:
    owners: dict[str, set[str]] = defaultdict(set)
    for code, (_, names) in listed().items():
        for name in names:
            owners[fold(name)].add(code)
    alone = 0
    for code, (_, names) in listed().items():
        assert (found := region(code)) is not None and found.code == code, code
        for name in names:
            others = owners[fold(name)] - {code}
            assert code in {one.code for one in regions_in(name)}, (code, name)
            if others or is_country(name) or (name.isascii() and len(name) <= 3):
                found = region(name, way(code)[-1])
                assert found is None or found.code in {*others, code, country_code(name)}, (code, name)
            else:
                alone += 1
                assert (found := region(name)) is not None and found.code == code, (code, name)
    assert alone > 12_000


@settings(max_examples=200)
@given(st.data())
def test_lying_in_is_transitive_and_never_mutual(data: st.DataObject) -> None:
    codes = sorted(listed())
    one = data.draw(st.sampled_from(codes))
    chain = way(one)
    for at, middle in enumerate(chain):
        assert within(one, middle)
        assert all(within(middle, outer) for outer in chain[at:])
        assert not any(within(outer, middle) for outer in chain[at + 1 :])
    other = data.draw(st.sampled_from(codes))
    assert within(one, other) == (other in chain)


@pytest.mark.parametrize("wanted", ["330000", "330100", "DE2", "UKI", "GB-ENG", "CN", "US", "FR", "110105"])
def test_what_lies_inside_is_all_that_lies_within(wanted: str) -> None:
    plain = {code for code in listed() if wanted in way(code)} | {wanted}
    if wanted == "CN":
        plain |= {"HK", "MO", "TW"} | {code for code in listed() if way(code)[-1] in ("HK", "MO", "TW")}
    assert inside(wanted) == plain


@given(st.text(max_size=60))
def test_any_text_is_a_place_or_none(text: str) -> None:
    found = region(text)
    assert found is None or found in regions_in(text)


PIECES = ["浙江", "杭州市", "余杭区", "Zhejiang", "Hangzhou", "江苏", "CO", "US", "中国", ",", " ", "(", "、", "朝阳"]


@given(st.lists(st.sampled_from(PIECES), max_size=6))
def test_names_in_any_order_agree_or_are_none(parts: list[str]) -> None:
    found = region("".join(parts))
    if found:
        assert within(found.code, found.country)
        assert found in regions_in("".join(parts))
