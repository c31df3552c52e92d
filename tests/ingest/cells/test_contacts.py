"""Contact data goes, ordinary figures stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.cells.contacts import MARK, is_contact_column, mask_contacts
from ingest.mapping.aliases import column_key


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("电话13812345678联系", f"电话{MARK}联系"),
        ("手机：138 1234 5678", f"手机：{MARK}"),
        ("联系人 +86-138-1234-5678。", f"联系人 {MARK}。"),
        ("０１３８１２３４５６７８ 或 １３８１２３４５６７８", f"013812345678 或 {MARK}"),
        ("请拨0571-87654321转", f"请拨{MARK}转"),
        ("(010) 12345678-801", MARK),
        ("（021）87654321", MARK),
        ("客服热线 400-820-8820", f"客服热线 {MARK}"),
        ("联系电话：87654321", f"联系电话：{MARK}"),
        ("Tel: 8765 4321, ask for Li", f"Tel: {MARK}, ask for Li"),
        ("Tel: 01 42 34 56 78", f"Tel: {MARK}"),
        ("Call +1 301-555-0123 now", f"Call {MARK} now"),
        ("+44 20 7946 0958", MARK),
        ("请联系+1 301-555-0123", f"请联系{MARK}"),
        ("+49 (0)30 1234567", MARK),
        ("reach us at (301) 555-0123.", f"reach us at {MARK}."),
        ("301-555-0123", MARK),
        ("mail a.b+c@mail.example.com today", f"mail {MARK} today"),
        ("微信：abc_12345", f"微信：{MARK}"),
        ("微信号abc12345", f"微信号{MARK}"),
        ("WeChat: tech-li", f"WeChat: {MARK}"),
        ("加微信 zhang1988", f"加微信 {MARK}"),
        ("QQ：12345678", f"QQ：{MARK}"),
    ],
)
def test_contacts_are_masked(text: str, masked: str) -> None:
    assert mask_contacts(text)[0] == masked


@pytest.mark.parametrize(
    "text",
    [
        "1200-1500 MPa",
        "1200 1500 1800 2100 kPa",
        "ISO 9001:2015, GB/T 19001-2016",
        "ZL 201910123456.7 与 CN109876543A",
        "US20190123456A1, US 7,123,456 B2, WO2019/123456",
        "2019-2020, 1990-1991-1992, 2019-07-01",
        "CAS 7732-18-5; ISBN 978-7-04-012345-6; DOI 10.1016/0022-4596(90)12345-6",
        "400-800-1200 ℃",
        "营收13800000000元，出货 13912345678 件",
        "0.13812345678",
        "1e13, 6.02214076e23, 3.14159265358979",
        "身份编号110101199003071234",
        "微信小程序, 微信Android客户端, WeChat Pay",
        "电话交换机 2000 3000 台",
        "mA·mgIr‑1@1.9V, 300 K @ 1 bar",
        "浙B2-20080224",
        "tel, phone and mobile networks of 2019",
        "10.1000/0123-4567890",
        "+5 V, +120 ℃, 10+1234567",
    ],
)
def test_figures_stay(text: str) -> None:
    assert mask_contacts(text) == (text, 0)


_around = st.text(st.sampled_from("的是有和，。；、 请在中国ab"), max_size=12)
_digits = st.text(st.sampled_from("0123456789"), min_size=8, max_size=8)
_phones = st.one_of(
    st.builds(lambda first, rest: f"1{first}{rest[:9]}", st.sampled_from("3456789"), st.text("0123456789", min_size=9, max_size=9)),
    st.builds(lambda area, rest: f"0{area}-{rest}", st.sampled_from(["10", "21", "571", "755"]), _digits),
    st.builds(lambda user: f"{user}@example.org", st.text("abcdefgh", min_size=1, max_size=8)),
)
_quantities = st.builds(
    lambda low, high, unit: f"{low}-{high} {unit}",
    st.integers(0, 99999),
    st.integers(0, 99999),
    st.sampled_from(["MPa", "℃", "mm", "nm", "%", "kg", "元", "万元", "ppm", "Hz", "r/min"]),
)


@given(before=_around.filter(lambda text: not text or not text[-1].isascii() or text[-1] == " "), phone=_phones, after=_around)
def test_any_phone_or_mail_between_chinese_words_goes(before: str, phone: str, after: str) -> None:
    if after[:1].isascii() and after[:1].strip():
        after = " " + after
    masked, found = mask_contacts(before + phone + after)
    assert found == 1
    assert phone not in masked
    assert masked == before + MARK + after


@given(before=_around, quantity=_quantities, after=_around)
def test_any_quantity_stays(before: str, quantity: str, after: str) -> None:
    text = f"{before} {quantity} {after}"
    assert mask_contacts(text) == (text, 0)


@given(st.text(max_size=200))
def test_masking_twice_is_masking_once(text: str) -> None:
    once, _ = mask_contacts(text)
    assert mask_contacts(once) == (once, 0)


@pytest.mark.parametrize(
    "name", ["Phone", "E-mail", "contact person", "联系电话", "手机号", "邮箱", "微信号", "WeChat", "联系人", "fax no", "mobile"]
)
def test_contact_columns(name: str) -> None:
    assert is_contact_column(column_key(name))


@pytest.mark.parametrize("name", ["telescope", "title", "cellulose", "名称", "电压", "hotel", "mailbox_size", "faxonomy"])
def test_other_columns(name: str) -> None:
    assert not is_contact_column(column_key(name))


_numbers = st.text(st.sampled_from("0123456789 .-–—()（）\u00a0x电"), max_size=40)
_gaps = st.lists(st.sampled_from(["", " ", ". ", "-", "–", "—", "（", "） ", "\u00a0"]), min_size=6, max_size=6)


@given(_numbers, st.integers(0, 9), _gaps)
def test_the_quick_look_for_digits_passes_every_text_that_has_a_number(around: str, digit: int, gaps: list[str]) -> None:
    from ingest.cells import contacts

    text = around + "".join(f"{digit}{gap}" for gap in gaps) + f"{digit}" + around
    raw = text.encode()
    assert contacts._HAS_DIGITS.search(text)
    assert b"0000000" in raw.translate(contacts._ZEROS, contacts._GAPS)
