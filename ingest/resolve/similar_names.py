"""The pass over a store that joins institutions whose names are not equal but mean one.

In: the Records of a store and people's decisions. Out: SAME decisions of the rule ``similar name``, with score and reason, and what follows
from them; pairs that fall short of the bar are kept as proposals for a person. Next: ``ingest.load`` runs the pass after the rows,
``desk.merges`` after a person's decision and ``api.cli.merges`` on demand; ``desk.merges`` lists the pairs.

A full pass follows from the set of Records and of people's decisions alone: it makes all of its decisions anew, and writes those that
changed. In a store of FEW Records and more it keeps what it learnt, and the passes after it look at the part that a change concerns, by
the same words and weights, until a fifth of the Records changed: what comes out is what a look at all by these weights would.
"""

from __future__ import annotations

from collections.abc import Sequence
from sys import intern

import msgspec

from graph.errors import Conflict, FeedTruncated
from graph.ids import decision_id
from graph.language import _
from graph.model import Decision, Institution, NodeKind, Provenance, Record, Visibility
from graph.store import Cursor, Store, chunks
from graph.viewer import PUBLIC, level
from ingest.resolve.blocks import Blocks, Stored
from ingest.resolve.changed_names import changed
from ingest.resolve.cluster import SIMILAR
from ingest.resolve.likeness import BAR, PROPOSALS, Comparisons, Learnt, Names, Proposal, compared, score
from ingest.resolve.records import fields_of
from ingest.resolve.resolver import Resolver

FEW = 5_000
"""Institutions' Records from which a pass looks at what changed only; fewer are looked through in full, which takes half a second."""
_SHARE = 5
"""One Record in so many that changed since the last full pass, and the next is full again: words and weights are learnt anew."""
_AT_ONCE = 50
"""One in so many that changed since the last pass, and looking at all is hardly slower."""
_LINKS = 2_000
"""Decisions a transaction."""
_META = "merges"
_KEPT = "similar-names"
_TRIES = 5


class State(msgspec.Struct, frozen=True):
    """What the last pass left behind: where in the feed it was, and what it did not dare to decide."""

    epoch: str
    revision: int
    proposals: tuple[Proposal, ...] = ()


class Passed(msgspec.Struct, frozen=True):
    """What a pass did. ``names`` were compared in ``pairs``; ``joined`` decisions hold: ``made`` are new, ``dropped`` held before."""

    names: int = 0
    pairs: int = 0
    joined: int = 0
    made: int = 0
    dropped: int = 0
    proposed: int = 0

    def to_text(self) -> str:
        """The pass in one line."""
        return _(
            "similar names: {joined:,} joined ({made:,} new, {dropped:,} no longer), {proposed:,} to look at: dovetail merges",
            joined=self.joined, made=self.made, dropped=self.dropped, proposed=self.proposed,
        )  # fmt: skip


class Kept(msgspec.Struct, frozen=True):
    """What a pass keeps for the next one: ``records`` and what they taught when all were read last; of now, the blocks, how many
    Records ``moved`` since then and which likenesses hold."""

    records: int
    learnt: Learnt
    blocks: Stored
    moved: int
    joined: frozenset[str]


