"""The monthly report, on every store: what counts in which month, for whom, and the documents behind each number."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from babel.numbers import get_currency_precision
from hypothesis import given
from hypothesis import strategies as st

from desk.people.sight import node_of
from graph import Batch, Store
from graph.errors import InvalidInput, NotAllowed
from graph.language import speaking
from leads.outcomes import cooperation_id
from leads.report.definitions import DEFINITIONS, Definition, in_force
from leads.report.facts import Fact, Facts
from leads.report.markdown import to_markdown
from leads.report.money import digits, major, minor
from leads.report.report import Cell, monthly, opened, to_json
from tests.leads.report.months import LATER, Spring
from tests.leads.worlds import BROKER, FIRM, LAB, OPERATOR, RIVAL

MAY = "2026-05"


@pytest.fixture
def spring(store: Store) -> Spring:
    return Spring(store)


def behind(spring: Spring, mark: str, month: str = MAY, who: object = OPERATOR) -> tuple[int, tuple[str, ...]]:
    """A number and its documents."""
    found = opened(spring.report(month, who), mark)  # type: ignore[arg-type]
    return found.value, found.documents


def test_what_came_from_files_counts_by_its_date(spring: Spring) -> None:
    assert behind(spring, "demands") == (2, ("dem-5", "dem-h"))
    assert behind(spring, "demands", "2026-04") == (1, ("dem-4",))
    assert behind(spring, "results") == (1, ("ach-5",))
    december = spring.report("2026-12", now=datetime(2027, 1, 1, tzinfo=UTC))
    assert opened(december, "results").documents == ("ach-y",)  # known by its year alone
    assert behind(spring, "contracts") == (4, ("coo-5", "coo-h", "coo-r", "coo-u"))
    assert behind(spring, "contracts.value.CNY") == (100_000_510, ("coo-5", "coo-h"))
    assert behind(spring, "contracts.value.JPY") == (1200, ("coo-r",))
    assert behind(spring, "contracts.technology.CNY") == (40_000_000, ("coo-5",))
    assert behind(spring, "contracts.untold") == (1, ("coo-u",))
    assert behind(spring, "contracts.value.EUR") == (0, ())
    assert behind(spring, "introductions") == (0, ())


def test_a_number_is_parted_by_type_field_and_district(spring: Spring) -> None:
    assert behind(spring, "contracts.value.CNY@type:contract") == (100_000_510, ("coo-5", "coo-h"))
    assert behind(spring, "contracts@type:joint_entity") == (0, ())
    assert behind(spring, "demands@field:gbt4754:C39") == (1, ("dem-5",))
    assert behind(spring, "demands@field:gbt4754:C") == (2, ("dem-5", "dem-h"))  # all that lies within it
    assert behind(spring, "demands@district:350100") == behind(spring, "demands@district:350000") == (2, ("dem-5", "dem-h"))
    assert behind(spring, "results@district:330106") == behind(spring, "results@district:CN") == (1, ("ach-5",))
    assert behind(spring, "contracts@field:gbt4754:C33") == (1, ("coo-5",))
    assert behind(spring, "contracts@district:") == (2, ("coo-h", "coo-u"))  # nobody knows whose they are


def test_what_is_done_here_counts_by_its_entry(spring: Spring) -> None:
    met = spring.held("dem-4", "2026-05-10")
    lead = spring.introduced("dem-5", "2026-05-31")
    spring.on("2026-06-01")
    says = {"mode": "joint_entity", "title": "x", "amount": 2.5, "technology_amount": 1, "currency": "CNY", "started": "2026-05-01"}
    spring.leads.do(BROKER, lead, "agree", says)
    number = [one.kind for one in spring.leads.history(BROKER, lead)].index("introduce") + 1
    assert behind(spring, "meetings") == (1, (f"meeting:{met}",))
    assert behind(spring, "introductions@district:350100") == (1, (f"lead:{lead}/{number:010}",))
    assert behind(spring, "introductions@field:gbt4754:C39")[0] == 1
    agreed = (f"lead:{lead}/{number + 1:010}",)
    assert behind(spring, "contracts", "2026-06") == (1, agreed)  # not once more by the cooperation that it made
    assert behind(spring, "contracts.value.CNY@type:joint_entity", "2026-06") == (250, agreed)
    assert behind(spring, "contracts.technology.CNY", "2026-06") == (100, agreed)
    assert cooperation_id(lead) not in behind(spring, "contracts")[1]
    assert behind(spring, "introductions", "2026-06") == (0, ())


def test_a_demand_counts_when_it_was_first_published_and_a_teaser_only_for_who_sees_no_more(spring: Spring) -> None:
    spring.on("2026-05-05")
    id = spring.demands.draft(FIRM, {"title": "Secret", "date": "2020-01-01"}).id
    spring.demands.do(FIRM, id, "submit", {"no_secrets": True})
    spring.demands.do(OPERATOR, id, "accept")
    spring.demands.do(FIRM, id, "publish", {"visibility": "confidential"})
    teaser = spring.demands.do(FIRM, id, "tease", {"field": "coatings"}).value["teaser"]
    spring.on("2026-06-05")
    spring.demands.do(FIRM, id, "reconfirm")
    assert set(behind(spring, "demands")[1]) == {"dem-5", "dem-h", node_of(id)}
    assert set(behind(spring, "demands", who=BROKER)[1]) == {"dem-5", node_of(teaser)}
    assert behind(spring, "demands", "2026-06") == (0, ())
    assert behind(spring, "demands@district:350100", who=BROKER) == (1, ("dem-5",))  # whose a teaser is, is not told


def test_only_who_may_see_a_thing_counts_it(spring: Spring) -> None:
    spring.introduced("dem-5", "2026-05-20", RIVAL)
    assert behind(spring, "introductions", who=RIVAL)[0] == behind(spring, "introductions")[0] == 1
    assert behind(spring, "introductions", who=BROKER) == (0, ())
    assert behind(spring, "demands", who=BROKER) == (1, ("dem-5",))
    assert behind(spring, "contracts", who=BROKER) == (3, ("coo-5", "coo-r", "coo-u"))
    for nobody in (FIRM, LAB):
        with pytest.raises(NotAllowed, match="operator and for brokers"):
            spring.report(MAY, nobody)


def test_a_report_without_what_is_hidden_is_that_of_a_store_without_it(spring: Spring) -> None:
    before = to_json(spring.report(MAY, BROKER)), to_markdown(spring.report(MAY, BROKER))
    spring.store.write(Batch(delete=["dem-h", "coo-h"]))
    assert (to_json(spring.report(MAY, BROKER)), to_markdown(spring.report(MAY, BROKER))) == before


def test_the_same_month_again_gives_the_same_bytes(spring: Spring) -> None:
    lead = spring.introduced("dem-5", "2026-05-20")
    before = to_json(spring.report(MAY)), to_markdown(spring.report(MAY))
    spring.on("2026-07-01")
    spring.leads.do(FIRM, lead, "decline", {"side": "need", "reason": "price"})  # nothing done later changes it
    spring.leads.do(BROKER, lead, "reopen", {"text": "new price"})
    again = spring.report(MAY, now=datetime(2027, 1, 1, tzinfo=UTC))
    assert (to_json(again), to_markdown(again)) == before


def test_a_lead_that_was_merged_by_the_end_of_the_month_does_not_count(spring: Spring) -> None:
    lead = spring.introduced("dem-5", "2026-05-20")
    other = spring.leads.begin(BROKER, "dem-4", "exp-1").id
    spring.on("2026-06-02")
    spring.leads.do(BROKER, lead, "merge", {"into": other})
    assert behind(spring, "introductions")[0] == 1
    second = spring.introduced("dem-4", "2026-06-03")
    spring.leads.do(BROKER, second, "merge", {"into": spring.leads.begin(BROKER, "dem-5", "ins-lab").id})
    assert behind(spring, "introductions", "2026-06") == (0, ())


def test_a_report_of_an_old_month_uses_the_definitions_of_then(spring: Spring) -> None:
    def only_registered(facts: Facts) -> list[Fact]:
        return [one for one in facts.contracts() if one.document == "coo-r"]

    old = next(one for one in DEFINITIONS if one.measure == "contracts")
    new = Definition(measure="contracts", version=2, day="2026-06-01", text="Registered ones.", facts=only_registered, by=old.by,
                     counts=old.counts)  # fmt: skip
    both = (*DEFINITIONS, new)
    assert [one.version for one in in_force("2026-05-31", both) if one.measure == "contracts"] == [1]
    assert [one.version for one in in_force("2026-06-01", both) if one.measure == "contracts"] == [2]
    assert [one.version for one in in_force("1999-01-01", both) if one.measure == "contracts"] == [1]
    assert [one.measure for one in in_force("2026-06-01", both)] == [one.measure for one in DEFINITIONS]
    assert to_json(monthly(spring.store, OPERATOR, MAY, definitions=both, now=lambda: LATER)) == to_json(spring.report(MAY))
    june = monthly(spring.store, OPERATOR, "2026-06", definitions=both, now=lambda: LATER)
    assert ("contracts", 2, "2026-06-01") in [(one.measure, one.version, one.day) for one in june.definitions]
    assert "Registered ones." in to_markdown(june)


def test_every_count_has_as_many_documents(spring: Spring) -> None:
    spring.introduced("dem-5", "2026-05-20")
    spring.held("dem-4", "2026-05-21")
    found = spring.report(MAY)
    for cell in found.cells:
        assert cell.is_money or cell.value == len(cell.documents), cell
        assert len(set(cell.documents)) == len(cell.documents)
    for measure in found.definitions:
        for by in measure.by:  # the rows of a division add up to the whole
            for currency in {one.currency for one in found.cells if one.measure == measure.measure}:
                rows = [one for one in found.cells if (one.measure, one.by, one.currency) == (measure.measure, by, currency)]
                assert sum(one.value for one in rows) == found.cell(measure.measure, currency).value


def test_markdown_leads_from_each_number_to_its_documents(spring: Spring) -> None:
    text = to_markdown(spring.report(MAY))
    assert "| contract value | CNY | [1,000,005.10](#d" in text and "| contract value | JPY | [1,200](#d" in text
    assert "`coo-5`, `coo-h`" in text and "| 350100 |" in text and "2026-01-01" in text
    for anchor in {part.partition(")")[0] for part in text.split("](#")[1:]}:
        assert f'<a id="{anchor}"></a>' in text
    with speaking("zh"):
        assert "福州市" in to_markdown(spring.report(MAY))


def test_a_month_that_is_not_over_says_so(spring: Spring) -> None:
    now = datetime(2026, 5, 15, tzinfo=UTC)
    assert not spring.report(MAY, now=now).is_over and "not over yet" in to_markdown(spring.report(MAY, now=now))
    with pytest.raises(InvalidInput, match="still to come"):
        spring.report("2026-06", now=now)
    for wrong in ("2026-13", "2026", "May", "2026-05-01", "２０２６-05"):
        with pytest.raises(InvalidInput, match="YYYY-MM"):
            spring.report(wrong)


def test_what_names_no_number_is_refused(spring: Spring) -> None:
    found = spring.report(MAY)
    for wrong in ("", "nothing", "contracts.value", "contracts.value.cny", "demands.CNY", "demands@", "demands@place:1", "demands@field"):
        if wrong != "demands@":
            with pytest.raises(InvalidInput, match="names no number"):
                opened(found, wrong)
    assert isinstance(opened(found, "demands@field:"), Cell)


@given(st.floats(0, 1e12, allow_nan=False), st.sampled_from(["CNY", "JPY", "KWD", "CLF", "XXX", ""]))
def test_minor_units_are_the_nearest(amount: float, currency: str) -> None:
    units = minor(amount, currency)
    step = major(1, currency)
    assert abs(major(units, currency) - type(step)(str(amount))) * 2 <= step
    assert minor(float(str(amount)), currency) == units


@pytest.mark.parametrize("currency", ["CNY", "EUR", "USD", "JPY", "KRW", "VND", "KWD", "BHD", "TND", "CLF", "CHF", "UGX"])
def test_digits_are_those_of_the_list(currency: str) -> None:
    assert digits(currency) == get_currency_precision(currency)
    assert minor(1.0, currency) == 10 ** digits(currency)
