"""Names of institutions and people in the form in which they are compared.

In: names as a source writes them. Out: keys that are compared and never shown, with legal forms, titles and accents taken away. Next:
``ingest.resolve.records`` joins Records by them, ``ingest.resolve.compare`` compares those that differ, ``desk.find`` looks a typed name
up.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from ingest.cells.names import TITLES_ZH

_ACCENT = re.compile("[\u0300-\u036f]")
_APOSTROPHE = re.compile("['\u2019`\u00b4]")
_INITIALS = re.compile(r"\b(?:\w\.){2,}")
_BRACKETED = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_NOT_WORD = re.compile(r"[\W_]+")
_CJK = r"\u3400-\u9fff\uf900-\ufaff"
_BESIDE_CJK = re.compile(rf"(?<=[{_CJK}]) | (?=[{_CJK}])")
_LEGAL_WORDS = """
inc incorporated corp corporation ltd limited llc llp lllp lp plc co company cos gmbh mbh ag kg kgaa ohg ug ev eg sa sas sarl srl spa
sl slu slne bv nv cv oy oyj ab as asa aps kk pty pte pvt private sdn bhd sro doo dooel ooo oao zao pao jsc pjsc cjsc ojsc ltda lda eirl
sasu eurl sca scarl scrl srls sprl bvba asbl vzw gbr kft zrt nyrt uab ood eood ead spzoo ehf cvba snc vof epe coop sagl sll
aktiengesellschaft aktiebolag aktiebolaget
osakeyhtio aktieselskab anpartsselskab aksjeselskap kabushikikaisha
"""
LEGAL = frozenset(_LEGAL_WORDS.split())
_LEGAL_PHRASES_TEXT = """
sp z oo|spolka z oo|społka z oo|spol s ro|s r o|s a de cv|sa de cv|s coop|s a|s a s|s l|s r l|s p a|s a r l|b v|n v|a s|a g|e v|d o o
g m b h|spolka akcyjna|społka akcyjna|societe anonyme|societa per azioni|societa a responsabilita limitata|sociedad anonima
sociedad limitada|sociedade anonima|gesellschaft mit beschrankter haftung|besloten vennootschap|naamloze vennootschap
eingetragener verein|kabushiki kaisha
"""
_LEGAL_PHRASES: dict[str, list[list[str]]] = {}
for _phrase in sorted(_LEGAL_PHRASES_TEXT.strip().replace("\n", "|").split("|"), key=lambda phrase: (-len(phrase.split()), phrase)):
    _LEGAL_PHRASES.setdefault(_phrase.split()[-1], []).append(_phrase.split())
_LEGAL_LEADING = frozenset(["ooo", "oao", "zao", "pao"])
_NAMELESS_TEXT = """
unknown|na|n a|none|anonymous|unnamed|other|tbd|individual|private person|not available|not applicable
unnamed organisation|unnamed organization
匿名|未知|不详|无|其他|保密|未公开|个人|某|某企业|某单位|某机构
"""
NAMELESS = frozenset(_NAMELESS_TEXT.strip().replace("\n", "|").split("|"))
"""Keys of what stands where a source knew no name."""
_LEGAL_ZH = ("股份有限公司", "有限责任公司", "有限公司", "股份公司", "总公司", "集团公司", "公司", "集团")
_BRANCH_ZH = ("分公司", "子公司")
_LINKING = frozenset(["of", "the", "and", "for", "at", "in", "de", "la", "et", "und", "für", "der", "die", "des"])


@lru_cache(maxsize=20_000)
def institution_key(name: str) -> str:
    """The form in which names of institutions are compared: width, case, accents, punctuation and legal forms taken away.

    Words in brackets stay: ``X (Shanghai) Co., Ltd.`` is another company than ``X Co., Ltd.`` but is written ``X Shanghai`` too.
    Only a bracketed acronym of the name itself goes: ``Dalian Institute of Chemical Physics (DICP)``.
    """
    text = folded(_BRACKETED.sub(lambda found: _bracket(found, name), unicodedata.normalize("NFKC", name)))
    text = _APOSTROPHE.sub("", text.replace("&", " and ").replace("+", " plus "))
    text = _INITIALS.sub(lambda found: found[0].replace(".", ""), text)
    words = _NOT_WORD.sub(" ", text).split()
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    return _without_legal_form_zh(_BESIDE_CJK.sub("", " ".join(_without_legal_form(words))))


def folded(text: str) -> str:
    """``text`` without width, case and Latin accents (the marks of other scripts are letters, and stay)."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    if folded.isascii():
        return folded
    return unicodedata.normalize("NFC", _ACCENT.sub("", unicodedata.normalize("NFD", folded)))


