"""Amounts of money as people write them: ``30-50万``, ``不低于80万元``, ``2,5 Mio. EUR``, ``面议``.

In: a cell; perhaps the unit that its column's header names (``最低预算（万元）``). Out: ``Money``, the lowest and the highest amount in
major units with their currency; None where the cell says that no amount is stated. Next: ``ingest.rows.spread`` reads ranges and
currencies by it, ``ingest.cells.values.amount`` a field of one amount, ``ingest.mapping.columns`` the unit of a header. docs/cells.md lists
what is read.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from graph.language import N_
from ingest.cells.broken import Broken
from ingest.cells.clean import with_digits
from ingest.cells.currencies import CODES, PATTERN, WEAK, currency_code
from ingest.cells.placeholders import is_placeholder

RULE = N_("must be an amount of 0 or more, such as 1200000, 1,200,000.50 or 120万")
RANGE_RULE = N_("the first amount must not be above the second")
TWO_RULE = N_("must be one amount or one range, not several amounts")
RATE_RULE = N_("must be an amount in all, not for a year, an hour or a piece")
PERCENT_RULE = N_("must be an amount, not a percentage")
SHARES_RULE = N_("must be an amount, not shares in a firm")
CURRENCY_RULE = N_("must be in one currency")
DOT_RULE = N_("may be a thousand or a decimal: write 1200 or 1.2")
UNIT_RULE = N_("names a currency but not the unit of its column: write it in full, such as 500000元 or 50万元")
LIMIT = 10**15
"""No amount is above it."""
_LENGTH = 100


class Money(NamedTuple):
    """From ``low`` to ``high`` in major units of ``currency`` (ISO 4217); None where it has no such end, or names no currency."""

    low: float | None
    high: float | None
    currency: str | None


_NOT_STATED = """
面议 面洽 面谈 另议 再议 电议 详谈 详议 洽谈 议价 价格面议 协商 协商确定 协商定价 双方协商 可协商 待协商 可议 可面议 可谈 待议 待商议
待报价 待评估 暂不确定 不确定 不限 无限制 视情况 视情况而定 视项目而定 视具体情况而定 根据实际情况 根据项目情况
on_request price_on_request upon_request on_application by_agreement by_arrangement to_be_agreed to_be_negotiated to_be_determined
to_be_discussed to_be_confirmed negotiable by_negotiation tbn open poa
vb vhb auf_anfrage preis_auf_anfrage nach_vereinbarung nach_absprache verhandlungsbasis verhandelbar verhandlungssache offen
"""
NOT_STATED = frozenset(word.replace("_", " ") for word in _NOT_STATED.split())
"""Folded texts that say that no amount is stated; so does every placeholder."""
_FREE = """
免费 无偿 无偿转让 无偿许可 无偿使用 免费许可 免费转让 免费开放 免费使用 不收费 free free_of_charge no_charge at_no_cost for_free
kostenlos gratis unentgeltlich
"""
FREE = frozenset(word.replace("_", " ") for word in _FREE.split())
"""Folded texts that mean 0."""
REMARKS = """含税 不含税 税前 税后 面议 可议 可面议 可协商 可谈 协商 incl._vat excl._vat plus_vat zzgl._mwst. inkl._mwst. netto brutto net
gross negotiable vb vhb"""
"""Words after an amount that leave it as it is."""
LABELS = """转让价格 转让价款 转让费 转让价 许可费 交易价格 交易金额 合同金额 合同额 项目经费 项目预算 总经费 总预算 总金额 总价
总额 意向价 挂牌价 参考价 一口价 价格 报价 预算 金额 经费 费用 price budget amount preis"""
"""Words before an amount that say only that it is one."""

# -- the words of an amount

SCALES = {
    "百": 10**2, "千": 10**3, "万": 10**4, "十万": 10**5, "百万": 10**6, "千万": 10**7, "亿": 10**8, "十亿": 10**9, "百亿": 10**10,
    "千亿": 10**11, "万亿": 10**12, "w": 10**4, "k": 10**3, "thousand": 10**3, "tsd": 10**3, "tausend": 10**3, "t": 10**3,
    "m": 10**6, "mn": 10**6, "mio": 10**6, "million": 10**6, "millions": 10**6, "millionen": 10**6,
    "bn": 10**9, "billion": 10**9, "mrd": 10**9, "milliarde": 10**9, "milliarden": 10**9,
}  # fmt: skip
"""Word for a power of ten -> its value. ``t`` counts only right before a currency (T€, TEUR); ``w`` is how 万 is typed in haste."""
_GERMAN = frozenset(["tsd", "tausend", "t", "mio", "millionen", "mrd", "milliarde", "milliarden"])
"""Words beside which a dot may part thousands and a comma decimals."""
_BARE_UNITS = frozenset(["m", "t", "w"])
"""Scales that in a header may mean something else where no currency is beside them."""
LOW = """不低于 不少于 不小于 至少 最低 最少 高于 超过 大于 多于 起价 起步价 底价 >= => > ≥ ⩾ min. min minimum at_least not_less_than
no_less_than more_than over above mindestens über ab"""
HIGH = """不高于 不超过 不多于 不大于 至多 最高 最多 低于 少于 小于 <= =< < ≤ ⩽ max. max maximum up_to at_most not_more_than no_more_than
less_than under below bis_zu höchstens maximal"""
LOW_AFTER = "以上 及以上 起 起步 or_more and_above and_more +"
HIGH_AFTER = "以内 之内 以下 及以下 封顶 or_less"
AROUND = "约为 大约 大概 约 近 预计 估计 暂定 左右 上下 approx. approx approximately ca. ca circa about around roughly etwa rund ungefähr ≈"


def _alternatives(words: str) -> str:
    return "|".join(
        (r"(?<![a-z])" if word[0].isalpha() and word[0] < "\u0400" else "")
        + re.escape(word).replace("_", r"\s+")
        + (r"(?![a-zäöü])" if word[-1].isalpha() and word[-1] < "\u0400" else "")
        for word in sorted(words.split(), key=lambda word: (-len(word), word))
    )


_SCALE = "|".join(
    [r"[ktm](?=(?:eur|usd|gbp|chf|cny|rmb|hkd|jpy|us\$|€|\$|£|¥)(?![a-z]))", r"t(?=\s(?:eur|€))"]
    + [re.escape(word) for word in sorted(SCALES, key=lambda word: -len(word)) if not word.isascii()]
    + [rf"(?<![a-z]){word}(?![a-z])\.?" for word in sorted(SCALES, key=lambda word: -len(word)) if word.isascii() and word != "t"]
)
_TOKEN = re.compile(
    r"(?P<number>\d{1,3}(?: \d{3})+(?:[.,]\d+)?(?!\d)|\d+(?:[.,'’]\d+)*(?:e[+-]?\d{1,3}(?!\d))?)"
    rf"|(?P<low>{_alternatives(LOW)})|(?P<high>{_alternatives(HIGH)})"
    rf"|(?P<low_after>{_alternatives(LOW_AFTER)})|(?P<high_after>{_alternatives(HIGH_AFTER)})"
    rf"|(?P<around>{_alternatives(AROUND)})"
    rf"|(?P<from>{_alternatives('between zwischen 介于 from von 从 自')})"
    rf"|(?P<range>[-–—−~〜]+|至|到|{_alternatives('to bis')})"
    rf"|(?P<and>{_alternatives('and und 和 与 且 但 , ; /')})"
    rf"|(?P<scale>{_SCALE})|(?P<currency>{PATTERN})"
    r"|(?P<fill>\s+|之间|整|正)",
    re.IGNORECASE,
)
_UNIT = rf"(?:{_SCALE}|{PATTERN}|\s)+"
_RATE = re.compile(
    r"[/每]\s*[^\d\s]|一年|(?<![a-z])(?:per|p\.\s?a\.|pro|annually|yearly|monthly|jährlich|an? (?:year|month|day|hour))(?![a-z])",
    re.IGNORECASE,
)
_PERCENT = re.compile(r"[%‰]|提成|分成|百分|percent|prozent", re.IGNORECASE)
_SHARES = re.compile(r"入股|股权|股份|(?<![a-z])(?:equity|shares)(?![a-z])", re.IGNORECASE)
_UNIT_IN_BRACKETS = re.compile(rf"[(\[]({_UNIT})[)\]]", re.IGNORECASE)
_LABEL = re.compile(rf"(?:{_alternatives(LABELS)})\s*[:为]?\s*(?=\S)", re.IGNORECASE)
_REMARK = re.compile(rf"[\s,;]*[(\[]?(?:{_alternatives(REMARKS)})[)\]]?$", re.IGNORECASE)
BARE = re.compile(r"[0-9]{1,14}(?:\.[0-9]{1,6})?")
"""A plain number, as most amounts are written."""
_SHORT = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,6})?)(?:[-~至]([0-9]{1,12}(?:\.[0-9]{1,6})?))?(?:元|([万亿])元?)")
"""The usual forms in Chinese, which take a tenth of the time so."""
_ENGLISH = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?(?:e[+-]?\d+)?", re.IGNORECASE)
_EUROPEAN = re.compile(r"\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}|\d+,\d+")
_SPACED = re.compile(r"\d{1,3}(?:[ '’]\d{3})+(?:[.,]\d+)?")
_AMBIGUOUS = re.compile(r"\d{1,3}[.,]\d{3}")


@dataclass(slots=True)
class _Amount:
    """A number with the words that belong to it."""

    digits: str
    scales: list[str]
    has_unit_after: bool = False
    bound: str = ""


def read_money(value: object) -> Money | None:
    """The amount or the range of amounts that a cell states; None where it says that it states none (``面议``, ``on request``).

    Raises Broken with the rule.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        if not 0 <= value <= LIMIT:
            raise Broken(RULE)
        return Money(float(value), float(value), None)
    if not isinstance(value, str) or len(value) > _LENGTH:
        raise Broken(RULE)
    if BARE.fullmatch(value):
        return Money(float(value), float(value), None)
    found = _SHORT.fullmatch(value)
    if found:
        low, high, scale = found[1], found[2] or found[1], Decimal(SCALES.get(found[3], 1))
        return _ordered(Decimal(low) * scale, Decimal(high) * scale)
    return _read(value)


