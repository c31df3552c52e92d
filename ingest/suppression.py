"""The people who are not to be kept, or not to be shown: a list of keyed hashes, and what becomes of rows that name one of them.

In: the documents of the list, its key, and rows with what they come to (``ingest.build``). Out: the rows without those who were forgotten,
and with those who objected as confidential. Next: ``ingest.batches`` asks before it writes; ``desk.people.rights`` makes the list.

A person is known by each key of each Record: the id of a row in its source, an external id, and the name beside the employer as resolution
forms it (``ingest.resolve.records``). Of each the list holds HMAC-SHA256 under a secret in a file beside the store: whoever has the store
alone cannot try names out. A bare name is no key.

    called:NAME            keeps nobody out: whoever is called otherwise and has no other key on the list need not be looked at
    person:NAME|EMPLOYER   counts as resolution lets a name count: not for somebody to whom a source that gave the listed person an id gives
    another one, nor for somebody with another external id of the same scheme.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from pathlib import Path

import msgspec

from graph import private
from graph.documents import Document, DocumentKind
from graph.errors import StoreError
from graph.key_files import SUPPRESSION, key_path
from graph.language import _
from graph.model import EdgeKind, NodeKind, Record, Visibility
from graph.store import Store
from ingest.build import Built, Draft
from ingest.resolve.names import person_key
from ingest.resolve.records import expert_record, fields_of, is_code, own_id
from ingest.retold import OF_A_RECORD
from ingest.row_reader import Pending

PREFIX = "suppressed:"
"""What the id of a document of the list begins with, before the hash."""


class Wish(StrEnum):
    """What a person wants. ``forgotten``: not to be kept; ``objected``: not to be shown to anybody but the operator."""

    FORGOTTEN = "forgotten"
    OBJECTED = "objected"


class Listed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the list holds under a hash. ``person``: a number that the person's journal entries have, "" of a bare name; ``sources`` and
    ``schemes``, of a name: hashes of the sources that gave the person an id, and the schemes of the person's external ids."""

    person: str
    wish: Wish
    sources: tuple[str, ...] = ()
    schemes: tuple[str, ...] = ()

    def to_bytes(self) -> bytes:
        return msgspec.json.encode(self)


