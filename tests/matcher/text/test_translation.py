"""The dictionary: what it finds, against a plain reading of its file, and what a question gains by it."""

from __future__ import annotations

import gzip
from collections import defaultdict
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from graph.errors import ModelError
from matcher.embedding.embedder import Embedder
from matcher.text import translation as module
from matcher.text.passages import language
from matcher.text.terms import latin_terms, term_hash, terms
from matcher.text.translation import Hashes, dictionary


def everything(hashes: Hashes) -> np.ndarray:
    return np.ones(len(hashes), bool)


def held_by(*texts: str) -> module.Held:
    held = np.array([term_hash(term) for text in texts for term in terms(text)], np.uint64)
    return lambda hashes: np.isin(hashes, held)


@cache
def plain_entries() -> dict[str, dict[str, int]]:
    """Chinese words of one to eight characters by English meaning, names left out: line by line, with string methods alone."""
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for line in gzip.decompress(module._source().read_bytes()).decode().splitlines():
        if line.startswith("#"):
            continue
        word, said = line.split(" ")[1], line[line.index("[") + 1 : line.index("]")]
        if said == said.lower() and len(word) <= 8 and all("\u3400" <= c <= "\u9fff" for c in word):
            for meaning in line[line.index("]") + 1 :].strip().strip("/").split("/"):
                found[meaning][word] += 1
    return found


def test_one_word_is_shared_among_its_translations(embedder: Embedder) -> None:
    # CC-CEDICT: 凸輪 凸轮 [tu1 lun2] /cam/, and no other word whose meaning is "cam" alone
    assert set(plain_entries()["cam"]) == {"凸轮"}
    got = dictionary(embedder.cache).translate("cam", everything)
    assert got == {term_hash(term): 1.0 for term in ("凸", "轮", "凸轮")}


@pytest.mark.parametrize("word", ["lathe", "turbine", "catalyst", "electrolyte", "bearing", "hydrogen"])
def test_every_plain_meaning_is_found(embedder: Embedder, word: str) -> None:
    got = dictionary(embedder.cache).translate(word, everything)
    for translation in plain_entries()[word]:
        assert all(term_hash(term) in got for term in terms(translation))


def test_the_longest_phrase_is_translated_as_one(embedder: Embedder) -> None:
    book = dictionary(embedder.cache)
    whole, parts = (book.translate(text, everything) for text in ("solar cell", "solar. Of a cell"))
    assert term_hash("太阳能电池"[-2:]) in whole
    assert whole == parts  # punctuation and function words do not part a phrase
    assert term_hash("细胞") not in whole  # a cell alone is first of all a living one
    assert term_hash("细胞") in book.translate("cell", everything)


def test_both_directions_meet(embedder: Embedder) -> None:
    book = dictionary(embedder.cache)
    assert term_hash("vibrat") in book.translate("消除凸轮的振动", everything)
    assert term_hash("振动") in book.translate("eliminate the vibration of a cam", everything)


def test_a_translation_that_no_text_holds_is_left_out(embedder: Embedder) -> None:
    got = dictionary(embedder.cache).translate("noise", held_by("降低噪声的装置"))
    assert {term_hash("噪声"), term_hash("噪")} <= set(got)
    assert term_hash("噪音") not in got
    assert dictionary(embedder.cache).translate("noise", held_by("a text in English alone, about noise")) == {}


def test_a_name_stays_as_it_is_where_the_other_language_has_it(embedder: Embedder) -> None:
    book = dictionary(embedder.cache)
    assert book.translate("RFID noise", held_by("RFID 噪声"))[term_hash("rfid")] == 1.0
    assert term_hash("rfid") not in book.translate("RFID noise", held_by("噪声"))
    assert book.translate("RFID 噪音", held_by("RFID noise"))[term_hash("rfid")] == 1.0


@given(text=st.text(alphabet=st.sampled_from("振动噪声的凸轮 noise cam,。\n"), max_size=40))
def test_asked_twice_is_wanted_twice(embedder: Embedder, text: str) -> None:
    assume(language(text) == "zh")  # of English words a phrase may reach across the joint
    once, twice = (dictionary(embedder.cache).translate(asked, everything) for asked in (text, f"{text}。{text}"))
    assert all(weight > 0 for weight in once.values())
    assert twice == pytest.approx({term: 2 * weight for term, weight in once.items()})


@pytest.mark.parametrize(
    ("text", "corpus", "gloss"),
    [
        ("气孔的检测。X射线", ["pores, a test", "a test bench", "detection", "X rays"], "pore test. X ray"),
        ("气孔的检测。X射线", ["pores, a test", "detection", "pore detection", "X rays"], "pore detect. X ray"),
        ("noise test. Cam", ["检测噪声", "噪声", "测验", "检测凸轮"], "噪声检测。凸轮"),
        ("RFID noise of the cam", ["RFID 凸轮", "噪声", "降低噪声", "噪音"], " rfid 噪声凸轮"),
        ("凸轮 RFID", ["cam"], "cam RFID"),
        ("the cam", ["齿轮"], ""),
        ("凸轮", ["gear"], ""),
        ("", ["gear"], ""),
    ],
)
def test_a_gloss_says_each_phrase_as_most_texts_do(embedder: Embedder, text: str, corpus: list[str], gloss: str) -> None:
    holds = [set(map(term_hash, terms(one))) for one in corpus]
    held = lambda hashes: np.array([sum(one in text for text in holds) for one in hashes.tolist()])  # noqa: E731
    assert dictionary(embedder.cache).gloss(text, held) == gloss


@given(text=st.text(alphabet=st.sampled_from("振动噪声的凸轮 noise cam RFID,。\n"), max_size=40))
def test_a_gloss_says_what_is_translated_in_the_other_language(embedder: Embedder, text: str) -> None:
    book = dictionary(embedder.cache)
    gloss = book.gloss(text, everything)
    asked = book.translate(text, everything)
    if language(text) == "en":
        assert {term_hash(term) for term in terms(gloss)} <= set(asked) | {term_hash(pair) for pair in bigrams(gloss)} | latin(text)
    assert bool(gloss) or not asked
    of_nothing = book.gloss(text, lambda hashes: np.zeros(len(hashes), bool))
    assert {term_hash(term) for term in terms(of_nothing)} <= latin(text)


def latin(text: str) -> set[int]:
    return set(map(term_hash, latin_terms(text)))


def bigrams(text: str) -> list[str]:
    """Pairs of characters: two phrases side by side make one more."""
    return [text[i : i + 2] for i in range(len(text) - 1)]


def test_the_table_is_made_once(tmp_path: Path, embedder: Embedder) -> None:
    made = dictionary(embedder.cache)
    source = next((embedder.cache / "models").glob(f"cedict-*.{module.LAYOUT}.npz"))
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / source.name).write_bytes(source.read_bytes())
    copied = dictionary(tmp_path)
    assert (copied.english.keys == made.english.keys).all()
    assert [path.name for path in (tmp_path / "models").iterdir()] == [source.name]


def test_without_the_package_the_error_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PACKAGE", "no_such_dictionary")
    with pytest.raises(ModelError, match="pip install no_such_dictionary"):
        dictionary(tmp_path)