def _ordered(low: Decimal, high: Decimal) -> Money:
    if low > high:
        raise Broken(RANGE_RULE)
    if high > LIMIT:
        raise Broken(RULE)
    return Money(float(low), float(high), "CNY")


@lru_cache(maxsize=20_000)
def _read(value: str) -> Money | None:
    text = _undressed(value)
    folded = " ".join(text.casefold().split())
    if folded in FREE:
        return Money(0.0, 0.0, None)
    if folded in NOT_STATED or is_placeholder(text) or is_placeholder(value):
        return None
    text = _REMARK.sub("", text)
    if not text:
        return None
    for rule, form in ((PERCENT_RULE, _PERCENT), (SHARES_RULE, _SHARES), (RATE_RULE, _RATE)):
        if form.search(text):
            raise Broken(rule)
    return _money(_tokens(text))


def _undressed(value: str) -> str:
    """The text in NFKC without a label before the amount, marks after it, and brackets around a unit."""
    text = with_digits(unicodedata.normalize("NFKC", value).strip(" \t\n\r。;,:!、"))
    text = _UNIT_IN_BRACKETS.sub(r" \1 ", text)
    return _LABEL.sub("", text, count=1) if _LABEL.match(text) else text


def _tokens(text: str) -> list[tuple[str, str, int]]:
    """The words of ``text`` as (sort, word, where it ends). Raises Broken at what is no word of an amount."""
    found, at = [], 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if not token:
            raise Broken(RULE)
        at = token.end()
        if token.lastgroup == "currency" and currency_code(token[0]) is None:
            raise Broken(RULE)
        if token.lastgroup != "fill":
            found.append((str(token.lastgroup), token[0], at))
    return found


