"""Old and new ties: each metric and block by hand, and the list without earlier partners against a plain loop."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.evaluate.metrics import bootstrap
from matcher.evaluate.ties.blocks import ALL, AMONG_NEW, CUT, NEW, OLD, First, Table, lists, of_pairs, of_question, ranks


def first_of(ranking: list[str]) -> First:
    return lambda count: ranking[:count]


def test_metrics_of_a_question_by_hand() -> None:
    assert of_question([3, 0, 11, 51]) == pytest.approx(
        {"hit@10": 1.0, "hit@50": 1.0, "R@10": 0.25, "R@50": 0.5, "MRR": (1 / 3 + 1 / 11 + 1 / 51) / 4, "MRR first": 1 / 3}
    )
    assert of_question([12]) == pytest.approx({"hit@10": 0, "hit@50": 1, "R@10": 0, "R@50": 1, "MRR": 1 / 12, "MRR first": 1 / 12})
    assert set(of_question([0, 0]).values()) == {0.0}


def test_metrics_of_pairs_by_hand() -> None:
    assert of_pairs([1, 0, 11, 60]) == {"hit@1": 1.0, "hit@10": 1.0, "hit@50": 2.0, "MRR": pytest.approx(1 + 1 / 11 + 1 / 60)}


def test_who_is_nobody_is_not_found() -> None:
    assert ranks(["a", "b", "c"], ["c", None, "a", "x"]) == [3, 0, 1, 0]


NAMES = [f"i{n:04}" for n in range(900)]


@given(st.permutations(NAMES).map(lambda all_: all_[:700]), st.sets(st.sampled_from(NAMES)), st.integers(0, 700))
def test_the_list_without_earlier_partners_is_as_deep(ranking: list[str], partners: set[str], length: int) -> None:
    ranking = ranking[:length]
    found = lists(first_of(ranking), partners)
    assert found.whole == ranking[:CUT]
    assert found.new == [one for one in ranking if one not in partners][:CUT]


def test_a_hundred_partners_in_front_do_not_shorten_the_new_list() -> None:
    partners = set(NAMES[:390])
    assert lists(first_of(NAMES), partners).new == NAMES[390:490]


def test_blocks_by_hand() -> None:
    table = Table(by_pair=False)
    # first question: a and c were partners before; c, d and somebody unknown were taken. Second: a stranger, who took b.
    both = [(["a", "b", "c", "d"], ["c", "d", None], {"a", "c"}), (["a", "b"], ["b"], set[str]())]
    for ranking, taken, partners in both:
        assert table.count("one", first_of(ranking), taken, partners) == ranking
        table.count("none", first_of([]), taken, partners)
    found = {block.name: block for block in table.blocks([("one", "none")])}
    assert {name: block.questions for name, block in found.items()} == {ALL: 2, OLD: 1, NEW: 2, AMONG_NEW: 2}
    value = {
        name: {row.name: {metric: figure[0] for metric, figure in row.metrics.items()} for row in block.rows}
        for name, block in found.items()
    }
    assert value[ALL]["one"] == pytest.approx({
        "hit@10": 1.0, "hit@50": 1.0, "R@10": (2 / 3 + 1) / 2, "R@50": (2 / 3 + 1) / 2,
        "MRR": ((1 / 3 + 1 / 4 + 0) / 3 + 1 / 2) / 2, "MRR first": (1 / 3 + 1 / 2) / 2,
    })  # fmt: skip
    assert value[OLD]["one"] == pytest.approx({"hit@10": 1, "hit@50": 1, "R@10": 1, "R@50": 1, "MRR": 1 / 3, "MRR first": 1 / 3})
    assert value[NEW]["one"]["R@10"] == pytest.approx((1 / 2 + 1) / 2)
    assert value[NEW]["one"]["MRR first"] == pytest.approx((1 / 4 + 1 / 2) / 2)  # d is fourth in the whole list
    assert value[AMONG_NEW]["one"]["MRR first"] == pytest.approx((1 / 2 + 1 / 2) / 2)  # and second once a and c are gone
    for block in value.values():
        assert block["one less none"] == block["one"]
        assert set(block["none"].values()) == {0.0}


def test_an_interval_is_of_the_differences() -> None:
    table = Table(by_pair=False)
    for place in range(12):
        table.count("with", first_of(["a", "b"]), ["a"], set())
        table.count("without", first_of(["a", "b"] if place % 3 else ["b", "a"]), ["a"], set())
    rows = {row.name: row for block in table.blocks([("with", "without")]) for row in block.rows}
    assert rows["with less without"].metrics["MRR"] == bootstrap([0.5 if place % 3 == 0 else 0.0 for place in range(12)])


def test_pairs_have_one_block() -> None:
    table = Table(by_pair=True)
    table.count("row", first_of(["a", "b"]), ["b", "b", "x"], {"b"})
    (block,) = table.blocks([])
    assert block.name == ALL
    assert block.rows[0].metrics["MRR"][0] == pytest.approx((1 / 2 + 1 / 2) / 3)


def test_nothing_judged_has_no_rows() -> None:
    assert list(Table(by_pair=False).blocks([("a", "b")])) == []
