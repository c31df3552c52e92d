"""The writing of rows: a batch of one or more files is one transaction.

In: rows with what they come to (``ingest.row_reader``). Out: the store holds them; the report of each file has their counts. Next:
``ingest.load`` fills batches with the rows of its files, many small files' together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from graph.errors import Conflict, InvalidInput
from graph.model import Achievement, Edge, EdgeKind, Record, Visibility
from graph.store import Store, Written
from graph.viewer import level, strictest
from ingest.cells.registers import work_ids_of
from ingest.edges import Earlier, drawn, said_by
from ingest.report import FileReport
from ingest.resolve.resolver import Plan, Resolver
from ingest.retold import Retold, orphans, retold
from ingest.row_reader import Pending
from ingest.suppression import Suppression, applied, experts_of, institutions_of, with_people_hidden

_TRIES = 5
_BELONGS = frozenset({EdgeKind.OWNS, EdgeKind.POSTED, EdgeKind.OFFERS})


class Writer:
    """Writes the batches of one run; remembers what it wrote."""

    def __init__(
        self, store: Store, kinds: Collection[str], *, strict: bool, suppression: Suppression,
        expect: Mapping[str, int | None] | None = None,
    ) -> None:  # fmt: skip
        """``kinds``: the kinds of nodes and edges that the store held when the run began; ``strict``: a reference to what is not known
        rejects its row; ``suppression``: the people who are not to be kept or shown; ``expect``: the versions that somebody decided upon,
        without which nothing is written."""
        self._expect = expect or {}
        self._store, self._kinds, self._strict, self._suppression = store, kinds, strict, suppression
        self._resolver = Resolver(store)
        self._earlier = Earlier(store, kinds)
        self._known: dict[str, Visibility] = {}
        """Nodes that are certainly stored, and who may see them."""
        self._meant: dict[str, str] = {}
        """By an id that no row has: the achievement that was named by its external id instead; it is ``known``."""
        self._settled: dict[str, bool] = {}
        """Records that this run has brought already; True for one known by reference only."""

    def write(self, batch: list[Pending]) -> None:
        """Write rows of one or more files in one transaction, and count them. Their cells set aside are told once they landed."""
        batch = self._with_known_needs(batch)
        if self._suppression:
            batch = self._suppressed(batch)
        if not batch:
            return
        store, resolver = self._store, self._resolver
        resolver.make_room()
        anew = self._retold(batch)
        joined, done = 0, Written(0, frozenset(), frozenset(), frozenset())
        for attempt in range(_TRIES):
            before = store.cursor().revision
            incoming, beside = self._incoming(batch)
            plan = resolver.plan(incoming, beside=beside)
            edges, stale, same = self._edges(batch, plan, anew)
            if gone := self._unnamed(plan, edges, stale, anew, {one for one, record in incoming.items() if not record.stub}):
                resolver.forget()
                incoming, beside = self._incoming(batch)
                plan = resolver.plan(incoming, gone, beside)
                edges, _, same = self._edges(batch, plan, anew)
            self._check_decided(batch, stale)
            is_part = self._add(batch, plan, edges, stale, None if attempt else same)
            try:
                written = store.write(plan.batch, expect={**plan.expect, **self._expect})
            except (Conflict, InvalidInput):
                # somebody else wrote meanwhile, and may have merged away what our edges end at
                if attempt == _TRIES - 1 or store.cursor().revision == before:
                    raise
                resolver.forget()
                continue
            resolver.commit(plan, written)
            joined += plan.joined
            done = _together(done, written)
            if not is_part or written.revision == before + bool(written.added or written.changed or written.deleted):
                break
            resolver.forget()  # somebody else wrote meanwhile, perhaps what was left out because it was stored as it is
        self._settled.update((one, record.stub) for one, record in incoming.items())
        if plan.records and written.revision > before + 1:
            self._again(incoming)
        self._count(batch, plan, joined, done)
        for pending in batch:
            pending.reader.set_aside(pending)
            if pending.contacts:
                pending.reader.offer(pending, self._whose(pending, plan))

    def _whose(self, pending: Pending, plan: Plan) -> str | None:
        """The institution or expert that the contact columns of a row are of: the row's own, or who owns, posted or offers what it tells
        of. None for a row of several parties."""
        own = pending.built[0]
        record = own.record.id if own.record else next((draft.source for draft in own.drafts if draft.kind in _BELONGS), "")
        return plan.entity_of.get(record) or self._resolver.entity_of(record)

    def _suppressed(self, batch: list[Pending]) -> list[Pending]:
        """Rows without people who are not to be kept, and with those who are not to be shown hidden."""
        may_be = {one: record for one, record in experts_of(batch).items() if self._suppression.may_know(record)}
        if not may_be:
            return batch
        keyed = self._resolver.keyed(may_be, institutions_of(batch))
        found = {one: held for one, record in keyed.items() if (held := self._suppression.of(record))}
        return applied(batch, found) if found else batch

    def _check_decided(self, batch: list[Pending], stale: Mapping[str, Edge]) -> None:
        """Raises Conflict where a relation of a row goes that somebody who decided upon the row did not know."""
        own = {(built.provenance.row, built.id) for pending in batch for built in pending.built}
        gone = [
            one for one, edge in stale.items()
            if one not in self._expect
            and not own.isdisjoint((edge.provenance.row, end) for end in (edge.source, edge.target, edge.source_record, edge.target_record))
        ]  # fmt: skip
        if self._expect and gone:
            raise Conflict(gone)

    def hides(self, batch: list[Pending]) -> bool:
        """Whether anything of the batch or of the store is hidden."""
        every = (built for pending in batch for built in pending.built)
        return any(built.visibility is not Visibility.PUBLIC for built in every) or self._resolver.has_hidden

    def _retold(self, batch: list[Pending]) -> Retold:
        """What rows say of whom others may see now, where anything of the batch or of the store is hidden."""
        if not self._kinds or not self.hides(batch):
            return Retold()
        anew = retold(self._store, batch, said_by)
        otherwise = {one for pending in batch for built in pending.built for one in pending.reader.builder.otherwise(built)}
        otherwise |= {one for pending in batch for built in pending.built for one in with_people_hidden(built)}
        anew.stale |= {one: edge for one, edge in self._store.get(otherwise).items() if isinstance(edge, Edge)}
        for number, found in anew.built.items():
            batch[number].built += found
        return anew

    def _edges(self, batch: list[Pending], plan: Plan, anew: Retold) -> tuple[dict[str, Edge], dict[str, Edge], set[str]]:
        """The edges of a batch by id, those that go, and which are stored as they are."""
        nodes = {built.id for pending in batch for built in pending.built if built.node}
        edges = drawn(batch, nodes, self._known, self._meant, plan, self._resolver)
        stale, same = self._earlier.edges(batch, edges, self._settled, self._resolver)
        gone = [pending.instead for pending in batch if pending.instead]
        instead = {edge.id: edge for edge in self._store.edges(gone)} if gone else {}
        stale = {one: edge for one, edge in {**stale, **anew.stale, **instead}.items() if one not in edges}
        edges |= self._earlier.kept(edges, stale)
        return edges, stale, same

    def _unnamed(self, plan: Plan, edges: dict[str, Edge], stale: dict[str, Edge], anew: Retold, brought: Collection[str]) -> set[str]:
        """Records that nobody names any more, but for those that rows have ``brought``; the edges that go with them are put into
        ``stale``."""
        if not stale and not plan.replaced:
            return set()
        gone, ending = orphans(self._store, list(stale.values()), edges, anew.unsaid, plan.replaced, brought)
        stale |= {one: edge for one, edge in ending.items() if one not in edges}
        return gone

    def _incoming(self, batch: list[Pending]) -> tuple[dict[str, Record], set[str]]:
        """The Records of a batch that this run has not brought before, a row's rather than a reference's; and which came beside a row."""
        found: dict[str, Record] = {}
        beside = {built.record.id for pending in batch for built in pending.built if built.record and built.is_beside}
        settled, entity_of = self._settled, self._resolver.entity_of
        for pending in batch:
            for built in pending.built:
                for one in (*built.stubs, built.record) if built.record else built.stubs:
                    if one.stub and one.id in found:
                        continue
                    if (settled.get(one.id, True) and (one.id not in settled or not one.stub)) or entity_of(one.id) is None:
                        found[one.id] = one
        return found, beside

    def _again(self, incoming: Mapping[str, Record]) -> None:
        """Somebody else wrote between our reading and writing: what they brought may belong together with ours."""
        resolver = self._resolver
        resolver.forget()
        plan = resolver.again(list(incoming))
        resolver.commit(plan, self._store.write(plan.batch, expect=plan.expect))

    def _with_known_needs(self, batch: list[Pending]) -> list[Pending]:
        """The rows of ``batch``, without references to achievements, demands, resources and cooperations that are not known: such a cell
        is set aside; a row of an edge file has no end then and is rejected."""
        known = self._known
        if not any(built.needs for pending in batch for built in pending.built):
            known.update(_own(batch))
            return batch
        while True:
            own = _own(batch)
            asked = {one for pending in batch for built in pending.built for need in built.needs for one in need.ids}
            asked = {one for one in asked if one not in known and one not in own}
            known.update(_visibilities(self._store.get(asked)) if asked else ())
            self._find_by_number(batch, own)
            there = own, known, self._meant
            lacking = {at: found for at, pending in enumerate(batch) if (found := pending.reader.lacking(pending, *there))}
            fatal = {at for at, found in lacking.items() if self._strict or any(not one.built.node for one in found)}
            for at, found in lacking.items():
                if at in fatal:
                    batch[at].reader.reject(batch[at].raw, [*batch[at].aside, *(one.problem for one in found)])
                else:
                    batch[at].leave_out(found)
            if not fatal:
                known.update(own)
                self._hide(batch)
                return batch
            # what was rejected may have been needed by others
            batch = [pending for at, pending in enumerate(batch) if at not in fatal]

    def _hide(self, batch: list[Pending]) -> None:
        """Let rows of edge files tell no more of their parties than may be seen of what they tie them to."""
        known, meant = self._known, self._meant
        for pending in batch:
            for at, built in enumerate(pending.built):
                if built.row is not None and built.needs:
                    ends = [next((one for one in need.ids if one in known), meant.get(need.ids[0], "")) for need in built.needs]
                    pending.built[at] = pending.reader.builder.hidden(built, strictest(known[one] for one in ends if one in known))

    def _find_by_number(self, batch: list[Pending], own: Mapping[str, Visibility]) -> None:
        """Achievements that ``batch`` names by an external id of theirs, as any source may know them: the one that most may see."""
        known = self._known
        needs = [need for pending in batch for built in pending.built for need in built.needs if need.may_be_number]
        lacking = [need for need in needs if not any(one in own or one in known for one in need.ids)]
        keys = {need.ids[0]: [f"ext:{one}" for one in work_ids_of(need.text)] for need in lacking}
        found = self._store.lookup({key for several in keys.values() for key in several}) if any(keys.values()) else {}
        nodes = self._store.get({one for hits in found.values() for one in hits}) if found else {}
        # a firm may have the id too
        seen_by = _visibilities({one: node for one, node in nodes.items() if isinstance(node, Achievement)})
        for one, several in keys.items():
            hits = next((mine for key in several if (mine := [hit for hit in found.get(key, ()) if hit in seen_by])), None)
            if hits:
                meant = min(hits, key=lambda hit: (level(seen_by[hit]), hit))
                self._meant[one] = meant
                self._known[meant] = seen_by[meant]

    def _add(self, batch: list[Pending], plan: Plan, edges: dict[str, Edge], stale: dict[str, Edge], same: set[str] | None) -> bool:
        """Put the rows' own nodes and edges into ``plan``, and take away the edges that they no longer name. What is stored as it is
        is left out, the edges ``same`` among it, unless these are None; whether anything was."""
        nodes = {built.id: built.node for pending in batch for built in pending.built if built.node}
        same = set() if same is None else same | self._earlier.nodes(batch)
        plan.batch.nodes += [node for one, node in nodes.items() if one not in same]
        plan.batch.edges = [one for one in plan.batch.edges if one.id not in stale]
        plan.batch.edges += [edge for one, edge in edges.items() if one not in same]
        plan.batch.delete += sorted(stale.keys() | {pending.instead for pending in batch if pending.instead})
        return bool(same)

    def _count(self, batch: list[Pending], plan: Plan, joined: int, written: Written) -> None:
        """Count what a batch did, each id for the first row that says it. What no row says itself (a decision, an entity that others
        make up) is the last file's."""
        last = batch[-1].reader.report
        files = {} if batch[0].reader.report is last else _files_of(batch, plan)
        for one in written.added | written.changed:
            report = files.get(one, last)
            if one[:4] == "edg-":
                report.edges += 1
            else:
                report.nodes += 1
        for one in _joining(batch, plan, written) if files else ():
            taken = min(joined, 1)
            files[one].merged += taken
            joined -= taken
        last.merged += joined
        rest = written.added | written.changed | written.deleted
        left = set(rest)
        for pending in batch:
            report, own = pending.reader.report, pending.ids[0]
            is_new = own in written.added and own in left
            report.land(pending.raw.line, own, "added" if is_new else "unchanged" if left.isdisjoint(pending.ids) else "changed")
            left.difference_update(pending.ids)


