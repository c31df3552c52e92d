"""Odd cells, as people write them: whatever one cell holds, its row lands with all that the other cells say, and mending the cell makes
the store what it would have been."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from graph import Store
from graph.model import Edge, EdgeKind, Node, NodeKind, Visibility
from ingest.load import ingest
from ingest.mapping.suggest import suggest
from ingest.report import Report
from tests.ingest.conftest import content
from tests.ingest.damaged import BUDGET, ODD, PRICE, ROWS, SORTS, TITLES, Centre, Damage, Told

SAYS_NOTHING = frozenset(["？", "???", "N/A", "—", "待定", "TBC", "\u200b", "NaN"])
NOT_STATED = frozenset(["面议", "见附件", "详见第3页"])
"""Of money."""
NOBODY = frozenset(["无（详见备注）", "0", "1", "50", "20231", "9" * 30])
"""Of people: a number among them is the number of one of them."""
OPEN = frozenset(["长期"])
"""Of a day on which something ends."""
PUBLIC = frozenset(["是", "yes", "公开?", "√", "1"])
"""What may be read as public in a column of who may see a row."""

Said = dict[tuple[int, str], dict[str, Any]]
"""By table and title of a row: what its node says."""


def said(store: Store) -> Said:
    """By table and title: what the node of a row says, and the names at the other ends of its edges."""
    found: Said = {}
    for sort, one in enumerate(SORTS):
        nodes = [node for node in store.scan(one.kind) if isinstance(node, Node)]
        for node in nodes:
            fields = msgspec.structs.asdict(node)
            title = str(fields["title"])
            assert (sort, title) not in found, "each row is one node"
            own = found[sort, title] = {name: fields[name] for name in fields if name not in ("id", "provenance", "version")}
            for name, kind in one.edges.items():
                edges = store.edges([node.id], kinds=[kind], direction="in")
                own[name] = sorted(getattr(end, "name", "") for end in store.get([edge.source for edge in edges]).values())
    return found


def story(store: Store) -> list[str]:
    """All that a store says, less the ids of rows that have none of their own."""
    assert store.check(deep=True).problems == ()
    nodes = {one.id: one for kind in NodeKind for one in store.scan(kind) if isinstance(one, Node)}
    lines = []
    for node in nodes.values():
        fields = msgspec.structs.asdict(node)
        if node.kind_of_node is not NodeKind.DECISION:
            skip = ("id", "provenance", "version", "records", "former_ids", "keys")
            lines.append(repr([node.kind_of_node, *sorted((name, repr(value)) for name, value in fields.items() if name not in skip)]))
    for kind in EdgeKind:
        for edge in store.scan(kind):
            assert isinstance(edge, Edge)
            ends = [getattr(nodes[one], "title", None) or getattr(nodes[one], "name", None) for one in (edge.source, edge.target)]
            lines.append(repr([kind, *ends, edge.date, getattr(edge, "role", None)]))
    return sorted(lines)


def shown(text: str) -> str:
    """A cell as a message shows it."""
    plain = " ".join(text.split())
    return plain if len(plain) <= 60 else plain[:60] + " ..."


HAS_DEFAULT = frozenset(["kind", "status", "mode", "outcome", "currency", "date", "visibility"])
"""Fields that say something without their cell: a currency by its amount, a result's date by its application."""


@st.composite
def damages(draw: st.DrawFn) -> list[Damage]:
    """One damaged cell in each row of all tables."""
    found = []
    for sort, one in enumerate(SORTS):
        for row in range(ROWS):
            found.append(Damage(sort, row, draw(st.integers(2, len(one.columns) - 1)), draw(st.sampled_from(ODD))))
    return found


@cache
def undamaged(language: int, has_ids: bool) -> Said:
    """What the good rows say."""
    with tempfile.TemporaryDirectory() as place:
        store, report = Centre(Path(place), language, has_ids).feed("good", [])
        with closing(store):
            assert (report.rejected, report.set_aside) == (0, 0)
            return said(store)


