"""The examination of an installation, a store, an index, a model and the cache folder: what is wrong, and how to mend it.

In: ``Settings``. Out: one ``Finding`` a check, in plain words. Next: ``api.cli.doctor`` prints them.

Nothing is mended. To look, the default model is unpacked into the cache if it was not yet, a trial text is embedded (``--deep``), and
opening a graph on a Neo4j server makes its missing constraints and indexes.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from enum import StrEnum
from importlib import metadata
from pathlib import Path

import msgspec

from api.settings import Settings, embedder, english_command, load_model, open_store
from api.units import size
from api.version import VERSION
from graph.address import sqlite_path
from graph.errors import DovetailError, IndexDamaged, IndexMissing, StoreError, StoreMissing
from graph.language import _, ngettext, told
from graph.model import INTERNAL, NodeKind
from graph.store import Store

NEEDED = (
    "click", "fastapi", "filelock", "msgspec", "networkx", "numpy", "platformdirs", "pydantic", "pydantic-settings", "rich",
    "sentence-transformers", "torch", "uvicorn",
)  # fmt: skip
_FREE_LOW, _FREE_LITTLE = 200e6, 2e9


class State(StrEnum):
    """``warn``: works, but look at it. ``fail``: something that a command needs does not work."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Finding(msgspec.Struct, frozen=True):
    """One check: what is so, and how to mend it where it should not be."""

    name: str
    state: State
    what: str
    mend: str = ""


def examine(settings: Settings, *, deep: bool = False) -> list[Finding]:
    """All checks, in the order in which things depend on each other."""
    found = [_python(), _packages(), _torch(), *_cache()]
    if deep:
        found.extend(_vectors())
    found.extend(_model(settings, deep=deep))
    found.extend(_store(settings, deep=deep))
    return found


def _python() -> Finding:
    have = ".".join(map(str, sys.version_info[:3]))
    what = f"Python {have}, Dovetail {VERSION}"
    if sys.version_info < (3, 11):  # noqa: UP036 - an install that went around the package's own rule
        return Finding("python", State.FAIL, what, _("Dovetail needs Python 3.11 or later"))
    return Finding("python", State.OK, what)


def _packages() -> Finding:
    have: dict[str, str] = {}
    wrong: list[str] = []
    for name, wanted in _requirements():
        try:
            have[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            wrong.append(_("{name} is missing", name=name))
            continue
        if wanted and not _satisfies(have[name], wanted):
            wrong.append(_("{name} is {version}, needed is {wanted}", name=name, version=have[name], wanted=wanted))
    if wrong:
        return Finding("packages", State.FAIL, "; ".join(wrong), "pip install --upgrade dovetail")
    return Finding("packages", State.OK, ", ".join(f"{name} {version}" for name, version in have.items()))


def _requirements() -> Iterator[tuple[str, str]]:
    try:
        listed = metadata.requires("dovetail") or []
    except metadata.PackageNotFoundError:  # a source tree
        yield from ((name, "") for name in NEEDED)
        return
    for line in listed:
        requirement, _, marker = line.partition(";")
        parts = re.match(r"\s*([A-Za-z0-9._-]+)\s*(?:\[[^]]*])?\s*\(?([^)]*)\)?", requirement)
        if parts and not marker:
            yield parts[1], parts[2].strip()


def _satisfies(version: str, wanted: str) -> bool:
    try:
        from packaging.specifiers import SpecifierSet
    except ImportError:
        return True
    return SpecifierSet(wanted).contains(version, prereleases=True)


def _torch() -> Finding:
    try:
        version = metadata.version("torch")
    except metadata.PackageNotFoundError:
        return Finding("torch", State.FAIL, _("torch is missing: no text can be embedded"), "pip install torch")
    cuda = sorted({one.name for one in metadata.distributions() if one.name and one.name.startswith("nvidia-")})
    total = sum(_installed_size(name) for name in ("torch", *cuda))
    if not cuda:
        return Finding("torch", State.OK, _("torch {version}, a CPU build ({total} installed)", version=version, total=size(total)))
    return Finding(
        "torch", State.OK, _(
            "torch {version}, a CUDA build ({total} installed with {count} nvidia packages)",
            version=version, total=size(total), count=len(cuda),
        ),
        _("a CPU build is enough and takes a fifth of that: pip install torch --index-url https://download.pytorch.org/whl/cpu"),
    )  # fmt: skip


def _installed_size(name: str) -> int:
    return sum(file.size or 0 for file in metadata.files(name) or ())


def _cache() -> Iterator[Finding]:
    from matcher.embedding.embedder import cache_folder

    folder = cache_folder()
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK):
        yield Finding("cache", State.FAIL, _("{folder} cannot be written", folder=folder), _("set DOVETAIL_CACHE to a folder of yours"))
        return
    free = shutil.disk_usage(existing).free
    used = {part: _folder_size(folder / part) for part in ("models", "vectors", "index")}
    parts = ", ".join(f"{part} {size(used[part])}" for part in used)
    what = _("{folder}: {parts}; {free} free", folder=folder, parts=parts, free=size(free))
    if free < _FREE_LOW:
        yield Finding("cache", State.FAIL, what, _("free some space, or set DOVETAIL_CACHE to a folder on another disk"))
    elif free < _FREE_LITTLE:
        yield Finding("cache", State.WARN, what, _("vectors and indexes grow here; make room before a large ingest"))
    else:
        yield Finding("cache", State.OK, what)


