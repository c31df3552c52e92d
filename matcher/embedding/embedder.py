"""The embedder: texts to vectors.

In: passages or questions as plain strings. Out: ``Embedded``, float32 unit rows from the shared vector cache where a text was embedded
before and from a sentence-transformers model where it was not. Next: ``matcher.index.generations`` embeds passages,
``matcher.signals.prepare`` questions.

A second model may stand beside the first and read what is in English. The vectors of the two stay apart; what a pair of texts is worth by
both is put together in ``matcher.signals.meaning``.

The cache is keyed by name, weights, dtype, pooling, prefixes and maximum length (one file a key) and by the text's hash (one row a text).
The first vector stored for a text is kept: in bfloat16 the make-up of a batch moves a score by up to .0016, so a text must not change its
vector between runs. torch is imported only for texts that are new, and beside a bundled model's own engine only where these are more than a
few.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from graph import private
from graph.errors import DovetailError, ModelError
from graph.language import _
from matcher.embedding import bundled, vector_cache
from matcher.embedding.bert import Encoder
from matcher.embedding.turns import Turns
from matcher.embedding.vectors import Embedded, Vectors
from matcher.text.passages import language

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Side = Literal["query", "passage"]
Counted = Callable[[int, int], None]

BATCH = 8
"""Texts a forward pass. Texts of like length are batched together, and on a CPU a larger batch only leaves the cache."""
CHUNK = 16
"""Texts between two commits to the vector cache: what a stop can lose, and what a question may have to wait for."""
FEW = 64
"""Up to so many new texts go to a bundled model's own small engine: the parts of a question, however long, but no corpus."""
DEFAULT = "default"

_PREFIX_VERSION = 1
_PREFIXES = ("", "query: ", "passage: ")
"""What stands before a text, by whichever model."""
_WEIGHT_FILES = ("*.safetensors", "*.bin", "config.json", "tokenizer.json", "*/config.json")


def cache_folder() -> Path:
    """DOVETAIL_CACHE, or the platform's folder for a user's caches."""
    named = os.environ.get("DOVETAIL_CACHE")
    if named:
        return Path(named)
    from platformdirs import user_cache_path

    return user_cache_path("dovetail", appauthor=False)


def default_english(model: str | None) -> str:
    """The English model that stands beside ``model`` unless another (or none) is named: the packaged one beside the bundled model, and none
    beside a model of one's own, which may know English better."""
    return bundled.ENGLISH_NAME if model is None else ""


def forget(texts: Sequence[str]) -> int:
    """Remove the vectors of some texts, by whichever model and as whatever they were embedded; how many there were."""
    hashes = [_digest((prefix + text).encode()) for text in texts for prefix in _PREFIXES]
    return sum(vector_cache.remove(path, hashes) for path in sorted((cache_folder() / "vectors").glob("*.vectors")))


@dataclass(frozen=True, slots=True)
class ModelKey:
    """What decides a vector besides its text. Two keys with the same ``family`` may be compared with each other."""

    name: str
    weights: str
    dtype: str
    pooling: str
    query_prefix: str
    passage_prefix: str
    max_length: int

    @property
    def family(self) -> str:
        """The key without ``dtype``: a bfloat16 and a float32 vector of one model differ by rounding only."""
        return _digest(
            json.dumps([self.weights, self.pooling, [self.query_prefix, self.passage_prefix, _PREFIX_VERSION], self.max_length]).encode()
        ).hex()

    @property
    def file_name(self) -> str:
        return f"{self.name}-{self.dtype}-{self.family[:16]}.vectors"