def fills(sort: int, header: str, language: int) -> set[str]:
    column = next(one for one in SORTS[sort].columns if one.header(language) == header)
    return {column.field, *column.fills}


def as_read(done: Sequence[Damage]) -> list[Damage]:
    """What each damaged cell stands for: 同上 for the cell above, damaged or not."""
    found: list[Damage] = []
    for one in done:
        above = [other for other in found if (other.sort, other.row, other.column) == (one.sort, one.row - 1, one.column)]
        found.append(one._replace(text=above[0].text) if above and one.text == "同上" else one)
    return found


def check_rows(centre: Centre, before: Said, after: Said, told: Mapping[Told, str], done: Sequence[Damage]) -> None:
    assert before.keys() == after.keys(), "no row is lost, and none made"
    for one in done:
        header, title = centre.header(one.sort, one.column), TITLES[centre.language][one.sort * ROWS + one.row]
        mine = {cell for cell in told if (cell.sort, cell.row) == (one.sort, one.row)}
        touched = set.union(fills(one.sort, header, centre.language), *(fills(one.sort, cell.header, centre.language) for cell in mine))
        was, now = before[one.sort, title], after[one.sort, title]
        assert {name for name in was if was[name] != now[name]} <= touched, (one, "nothing else of the row changes")
        cell, field = Told(one.sort, one.row, header), SORTS[one.sort].columns[one.column].field
        if cell in told:
            if "13812345678" not in one.text and "@example" not in one.text:
                assert told[cell].replace("万元", "") == f" ({shown(one.text)})".replace("万元", ""), one  # with the unit of the header
            assert not now.get(field) or field in HAS_DEFAULT, one
        elif not any(now.get(name) for name in fills(one.sort, header, centre.language)):
            nothing = SAYS_NOTHING | (NOT_STATED if set(PRICE + BUDGET) & touched or field.endswith("amount") else set())
            nothing |= (OPEN if field in ("deadline", "expires", "ended") else set()) | (NOBODY if field == "creators" else set())
            assert one.text in nothing or not one.text.strip("；"), (one, "what is not read is told")
        if field == "visibility":
            assert now["visibility"] is not Visibility.PUBLIC or one.text in PUBLIC, one


UNDER_NOTHING = [
    Damage(0, 2, 7, "NaN"), Damage(0, 3, 7, "同上"), Damage(1, 0, 2, "100%"), Damage(1, 1, 9, "31.12."), Damage(1, 2, 9, "同上"),
]  # fmt: skip
"""As above, where above nothing is said, and where it cannot be read."""

NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
"""A failure names the damage that did it; to look for fewer takes minutes."""


@settings(max_examples=45, phases=NO_SHRINKING)
@example(done=UNDER_NOTHING, language=1, has_ids=False)
@given(done=damages(), language=st.sampled_from([0, 1]), has_ids=st.booleans())
def test_one_odd_cell_costs_no_more_than_itself_and_can_be_mended(done: list[Damage], language: int, has_ids: bool) -> None:
    with tempfile.TemporaryDirectory() as place:
        centre = Centre(Path(place), language, has_ids)
        damaged, report = centre.feed("damaged", done)
        told = centre.told(report, done)
        with closing(damaged):
            assert report.rejected == 0, [one.rejections for one in report.files]
            check_rows(centre, undamaged(language, has_ids), said(damaged), told, as_read(done))
            rows = {(cell.sort, cell.row) for cell in told}
            reference, _ = centre.feed("reference", [one for one in done if (one.sort, one.row) not in rows])
            mended = centre.mended(report, done)
            again = ingest(damaged, mended, source="centre") if mended else Report()
            assert (again.rejected, again.set_aside, bool(mended)) == (0, 0, bool(told))
            with closing(reference):
                check_mended(damaged, reference, has_ids, {SORTS[one.sort].columns[one.column].field for one in done if one.text})


