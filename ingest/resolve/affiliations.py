"""The parts of an affiliation, and which of them names the institution: ``Dept. of Physics, Univ. of Oslo, Oslo, Norway`` is a department
of a university at a place.

In: the name of an institution as a source writes it. Out: ``Affiliation``: the institution's own name, the divisions before or after it,
and the address. Next: ``ingest.build`` hangs divisions on their institution by PART_OF; ``ingest.resolve.compare`` compares names and
places. The rules know kinds of words (nouns for institutions and their divisions in the main languages), no names.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from graph.codes import is_country
from ingest.cells.nouns import BRANCH, BRANCH_ZH, DEPARTMENT, DIVISION, LEGAL, LINKING, NOUN, folded

_RANKS = {"university": 5, "polytechnic": 5, "hospital": 4, "institute": 2}
_BODY = 3
"""The rank of every other noun."""
_DIVISION, _OTHER = 1, 0
_LONGEST = 300
_MARKS = frozenset(",;，；、|")
_UMBRELLA_WORDS = """
academy academie akademie accademia academia institutes council agency association gesellschaft society ministry
"""
_UMBRELLA = frozenset(_UMBRELLA_WORDS.split())
_AND = frozenset(["and", "und", "et", "y", "e"])
_FOOTNOTE = re.compile(r"(?:\s+\d{1,2})+(?=\s+,|\s*$)")
_NUMBER = re.compile(r"\s+\d{1,2}$")
_WORD = re.compile(r"[^\W_]+")
_SEGMENT = re.compile(r"\s*([,;，；、|]|(?<=\s)[-–—](?=\s))\s*")
_BRACKETS = re.compile(r"\s*[(\[][^()\[\]]*[)\]]")
_ACRONYM = re.compile(r"[A-Z-]{4,}")  # of a body beside the institution (USA and states have fewer letters), where not all is in capitals
_POSTCODE = re.compile(r"(?=\D*\d)[\w\s.-]{1,12}")
_UNIVERSITY = r"(?:university|universität|université|universidad|universidade|università)"
_SCHOOL = r"(?:school|schools|faculty|department|medical school|law school|business school|dental school|college of)\b.*"
_TRAILING = (
    re.compile(rf"(?i)^(.*\b{_UNIVERSITY} of .+?)\s+({_SCHOOL})$"),
    re.compile(rf"(?i)^(.*\b{_UNIVERSITY})\s+((?:[\w’'.&-]+\s+){{0,3}}?{_SCHOOL})$"),
)
_LEADING = re.compile(
    r"(?i)^((?:dep(?:artmen)?t\.?|faculty|school|division|institute|laboratory|section|college|graduate school)\b.*?)"
    r"(?:\s+(?:of|at|in)(?: the)?|,)?\s+((?:the )?univ(?:ersity|\.) (?:of|at) .*)$"
)
_ZH_WHOLE = re.compile(
    r"^(.{2,}?大学(?:[(（][^()（）]{1,20}[)）])?)(?=.)(?!附属|.*医院)(.*(?:学院|研究生院|系|部|实验室|研究所|研究院|研究中心|中心|课题组|团队))$"
)
_BRANCH_END_ZH = "|".join(BRANCH_ZH)
_ZH_BRANCH = re.compile(
    rf"^(.{{2,}}(?:公司|集团|银行|大学|学院|科学院|研究院|研究所|医院|中心|学校|厂|所)(?:[(（][^()（）]{{1,20}}[)）])?)"
    rf"(?:[(（](.{{1,30}}?(?:{_BRANCH_END_ZH}))[)）]|\s*(.{{1,30}}?(?:{_BRANCH_END_ZH})))$"
)
"""A branch and the company, university or bank before it, which is the longest that ends like one."""
_BRANCH_IN_BRACKETS = re.compile(r"^(.{2,}?)\s*\(([^()]*)\)$")


class Affiliation(NamedTuple):
    """``institution``: its own name as written; ``divisions`` and ``place``: what stands beside it, in order."""

    institution: str
    divisions: tuple[str, ...] = ()
    place: tuple[str, ...] = ()

    @property
    def whole(self) -> str:
        """The institution with its place, as a reference to it is written."""
        return ", ".join((self.institution, *self.place))


def words(text: str) -> list[str]:
    """The words of ``text`` without width, case and accents."""
    return _WORD.findall(folded(text))


@lru_cache(maxsize=20_000)
def affiliation(text: str) -> Affiliation:
    """The parts of ``text``. A name without divisions and address is all institution.

    The segment of the highest rank is the institution (university, hospital, other bodies, institute, what has no noun, division),
    of equals the last; plain segments behind it are its address.
    """
    branch = _branch(text) if len(text) <= _LONGEST else None
    if branch:
        return branch
    chinese = _ZH_WHOLE.match(text) if len(text) <= _LONGEST else None
    if chinese:
        return Affiliation(chinese[1], (chinese[2],))
    segments = _segments(text)
    if len(segments) < 2:
        return _inside(segments[0], (), ()) if segments else Affiliation(text)
    ranks = [_rank(one) for one in segments]
    best = max(ranks)
    if best <= _DIVISION:  # no noun: what follows a department is its institution, whatever it is called
        plain = [at for at, rank in enumerate(ranks) if rank == _OTHER and not _POSTCODE.fullmatch(segments[at])]
        if plain == [0] and len(segments) > 1 and BRANCH & {*words(segments[1])[-1:]}:
            return Affiliation(segments[0], tuple(segments[1:]))  # Bank of X, London Branch
        if not plain or not DEPARTMENT.intersection(words(segments[0])[:1]):
            return Affiliation(text)
        at = plain[0]
    else:
        at = max(place for place, rank in enumerate(ranks) if rank == best)
        if at and _UMBRELLA & set(words(segments[at])) and ranks[at - 1] == _RANKS["institute"]:
            at -= 1  # an institute of an academy or an agency stands for itself
    last = max((one for one in range(at + 1, len(segments)) if ranks[one] == _OTHER and _AND & set(words(segments[one]))), default=at)
    if last > at and not any(ranks[at + 1 : last + 1]):  # no address has an "and": Institute of Chemistry, Technology and Metallurgy
        segments[at : last + 1] = [", ".join(segments[at : last + 1])]
        ranks[at : last + 1] = [best]
    if at and best == _RANKS["institute"] and not any(ranks[:at]):  # the name itself has a comma: National Heart, Lung and Blood Institute
        segments, ranks, at = [", ".join(segments[: at + 1]), *segments[at + 1 :]], ranks[at:], 0
    before = segments[:at] + [one for one, rank in zip(segments[at + 1 :], ranks[at + 1 :], strict=True) if rank >= _DIVISION]
    after = [one for one, rank in zip(segments[at + 1 :], ranks[at + 1 :], strict=True) if rank == _OTHER]
    is_loud = text.isupper()
    place = tuple(one for one in after if not _POSTCODE.fullmatch(one) and (is_loud or not _ACRONYM.fullmatch(one)))
    return _inside(segments[at], tuple(before), place)


def _branch(text: str) -> Affiliation | None:
    """A branch of a company, or a campus, and whose it is: ``甲公司杭州分公司``, ``X Ltd (Hangzhou Branch)``."""
    chinese = _ZH_BRANCH.match(text) if text.rstrip("）)").endswith(BRANCH_ZH) else None
    if chinese:
        return Affiliation(chinese[1], (chinese[2] or chinese[3],))
    found = _BRANCH_IN_BRACKETS.match(text)
    if found and BRANCH & set(words(found[2])):
        return Affiliation(found[1], (found[2],))
    return None


def _segments(text: str) -> list[str]:
    """The parts between commas; a legal form stays with its name, and a place behind a dash: ``University of X - Y`` is a campus."""
    found: list[str] = []
    dashed = False
    is_loud = text.isupper()
    for one in _SEGMENT.split(_FOOTNOTE.sub("", text) if " ," in text else text.strip(" .,;")):
        if one in ("-", "–", "—"):
            dashed = bool(found)
        elif found and one and {"".join(_WORD.findall(folded(one)))} <= LEGAL | {"the"}:
            found[-1] += f", {one}"
        elif dashed and one and not _rank(one) and (is_loud or not _ACRONYM.fullmatch(one)) and not is_country(one):
            found[-1] += f" - {one}"
        elif one and one not in _MARKS:
            found.append(one)
        dashed = dashed and one in ("-", "–", "—")
    return found


def _inside(segment: str, divisions: tuple[str, ...], place: tuple[str, ...]) -> Affiliation:
    """The institution within one segment: ``University of X School of Medicine``, ``Department of Physics of the University of X``."""
    found = _LEADING.match(segment)
    if found:
        segment, divisions = found[2], (*divisions, found[1])
    found = next((found for one in _TRAILING if (found := one.match(segment))), None)
    if found and any(word not in NOUN and word not in LINKING for word in words(found[1])):
        segment, divisions = _NUMBER.sub("", found[1]), (*divisions, found[2])  # University of Oslo 2 Department of Physics
    return Affiliation(segment, divisions, place)


def _rank(segment: str) -> int:
    bare = words(_BRACKETS.sub("", segment)) or words(segment)
    if not bare:
        return _OTHER
    if len(bare) == 2 and bare[0] == "college" and bare[1] not in LINKING:
        return _OTHER  # a town: College Park, College Station
    kinds = [NOUN.get(word) for word in bare]
    first = next((word for word in bare if word not in LINKING), bare[0])
    if "university" in kinds or "polytechnic" in kinds:
        return 5
    divided = first in DIVISION or bare[-1] in DIVISION or (first == "college" and len(bare) > 1 and bare[1] == "of")
    if divided and "hospital" not in kinds:
        return _DIVISION
    return max((_RANKS.get(kind, _BODY) for kind in kinds if kind), default=_DIVISION if set(bare) & DIVISION else _OTHER)
