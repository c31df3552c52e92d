"""Worlds for the tests of this folder: a small platform on SQLite, in which what is random and the clock depend on each act alone.

Two worlds are compared byte for byte, one with hidden things and one without. Ids, salts and instants must not differ because something
else was done before: every act has a name, ``secrets.token_hex`` gives what that name and the number of the call come to, and the
journal's clock shows the minute of the act. So an act has the same ids in every world, and a test can name them without doing it.
"""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec

from desk.journal.journal import Journal
from desk.members.accounts import Accounts
from desk.members.members import Members
from desk.members.post import Post
from desk.people.admissions import Admissions
from desk.people.contacts import Contacts
from desk.people.demands import Demands
from desk.people.files import Files
from desk.people.keys import Keys
from desk.process.principals import Actor, Role, Scope
from graph import Batch, Store, connect
from graph.ids import entity_id, node_id, record_id
from graph.model import NodeKind, Visibility
from ingest.load import ingest
from leads.leads import Leads
from leads.settings import LeadSettings
from leads.subscriptions.searches import Searches
from matcher.embedding.embedder import Embedder
from matcher.index import generations
from matcher.index.snapshot import Snapshot
from tests.leads.worlds import FOLDS

MORNING = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
NAMES = {
    "firm": "Harbour Polymers Ltd", "broker": "Northquay Brokers", "lab": "Quillon Optics Institute", "rival": "Tideway Seals GmbH",
    "partner": "Fernhill Castings", "other": "Fernhill Castings Works", "press": "Lumen Trade Press",
}  # fmt: skip
"""The institutions, by what they are in the tests. ``partner`` works with the firm; ``other`` may be found to be the same as it."""
GHOST = "Ghost of Atlantis"
"""Stands for the owner of a teaser where the true owner's demand never was; hidden from everybody who is asked there."""
ROLES = {"firm": Role.ENTERPRISE, "broker": Role.BROKER, "press": Role.CONSUMER}
WORKS = {
    "A1": ("Elastomer seal for hydrogen", "Seal that keeps 700 bar at -40 C without blistering.", "lab"),
    "A2": ("Narrow laser", "A laser of narrow line width for quantum sensors.", "lab"),
    "A3": ("低温银浆", "低温烧结银浆，用于光伏电池。", "rival"),
    "A4": ("Cast iron without pores", "Casting of iron parts that hold pressure.", "partner"),
}


def ins(who: str) -> str:
    """The id of the institution that is ``who``."""
    hidden = (Visibility.CONFIDENTIAL,) if who == "ghost" else ()
    return entity_id(NodeKind.INSTITUTION, record_id(NodeKind.INSTITUTION, "centre", who, *hidden))


def actor(who: str, **more: Any) -> Actor:
    return Actor(**{"id": f"key:{who}", "role": ROLES.get(who, Role.PROVIDER), "institution": ins(who)} | more)


OPERATOR = Actor(id="shell", role=Role.OPERATOR)
NOBODY = Actor(id="nobody", role=Role.CONSUMER, scopes=frozenset())
"""Who shows no key, as the command line has it."""
INGEST_ONLY = frozenset({Scope.INGEST})


def token(name: str, size: int = 6, call: int = 1) -> str:
    """What the ``call``-th random text of ``size`` bytes of the act ``name`` is."""
    return blake2b(f"{name} {call}".encode(), digest_size=size).hexdigest()


def node_of(number: str) -> str:
    """The id in the graph of a demand of the journal."""
    return node_id(NodeKind.DEMAND, "desk", number)


