"""Cells that say several things at once: a price with its range and currency, a maturity with its word, an open deadline.

In: cells by field name as a form gives them, among them ``WIDE`` columns, which no row has as a field. Out: cells by native field, and the
problems of cells that cannot be read. Next: ``ingest.rows.aside`` validates them.

``price`` and ``budget`` are ranges of money: ``30-50万`` is 300,000 to 500,000 CNY, a single amount is both ends, ``不低于80万`` the lower
end alone. A currency that an amount names is the row's, unless its currency column says another.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress

from graph.language import Message
from ingest.cells import words
from ingest.cells.broken import Broken
from ingest.cells.clean import clean_text
from ingest.cells.dates import is_open_ended
from ingest.cells.maturity import read_maturity
from ingest.cells.money import read_money
from ingest.cells.names import split_people
from ingest.cells.registers import licence_forms
from ingest.cells.values import currency, parts_of
from ingest.rows.models import Kind, Problem, columns_of

_RENMINBI = re.compile("人民币|RMB|CNY|[¥￥]", re.IGNORECASE)
_AMOUNTS = ("price_min", "price_max", "budget_min", "budget_max", "amount", "technology_amount")


def spread(kind: Kind, fields: Mapping[str, object]) -> tuple[Mapping[str, object], list[Problem]]:
    """``fields`` with native fields only; a cell that cannot be read is left out and told."""
    if fields.keys().isdisjoint(_NAMES[kind]):
        return fields, []
    todo = [(name, read) for name, read in _READERS[kind] if name in fields]
    left = dict(fields)
    problems: list[Problem] = []
    for name, read in todo:
        value = left.pop(name)
        try:
            made = read(name, value, left)
        except Broken as broken:
            problems.append(Problem(name, broken.rule))
            continue
        left.update(made)
    return left, problems


def _range(name: str, value: object, left: Mapping[str, object]) -> dict[str, object]:
    money = read_money(value)
    if money is None:
        return {}
    ends = {f"{name}_min": money.low, f"{name}_max": money.high}
    taken = [one for one, amount in ends.items() if amount is not None and one in left]
    if taken:
        raise Broken(Message("says the same as {taken}", taken=taken[0]))
    return {one: amount for one, amount in ends.items() if amount is not None} | _currency(money.currency, value, left)


def _amount(name: str, value: object, left: Mapping[str, object]) -> dict[str, object]:
    if not isinstance(value, str) or value.isdecimal():
        return {name: value}  # the row names the rule
    money = read_money(value)
    if money is None:
        return {}
    if money.low != money.high and not (name.endswith("_min") and money.high is None) and not (name.endswith("_max") and money.low is None):
        raise Broken("must be one amount, not a range")
    return {name: money.low if money.low is not None else money.high} | _currency(money.currency, value, left)


def _currency(named: str | None, value: object, left: Mapping[str, object]) -> dict[str, object]:
    """The row's currency by an amount that names one; a column of its own goes before, and must not say another one."""
    if named is None or "currency" not in left:
        return {"currency": named} if named else {}
    try:
        said = currency(left["currency"])
    except Broken:
        return {}
    if said != named and not (named == "CNY" and isinstance(value, str) and not _RENMINBI.search(value)):  # 元 alone is any currency's
        raise Broken("is in another currency than the currency column says")
    return {}


def _trl(name: str, value: object, left: Mapping[str, object]) -> dict[str, object]:
    trl, word = read_maturity(value)
    made: dict[str, object] = {} if trl is None else {name: trl}
    if word and "maturity" not in left and name == "trl":
        made["maturity"] = word
    return made


def _maturity(name: str, value: object, left: Mapping[str, object]) -> dict[str, object]:
    trl, word = read_maturity(value)
    made: dict[str, object] = {name: word} if word else {}
    if trl is not None and "trl" not in left:
        made["trl"] = trl
    return made


def _deadline(name: str, value: object, left: Mapping[str, object]) -> dict[str, object]:  # noqa: ARG001 (as the other readers)
    return {} if isinstance(value, str) and is_open_ended(value) else {name: value}


_FORMER = re.compile(
    r"(.+?)\s*[(（]\s*(?:原名称?|曾用名|前身为?|原|formerly|ehemals)\s*[:：]?\s*([^()（）]{2,}(?:[(（][^()（）]*[)）][^()（）]*)?)[)）]",
    re.IGNORECASE,
)
_HAN = re.compile("[\u3400-\u9fff]")


def _institution_name(name: str, value: object, left: Mapping[str, object]) -> dict[str, object]:
    """A former name in brackets is another name of the same: ``甲公司（原乙公司）``."""
    found = _FORMER.fullmatch(clean_text(value)) if isinstance(value, str) else None
    if not found:
        return {name: value}
    return {name: found[1], "aliases": [*parts_of(left.get("aliases", [])), found[2]]}


def _person_name(name: str, value: object, left: Mapping[str, object]) -> dict[str, object]:
    """``周 颖`` is 周颖, and 高远（越州理工学院） is 高远 of that institution, unless the row names another."""
    people = split_people(value, "") if isinstance(value, str) and _HAN.search(value) else []
    if len(people) != 1:
        return {name: value}
    person, _, place = people[0].partition(" @ ")
    made: dict[str, object] = {name: person}
    return made | ({"institution": place} if place and "institution" not in left else {})


def _transfer_forms(name: str, value: object, left: Mapping[str, object]) -> dict[str, object]:
    """A form of licence among the forms of transfer (``独占许可``) says both."""
    text = ";".join(map(str, value)) if isinstance(value, list) else str(value)
    return {name: value} | ({"licence": text} if "licence" not in left and licence_forms(text) else {})


def _mode(name: str, value: object, left: Mapping[str, object]) -> dict[str, object]:
    """委托开发 as a form of cooperation says that it is a contract, and of which type."""
    made: dict[str, object] = {name: value}
    if "contract_type" not in left:
        with suppress(Broken):
            made["contract_type"] = words.contract_type(value)
    return made


def _contract_type(name: str, value: object, left: Mapping[str, object]) -> dict[str, object]:
    """共建联合实验室 among types of contracts is a mode."""
    try:
        return {name: words.contract_type(value)}
    except Broken:
        mode = words.cooperation_mode(value) if "mode" not in left else None
        if mode is None:
            raise
        return {"mode": mode}


_Reader = Callable[[str, object, Mapping[str, object]], dict[str, object]]
_BY_NAME: dict[str, _Reader] = {
    "price": _range,
    "budget": _range,
    **dict.fromkeys(_AMOUNTS, _amount),
    "trl": _trl,
    "trl_min": _trl,
    "maturity": _maturity,
    "deadline": _deadline,
    "expires": _deadline,
    "ended": _deadline,
    "transfer_forms": _transfer_forms,
    "mode": _mode,
    "contract_type": _contract_type,
}
_READERS = {kind: [(name, read) for name, read in _BY_NAME.items() if name in columns_of(kind)] for kind in Kind}
_READERS[Kind.INSTITUTIONS].append(("name", _institution_name))
_READERS[Kind.EXPERTS].append(("name", _person_name))
_NAMES = {kind: frozenset(name for name, _ in readers) for kind, readers in _READERS.items()}
