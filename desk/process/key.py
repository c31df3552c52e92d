"""The process of a key: made by the operator or by a member for its own institution, used until a day, revoked for good.

In: events on a key. Out: its table and its fold. Next: ``desk.people.keys`` calls it. The name of the person who holds a key lies beside
its entry and can be erased.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from desk.journal.entries import Entry
from desk.process.act import folded
from desk.process.principals import Role, Scope
from desk.process.table import Process, Value, Who, transition
from graph.language import N_, Message

PERSON = "person"
"""The personal field that holds who has the key."""
_ROLES = [role.value for role in Role if role is not Role.CLOCK]


def _role(_value: Value, says: Mapping[str, Any], _at: str) -> str:
    if says.get("role") not in _ROLES:
        return Message("role is one of {known}", known=", ".join(_ROLES))
    needs = says["role"] != Role.OPERATOR
    if needs and not says.get("institution"):
        return Message("a key for the role {role} names an institution", role=says["role"])
    return ""


def _scopes(_value: Value, says: Mapping[str, Any], _at: str) -> str:
    known = [scope.value for scope in Scope]
    scopes = says.get("scopes")
    is_right = isinstance(scopes, list) and bool(scopes) and set(scopes) <= set(known)
    return "" if is_right else Message("scopes are some of {known}", known=", ".join(known))


def _expires(_value: Value, says: Mapping[str, Any], at: str) -> str:
    try:
        said = str(says.get("expires"))
        if date.fromisoformat(said).isoformat() != said:  # 20270101, which no text of a day compares with
            raise ValueError(said)
        return "" if said > at[:10] else N_("a key expires on a day to come")
    except ValueError:
        return N_("expires is a day, YYYY-MM-DD")


KEY = Process(
    name="key",
    states={
        "active": "Opens what its role and scopes allow, until the day on which it expires.",
        "revoked": "Opens nothing any more.",
    },
    transitions=(
        transition("create", "", "active", (Who.OPERATOR,), "Makes a key; it is shown once, and only a hash of it is kept.",
                   says={"role": "what its holder is on the platform", "scopes": "what it opens", "expires": "its last day",
                         "hash": "SHA-256 of the key", PERSON: "who holds it"},
                   may_say={"institution": "the institution that its holder is a member of",
                            "reviews": "true: its holder looks things over"},
                   guards={"the role is known, and has its institution": _role, "the scopes are known": _scopes,
                           "it expires on a day to come": _expires}),
        transition("revoke", "active", "revoked", (Who.OPERATOR, Who.OWNER), "Ends it at once.", may_say={"reason": "why"}),
    ),
)  # fmt: skip


def _update(value: Value, entry: Entry) -> Value:
    if entry.kind != "create":
        return value
    says = entry.body
    kept = {name: says[name] for name in ("role", "scopes", "expires", "hash")}
    return kept | {"institution": says.get("institution") or "", "reviews": says.get("reviews") is True, "created": entry.at}


FOLD = folded(KEY, _update)
