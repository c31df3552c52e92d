"""Several people or institutions in one cell: ``王芳、赵敏``, ``1.张三 2.李四``, ``江东大学/江东精工（双聘）``, ``Smith, J., Doe, A.``.

In: a cell of names, and which separators its column uses beside those that always separate. Out: the names, each once, in the order
written; a person with an institution in brackets as ``name @ institution``. Next: ``ingest.rows.lists`` reads columns by it,
``ingest.rows.spread`` the name of a person; ``ingest.resolve.records.expert_reference`` takes references apart.

Comma, slash, white space and "and" stand inside names too, so a column must show that it separates by them (``separators_of``): in some
cell all parts are names, in no cell they are not. A cell that they would not part into names is left whole even then.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import combinations

from ingest.cells.clean import clean_text
from ingest.cells.nouns import LEGAL, NOUN, UNIT, folded

ALWAYS = ";；、，|\n"
"""These separate in every column, outside brackets."""
CANDIDATES = ",/& "
"""These may: ``&`` stands for and, und, 和, 与 and 及 as well; white space separates between Chinese characters only."""

_LONGEST_NAME, _LONGEST = 300, 4_000
"""Nothing longer is a name, or cut by other marks than those that always separate: patterns here look back and forth."""
_DEPTH = 3
"""Brackets in brackets in brackets."""

_HAN = r"\u3400-\u9fff\uf900-\ufaff"
_ALWAYS = re.compile(f"[{re.escape(ALWAYS)}\r]")
_BRACKETS = re.compile(r"[(（\[【][^()（）\[\]【】]*[)）\]】]")
_NUMBERING = re.compile(
    rf"(?<![^\s{re.escape(ALWAYS)},])(?:[(（]\d{{1,2}}[)）]|\d{{1,2}}[)）.、．])\s*(?=[^\d\s])|(?<=[{_HAN}])\d{{1,2}}[.．、]\s*(?=[{_HAN}])|[①-⑳]"
)
_MARKS = re.compile(r"[*＊†‡#¹²³⁰⁴-⁹]+$")
_LAST_BRACKET = re.compile(r"^(.+?)\s*[(\[【]([^()\[\]【】]*)[)\]】]$")
_AND = re.compile(r"\s+(?:and|und|et|[和与及])(?!\s+co\b)\s+|\s*&(?!\s*co\b)\s*", re.IGNORECASE)  # & Co. is of the firm's name
_AND_FIRST = re.compile(r"^(?:and|und|&)\s+", re.IGNORECASE)
_AND_HAN = re.compile("[和与及]")
_SPACE_HAN = re.compile(rf"(?<=[{_HAN})）])\s+(?=[{_HAN}])")

# -- cutting


def _cut(text: str, separator: re.Pattern[str]) -> list[str]:
    """The parts of ``text`` between separators outside brackets."""
    masked = text
    for _ in range(_DEPTH):
        masked = _BRACKETS.sub(lambda found: "\0" * len(found[0]), masked)
    parts, at = [], 0
    for found in separator.finditer(masked):
        parts.append(text[at : found.start()])
        at = found.end()
    return [part.strip() for part in (*parts, text[at:]) if part.strip()]


def _always(text: str) -> list[str]:
    if any(mark.isdigit() for mark in text):
        text = _NUMBERING.sub(";", text)
    return _cut(text, _ALWAYS)


_COMMA, _SLASH = re.compile(","), re.compile("/")


def _pieces(part: str, separators: str, is_name: Callable[[str], bool]) -> list[str]:
    """``part`` cut at each of ``separators``."""
    pieces = [part]
    if "," in separators:
        pieces = [_AND_FIRST.sub("", one) for one in _cut(part, _COMMA)]
    if "/" in separators:
        pieces = [cut for one in pieces for cut in _cut(one, _SLASH)]
    if "&" in separators:
        pieces = [cut for one in pieces for cut in _cut(one, _AND)]
    if " " in separators:
        pieces = [cut for one in pieces for cut in _at_spaces(one)]
    if "&" in separators:
        pieces = [cut for one in pieces for cut in ([one] if " " in one else _at_and(one, is_name))]
    return pieces


def _at_and(text: str, is_name: Callable[[str], bool]) -> list[str]:
    """``王芳和赵敏``: cut where both sides are names; 和 and 与 are letters of names too (张和平, 材料科学与工程学院)."""
    for found in _AND_HAN.finditer(text):
        left, right = text[: found.start()].strip(), text[found.end() :].strip()
        if len(left) > 1 and is_name(left):
            rest = _at_and(right, is_name)
            if all(map(is_name, rest)):
                return [left, *rest]
    return [text]


def _at_spaces(text: str) -> list[str]:
    """``王芳 周 颖``: a letter alone is a part of a name that was spread to the width of others; a title belongs to what is before it."""
    joined: list[str] = []
    for one in _cut(text, _SPACE_HAN):
        if joined and one in _TITLES:
            continue
        if joined and len(joined[-1]) == 1 and len(one) <= 2:
            joined[-1] += one
        else:
            joined.append(one)
    return joined if all(len(one) > 1 for one in joined) else [text]


def _parted(part: str, separators: str, is_name: Callable[[str], bool]) -> list[str]:
    """``part`` cut at ``separators`` if that gives names alone, else whole."""
    if not separators or " @ " in part or len(part) > _LONGEST:
        return [part]
    pieces = _pieces(part, separators, is_name)
    return pieces if len(pieces) > 1 and all(map(is_name, pieces)) else [part]


def separators_of(texts: Iterable[str], *, people: bool) -> str:
    """Which of ``CANDIDATES`` a column of names separates by: the most of them by which some cells fall into names and none into what is
    no name."""
    is_name, is_sure = (_is_person, _are_people) if people else (_is_institution, _are_institutions)
    parts = list(dict.fromkeys(part for text in texts for part in _always(text) if _may_be_cut(part, people)))
    present = [one for one in CANDIDATES if any(len(_pieces(part, one, is_name)) > 1 for part in parts)]
    whole_names = people and any("," not in part and part.isascii() and _is_person(part) for part in parts)
    for number in range(len(present), 0, -1):
        for chosen in combinations(present, number):
            if _separates("".join(chosen), parts, is_name, is_sure, whole_names):
                return "".join(chosen)
    return ""


def _may_be_cut(part: str, people: bool) -> bool:
    return len(part) <= _LONGEST and " @ " not in part and not (people and _inverted(part))


def _separates(
    chosen: str, parts: list[str], is_name: Callable[[str], bool], are_names: Callable[[list[str]], bool], whole_names: bool
) -> bool:
    seen: set[str] = set()
    for part in parts:
        pieces = _pieces(part, chosen, is_name)
        if len(pieces) < 2:
            continue
        if not are_names(pieces):
            return False
        # "Garcia Lopez, Maria Jose" looks like two names: a comma needs a third part, or a cell that writes first names first
        used = {one for one in chosen if pieces != _pieces(part, chosen.replace(one, ""), is_name)}
        if not whole_names and len(pieces) < 3 and part.isascii():
            used -= {","}
        seen |= used
    return seen == set(chosen)


# -- people

TITLES_ZH = ("副研究员", "助理研究员", "研究员", "副教授", "教授", "高级工程师", "工程师", "博士", "院士", "老师", "先生", "女士")
"""Titles that follow a Chinese name."""
_MORE_TITLES = "讲师 高工 教授级高工 正高级工程师 主任 副主任 院长 所长 总经理 董事长 总工 博导 硕导 博士生导师 硕士"
_TITLES = frozenset([*TITLES_ZH, *_MORE_TITLES.split()])
_ET_AL = re.compile(r"[\s,]*(?:等(?:\d+|[一二三四五六七八九十]+)?(?:人|位)?|et\s+al\.?|u\.\s?a\.)$", re.IGNORECASE)
_HAN_NAME = re.compile(rf"[{_HAN}]{{2,4}}|[{_HAN}]+(?:·[{_HAN}]+)+")
_DOT = re.compile(rf"(?<=[{_HAN}])\s*[·•‧・∙⋅.．]\s*(?=[{_HAN}])")
_NO_PERSON = re.compile("(?:团队|部门|项目|单位|人员|其他|以上|中心|公司|大学|学院|集团|企业|(?<=..)[组部处室所院厂])$")
_PARTICLE = r"(?:van|von|der|den|de|del|della|di|da|dos|du|la|le|el|al|bin|ibn|ter|ten|zu|y|e)"
_LATIN_WORD = r"[A-ZÀ-ÖØ-ÞĀ-Ž](?:[^\W\d_]|['’.-])*\.?"
_LATIN_NAME = re.compile(rf"{_LATIN_WORD}(?:\s+(?:{_LATIN_WORD}|{_PARTICLE})){{1,3}}")
_LATIN_TITLES = re.compile(r"^(?:(?:prof|dr|mr|mrs|ms|ing|dipl|phd|msc|sir)\.?(?:-ing\.)?\s+)+", re.IGNORECASE)
_DEGREES = re.compile(r"(?:,?\s+(?:Ph\.?D\.?|M\.?Sc\.?|M\.?D\.?|B\.?Sc\.?|MBA|Jr\.?|Sr\.?))+$")
_INITIALS = re.compile(r"(?:[A-Z]\.[\s-]?)+")
_SURNAME = re.compile(r"(?:[^\W\d_]|['’\s-]){2,40}")


def split_people(text: str, separators: str = "") -> list[str]:
    """The people of a cell. ``separators``: what ``separators_of`` says of its column.

    ``周 颖`` is one, 等 and numbers go, a bracket that names an institution becomes ``name @ institution``, any other goes.
    """
    return list(_people_of(text, separators) if len(text) <= _LONGEST_NAME else _people_in(text, separators))


def _people_in(text: str, separators: str) -> tuple[str, ...]:
    parts = [one for part in _always(text) for one in _inverted(part) or _parted(part, separators, _is_person)]
    return tuple(dict.fromkeys(name for part in parts if (name := _person(part))))


_people_of = lru_cache(maxsize=1_000)(_people_in)
"""A row of experts asks twice, and inventors come again in the next rows."""


def _inverted(part: str) -> list[str]:
    """``Smith, J., Doe, A.`` as two, which it is for sure: every second part is initials. Else nothing."""
    if part.count(",") < 3 or len(part) > _LONGEST:
        return []
    part = _ET_AL.sub("", part)
    pieces = [one.strip() for one in re.sub(r",?\s+(?:and|und|&)\s+", ", ", part).split(",")]
    if pieces and not pieces[-1]:
        pieces.pop()
    if len(pieces) < 4 or len(pieces) % 2:
        return []
    names, initials = pieces[::2], pieces[1::2]
    if not all(map(_INITIALS.fullmatch, initials)) or not all(_SURNAME.fullmatch(one) for one in names):
        return []
    return [f"{name}, {first}" for name, first in zip(names, initials, strict=True)]


def _person(part: str) -> str:
    """One person's name, with the institution in brackets after it; "" where there is none."""
    text = clean_text(part)
    if len(text) > _LONGEST_NAME:
        return text
    name, institution = _without_brackets(text)
    if not name or name.isdigit() or name in _TITLES:
        return ""
    return f"{name} @ {institution}" if institution else name


