"""The process of a job: a file that a program has handed in, read into the store by whichever process of the service takes it.

In: events on a job. Out: its table and its fold. Next: ``desk.jobs`` calls it. What the file is called lies beside its entry and can be
erased. The lease of whoever runs a job is no entry: it is renewed every few seconds (``desk.jobs.leases``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from desk.journal.entries import Entry
from desk.process.act import folded
from desk.process.table import Process, Value, Who, transition
from graph.language import N_

NAME = "name"
"""The personal field that holds what the file is called."""
TRIES = 5
"""How often a job is begun: one that ends its process every time is given up."""
_CARE = (Who.OWNER, Who.OPERATOR)


def _tries_left(value: Value, _at: str) -> str:
    return "" if value["tries"] < TRIES else N_("it was begun too often")


JOB = Process(
    name="job",
    states={
        "waiting": "The file is here, and nobody reads it yet.",
        "running": "A process reads it, and holds its lease.",
        "done": "Read; the report says what came of each row.",
        "failed": "Not read to its end; the reason says why. What had landed stays.",
        "cancelled": "Given up by whoever handed it in. What had landed stays.",
    },
    transitions=(
        transition("submit", "", "waiting", _CARE, "Hands a file in.",
                   says={"digest": "SHA-256 of its content", "size": "its bytes", NAME: "what it is called",
                         "source": "the name of the source of its rows"},
                   may_say={"owner": "the institution that hands it in", "encoding": "its encoding",
                            "strict": "true: a row is rejected for one cell"}),
        transition("take", "waiting", "running", (Who.CLOCK,), "A process begins to read it.",
                   when={f"it was begun fewer than {TRIES} times": _tries_left}),
        transition("resume", "running", "", (Who.CLOCK,), "Another process goes on, where the lease has run out.",
                   when={f"it was begun fewer than {TRIES} times": _tries_left}),
        transition("release", "running", "waiting", (Who.CLOCK,), "The process is told to stop, or the store is away.",
                   may_say={"stopped": "true: it was told to, which counts as no beginning"}),
        transition("finish", "running", "done", (Who.CLOCK,), "It is read.", says={"counts": "rows by what came of them"},
                   may_say={"unindexed": "why questions do not find it yet"}),
        transition("fail", "waiting running", "failed", (Who.CLOCK,), "It cannot be read.", says={"reason": "why"}),
        transition("cancel", "waiting running", "cancelled", _CARE, "Gives it up."),
    ),
)  # fmt: skip


def _update(value: Value, entry: Entry) -> Value:
    says: Mapping[str, Any] = entry.body
    if entry.kind == "submit":
        kept = {name: says[name] for name in ("digest", "size", "source")}
        return kept | {
            "owner": says.get("owner") or "", "encoding": says.get("encoding") or "", "strict": says.get("strict") is True, "tries": 0,
            "submitted": entry.at, "since": entry.at,
        }  # fmt: skip
    value = dict(value) | {"since": entry.at}
    if entry.kind in ("take", "resume"):
        value["tries"] += 1
    if entry.kind == "release" and says.get("stopped") is True:
        value["tries"] -= 1
    for name in ("counts", "reason", "unindexed"):
        if name in says:
            value[name] = says[name]
    return value


FOLD = folded(JOB, _update)