class Embedder:
    """A sentence-transformers model behind the vector cache, and perhaps a second one for English. Cheap to make: a model loads with
    its first new text."""

    def __init__(
        self, model: str | None = None, *, english: str | None = None, cache: Path | None = None, keeps_questions: bool = False
    ) -> None:
        """``model``: a folder or a name that sentence-transformers knows; None is the bundled multilingual model. ``english``: the same
        for a second model that reads what is written in English; None or "" is none (``default_english`` is what commands take).
        ``bundled.ENGLISH_NAME`` needs no network. ``keeps_questions``: vectors of what is asked in words of one's own are kept too, as an
        evaluation wants it that asks the same over and over.

        Raises ModelError if a folder or package that is named is not there.
        """
        self.cache = cache or cache_folder()
        self.path = _model_folder(model, self.cache)
        self.key = _model_key(self.path, self.cache, model)
        self.english = Embedder(english, cache=self.cache) if english else None
        self.keeps_questions = keeps_questions
        self.beside = english or ""
        """How the English model is named; empty where there is none."""
        self._loading = threading.Lock()
        self._small, self._big = Turns(), Turns()
        """Whose turn it is with the bundled model's own engine, and with torch's."""
        self._opened = threading.local()
        self._threads: int | None = None

    @property
    def name(self) -> str:
        """What the models are called."""
        return f"{self.key.name} + {self.english.name}" if self.english else self.key.name

    @property
    def family(self) -> str:
        """What decides whether vectors may be compared: the family of the model, or of both."""
        return _digest(f"{self.key.family} {self.english.family}".encode()).hex() if self.english else self.key.family

    def load(self) -> None:
        """Load what embeds a question now, and not with the first one. Raises ModelError."""
        with self._loading:
            if self._engine is None:
                _ = self._model
        if self.english:
            self.english.load()

    def leave_cores(self) -> None:
        """Let torch take half of the cores from now on, so that others have work done beside it."""
        self._threads = max(1, (os.cpu_count() or 1) // 2)
        if self.english:
            self.english.leave_cores()

    def query(self, texts: Sequence[str], *, keep: bool = True) -> Embedded:
        """Questions as vectors, those in English by both models. With ``keep`` unset nothing of them is written anywhere."""
        return self._by_both(texts, "query", None, None, keep)

    def passages(self, texts: Sequence[str], progress: Counted | None = None, english: Counted | None = None) -> Embedded:
        """The same of documents' passages; ``progress(done, total)`` counts the texts that are new, and ``english`` those that are
        new to the English model."""
        return self._by_both(texts, "passage", progress, english, keep=True)

    def _by_both(self, texts: Sequence[str], side: Side, progress: Counted | None, english: Counted | None, keep: bool) -> Embedded:
        first = self._encode(texts, side, progress, keep)
        read = [at for at, text in enumerate(texts) if language(text) == "en"] if self.english else []
        if not self.english or not read:
            return Embedded.of(first)
        return Embedded(first, np.array(read, np.int64), self.english._encode([texts[at] for at in read], side, english, keep))

    def _encode(self, texts: Sequence[str], side: Side, progress: Counted | None, keep: bool) -> Vectors:
        prefix = self.key.query_prefix if side == "query" else self.key.passage_prefix
        hashes = [_digest((prefix + text).encode()) for text in texts]
        known = dict(vector_cache.stored(self._database, hashes))
        missing = {digest: text for digest, text in zip(hashes, texts, strict=True) if digest not in known}
        ordered = sorted(missing, key=lambda digest: (-len(missing[digest]), digest))
        if progress and ordered:
            progress(0, len(ordered))
        engine = self._engine_for(len(ordered)) if ordered else None
        size = len(ordered) if side == "query" else CHUNK
        for start in range(0, len(ordered), size or 1):
            chunk = ordered[start : start + size]
            known |= self._embedded({digest: missing[digest] for digest in chunk}, side, engine, keep)
            if progress:
                progress(min(start + size, len(ordered)), len(ordered))
        if not texts:
            return np.empty((0, 0), np.float32)
        return np.stack([np.frombuffer(known[digest], np.float32) for digest in hashes])

    def missing(self, texts: Sequence[str]) -> list[bool]:
        """Which passages a model would have to embed: those that are not in the cache."""
        hashes = [_digest((self.key.passage_prefix + text).encode()) for text in texts]
        known = dict(vector_cache.stored(self._database, hashes))
        out = [digest not in known for digest in hashes]
        if self.english:
            read = [at for at, text in enumerate(texts) if language(text) == "en"]
            for at, is_missing in zip(read, self.english.missing([texts[at] for at in read]), strict=True):
                out[at] |= is_missing
        return out

    def _embedded(self, texts: dict[bytes, str], side: Side, engine: bundled.Engine | None, keep: bool) -> dict[bytes, bytes]:
        """The vectors of some texts by their digests, when it is their turn; those that another thread or process stored meanwhile
        are taken from the cache."""
        database = self._database
        with self._small if engine else self._big:
            known = dict(vector_cache.stored(database, list(texts)))
            new = [digest for digest in texts if digest not in known]
            if not new:
                return known
            rows = self._forward([texts[digest] for digest in new], side, engine)
            made = dict(zip(new, map(bytes, rows), strict=True))
            return known | (_kept(database, made, side) if keep else made)

    def _engine_for(self, count: int) -> bundled.Engine | None:
        """The small engine for a few texts, where there is one."""
        if count > FEW:
            return None
        with self._loading:
            return self._engine

    def _forward(self, texts: list[str], side: Side, engine: bundled.Engine | None) -> Vectors:
        if engine:
            rows = engine.query(texts) if side == "query" else engine.passage(texts)
        else:
            prefix = self.key.query_prefix if side == "query" else self.key.passage_prefix
            prefixed = [prefix + text for text in texts]
            rows = self._model.encode(prefixed, batch_size=BATCH, show_progress_bar=False, convert_to_numpy=True).astype(np.float32)
        # after the model and in float32: a bfloat16 "unit" row has a squared length down to .993
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)

    @cached_property
    def _engine(self) -> bundled.Engine | None:
        if self.key.name == DEFAULT:
            return bundled.engine()
        return Encoder(self.path) if self.key.weights == bundled.ENGLISH_SHA256 else None

    @property
    def _database(self) -> sqlite3.Connection:
        """The vector cache: a connection a thread, so that whoever only reads it waits for nobody."""
        opened: sqlite3.Connection | None = getattr(self._opened, "database", None)
        if opened is None:
            opened = self._opened.database = vector_cache.opened(self.cache / "vectors" / self.key.file_name)
        return opened

    @cached_property
    def _model(self) -> SentenceTransformer:
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        try:
            import torch
            from sentence_transformers import SentenceTransformer
            from transformers.utils import logging as transformers_logging
        except ImportError as error:
            raise ModelError(
                _("cannot load {name}: {error}; pip install 'sentence-transformers'", name=self.key.name, error=error)
            ) from error
        if self._threads:
            torch.set_num_threads(self._threads)
        for name in ("sentence_transformers", "transformers"):
            logging.getLogger(name).setLevel(logging.ERROR)
        transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            return SentenceTransformer(str(self.path), device="cpu", model_kwargs={"dtype": getattr(torch, self.key.dtype)})
        except Exception as error:  # a damaged folder fails in as many ways as there are libraries that read it
            raise ModelError(_("{path}: not a sentence-transformers model: {error}", path=self.path, error=error)) from error


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).digest()


