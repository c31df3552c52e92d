"""Western European text in Windows-1252, as Excel of such a system writes CSV.

In: bytes that are neither UTF-8 nor of an East Asian encoding. Out: whether they are Windows-1252. Next: ``ingest.read.encodings`` asks.

Any bytes are some text of a code page, so that it is taken only where its letters beyond ASCII are those of one language: of Czech, Polish,
Hungarian, Russian or Greek bytes read so, they are not, and a person must name the encoding.
"""

from __future__ import annotations

import re

CODEC = "cp1252"

_LETTERS = {
    "German": "äöüßéèà",
    "French": "éèêëàâçîïôûùüœæÿ",
    "Spanish": "áéíóúñüçª",
    "Portuguese": "áâãàçéêíóôõú",
    "Italian": "àèéìíòóùú",
    "Dutch": "ëïéèöüáóê",
    "Swedish and Finnish": "åäöéà",
    "Danish and Norwegian": "æøåéèôò",
    "Icelandic": "áðéíóúýþæö",
}
"""Letters beyond ASCII by language, in small letters."""
_SIGNS = "µªº"
"""Signs that count as letters."""
_LEAST = 0.97
"""The part of them that one language must have."""
_RUN = re.compile(r"[^\W\d_]*[^\x00-\x7f\W\d_]{3,}[^\W\d_]*")
"""A word with three such letters in a row is of another alphabet."""
_INSIDE = re.compile(r"(?<=[A-Za-z])[^\w\s'’´`\-‐–.·&/%€]+(?=[a-z])")
"""A sign inside a word: a letter of another code page."""


def is_western(sample: bytes) -> bool:
    """Whether ``sample`` is text of a Western European language in Windows-1252."""
    try:
        text = sample.decode(CODEC)
    except UnicodeDecodeError:
        return False
    foreign = [one for one in text.lower() if not one.isascii() and one.isalpha() and one not in _SIGNS]
    if not foreign or _RUN.search(text) or any(not one.isascii() for found in _INSIDE.findall(text) for one in found):
        return False
    return any(sum(one in letters for one in foreign) >= _LEAST * len(foreign) for letters in _LETTERS.values())
