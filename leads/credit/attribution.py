"""Attribution: which broker made the introduction of a pair of institutions, and how several share.

In: the introductions that the journal has, the decisions of the operator. Out: a ``Credit`` for each pair. Next: ``api.cli.leads``,
``api.http.routes.leads``; ``leads.credit.proof`` recomputes the same from an export.

    an introduction counts     when both sides have acknowledged it, and a broker made it
    it earns nothing           if the broker is of one house with a side (a self-introduction), or the two sides are with each other (a
    circle) first                      of those that count, the one that was made first
    second                     another broker's that was made within ``share_days`` of the first: all such share equally; later ones get
    nothing decision                   the operator's, with a reason, in place of all this

A pair is the institution that needs and one that offers, whatever demand or result they were introduced about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

import msgspec

from desk.find import find_institution
from desk.journal import states
from desk.journal.journal import Journal
from desk.people.sight import viewer_of
from desk.process.act import STATE, Act, act
from desk.process.principals import Actor
from desk.process.table import Value, Who
from graph.errors import InvalidInput
from graph.store import Store
from leads.crediting import ATTRIBUTION, FOLD
from leads.process import LEAD, SIDES
from leads.settings import DEFAULT, LeadSettings

FOLDS = {ATTRIBUTION.name: FOLD}
WHY = ("no broker", "circle", "own house", "not acknowledged", "too late")
"""Why an introduction earns nothing."""


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """An introduction of a pair: the ``lead``, the ``broker``, for which side it acted, the basis of its ``fee``, the instant, when each
    side acknowledged it (empty: not yet), and ``why`` it earns nothing: "" where it counts."""

    lead: str
    broker: str
    agency: str
    fee: str
    at: str
    need_received: str
    offer_received: str
    why: str


class Credit(msgspec.Struct, frozen=True, kw_only=True):
    """Who introduced a pair. ``basis``: none, first, shared or decision; ``parts``: of each broker, in whole parts; ``reason``: of a
    decision."""

    need: str
    offer: str
    basis: str
    parts: dict[str, int]
    claims: list[Claim]
    reason: str = ""


def pair_id(need: str, offer: str) -> str:
    """The id of the stream of a pair."""
    return blake2b(f"{len(need)}:{need}{len(offer)}:{offer}".encode(), digest_size=8).hexdigest()


def computed(
    leads: Iterable[tuple[str, Value]], decisions: Iterable[Value], aliases: Mapping[str, str], share_days: int
) -> list[Credit]:  # fmt: skip
    """The credits of all pairs, by what leads and decisions have come to; ``aliases``: the ids that institutions have now, by those that
    they had. A pure function: the same from a store and from an export."""
    claims: dict[tuple[str, str], list[Claim]] = {}
    for id, value in leads:
        latest = [value["introduction"] | {"received": value["received"]}] if value.get("introduction") else []
        for one in (*value.get("earlier", ()), *latest):
            claim = _claim(id, one, aliases)
            for need in one["needs"]:
                for offer in one["offers"]:
                    claims.setdefault((aliases.get(need, need), aliases.get(offer, offer)), []).append(claim)
    decided = {(aliases.get(one["need"], one["need"]), aliases.get(one["offer"], one["offer"])): one
               for one in decisions if one[STATE] == "decided"}  # fmt: skip
    return [_credit(pair, claims.get(pair, []), decided.get(pair), aliases, share_days) for pair in sorted({*claims, *decided})]


def _claim(lead: str, one: Mapping[str, Any], aliases: Mapping[str, str]) -> Claim:
    received, broker = one["received"], one["broker"]
    why = ""
    if not broker:
        why = "no broker"
    elif "circle" in one["related"]:
        why = "circle"
    elif {*one["related"]} & {*SIDES}:
        why = "own house"
    elif not all(received.get(side) for side in SIDES):
        why = "not acknowledged"
    return Claim(
        lead=lead, broker=aliases.get(broker, broker), agency=one["agency"], fee=one["fee"], at=one["at"],
        need_received=received.get("need", ""), offer_received=received.get("offer", ""), why=why,
    )  # fmt: skip


def _credit(pair: tuple[str, str], claims: list[Claim], decided: Value | None, aliases: Mapping[str, str], share_days: int) -> Credit:
    claims = sorted(claims, key=lambda one: (one.at, one.lead))
    counting = [one for one in claims if not one.why]
    if decided:
        parts = {aliases.get(one, one): part for one, part in sorted(decided["parts"].items())}
        return Credit(need=pair[0], offer=pair[1], basis="decision", parts=parts, claims=claims, reason=decided["reason"])
    if not counting:
        return Credit(need=pair[0], offer=pair[1], basis="none", parts={}, claims=claims)
    until = datetime.fromisoformat(counting[0].at) + timedelta(days=share_days)
    brokers = {one.broker for one in counting if datetime.fromisoformat(one.at) <= until}
    late = {one.broker for one in counting} - brokers
    told = [msgspec.structs.replace(one, why="too late") if one.broker in late and not one.why else one for one in claims]
    basis = "shared" if len(brokers) > 1 else "first"
    return Credit(need=pair[0], offer=pair[1], basis=basis, parts=dict.fromkeys(sorted(brokers), 1), claims=told)


def credits(store: Store, actor: Actor, settings: LeadSettings = DEFAULT) -> list[Credit]:
    """The credits that the actor may see: the operator all, a side those of its own pairs, a broker those in which it has a claim or a
    part, there with its own claims alone."""
    leads = list(states.values(store, LEAD.name))
    decisions = [value for _id, value in states.values(store, ATTRIBUTION.name)]
    found = computed(leads, decisions, aliases_of(store, leads, decisions), settings.share_days)
    if actor.runs:
        return found
    told = []
    for one in found:
        if actor.is_of(one.need):
            told.append(one)
        elif actor.is_of(one.offer):  # who has not acknowledged it may not know yet whose the need is
            claims = [claim for claim in one.claims if claim.offer_received]
            told += [msgspec.structs.replace(one, claims=claims)] if claims else []
        elif actor.is_of(*one.parts, *(claim.broker for claim in one.claims)):
            told.append(msgspec.structs.replace(one, claims=[claim for claim in one.claims if actor.is_of(claim.broker)]))
    return told


def aliases_of(store: Store, leads: Iterable[tuple[str, Value]], decisions: Iterable[Value]) -> dict[str, str]:
    """The ids that institutions of introductions and decisions have now, where they are others than then."""
    named = {one[name] for one in decisions for name in ("need", "offer")} | {broker for one in decisions for broker in one["parts"]}
    for _id, value in leads:
        for one in (*value.get("earlier", ()), value.get("introduction") or {}):
            named |= {*one.get("needs", ()), *one.get("offers", ()), *([one["broker"]] if one.get("broker") else [])}
    return {id: node.id for id, node in sorted(store.get(named).items()) if node.id != id} if named else {}


def attribute(
    store: Store, actor: Actor, need: str, offer: str, parts: Mapping[str, int], reason: str, settings: LeadSettings = DEFAULT
) -> Credit:
    """Decide how the brokers of a pair share. Raises NotAllowed for anybody but the operator, InvalidInput for a broker of one of the two
    sides."""
    if not actor.runs:
        act(Journal(store, FOLDS), ATTRIBUTION, Act(id="0", event="attribute", actor=actor.id, relations=()))  # refuses
    viewer = viewer_of(store, actor)
    ends = [find_institution(store, text, viewer, name) for name, text in (("need", need), ("offer", offer))]
    given = {find_institution(store, one, viewer, "parts"): part for one, part in parts.items()}
    if {*ends} & given.keys():
        raise InvalidInput("a side of a pair is no broker of it", field="parts")
    says = {"need": ends[0], "offer": ends[1], "parts": given, "reason": reason}
    one = Act(id=pair_id(*ends), event="attribute", actor=actor.id, relations=(Who.OPERATOR,), says=says)
    act(Journal(store, FOLDS), ATTRIBUTION, one)
    return next(one for one in credits(store, actor, settings) if (one.need, one.offer) == (ends[0], ends[1]))
