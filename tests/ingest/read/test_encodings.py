"""Encodings and delimiters are told from the bytes, and what cannot be told is not guessed."""

from __future__ import annotations

import codecs
import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import InvalidInput
from ingest.read.delimited import delimiter_of
from ingest.read.encodings import codec_of, encoding_of
from ingest.read.readers import RowFile

HEADER, TITLE = "编号,名称", "低温银浆，用于光伏电池"
TABLE = f"{HEADER}\n1,{TITLE}\n2,plain\n"


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.jsonl"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "gbk"])
def test_the_same_table_in_any_encoding(tmp_path: Path, name: str, encoding: str) -> None:
    text = '{"编号": "1", "名称": "%s"}\n{"编号": "2", "名称": "plain"}\n' % TITLE if "json" in name else TABLE  # noqa: UP031
    data = (codecs.BOM_UTF16_BE if encoding == "utf-16-be" else b"") + text.encode(encoding)
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    table = RowFile(tmp_path / name)
    assert table.columns == ("编号", "名称")
    assert [(one.cells, one.problem) for one in table.rows()] == [
        ({"编号": "1", "名称": TITLE}, None),
        ({"编号": "2", "名称": "plain"}, None),
    ]


def test_the_first_chinese_character_may_come_late(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"id,t\n" + b"1,plain text\n" * 20_000 + "2,低温银浆\n".encode("gb18030") * 50)
    assert [one.cells["t"] for one in RowFile(path).rows()][-1] == "低温银浆"


def test_a_few_broken_bytes_do_not_make_utf8_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(TABLE.encode() + "3,坏".encode()[:-1] + b"\n4,good\n")
    table = RowFile(path)
    assert table.encoding == "utf-8-sig"
    assert [one.problem.rule if one.problem else "" for one in table.rows()] == ["", "", "is not UTF-8", ""]


