"""The data files, and the form in which names are compared.

In: the name of a file of ``graph/codes/data``, or a name as a person writes it. Out: rows, each a list of cells; a folded name. Next:
``graph.codes.countries``, ``graph.codes.regions`` and ``graph.codes.industries`` look names up by it.

A file is CSV in UTF-8 whose first lines begin with ``#`` and say where the list is from, under which licence and of which date;
``benchmarks/code_lists.py`` writes them.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator
from importlib.resources import files

LONGEST = 200
"""Characters of a text that may name a country, a place or an industry; a longer one is a description and names none."""
BETWEEN = "|"
"""Stands between the names of one cell."""

_PLAIN_HAN = re.compile("[\u4e00-\u9fff]+")
_EAST_ASIAN = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_MARKS = re.compile("[\u0300-\u036f]")
_DROPPED = re.compile("[.'\u2018\u2019\u02bc`\u00b4]")
_OTHER = re.compile(r"[\W_]+")
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "ħ": "h"})


def rows(name: str) -> Iterator[list[str]]:
    """The rows of a data file below its header."""
    lines = files("graph.codes").joinpath("data", name).read_text("utf-8").splitlines()
    listed = csv.reader(line for line in lines if not line.startswith("#"))
    next(listed)
    yield from listed


def fold(text: str) -> str:
    """The form in which names are compared: lower case, Latin letters without accents, no points or apostrophes (``U.K.`` is ``uk``), other
    signs as one space, no leading ``the``; East Asian text without any space. ``fold(fold(text)) == fold(text)``."""
    if _PLAIN_HAN.fullmatch(text):
        return text
    plain = text.casefold()
    if not text.isascii():
        plain = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
        plain = unicodedata.normalize("NFC", _MARKS.sub("", plain)).translate(_LETTERS)
    if not plain.isalpha():
        plain = _OTHER.sub(" ", _DROPPED.sub("", plain.replace("&", " and ")))
    words = plain.split()
    while len(words) > 1 and words[0] == "the":
        del words[0]
    return ("" if is_east_asian(plain) else " ").join(words)


def is_east_asian(text: str) -> bool:
    """Whether a text holds a Chinese, Japanese or Korean character."""
    return not text.isascii() and bool(_EAST_ASIAN.search(text))
