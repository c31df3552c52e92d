"""The rules for contact data, which is dropped or masked at the door: the forms of phone numbers, e-mail addresses, WeChat ids and QQ
numbers.

In: cleaned text and column names. Out: the text with each contact replaced by ``MARK`` and how many there were; whether a column holds
contact data. Next: ``ingest.cells.values`` masks texts; ``ingest.mapping.columns``, ``ingest.mapping.native`` and
``ingest.mapping.mapped`` drop columns; ``ingest.rejects``, ``ingest.report``, ``ingest.rows.aside`` and ``ingest.mapping.suggest`` mask
what they write.

The rules look for the *form* of a number (trunk prefix, grouping, a cue word before it), never for any long figure: pressures, patent
numbers, standards and years stay.
"""

from __future__ import annotations

import re

MARK = "[contact removed]"

_EMAIL = re.compile(r"(?<![\w.+-])[A-Za-z0-9][\w.+-]*[@＠](?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}(?![\w-])", re.ASCII)
# what follows a figure and makes it a quantity
_UNIT = (
    r"(?!\s?(?:[%‰°℃℉Ωµμ]|[元万亿吨米克度倍次年月日个台套件家]|(?:[kMGTmnµμ]?(?:Pa|Hz|eV|W|V|A|m|g|J|K|N|L|l)|bar|psi|[cd]m|ppm|rpm|mol|h|s|min"
    r"|years?|USD|EUR|CNY|RMB|dollars|people|units|cells|cycles|tons?)\b))"
)
_GAP = r"[ \u00a0.\-–—]?"
_NOT_BEFORE = r"(?<![\w.,/\\#$¥€£+-])"
_NOT_AFTER = r"(?![\w/]|[.,]\d|-\d)" + _UNIT
# a letter of an unbroken script may touch a number: 电话13812345678联系; Latin letters and digits may not
_NOT_BEFORE_ZH = r"(?<![A-Za-z0-9_.,/\\#$¥€£-])"
_NOT_AFTER_ZH = r"(?![A-Za-z0-9_/]|[.,]\d|-\d)" + _UNIT

_PHONES = tuple(
    re.compile(pattern)
    for pattern in (
        # Chinese mobile: 138 1234 5678, 0086-13812345678
        rf"{_NOT_BEFORE_ZH}(?:(?:\+|00)?86{_GAP})?1[3-9]\d{_GAP}\d{{4}}{_GAP}\d{{4}}{_NOT_AFTER_ZH}",
        # Chinese landline with its area code set apart: 0571-87654321, (010) 12345678-801, 400-820-8820
        rf"{_NOT_BEFORE_ZH}(?:(?:\+|00)?86{_GAP})?(?:[(（]0\d{{2,3}}[)）] ?|0\d{{2,3}}[ \-–—])\d{{7,8}}(?:[-转]\d{{1,6}})?{_NOT_AFTER_ZH}",
        rf"{_NOT_BEFORE_ZH}(?:400|800)-\d{{3}}-?\d{{4}}{_NOT_AFTER_ZH}",
        # international: a plus, a country code and 7 to 12 more digits
        rf"(?<![A-Za-z0-9_)\]+.,/])\+[1-9]\d{{0,2}}{_GAP}(?:\(\d{{1,4}}\){_GAP})?\d(?:{_GAP}\d){{6,11}}{_NOT_AFTER_ZH}",
        # North American: (301) 555-0123, 301-555-0123, 301.555.0123
        rf"{_NOT_BEFORE}(?:\([2-9]\d{{2}}\) ?[2-9]\d{{2}}[-. ]\d{{4}}|[2-9]\d{{2}}([-.])[2-9]\d{{2}}\1\d{{4}}){_NOT_AFTER}",
        # anything of 7 to 15 digits after a cue word
        r"(?P<cue>(?:(?:联系|咨询|服务|客服)?(?:电话|手机号?码?|热线|传真|座机)(?:号码?)?|联系方式)\s*[:：是为]?\s*"
        r"|\b(?i:tel|telephone|phone|mobile|cell|fax|whatsapp)(?: ?(?:no|number))?\.?\s*[:：]\s*)"
        rf"\+?[(（]?\d(?:[ \-–—.()（）]{{0,2}}\d){{6,14}}{_NOT_AFTER_ZH}",
    )
)
_HANDLES = (
    re.compile(
        r"(?P<cue>(?:加?微信(?:号|id)?|weixin|we ?chat(?: ?id)?|\b[vw]x)\s*(?:[:：]|[是为]|号)\s*)[A-Za-z][\w-]{4,19}(?![\w-])",
        re.IGNORECASE | re.ASCII,
    ),
    re.compile(
        r"(?P<cue>(?:加?微信号?|we ?chat(?: ?id)?)\s*[:：]?\s*)(?=[A-Za-z_-]*\d)[A-Za-z0-9][\w-]{5,19}(?![\w-])", re.IGNORECASE | re.ASCII
    ),
    re.compile(r"(?P<cue>\bQQ号?\s*[:：]?\s*)[1-9]\d{4,11}(?!\d)", re.IGNORECASE | re.ASCII),
)
_HAS_DIGITS = re.compile(r"[0-9](?:[ \u00a0.\-–—()（）]{0,2}[0-9]){6}")
_NO_DIGITS = bytes(one for one in range(256) if not 0x30 <= one <= 0x39)
_GAPS = " \u00a0.-–—()（）".encode()
"""The bytes of what may stand between two digits of a number (of other letters too, where they share a byte)."""
_ZEROS = bytes(0x30 if 0x30 <= one <= 0x39 else 0x78 for one in range(256))
_FOLDED = bytes(range(256)).lower().replace(b"v", b"w")
_HAS_WIDE = re.compile("[０-９＋－]")
_WIDE_DIGITS = str.maketrans("０１２３４５６７８９＋－", "0123456789+-")


