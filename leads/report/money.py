"""Money of a report: whole numbers of a currency's minor unit, never two currencies in one sum.

In: an amount of a node in major units. Out: its minor units; a ``Decimal`` or a text of them. Next: ``leads.report.facts`` counts in minor
units, ``leads.report.markdown`` and ``leads.report.workbook`` show major ones.

    300000.5 CNY = 30000050 fen        1200 JPY = 1200 yen (no minor unit)        1.5 KWD = 1500 fils

How many digits a currency has: ISO 4217, as its list one has it; a test compares these with Babel's (Unicode CLDR).
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

_DIGITS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_OF = {currency: digits for digits, currencies in _DIGITS.items() for currency in currencies.split()}
_USUAL = 2


def digits(currency: str) -> int:
    """Digits behind the point of a currency; of one that is not known, two."""
    return _OF.get(currency, _USUAL)


def minor(amount: float, currency: str) -> int:
    """An amount in major units as minor units; what is finer is rounded to the nearest, a half to the even one."""
    scaled = Decimal(str(amount)).scaleb(digits(currency))
    return int(scaled.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def major(units: int, currency: str) -> Decimal:
    """Minor units as an exact number of major ones."""
    return Decimal(units).scaleb(-digits(currency))


def amount_text(units: int, currency: str) -> str:
    """The same as a text with thousands parted: ``300,000.50``."""
    return f"{major(units, currency):,}"