def _without_brackets(text: str) -> tuple[str, str]:
    text = _dressed(text)
    institution = ""
    while found := _LAST_BRACKET.match(text):
        text = _MARKS.sub("", found[1]).strip()
        inner = [one.strip() for one in re.split("[,，、;；/]", found[2])]
        institution = next((one for one in inner if _is_institution(one)), institution)
    text = _DOT.sub("·", _ET_AL.sub("", text)).strip(" ,.:：") if not text.endswith(".") else _ET_AL.sub("", text).strip(" ,:：")
    return _closed(text), institution


def _dressed(text: str) -> str:
    """``text`` with plain brackets, without "et al." and footnote marks."""
    text = text.translate(_PLAIN).strip()
    return _MARKS.sub("", _ET_AL.sub("", text)).strip()


_PLAIN = str.maketrans("（）［］　", "()[] ")


def _closed(text: str) -> str:
    """``周 颖`` and ``欧阳 锋`` as they are spoken, without a title set apart; ``王芳 赵敏`` stays."""
    words = text.split(" ")
    while len(words) > 1 and words[-1] in _TITLES:
        words.pop()
    joined = "".join(words)
    if len(words) > 1 and len(joined) <= 4 and min(map(len, words)) == 1 and re.fullmatch(f"[{_HAN}]+", joined):
        return joined
    return " ".join(words)


