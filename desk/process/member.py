"""The process of a member: a person who acts for an institution in a role, by invitation or by a claim that the operator has approved.

In: events on a member. Out: its table and its fold. Next: ``desk.members.members`` calls it. Name and mail address lie beside the first
entry and can be erased.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from desk.journal.entries import Entry
from desk.process.act import folded
from desk.process.principals import Role
from desk.process.table import Process, Value, Who, transition
from graph.language import LANGUAGES, N_, Message

NAME, MAIL = "name", "mail"
"""The personal fields: how a member is called, and the mail address, sealed."""
_INVITED = {NAME: "who is invited", MAIL: "where the invitation goes", "role": "what the member is on the platform",
            "language": "the language of letters"}  # fmt: skip
_ROLES = (Role.ENTERPRISE, Role.PROVIDER, Role.BROKER, Role.CONSUMER)


def _role(_value: Value, says: Mapping[str, Any], _at: str) -> str:
    return "" if says.get("role") in _ROLES else Message("role is one of {roles}", roles=", ".join(_ROLES))


def _any_role(_value: Value, says: Mapping[str, Any], _at: str) -> str:
    roles = (*_ROLES, Role.OPERATOR)
    if says.get("role") not in roles:
        return Message("role is one of {roles}", roles=", ".join(roles))
    is_placed = says["role"] == Role.OPERATOR or says.get("institution")
    return "" if is_placed else N_("a member in this role has an institution")


def _language(_value: Value, says: Mapping[str, Any], _at: str) -> str:
    return "" if says.get("language") in LANGUAGES else Message("language is one of {languages}", languages=", ".join(LANGUAGES))


MEMBER = Process(
    name="member",
    states={
        "invited": "Has got a letter with a link, and has not followed it yet.",
        "claimed": "Says to be of an institution, by a mail address that is shown to be the person's own; waits for the operator.",
        "active": "Signs in, and acts for the institution.",
        "rejected": "The operator has not found the claim to be true.",
        "ended": "Signs in no more.",
        "erased": "Name and address are gone for good; that there was a member, and what was done, stays on record.",
    },
    transitions=(
        transition("invite", "", "invited", (Who.OWNER, Who.OPERATOR), "Invites somebody into an institution, by a letter.",
                   says=_INVITED | {"institution": "the institution that the member will be of"},
                   guards={"the role is one of an institution": _role, "the language is known": _language}),
        transition("appoint", "", "invited", (Who.OPERATOR,), "Invites an operator, or somebody who looks things over.", says=_INVITED,
                   may_say={"institution": "the institution that the member will be of", "reviews": "true: looks things over"},
                   guards={"the role is known, and has its institution": _any_role, "the language is known": _language}),
        transition("remind", "invited", "", (Who.OWNER, Who.OPERATOR), "Sends the letter again; the earlier link opens no more."),
        transition("accept", "invited", "active", (Who.PERSON,), "Follows the link of the letter."),
        transition("claim", "", "claimed", (Who.PERSON,), "Says to be of an institution, by the link of a letter.",
                   says={NAME: "who claims", MAIL: "the address that the link was sent to", "institution": "the institution claimed",
                         "number": "its number in a register, as it was given", "role": _INVITED["role"],
                         "language": _INVITED["language"]},
                   guards={"the role is one of an institution": _role, "the language is known": _language}),
        transition("approve", "claimed", "active", (Who.OPERATOR,), "Finds the claim to be true."),
        transition("reject", "claimed", "rejected", (Who.OPERATOR,), "Does not find it to be true.", may_say={"reason": "why"}),
        transition("leave", "active", "ended", (Who.PERSON,), "Ends it oneself."),
        transition("remove", "invited active", "ended", (Who.OWNER, Who.OPERATOR), "Ends it for another.", may_say={"reason": "why"}),
        transition("erase", "rejected ended", "erased", (Who.OWNER, Who.OPERATOR), "Erases name and address for good."),
    ),
)  # fmt: skip


def _update(value: Value, entry: Entry) -> Value:
    if entry.kind not in ("invite", "appoint", "claim"):
        return dict(value) | {"since": entry.at}
    says = entry.body
    kept = {"role": says["role"], "language": says["language"], "number": says.get("number") or "", "since": entry.at}
    return kept | {"institution": says.get("institution") or "", "reviews": says.get("reviews") is True}


FOLD = folded(MEMBER, _update)
