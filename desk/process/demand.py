"""The process of a demand, from a draft to a solution: who may do what with it, and what follows in the graph.

In: events on a demand. Out: its table, its fold, and the nodes and edges that are written with an event. Next:
``desk.people.demands`` calls it.

A draft is no node of the graph: nothing that is not published can be matched, counted or found. What a demand says lies beside its entries
and can be erased; the journal holds a commitment to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from desk.journal.entries import Entry
from desk.process.act import folded
from desk.process.principals import Actor, Role
from desk.process.table import Process, Value, Who, transition
from graph.dates import end_of_period
from graph.language import N_, Message
from graph.model import Visibility

CONTENT = "content"
"""The personal field that holds what a demand says, as JSON."""
MONTHS = 6
"""How long a published demand stands before its owner has to say that it still does."""
FIELD = 60
"""Characters of a teaser's field, at most."""
SEEN = "seen"
"""The field that holds who was let in, when a demand is closed."""
CLOSING = ("solve", "withdraw", "expire")
_LET_IN = "who was let in, from when until when"
_OURS = (Who.OWNER, Who.AGENT)
_LIVE = "published in_talks second_diagnosis long_tracking"


def _declared(_value: Value, says: Mapping[str, Any], _at: str) -> str:
    unsaid = N_("nobody has declared (no_secrets) that no state secret and no secret of a third party is in it")
    return "" if says.get("no_secrets") is True else unsaid


def _questions(_value: Value, says: Mapping[str, Any], _at: str) -> str:
    listed = says.get("questions")
    is_right = isinstance(listed, list) and all(isinstance(one, str) and one.strip() for one in listed)
    return "" if is_right else N_("questions are a list of texts, one at least")


def _confirmed(value: Value, _at: str) -> str:
    return "" if not value.get("agent") or value.get("confirmed") else N_("the firm that it is posted for has not confirmed it")


def _visibility(_value: Value, says: Mapping[str, Any], _at: str) -> str:
    known = [one.value for one in Visibility]
    return "" if says.get("visibility") in known else Message("visibility is one of {known}", known=", ".join(known))


def _mandate(_value: Value, says: Mapping[str, Any], at: str) -> str:
    if not says.get("agent"):
        return ""
    try:
        given = end_of_period(str(says.get("mandate") or ""))
    except ValueError as error:
        return Message("who acts for a firm names the day of its mandate: {error}", error=error)
    return "" if given <= _day(at) else N_("the mandate is of a day that is still to come")


def _for_another(value: Value, _at: str) -> str:
    return "" if value.get("agent") else N_("nobody posts it on the firm's behalf")


def _confidential(value: Value, _at: str) -> str:
    return "" if value["visibility"] == Visibility.CONFIDENTIAL else N_("whoever may see a demand needs no teaser of it")


def _untold(value: Value, _at: str) -> str:
    return N_("a teaser of it stands already") if value["teaser"] else ""


def _told(value: Value, _at: str) -> str:
    return "" if value["teaser"] else N_("no teaser of it stands")


def _field(_value: Value, says: Mapping[str, Any], _at: str) -> str:
    return "" if len(str(says.get("field"))) <= FIELD else Message("a field is at most {most} characters", most=FIELD)


def _over(value: Value, at: str) -> str:
    return "" if _day(at) > date.fromisoformat(value["until"]) else Message("it stands until {day}", day=value["until"])


