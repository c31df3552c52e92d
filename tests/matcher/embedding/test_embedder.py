"""Vectors: unit, cached by text, never computed twice, the same whatever else is asked; and models that are not the bundled one."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph import Batch, connect
from graph.errors import ModelError
from graph.model import Achievement, EdgeKind, Institution
from matcher.embedding import bundled
from matcher.embedding import embedder as module
from matcher.embedding.embedder import Embedder, ModelKey, cache_folder
from matcher.index import generations
from matcher.index.snapshot import Snapshot
from matcher.signals.scale import background
from matcher.text.passages import ASKED_SENTENCES, ASKED_WINDOWS
from tests.conftest import ROOT
from tests.matcher.worlds import QUESTIONS, WORKS, edge, origin, party, work

TEXTS = [*QUESTIONS, *(text for pair in WORKS for text in pair if text)]


@pytest.fixture
def own(tmp_path: Path) -> Embedder:
    """The bundled model over a vector cache of this test alone."""
    return fresh(tmp_path / "cache")


def fresh(cache: Path) -> Embedder:
    cache.mkdir(exist_ok=True)
    bundled.default_model(cache_folder())
    if not (cache / "models").exists():
        (cache / "models").symlink_to(cache_folder() / "models")
    return Embedder(cache=cache)


class Heard:
    """Remembers what a progress callback was told."""

    def __init__(self) -> None:
        self.calls: list[tuple[int, int]] = []

    def __call__(self, done: int, total: int) -> None:
        self.calls.append((done, total))


def new(embedder: Embedder, texts: list[str]) -> int:
    """How many of ``texts`` had to be embedded."""
    heard = Heard()
    embedder.passages(texts, heard)
    return heard.calls[-1][1] if heard.calls else 0


@settings(max_examples=30)
@given(texts=st.lists(st.sampled_from(TEXTS), max_size=12))
def test_vectors_are_unit_rows_of_float32(embedder: Embedder, texts: list[str]) -> None:
    for embedded in (embedder.passages(texts), embedder.query(texts)):
        vectors = embedded.vectors
        assert len(embedded.rows) == embedded.english.size == 0
        assert vectors.dtype == np.float32
        assert vectors.shape == ((len(texts), 384) if texts else (0, 0))
        assert not texts or np.abs(np.linalg.norm(vectors.astype(np.float64), axis=1) - 1).max() < 1e-6


@settings(max_examples=30)
@given(order=st.permutations(range(len(TEXTS))), upto=st.integers(1, len(TEXTS)))
def test_a_vector_does_not_depend_on_what_it_is_asked_with(embedder: Embedder, order: list[int], upto: int) -> None:
    whole = embedder.passages(TEXTS).vectors
    part = order[:upto]
    np.testing.assert_array_equal(embedder.passages([TEXTS[i] for i in part]).vectors, whole[part])


def test_no_text_is_embedded_twice(own: Embedder, tmp_path: Path) -> None:
    first, rest = TEXTS[:5], TEXTS[5:]
    assert new(own, [*first, *first]) == 5
    assert new(own, first) == 0
    assert new(own, TEXTS) == len(rest)
    again = fresh(tmp_path / "cache")
    assert new(again, TEXTS) == 0
    np.testing.assert_array_equal(again.passages(TEXTS).vectors, own.passages(TEXTS).vectors)


def test_a_question_and_a_passage_of_one_text_differ(own: Embedder) -> None:
    asked, said = own.query(TEXTS[:3]).vectors, own.passages(TEXTS[:3]).vectors
    cosines = (asked * said).sum(axis=1)
    assert cosines.max() < 0.9999
    assert cosines.min() > 0.5


def stored(embedder: Embedder) -> sqlite3.Connection:
    return sqlite3.connect(embedder.cache / "vectors" / embedder.key.file_name)


def test_the_first_vector_of_a_text_is_kept(own: Embedder) -> None:
    """Another process stores a vector between the look-up and the insertion: that one is the text's vector from then on."""
    other = np.zeros(384, np.float32)
    other[3] = 1.0
    digest = module._digest((own.key.passage_prefix + TEXTS[0]).encode())

    def meanwhile(done: int, _total: int) -> None:
        if not done:
            with stored(own) as database:
                database.execute("INSERT INTO vector VALUES (?, ?)", (digest, bytes(other)))
            database.close()

    np.testing.assert_array_equal(own.passages(TEXTS[:2], meanwhile).vectors[0], other)
    np.testing.assert_array_equal(fresh(own.cache).passages(TEXTS[:1]).vectors[0], other)


