"""The process of a meeting: planned, its guests invited, held, followed up and closed.

In: events on a meeting. Out: its table and its fold. Next: ``leads.meetings.meetings`` calls it.

A talk is a lead whose two sides are invited to one table. What comes of it moves the lead by the lead's own process; the meeting keeps
which entry of the lead that was.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from desk.journal.entries import Entry
from desk.process.act import folded
from desk.process.table import Process, Value, Who, transition
from graph.dates import check_date
from graph.language import N_, Message
from leads.process import SIDES, TEXT, WORDS

ANSWERS = ("accepted", "declined")
INTENTIONS = ("none", "talks", "visit", "trial", "agreement")
"""What a side means to do after a talk."""
AFTER = (0, 30, 90)
"""Days after a meeting on which it is asked what has come of a talk; 0 is the day itself."""
SLOTS, TABLES, PEOPLE = 100, 200, 50
"""Slots and tables of a meeting and people of a side, at most."""
_OURS = (Who.OWNER, Who.OPERATOR)


def _day(_value: Value, says: Mapping[str, Any], _at: str) -> str:
    try:
        return "" if len(check_date(str(says.get("day")))) == 10 else N_("the day of a meeting is a whole day, as 2026-03-31")
    except ValueError as error:
        return Message("{field}: {error}", field="day", error=error)


def _texts(_value: Value, says: Mapping[str, Any], _at: str) -> str:
    slots = says.get("slots")
    if not isinstance(slots, list) or not 0 < len(slots) <= SLOTS or not all(isinstance(one, str) and one.strip() for one in slots):
        return Message("slots are a list of 1 to {most} texts, as 09:00", most=SLOTS)
    return "" if len({*slots}) == len(slots) else N_("two slots have one name")


def _seats(_value: Value, says: Mapping[str, Any], _at: str) -> str:
    tables = says.get("tables")
    if isinstance(tables, list) and 0 < len(tables) <= TABLES and all(type(one) is int and 2 <= one <= 2 * PEOPLE for one in tables):
        return ""
    return Message("tables are a list of 1 to {most} numbers of seats, 2 at least", most=TABLES)


def _invited(value: Value, says: Mapping[str, Any], _at: str) -> str:
    return "" if says.get("lead") in value.get("talks", {}) else N_("that lead was not invited")


def _uninvited(value: Value, says: Mapping[str, Any], _at: str) -> str:
    return N_("that lead was invited already") if says.get("lead") in value.get("talks", {}) else ""


def _side(_value: Value, says: Mapping[str, Any], _at: str) -> str:
    return "" if says.get("side") in SIDES else N_("a side is need or offer")


def _own_word(_value: Value, says: Mapping[str, Any], _at: str) -> str:
    if says.get("side") == says.get("by"):
        return ""
    if says.get("by") in SIDES:
        return N_("a side answers for itself")
    if says.get("on_word") in WORDS:
        return ""
    return Message("it is the side's to say; on_word says how its word was got: {known}", known=", ".join(WORDS))


def _one_of(field: str, known: tuple[str, ...] | tuple[int, ...]) -> Any:
    def check(_value: Value, says: Mapping[str, Any], _at: str) -> str:
        is_right = says.get(field) is None or (says[field] in known and not isinstance(says[field], bool))
        return "" if is_right else Message("{field} is one of {known}", field=field, known=", ".join(map(str, known)))

    return check


def _number(field: str, most: int) -> Any:
    def check(_value: Value, says: Mapping[str, Any], _at: str) -> str:
        said = says.get(field)
        is_right = said is None or (type(said) is int and 1 <= said <= most)
        return "" if is_right else Message("{field} is a number from 1 to {most}", field=field, most=most)

    return check


def _said(_value: Value, says: Mapping[str, Any], _at: str) -> str:
    return "" if isinstance(says.get("came"), bool) else N_("came is true or false")


def _has_come(value: Value, at: str) -> str:
    return "" if value.get("day", "") <= at[:10] else Message("the meeting is on {day}, which is still to come", day=value["day"])


def _accepted(value: Value, _at: str) -> str:
    is_any = any(is_accepted(one) for one in value.get("talks", {}).values())
    return "" if is_any else N_("there is no talk to which both sides have said yes")


def _took_place(value: Value, says: Mapping[str, Any], _at: str) -> str:
    talk = value.get("talks", {}).get(says.get("lead"))
    return "" if talk and took_place(talk) else N_("it is not on record that both sides came to that talk")


def _followed(value: Value, says: Mapping[str, Any], _at: str) -> str:
    open_ones = sum(bool(open_after(value, lead)) for lead in value.get("talks", {}))
    if not open_ones or says.get("reason"):
        return ""
    return Message("talks still to be followed up: {count}; a reason says why it is closed all the same", count=open_ones)


_LEAD = {"lead": "the lead"}
_IS_INVITED = {"the lead was invited": _invited}

MEETING = Process(
    name="meeting",
    states={
        "planned": "It has a day, slots and tables; nobody is invited yet.",
        "invited": "Sides of leads are invited, answer and are seated.",
        "held": "Somebody came; what comes of the talks is noted, on the day and after 30 and 90 days.",
        "closed": "Followed up.",
        "cancelled": "It does not take place.",
    },
    transitions=(
        transition("plan", "", "planned", _OURS, "Plans a meeting.",
                   says={"title": "what it is called", "day": "the day", "slots": "the times at which talks begin, in order",
                         "tables": "the seats of each table"},
                   may_say={"place": "where", "organiser": "the institution that holds it"},
                   guards={"the day is a day": _day, "slots are texts": _texts, "tables have seats": _seats}),
        transition("invite", "planned invited", "invited", _OURS, "Invites both sides of a lead to a talk.",
                   says=_LEAD | {"need": "who takes part of the side that needs", "offer": "who of the side that offers"},
                   may_say={"fit": "of the lead"}, guards={"the lead was not invited yet": _uninvited}),
        transition("answer", "invited", "", (*_OURS, Who.GUEST), "A side says whether it comes.",
                   says=_LEAD | {"side": "need or offer", "answer": "accepted or declined", "by": "as what: need, offer or organiser"},
                   may_say={"on_word": "how the side's word was got, where another notes it: phone, visit, mail, message or paper",
                            "people": "how many come; 1 if it is not said",
                            "delegation": "which of its groups sits there, from 1: two groups can be at two tables at once"},
                   guards=_IS_INVITED | {"it is said which side": _side, "the answer is one of those": _one_of("answer", ANSWERS),
                                         "the side says so itself, or it is said whose word it is": _own_word,
                                         "so many can come": _number("people", PEOPLE),
                                         "the group has a number": _number("delegation", PEOPLE)}),
        transition("schedule", "invited", "", _OURS, "Gives each talk to which both have said yes a slot and a table.",
                   says={"seats": "by lead, its slot and its table", "best": "whether no more talks can be held"},
                   may_say={"unplaced": "by lead, why it has none"}, when={"both sides have said yes to a talk": _accepted}),
        transition("attend", "invited held", "held", _OURS, "Notes whether a side came to a talk, and what it means to do.",
                   says=_LEAD | {"side": "need or offer", "came": "true or false"},
                   may_say={"intention": "none, talks, visit, trial or agreement"}, when={"its day has come": _has_come},
                   guards=_IS_INVITED | {"it is said which side": _side, "it is said whether it came": _said,
                                         "the intention is one of those": _one_of("intention", INTENTIONS)}),
        transition("outcome", "held", "", _OURS, "Notes what has come of a talk; the lead moves by its own process.",
                   says=_LEAD | {"after": "days after the meeting: 0, 30 or 90", "state": "the state of the lead"},
                   may_say={"move": "the event of the lead", "number": "the entry of the lead", TEXT: "what was said"},
                   guards=_IS_INVITED | {"the days are one of those": _one_of("after", AFTER), "the talk took place": _took_place}),
        transition("close", "held", "closed", _OURS, "Ends it.", may_say={"reason": "why, where talks are still to be followed up"},
                   guards={"all talks are followed up, or it is said why not": _followed}),
        transition("cancel", "planned invited", "cancelled", _OURS, "Calls it off.", may_say={"reason": "why"}),
    ),
)  # fmt: skip


def is_accepted(talk: Mapping[str, Any]) -> bool:
    """Whether both sides of a talk have said that they come."""
    return all(talk["answers"][side] == "accepted" for side in SIDES)


def took_place(talk: Mapping[str, Any]) -> bool:
    """Whether both sides of a talk came."""
    return all(talk["came"].get(side) for side in SIDES)


def open_after(value: Value, lead: str) -> tuple[int, ...]:
    """After how many days a talk is still to be followed up; an outcome that was noted later stands for those before."""
    talk = value["talks"][lead]
    if not took_place(talk):
        return ()
    last = max(map(int, talk["outcomes"]), default=0)
    return tuple(days for days in AFTER if days > last)


def due_day(value: Value, days: int) -> str:
    """The day that is so many days after the meeting."""
    return (date.fromisoformat(value["day"]) + timedelta(days=days)).isoformat()


def _update(value: Value, entry: Entry) -> Value:
    says, value = entry.body, dict(value)
    if entry.kind == "plan":
        return {name: says[name] for name in ("title", "day", "slots", "tables")} | {
            "place": says.get("place") or "", "organiser": says.get("organiser") or "", "talks": {}, "seats": {}, "unplaced": {},
            "best": True, "held": "",
        }  # fmt: skip
    if entry.kind == "schedule":
        return value | {"seats": says["seats"], "unplaced": says.get("unplaced") or {}, "best": says["best"]}
    if entry.kind == "attend" and not value["held"]:
        value["held"] = entry.at
    if "lead" in says:
        talk = _talk(value["talks"].get(says["lead"], {}), says, entry)
        value["talks"] = value["talks"] | {says["lead"]: talk}
    if entry.kind == "answer" and says["answer"] == "declined":
        value["seats"] = {lead: seat for lead, seat in value["seats"].items() if lead != says["lead"]}
    return value


def _talk(talk: Mapping[str, Any], says: Mapping[str, Any], entry: Entry) -> dict[str, Any]:
    """A talk after an entry about it."""
    if entry.kind == "invite":
        empty: dict[str, Any] = {"people": {}, "delegations": {}, "came": {}, "intentions": {}, "outcomes": {}}
        return {side: says[side] for side in SIDES} | {"fit": says.get("fit") or 0.0, "answers": dict.fromkeys(SIDES, "")} | empty
    new: dict[str, dict[str, Any]] = {}
    if entry.kind == "answer":
        said = {"answers": says["answer"], "people": says.get("people") or 1, "delegations": says.get("delegation") or 1}
        new = {name: {says["side"]: one} for name, one in said.items()}
    elif entry.kind == "attend":
        new = {"came": {says["side"]: says["came"]}}
        new |= {"intentions": {says["side"]: says["intention"]}} if says.get("intention") else {}
    elif entry.kind == "outcome":
        told = {name: says[name] for name in ("move", "number", "state") if says.get(name)}
        new = {"outcomes": {str(says["after"]): told | {"entry": entry.number}}}
    return {**talk, **{name: talk[name] | one for name, one in new.items()}}


FOLD = folded(MEETING, _update)