def _is_person(text: str) -> bool:
    """Whether ``text`` is a full name: 2 to 4 Chinese characters, or 2 to 4 Latin words of which the first is no particle."""
    if len(text) > _LONGEST_NAME:
        return False
    name, _ = _without_brackets(text)
    for title in TITLES_ZH:
        name = name.removesuffix(title) if len(name) >= len(title) + 2 else name
    if _HAN_NAME.fullmatch(name):
        return not _NO_PERSON.search(name) and name not in _TITLES
    latin = _DEGREES.sub("", _LATIN_TITLES.sub("", name))
    return _LATIN_NAME.fullmatch(latin) is not None and not _is_institution(latin)


def _are_people(pieces: list[str]) -> bool:
    return all(map(_is_person, pieces))


# -- institutions

_ENDS_ZH = re.compile(
    "(?:公司|大学|学院|研究院|研究所|医院|中心|集团|学校|中学|厂|所|院|局|厅|管委会|委员会|协会|学会|促进会|基金会|银行|联盟|实验室|合作社|支队|站"
    r"|政府|教育部|科技部)(?:\([^()]*\))?$"
)
_REMARK = re.compile(
    r"\s*\((?:双聘|兼职|兼聘|兼任|挂职|全职|(?:原|现|通讯|合作|承担|申报|联合|依托|第[一二三四五六])单位|(?:牵头|主持|参与|共同第一)(?:单位)?"
    r"|[甲乙丙]方|lead|lead partner|coordinator|partner)\)$",
    re.IGNORECASE,
)
_ROLE_FIRST = re.compile(r"^(?:牵头|主持|参与|合作|承担|申报|联合|依托|第[一二三四五六]完成)单位\s*[:：]\s*")
_AND_OTHERS = re.compile(r"\s*(?:等(?:\d+|[一二三四五六七八九十]+)?(?:家|个|所)?(?:单位|机构|企业|公司|高校)?|et\s+al\.?)$", re.IGNORECASE)
_FIELDS = (
    "环境|材料|机械|计算机|化学|化工|物理|数学|数理|信息|电气|电子|电信|通信|自动化|生命|生物|药学|经济|经管|管理|外国语|外语|艺术|土木|建筑|"
    "能源|动力|控制|软件|人工智能|网络|航空|航天|食品|园艺|林学|海洋|地理|地质|地球|地空|公共|教育学|体育|新闻|人文|社会|国际|继续教育|马克思|"
    "资源|测绘|交通|车辆|汽车|纺织|轻工|高分子|光电|仪器|集成电路|微电子|基础医|临床|口腔|护理|动物|植物|水利|矿业|冶金|安全|核|智能|大数据|数据|"
    "设计|法|医|文|理|工|商|农"
)
_DIVISION_ZH = re.compile(
    r"(?:.*(?:系|学部|教研室|研究室|课题组|团队|科室|车间|事业部|研发部|技术部|重点实验室)"
    rf"|(?:{_FIELDS}).*(?:学院|研究院|研究所|中心|实验室|所|院))(?:\([^()]*\))?"
)
_WHOLE_ZH = re.compile(r"^(.{2,}?(?:大学|科学院|公司|集团)(?:\([^()]*\))?)(.*)$")
_PARTS_OF_UNIVERSITIES = UNIT | {word for word, kind in NOUN.items() if kind in ("institute", "college", "hospital")}
_WORD = re.compile(r"[^\W\d_]+")


