"""What registers say: one form of a number whatever the way it is written, classes, licences, and qualifications with their day."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.model import LicenceForm
from ingest.cells import registers
from ingest.cells.broken import Broken
from ingest.cells.values import Tally
from ingest.rows.models import DemandRow, InstitutionRow, Kind, validate


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("ZL 2003 1 0102344.5", "CN200310102344.5"),  # the example of ZC 0006-2003
        ("zl200310102344.5", "CN200310102344.5"),
        ("CN2003101023445", "CN200310102344.5"),
        ("200310102344", "CN200310102344.5"),
        ("２００３１０１０２３４４．５", "CN200310102344.5"),
        ("201910123456", "CN201910123456.X"),
        ("CN201910123456x", "CN201910123456.X"),
        ("ZL98100001.9", "CN98100001.9"),
        ("98100001.9", "CN98100001.9"),
        ("98100001", "98100001"),  # eight digits alone may be anything
        ("EP 19 123 456.7", "EP19123456.7"),
        ("PCT/CN2019/123456", "PCT/CN2019/123456"),
        (2003101023445, "CN200310102344.5"),
    ],
)
def test_the_number_of_an_application_has_one_form(text: object, number: str) -> None:
    assert registers.application(text) == f"application:{number}"


@given(st.from_regex(r"(19|20)[0-9]{2}[1-9][0-9]{7}", fullmatch=True), st.sampled_from(["", "CN", "ZL", "zl ", "CN "]))
def test_a_check_digit_that_is_left_out_is_that_of_the_standard(digits: str, before: str) -> None:
    weights = [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]
    check = "0123456789X"[sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11]
    forms = {registers.application(f"{before}{digits}{rest}") for rest in ("", f".{check}", check, check.lower())}
    assert forms == {f"application:CN{digits}.{check}"}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("CN 110123456 A", "publication:CN110123456A"),
        ("110123456a", "publication:CN110123456A"),
        ("CN2345678Y", "publication:CN2345678Y"),
        ("WO 2019/123456 A1", "publication:WO2019123456A1"),
        ("US 10,123,456 B2", "publication:US10123456B2"),
        ("ZL200310102344.5", "application:CN200310102344.5"),
        ("200310102344.5", "application:CN200310102344.5"),
    ],
)
def test_the_number_of_a_publication_has_one_form(text: str, number: str) -> None:
    assert registers.publication(text) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [("10.1000/182", "10.1000/182"), ("DOI: 10.1000/ABC", "10.1000/abc"), ("https://doi.org/10.1000/ABC", "10.1000/abc")],
)
def test_a_doi_has_one_form(text: str, number: str) -> None:
    assert registers.doi(text) == f"doi:{number}"


@pytest.mark.parametrize("read", [registers.application, registers.publication, registers.registration])
@pytest.mark.parametrize("text", ["无", "待定", "/", "123", "", "x" * 600, True, {}])
def test_a_remark_is_no_number(read: Callable[[object], str], text: object) -> None:
    with pytest.raises(Broken):
        read(text)


@pytest.mark.parametrize("text", ["10.1/x", "doi", "ror:05a28rw58", "11.1000/x"])
def test_what_is_no_doi_is_refused(text: str) -> None:
    with pytest.raises(Broken, match="must be a DOI"):
        registers.doi(text)


@given(st.text(max_size=60))
def test_what_a_text_may_stand_for_reads_back_as_itself(text: str) -> None:
    for one in registers.work_ids_of(text):
        assert ":" in one and not any(mark.isspace() for mark in one)
        assert registers.work_ids_of(one) == [one]


def test_an_external_id_of_another_scheme_is_kept() -> None:
    assert registers.work_ids("grant:A-1; application:zl200310102344.5") == ("grant:A-1", "application:CN200310102344.5")
    with pytest.raises(Broken, match="scheme:value"):
        registers.work_ids("ZL200310102344.5")


def test_several_numbers_in_a_cell() -> None:
    assert registers.publications("CN110123456A；CN110123456B\nCN110123456A") == ("publication:CN110123456A", "publication:CN110123456B")
    assert registers.applications(["PCT/CN2019/123456"]) == ("application:PCT/CN2019/123456",)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("h01l 23/495 ; B22F1/00", ("H01L23/495", "B22F1/00")),
        ("C23C14/35（2006.01）、C23C14/06", ("C23C14/35", "C23C14/06")),
        ("H01L, Y02E", ("H01L", "Y02E")),
        ("C08", ("C08",)),
    ],
)
def test_classes(text: str, found: tuple[str, ...]) -> None:
    assert registers.classes(text) == found


@pytest.mark.parametrize("text", ["coatings", "H01L23/495/1", "1H"])
def test_what_is_no_class_is_refused(text: str) -> None:
    with pytest.raises(Broken, match="must be a patent class"):
        registers.classes(text)


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        ("普通许可或作价入股", {LicenceForm.SIMPLE}),
        ("非独占", {LicenceForm.SIMPLE}),
        ("non-exclusive, field of use stationary storage", {LicenceForm.SIMPLE}),
        ("独占许可、排他许可", {LicenceForm.EXCLUSIVE, LicenceForm.SOLE}),
        ("Exclusive or non-exclusive", {LicenceForm.EXCLUSIVE, LicenceForm.SIMPLE}),
        ("开放许可（先使用后付费）", {LicenceForm.OPEN, LicenceForm.FREE_TRIAL_THEN_PAY}),
        ("solely by agreement", set()),
        ("面议", set()),
    ],
)
def test_the_forms_of_licence_that_a_text_names(text: str, forms: set[LicenceForm]) -> None:
    assert registers.licence_forms(text) == tuple(form for form in LicenceForm if form in forms)


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("高新技术企业", "高新技术企业"),
        ("高新技术企业（有效期至 2026-12-31）", "高新技术企业@2026-12-31"),
        ("高新技术企业 until 2026-12", "高新技术企业@2026-12"),
        ("高新技术企业@2026年12月31日", "高新技术企业@2026-12-31"),
        ("高新技术企业@2026.12.31", "高新技术企业@2026-12-31"),
        ("ISO 9001 (valid until: 2027)", "ISO 9001@2027"),
    ],
)
def test_a_qualification_with_its_last_day(text: str, held: str) -> None:
    row = validate(Kind.INSTITUTIONS, {"name": "x", "qualifications": f"{text}；专精特新"}, Tally())
    assert isinstance(row, InstitutionRow)
    assert row.qualifications == (held, "专精特新")


def test_a_day_that_is_none_is_refused() -> None:
    found = validate(Kind.INSTITUTIONS, {"name": "x", "qualifications": "高新技术企业@2026-13-31"}, Tally())
    assert [str(one) for one in found] == ["qualifications: must be a day of the calendar"]


def test_contacts_in_a_qualification_are_masked() -> None:
    tally = Tally()
    row = validate(Kind.INSTITUTIONS, {"name": "x", "qualifications": "ask a.b@example.org@2026"}, tally)
    assert isinstance(row, InstitutionRow)
    assert tally.contacts == 1
    assert "example.org" not in row.qualifications[0]


def test_industries_of_a_demand() -> None:
    row = validate(Kind.DEMANDS, {"title": "x", "industry": "C26；新材料；C26"}, Tally())
    assert isinstance(row, DemandRow)
    assert row.industry == ("C26", "新材料")
