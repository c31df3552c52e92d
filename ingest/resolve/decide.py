"""A person's word on whether two Records mean one.

In: two Records, or ids that stand for them, and a verdict with its reason. Out: what was written: the decision, and what follows from it.
Next: ``desk.merges``.
"""

from __future__ import annotations

from graph.errors import Conflict, InvalidInput, NotFound
from graph.ids import decision_id
from graph.language import Message, _
from graph.model import Decision, Expert, Institution, NodeKind, Provenance, Record, Verdict
from graph.store import Store, Written
from ingest.resolve.resolver import Resolver

_TRIES = 5


def decide(store: Store, left: str, right: str, verdict: Verdict, *, reason: str, person: str = "person") -> Written:
    """Store a person's decision that two Records (or the entities of two ids) are the same or not, and what follows from it.

    Raises NotFound for an id that is not there, InvalidInput where both ids name one Record or entities of two kinds.
    """
    ends = sorted(_record_of(store, one) for one in (left, right))
    (first, of), (second, other) = ends
    if first == second:
        raise InvalidInput(
            Message("{left} and {right} are one already: to tell them apart, name two of its records", left=left, right=right)
        )
    if of is not other:
        raise InvalidInput(Message("{left} is an {of} and {right} an {other}", left=left, of=of.value, right=right, other=other.value))
    one = Decision(
        id=decision_id(first, second),
        provenance=Provenance(person, f"{first} {second}"),
        left=first,
        right=second,
        verdict=verdict,
        rule="a person's decision",
        score=1.0,
        reason=reason,
        by_person=True,
    )
    for attempt in range(_TRIES):
        resolver = Resolver(store)
        plan = resolver.again([first, second], [one])
        try:
            return store.write(plan.batch, expect=plan.expect)
        except Conflict:
            if attempt == _TRIES - 1:
                raise
    raise AssertionError("unreachable")


def _record_of(store: Store, one: str) -> tuple[str, NodeKind]:
    node = store.get([one]).get(one)
    if isinstance(node, Record):
        return node.id, node.of
    if isinstance(node, Institution | Expert):
        return node.records[0], node.kind_of_node
    raise NotFound(_("{one}: there is no such record, institution or expert", one=one))