def test_a_stop_loses_at_most_one_chunk(own: Embedder, monkeypatch: pytest.MonkeyPatch, embedder: Embedder) -> None:
    monkeypatch.setattr(module, "CHUNK", 3)

    def stop(done: int, _total: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        own.passages(TEXTS, stop)
    assert own.query(TEXTS[:1]).vectors.shape == (1, 384)  # and the embedder can still be used
    heard = Heard()
    again = fresh(own.cache)
    vectors = again.passages(TEXTS, heard).vectors
    left = len(TEXTS) - 3
    assert heard.calls == [(done, left) for done in [*range(0, left, 3), left]]
    assert (vectors * embedder.passages(TEXTS).vectors).sum(axis=1).min() > 0.999


def test_two_processes_share_one_cache(own: Embedder) -> None:
    program = (
        "import sys; from pathlib import Path; from matcher.embedding.embedder import Embedder; "
        "from tests.matcher.worlds import QUESTIONS, WORKS; "
        "texts = [*QUESTIONS, *(text for pair in WORKS for text in pair if text)]; "
        "sys.stdout.buffer.write(Embedder(cache=Path(sys.argv[1])).passages(texts).vectors.tobytes())"
    )
    command = [sys.executable, "-c", program, str(own.cache)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) for _ in range(2)]
    first, second = (process.communicate(timeout=100)[0] for process in started)
    assert first == second == own.passages(TEXTS).vectors.tobytes()


# -- which model a vector is of