def check_mended(damaged: Store, reference: Store, has_ids: bool, fields: Set[str]) -> None:
    """The mended store is the one that the good rows make. A person is known by name and institution: who was named while the cell of the
    owners was not read stays beside the one who is named now."""
    left = Counter(story(damaged))
    assert not Counter(story(reference)) - left
    more = left - Counter(story(reference))
    if "owners" in fields:
        assert all("NodeKind.RECORD" in one or "NodeKind.EXPERT" in one for one in more)
        return
    assert not more
    if has_ids:
        assert content(damaged) == content(reference)


@settings(max_examples=10, phases=NO_SHRINKING)
@example(done=UNDER_NOTHING, language=1, has_ids=False)
@given(done=damages(), language=st.sampled_from([0, 1]), has_ids=st.booleans())
def test_strictly_such_a_row_is_rejected_and_no_other(done: list[Damage], language: int, has_ids: bool) -> None:
    with tempfile.TemporaryDirectory() as place:
        centre = Centre(Path(place), language, has_ids)
        loose, report = centre.feed("loose", done)
        strict, rejecting = centre.feed("strict", done, strict=True)
        with closing(loose), closing(strict):
            rows = {(cell.sort, cell.row) for cell in centre.told(report, done)}
            assert {(cell.sort, cell.row) for cell in centre.told(rejecting, done, "rejections")} == rows
            assert (rejecting.set_aside, rejecting.rejected) == (0, len(rows))
            kept, whole = said(strict), said(loose)
            lost = {(sort, TITLES[language][sort * ROWS + row]) for sort, row in rows}
            assert kept == {row: fields for row, fields in whole.items() if row not in lost}


@pytest.mark.parametrize("language", [0, 1])
@pytest.mark.parametrize("text", ["2.02310E+11", "x@example.org", "#REF!", "长" * 501])
def test_a_damaged_id_costs_no_row_and_can_be_mended(text: str, language: int, tmp_path: Path) -> None:
    done = [Damage(sort, row, 0, text) for sort in range(3) for row in (1, 3)]
    centre = Centre(tmp_path, language, has_ids=True)
    whole, _ = centre.feed("good", [])
    damaged, report = centre.feed("damaged", done)
    with closing(whole), closing(damaged):
        assert report.rejected == 0
        assert {(one.sort, one.row, one.header) for one in centre.told(report, done)} == {
            (one.sort, one.row, centre.header(one.sort, 0)) for one in done
        }
        assert said(damaged) == said(whole)
        assert content(damaged) != content(whole)
        again = ingest(damaged, centre.mended(report, done), source="centre")
        assert (again.rejected, again.set_aside) == (0, 0)
        assert content(damaged) == content(whole)


def test_there_are_many_oddities() -> None:
    assert len({*ODD}) == len(ODD) >= 60


@pytest.mark.parametrize("drafted", [False, True])
@pytest.mark.parametrize("text", ["#REF!", "#N/A", "-1", "待商议后公开", "？", "无"])
def test_who_may_see_a_row_is_never_public_where_its_cell_is_not_read(text: str, drafted: bool, tmp_path: Path) -> None:
    column = {sort: next(at for at, one in enumerate(SORTS[sort].columns) if one.field == "visibility") for sort in (0, 1)}
    done = [Damage(sort, row, at, text) for sort, at in column.items() for row in range(ROWS)]
    centre = Centre(tmp_path, 0, has_ids=True)
    whole, _ = centre.feed("good", [])
    mapping = tmp_path / "draft.toml"
    mapping.write_text(suggest(sorted((tmp_path / "good").glob("*.csv"))), "utf-8")
    damaged, report = centre.feed("damaged", done, mapping=mapping if drafted else None)
    with closing(whole), closing(damaged):
        assert report.rejected == 0
        rows = [fields for (sort, _), fields in said(damaged).items() if sort in column]
        assert [one["visibility"] for one in rows] == [Visibility.CONFIDENTIAL] * 2 * ROWS
        assert len(centre.told(report, done)) == 2 * ROWS
