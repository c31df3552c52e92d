"""A run that repeats the last one: the same files, fed into a store that nobody has written to since, bring nothing new.

In: the files and options of a run, the store. Out: the report of the repetition, or None where the files must be read. Next:
``desk.ingest`` asks before it feeds files, and has a run remembered after it.

That a second run changes nothing is a promise of ``ingest.load`` and tested there; here it is used: a night's export that did not change
costs the reading of its bytes. Everything that a run depends on is in its mark: the bytes of the files, their order and names, the
options, and the code itself. A run with rows rejected or cells set aside is not remembered: its file to mend is written anew each time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from graph.language import Message
from graph.store import Store
from ingest.choose import Skipped
from ingest.read.tables import each_file
from ingest.report import FileReport, Report

META = "last-ingest"
_KEPT = (
    "file",
    "source",
    "form",
    "encoding",
    "read",
    "left_out",
    "suppressed",
    "unnamed",
    "contacts",
    "unknown_columns",
    "no_records",
    "notes",
    "by_mapping",
    "language",
)


class _Memo(msgspec.Struct):
    """The last run: its mark, where the store stood after it, and what its report says of files that bring nothing new."""

    mark: str
    epoch: str
    revision: int
    files: list[dict[str, Any]]
    skipped: list[tuple[str, Any, tuple[str, ...], bool]]


def mark_of(paths: Iterable[Path | str], *options: object) -> str:
    """The mark of a run of ``paths`` with ``options``, among them the path of a mapping file. Raises InvalidInput for a path that is not
    there."""
    mark = hashlib.blake2b(_code(), digest_size=20)
    for one in options:
        mark.update(repr(one).encode() + b"\0")
        if isinstance(one, Path) and one.is_file():
            mark.update(_hash(one))
    for path, by_itself in each_file(paths):
        mark.update(f"{path}\0{path.resolve()}\0{by_itself}\0".encode() + _hash(path))
    return mark.hexdigest()


def repeated(store: Store, mark: str) -> Report | None:
    """The report of a run that repeats the last one; None if this is another run, or somebody wrote to the store since."""
    raw = store.meta(META)
    memo = msgspec.msgpack.decode(raw, type=_Memo) if raw else None
    if memo is None or memo.mark != mark or (memo.epoch, memo.revision) != store.cursor():
        return None
    skipped = [Skipped(file, _again(reason), header, is_lost) for file, reason, header, is_lost in memo.skipped]
    report = Report(skipped=skipped, revision=memo.revision)
    for kept in memo.files:
        one = FileReport(**{**kept, "unknown_columns": tuple(kept["unknown_columns"]), "notes": tuple(map(_again, kept["notes"]))})
        one.no_records = [(line, _again(reason)) for line, reason in one.no_records]
        one.unchanged = one.read - one.left_out - one.suppressed
        report.files.append(one)
    return report


def remember(store: Store, mark: str, report: Report) -> None:
    """Keep what a run did, for its repetition."""
    if report.rejected or report.set_aside:
        return
    cursor = store.cursor()
    files: list[dict[str, Any]] = [{name: value for name, value in asdict(one).items() if name in _KEPT} for one in report.files]
    skipped = [(one.file, one.reason, one.header, one.is_lost) for one in report.skipped]
    store.set_meta(META, msgspec.msgpack.encode(_Memo(mark, cursor.epoch, cursor.revision, files, skipped), enc_hook=_kept))


def forget(store: Store) -> None:
    """Keep nothing of the last run: the next one reads its files."""
    if store.meta(META):
        store.set_meta(META, b"")


def _kept(one: object) -> Any:
    """A Message by its text and values, so that a repetition can tell it in its own language; an error as what it says."""
    return [one.text, one.values] if isinstance(one, Message) else str(one)


def _again(kept: Any) -> Any:
    """The inverse of ``_kept``."""
    return Message(kept[0], **{name: _again(value) for name, value in kept[1].items()}) if isinstance(kept, list) else kept


def _hash(path: Path) -> bytes:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "blake2b").digest()


@cache
def _code() -> bytes:
    """A hash of the code and the tables by which rows are read and stored."""
    found = hashlib.blake2b()
    here = Path(__file__).parent
    for package in (here, here.with_name("graph")):
        for path in sorted(package.rglob("*")):
            if path.suffix in (".py", ".toml", ".csv"):
                found.update(f"{path}\0".encode() + path.read_bytes())
    return found.digest()