def _money(tokens: list[tuple[str, str, int]]) -> Money:
    found = _Amounts()
    for sort, word, _ in tokens:
        found.take(sort, word)
    found.close()
    code = _currency([word for sort, word, _ in tokens if sort == "currency"], found.amounts)
    values = _values(found.amounts, code)
    bounds = [one.bound for one in found.amounts]
    if len(values) == 1:
        return Money(None if bounds == ["high"] else values[0], None if bounds == ["low"] else values[0], code)
    is_range = found.joints == ["range"] and bounds == ["", ""]
    is_bounded = found.joints in ([""], ["and"]) and bounds == ["low", "high"]  # 不低于30万，不超过50万
    if not (is_range or is_bounded):
        raise Broken(TWO_RULE)
    if values[0] > values[1]:
        raise Broken(RANGE_RULE)
    return Money(values[0], values[1], code)


class _Amounts:
    """The amounts of a text, as one word after the other is taken; ``joints``: ``range``, ``and`` or nothing between two of them."""

    def __init__(self) -> None:
        self.amounts: list[_Amount] = []
        self.joints: list[str] = []
        self._scales: list[str] = []  # before their number: T€ 50
        self._bound, self._is_span = "", False

    def take(self, sort: str, word: str) -> None:
        if sort == "number":
            if self._is_after:
                self.joints.append("")
            self.amounts.append(_Amount(word, self._scales, bound=self._bound))
            self._scales, self._bound = [], ""
        elif sort in ("scale", "currency"):
            self._unit(sort, word)
        elif sort in ("low", "high", "low_after", "high_after"):
            self._limit(sort)
        elif sort == "from":
            self._is_span = True
        elif sort in ("range", "and"):
            self._joint(sort, word)

    def close(self) -> None:
        """Give what is left to the last amount (``50k max.``). Raises Broken where there is none to take it."""
        if not self._is_after or self._scales:
            raise Broken(RULE)
        last = self.amounts[-1]
        if self._bound:
            self._bound, last.bound = "", self._once(last.bound, self._bound)
        if self._is_span and len(self.amounts) == 1 and not last.bound:
            last.bound = "low"

    @property
    def _is_after(self) -> bool:
        """Whether a number was taken and nothing that joins it to another."""
        return len(self.amounts) == len(self.joints) + 1

    def _unit(self, sort: str, word: str) -> None:
        is_after = self._is_after and not self._bound
        if is_after:
            self.amounts[-1].has_unit_after = True
        if sort == "scale":
            (self.amounts[-1].scales if is_after else self._scales).append(word)

    def _limit(self, sort: str) -> None:
        if not sort.endswith("_after"):
            self._bound = self._once(self._bound, sort)
        elif self._is_after:
            self.amounts[-1].bound = self._once(self.amounts[-1].bound, sort.removesuffix("_after"))
        else:
            raise Broken(RULE)

    def _joint(self, sort: str, word: str) -> None:
        if self._is_after:
            self.joints.append("range" if self._is_span and sort == "and" and not self.joints else sort)
        elif self.amounts or word.casefold() not in ("~", "〜", "bis"):  # about 50, and up to 50
            raise Broken(RULE)
        elif word.casefold() == "bis":
            self._bound = self._once(self._bound, "high")

    @staticmethod
    def _once(before: str, bound: str) -> str:
        if before:
            raise Broken(RULE)
        return bound


