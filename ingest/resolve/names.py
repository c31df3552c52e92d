"""Names of institutions and people in the form in which they are compared.

In: names as a source writes them. Out: keys that are compared and never shown, with legal forms, titles and accents taken away. Next:
``ingest.resolve.records`` joins Records by them, ``ingest.resolve.compare`` compares those that differ, ``desk.find`` looks a typed name
up.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from ingest.cells.names import TITLES_ZH
from ingest.cells.nouns import BRANCH_ZH, GROUP_ZH, LEGAL, LEGAL_JA_KO, LEGAL_ZH, LINKING, folded

_APOSTROPHE = re.compile("['\u2019`\u00b4]")
_INITIALS = re.compile(r"\b(?:\w\.){2,}")
_BRACKETED = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_JA_KO = "|".join(map(re.escape, LEGAL_JA_KO))
_LEGAL_JA_KO = re.compile(rf"^(?:{_JA_KO})\s*(?=\S\S)|(?<=\S\S)\s*(?:{_JA_KO})$")
_NOT_WORD = re.compile(r"[\W_]+")
_CJK = r"\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_BESIDE_CJK = re.compile(rf"(?<=[{_CJK}]) | (?=[{_CJK}])")
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


@lru_cache(maxsize=20_000)
def institution_key(name: str) -> str:
    """The form in which names of institutions are compared: width, case, accents, punctuation and legal forms taken away.

    Words in brackets stay: ``X (Shanghai) Co., Ltd.`` is another company than ``X Co., Ltd.`` but is written ``X Shanghai`` too.
    Only a bracketed acronym of the name itself goes: ``Dalian Institute of Chemical Physics (DICP)``. A group stays one: ``X集团有限公司``
    owns ``X股份有限公司``.
    """
    plain = _LEGAL_JA_KO.sub("", unicodedata.normalize("NFKC", name).strip())
    text = folded(_BRACKETED.sub(lambda found: _bracket(found, plain), plain))
    text = _APOSTROPHE.sub("", text.replace("&", " and ").replace("+", " plus "))
    text = _INITIALS.sub(lambda found: found[0].replace(".", ""), text)
    words = _NOT_WORD.sub(" ", text).split()
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    return _without_legal_form_zh(_BESIDE_CJK.sub("", " ".join(_without_legal_form(words))))


def _bracket(found: re.Match[str], name: str) -> str:
    return " " if is_acronym(found[1].strip(), name[: found.start()]) else f" {found[1].strip()} "


def is_acronym(text: str, name: str) -> bool:
    """Whether ``text`` is made of the initials of ``name``."""
    initials = "".join(word[0] for word in name.split() if word.lower() not in LINKING)
    return len(text) > 1 and text.casefold() == initials.casefold()


def stands_for(word: str, words: Sequence[str]) -> bool:
    """Whether ``word`` is put together of the beginnings of at least three of ``words``, in order: CRIA and Centro de Referencia em
    Informacao Ambiental."""
    ends = {0: 0}  # letters of ``word`` that are accounted for, and by how many words at most
    for one in words:
        for done, count in list(ends.items()):
            for more in range(1, min(len(one), len(word) - done, _BEGINNING) + 1):
                if word[done : done + more] != one[:more]:
                    break
                ends[done + more] = max(ends.get(done + more, 0), count + 1)
    return ends.get(len(word), 0) >= _INITIAL_WORDS


_BEGINNING, _INITIAL_WORDS = 3, 3


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
    """``text`` without 有限公司 and its like. Of a group the form stays that tells it from its listed company."""
    listed = False
    while not text.endswith(BRANCH_ZH):
        form = next((form for form in LEGAL_ZH if text.endswith(form) and len(text) - len(form) >= 2), None)
        if form is None:
            break
        text = text.removesuffix(form)
        listed = listed or form.startswith("股份")
    if text.endswith(f"公司{GROUP_ZH}"):
        text = text.removesuffix(f"公司{GROUP_ZH}") + GROUP_ZH
    return f"{text}股份" if listed and text.endswith(GROUP_ZH) else text


_TITLE_WORDS = """
dr drs prof professor mr mrs ms miss mx sir dame dipl ing phd dphil md msc bsc mba mph dvm dds jd esq pe ph
"""
_TITLES = frozenset(_TITLE_WORDS.split())
_LEADING = _TITLES - {"pe", "ph"}
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
