"""The process of a lead, from a suggestion to an outcome: who may do what with it, and what stands of it afterwards.

In: events on a lead. Out: its table and its fold. Next: ``leads.leads`` calls it.

A suggestion is in no journal: the first that a person does with it begins the stream, and says which suggestion it came from. Each side,
the
one that needs and the one that offers, is asked and answers by itself; an answer that a broker got by phone is noted with whose word it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from desk.journal.entries import Entry
from desk.process.act import folded
from desk.process.table import Check, Process, Transition, Value, Who, transition
from graph.dates import check_date
from graph.language import N_, Message
from graph.model import CooperationMode, Outcome

NEED, OFFER, BROKER, OPERATOR = "need", "offer", "broker", "operator"
SIDES = (NEED, OFFER)
SUGGESTION, TEXT, ACTION = "suggestion", "text", "action"
"""``suggestion``: what the first event says of the lead; the other two are personal fields: free text, and what is to be done next."""
REASONS = ("too_early", "gain_unclear", "no_route", "wrong_field", "price", "capacity", "conflict", "no_answer", "other")
"""Why somebody declined, as codes."""
OUTCOMES = (Outcome.COMPLETED, Outcome.FAILED, Outcome.BREACHED)
KINDS = ("visit", "call")
AGREED = ("mode", "title", "amount", "currency", "started")
WORDS = ("phone", "visit", "mail", "message", "paper")
"""How the word of a side was got that somebody else notes."""
AGENCY = (NEED, OFFER, "both", "none")
"""For which side the broker acts, as it says when it introduces them."""
OPEN = ("suggested", "shortlisted", "proposed", "introduced", "talks", "agreement")
PUT_IN = ("broker", "needs", "offers", "related")
"""What the platform says of an introduction: the institution that introduces, those that need, those that offer, and the sides with which
the first is of one house."""
HOLDING = ("introduced", "talks")
"""The states in which an introduction takes up somebody's time."""
_WORK = (Who.BROKER, Who.AGENT, Who.OPERATOR)
_OURS = (*_WORK, Who.OWNER)
_ALL = (*_OURS, Who.TARGET)
_BY = {"by": "as what: need, offer, broker or operator"}
_BEGUN = {SUGGESTION: "the suggestion that it came from", **_BY}
_EARLY = "suggested shortlisted proposed"
_LATER = "introduced talks agreement"


def _side(_value: Value, says: Mapping[str, Any], _at: str) -> str:
    return "" if says.get("side") in SIDES else N_("a side is need or offer")


def _who_declines(_value: Value, says: Mapping[str, Any], _at: str) -> str:
    return "" if says.get("side") in (*SIDES, BROKER) else N_("who declines is need, offer or broker")


def _own_word(_value: Value, says: Mapping[str, Any], _at: str) -> str:
    if says.get("side") == says.get("by") or (says.get("side"), says.get("by")) == (BROKER, OPERATOR):
        return ""
    if says.get("by") in SIDES:
        return N_("a side answers for itself")
    if says.get("on_word") in WORDS:
        return ""
    return Message("it is the side's to say; on_word says how its word was got: {known}", known=", ".join(WORDS))


def _receipt(_value: Value, says: Mapping[str, Any], _at: str) -> str:
    if says.get("side") == says.get("by"):
        return ""
    is_noted = says.get("by") == OPERATOR and says.get("on_word") in WORDS
    return "" if is_noted else N_("a side acknowledges for itself; the operator may note its word (on_word)")


def _unasked(value: Value, says: Mapping[str, Any], _at: str) -> str:
    return Message("{side} was asked already", side=says["side"]) if value.get("sides", {}).get(says.get("side")) else ""


def _unanswered(value: Value, says: Mapping[str, Any], _at: str) -> str:
    is_said = value.get("sides", {}).get(says.get("side")) == "interested"
    return Message("{side} has said so already", side=says["side"]) if is_said else ""


