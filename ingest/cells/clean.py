"""The form in which text is stored.

In: text as a source writes it. Out: the same text, cleaned. Next: ``ingest.cells.values``; contact data is masked after it
(``ingest.cells.contacts``). ``ingest.resolve.records``, ``desk.judged_sets`` and ``api.cli.evaluate.match`` clean their texts in the same
way.
"""

from __future__ import annotations

import html
import re
import unicodedata

_SPACE = re.compile(r"[\s\u200b\u200e\u200f\u2060\ufeff\x00-\x1f\x7f-\x9f]+")
_PRINTABLE = bytes(range(0x20, 0x7F))
_ENTITY = re.compile(r"&(#\d+|#x[0-9a-fA-F]+|\w+);")


def clean_text(text: str) -> str:
    """``text`` in NFC with HTML entities (also doubly escaped ones) resolved and every run of white space or control
    characters made one space. Idempotent."""
    while "&" in text and _ENTITY.search(text):
        plain = html.unescape(text)
        if plain == text:
            break
        text = plain
    if not _is_printable(text) or "  " in text:  # every character of _SPACE but the plain space is unprintable
        text = _SPACE.sub(" ", text)
    return (text if text.isascii() else unicodedata.normalize("NFC", text)).strip()


def _is_printable(text: str) -> bool:
    # str.isprintable looks every character up; one pass over the bytes of a text in ASCII takes a third of its time
    return not text.encode().translate(None, _PRINTABLE) if text.isascii() else text.isprintable()
