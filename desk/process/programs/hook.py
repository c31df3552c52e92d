"""The process of a webhook: an address that events are pushed to, until it takes none any more or is removed.

In: events on a webhook. Out: its table and its fold. Next: ``desk.events.hooks`` calls it. The address lies beside its entry and is erased
with the webhook; its secrets are encrypted in a document of their own; what was sent is in another.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from desk.journal.entries import Entry
from desk.process.act import folded
from desk.process.table import Process, Value, Who, transition

URL = "url"
"""The personal field that holds the address: a part of it may be a secret."""
_CARE = (Who.OWNER, Who.OPERATOR)

HOOK = Process(
    name="hook",
    states={
        "active": "Events that concern the institution are pushed to it.",
        "disabled": "Nothing is pushed: it took nothing for days. What was missed waits.",
        "removed": "Nothing is pushed any more, and the address is erased.",
    },
    transitions=(
        transition("create", "", "active", (Who.OWNER,), "Has the institution's events pushed to an address; the secret is shown once.",
                   says={URL: "the address", "owner": "the institution", "scopes": "what its events may be of",
                         "role": "of whoever makes it"}),
        transition("rotate", "active disabled", "", (Who.OWNER,), "Makes a new secret; the old one signs too for a while.",
                   says={"until": "until when the old one signs too"}),
        transition("disable", "active", "disabled", (Who.CLOCK,), "It has taken nothing for too long.", says={"reason": "the last answer"}),
        transition("enable", "disabled", "active", (Who.OWNER,), "Pushes again, what was missed first."),
        transition("remove", "active disabled", "removed", _CARE, "Ends it, and erases the address."),
    ),
)  # fmt: skip


def _update(value: Value, entry: Entry) -> Value:
    says: Mapping[str, Any] = entry.body
    value = dict(value) | {"since": entry.at}
    if entry.kind == "create":
        value |= {"owner": says["owner"], "scopes": says["scopes"], "created": entry.at, "reason": ""}
        value |= {"role": says["role"]} if "role" in says else {}  # webhooks of before say none
    if entry.kind in ("disable", "enable"):
        value["reason"] = says.get("reason", "")
    return value


FOLD = folded(HOOK, _update)
