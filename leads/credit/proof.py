"""A proof of attribution: the entries that credits rest on, checked offline.

In: a store and who asks; or the bytes of a proof. Out: the proof as canonical JSON; or what is wrong with one, in words. Next:
``dovetail leads proof`` and ``dovetail leads verify``.

A proof holds the entries of every lead that was introduced and of every decision, the credits that follow, and the signed head of the
journal with the last
entry of each stream (their hashes come to the root that is signed). Whoever holds it checks without the store: each stream is a whole
chain from its first
entry, ends where the head says, and the credits are what the entries come to. It names every stream, so it is the operator's to make.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import msgspec

from desk.journal import states
from desk.journal.entries import FIRST, Entry
from desk.journal.heads import Head
from desk.journal.journal import Journal
from desk.people.streams import signed_head
from desk.process.principals import Actor, Scope
from desk.process.table import Value
from graph.documents import DocumentKind
from graph.errors import DovetailError, InvalidInput
from graph.language import _
from graph.store import Store
from leads.credit.attribution import Credit, aliases_of, computed
from leads.crediting import ATTRIBUTION
from leads.process import LEAD
from leads.settings import DEFAULT, LeadSettings
from leads.streams import FOLDS

_ENCODER = msgspec.json.Encoder(order="sorted")


class Proof(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """See the module's text. ``lines``: of each stream of the journal its name, the number of its last entry and its hash, in order;
    ``aliases``: the ids that institutions have now, as the store says; ``share_days``: the rule that the credits follow."""

    head: Head
    lines: list[tuple[str, int, str]]
    entries: list[Entry]
    aliases: dict[str, str]
    share_days: int
    credits: list[Credit]


def proof(store: Store, actor: Actor, settings: LeadSettings = DEFAULT) -> bytes:
    """The proof of all credits of a store. Raises NotAllowed for anybody but the operator."""
    actor.require(Scope.ADMIN)
    journal = Journal(store, FOLDS)
    leads = [(id, value) for id, value in states.values(store, LEAD.name) if value.get("introduction") or value.get("earlier")]
    decisions = list(states.values(store, ATTRIBUTION.name))
    streams = [*(f"{LEAD.name}:{id}" for id, _value in leads), *(f"{ATTRIBUTION.name}:{id}" for id, _value in decisions)]
    aliases = aliases_of(store, leads, [value for _id, value in decisions])
    made = Proof(
        head=signed_head(store), lines=list(_lines(store)), entries=[entry for one in sorted(streams) for entry in journal.entries(one)],
        aliases=aliases, share_days=settings.share_days,
        credits=computed(leads, [value for _id, value in decisions], aliases, settings.share_days),
    )  # fmt: skip
    return _ENCODER.encode(made)


def verify(content: bytes) -> tuple[Proof, list[str]]:
    """A proof, and what is wrong with it in words. Raises InvalidInput for bytes that are none, or whose head is not signed by the key
    that it names."""
    try:
        found = msgspec.json.decode(content, type=Proof)
    except msgspec.DecodeError as error:
        raise InvalidInput(_("is no proof of attribution: {error}", error=error), field="FILE") from error
    Head.from_bytes(found.head.to_bytes())
    problems, values, last = [], dict[str, Value](), dict[str, tuple[int, str]]()
    for entry in found.entries:
        number, before = last.get(entry.stream, (0, FIRST))
        if (entry.number, entry.previous) != (number + 1, before):
            problems.append(_("{id}: it does not follow entry {number} of its stream", id=entry.id, number=number))
        last[entry.stream] = (entry.number, entry.hash)
        try:
            values[entry.stream] = FOLDS[entry.stream.partition(":")[0]](values.get(entry.stream), entry)
        except (DovetailError, LookupError, TypeError, ValueError) as error:
            problems.append(_("{id}: its stream cannot be folded: {error}", id=entry.id, error=error))
    problems += _against_head(found, last)
    leads = [(stream.partition(":")[2], value) for stream, value in values.items() if stream.startswith(f"{LEAD.name}:")]
    decisions = [value for stream, value in values.items() if stream.startswith(f"{ATTRIBUTION.name}:")]
    if not problems and computed(leads, decisions, found.aliases, found.share_days) != found.credits:
        problems.append(_("the credits are not what the entries come to"))
    return found, problems


def _against_head(found: Proof, last: dict[str, tuple[int, str]]) -> list[str]:
    lines = "".join(f"{stream} {number} {digest}\n" for stream, number, digest in found.lines)
    if hashlib.sha256(lines.encode()).hexdigest() != found.head.root or sum(number for _s, number, _d in found.lines) != found.head.entries:
        return [_("the streams do not come to the root of the signed head")]
    ends = {stream: (number, digest) for stream, number, digest in found.lines}
    problems = [_("{stream}: it does not end where the signed head says", stream=one) for one in sorted(last) if ends.get(one) != last[one]]
    missing = sorted(one for one in ends if one.startswith(f"{ATTRIBUTION.name}:") and one not in last)
    return problems + [_("{stream}: its entries are left out", stream=one) for one in missing]


def _lines(store: Store) -> Iterator[tuple[str, int, str]]:
    """Of each stream its name, the number of its last entry, and its hash."""
    last: dict[str, tuple[int, str]] = {}
    for one in store.documents_since(0, [DocumentKind.ENTRY]):
        entry = Entry.from_document(one)
        last[entry.stream] = (entry.number, entry.hash)
    yield from ((stream, number, digest) for stream, (number, digest) in sorted(last.items()))
