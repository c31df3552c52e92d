"""Currencies as people write them.

In: a sign, a word or a code. Out: the ISO 4217 code. Next: ``ingest.cells.money`` finds them in amounts, ``ingest.cells.values`` reads a
column of currencies by them.
"""

from __future__ import annotations

import re

_ISO_4217 = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC
CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD
JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD
NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP
SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG
"""
CODES = frozenset(_ISO_4217.split())

_WORDS_BY_CODE = {
    "CNY": "cny rmb cn¥ rmb¥ ¥ 元 圆 块 人民币 人民币元 元人民币 yuan renminbi",
    "USD": "usd us$ $ 美元 美金 us_dollar us_dollars dollar dollars",
    "EUR": "eur € 欧元 欧 euro euros",
    "GBP": "gbp £ 英镑 pound_sterling pounds_sterling pound pounds",
    "JPY": "jpy jp¥ 日元 日圆 円 yen",
    "HKD": "hkd hk$ 港币 港元",
    "CHF": "chf sfr sfr. 瑞士法郎 瑞郎 swiss_franc swiss_francs",
    "TWD": "twd nt$ 新台币 台币",
    "SGD": "sgd s$ 新加坡元 新元 新币",
    "AUD": "aud a$ 澳元 澳大利亚元",
    "CAD": "cad c$ 加元 加拿大元",
    "KRW": "krw ₩ 韩元",
    "INR": "inr ₹ 印度卢比",
    "RUB": "rub ₽ 卢布",
    "MOP": "mop 澳门元 葡币",
    "SEK": "sek 瑞典克朗",
    "NOK": "nok 挪威克朗",
    "DKK": "dkk 丹麦克朗",
}
WORDS = {word.replace("_", " "): code for code, words in _WORDS_BY_CODE.items() for word in words.split()}
"""Sign, word or usual code, folded -> code."""
WEAK = frozenset(["¥", "$", "元", "圆", "块", "dollar", "dollars", "pound", "pounds"])
"""Words that several currencies share: they give way to another that is named beside them (``100万元港币``, ``50$ CAD``)."""


def _bounded(word: str) -> str:
    left = r"(?<![a-z])" if word[0].isascii() and word[0].isalpha() else ""
    right = r"(?![a-z])" if word[-1].isascii() and word[-1].isalpha() else ""
    # a code may follow the letter of a scale: kEUR, TUSD
    left = rf"(?:{left}|(?<=\b[ktm])|(?<=\d[ktm]))" if left and word.upper() in CODES else left
    return left + re.escape(word).replace(r"\ ", r"\s?") + right


PATTERN = "|".join(map(_bounded, sorted(WORDS, key=lambda word: (-len(word), word)))) + r"|(?<![a-z])(?-i:[A-Z]{3})(?![a-z])"
"""A regular expression (for ``re.IGNORECASE``) of every word, the longest first, and of three capitals, which may be a code."""


def currency_code(text: str) -> str | None:
    """The ISO 4217 code that ``text`` (in NFKC) names or is, else None."""
    found = WORDS.get(" ".join(text.casefold().split()))
    return found or (text if text in CODES else None)
