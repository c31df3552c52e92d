"""What an answer says of the leads with its candidates: what their lists show, and what tells most."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from desk.people.sight import viewer_of
from desk.process.principals import Actor
from graph.errors import NotFound
from graph.store import Store
from leads.board.matches import Met
from leads.board.matches import met as met_of
from leads.leads import Lead, Leads
from tests.leads.test_listing import random_world
from tests.leads.worlds import BROKER, EVERYBODY, FIRM, LAB, OPERATOR, RIVAL, begin, public_demand, suggest

CANDIDATES = ("exp-1", "ach-1", "ach-2", "ach-3", "ins-lab", "ins-stranger", "ins-firm", "dem-0", "dem-1", "dem-2")


def met(store: Store, actor: Actor, about: str, candidates: Collection[str]) -> dict[str, Met]:
    return met_of(store, actor, viewer_of(store, actor), about, candidates)


def test_who_declined_is_said_to_have_where_it_is_matched_again(store: Store) -> None:
    begin(store)
    leads, first, second = Leads(store), public_demand(store), public_demand(store, "dem-2")
    id = suggest(store, first)
    assert met(store, BROKER, first, CANDIDATES) == {}  # only suggested
    leads.do(BROKER, id, "decline", {"side": "broker", "reason": "price"})
    told = Met(id, "declined", "broker", "price", leads.show(BROKER, id).since)
    for who in (BROKER, FIRM, OPERATOR):
        assert met(store, who, first, CANDIDATES) == {"exp-1": told, "ins-lab": told}
    assert met(store, BROKER, second, CANDIDATES) == {"exp-1": told, "ins-lab": told}  # another need of the same firm
    assert met(store, BROKER, "exp-1", CANDIDATES) == {"dem-1": told, "ins-firm": told}  # the other way round
    assert met(store, LAB, first, CANDIDATES) == {}  # it was not asked
    other = suggest(store, second)
    leads.do(BROKER, other, "shortlist")
    assert met(store, BROKER, second, CANDIDATES)["exp-1"] == Met(other, "shortlisted", "", "", "")  # of this need goes first
    leads.do(BROKER, id, "assign", {"broker": "ins-rival"})
    assert met(store, BROKER, first, CANDIDATES) == {}
    assert met(store, RIVAL, first, CANDIDATES)["exp-1"] == told


@pytest.mark.parametrize("seed", range(12))
def test_any_world_says_what_its_leads_show_one_by_one(store: Store, seed: int) -> None:
    everything, leads = random_world(store, seed), Leads(store)
    said = 0
    for actor in EVERYBODY:
        shown = []
        for id in everything:
            try:
                shown.append(leads.show(actor, id))
            except NotFound:
                continue
        begun = [one for one in shown if one.state != "suggested" and not one.value.get("into")]
        for about in store.get([*CANDIDATES, *(one.suggestion.need for one in begun if one.suggestion.need)]):
            found = met(store, actor, about, CANDIDATES)
            said += len(found)
            by_id = {one.id: one for one in begun}
            for candidate in CANDIDATES:
                own = [one for one in begun if about in needing(one) and candidate in offering(one)]
                own = own or [one for one in begun if about in offering(one) and candidate in needing(one)]
                if own:
                    assert found[candidate].id in {one.id for one in own}
                elif candidate in found:  # an earlier decline between the same firm and the candidate
                    one = by_id[found[candidate].id]
                    assert one.value["declines"] and candidate in offering(one) and found[candidate].reason
                    assert about in {other.suggestion.need for other in shown} | {one.suggestion.need} or about.startswith(("dem", "ins"))
    assert said


def needing(lead: Lead) -> set[str]:
    return {lead.suggestion.need, lead.about} - {""}


def offering(lead: Lead) -> set[str]:
    return {lead.suggestion.offer, *lead.houses}