def _model_folder(model: str | None, cache: Path) -> Path:
    if model is None:
        return bundled.default_model(cache)
    if Path(model).is_dir():
        return Path(model).resolve()
    if model == bundled.ENGLISH_NAME:
        return bundled.english_model()
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import (
        HFValidationError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
    )

    try:
        return Path(snapshot_download(model, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError):
        pass
    try:
        return Path(snapshot_download(model, allow_patterns=["*.json", "*.safetensors", "*.txt", "*.model"]))
    except (HFValidationError, RepositoryNotFoundError, LocalEntryNotFoundError, OSError) as error:
        raise ModelError(
            _("{model}: neither a folder nor a model that could be fetched: {name}", model=model, name=type(error).__name__)
        ) from error


def _model_key(path: Path, cache: Path, model: str | None) -> ModelKey:
    dtype = "bfloat16" if _has_bfloat16() else "float32"
    if model is None:
        return ModelKey(DEFAULT, f"{bundled.SHA256}/{bundled.LAYOUT}", dtype, "mean", "query: ", "passage: ", 512)
    packaged = model == bundled.ENGLISH_NAME and not Path(model).is_dir()
    called = model if packaged else path.name
    name = "".join(c if c.isalnum() or c in "-_." else "_" for c in called)
    e5 = "e5" in path.name.lower() or "e5" in path.parent.parent.name.lower()
    prefixes = ("query: ", "passage: ") if e5 else ("", "")
    length = _settings(path / "sentence_bert_config.json").get("max_seq_length")
    modes = _settings(path / "1_Pooling" / "config.json")
    modes_on = "+".join(sorted(mode for mode, value in modes.items() if value is True)) or "mean"
    weights = _weights_hash(path, cache)
    if packaged:
        bundled.check_english(path, weights)
    return ModelKey(name, weights, dtype, modes_on, *prefixes, length or 0)


def _settings(path: Path) -> dict[str, Any]:
    """What a file of settings says; nothing where there is none. Raises ModelError if it is not JSON of names and values."""
    if not path.exists():
        return {}
    try:
        return dict(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise ModelError(_("{path}: not a model's settings: {error}", path=path, error=error)) from error


def _weights_hash(path: Path, cache: Path) -> str:
    """One hash over the files that decide a vector, remembered by path, size and time of change."""
    files = sorted({file for pattern in _WEIGHT_FILES for file in path.glob(pattern)})
    if not any(file.suffix in (".safetensors", ".bin") for file in files):
        raise ModelError(_("{path}: no weights in it (*.safetensors or *.bin)", path=path))
    seen = json.dumps([[str(file.resolve()), file.stat().st_size, file.stat().st_mtime_ns] for file in files])
    memory = cache / "models" / f"{_digest(seen.encode()).hex()}.sha256"
    if memory.exists():
        return memory.read_text("ascii")
    total = hashlib.sha256()
    for file in files:
        with file.open("rb") as content:
            total.update(hashlib.file_digest(content, "sha256").digest())
    private.folder(memory.parent)
    with private.writing(memory, "w", encoding="ascii") as content:
        content.write(total.hexdigest())
    return total.hexdigest()


def _has_bfloat16() -> bool:
    """Whether this CPU multiplies bfloat16 itself; read without torch, since a cached vector must not need it."""
    try:
        flags = Path("/proc/cpuinfo").read_text("ascii", errors="replace")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


def _kept(database: sqlite3.Connection, vectors: dict[bytes, bytes], side: Side) -> dict[bytes, bytes]:
    """``vectors`` as they are kept. A question is answered though nothing can be kept; of a corpus all would be embedded again."""
    try:
        return vector_cache.keep(database, vectors)
    except DovetailError:
        if side == "passage":
            raise
        return vectors