def _currency(words: list[str], amounts: list[_Amount]) -> str | None:
    strong = {currency_code(word) for word in words if word.casefold() not in WEAK}
    named = strong or {currency_code(word) for word in words}
    if len(named) > 1:
        raise Broken(CURRENCY_RULE)
    if named:
        return next(iter(named))
    return "CNY" if any(_is_chinese(scale) for one in amounts for scale in one.scales) else None


def _is_chinese(scale: str) -> bool:
    return not scale.isascii() or scale in ("w", "W")


def _values(amounts: list[_Amount], code: str | None) -> list[float]:
    """The numbers of all amounts; the unit behind the last, or before the first, goes for those that have none."""
    first, last = amounts[0], amounts[-1]
    before = [] if first.has_unit_after else first.scales
    values = []
    for one in amounts:
        scales = one.scales or ([] if one.has_unit_after else before or last.scales)
        if len(scales) > 1:
            raise Broken(RULE)
        scale = scales[0].casefold().rstrip(".") if scales else ""
        number = _figure(one.digits, code, scale) * SCALES.get(scale, 1)
        if number > LIMIT:
            raise Broken(RULE)
        values.append(float(number))
    return values


def _figure(digits: str, code: str | None, scale: str) -> Decimal:
    """The number that ``digits`` write: a point before decimals, or a comma where no Chinese unit is beside it."""
    is_chinese = code in ("CNY", None) and _is_chinese(scale)
    is_foreign = code not in ("CNY", None)
    if _AMBIGUOUS.fullmatch(digits) and (scale in _GERMAN or (is_foreign and not scale and "." in digits)):
        raise Broken(DOT_RULE)
    if _ENGLISH.fullmatch(digits):
        plain = digits.replace(",", "")
    elif _EUROPEAN.fullmatch(digits) and not is_chinese and (code != "CNY" or "." in digits):
        plain = digits.replace(".", "").replace(",", ".")
    elif _SPACED.fullmatch(digits) and (is_foreign or " " not in digits):
        plain = re.sub("[ '’]", "", digits).replace(",", ".")
    else:
        raise Broken(RULE)
    return Decimal(plain)


