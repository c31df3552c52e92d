"""Maturity as people write it: ``TRL 6``, ``7级``, ``中试``, ``TRL 4-5``, ``TRL 6（中试）``.

In: a cell. Out: the Technology Readiness Level and the word for it. Next: ``ingest.rows.spread`` reads both by it,
``ingest.cells.values.trl`` a level. docs/cells.md lists the words.

A word stands for the level that its stage has reached when it is passed, as Horizon Europe defines the levels (Work Programme, General
Annexes, B): experimental proof of concept is 3, validation in the laboratory 4, a demonstrated prototype 6, proven operation 9. A number
says nothing of the word. Of several levels or words the lowest counts, since it is what is sure.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from graph.language import N_
from graph.model import Maturity
from ingest.cells.broken import Broken

RULE = N_("must be a TRL from 1 to 9 or a stage such as 概念验证, 小试, 中试 or 产业化")
TRL_OF = {Maturity.CONCEPT: 3, Maturity.LAB: 4, Maturity.PILOT: 6, Maturity.INDUSTRIAL: 9}
"""The level that a word stands for."""

_WORDS_OF = {
    Maturity.CONCEPT: """概念验证 概念 原理验证 concept proof_of_concept poc konzept""",
    Maturity.LAB: """实验室 实验室研究 实验室研发 实验室验证 小试 小试样品 初期 lab laboratory bench bench_scale lab_scale
        laboratory_scale labor labormuster""",
    Maturity.PILOT: """样机 样品 中试 中试熟化 中试放大 原型 原型机 工程样机 试制 中期 prototype pilot pilot_scale pilot_plant
        demonstrator prototyp""",
    Maturity.INDUSTRIAL: """产业化 产业化应用 量产 规模应用 规模化应用 规模化生产 规模生产 批量生产 批量化生产 大规模应用 工业化生产
        市场化 商业化 上市 成熟应用 industrial industrialised industrialized commercial commercialised commercialized market
        on_the_market mass_production series_production in_use serienreif serienproduktion""",
}
WORDS = {word.replace("_", " "): stage for stage, words in _WORDS_OF.items() for word in words.split()}
"""Folded word -> stage. 初期, 中期 and 成熟应用 are those of the form for registering results with the ministry."""
_DONE = re.compile(r"^(?:已完成|已通过|已实现|已进入|已经|已|完成|通过|处于|实现|进入)?(.+?)(?:阶段|完成|期| stage| phase)?$")
_CHINESE = dict(zip("一二三四五六七八九", range(1, 10), strict=True))
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8, "ix": 9}
_LEVEL = r"(?:[0-9]|[一二三四五六七八九]|viii|vii|vi|iv|ix|v|iii|ii|i)"
_BEFORE = r"(?:(?:技术)?(?:成熟度|就绪度)(?:等级)?|trl|等级|level)?\s*[-:_]?\s*第?\s*"
_TO = r"\s*(?:[-–—~〜/、,]+|至|到|to|bis|or|或)\s*"
_LEVELS = re.compile(rf"{_BEFORE}({_LEVEL})(?:\.0)?\s*级?(?:{_TO}{_BEFORE}({_LEVEL})\s*级?)?(?:及?以上|\+)?")
_BRACKETED = re.compile(r"^([^()]*?)\s*\(([^()]+)\)$")
_JOINT = re.compile(r"\s*(?:[、,，/;+|~-]|和|及|与|或|至|到|\band\b|\bto\b)\s*")
_ABOVE = re.compile(r"及?以上$")
_LENGTH = 60


def read_maturity(value: object) -> tuple[int, Maturity | None]:
    """(TRL from 1 to 9, the word for it if the cell says one). Raises Broken with the rule."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        if value not in range(1, 10):
            raise Broken(RULE)
        return int(value), None
    if not isinstance(value, str) or len(value) > _LENGTH:
        raise Broken(RULE)
    return _read(value)


@lru_cache(maxsize=2_000)
def _read(value: str) -> tuple[int, Maturity | None]:
    text = " ".join(unicodedata.normalize("NFKC", value).casefold().strip(" 。.;,").split())
    level, stage = _level(text), _stage(text)
    if level is None and stage is None:
        bracketed = _BRACKETED.match(text)
        parts = bracketed.groups() if bracketed else re.split(r"(?<=[级0-9])\s*[,、:]?\s*(?=[^\d\s,、:级])", text, maxsplit=1)
        if len(parts) == 2:
            level = _level(parts[0]) or _level(parts[1])
            stage = _stage(parts[1]) or _stage(parts[0])
        if level is None or stage is None:
            raise Broken(RULE)
    return level or TRL_OF[stage or Maturity.CONCEPT], stage


def _level(text: str) -> int | None:
    found = _LEVELS.fullmatch(text)
    numbers = [_number(one) for one in found.groups() if one] if found else []
    return min(numbers) if numbers and min(numbers) >= 1 else None


def _number(text: str) -> int:
    return _CHINESE.get(text) or _ROMAN.get(text) or int(text)


def _stage(text: str) -> Maturity | None:
    text = _ABOVE.sub("", text.replace("-scale", " scale").replace("-of-", " of "))
    stages = [_word(part) for part in _JOINT.split(text)] if _word(text) is None else [_word(text)]
    known = [one for one in stages if one]
    return min(known, key=lambda one: TRL_OF[one]) if len(known) == len(stages) else None


def _word(text: str) -> Maturity | None:
    done = _DONE.match(text)
    return WORDS.get(text) or (WORDS.get(done[1].strip()) if done else None)
