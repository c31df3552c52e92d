"""The process of an answer that is kept: what was sent to somebody, proposed, or asked to be kept.

In: events on an answer. Out: its table and its fold. Next: ``desk.answers`` calls it. What the answer says, the question with it, who got
it if that is a person, and the revision of the store lie beside the entry; all but the revision are erased with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from desk.journal.entries import Entry
from desk.process.act import folded
from desk.process.table import Process, Value, Who, transition
from graph.language import N_, Message

ANSWER_TEXT, ASKED, BASIS, PERSON, REVISION = "answer", "asked", "basis", "person", "revision"
"""The personal fields: the answer, the question as it can be asked again, the facts as they were, who got it, the store's revision."""
PURPOSES = ("sent", "proposed", "kept")


def _purpose(_value: Value, says: Mapping[str, Any], _at: str) -> str:
    return "" if says.get("purpose") in PURPOSES else Message("purpose is one of {known}", known=", ".join(PURPOSES))


def _receiver(_value: Value, says: Mapping[str, Any], _at: str) -> str:
    is_sent, has_receiver = says.get("purpose") in ("sent", "proposed"), bool(says.get("recipient") or says.get("to_person"))
    if is_sent == has_receiver:
        return ""
    return N_("what is sent or proposed has somebody who gets it; what is kept has nobody")


ANSWER = Process(
    name="answer",
    states={
        "kept": "On record, as it was given.",
        "erased": "What it said is gone for good; that it was given, and to whom, stays on record.",
    },
    transitions=(
        transition("keep", "", "kept", (Who.OWNER, Who.OPERATOR), "Keeps an answer that is sent to somebody, proposed, or to be kept.",
                   says={"purpose": "sent, proposed or kept", "asks": "what was asked for, without its text",
                         "model": "what read the texts", ANSWER_TEXT: "the answer", ASKED: "the question",
                         BASIS: "the facts that it cites, as they were", REVISION: "the revision of the store"},
                   may_say={"owner": "the institution that keeps it", "recipient": "the institution that gets it",
                            "to_person": "true: a person gets it", PERSON: "who", "scale": "what the points were measured by",
                            "all": "true: it was made of everything, for the operator"},
                   guards={"the purpose is known": _purpose, "who gets it is named, if anybody does": _receiver}),
        transition("erase", "kept", "erased", (Who.OWNER, Who.OPERATOR), "Erases what it said.", may_say={"reason": "why"}),
    ),
)  # fmt: skip


def _update(value: Value, entry: Entry) -> Value:
    if entry.kind != "keep":
        return dict(value) | {"since": entry.at}
    says = entry.body
    kept = {name: says.get(name) or "" for name in ("owner", "recipient", "scale")}
    hash = says[ANSWER_TEXT]["commitment"]
    return kept | {
        "purpose": says["purpose"], "asks": says["asks"], "model": says["model"], "to_person": says.get("to_person") is True,
        "all": says.get("all") is True, "hash": hash, "kept": entry.at, "since": entry.at,
    }  # fmt: skip


FOLD = folded(ANSWER, _update)