class Suppression:
    """The list of a store. False where nobody is on it."""

    def __init__(self, secret: bytes = b"", listed: Mapping[str, Listed] | None = None) -> None:
        self._secret, self.listed = secret, dict(listed or {})

    def __bool__(self) -> bool:
        return bool(self.listed)

    @property
    def digest(self) -> str:
        """The same for the same list."""
        return hashlib.sha256(msgspec.json.encode(sorted((one, held.to_bytes()) for one, held in self.listed.items()))).hexdigest()

    def hash(self, key: str) -> str:
        return hmac.new(self._secret, key.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()

    def of_key(self, key: str) -> Listed | None:
        return self.listed.get(self.hash(key))

    def of(self, record: Record) -> Listed | None:
        """What is listed of the person of ``record``, which has its keys; a wish to be forgotten before any other."""
        hits = [held for key in keys_of(record) if (held := self.of_key(key)) and (not _is_name(key) or self._may_be(record, held))]
        return min(hits, key=lambda one: (one.wish is not Wish.FORGOTTEN, one.person), default=None)

    def may_know(self, record: Record) -> bool:
        """Whether the person of ``record``, which need not have its keys yet, may be on the list."""
        said = fields_of(record)
        keys = [_row(record), *(f"ext:{one}" for one in said.get("external_ids", ()))]
        keys += [called(name) for name in (said["name"], *said.get("aliases", ()))]
        return any(self.hash(key) in self.listed for key in keys)

    def source_hash(self, source: str) -> str:
        return self.hash(f"source:{source}")

    def _may_be(self, record: Record, held: Listed) -> bool:
        """Whether a name beside an employer means the listed person here."""
        if own_id(record) is not None and self.source_hash(record.provenance.source) in held.sources:
            return False
        return not {key.split(":", 2)[1] for key in record.keys if key.startswith("ext:")} & set(held.schemes)


def keys_of(record: Record) -> list[str]:
    """The keys by which the person of ``record`` is known."""
    return [_row(record), *(key for key in record.keys if key.startswith("ext:") or _is_name(key))]


def called(name: str) -> str:
    """The key of a name without an employer."""
    return f"called:{person_key(name)}"


def _row(record: Record) -> str:
    source, source_id = record.provenance.row
    return f"row:{len(source)}:{source}:{source_id}"


def _is_name(key: str) -> bool:
    return key.startswith("person:")


def stored(store: Store, url: str = "", *, make: bool = False) -> Suppression:
    """The list of ``store``, by the key of the store at ``url`` (of its own), which is made where ``make`` says so. Raises StoreError where
    somebody is on it and the key is missing: what is fed would bring back who asked not to be kept."""
    listed = {one.id.removeprefix(PREFIX): _read(one) for one in store.documents_since(0, [DocumentKind.SUPPRESSION]) if one.content}
    if not listed and not make:
        return Suppression()
    path = key_path(url or store.url, SUPPRESSION)
    if not path.exists():
        if listed:
            raise StoreError(_("{path}: missing, and the list of people who are not to be kept needs it; take it from a backup", path=path))
        private.begin(path, secrets.token_bytes(32))
    return Suppression(_secret(path), listed)


def _secret(path: Path) -> bytes:
    try:
        secret = private.narrowed(path).read_bytes()
    except OSError as error:
        raise StoreError(_("{path}: cannot be read: {error}", path=path, error=error)) from error
    if len(secret) != 32:
        raise StoreError(_("{path}: not the key of a list of people: 32 bytes", path=path))
    return secret


def _read(one: Document) -> Listed:
    try:
        return msgspec.json.decode(one.content, type=Listed)
    except msgspec.DecodeError as error:
        raise StoreError(_("document {id} cannot be read: {error}", id=one.id, error=error)) from error


def hidden(record: Record) -> Record:
    """``record``, of an expert, as a row that only the operator may see would make it; without keys, which come later."""
    said, provenance = fields_of(record), record.provenance
    return expert_record(
        provenance.source, provenance.source_id, said, said.pop("institutions", ()), retrieved_at=provenance.retrieved_at,
        stub=record.stub, visibility=Visibility.CONFIDENTIAL,
    )  # fmt: skip


def experts_of(batch: Iterable[Pending]) -> dict[str, Record]:
    """The Records of experts that a batch brings, a row's rather than a reference's; and, under the id and the employer, people whom a row
    of affiliations calls by their bare name, as that row places them."""
    batch = [*batch]
    found = _by_id(batch, NodeKind.EXPERT)
    for draft in (_tie(pending.built[0]) for pending in batch):
        if draft and is_bare(record := found[draft.source]):
            name, place = fields_of(record)["name"], draft.targets[0]
            found[_placed(draft)] = expert_record(*record.provenance.row, {"name": name}, [place], stub=True)
    return found


def is_bare(record: Record) -> bool:
    """Whether a person is known by nothing but a name."""
    said = fields_of(record)
    return record.stub and not said.get("institutions") and not said.get("external_ids") and not is_code(said["name"])


def _tie(built: Built) -> Draft | None:
    """The tie to an employer that a row of affiliations says."""
    return built.drafts[0] if built.row is not None and built.drafts[0].kind is EdgeKind.AFFILIATED_WITH else None


def _placed(draft: Draft) -> str:
    return f"{draft.source} @ {draft.targets[0]}"


def institutions_of(batch: Iterable[Pending]) -> dict[str, Record]:
    """The same of institutions."""
    return _by_id(batch, NodeKind.INSTITUTION)


def _by_id(batch: Iterable[Pending], of: NodeKind) -> dict[str, Record]:
    found: dict[str, Record] = {}
    for built in (built for pending in batch for built in pending.built):
        for record in (*built.stubs, built.record) if built.record else built.stubs:
            if record.of is of and (record.id not in found or not record.stub):
                found[record.id] = record
    return found


def applied(batch: Iterable[Pending], found: Mapping[str, Listed]) -> list[Pending]:
    """``batch`` as it is with people on the list: ``found`` by the ids of Records. What is left out is counted in the reports."""
    gone = {one for one, held in found.items() if held.wish is Wish.FORGOTTEN}
    left = []
    for pending in batch:
        report = pending.reader.report
        own = pending.built[0]
        tie = _tie(own)
        is_of_nobody = own.row is not None and _touches(own.drafts[0], gone)
        rest = [one for one in pending.built if not (one.record and one.record.id in gone)]
        if is_of_nobody or (tie and _placed(tie) in gone) or (own not in rest and not any(map(_stands, rest))):
            report.keep_out(pending.raw.line)
            continue
        if own not in rest:
            pending.contacts = {}  # of whom, nobody can tell
        report.unnamed += len(_by_id([pending], NodeKind.EXPERT).keys() & gone)
        built = [_without(one, gone) for one in rest]
        objected = {*found} - gone
        if tie and _placed(tie) in objected:
            objected.add(tie.source)
        pending.built = [_hiding(one, objected) for one in built]
        left.append(pending)
    return left


def _stands(built: Built) -> bool:
    """Whether a part of a row says something by itself: another person in the cell, a work; not the person's employer."""
    return built.node is not None or (built.record is not None and built.record.of is NodeKind.EXPERT)


def _touches(draft: Draft, records: Collection[str]) -> bool:
    return draft.source in records or any(one in records for one in draft.targets)


def _without(built: Built, gone: Collection[str]) -> Built:
    """``built`` without people who are not to be kept, and without the institutions that nothing but them names."""
    lost = [draft for draft in built.drafts if _touches(draft, gone)]
    if not lost:
        return built
    drafts = [draft for draft in built.drafts if draft not in lost]
    stubs = {one.id: one for one in built.stubs if one.id not in gone}
    while lost:
        named = {end for draft in drafts for end in (*draft.targets, *(() if draft.kind in OF_A_RECORD else (draft.source,)))}
        unnamed = {end for draft in lost for end in (draft.source, *draft.targets) if end in stubs and end not in named}
        stubs = {one: record for one, record in stubs.items() if one not in unnamed}
        lost = [draft for draft in drafts if draft.source in unnamed]
        drafts = [draft for draft in drafts if draft not in lost]
    return msgspec.structs.replace(built, stubs=tuple(stubs.values()), drafts=tuple(drafts))


def _hiding(built: Built, objected: Collection[str]) -> Built:
    """``built`` with people who objected for the operator alone to see."""
    records = (*built.stubs, built.record) if built.record else built.stubs
    instead = {one.id: hidden(one) for one in records if one.id in objected and one.visibility is not Visibility.CONFIDENTIAL}
    if not instead:
        return built
    drafts = [
        msgspec.structs.replace(
            draft, source=_id(draft.source, instead), targets=tuple(_id(one, instead) for one in draft.targets),
            visibility=Visibility.CONFIDENTIAL,
        )
        if _touches(draft, instead)
        else draft
        for draft in built.drafts
    ]  # fmt: skip
    stubs = tuple(instead.get(one.id, one) for one in built.stubs)
    anew = msgspec.structs.replace(built, stubs=stubs, drafts=tuple(drafts))
    if built.record is None or built.record.id not in instead:
        return anew
    record = instead[built.record.id]
    return msgspec.structs.replace(anew, record=record, id=record.id, visibility=Visibility.CONFIDENTIAL)


def with_people_hidden(built: Built) -> list[str]:
    """The ids that the edge of ``built``, of a row of an edge file, has while its people object."""
    if built.row is None:
        return []
    anew = _hiding(built, {one.id for one in built.stubs if one.of is NodeKind.EXPERT})
    return [anew.drafts[0].edge(anew.drafts[0].source, one, one).id for one in anew.drafts[0].targets] if anew is not built else []


def _id(one: str, instead: Mapping[str, Record]) -> str:
    return instead[one].id if one in instead else one