def _vectors() -> Iterator[Finding]:
    """The vector caches, read whole."""
    from matcher.embedding.embedder import cache_folder
    from matcher.embedding.vector_cache import damage

    paths = sorted((cache_folder() / "vectors").glob("*.vectors"))
    wrong = [f"{path}: {one}" for path in paths for one in damage(path)]
    if wrong:
        mend = _("remove the file: what is indexed again is embedded again")
        yield Finding("vectors", State.FAIL, "; ".join(wrong), mend)
    else:
        yield Finding(
            "vectors",
            State.OK,
            ngettext("{count} vector cache, every checksum is right", "{count} vector caches, every checksum is right", len(paths)),
        )


def _folder_size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:  # gone meanwhile
            continue
    return total


def _model(settings: Settings, *, deep: bool) -> Iterator[Finding]:
    try:
        made = embedder(settings)
        if deep:
            load_model(made)
    except (DovetailError, OSError) as error:
        yield Finding("model", State.FAIL, str(error), _("until then no text that needs it can be asked or indexed"))
        return
    which = _("the bundled multilingual model") if settings.model is None else settings.model
    which += _(" and, for English, {name}", name=made.english.name) if made.english else ""
    tried = _(", a trial text was embedded") if deep else ""
    speed = _("bfloat16 (this CPU multiplies it itself)")
    if made.key.dtype != "bfloat16":
        speed = _("{dtype} (this CPU has no bfloat16: embedding is slower)", dtype=made.key.dtype)
    yield Finding("model", State.OK, _("{which}, {speed}, at {path}{tried}", which=which, speed=speed, path=made.path, tried=tried))


def _store(settings: Settings, *, deep: bool) -> Iterator[Finding]:
    try:
        store = open_store(settings)
    except StoreError as error:
        missing = isinstance(error, StoreMissing)
        mend = _("make one with: dovetail ingest FILES") if missing else _mend(settings)
        what = _("{url}: there is no store", url=settings.store) if missing else str(error)
        yield Finding("store", State.WARN if missing else State.FAIL, what, mend)
        return
    except DovetailError as error:
        yield Finding("store", State.FAIL, str(error), _("name it with --store or DOVETAIL_STORE, as in sqlite:///dovetail.db"))
        return
    try:
        yield from _opened(store, settings, deep=deep)
    except DovetailError as error:
        yield Finding("store", State.FAIL, str(error), _mend(settings))
    finally:
        store.close()


