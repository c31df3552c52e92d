"""The encoder in numpy: the vectors of sentence-transformers in float32, whatever the text, and what else is read with it."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest

from graph.errors import ModelError
from matcher.embedding import bert, bundled, embedder
from matcher.embedding.bert import Encoder
from matcher.embedding.embedder import Embedder
from tests.matcher.worlds import QUESTIONS, WORKS

LONG = " ".join(f"{WORKS[3][1]} Sample {n} survived {7 * n} cycles." for n in range(60))
ODD = [
    "", " ", "\n", "x", "x" * 500, "\u200b", "a\x00b", "[CLS] [MASK]", "ＡＢＣ ½ ﬁne\u200btext\tand  spaces", "Straße naïve façade",
    "日本語 text", "🙂🙂", "1,200 °C ± 3 %", *QUESTIONS, *(text for pair in WORKS for text in pair), LONG[:900], LONG,
]  # fmt: skip


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder(bundled.english_model())


@pytest.fixture
def torch_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No text is few enough for an engine, and nothing is rounded to bfloat16."""
    monkeypatch.setattr(embedder, "FEW", 0)
    monkeypatch.setattr(embedder, "_has_bfloat16", lambda: False)


def cosines(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    return np.asarray((ours.astype(np.float64) * theirs).sum(axis=1))


@pytest.mark.usefixtures("torch_alone")
def test_vectors_are_those_of_sentence_transformers(encoder: Encoder, tmp_path: Path) -> None:
    assert len(encoder._tokenizer.encode(LONG).ids) == 256 < len(LONG.split())  # more than the model reads
    big = Embedder(bundled.ENGLISH_NAME, cache=tmp_path)
    assert big.key.dtype == "float32"
    found = encoder.passage(ODD)
    assert "_model" not in vars(big)
    assert cosines(found, big.passages(ODD).vectors).min() >= 0.9999
    assert np.abs(found - big.passages(ODD).vectors).max() < 1e-5
    assert "_model" in vars(big)


@pytest.mark.usefixtures("torch_alone")
def test_sizes_are_read_from_the_folder(tmp_path: Path) -> None:
    """Another model than the bundled one: random weights, three layers of 20 in five heads, texts of 12 tokens."""
    from transformers import BertConfig, BertModel

    folder = tmp_path / "tiny"
    shutil.copytree(bundled.english_model(), folder, ignore=lambda _path, names: [name for name in names if name == "model.safetensors"])
    shape = {"hidden_size": 20, "num_hidden_layers": 3, "num_attention_heads": 5, "intermediate_size": 36, "max_position_embeddings": 40}
    BertModel(BertConfig(vocab_size=30522, layer_norm_eps=1e-3, initializer_range=0.5, **shape)).save_pretrained(folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(bert.NEEDED | config))
    (folder / "1_Pooling" / "config.json").write_text('{"word_embedding_dimension": 20, "pooling_mode_mean_tokens": true}')
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 12, "do_lower_case": false}')
    assert cosines(Encoder(folder).passage(ODD), Embedder(str(folder), cache=tmp_path / "cache").passages(ODD).vectors).min() >= 0.9999


def test_a_vector_hardly_depends_on_what_it_is_read_with(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    together = encoder.passage(ODD)
    assert np.abs(np.linalg.norm(together, axis=1) - 1).max() < 1e-6
    monkeypatch.setattr(bert, "TOKENS", 1)
    assert np.abs(encoder.passage(ODD) - together).max() < 1e-5
    assert np.abs(encoder.query(ODD[::-1])[::-1] - together).max() < 1e-5


def test_the_activation_is_the_exact_one() -> None:
    rows = np.concatenate([np.linspace(-12, 12, 4001), [0.0, -0.0, 1e-30, -1e9, 1e9]]).astype(np.float32)[None]
    exact = [x / 2 * math.erfc(-x / math.sqrt(2)) for x in rows[0].tolist()]
    assert bert._gelu(rows)[0].tolist() == pytest.approx(exact, rel=1e-6, abs=2e-6)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("config.json", '{"model_type": "bert", "hidden_act": "relu"}', "not a BERT model with exact GELU"),
        ("1_Pooling/config.json", '{"pooling_mode_cls_token": true}', "mean pooling"),
        ("config.json", "{", "cannot be read"),
        ("tokenizer.json", "{", "cannot be read"),
        ("model.safetensors", "{", "cannot be read"),
    ],
)
def test_another_kind_of_model_or_a_damaged_one_is_told(tmp_path: Path, name: str, content: str, told: str) -> None:
    folder = tmp_path / "other"
    shutil.copytree(bundled.english_model(), folder)
    (folder / name).write_text(content)
    with pytest.raises(ModelError, match=told):
        Encoder(folder)