def _unreceived(value: Value, says: Mapping[str, Any], _at: str) -> str:
    return Message("{side} has acknowledged already", side=says["side"]) if value.get("received", {}).get(says.get("side")) else ""


def _reason(_value: Value, says: Mapping[str, Any], _at: str) -> str:
    known = says.get("reason") in REASONS
    return "" if known else Message("a reason is one of {known}", known=", ".join(REASONS))


def _in_words(_value: Value, says: Mapping[str, Any], _at: str) -> str:
    return N_("another reason needs a text") if says.get("reason") == "other" and not says.get("in_words") else ""


def _one_of(field: str, known: tuple[str, ...]) -> Check:
    def check(_value: Value, says: Mapping[str, Any], _at: str) -> str:
        is_right = says.get(field) in (*known, None)
        return "" if is_right else Message("{field} is one of {known}", field=field, known=", ".join(known))

    return check


def _dated(field: str) -> Check:
    def check(_value: Value, says: Mapping[str, Any], _at: str) -> str:
        said = says.get(field)
        try:
            return "" if said is None or len(check_date(str(said))) == 10 else Message("{field}: a whole day, as 2026-03-31", field=field)
        except ValueError as error:
            return Message("{field}: {error}", field=field, error=error)

    return check


def _past(field: str) -> Check:
    def check(_value: Value, says: Mapping[str, Any], at: str) -> str:
        return "" if str(says.get(field) or "") <= at[:10] else Message("{field}: a day that is still to come", field=field)

    return check


def _money(_value: Value, says: Mapping[str, Any], _at: str) -> str:
    amount, currency = says.get("amount"), str(says.get("currency") or "")
    if amount is None:
        return ""
    if isinstance(amount, bool) or not isinstance(amount, int | float) or not 0 < amount < float("inf"):
        return N_("an amount is a number above 0")
    return "" if len(currency) == 3 and currency.isascii() and currency.isupper() else N_("an amount has a currency, as CNY")


def _both(value: Value, _at: str) -> str:
    sides = value.get("sides", {})
    is_both = all(sides.get(side) == "interested" for side in SIDES)
    return "" if is_both else N_("both sides are interested before they are introduced")


def _one_lead(value: Value, _at: str) -> str:
    return N_("it is merged into another lead") if value.get("into") else ""


def _merged(value: Value, _at: str) -> str:
    return "" if value.get("into") else N_("it is merged into no other lead")


_WHOLE = {"it is merged into no other": _one_lead}


def _rows(event: str, before: str, after: str, who: tuple[Who, ...], does: str, *, first: str = "", **more: Any) -> tuple[Transition, ...]:
    """The rows of an event: from the states ``before``, and, with ``first``, from a suggestion that nobody has touched, which leads to
    that state."""
    more["when"] = _WHOLE | more.get("when", {})
    more["says"] = _BY | more.get("says", {})
    rows = [transition(event, before, after, who, does, **more)]
    if first:
        rows.append(transition(event, "", first, who, does, **more | {"says": _BEGUN | more["says"]}))
    return tuple(rows)


_SAID = {"side": "need or offer"}
_WORD = {"on_word": "how the side's word was got, where another notes it: phone, visit, mail, message or paper"}
_IS_SIDE = {"it is said which side": _side}

