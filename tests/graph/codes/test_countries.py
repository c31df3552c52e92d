"""Countries by their names and codes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.codes import country_code, is_country
from graph.codes.countries import countries
from graph.codes.lists import BETWEEN, fold, rows

WRITTEN = """
CN: CN|cn|CHN|China|中国|中华人民共和国|PR China|P.R. China|P. R. China|PRC|People's Republic of China|CHINA|China (PRC)
KR: KR|KOR|Republic of Korea|Korea, Republic of|South Korea|Korea (South)|韩国|大韩民国|한국
KP: Korea, Democratic People's Republic of|朝鲜
GB: U.K.|UK|GB|GBR|United Kingdom|Great Britain|England|Scotland|Wales|英国|The United Kingdom
US: U.S.|U.S.A.|USA|US|United States|United States of America|美国|Vereinigte Staaten|Estados Unidos
TR: Türkiye|Turkey|TUR|土耳其
CZ: Czechia|Czech Republic|捷克|捷克共和国|Česko|Tschechien|Czech Rep.
DE: DEU|Germany|Deutschland|德国|Allemagne|Alemania|Federal Republic of Germany
AT: Österreich|Austria|奥地利
NL: Holland|The Netherlands|Netherlands|荷兰
GR: EL|GR|Greece|Hellenic Republic|Ελλάδα
BR: Brazil|Brasil|巴西|Federative Republic of Brazil
ES: España|Kingdom of Spain|Spanien
CI: Côte d'Ivoire|Cote d’Ivoire|Ivory Coast
NA: NA|na|Namibia|纳米比亚
TW: Taiwan|中国台湾|Taiwan, Province of China|Republic of China
HK: Hong Kong|香港|中国香港|Hong Kong SAR, China
IE: Ireland|Republic of Ireland
CD: Congo, Democratic Republic of the|DR Congo
CG: Congo|Republic of the Congo
RU: Russian Federation|俄罗斯|俄罗斯联邦
"""


@pytest.mark.parametrize(("code", "text"), [(line[:2], one) for line in WRITTEN.split("\n") if line for one in line[4:].split("|")])
def test_a_country_is_known_by_each_of_its_names(code: str, text: str) -> None:
    assert country_code(text) == code
    assert is_country(text)


@pytest.mark.parametrize("text", ["Atlantis", "Zhejiang", "浙江", "Muş", "Republic of Nowhere", "N/A", "", " ", "x" * 5000, "Korea, Japan"])
def test_what_is_no_country_stays_as_written(text: str) -> None:
    assert country_code(text) == text
    assert not is_country(text)


def test_two_letters_are_a_code_whoever_uses_it() -> None:
    assert (country_code("eu"), is_country("eu")) == ("EU", False)


def test_every_row_reads_back_by_its_codes_and_each_of_its_names() -> None:
    names = [(code, name) for code, _, en, zh, more in rows("countries.csv") for name in (en, zh, *more.split(BETWEEN)) if name]
    wrong = [(code, name, country_code(name)) for code, name in names if country_code(name) != code]
    assert len(names) > 3000
    assert not wrong
    assert all(country_code(one.code) == country_code(one.alpha3) == code for code, one in countries().items())


def test_no_two_countries_have_a_name_in_common() -> None:
    owners: dict[str, set[str]] = {}
    for code, _, en, zh, more in rows("countries.csv"):
        for name in (en, zh, *more.split(BETWEEN)):
            owners.setdefault(fold(name), set()).add(code)
    assert not {name for name, codes in owners.items() if len(codes) > 1 and name}


@given(st.text(max_size=40))
def test_any_text_is_a_code_or_itself(text: str) -> None:
    code = country_code(text)
    assert code == text or (len(code) == 2 and code.isupper())
    assert country_code(code) == code