def mask_contacts(text: str) -> tuple[str, int]:
    """``text`` with phone numbers, e-mail addresses and WeChat ids replaced by ``MARK``, and their number."""
    masked, total = text, 0
    if not text.isascii() and _HAS_WIDE.search(text):
        masked = text.translate(_WIDE_DIGITS)
    if "@" in masked or "＠" in masked:
        masked, total = _EMAIL.subn(MARK, masked)
    # passes in C tell most texts apart; an alternation would try every place in Python's regex machine
    raw = masked.encode("utf-8", "surrogatepass")
    if len(raw.translate(None, _NO_DIGITS)) >= 7 and b"0000000" in raw.translate(_ZEROS, _GAPS) and _HAS_DIGITS.search(masked):
        for pattern in _PHONES:
            masked, found = pattern.subn(_masked, masked)
            total += found
        raw = masked.encode("utf-8", "surrogatepass")
    folded = raw.translate(_FOLDED)  # small letters, and v as w
    if b"qq" in folded or b"wx" in folded or b"chat" in folded or b"weixin" in folded or "微信" in masked:
        for pattern in _HANDLES:
            masked, found = pattern.subn(_masked, masked)
            total += found
    return (masked, total) if total else (text, 0)


def phones_and_mails(text: str) -> tuple[list[str], list[str], str]:
    """The phone numbers and the mail addresses in ``text``, by the forms that are masked elsewhere, and what is left of it."""
    text = text.translate(_WIDE_DIGITS) if _HAS_WIDE.search(text) else text
    mails = [found[0] for found in _EMAIL.finditer(text)]
    text = _EMAIL.sub(" ", text)
    phones: list[str] = []
    for pattern in _PHONES:
        phones += [found[0].removeprefix(found.groupdict().get("cue") or "") for found in pattern.finditer(text)]
        text = pattern.sub(" ", text)
    return phones, mails, " ".join(text.split())


def _masked(found: re.Match[str]) -> str:
    return (found.groupdict().get("cue") or "") + MARK


_CONTACT_COLUMN = re.compile(
    r"(?:^|_)(?:e_?mails?|phones?|telephones?|tel|mobiles?|cell|fax|wechat|weixin|qq|whatsapp|contacts?|contact_(?:person|name|info))(?:$|_)"
    r"|电话|手机|邮箱|邮件|微信|传真|联系人|联系方式|ansprechpartner|ansprechperson|kontakt|telefon|handynummer"
)


def is_contact_column(name: str) -> bool:
    """Whether a column named ``name`` (as ``ingest.mapping.aliases.column_key`` gives it) holds contact data, which is dropped."""
    return bool(_CONTACT_COLUMN.search(name))