def _records_of(batch: Iterable[Pending]) -> Iterator[tuple[Record, FileReport]]:
    """The Records that a batch brings, each as often as it is brought, with the report of the file that does."""
    for pending in batch:
        for built in pending.built:
            for record in (*built.stubs, built.record) if built.record else built.stubs:
                yield record, pending.reader.report


def _files_of(batch: Iterable[Pending], plan: Plan) -> dict[str, FileReport]:
    """The file that each id of a batch is said by first: of a row's node, Records and edges, and of the entities of these Records."""
    found: dict[str, FileReport] = {}
    for pending in batch:
        for one in pending.ids:
            found.setdefault(one, pending.reader.report)
    for record, report in _records_of(batch):
        found.setdefault(record.id, report)
        found.setdefault(plan.entity_of.get(record.id, record.id), report)
    return found


def _joining(batch: Iterable[Pending], plan: Plan, written: Written) -> Iterator[str]:
    """The new Records of a batch, but for the first of each new entity, in the order of its rows."""
    seen = set[str]()
    for record, _ in _records_of(batch):
        if record.id not in written.added or record.id in seen:
            continue
        entity = plan.entity_of.get(record.id, record.id)
        if entity in seen or entity not in written.added:
            yield record.id
        seen |= {record.id, entity}


def _own(batch: Iterable[Pending]) -> dict[str, Visibility]:
    """The nodes of a batch, and who may see them."""
    return {built.id: built.visibility for pending in batch for built in pending.built if built.node}


def _visibilities(nodes: Mapping[str, object]) -> dict[str, Visibility]:
    return {one: getattr(node, "visibility", Visibility.PUBLIC) for one, node in nodes.items()}


def _together(first: Written, then: Written) -> Written:
    """What two writes did, one after the other."""
    added = first.added | then.added
    changed = (first.changed | then.changed) - added
    return Written(then.revision, added, changed, (first.deleted | then.deleted) - added - changed)
