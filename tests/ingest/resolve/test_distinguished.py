"""What tells institutions apart stays: places, campuses, branches, groups, faculties; and what only looks like it does not."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph import Store
from graph.model import EdgeKind, Record
from ingest.load import ingest
from ingest.resolve import similar_names
from ingest.resolve.affiliations import affiliation
from ingest.resolve.cluster import cluster
from ingest.resolve.forms import name_of
from ingest.resolve.likeness import Proposal, comparisons
from ingest.resolve.names import stands_for
from ingest.resolve.records import institution_record
from tests.ingest.conftest import edges, institutions
from tests.ingest.test_cases import CASES

FIELD = CASES / "field"


def rows(names: list[str], country: str | None = None) -> list[Record]:
    """Rows of sources of their own."""
    fields = [{"name": name} | ({"country": country} if country else {}) for name in names]
    return [institution_record(f"s{at}", str(at), one) for at, one in enumerate(fields)]


def groups(names: list[str], country: str | None = None) -> tuple[set[frozenset[str]], set[frozenset[str]]]:
    """Names that became one, and pairs that are proposed."""
    records = rows(names, country)
    text = {record.id: name for record, name in zip(records, names, strict=True)}
    found = comparisons(records)
    joined = {frozenset(text[one.id] for one in each) for each in cluster(records, found.decisions.values())[0] if len(each) > 1}
    return joined, {frozenset((text[one.left], text[one.right])) for one in found.proposals}


APART = [
    ["Kanagawa Institute of Technology", "Kanazawa Institute of Technology"],
    ["中国石油大学（华东）", "中国石油大学（北京）", "中国石油大学"],
    ["哈尔滨工业大学", "哈尔滨工业大学（深圳）", "哈尔滨工业大学（威海）", "哈尔滨工业大学深圳校区"],
    ["清华大学", "清华大学深圳国际研究生院"],
    ["China University of Geosciences (Beijing)", "China University of Geosciences (Wuhan)", "China University of Geosciences"],
    ["University of California, Davis", "University of California - Santa Cruz", "University of California"],
    ["University of Texas at Austin", "University of Texas at Dallas", "University of Texas"],
    ["University of Maryland, College Park", "University of Maryland, Baltimore", "University of Maryland"],
    ["UNIVERSITY OF MARYLAND, COLLEGE PARK", "UNIVERSITY OF MARYLAND, BALTIMORE"],
    ["NATIONAL UNIVERSITY OF IRELAND, GALWAY", "NATIONAL UNIVERSITY OF IRELAND, MAYNOOTH"],
    ["IIT Bombay", "IIT Delhi", "IIT"],
    ["Indian Institute of Technology Bombay", "Indian Institute of Technology, Madras", "Indian Institute of Technology (Delhi)"],
    ["Indian Institute of Technology", "Indian Institute of Technology, Jodhpur", "Indian Institute of Technology Kanpur",
     "Indian Institute of Technology Kharagpur"],
    ["University of Maryland, Baltimore", "University of Maryland, Baltimore County", "University of Maryland"],
    ["Chinese University of Hong Kong, Shenzhen", "Chinese University of Hong Kong"],
    ["Harbin Institute of Technology, Shenzhen", "Harbin Institute of Technology"],
    ["Velkirsk Robotics (Shanghai) Co., Ltd.", "Velkirsk Robotics Co., Ltd.", "Velkirsk Robotics Europe GmbH"],
    ["Siemens AG, Berlin", "Siemens AG, Munich", "Siemens AG"],
    ["Toyota Motor", "Toyota Motor Europe"],
    ["SKF (UK) LTD", "SKF BV"],
    ["ALSTOM (SCHWEIZ) AG", "ALSTOM LTD"],
    ["Fraunhofer IPA", "Fraunhofer IPT"],
    ["Université de Bordeaux", "Université Bordeaux I", "Université Bordeaux II"],
    ["INSTITUT NATIONAL DES SCIENCES APPLIQUEES DE LYON", "INSTITUT NATIONAL DES SCIENCES APPLIQUEES, STRASBOURG"],
    ["中国电子科技集团公司第十四研究所", "中国电子科技集团公司第三十八研究所", "中国电子科技集团公司"],
    ["中国石化股份有限公司镇海炼化分公司", "中国石化股份有限公司茂名分公司", "中国石化股份有限公司"],
    ["中国移动通信集团浙江有限公司", "中国移动通信集团江苏有限公司", "中国移动通信集团有限公司"],
    ["中国中车集团有限公司", "中国中车股份有限公司"],
    ["上海电气集团股份有限公司", "上海电气集团有限公司"],
    ["川岬储能科技（集团）股份有限公司", "川岬储能科技(集团)有限公司", "川岬储能科技股份有限公司"],
    ["海尔集团", "海尔有限公司"],
    ["Haier Group", "Haier Co., Ltd."],
    ["Cenhai Coatings Holding GmbH", "Cenhai Coatings GmbH"],
    ["Bank of Lunper", "Bank of Lunper, London Branch"],
    ["University of Lunperby", "University of Lunperby (Dorlen Campus)"],
    ["SVEUCILISTE U ZAGREBU, EKONOMSKI FAKULTET", "SVEUCILISTE U ZAGREBU, MEDICINSKI FAKULTET", "SVEUCILISTE U ZAGREBU"],
    ["University of Washington, Seattle", "Washington University, St. Louis"],
    ["岑海大学材料学院", "岑海大学材料科学与工程学院", "岑海大学"],
]  # fmt: skip


@pytest.mark.parametrize("names", APART, ids=lambda names: names[0])
def test_two_are_not_one(names: list[str]) -> None:
    assert groups(names)[0] == set()
    for pair in map(list, combinations(names, 2)):
        if not any(affiliation(one).place for one in pair):  # of two names alone, one place may be an address
            assert groups(pair)[0] == set()


@pytest.mark.parametrize(
    "names",
    [
        ["University of Oslo", "Univ. of Oslo, Oslo, Norway", "University of Oslo, Norway"],
        ["Stanford University", "Stanford University, Stanford, CA"],
        ["University of Michigan", "University of Michigan, Ann Arbor", "University of Michigan, Ann Arbor, MI, USA"],
        ["Karolinska Institutet", "Karolinska Institutet, Stockholm"],
        ["Victoria University of Wellington", "Victoria University of Wellington, Wellington, New Zealand"],
        ["University of Texas at Austin", "University of Texas, Austin", "University of Texas-Austin"],
        ["Harbin Institute of Technology", "Harbin Institute of Technology, Harbin, China"],
        ["Dalian Institute of Chemical Physics", "Dalian Institute of Chemical Physics (DICP), Dalian"],
        ["NATIONAL TECHNICAL UNIVERSITY OF ATHENS", "NATIONAL TECHNICAL UNIVERSITY OF ATHENS NTUA"],
        ["KONINKLIJK NEDERLANDS METEOROLOGISCH INSTITUUT", "KONINKLIJK NEDERLANDS METEOROLOGISCH INSTITUUT KNMI"],
        ["UNIVERSITE DE RENNES 1", "UNIVERSITE DE RENNES I"],
        ["Bosch (Shanghai) Co., Ltd.", "Bosch Shanghai Co., Ltd."],
        ["西门子（中国）有限公司", "西门子中国有限公司"],
        ["中国中车集团有限公司", "中国中车集团"],
    ],
    ids=lambda names: names[0],
)
def test_an_address_an_acronym_and_a_spelling_are_not_another(names: list[str]) -> None:
    assert groups(names)[0] == {frozenset(names)}


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("中国矿业大学", "中国矿业大学（北京）"),
        ("中国中车集团有限公司", "中国中车股份有限公司"),
        ("Chinese University of Hong Kong", "Chinese University of Hong Kong, Shenzhen"),
        ("Velkirsk Robotics Co., Ltd.", "Velkirsk Robotics (Shanghai) Co., Ltd."),
        ("岑海大学材料学院", "岑海大学材料科学与工程学院"),
        ("岑海大学化工学院", "岑海大学化学与化学工程学院"),
        ("岑海大学机械系", "岑海大学机械工程系"),
        ("CENHAI HAIGE COMM GRP", "Cenhai Haige Communication Group Co., Ltd."),
        ("Velkirsk Dorlen Pharm Trading", "Velkirsk Dorlen Pharmaceutical Trading"),
    ],
)
def test_what_may_be_one_is_proposed(left: str, right: str) -> None:
    assert groups([left, right]) == (set(), {frozenset((left, right))})


PLACED = [
    ["University of California, Davis", "University of California"],
    ["Indian Institute of Technology, Madras", "Indian Institute of Technology"],
    ["Siemens AG, Berlin", "Siemens AG"],
]


@pytest.mark.parametrize("names", PLACED)
def test_a_town_behind_a_comma_is_no_address_where_the_row_has_a_column_for_it(names: list[str]) -> None:
    assert groups(names, "US")[0] == set()
    assert groups(["Univ. of Oslo, Oslo, Norway", "University of Oslo"], "NO")[0], "what the name says already is one"


def test_faculties_of_two_universities_and_of_two_subjects_are_not_proposed() -> None:
    names = ["岑海大学材料学院", "江东大学材料科学与工程学院", "岑海大学机械学院", "岑海大学化学学院"]
    assert groups(names) == (set(), set())


@pytest.mark.parametrize(
    ("case", "count"),
    [
        ("campus-in-brackets", 8), ("group-and-listed", 6), ("japanese-legal-form", 3),
        ("campuses-by-way-of-the-bare-name", 8), ("near-names-kept-apart", 15),
    ],
)  # fmt: skip
def test_cases_of_the_field(case: str, count: int, store: Store) -> None:
    ingest(store, [FIELD / case / "in"])
    assert len(institutions(store)) == count, [(one.name, one.aliases) for one in institutions(store)]


def test_shortened_words_are_joined_or_proposed(store: Store) -> None:
    ingest(store, [FIELD / "shortened-words" / "in"])
    proposed = [one for one in similar_names.listed(store) if isinstance(one, Proposal)]
    assert (len(institutions(store)), len(proposed)) == (4, 1)


@pytest.mark.parametrize(
    ("text", "whole", "part"),
    [
        ("江东精工装备有限公司杭州分公司", "江东精工装备有限公司", "杭州分公司"),
        ("江东精工装备有限公司（杭州分公司）", "江东精工装备有限公司", "杭州分公司"),
        ("中国石油天然气股份有限公司大庆油田分公司", "中国石油天然气股份有限公司", "大庆油田分公司"),
        ("中国工商银行杭州分行", "中国工商银行", "杭州分行"),
        ("中国科学院上海分院", "中国科学院", "上海分院"),
        ("北京理工大学珠海校区", "北京理工大学", "珠海校区"),
        ("江东大学（威海校区）", "江东大学", "威海校区"),
        ("中国石油大学（北京）克拉玛依校区", "中国石油大学（北京）", "克拉玛依校区"),
        ("中国石油大学（华东）化学工程学院", "中国石油大学（华东）", "化学工程学院"),
        ("Velkirsk Coatings Ltd (Hangzhou Branch)", "Velkirsk Coatings Ltd", "Hangzhou Branch"),
        ("Bank of Lunper, London Branch", "Bank of Lunper", "London Branch"),
        ("Universidad Nacional de Lunper - Sede Dorlen", "Universidad Nacional de Lunper", "Sede Dorlen"),
        ("University of Lunperby, Dorlen Campus", "University of Lunperby", "Dorlen Campus"),
    ],
)
def test_a_branch_is_part_of_its_whole(text: str, whole: str, part: str, store: Store, tmp_path: Path) -> None:
    found = affiliation(text)
    assert (found.institution, found.divisions) == (whole, (part,))
    (tmp_path / "institutions.csv").write_text(f'id,name\n1,"{text}"\n2,"{whole}"\n', "utf-8")
    ingest(store, [tmp_path / "institutions.csv"])
    names = {one.id: one.name for one in institutions(store)}
    assert sorted(names.values()) == sorted((text, whole))
    assert [(names[one.source], names[one.target]) for one in edges(store, EdgeKind.PART_OF)] == [(text, whole)]


@pytest.mark.parametrize("text", ["北京分公司", "某某公司分公司", "中国科学院", "江东大学附属医院", "浙江大学", "Branch Technologies Inc."])
def test_no_branch(text: str) -> None:
    assert affiliation(text).divisions == ()


@given(st.sampled_from(["Lunperby", "Dorlen", "Gromar", "Velkirsk"]), st.sampled_from(["Lunperby", "Dorlen", "Gromar", "Velkirsk"]))
def test_a_place_in_brackets_or_behind_a_dash_never_joins_another(one: str, other: str) -> None:
    for form in ("University of Albanova ({})", "University of Albanova - {}", "岑海大学（{}）", "Albanova Brunhild ({}) GmbH"):
        names = [form.format(one), form.format(other), form.replace(" ({})", "").replace(" - {}", "").replace("（{}）", "")]
        for joined in groups(names)[0]:
            assert joined == {form.format(one)}, "one name twice"


_LETTERS = st.text("abc", min_size=1, max_size=5)


@given(_LETTERS, st.lists(_LETTERS, max_size=5))
def test_an_acronym_is_made_of_beginnings(word: str, words: list[str]) -> None:
    def most(rest: str, left: list[str]) -> int:
        """How many words at most ``rest`` is made of; a slow search."""
        found = [0 if not rest else -99]
        for at, one in enumerate(left):
            found += [1 + most(rest[n:], left[at + 1 :]) for n in range(1, min(3, len(one), len(rest)) + 1) if rest[:n] == one[:n]]
        return max(found)

    assert stands_for(word, words) == (most(word, words) >= 3)


_PARTS = st.sampled_from(["大学", "（", "）", "分公司", "公司", "校区", " - ", ", ", "Davis", "(", ")", "I", "集团", "University of "])


@given(st.text(max_size=60) | st.lists(_PARTS).map("".join))
def test_any_text_is_a_name_or_none(text: str) -> None:
    found = name_of(text, 0)
    assert name_of(text, 0) == found
    assert found is None or (found.core and found.extra <= found.core and not found.place & found.core)
