"""Pure rules for text and names. In: strings as a source writes them. Out: the form that is stored or compared."""

from __future__ import annotations

import html
import re
import unicodedata

_SPACE = re.compile(r"[\s\u200b\u200e\u200f\u2060\ufeff\x00-\x1f\x7f-\x9f]+")
_ENTITY = re.compile(r"&(#\d+|#x[0-9a-fA-F]+|\w+);")


def clean_text(text: str) -> str:
    """``text`` in NFC with HTML entities (also doubly escaped ones) resolved and every run of white space or control
    characters made one space. Idempotent."""
    while _ENTITY.search(text):
        plain = html.unescape(text)
        if plain == text:
            break
        text = plain
    return unicodedata.normalize("NFC", _SPACE.sub(" ", text)).strip()