DEMAND = Process(
    name="demand",
    states={
        "draft": "Being written; nobody but its owner and who acts for it knows of it.",
        "submitted": "Waits for a reviewer.",
        "returned": "The reviewer has asked something back.",
        "accepted": "Looked over; its owner decides who may see it.",
        "published": "In the graph; matched and listed for those who may see it.",
        "in_talks": "Its owner talks with a partner; still in the graph.",
        "solved": "A solution is found.",
        "second_diagnosis": "Nobody was found for it as it stands: it is looked at again with the firm.",
        "long_tracking": "Nobody can solve it today; new results are held against it.",
        "withdrawn": "Taken back by its owner.",
        "expired": "Its owner has not said in time that it still stands.",
    },
    transitions=(
        transition("draft", "", "draft", _OURS, "Begins a demand, for one's own institution or on a firm's behalf.",
                   says={"owner": "the institution whose problem it is", CONTENT: "what it says"},
                   may_say={"agent": "the institution that acts for it", "mandate": "the day of its mandate"},
                   guards={"who acts for a firm names the day of its mandate": _mandate}),
        transition("revise", "draft returned second_diagnosis", "", _OURS, "Says it anew.", says={CONTENT: "what it says"}),
        transition("confirm", "draft submitted returned accepted", "", (Who.OWNER,), "The firm confirms what is posted on its behalf.",
                   when={"somebody posts it on the firm's behalf": _for_another}),
        transition("submit", "draft returned second_diagnosis", "submitted", _OURS, "Hands it in.",
                   says={"no_secrets": "true: no state secret and no secret of a third party is in it"},
                   guards={"it is declared that no secret is in it": _declared}),
        transition("return", "submitted", "returned", (Who.REVIEWER,), "Asks back.", says={"questions": "what is to be said more clearly"},
                   guards={"there is a question": _questions}),
        transition("accept", "submitted", "accepted", (Who.REVIEWER,), "Has looked it over."),
        transition("publish", "accepted", "published", _OURS, "Puts it into the graph.", says={"visibility": "who may see it"},
                   when={"the firm has confirmed what is posted on its behalf": _confirmed},
                   guards={"it is said who may see it": _visibility}),
        transition("tease", _LIVE, "", _OURS, "Publishes a teaser: a public demand with field, industry, region and budget class alone.",
                   says={"field": "its field, in a few words", "teaser": "the number of the teaser"},
                   may_say={"region": "its region"},
                   when={"it is confidential": _confidential, "no teaser of it stands": _untold},
                   guards={f"the field is at most {FIELD} characters": _field}),
        transition("untease", _LIVE, "", _OURS, "Takes the teaser back.", when={"a teaser of it stands": _told}),
        transition("reconfirm", f"{_LIVE} expired", "published", _OURS, f"It still stands, for {MONTHS} months more."),
        transition("talk", "published long_tracking", "in_talks", _OURS, "Talks with a partner have begun."),
        transition("part", "in_talks", "published", _OURS, "Talks have ended without an agreement."),
        transition("solve", _LIVE, "solved", _OURS, "A solution is found.",
                   may_say={"by": "the institution that solves it", SEEN: _LET_IN}),
        transition("diagnose", "published in_talks long_tracking", "second_diagnosis", (Who.REVIEWER, *_OURS), "Looks at it again."),
        transition("track", "published second_diagnosis", "long_tracking", (Who.REVIEWER, *_OURS), "Lets new results be held against it."),
        transition("withdraw", f"draft submitted returned accepted {_LIVE}", "withdrawn", _OURS, "Takes it back.",
                   may_say={"reason": "why", SEEN: _LET_IN}),
        transition("expire", "published in_talks second_diagnosis long_tracking", "expired", (Who.CLOCK,),
                   "Nobody has said that it still stands.", may_say={SEEN: _LET_IN}, when={"the day until which it stands is over": _over}),
    ),
)  # fmt: skip


def _update(value: Value, entry: Entry) -> Value:
    says, day = entry.body, _day(entry.at)
    value = dict(value)
    if entry.kind == "draft":
        value |= {"owner": says["owner"], "agent": says.get("agent") or "", "mandate": says.get("mandate") or "", "confirmed": False,
                  "teaser": "", "teasers": []}
    if CONTENT in says:
        value |= {"said": entry.number, "confirmed": False}
    if entry.kind == "confirm":
        value["confirmed"] = True
    if entry.kind == "return":
        value["questions"] = says["questions"]
    if entry.kind == "submit":
        value["questions"] = []
    if entry.kind == "publish":
        value["visibility"] = says["visibility"]
    if entry.kind in ("publish", "reconfirm"):
        value["until"] = _later(day, MONTHS).isoformat()
    if entry.kind == "tease":
        value |= {"teaser": says["teaser"], "teasers": [*value["teasers"], says["teaser"]]}
    if entry.kind == "untease":
        value["teaser"] = ""
    if entry.kind in CLOSING:
        value[SEEN] = says[SEEN]
    if entry.kind == "solve":
        value["solved_by"] = says.get("by") or ""
    return value | {"since": day.isoformat()}


FOLD = folded(DEMAND, _update)


def relations(actor: Actor, value: Value) -> frozenset[Who]:
    """What somebody is to a demand."""
    found = set()
    if actor.is_of(value.get("owner")):
        found.add(Who.OWNER)
    elif actor.is_of(value.get("agent")):
        found.add(Who.AGENT)
    elif actor.reviews and "questions" in value:  # it was handed in once: the first ``submit`` begins them
        found.add(Who.REVIEWER)
    if actor.role is Role.CLOCK:
        found.add(Who.CLOCK)
    return frozenset(found)


def _day(at: str) -> date:
    return date.fromisoformat(at[:10])


def _later(day: date, months: int) -> date:
    """The same day of a month so many months later, or the last of that month."""
    month = day.month - 1 + months
    first = date(day.year + month // 12, month % 12 + 1, 1)
    following = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
    return min(first + timedelta(days=day.day - 1), following - timedelta(days=1))