class World:
    """A store with every service of the desk."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store = store
        self._minute = 0
        self.journal = Journal(store, FOLDS, now=lambda: MORNING + timedelta(minutes=self._minute))
        self.demands, self.admissions = Demands(store, self.journal), Admissions(store, self.journal)
        self.files = Files(store, folder / "files", self.journal)
        self.contacts = Contacts(store, folder / "contacts.key", self.journal)
        self.keys = Keys(store, self.journal)
        self.members = Members(store, Accounts(store, folder / "mail.key"), Post(None), "https://match.example.org", self.journal)
        self.leads = Leads(store, self.journal, LeadSettings(institution_capacity=1))
        self.searches = Searches(store, self.members, self.journal)

    @contextmanager
    def act(self, name: str, minute: int = 0) -> Iterator[None]:
        """What is done inside is the act ``name``, in that minute."""
        calls = 0

        def token_hex(size: int = 32) -> str:
            nonlocal calls
            calls += 1
            return token(name, size, calls)

        self._minute = minute
        with patch.object(secrets, "token_hex", token_hex):
            yield

    def do(self, name: str, minute: int, done: Callable[[], object]) -> None:
        with self.act(name, minute):
            done()

    def step(self, name: str, minute: int, who: Actor, event: str, **says: Any) -> None:
        """``event`` on the demand whose draft was the act ``name``."""
        content = says.pop("content", None)
        self.do(f"{name} {event} {minute}", minute, lambda: self.demands.do(who, token(name), event, says, content))

    def post(
        self, name: str, content: dict[str, Any], *, owner: str = "firm", agent: str = "", visibility: str = "confidential",
        minute: int = 0, until: str = "publish",
    ) -> str:  # fmt: skip
        """A demand of ``owner``, drafted by ``agent`` if one is named, taken as far as the event ``until``; its number."""
        boss, poster = actor(owner), actor(agent or owner)
        more = {"owner": ins(owner), "mandate": "2026-01-01"} if agent else {}
        self.do(name, minute, lambda: self.demands.draft(poster, content, **more))
        if until == "draft":
            return token(name)
        if agent:
            self.step(name, minute + 1, boss, "confirm")
        for event, who, says in (
            ("submit", poster, {"no_secrets": True}), ("accept", OPERATOR, {}), ("publish", boss, {"visibility": visibility}),
        ):  # fmt: skip
            minute += 2
            self.step(name, minute, who, event, **says)
            if event == until:
                break
        return token(name)

    def tease(self, name: str, minute: int = 50, *, owner: str = "firm", field: str = "sealing technology", region: str = "") -> str:
        """Publish a teaser of a demand; the teaser's number."""
        self.step(name, minute, actor(owner), "tease", field=field, **({"region": region} if region else {}))
        return token(f"{name} tease {minute}")

    def ask(self, name: str, minute: int, guest: str, to: str) -> str:
        """Let ``guest`` ask to be let into ``to``; the admission's id."""
        self.do(name, minute, lambda: self.admissions.ask(actor(guest), to, confidential=True))
        return token(name)

    def offer(self, name: str, minute: int, guest: str, to: str, *, owner: str = "firm") -> str:
        self.do(name, minute, lambda: self.admissions.offer(actor(owner), to, ins(guest)))
        return token(name)

    def answer(self, admission: str, minute: int, who: str, event: str) -> None:
        says = {"confidential": True} if event == "enter" else {}
        self.do(f"{admission} {event}", minute, lambda: self.admissions.do(actor(who), admission, event, says))

    def write(self, **batch: Any) -> None:
        self.store.write(Batch(**batch))


@contextmanager
def world(*, ghost: bool = False) -> Iterator[World]:
    """A new world: the institutions and what they have done, for everybody to see. ``ghost``: with one more institution that is hidden."""
    rows: dict[str, list[dict[str, Any]]] = {
        "institutions": [{"id": one, "name": name, "kind": "enterprise", "country": "DE"} for one, name in NAMES.items()],
        "achievements": [
            {"id": one, "title": title, "abstract": text, "owners": [of]} for one, (title, text, of) in WORKS.items()
        ],
    }
    if ghost:
        rows["institutions"].append({"id": "ghost", "name": GHOST, "visibility": "confidential"})
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "files").mkdir()
        (folder / "rows").mkdir()
        for table, found in rows.items():
            (folder / "rows" / f"{table}.jsonl").write_bytes(msgspec.json.Encoder().encode_lines(found))
        store = connect(f"sqlite:///{folder}/world.db")
        ingest(store, [folder / "rows"], source="centre")
        try:
            yield World(store, folder)
        finally:
            generations.forget(store)
            store.close()


def indexed(made: World, embedder: Embedder) -> Snapshot:
    """The world as a question sees it."""
    generations.build(made.store, embedder)
    return Snapshot.open(made.store, embedder)