LEAD = Process(
    name="lead",
    states={
        "suggested": "Found by the platform or by hand; nobody has been asked.",
        "shortlisted": "Somebody means to follow it up.",
        "proposed": "One side was asked, or both.",
        "introduced": "Both were interested, and know of each other.",
        "talks": "They talk with each other.",
        "agreement": "They have agreed on a cooperation, which is in the graph.",
        "closed": "The cooperation is over, with its outcome.",
        "declined": "One of the two, or who works on it, has said no, with a reason.",
    },
    transitions=(
        *_rows("shortlist", "suggested", "shortlisted", _OURS, "Means to follow it up.", first="shortlisted"),
        *_rows("propose", _EARLY, "proposed", _OURS, "Asks a side whether it is interested.", first="proposed",
               says=_SAID, guards=_IS_SIDE | {"that side was not asked yet": _unasked}),
        *_rows("interested", _EARLY, "proposed", _ALL, "A side is interested.", first="proposed",
               says=_SAID, may_say=_WORD | {"contact": "the contact that the other side may see once they are introduced"},
               guards=_IS_SIDE | {"the side says so itself, or it is said whose word it is": _own_word,
                                  "it has not said so yet": _unanswered}),
        *_rows("decline", f"{_EARLY} introduced talks", "declined", _ALL, "Says no.", first="declined",
               says={"side": "who: need, offer or broker", "reason": "why, as a code"},
               may_say=_WORD | {TEXT: "why, in words", "in_words": "true where there is a text"},
               guards={"it is said who": _who_declines, "the side says so itself, or it is said whose word it is": _own_word,
                       "the reason is a code": _reason, "another reason has a text": _in_words}),
        *_rows("introduce", "shortlisted proposed", "introduced", _OURS, "Introduces them to each other.",
               says={"agency": "for which side the broker acts: need, offer, both or none"},
               may_say={"fee": "the basis of the broker's fee, in words", **dict.fromkeys(PUT_IN, "put in by the platform")},
               when={"both sides are interested": _both}, guards={"the agency is one of those": _one_of("agency", AGENCY)}),
        *_rows("acknowledge", _LATER, "", _ALL, "A side acknowledges the introduction.",
               says=_SAID, may_say=_WORD | {"confidential": "true: what it is shown will be kept confidential"},
               guards=_IS_SIDE | {"the side itself, or the operator on its word": _receipt, "it has not done so yet": _unreceived}),
        *_rows("talk", "introduced", "talks", _ALL, "Talks have begun."),
        *_rows("agree", "introduced talks", "agreement", _OURS, "They have agreed: a cooperation is made of it.",
               says={"mode": "of the cooperation", "title": "of the cooperation"},
               may_say={"amount": "in whole units of the currency", "currency": "of the amount", "started": "the day on which it begins"},
               guards={"the mode is one of those of a cooperation": _one_of("mode", tuple(CooperationMode)),
                       "an amount has a currency": _money, "the day is a day": _dated("started"), "it is not to come": _past("started")}),
        *_rows("close", "agreement", "closed", _OURS, "The cooperation is over.",
               says={"outcome": "completed, failed or breached"}, may_say={"ended": "the day on which it ended"},
               guards={"the outcome is one of those": _one_of("outcome", OUTCOMES), "the day is a day": _dated("ended"),
                       "it is not to come": _past("ended")}),
        *_rows("reopen", "declined", "shortlisted", _OURS, "Takes it up again: both sides are to be asked anew.", says={TEXT: "why"}),
        *_rows("note", " ".join((*OPEN, "declined")), "", _WORK, "Notes something.", first="suggested", says={TEXT: "what"}),
        *_rows("meet", " ".join(OPEN), "", _WORK, "Notes a visit or a call.", first="suggested",
               says={"kind": "visit or call", "day": "the day"}, may_say={TEXT: "what came of it"},
               guards={"it is a visit or a call": _one_of("kind", KINDS), "the day is a day": _dated("day"),
                       "it is not to come": _past("day")}),
        *_rows("next", " ".join(OPEN), "", _WORK, "Sets what is to be done next, and until when.", first="suggested",
               says={ACTION: "what", "day": "until which day"}, guards={"the day is a day": _dated("day")}),
        *_rows("done", " ".join(OPEN), "", _WORK, "What was to be done is done."),
        *_rows("assign", " ".join((*OPEN, "declined")), "", _OURS, "Gives it to a broker to work on, in place of who had it.",
               first="suggested", says={"broker": "the broker's institution"}, may_say={"person": "the principal there"}),
        *_rows("release", " ".join((*OPEN, "declined")), "", _WORK, "Gives it back: it is assigned to nobody."),
        *_rows("merge", " ".join((*OPEN, "declined")), "", _WORK, "Says that it is the same as another lead, which goes on in its place.",
               first="suggested", says={"into": "the lead that goes on"}),
        transition("unmerge", " ".join((*OPEN, "declined")), "", _WORK, "Undoes that.", says=_BY,
                   when={"it is merged into another": _merged}),
    ),
)  # fmt: skip