def test_the_engine_and_the_big_model_are_one_family(own: Embedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other").mkdir()
    by_engine = own.passages(TEXTS).vectors
    monkeypatch.setattr(bundled, "engine", lambda: None)
    big = fresh(tmp_path / "other")
    assert big._engine is None
    big.load()
    assert big.key == own.key
    assert (big.passages(TEXTS).vectors * by_engine).sum(axis=1).min() > 0.999


def test_a_family_is_everything_but_the_type_of_numbers() -> None:
    from dataclasses import replace

    key = ModelKey("m", "w", "float32", "mean", "q: ", "p: ", 512)
    assert replace(key, dtype="bfloat16").family == key.family
    assert replace(key, dtype="bfloat16").file_name != key.file_name
    changed = [{"weights": "x"}, {"pooling": "cls"}, {"query_prefix": ""}, {"passage_prefix": ""}, {"max_length": 256}]
    families = {replace(key, **change).family for change in changed}
    assert len(families | {key.family}) == len(changed) + 1


def test_many_new_texts_go_to_the_big_model_and_few_to_the_engine(own: Embedder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FEW", 2)
    assert "_model" not in vars(own)
    own.passages(TEXTS[:2])
    assert own._engine is None or "_model" not in vars(own)
    own.passages(TEXTS[:5])
    assert "_model" in vars(own)


# -- a model of the user's own


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sentence-transformers folder: two layers of random BERT over the bundled tokenizer, mean-pooled and not normalised."""
    import torch
    from transformers import BertConfig, BertModel

    source = bundled.default_model(cache_folder())
    folder = tmp_path_factory.mktemp("model") / "tiny"
    shutil.copytree(source, folder, ignore=lambda _path, names: [name for name in names if name.endswith(".safetensors")])
    (folder / "modules.json").write_text(
        '[{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},'
        ' {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}]'
    )
    (folder / "1_Pooling" / "config.json").write_text('{"word_embedding_dimension": 16, "pooling_mode_mean_tokens": true}')
    torch.manual_seed(1)
    shape = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    config = BertConfig(vocab_size=250037, max_position_embeddings=512, type_vocab_size=1, pad_token_id=1, **shape)
    BertModel(config).save_pretrained(folder)
    return folder


def test_another_model_has_vectors_and_a_cache_of_its_own(tiny: Path, own: Embedder) -> None:
    other = Embedder(str(tiny), cache=own.cache)
    vectors = other.passages(TEXTS).vectors
    assert vectors.shape == (len(TEXTS), 16)
    assert np.abs(np.linalg.norm(vectors.astype(np.float64), axis=1) - 1).max() < 1e-6
    assert other.key.family != own.key.family
    assert new(other, TEXTS) == 0
    assert new(own, TEXTS[:1]) == 1
    assert {path.name for path in (own.cache / "vectors").glob("*.vectors")} == {other.key.file_name, own.key.file_name}


def test_other_weights_under_the_same_name_are_another_model(tiny: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy" / tiny.name
    shutil.copytree(tiny, copy)
    before = Embedder(str(copy), cache=tmp_path / "c").key
    assert before == Embedder(str(tiny), cache=tmp_path / "c").key
    weights = copy / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    after = Embedder(str(copy), cache=tmp_path / "c").key
    assert after.name == before.name
    assert after.family != before.family


def test_a_store_refuses_another_model_until_it_is_changed_over(
    tiny: Path, embedder: Embedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOVETAIL_CACHE", str(tmp_path / "cache"))
    store = connect(f"sqlite:///{tmp_path}/two.db")
    nodes = [Achievement(id=work(n), provenance=origin(f"a{n}"), title=title, abstract=text) for n, (title, text) in enumerate(WORKS)]
    firm = Institution(id=party(0), provenance=origin("i0"), name="firm")
    store.write(Batch(nodes=[*nodes, firm], edges=[edge(EdgeKind.OWNS, party(0), work(0))]))
    generations.build(store, embedder)
    other = Embedder(str(tiny), cache=tmp_path / "cache")
    with pytest.raises(ModelError, match=r"another model.*--rescale"):
        generations.build(store, other)
    with pytest.raises(ModelError, match=f"with the model default, not {tiny.name}"):
        Snapshot.open(store, other)
    Snapshot.open(store, embedder)
    assert generations.build(store, other, rescale=True).rescaled
    Snapshot.open(store, other)
    with pytest.raises(ModelError, match=f"with the model {tiny.name}, not default"):
        Snapshot.open(store, embedder)
    with pytest.raises(ModelError, match="--rescale"):
        generations.build(store, embedder)
    store.close()


def test_a_folder_without_weights_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelError, match="no weights"):
        Embedder(str(tmp_path), cache=tmp_path / "cache")


@pytest.mark.parametrize("name", ["config.json", "modules.json", "model.safetensors", "sentence_bert_config.json", "1_Pooling/config.json"])
def test_a_damaged_folder_is_told_as_such(tiny: Path, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "damaged"
    shutil.copytree(tiny, folder)
    (folder / name).write_bytes(b"{")
    with pytest.raises(ModelError, match="damaged"):
        Embedder(str(folder), cache=tmp_path / "cache").query(["x"])


def test_a_name_that_cannot_be_fetched_is_told_in_words(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from graph.errors import ModelError; from matcher.embedding.embedder import Embedder\n"
        "for name in ('nobody/no-such-model', 'no/such/folder', ' '):\n"
        "    try: Embedder(name, cache=Path(sys.argv[1]))\n"
        "    except ModelError as error: print(error)"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "hub")}
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], env=environment, capture_output=True, text=True, check=True)
    said = [line.partition(": neither a folder nor a model that could be fetched: ") for line in done.stdout.splitlines()]
    assert [(name, kind) for name, _, kind in said] == [
        ("nobody/no-such-model", "LocalEntryNotFoundError"),
        ("no/such/folder", "HFValidationError"),
        (" ", "HFValidationError"),
    ]


def test_a_cache_that_cannot_be_written_is_told_in_words(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    own = fresh(cache)
    (cache / "vectors").write_text("in the way")
    with pytest.raises(ModelError, match=r"vector cache cannot be opened.*DOVETAIL_CACHE"):
        own.query(["x"])


def test_no_question_is_so_long_that_it_loads_the_big_model(own: Embedder) -> None:
    assert ASKED_WINDOWS + ASKED_SENTENCES <= module.FEW
    assert len(background()) <= module.FEW
    own.query([f"{n}" for n in range(module.FEW)])
    assert own._engine is None or "_model" not in vars(own)