def test_a_broken_row_of_another_encoding_is_told_in_its_name(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(TABLE.encode("gb18030") * 2_000 + b"3,\xff\n" + "4,好\n".encode("gb18030"))
    found = [one for one in RowFile(path).rows() if one.problem and one.problem.rule.startswith("is not")]
    assert [str(one.problem) for one in found] == ["is not GB18030"]
    assert found[0].cells["编号"] == "3"


_WESTERN = "naïve café, Zürich, señor, façade, Łódź, Ærø".encode("cp1252", "replace").split(b", ")


@pytest.mark.parametrize("word", _WESTERN)
def test_western_text_is_not_taken_for_chinese(word: bytes) -> None:
    assert encoding_of(b"id,t\n1," + word * 3 + b"\n2," + word + b" and more\n") == "cp1252"


_CHINESE = (
    "低温烧结银浆用于光伏电池正面电极，固化温度不高于一百二十度。面向注塑车间的能耗在线监测与节能优化系统，吨料能耗下降。"
    "污泥在低温下热解得到生物炭，重金属浸出浓度低于限值。江东大学材料科学与工程学院李建国教授，联系人王芳、赵敏。"
    "某某新材料股份有限公司寻求水下焊缝打磨机器人，要求作业水深五十米。本表由各高校填报，填报单位为省技术转移中心。"
)
_KOREAN = (
    "한국과학기술원은 대전에 있는 연구 중심 대학이다. 우리 회사는 자동차 부품을 만들고 있으며 배터리 냉각 기술을 찾고 있습니다. "
    "저온 소결 은 페이스트, 태양전지용 전극 재료의 개발. 폐수 처리장의 슬러지를 줄이는 미생물 제제. 주식회사 한빛정밀, 김철수 이영희 박민수"
)
_JAPANESE = (
    "東京大学は東京都文京区にある国立大学です。当社は自動車部品を製造しており、電池の冷却技術を探しています。"
    "株式会社日立製作所、三菱電機。溶接ロボットの自動検査装置を開発した企業を求めています。田中太郎、鈴木花子"
)


@pytest.mark.parametrize(
    ("text", "codec"), [(_CHINESE, "gb18030"), (_KOREAN, "cp949"), (_JAPANESE, "cp932"), (_JAPANESE, "euc_jp")], ids=str.strip
)
@pytest.mark.parametrize(("length", "clear"), [(6, 0.5), (10, 0.93), (30, 1)])
def test_east_asian_text_is_told_or_refused_and_never_another(text: str, codec: str, length: int, clear: float) -> None:
    plain = text.replace(" ", "")
    told: list[str] = []
    for at in range(len(plain) - length):
        try:
            told.append(encoding_of(f"id,t\n1,{plain[at : at + length]}\n".encode(codec)))
        except InvalidInput as error:
            assert "name the encoding with --encoding" in error.rule
            told.append("")
    assert {*told} <= {codec, "", "utf-8-sig"}, "refused, or told row by row as what is not UTF-8"
    assert told.count(codec) >= clear * len(told)


def test_a_short_text_of_two_languages_is_a_persons_to_tell(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("id,t\n1,丁且\n".encode("gb18030"))
    with pytest.raises(InvalidInput, match=r"could be .*Korean \(cp949\).*: name the encoding with --encoding") as caught:
        RowFile(path)
    assert caught.value.file == str(path)
    assert RowFile(path, "gb18030").encoding == "gb18030"


def test_a_few_common_words_are_enough() -> None:
    for words in ("编号,名称", "编号,姓名", "成果,单位,联系人", "名称\n甲公司"):
        assert encoding_of(words.encode("gb18030")) == "gb18030", words
    for words in ("이름,주소", "번호,기관명"):
        assert encoding_of(words.encode("cp949")) == "cp949", words


@pytest.mark.parametrize("text", ["國立臺灣大學材料科學與工程學系", "低溫燒結銀漿應用於太陽能電池電極之開發", "新竹科學園區股份有限公司"])
def test_traditional_characters_in_big5_are_not_taken_for_others(text: str) -> None:
    assert encoding_of(f"id,t\n1,{text}\n".encode("big5")) == "utf-8-sig"


@settings(max_examples=200)
@given(st.lists(st.sampled_from(_CHINESE), min_size=8, max_size=40).map("".join))
def test_common_chinese_is_told_unless_it_is_utf8_as_well(text: str) -> None:
    data = f"id,t\n1,{text}\n".encode("gb18030")
    if len(set(text)) < 5:
        return
    try:
        found = encoding_of(data)
    except InvalidInput as refused:  # a few characters drawn by chance may be another language's: a person is asked, with a word
        assert len(set(text)) < 10 and "--encoding" in str(refused)
        return
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        # some short texts are made up of what are UTF-8 pairs too, but for a byte or two: these are left to a person
        kept = len([one for one in data.decode("utf-8", "ignore").encode() if one >= 0x80])
        assert found == "gb18030" or kept > 0.8 * 2 * len(text)
    else:
        assert found == "utf-8-sig"


def test_a_named_encoding_goes_before_what_the_bytes_tell(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("id,é\n1,ü\n".encode("cp1252"))
    assert RowFile(path, codec_of("cp1252")).columns == ("id", "é")


@pytest.mark.parametrize("name", ["klingon", "hex", "rot13", "", "zlib"])
def test_what_is_no_text_encoding_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="text encoding"):
        codec_of(name)


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_delimiters_are_told_apart_by_the_header(tmp_path: Path, mark: str) -> None:
    path = tmp_path / "a.csv"
    lines = [["id", "t", "note"], ["1", '"a, b; c\td"', '"two\nlines"'], ["2", "x", "y"]]
    path.write_text("\n".join(mark.join(line) for line in lines), "utf-8")
    found = list(RowFile(path).rows())
    assert [(one.line, one.problem) for one in found] == [(2, None), (4, None)]
    assert found[0].cells == {"id": "1", "t": "a, b; c\td", "note": "two\nlines"}


def test_a_title_does_not_decide_the_delimiter(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = "id;title;owners\nA1;Paste, thin, light;Tarn\nA2;Film, graphene, new;Tarn\n"
    path.write_text("Results of the office, 3 March 2024\n" + rows, "utf-8")
    table = RowFile(path)
    assert [one.columns for one in table.heads[:2]] == [("Results of the office, 3 March 2024",), ("id", "title", "owners")]
    table.use(table.heads[1])
    assert [one.cells["title"] for one in table.rows()] == ["Paste, thin, light", "Film, graphene, new"]


@pytest.mark.parametrize("mark", [";", ",", "\t", "|"])
@pytest.mark.parametrize("start", ["sep=", "\ufeffSEP="])
def test_a_first_line_names_the_delimiter_and_is_no_header(tmp_path: Path, mark: str, start: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"{start}{mark}\r\nid{mark}title\r\n1{mark}a, b; c\r\n", "utf-8")
    if mark in ",":
        path.write_text(f"{start}{mark}\r\nid{mark}title\r\n1{mark}a; b; c\r\n", "utf-8")
    table = RowFile(path)
    assert table.columns == ("id", "title")
    assert [(one.line, one.cells["id"]) for one in table.rows()] == [(3, "1")]


def test_lists_in_cells_do_not_decide_the_delimiter() -> None:
    assert delimiter_of("id,name,keywords\n1,x,a; b\n2,y,c; d\n3,z,e; f\n4,u,g; h\n") == ","
    assert delimiter_of("id\ttitle\n1\ta, b\n2\tc, d, e\n") == "\t"
    assert delimiter_of("only\none\ncolumn\n") == ","