def _mend(settings: Settings) -> str:
    if settings.store.startswith("sqlite:"):
        return _("restore the file from a backup, or ingest the files into a new one")
    return _("see to the server and its settings: docs/operations.md")


def _opened(store: Store, settings: Settings, *, deep: bool) -> Iterator[Finding]:
    counts = store.count()
    kinds = [kind.value for kind in NodeKind if kind not in INTERNAL and counts.get(kind.value)]
    what = ", ".join(f"{counts[kind]:,} {kind}" for kind in kinds) or _("empty")
    yield Finding(
        "store", State.OK if kinds else State.WARN,
        _("{url}, revision {revision}: {what}", url=store.url, revision=store.cursor().revision, what=what),
        "" if kinds else _("feed it with: dovetail ingest FILES"),
    )  # fmt: skip
    yield from _open_to_others(settings)
    check = store.check(deep=deep)
    if check.problems:
        shown = _("; ").join(map(told, check.problems[:5]))
        shown += _("; and {count} more", count=len(check.problems) - 5) if len(check.problems) > 5 else ""
        yield Finding("content", State.FAIL, shown, _("restore the file from a backup, or ingest the files into a new store"))
    else:
        yield Finding("content", State.OK, _("every hash and edge is right") if deep else _("no damage found (--deep reads everything)"))
    if kinds:
        yield _index(store, settings, deep=deep)


def _open_to_others(settings: Settings) -> Iterator[Finding]:
    """A store of an earlier version, or one that somebody opened to others on purpose."""
    if settings.store.startswith("sqlite:"):
        path = sqlite_path(settings.store)
        if path.stat().st_mode & 0o077:
            beside = f"{shlex.quote(str(path))}*"
            yield Finding(
                "privacy",
                State.WARN,
                _("{path} may be read by others than its owner", path=path),
                _("if it should not be: chmod 600 {beside}", beside=beside),
            )


def _index(store: Store, settings: Settings, *, deep: bool) -> Finding:
    from matcher.index.blocks import command
    from matcher.index.generations import newest, verify

    again = command(store)
    try:
        folder, manifest = newest(store)
    except IndexDamaged as error:
        return Finding("index", State.FAIL, str(error), again)
    except IndexMissing as error:
        return Finding("index", State.FAIL, str(error), again)
    what = _(
        "{folder}, {size}, of revision {revision}, model {model}",
        folder=folder, size=size(_folder_size(folder)), revision=manifest.revision, model=manifest.model,
    )  # fmt: skip
    damaged = verify(folder, manifest)
    if damaged:
        return Finding("index", State.FAIL, _("{what}: damaged files: {damaged}", what=what, damaged=", ".join(damaged)), again)
    try:
        asked = embedder(settings, store)
        if deep and asked.english:
            load_model(asked)
        same = asked.family == manifest.family
    except (DovetailError, OSError) as error:
        if manifest.english:
            return Finding("index", State.FAIL, f"{what}: {error}", _("until then no question can be asked"))
        same = True  # the model's own finding says what is wrong
    if not same:
        mend = _("choose that model, or change over with: {command}", command=f"{again} --rescale")
        return Finding("index", State.FAIL, _("{what}: made with another model than the one chosen", what=what), mend)
    behind = store.cursor().revision - manifest.revision
    if behind > 0:
        return Finding(
            "index", State.WARN, _("{what}: {behind} revisions behind; each command reads them anew", what=what, behind=behind), again
        )
    change = "" if manifest.english or not _holds_english(folder) else english_command(settings, store)
    return Finding(
        "index", State.OK, what, _("an English model would find more of what is in English: {command}", command=change) if change else ""
    )


def _holds_english(folder: Path) -> bool:
    from matcher.arrays import mapped
    from matcher.columns.tables import LANGUAGE_CODE

    try:
        return bool((mapped(folder / "nodes.npy")["language"] == LANGUAGE_CODE["en"]).any())
    except (OSError, ValueError, EOFError):  # removed meanwhile
        return False