def split_institutions(text: str, separators: str = "") -> list[str]:
    """The institutions of a cell. ``separators``: what ``separators_of`` says of its column.

    A division stays with its institution (``江东大学 环境学院``), a remark on the affiliation （双聘） goes, a place or a branch in
    brackets stays.
    """
    found: list[str] = []
    division = ""  # one that stands before its institution
    for part in _always(text):
        for one in _whole_or_parts(part, separators):
            name = _institution(one)
            if name and _is_division(name) and not found and not division:
                division = name
            elif name and _is_division(name) and found:
                found[-1:] = _with_division(found[-1], name)
            elif name:
                found += _with_division(name, division) if division else [name]
                division = ""
    return list(dict.fromkeys([*found, division] if division else found))


def _whole_or_parts(part: str, separators: str) -> list[str]:
    pieces = _parted(part, separators, _is_institution)
    return pieces if _are_institutions(pieces) else [part]


def _institution(part: str) -> str:
    """One institution's name as written, less remarks on the affiliation and white space before a division."""
    text = clean_text(part)
    if len(text) > _LONGEST_NAME:
        return text
    name = _AND_OTHERS.sub("", _ROLE_FIRST.sub("", text)).strip(" ,:：")
    plain = name.translate(_PLAIN)
    name = name[: remark.start()] if (remark := _REMARK.search(plain)) else name
    words = _cut(name, _SPACE_HAN)
    for at in range(1, len(words)):
        if _is_division(words[at]) and _ENDS_ZH.search(words[at - 1].translate(_PLAIN)):
            words[at] = words[at - 1] + words[at]
            words[at - 1] = ""
    return " ".join(one for one in words if one)