def _update(value: Value, entry: Entry) -> Value:
    says, day, value = entry.body, entry.at[:10], dict(value)
    if not value:
        value = {**says[SUGGESTION], "sides": {}, "received": {}, "broker": "", "person": "", "into": "", "next": "", "meetings": 0}
    before = value.get("state", "suggested")
    update = _UPDATES.get(entry.kind)
    value |= update(value, says, entry) if update else {}
    after = LEAD.find(value.get("state", ""), entry.kind).after or before
    path = value.get("path", [])
    if not path:
        path = [["suggested", day]] if after == "suggested" else [["suggested", value.get("found") or day], [after, day]]
    elif after != before:
        path = [*path, [after, day]]
    return value | {"path": path, "since": path[-1][1]}


def _answered(value: Value, says: Mapping[str, Any], entry: Entry) -> Value:
    said = {"propose": "proposed", "interested": "interested", "decline": "declined"}[entry.kind]
    if says["side"] not in SIDES:
        return {}
    found: Value = {"sides": value["sides"] | {says["side"]: said}}
    if says.get("contact"):
        found["contacts"] = value.get("contacts", {}) | {says["side"]: says["contact"]}
    return found


def _declined(value: Value, says: Mapping[str, Any], entry: Entry) -> Value:
    told = [*value.get("declines", ()), {"side": says["side"], "reason": says["reason"], "day": entry.at[:10]}]
    return {**_answered(value, says, entry), "declines": told, "next": ""}


def _introduced(_value: Value, says: Mapping[str, Any], entry: Entry) -> Value:
    told = {"agency": says["agency"], "fee": says.get("fee") or "", "at": entry.at, "number": entry.number}
    return {"introduction": told | {name: says.get(name) or ([] if name != "broker" else "") for name in PUT_IN}}


def _reopened(value: Value, _says: Mapping[str, Any], _entry: Entry) -> Value:
    """Both are to be asked anew; that they were introduced before stands."""
    before = [*value.get("earlier", ()), value["introduction"] | {"received": value["received"]}] if value.get("introduction") else None
    return {"sides": {}, "received": {}, "contacts": {}, "introduction": {}} | ({"earlier": before} if before else {})


_UPDATES: dict[str, Callable[[Value, Mapping[str, Any], Entry], Value]] = {
    "propose": _answered,
    "interested": _answered,
    "decline": _declined,
    "introduce": _introduced,
    "acknowledge": lambda value, says, entry: {"received": value["received"] | {says["side"]: entry.at}},
    "agree": lambda _value, says, _entry: {"cooperation": {name: says[name] for name in AGREED if name in says}},
    "close": lambda _value, says, _entry: {"outcome": says["outcome"], "next": ""},
    "reopen": _reopened,
    "meet": lambda value, says, _entry: {"meetings": value["meetings"] + 1, "met": says["day"]},
    "next": lambda _value, says, entry: {"next": says["day"], "action": entry.number},
    "done": lambda _value, _says, _entry: {"next": ""},
    "assign": lambda _value, says, _entry: {"broker": says["broker"], "person": says.get("person") or ""},
    "release": lambda _value, _says, _entry: {"broker": "", "person": ""},
    "merge": lambda _value, says, _entry: {"into": says["into"]},
    "unmerge": lambda _value, _says, _entry: {"into": ""},
}  # fmt: skip

FOLD = folded(LEAD, _update)