def run(store: Store, *, full: bool = False) -> Passed:
    """Make the likenesses of ``store`` what its Records say. Does nothing where no Record or decision changed since the last pass.

    Looks at what changed, by what the last full pass learnt; at everything (``full``) in a small store, where nothing was kept, where
    a fifth of the Records changed since, or where one in fifty did at once.
    """
    for attempt in range(_TRIES):
        cursor = store.cursor()
        last = state(store)
        since = Cursor(last.epoch, last.revision) if last and last.epoch == cursor.epoch else None
        if since and not full and not _is_due(store, since):
            return Passed()
        kept = _kept(store) if since and not full else None
        most = min(kept.records // _SHARE - kept.moved, kept.records // _AT_ONCE) if kept else 0
        moved = _moved(store, since, most) if kept and since else None
        if last and kept and moved is not None:
            found, before, after = _in_part(store, moved, kept, last)
        else:
            found, before, after = _in_full(store)
        made = [one for key, one in sorted(found.decisions.items()) if key not in before or _says(one) != _says(before[key])]
        dropped = [one for key, one in sorted(before.items()) if key not in found.decisions]
        try:
            seen = _write(store, made, dropped, cursor)
        except Conflict:  # somebody else wrote meanwhile: look again
            if attempt == _TRIES - 1:
                raise
            continue
        # an outdated note of the place in the feed is harmless, outdated blocks are not
        store.set_meta(_KEPT, msgspec.msgpack.encode(after) if after else b"")
        store.set_meta(_META, msgspec.json.encode(State(seen.epoch, seen.revision, tuple(found.proposals))))
        joined = after.joined if after else found.decisions
        return Passed(found.names, found.pairs, len(joined), len(made), len(dropped), len(found.proposals))
    raise AssertionError("unreachable")


def _in_full(store: Store) -> tuple[Comparisons, dict[str, Decision], Kept | None]:
    """The likenesses of all Records, those stored, and what is to be kept. Public ones are looked at first and teach alone what words and
    weights are; then those that fewer see, which join what is there and change nothing of it."""
    records = [_named(one) for one in store.scan(NodeKind.RECORD) if isinstance(one, Record) and one.of is NodeKind.INSTITUTION]
    decided = [one for one in store.scan(NodeKind.DECISION) if isinstance(one, Decision)]
    before = {one.id: one for one in decided if one.rule == SIMILAR}
    found, kept, learnt = Comparisons(), None, None
    for visibility in (several := [one for one in Visibility if any(record.visibility is one for record in records)]):
        seen = [one for one in records if level(one.visibility) <= level(visibility)]
        names = Names(seen, [*(one for one in decided if one.by_person), *found.decisions.values()], learnt.words if learnt else None)
        count = len(seen)
        del seen
        if visibility is several[-1]:
            records.clear()  # what follows takes as much memory again
        more, learnt = compared(names, learnt)
        found.add(more)
        if visibility is Visibility.PUBLIC and count >= FEW:
            blocks = Blocks()
            blocks.add(names.entries())
            kept = Kept(count, learnt, blocks.stored(), 0, frozenset())
    found.proposals = _likeliest(found.proposals)
    return found, before, kept and msgspec.structs.replace(kept, joined=frozenset(found.decisions))


def _named(record: Record) -> Record:
    """``record`` with those of its fields that tell who it is and where."""
    said = fields_of(record)
    fields = {name: said[name] for name in ("name", "aliases", "country", "region") if name in said}
    source = Provenance(intern(record.provenance.source), record.provenance.source_id)
    return msgspec.structs.replace(record, provenance=source, fields=msgspec.json.encode(fields).decode())


def _in_part(store: Store, moved: set[str], kept: Kept, last: State) -> tuple[Comparisons, dict[str, Decision], Kept | None]:
    """The same of the part of the store that the public Records ``moved`` concern."""
    blocks = Blocks(kept.blocks)
    part = changed(Resolver(store).tied, moved, blocks, kept.learnt)
    hits = store.lookup([f"decision:{one}" for one in sorted(part.records)])
    decided = store.get({one for found in hits.values() for one in found})
    alike = {one.id: one for one in decided.values() if isinstance(one, Decision) and one.rule == SIMILAR}
    ends = store.get({end for one in alike.values() for end in (one.left, one.right)})
    hidden = {one for one, end in ends.items() if isinstance(end, Record) and end.visibility is not Visibility.PUBLIC}
    before = {one: decision for one, decision in alike.items() if hidden.isdisjoint((decision.left, decision.right))}
    part.found.proposals = _likeliest([one for one in last.proposals if not {one.left, one.right} & part.records] + part.found.proposals)
    looked_at = decided.keys() - (alike.keys() - before.keys())
    joined = (kept.joined - looked_at) | part.found.decisions.keys()  # a person's word takes a likeness's place under its id
    return part.found, before, Kept(kept.records, kept.learnt, blocks.stored(), kept.moved + len(moved), joined)


def _likeliest(proposals: Sequence[Proposal]) -> list[Proposal]:
    return sorted(proposals, key=lambda one: (-one.score, one.left, one.right))[:PROPOSALS]


def state(store: Store) -> State | None:
    """What the last pass left behind; None if there was none."""
    said = store.meta(_META)
    return msgspec.json.decode(said, type=State) if said else None


def _kept(store: Store) -> Kept | None:
    """What the last pass kept; None where it kept nothing, or in a form of another version."""
    said = store.meta(_KEPT)
    try:
        return msgspec.msgpack.decode(said, type=Kept) if said else None
    except msgspec.DecodeError:
        return None


def _is_due(store: Store, since: Cursor) -> bool:
    try:
        return any(one.startswith(("rec-", "dec-")) for change in store.changes(since) for one in (*change.written, *change.deleted))
    except FeedTruncated:
        return True


def _moved(store: Store, since: Cursor, most: int) -> set[str] | None:
    """The public Records of institutions that changed, went, or whose entity or decisions changed since; None if they are over ``most``."""
    asked, moved = set[str](), set[str]()
    try:
        for change in store.changes(since):
            asked.update(one for one in change.written if one.startswith(("rec-", "dec-", "ins-")))
            moved.update(one for one in change.deleted if one.startswith("rec-"))
            if len(asked) + len(moved) > 20 * max(most, 1):
                return None
    except FeedTruncated:
        return None
    for ids in chunks(sorted(asked)):
        for one, node in store.get(ids).items():
            if node.id != one:
                continue  # the entity that this one went into is among those written
            if isinstance(node, Institution) and node.visibility is Visibility.PUBLIC:
                moved.update(PUBLIC.view(node).records)
            elif isinstance(node, Record) and node.of is NodeKind.INSTITUTION and node.visibility is Visibility.PUBLIC:
                moved.add(node.id)
            elif isinstance(node, Decision) and node.by_person:
                moved.update((node.left, node.right))
        if len(moved) > most:
            return None
    return moved


def _says(one: Decision) -> tuple[object, ...]:
    return (one.left, one.right, one.verdict, one.score, one.reason)


def _write(store: Store, made: Sequence[Decision], dropped: Sequence[Decision], since: Cursor) -> Cursor:
    """Write what changed; the place in the feed up to which the pass has seen everything."""
    resolver = Resolver(store)
    seen = since.revision
    alone = True
    for decisions, gone in ((dropped, True), (made, False)):
        for start in range(0, len(decisions), _LINKS):
            part = decisions[start : start + _LINKS]
            ends = sorted({end for one in part for end in (one.left, one.right)})
            plan = resolver.again(ends, [] if gone else part, [one.id for one in part] if gone else ())
            written = store.write(plan.batch, expect=plan.expect)
            resolver.commit(plan, written)
            alone = alone and written.revision <= seen + 1
            seen = written.revision
    return Cursor(since.epoch, seen) if alone else since  # what others wrote meanwhile is for the next pass


# -- for a person


def listed(store: Store) -> list[Decision | Proposal]:
    """The decisions and proposals, borderline first: by how near the score is to the bar, people's own last."""
    last = state(store)
    decided = [one for one in store.scan(NodeKind.DECISION) if isinstance(one, Decision)]
    taken = {one.id for one in decided}  # a person may have decided since
    found: list[Decision | Proposal] = [one for one in (last.proposals if last else ()) if decision_id(one.left, one.right) not in taken]
    found += decided
    bar = score(-BAR)
    return sorted(found, key=lambda one: (isinstance(one, Decision) and one.by_person, abs(one.score - bar), one.left, one.right))