# -- the unit of a column

_BRACKETS = re.compile(r"[(\[{【]([^()\[\]{}【】]*)[)\]}】]")
_BEFORE_UNIT = re.compile(r"^\s*(?:(?:单位|币种|货币|计量单位|unit|currency)\s*[:为]?|in\s)\s*", re.IGNORECASE)
_CNY_BEFORE = re.compile(r"^(?:人民币|RMB|CNY)\s*[:]?\s*(?=[十百千万亿元])", re.IGNORECASE)
_WHOLE_UNIT = re.compile(rf"({_UNIT})((?:/|每|\sper\s)\s*[^\W\d]+)?", re.IGNORECASE)
_HEADER_PARTS = re.compile(r"(?<=[/,:;|_])|(?<=\bin )|(?<=\s)", re.IGNORECASE)
_CHINESE_END = re.compile(r"(?:[十百千]?[万亿]|千)(?:元|[美欧日港]元)(?:人民币)?$")


@lru_cache(maxsize=1_000)  # every kind of table is asked about the same header
def unit_of(header: str) -> str | None:
    """The unit of money that a column's header names: ``最低预算（万元）`` 万元, ``Budget in TEUR`` TEUR; None where it names none.

    A rate (``许可费（万元/年）``) is a unit too: its amounts then break the rule for rates.
    """
    if len(header) > _LENGTH:
        return None
    text = unicodedata.normalize("NFKC", header).strip()
    outside = _BRACKETS.sub(" ", text).strip()
    inside = [part for found in _BRACKETS.findall(text) for part in (found, *re.split("[,;、]", found))]
    behind = [outside[cut.start() :] for cut in _HEADER_PARTS.finditer(outside) if cut.start()]
    end = _CHINESE_END.search(outside)
    for one in (*inside, outside if _BEFORE_UNIT.match(outside) else "", *behind, end[0] if end else ""):
        unit = _CNY_BEFORE.sub("", _BEFORE_UNIT.sub("", one)).strip()
        whole = _WHOLE_UNIT.fullmatch(unit)
        if whole and _is_unit(whole[1]):
            return unit
    return None


def _is_unit(text: str) -> bool:
    try:
        scale, code, _ = _unit(_tokens(text))
    except Broken:
        return False
    return code is not None or (scale is not None and scale.casefold().rstrip(".") not in _BARE_UNITS)


def _unit(tokens: list[tuple[str, str, int]]) -> tuple[str | None, str | None, str | None]:
    """The scale, the currency as a code, and the currency as it is written, that are named among ``tokens``; None for what is not."""
    scale = next((word for sort, word, _ in tokens if sort == "scale"), None)
    words = [word for sort, word, _ in tokens if sort == "currency"]
    strong = [word for word in words if word.casefold() not in WEAK] or words
    return scale, currency_code(strong[0]) if strong else None, strong[0] if strong else None


def with_unit(value: object, unit: str | None) -> object:
    """``value`` with the unit of its column, where it is a number or a range that names none: ``50`` of ``万元`` is ``50万元``.

    Raises Broken where it names a currency alone and the column counts in thousands or more (``¥50`` of ``万元``).
    """
    if unit is None or isinstance(value, bool) or not isinstance(value, int | float | str):
        return value
    if not isinstance(value, str):
        text = f"{value:.15g}" if math.isfinite(value) else ""
        text = f"{text}0" if _AMBIGUOUS.fullmatch(text) else text
        return f"{text}{_apart(unit)}{unit}" if text else value
    text = _REMARK.sub("", _undressed(value))
    try:
        tokens = _tokens(text)
        column = _unit(_tokens(re.split("/|每|per", unit)[0]))
    except Broken:
        return value
    ends = [end for sort, _, end in tokens if sort == "number"]
    scale, code, word = _unit(tokens)
    if not ends or (scale and code):
        return value
    if scale:
        own = "CNY" if _is_chinese(scale) else None
        return value if column[1] in (None, own) else f"{text} {column[1]}"
    if word:
        if column[0] is None or (word.isalpha() and word.casefold() not in ("rmb", "人民币") and word not in CODES):
            return value
        raise Broken(UNIT_RULE)
    return f"{text[: ends[-1]]}{_apart(unit)}{unit}{text[ends[-1] :]}"


def _apart(unit: str) -> str:
    return " " if unit[0].isascii() and unit[0].isalpha() else ""
