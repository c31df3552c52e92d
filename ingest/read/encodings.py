"""The encoding of bytes, by a strict rule: byte-order mark, UTF-16 by its zeros, UTF-8, and of what is none of these
GB18030, CP949, Shift-JIS, EUC-JP or Windows-1252.

In: the beginning of a file, or the name that a person gives. Out: a codec. Next: ``ingest.read.readers`` decodes files by it,
``ingest.read.archives`` the names of members; ``ingest.load`` and ``ingest.mapping.suggest`` take the name that a person gives.

CSV is decoded with the error handler ``BROKEN``, which puts a lone surrogate where bytes are none of the encoding's, so that the row that
holds them can be told and the others read.
"""

from __future__ import annotations

import codecs

from graph.errors import InvalidInput
from graph.language import Message
from ingest.read.east_asian import CODECS, likely, told
from ingest.read.western import CODEC, is_western

BROKEN = "dovetail.broken"
_MARK = "\udc80"
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"))
_MARKS_16 = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def _broken(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return _MARK * (error.end - error.start), error.end


codecs.register_error(BROKEN, _broken)


def encoding_of(sample: bytes) -> str:
    """The codec of a text that begins with ``sample``. Raises InvalidInput where two are as likely.

    GB18030 gives almost any bytes a meaning, so that it is taken only where the sample keeps its rules throughout, where four in five
    of its characters beyond ASCII are of GB 2312 (in Chinese text nearly all are; of a Western text misread so hardly one), and
    where less than four in five of those bytes are UTF-8. Korean and Japanese keep these rules too, or some of them: which it is,
    ``ingest.read.east_asian`` tells. Western European text in Windows-1252 is told by its letters. What fits nothing is read as UTF-8, and
    its broken rows are told one by one.
    """
    for mark, codec in (*_MARKS, *_MARKS_16):
        if sample.startswith(mark):
            return codec
    zeros = sample[1:1000:2].count(0), sample[0:1000:2].count(0)
    # a zero in a text of UTF-8 is a stray sign; in one of UTF-16 that reads as UTF-8, all of ASCII, every other byte is one
    if bool(zeros[0]) != bool(zeros[1]) and (max(zeros) > len(sample[:1000]) // 8 or _decoded(sample, "utf-8") is None):
        codec = "utf-16-le" if zeros[0] else "utf-16-be"
        if _decoded(sample, codec) is not None:
            return codec
    if _decoded(sample, "utf-8") is not None or _is_mostly_utf8(sample):
        return "utf-8-sig"
    texts = {codec: text for codec in CODECS if (text := _decoded(sample, codec)) is not None}
    if not _is_gb2312(texts.get("gb18030", "")):
        texts.pop("gb18030", None)
    found = likely(texts)
    if len(found) > 1:
        raise InvalidInput(Message("could be {encodings}: name the encoding with --encoding", encodings=" or ".join(map(told, found))))
    if found:
        return found[0]
    return CODEC if is_western(sample) else "utf-8-sig"


def codec_of(name: str) -> str:
    """The codec that a person names: ``utf-8``, ``gbk``, ``utf-16``, ``latin-1``. Raises InvalidInput for what is none."""
    try:
        codec = codecs.lookup(name).name
        "".encode(codec)
    except (LookupError, ValueError) as error:  # a codec of bytes to bytes is no encoding of text
        raise InvalidInput(
            Message("there is no text encoding {name!r}; usual are utf-8, gb18030, utf-16 and cp1252", name=name), field="encoding"
        ) from error
    return {"utf-8": "utf-8-sig", "gb2312": "gb18030", "gbk": "gb18030"}.get(codec, codec)


def spoken(codec: str) -> str:
    """The codec's name as people write it: ``UTF-8``, ``GB18030``."""
    return codec.removesuffix("-sig").upper().replace("_", "-")


def _decoded(sample: bytes, codec: str) -> str | None:
    """``sample`` as text, its last character perhaps cut off; None if it is not text of ``codec``."""
    try:
        return codecs.getincrementaldecoder(codec)().decode(sample)
    except UnicodeDecodeError:
        return None


def _is_mostly_utf8(sample: bytes) -> bool:
    foreign = sum(map((0x80).__le__, sample))
    kept = sample.decode("utf-8", "ignore")
    return len(kept.encode()) - sum(map(str.isascii, kept)) > 0.8 * foreign


def _is_gb2312(text: str) -> bool:
    foreign = [one for one in text if not one.isascii()]
    return len("".join(foreign).encode("gb2312", "ignore")) > 2 * 0.8 * len(foreign)  # two bytes each
