"""Dates as people write them: ``2023年5月``, ``8 May 2023``, ``2024Q3``, ``2023年底``, a spreadsheet's serial number.

In: a cell. Out: a partial ISO date, or whether a deadline is said to be open. Next: ``ingest.cells.values`` reads the fields of dates by
it, ``ingest.rows.spread`` open deadlines, ``ingest.mapping.templates`` a mapping's own forms; ``ingest.mapping.profile`` tells what a
column's values look like. docs/cells.md lists what is read.

A period that has a last day (a quarter, a half year, the end of a month) becomes that day, since a partial date counts from the end of its
period too.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date as Day
from datetime import datetime, timedelta
from functools import lru_cache

from graph.dates import check_date, end_of_period
from graph.language import N_
from ingest.cells.broken import Broken
from ingest.cells.clean import with_digits

RULE = N_("must be a date: 2019, 2019-07, 2019-07-01, 2019/7/1 or 2019年7月1日")
DAY_RULE = N_("must be a day of the calendar")
ORDER_RULE = N_("may be day/month or month/day: give the form in a mapping")
RELATIVE_RULE = N_("must be a date of its own, not relative to another day")
SPAN_RULE = N_("must be one date, not a span of time")
SERIAL_RULE = N_("is the serial number of a date in a spreadsheet: format the column as dates")
_LENGTH = 60

_MONTHS_BY_NUMBER = """
jan january januar jänner|feb february februar|mar march mär märz mrz|apr april|may mai|jun june juni|jul july juli|aug august
sep sept september|oct october okt oktober|nov november|dec december dez dezember
"""
MONTHS = {
    word: number for number, words in enumerate(_MONTHS_BY_NUMBER.strip().replace("\n", "|").split("|"), start=1) for word in words.split()
}
"""English or German name of a month, folded -> its number."""
_MONTH = "|".join(sorted(MONTHS, key=lambda word: (-len(word), word)))

_ZONE = r"(?:Z|(?:UTC|GMT)?[+-]\d{2}:?\d{2}|UTC|GMT|MEZ|MESZ|CET|CEST|CST)"
_CLOCK = rf"(?:\d{{1,2}}:\d{{2}}(?::\d{{2}}(?:[.,]\d{{1,9}})?)?\s*(?:[ap]\.?m\.?)?\s*{_ZONE}?)"
_TIME = rf"(?:(?:T|\s+){_CLOCK})?"
_CLOCK_ZH = r"\d{1,2}[时点](?:\d{1,2}分?)?(?:\d{1,2}秒)?"
_TIME_ZH = rf"(?:\s*\(?(?:星期|周|礼拜)[一二三四五六日天]\)?)?(?:\s*(?:上午|下午|晚上?)?\s*(?:{_CLOCK}|{_CLOCK_ZH}))?"
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII)
_PLAIN = re.compile(
    rf"(?P<y>\d{{4}})(?:(?P<mark>[-/.])(?P<m>\d{{1,2}})(?:(?P=mark)(?P<d>\d{{1,2}}))?)?\.?{_TIME}"
    rf"|(?P<y2>\d{{4}})\s*年(?:度|内)?(?:\s*(?P<m2>\d{{1,2}})\s*月份?(?:\s*(?P<d2>\d{{1,2}})\s*[日号]?{_TIME_ZH})?)?"
    rf"|(?P<y3>\d{{4}})(?P<m3>\d\d)(?P<d3>\d\d){_TIME}"
    r"|(?P<y4>(?:19|20)\d\d)(?P<m4>0[1-9]|1[0-2])",
    re.ASCII | re.IGNORECASE,
)
_DAY_FIRST = re.compile(rf"(?P<a>\d{{1,2}})(?P<mark>[-/.])\s?(?P<b>\d{{1,2}})(?P=mark)\s?(?P<y>\d{{4}}){_TIME}", re.ASCII | re.IGNORECASE)
_MONTH_YEAR = re.compile(r"(?P<m>\d{1,2})[/.-](?P<y>\d{4})", re.ASCII)
_NAMED = re.compile(
    rf"(?:(?P<d>\d{{1,2}})(?:st|nd|rd|th|\.)?[\s-]*(?:of\s+)?)?(?P<m>{_MONTH})\.?,?[\s-]+(?P<y>\d{{4}}){_TIME}"
    rf"|(?P<m2>{_MONTH})\.?\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?(?:,\s*|\s+)(?P<y2>\d{{4}}){_TIME}"
    rf"|(?P<y3>\d{{4}})[\s-]+(?P<m3>{_MONTH})\.?(?:[\s-]+(?P<d3>\d{{1,2}}))?",
    re.ASCII | re.IGNORECASE,
)

# -- periods: their last day, as month and day

_QUARTER = {"一": 1, "二": 2, "三": 3, "四": 4, "first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
_NTH_QUARTER = r"(?P<q>[1-4一二三四])"
_PERIODS = tuple(
    re.compile(form, re.ASCII | re.IGNORECASE)
    for form in (
        rf"(?P<y>\d{{4}})\s*年?度?\s*第?\s*{_NTH_QUARTER}\s*季度?",
        rf"(?P<y>\d{{4}})\s*[年/-]?\s*Q\s?{_NTH_QUARTER}",
        rf"Q\s?{_NTH_QUARTER}\s*[/-]?\s*(?:of\s+)?(?P<y>\d{{4}})",
        rf"{_NTH_QUARTER}\.\s*Quartal\s+(?P<y>\d{{4}})",
        r"(?:the )?(?P<q>first|second|third|fourth|1st|2nd|3rd|4th) quarter(?: of|,)? (?P<y>\d{4})",
        r"(?P<y>\d{4})\s*年?度?\s*(?P<h>[上下])半年",
        r"(?P<y>\d{4})\s*[年/-]?\s*H\s?(?P<h>[12])",
        r"H\s?(?P<h>[12])\s*[/-]?\s*(?:of\s+)?(?P<y>\d{4})",
        r"(?P<h>[12])\.\s*Halbjahr\s+(?P<y>\d{4})",
        r"(?:the )?(?P<h>first|second|1st|2nd) half(?: of|,)? (?P<y>\d{4})",
        r"(?P<y>\d{4})\s*年?\s*(?P<end>年?底|年?末|年终)",
        r"(?:the )?(?P<end>end) (?:of )?(?P<y>\d{4})|(?P<end2>Ende) (?P<y2>\d{4})|(?P<end3>year-?end) (?P<y3>\d{4})",
        r"(?P<y>\d{4})\s*年?\s*(?P<mid>年?中)",
        r"(?P<mid>mid)[- ](?P<y>\d{4})|(?P<mid2>Mitte) (?P<y2>\d{4})",
        r"(?P<y>\d{4})\s*年\s*(?P<m>\d{1,2})\s*月份?\s*(?P<third>上旬|中旬|下旬|月底|月末|底|末)",
        r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})\s*月?(?P<third>上旬|中旬|下旬|月底|月末|底)",
        rf"(?:the )?(?P<third>end) (?:of )?(?P<name>{_MONTH}),? (?P<y>\d{{4}})|(?P<third2>Ende) (?P<name2>{_MONTH}) (?P<y2>\d{{4}})",
    )
)
_SECOND_HALF = frozenset(["下", "2", "second", "2nd"])
_LAST_DAY_OF_THIRD = {"上旬": "10", "中旬": "20"}

_RELATIVE = re.compile(
    r"[去今明后前本当来上]年|本月|[上下]个?月|[本上下]周|近期|近日|最近|尽快|尽早|目前|现在|当前|即日|立即|马上|今天|明天|昨天|随后|[天周月年][内后前]"
    r"|(?<![a-z])(?:next|last|this|current|previous|coming) "
    r"|(?<![a-z])(?:asap|as soon as possible|soon|recently|today|tomorrow|yesterday|now|immediately|shortly|within|ago"
    r"|sofort|baldmöglichst|demnächst|heute|(?:nächste|vorige|letzte|diese)[nsmr]?)(?![a-zäöü])",
    re.IGNORECASE,
)
_SPAN = re.compile(r"\d{4}.*(?:至|到|~|—|–|(?<=\s)-(?=\s)|\bto\b|\bbis\b|-).*\d{4}", re.IGNORECASE)
_UNTIL = re.compile(r"(?:截止到?|截至|至|于|by|until|bis(?: zum)?|due)\s*[:]?\s*(?=\d)", re.IGNORECASE)
_BEFORE = re.compile(r"(?<=[日号\d])\s*(?:前|之前|以前|止|截止|为止)$")
_OPEN = """
长期 长期有效 长期有效期 长期征集 长期招募 长期合作 长期需求 长年 不限 不限期 不限时间 时间不限 无限期 无期限 无固定期限 无截止日期
永久 永久有效 常年 常年有效 常年征集 随时 持续有效 持续征集 解决为止 直至解决 至解决为止 有效至解决
open open-ended open_ended open_until_filled rolling rolling_basis on_a_rolling_basis ongoing continuous permanent until_filled
until_solved no_deadline indefinite indefinitely unlimited
laufend unbefristet fortlaufend bis_auf_weiteres ohne_frist keine_frist dauerhaft jederzeit
"""
OPEN_ENDED = frozenset(word.replace("_", " ") for word in _OPEN.split())
"""Folded texts by which a deadline is said not to be there."""


def is_open_ended(text: str) -> bool:
    """Whether the text of a deadline says that there is none: ``长期有效``, ``rolling``, ``bis auf weiteres``."""
    if len(text) > _LENGTH:
        return False
    return " ".join(unicodedata.normalize("NFKC", text).casefold().strip(" 。.!").split()) in OPEN_ENDED


def date(value: object) -> str:
    """A partial ISO date from any of the written forms, or from a number cell: a year, or a spreadsheet's serial number of a day.

    Raises Broken with the rule.
    """
    if isinstance(value, str):
        return date_text(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Broken(RULE)
    return _date_of_number(value)


_FIRST_SERIAL, _LAST_SERIAL = 20_000, 80_000
_SERIAL_ZERO = Day(1899, 12, 30)
"""Day 0 of the 1900 system for all days after its February 29, 1900, which never was."""


def _date_of_number(value: float) -> str:
    if _FIRST_SERIAL <= value <= _LAST_SERIAL:
        return (_SERIAL_ZERO + timedelta(days=int(value))).isoformat()
    if not float(value).is_integer():
        raise Broken(RULE)
    if 1900 <= value <= 2100:
        return str(int(value))
    if 1e5 <= value < 1e8:  # 202305, 20230508
        return date_text(str(int(value)))
    raise Broken(RULE)


@lru_cache(maxsize=50_000)
def date_text(text: str, formats: tuple[str, ...] = ()) -> str:
    """A partial ISO date. ``formats`` are further forms of whole dates, as ``strptime`` reads them; they go before all others.

    Raises Broken with the rule.
    """
    if not formats and _ISO.fullmatch(text):
        return _checked(text)
    plain = with_digits(unicodedata.normalize("NFKC", text).strip())
    for form in formats:
        try:
            return datetime.strptime(plain, form).date().isoformat()
        except ValueError:
            continue
    if len(plain) > _LENGTH:
        raise Broken(RULE)
    found = _PLAIN.fullmatch(plain)
    if found:
        return _joined(*_first(found, "y", "m", "d"))
    found = _NAMED.fullmatch(plain)
    if found:
        year, month, day = _first(found, "y", "m", "d")
        return _joined(year, str(MONTHS[str(month).casefold()]), day)
    return _numbered(plain) or _period(plain) or _by_day(plain) or _refused(plain)


def is_ambiguous(text: str) -> bool:
    """Whether ``text`` is a date that day/month and month/day both allow."""
    try:
        date_text(text)
    except Broken as error:
        return error.rule == ORDER_RULE
    return False


def _first(found: re.Match[str], *names: str) -> list[str | None]:
    """Of each name (``y``, or ``y2``, ``y3``, ... of other forms), what it matched."""
    groups = found.groupdict()
    return [next((groups[one] for one in (name, *(f"{name}{at}" for at in (2, 3, 4))) if groups.get(one)), None) for name in names]


def _joined(year: str | None, month: str | None = None, day: str | None = None) -> str:
    return _checked("-".join(part.zfill(2) for part in (year, month, day) if part))


def _checked(text: str) -> str:
    try:
        return check_date(text)
    except ValueError:
        raise Broken(DAY_RULE) from None


def _numbered(text: str) -> str | None:
    """Day and month before the year: where dots stand the day is first; where slashes or hyphens do, the numbers tell."""
    found = _DAY_FIRST.fullmatch(text)
    if not found:
        found = _MONTH_YEAR.fullmatch(text)
        return _joined(found["y"], found["m"]) if found else None
    first, second = int(found["a"]), int(found["b"])
    if found["mark"] != "." and first != second:
        if first <= 12 and second <= 12:
            raise Broken(ORDER_RULE)
        if first <= 12:
            first, second = second, first
    return _joined(found["y"], str(second), str(first))


def _period(text: str) -> str | None:
    """The last day of a quarter, a half, a year, a month or a third of a month."""
    for form in _PERIODS:
        found = form.fullmatch(text)
        if not found:
            continue
        year, quarter, half, month, third, name, middle = _first(found, "y", "q", "h", "m", "third", "name", "mid")
        if quarter:
            number = _QUARTER.get(quarter.casefold()) or int(quarter)
            return _last_day(f"{year}-{number * 3:02}")
        if half:
            return _last_day(f"{year}-12" if half.casefold() in _SECOND_HALF else f"{year}-06")
        if third:
            whole = _joined(year, month or str(MONTHS[str(name).casefold()]))
            return f"{whole}-{_LAST_DAY_OF_THIRD[third]}" if third in _LAST_DAY_OF_THIRD else _last_day(whole)
        return _last_day(f"{year}-06" if middle else f"{year}-12")
    return None


def _last_day(month: str) -> str:
    return end_of_period(_checked(month)).isoformat()


def _by_day(text: str) -> str | None:
    """A day that is named as the last: ``2024年12月31日前``, ``bis 31.12.2024``. 2019年以前 is no date."""
    bare = _UNTIL.sub("", _BEFORE.sub("", text), count=1) if _UNTIL.match(text) or _BEFORE.search(text) else text
    if bare == text or not bare:
        return None
    read = date_text(bare)
    return read if len(read) == 10 else None


def _refused(text: str) -> str:
    if _RELATIVE.search(text):
        raise Broken(RELATIVE_RULE)
    if _SPAN.search(text):
        raise Broken(SPAN_RULE)
    raise Broken(SERIAL_RULE if re.fullmatch(r"[2-7]\d{4}(?:\.\d+)?", text, re.ASCII) else RULE)
