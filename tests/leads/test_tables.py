"""Counts and tables of leads: the funnel, its picture, duplicates, and exports in which nothing is a formula."""

from __future__ import annotations

import csv
import gc
import io
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import msgspec
import openpyxl
import pytest

from graph import Batch, Store
from graph.errors import InvalidInput
from graph.model import Achievement, Demand, Expert, Provenance
from leads.board.duplicates import duplicates
from leads.board.export import COLUMNS, rows, to_csv, to_xlsx
from leads.board.funnel import STAGES, funnel
from leads.board.listing import Wanted, listed
from leads.board.picture import to_lines, to_svg
from leads.leads import Leads
from tests.leads.worlds import BROKER, FIRM, LAB, OPERATOR, ORIGIN, STRANGER, begin, posted_demand, public_demand, suggest

TODAY = "2999-12-31"


@pytest.fixture
def leads(store: Store) -> Leads:
    begin(store)
    return Leads(store)


def test_the_funnel_counts_what_one_may_see(leads: Leads, store: Store) -> None:
    ids = [suggest(store, public_demand(store, f"dem-{n}")) for n in range(4)]
    suggest(store, posted_demand(store), hidden=True)
    leads.do(BROKER, ids[0], "shortlist")
    for side in ("need", "offer"):
        leads.do(BROKER, ids[1], "interested", {"side": side, "on_word": "phone"})
    leads.do(BROKER, ids[1], "introduce", {"agency": "none"})
    leads.do(BROKER, ids[2], "propose", {"side": "offer"})
    leads.do(LAB, ids[2], "decline", {"side": "offer", "reason": "price"})
    found = funnel(store, BROKER, today=TODAY)
    assert [one.reached for one in found.stages] == [4, 3, 2, 1, 0, 0, 0]
    assert [one.now for one in found.stages] == [1, 1, 0, 1, 0, 0, 0]
    assert {one.name: one.reasons for one in found.stages if one.reasons} == {"proposed": {"price": 1}}
    assert found.by["broker"] == {"ins-broker": [1, 1, 1, 1, 0, 0, 0]} and sum(one[0] for one in found.by["month"].values()) == 4
    assert found.by["place"] == {"350000": [4, 3, 2, 1, 0, 0, 0]}
    assert [funnel(store, who, today=TODAY).stages[0].reached for who in (OPERATOR, FIRM, LAB, STRANGER)] == [5, 5, 2, 0]
    assert funnel(store, BROKER, Wanted(states=("shortlisted",)), today=TODAY).stages[1].reached == 1
    svg = ElementTree.fromstring(to_svg(found))  # noqa: S314 - our own
    widths = [float(one.get("width") or 0) for one in svg.iter("{http://www.w3.org/2000/svg}rect")]
    assert len(widths) == len(STAGES) and widths[0] == 380 and widths[1] == 285 and widths[-1] == 0
    assert len(to_lines(found)) == len(STAGES)


def test_a_country_is_no_region_elsewhere_that_is_written_alike(store: Store) -> None:
    begin(store)
    demand = Demand(id="dem-nl", provenance=ORIGIN, title="Membranes", regions=("NL", "江苏", "Wonderland"))
    store.write(Batch(nodes=[demand]))
    suggest(store, "dem-nl")
    assert set(funnel(store, OPERATOR, today=TODAY).by["place"]) == {"NL", "320000"}


def test_leads_of_merged_entities_and_of_copies_are_shown_as_such(leads: Leads, store: Store) -> None:
    store.write(Batch(nodes=[Expert(id="exp-2", provenance=ORIGIN, name="Wang")]))
    public_demand(store)
    first, second = suggest(store, "dem-1"), suggest(store, "dem-1", "exp-2")
    leads.do(BROKER, second, "shortlist")
    assert duplicates(store, BROKER) == []
    store.write(Batch(delete=["exp-2"], nodes=[Expert(id="exp-1", provenance=ORIGIN, name="Wang", capacity=2, former_ids=("exp-2",))]))
    assert duplicates(store, BROKER) == [[second, first]] and duplicates(store, STRANGER) == []
    copy = Demand(id="dem-9", provenance=Provenance("other", "9"), title="COATING measured in line, dem 1")
    store.write(Batch(nodes=[copy]))
    third = suggest(store, "dem-9")
    assert duplicates(store, BROKER) == [[second, *sorted([first, third])]]
    (shown,) = [one for one in listed(store, BROKER, today=TODAY).data if one.lead.id == first]
    assert shown.same == tuple(sorted([second, third]))
    leads.do(BROKER, first, "merge", {"into": second})
    leads.do(BROKER, third, "merge", {"into": second})
    assert duplicates(store, BROKER) == [] and listed(store, BROKER, today=TODAY).count == 1
    leads.do(BROKER, first, "unmerge")
    assert duplicates(store, BROKER) == [[second, first]]


@pytest.mark.parametrize("title", ["=1+1", "+49 30", "-cmd", "@SUM(A1)", "\t=1", "=HYPERLINK(\"http://x\")", "'=1", "plain", "a\x01b"])
def test_no_cell_is_a_formula(leads: Leads, store: Store, title: str) -> None:
    suggest(store, public_demand(store))
    node = store.get(["dem-1"])["dem-1"]
    assert isinstance(node, Demand)
    work = Achievement(id="ach-1", provenance=ORIGIN, title=title)
    store.write(Batch(nodes=[msgspec.structs.replace(node, title=title, version=0), work]))
    assert leads.show(BROKER, listed(store, BROKER).data[0].lead.id)
    content = to_csv(rows(store, BROKER, today=TODAY))
    header, row = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    assert tuple(header) == COLUMNS and not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)
    assert row[header.index("need_name")].lstrip("'") == title.lstrip("'")
    sheet = openpyxl.load_workbook(io.BytesIO(to_xlsx(rows(store, BROKER, today=TODAY))))["leads"]
    cells = list(sheet.iter_rows())[1]
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr", "n"}
    assert cells[header.index("need_name")].value == title.replace("\x01", "")
    assert list(rows(store, STRANGER, today=TODAY)) == []


def test_a_table_that_cannot_be_read_to_its_end_leaves_no_half_of_a_book(store: Store) -> None:
    begin(store)
    for number in range(3):
        suggest(store, public_demand(store, f"dem-{number}"))

    def broken() -> Iterator[list[Any]]:
        table = rows(store, BROKER, today=TODAY)
        yield next(table)
        raise InvalidInput("no such place")

    with pytest.raises(InvalidInput, match="no such place"):
        to_xlsx(broken())
    gc.collect()  # a sheet that was begun is closed here, and pytest makes a failure of what it says
