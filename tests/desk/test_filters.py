"""Filters as they are typed: words of both languages, refusals that name what is near, and nothing that the viewer may not see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from desk.filters import currency, price_limit, read_filters
from desk.schemas import FiltersIn
from graph.errors import InvalidInput
from graph.model import Demand, Institution, Visibility
from graph.viewer import OWNER, PUBLIC, Viewer
from matcher.question import Filters, Question, Want
from tests.matcher.worlds import demand, origin, party

NODES = [
    Institution(id=party(0), provenance=origin("0"), name="a", country="XK", region="Oberland", industry=("装备制造",),
                qualifications=("国家高新技术企业@2024", "ISO 9001")),
    Demand(id=demand(0), provenance=origin("d0"), title="x", regions=("Secret Valley",), industry=("alchemy",), currency="CNY",
           visibility=Visibility.CONFIDENTIAL),
    Demand(id=demand(1), provenance=origin("d1"), title="x", regions=("Public Plain",), currency="EUR"),
]  # fmt: skip


class Snapshot:
    """As much of one as filters read."""

    def __init__(self) -> None:
        self.joins, self.display = type("Joins", (), {})(), self

    def scan(self, kind: object) -> list[Any]:
        return [node for node in NODES if node.kind_of_node is kind]

    def get(self, ids: list[str]) -> dict[str, Any]:
        return {node.id: node for node in NODES if node.id in ids}


@pytest.fixture
def read() -> Callable[..., Filters]:
    snapshot = Snapshot()

    def reading(*, want: Want = Want.PARTNERS, viewer: Viewer = PUBLIC, about: str | None = None, **filters: Any) -> Filters:
        question = Question(as_of="2026-01-01", text="x", want=want, viewer=viewer, about=about, filters=Filters(**filters))
        return read_filters(question, snapshot)  # type: ignore[arg-type]

    return reading


Read = Callable[..., Filters]


@pytest.mark.parametrize(
    ("typed", "code"),
    [("中国", "CN"), ("germany", "DE"), ("DE", "DE"), ("DEU", "DE"), ("U.K.", "GB"), ("捷克", "CZ"), ("Republic of Korea", "KR"),
     ("ｃｎ", "CN"), ("xk", "XK")],  # in no list, but in the store
)  # fmt: skip
def test_countries(read: Read, typed: str, code: str) -> None:
    assert read(countries=(typed,)).countries == (code,)


@pytest.mark.parametrize(
    ("typed", "want", "kind"),
    [
        ("高校", Want.PARTNERS, "university"), ("Univ", Want.PARTNERS, "university"), ("univ.", Want.EXPERTS, "university"),
        ("UNIVERSITY", Want.PARTNERS, "university"), ("research institute", Want.PARTNERS, "research_institute"),
        ("科研", Want.PARTNERS, "research_institute"), ("Patent", Want.ACHIEVEMENTS, "patent"), ("发明专利", Want.ACHIEVEMENTS, "patent"),
        ("设备", Want.ACHIEVEMENTS, "prototype"), ("设备", Want.RESOURCES, "instrument"), ("测试", Want.DEMANDS, "testing"),
        ("测试", Want.RESOURCES, "testing"), (" 企业 ", Want.PARTNERS, "enterprise"),
    ],
)  # fmt: skip
def test_kinds_are_those_of_what_is_wanted(read: Read, typed: str, want: Want, kind: str) -> None:
    assert read(kinds=(typed,), want=want).kinds == (kind,)


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        ({"countries": ("Atlantis",)}, "unknown country: Atlantis; any of ISO 3166-1 by its code or name, such as "),
        ({"countries": ("Germny",)}, "such as DE Germany 德国, "),
        ({"kinds": ("universty",)}, "unknown kind of institutions: universty; known are university 高校, "),
        ({"kinds": ("res",)}, "unknown kind of institutions: res; known are "),  # of two
        ({"kinds": ("patent",)}, "(patent is a kind of achievements)"),
        ({"regions": ("Overland",)}, "unknown region: Overland; seen here are Oberland, Public Plain"),
        ({"industries": ("装备",)}, "unknown industry: 装备; seen here are 装备制造"),
        ({"qualifications": ("ISO 9002",)}, "unknown qualification: ISO 9002; seen here are ISO 9001, 国家高新技术企业"),
        ({"price_max": 5.0}, "names no currency"),
    ],
)
def test_what_nobody_knows_is_refused_with_what_is_near(read: Read, filters: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(**filters)
    assert said in caught.value.rule
    assert caught.value.field == f"filters.{next(iter(filters))}"
    assert len(caught.value.rule) < 600


def test_known_places_and_what_the_store_has_pass(read: Read) -> None:
    known = {"regions": ("浙江", "DE2", "oberland"), "industries": ("C35", "医药制造业", "装备制造")}
    known["qualifications"] = ("高新技术企业", "iso")
    assert read(**known, trl_min=4) == Filters(**known, trl_min=4)


@pytest.mark.parametrize("filters", [{"regions": ("Secret Valley",)}, {"industries": ("alchemy",)}])
def test_what_the_viewer_may_not_see_is_unknown(read: Read, filters: dict[str, Any]) -> None:
    assert read(**filters, viewer=OWNER) == Filters(**filters)
    told = []
    for value in (next(iter(filters.values())), ("no such thing",)):
        with pytest.raises(InvalidInput) as caught:
            read(**{next(iter(filters)): value})
        words = caught.value.rule.replace(value[0], "X").partition("; seen here are ")[2]
        told.append(set(words.split(", ")))
    assert told[0] == told[1], "the same words, whatever their order"


def test_a_price_without_a_currency_has_that_of_the_demand(read: Read) -> None:
    assert read(price_max=5.0, about=demand(1)).currency == "EUR"
    assert read(price_max=5.0, currency="USD", about=demand(1)).currency == "USD"


@pytest.mark.parametrize(
    ("typed", "amount", "code"),
    [("50万", 500_000, "CNY"), ("80000 EUR", 80_000, "EUR"), ("USD 1.2m", 1_200_000, "USD"), ("不超过50万", 500_000, "CNY"),
     ("€50k", 50_000, "EUR"), (7, 7, None), ("7", 7, None), ("免费", 0, None)],
)  # fmt: skip
def test_the_highest_price(typed: float | str, amount: float, code: str | None) -> None:
    assert price_limit(typed) == (amount, code)
    filters = FiltersIn(price_max=typed)
    assert (filters.price_max, filters.currency) == (amount, code)
    assert FiltersIn(price_max=typed, currency="欧元").currency == "EUR" if code in (None, "EUR") else True


@pytest.mark.parametrize("typed", ["30-50万", "不低于50万", "面议", "cheap", "5%", "-1", "", "nan", float("nan"), -1.0])
def test_what_is_no_highest_price(typed: float | str) -> None:
    with pytest.raises(ValueError, match=r"must be|may be|the first"):
        price_limit(typed)


def test_currencies() -> None:
    assert (currency("人民币"), currency("eur")) == ("CNY", "EUR")
    with pytest.raises(ValueError, match="must be a currency"):
        currency("shells")
    with pytest.raises(ValueError, match="name one"):
        FiltersIn(price_max="50万", currency="EUR")