def _with_division(institution: str, division: str) -> list[str]:
    """``江东大学`` and ``环境学院`` are one name; a second division of ``江东大学环境学院`` is another of the same whole."""
    whole = _WHOLE_ZH.match(institution)
    if re.search(f"[{_HAN}]", division):
        return [institution, whole[1] + division] if whole and whole[2] else [institution + division]
    return [f"{institution}, {division}"]


def _is_division(text: str) -> bool:
    """Whether ``text`` names a part of an institution and no institution: 环境学院, Department of Physics."""
    plain = text.translate(_PLAIN)
    if re.search(f"[{_HAN}]", plain):
        return _DIVISION_ZH.fullmatch(plain) is not None
    words = _words(plain)
    return bool(words) and (words[0] in UNIT or words[-1] in UNIT) and not (set(words) & LEGAL or _at_university(words))


def _words(text: str) -> list[str]:
    return _WORD.findall(folded(text))


def _at_university(words: list[str]) -> bool:
    return any(NOUN.get(word) == "university" for word in words)


def _is_institution(text: str) -> bool:
    """Whether ``text`` ends (in Latin letters: is worded) as names of institutions do, or has a remark on an affiliation."""
    plain = text.translate(_PLAIN).strip()
    if not 3 <= len(plain) <= _LONGEST_NAME or _is_division(plain):
        return False
    if _REMARK.search(plain):
        return True
    if re.search(f"[{_HAN}]", plain):
        return _ENDS_ZH.search(_AND_OTHERS.sub("", plain)) is not None
    words = _words(plain)
    return len(words) > 1 and (not NOUN.keys().isdisjoint(words) or words[-1] in LEGAL)


def _are_institutions(pieces: list[str]) -> bool:
    """Whether all are institutions, and none in Latin letters may be a part of a university beside it."""
    if not all(map(_is_institution, pieces)):
        return False
    words = [_words(one) for one in pieces]
    return not any(map(_at_university, words)) or not any(one and one[0] in _PARTS_OF_UNIVERSITIES for one in words)