def _bracket(found: re.Match[str], name: str) -> str:
    inner = found[1].strip()
    before = unicodedata.normalize("NFKC", name)[: found.start()]
    initials = "".join(word[0] for word in before.split() if word.lower() not in _LINKING)
    return " " if len(inner) > 1 and inner.casefold() == initials.casefold() else f" {inner} "


def _without_legal_form(words: list[str]) -> list[str]:
    end = len(words)
    while end > 1:
        last = words[end - 1]
        if last in LEGAL or (end < len(words) and last == "and"):
            end -= 1
            continue
        found = next((len(phrase) for phrase in _LEGAL_PHRASES.get(last, ()) if words[max(0, end - len(phrase)) : end] == phrase), 0)
        if not found or found >= end:
            break
        end -= found
    start = 1 if end > 1 and words[0] in _LEGAL_LEADING else 0
    return words[start:end]


def _without_legal_form_zh(text: str) -> str:
    while True:
        for form in _LEGAL_ZH:
            if text.endswith(form) and len(text) - len(form) >= 2 and not text.endswith(_BRANCH_ZH):
                text = text[: -len(form)]
                break
        else:
            return text


_TITLE_WORDS = """
dr drs prof professor mr mrs ms miss mx sir dame dipl ing phd dphil md msc bsc mba mph dvm dds jd esq pe
"""
_TITLES = frozenset(_TITLE_WORDS.split())
_LEADING = _TITLES - {"pe"}
_DEGREES = (["ph", "d"], ["m", "d"])
"""Degrees that fall into two words; an M or D alone is an initial."""
_GENERATIONS = {"jr": "jr", "junior": "jr", "sr": "sr", "senior": "sr", "ii": "ii", "2nd": "ii", "iii": "iii", "3rd": "iii", "iv": "iv"}


@lru_cache(maxsize=20_000)
def person_key(name: str) -> str:
    """The form in which names of people are compared: titles and degrees taken away, ``Last, First`` turned round.

    Father and son are two: ``Jr``, ``Sr``, ``II`` and ``III`` stay, at the end. A name alone is not an identity:
    ``ingest.resolve.records`` joins it with an institution.
    """
    parts = [_words_of_person(part) for part in _APOSTROPHE.sub("", folded(name)).split(",")]
    generation: list[str] = []
    names: list[list[str]] = []
    for part in parts:
        rest = _without_generation(_without_degrees(part, 2), generation) if len(parts) > 1 or len(part) > 2 else part
        if rest and not (names and not _without_degrees(rest, 0)):
            names.append(rest)
    if len(names) == 2:
        names.reverse()
    words = [word for part in names for word in part]
    while len(words) > 1 and words[0] in _LEADING:
        words = words[1:]
    bare = _BESIDE_CJK.sub("", " ".join([*_without_degrees(words, 2), *generation[:1]]))
    for title in TITLES_ZH:
        if bare.endswith(title) and len(bare) - len(title) >= 2:
            return bare[: -len(title)]
    return bare


def _words_of_person(text: str) -> list[str]:
    return _NOT_WORD.sub(" ", _INITIALS.sub(lambda found: found[0].replace(".", " "), text)).split()


def _without_generation(words: list[str], found: list[str]) -> list[str]:
    """``words`` without ``Jr`` and its like at their end, which goes into ``found`` once."""
    end = len(words)
    while end and words[end - 1] in _GENERATIONS:
        end -= 1
        found.append(_GENERATIONS[words[end]])
    return words[:end]


def _without_degrees(words: list[str], least: int) -> list[str]:
    """``words`` without degrees and titles at their end, ``least`` of them left at least."""
    while len(words) > least:
        if len(words) >= least + 2 and words[-2:] in _DEGREES:
            words = words[:-2]
        elif words[-1] in _TITLES:
            words = words[:-1]
        else:
            break
    return words
