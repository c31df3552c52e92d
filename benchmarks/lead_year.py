"""A year of leads and letters by a moved clock: how many alerts come, whether anything comes twice, whether a partner fills a letter.

    python benchmarks/lead_year.py sqlite:///sbir.db --year 2013 --works-from 2005 --bar 0.1 --model FOLDER --english-model none

In: a store with dated works and demands; it is only read. Out: tables, by week and by kind of reader. Next: docs/leads-notices.md.

Played on a new SQLite store. It begins with the works dated before the year before, and the demands that are open on the first Monday. A
demand comes in the week of its own date and goes with its own deadline; a work that is dated by a year alone comes in a week of the next
year, drawn by its id. Each Monday: what has come is written, the leads are refreshed as of that day, brokers propose some and firms answer,
and the round of notices is made. Letters go to a list in place of a mail server. What a letter tells is read from its record, partners
and order from the graph: the checks share no code with what composes.

Readers: ``demander``, who posts demands (a saved search of what is offered to it, and some firms that it follows); ``firm``: the
institutions with the most works (what is proposed to them), which follow a demander each; a ``broker`` for each side whose leads are
counted, of all demands, and nine of what says a word.
"""

from __future__ import annotations

import argparse
import random
import re
import statistics
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from api.settings import indexing_embedder, load
from desk.journal.journal import Journal
from desk.members.accounts import Accounts
from desk.members.members import Members
from desk.members.post import Post
from desk.people.streams import FOLDS as DESK_FOLDS
from desk.process.principals import Actor, Role
from graph import Batch, connect
from graph.errors import DovetailError
from graph.model import Achievement, Demand, Edge, EdgeKind, Institution, Node, NodeKind, Provenance
from graph.store import Store, chunks
from leads import suggestions
from leads.board.listing import Sort, Wanted, listed
from leads.leads import Leads
from leads.notices import record
from leads.notices.compose import NAMED
from leads.notices.notify import Notifier
from leads.settings import LeadSettings
from leads.streams import FOLDS as LEAD_FOLDS
from leads.subscriptions.filters import Filters
from leads.subscriptions.follows import Follows
from leads.subscriptions.search import CAP
from leads.subscriptions.searches import Searches
from leads.subscriptions.streams import FOLDS as SUBSCRIPTION_FOLDS
from leads.suggest.bounds import Bound
from leads.suggest.refresh import refresh
from matcher.embedding.embedder import Embedder
from matcher.index import generations
from matcher.index.snapshot import Snapshot

SITE = "https://match.example.org"
OPERATOR = Actor(id="shell", role=Role.OPERATOR)
ORIGIN = Provenance("benchmark", "1")
WORDS = ("laser", "sensor", "vaccine", "battery", "radar", "software", "composite", "imaging", "water")
FIRMS, FOLLOWED, PROPOSED = 30, 3, 3
"""Firms with a saved search; firms that a demander follows; leads that a broker proposes in a week."""
ANSWERS = (("interested", ""), ("interested", ""), ("decline", "price"), ("decline", "wrong_field"), ("decline", "conflict"))
_TOKEN = re.compile(rf"{SITE}/[a-z-]+#(\S+)")


class Arrivals(NamedTuple):
    """What comes by week; 0 is what is there at the beginning."""

    nodes: defaultdict[int, list[Node]]
    edges: defaultdict[int, list[Edge]]


class Clock:
    """A clock that is moved by hand."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class Told(NamedTuple):
    """What a letter tells: by search the leads that are named, and all; ``changes`` by what they go by, ``tasks`` by lead."""

    member: str
    week: int
    named: dict[str, list[str]]
    every: dict[str, list[str]]
    changes: list[str]
    tasks: list[str]


class Sink(Post):
    """Letters go into a list. A notice is on record while it goes: what it tells is read there."""

    def __init__(self, store: Store) -> None:
        super().__init__(None)
        self._store, self.texts = store, list[str]()
        self.members: dict[str, str] = {}
        self.told: list[Told] = []
        self.week = 0

    def ready(self) -> None:
        """There is always room in a list."""

    def send(self, to: str, subject: str, text: str, html: str = "", headers: Mapping[str, str] | None = None) -> None:
        self.texts.append(text)
        if not headers or "List-Unsubscribe" not in headers:
            return
        member = self.members[to]
        letter = record.read(self._store, member)[0].waiting
        assert letter and subject and html
        named: dict[str, list[str]] = {}
        every: dict[str, list[str]] = {}
        changes = []
        for part in letter.parts:
            if part.leads:
                search = part.of.partition(":")[2]
                named[search] = list(part.leads)
                every[search] = [*part.leads, *(id for _who, some in part.more for id in some), *part.rest]
            changes += [f"{part.thing} {one.field} {one.after}" if one.field != "new" else f"{part.thing} {new}"
                        for one in part.changes for new in one.new or ("",)]  # fmt: skip
        tasks = [id for part in letter.parts for id in part.tasks]
        self.told.append(Told(member, self.week, named, every, changes, tasks))


def arrivals(source: Store, first: datetime, works_from: int) -> Arrivals:
    """What a store has, by the week in which it comes."""
    made = Arrivals(defaultdict(list), defaultdict(list))
    came: dict[str, int] = {}

    def comes(node: Node, week: int) -> None:
        came[node.id] = week
        made.nodes[week].append(node)

    for node in source.scan(NodeKind.INSTITUTION):
        comes(node, 0)
    for node in source.scan(NodeKind.ACHIEVEMENT):
        year = int((node.date or "0")[:4])
        if works_from <= year < first.year:
            digest = int.from_bytes(blake2b(node.id.encode(), digest_size=4).digest(), "big")
            comes(node, 0 if year < first.year - 1 else 1 + digest % 51)
    last = first + timedelta(weeks=51)
    for node in source.scan(NodeKind.DEMAND):
        if len(node.date or "") == 10 and (node.deadline or "9") >= first.date().isoformat() and node.date <= last.date().isoformat():
            comes(node, max(0, -(-(datetime.fromisoformat(node.date).replace(tzinfo=UTC) - first) // timedelta(weeks=1))))
    for kind in (EdgeKind.PART_OF, EdgeKind.OWNS, EdgeKind.POSTED):
        for edge in source.scan(kind):
            if edge.source in came and edge.target in came:
                made.edges[max(came[edge.source], came[edge.target])].append(edge)
    return made


class Year:
    """A store with its readers, and what they were told."""

    def __init__(self, store: Store, folder: Path, clock: Clock) -> None:
        self.store, self.clock = store, clock
        self.journal = Journal(store, {**DESK_FOLDS, **LEAD_FOLDS, **SUBSCRIPTION_FOLDS}, now=clock)
        self.sink = Sink(store)
        accounts = Accounts(store, folder / "mail.key")
        self.members = Members(store, accounts, self.sink, SITE)
        self.searches, self.follows = Searches(store, self.members, self.journal), Follows(store, self.members, self.journal)
        self.leads = Leads(store, self.journal)
        self.notifier = Notifier(store, self.members, accounts, SITE, journal=self.journal)
        self.kinds: dict[str, str] = {}
        self.actors: dict[str, Actor] = {}
        self.of_firm: dict[str, Actor] = {}
        self.sides: dict[str, tuple[str, str]] = {}
        """By search the side whose leads are counted, and whose search it is."""
        self.conflicts: set[tuple[str, str]] = set()
        """Needs and offers that were declined for a conflict of interest."""

    def join(self, kind: str, role: Role, institution: str) -> Actor:
        """A new member."""
        mail = f"m{len(self.kinds)}@example.org"
        self.members.invite(OPERATOR, mail, "A reader", role, institution=institution)
        found = _TOKEN.search(self.sink.texts[-1])
        assert found
        actor = self.members.actor(self.members.accept(found[1]).id)
        id = actor.id.partition(":")[2]
        self.sink.members[mail], self.kinds[id], self.actors[id] = id, kind, actor
        return actor

    def save(self, actor: Actor, side: str, text: str = "") -> None:
        """A weekly search with the usual cap."""
        made = self.searches.save(actor, Filters(side=side, text=text), name=text or side or "all", cadence="weekly")
        self.sides[made.id] = (side, actor.institution)

    def readers(self, demanders: list[str], firms: list[str], draw: random.Random) -> list[Actor]:
        """Members with saved searches and followings; the brokers among them."""
        for number, one in enumerate(demanders):
            actor = self.join("demander", Role.ENTERPRISE, one)
            self.save(actor, "offer" if number % 2 == 0 else "")
            for firm in draw.sample(firms, min(FOLLOWED, len(firms))):
                self.follows.follow(actor, firm, cadence="weekly")
        for one in firms:
            actor = self.join("firm", Role.PROVIDER, one)
            self.save(actor, "")
            self.follows.follow(actor, draw.choice(demanders), cadence="weekly")
            self.of_firm[one] = actor
        brokers = []
        for number, (side, word) in enumerate((("offer", ""), ("need", ""), *(("", word) for word in ("", *WORDS)))):
            id = f"ins-{number:016x}"
            self.store.write(Batch(nodes=[Institution(id=id, provenance=ORIGIN, name=f"Broker {number}")]))
            brokers.append(self.join(f"broker, {side or 'both'}", Role.BROKER, id))
            self.save(brokers[-1], side, word)
        return brokers

    def work(self, brokers: list[Actor], draw: random.Random) -> Counter[str]:
        """Brokers propose their best to firms that have not answered yet, and firms answer what was proposed."""
        done: Counter[str] = Counter()
        for broker in brokers:
            page = listed(self.store, broker, Wanted(states=("suggested",)), sort=Sort.TURNS, limit=50).data
            mine = [one.lead for one in page if one.lead.suggestion.offer in self.of_firm] or [one.lead for one in page]
            for lead in draw.sample(mine, min(PROPOSED, len(mine))):
                done += self._do(broker, lead.id, "propose", {"side": "offer"})
        for actor in self.of_firm.values():
            for one in listed(self.store, actor, Wanted(states=("proposed",)), limit=50).data:
                if one.lead.value["sides"].get("offer") == "proposed" and draw.random() < 0.5:
                    event, reason = draw.choice(ANSWERS)
                    done += self._do(actor, one.lead.id, event, {"side": "offer"} | ({"reason": reason} if reason else {}), reason)
        return done

    def _do(self, actor: Actor, id: str, event: str, says: dict[str, str], reason: str = "") -> Counter[str]:
        try:
            self.leads.do(actor, id, event, says)
        except DovetailError:
            return Counter(["refused"])
        if reason == "conflict":
            value = self.journal.state(f"lead:{id}")
            assert value
            self.conflicts.add((value.value["need"], value.value["offer"]))
        return Counter([f"{event} {reason}".strip()])


class Partners:
    """Who stands behind leads, by the graph."""

    def __init__(self) -> None:
        self.fits: dict[str, float] = {}
        self.ends: dict[str, tuple[str, str]] = {}
        self.posters: dict[str, str] = {}

    def follow(self, store: Store) -> None:
        """Learn what is suggested now, and who posted what."""
        self.posters = {edge.target: edge.source for edge in store.scan(EdgeKind.POSTED)}
        for one in suggestions.read(store):
            self.fits[one.id], self.ends[one.id] = one.fit, (one.need, one.offer)

    def of(self, side: str, own: str, id: str) -> list[str]:
        """The partners in a lead: who needs, who offers, or both, but for one's own house."""
        need, offer = self.ends[id]
        found = {"need": [self.posters[need]], "offer": [offer]}.get(side, [self.posters[need], offer])
        return [one for one in found if one != own]

    def barred(self, store: Store, conflicts: Iterable[tuple[str, str]]) -> int:
        """How many suggestions are of a firm that offers and one that needs of which one declined the other for a conflict."""
        firms = {(self.posters[need], offer) for need, offer in conflicts}
        return sum((self.posters[one.need], one.offer) in firms for one in suggestions.read(store))


def most(partners: Iterable[list[str]]) -> int:
    """The leads of the partner that has the most."""
    return max(Counter(one for some in partners for one in some).values(), default=0)


def spread(values: list[int]) -> str:
    """Median, 95th percentile and most."""
    if not values:
        return f"{'-':>6} {'-':>5} {'-':>5}"
    ordered = sorted(values)
    return f"{statistics.median(ordered):>6g} {ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]:>5} {ordered[-1]:>5}"


def tell(year: Year, partners: Partners, weeks: int) -> None:
    """Print the tables."""
    by_week: defaultdict[tuple[str, int], Counter[str]] = defaultdict(Counter)
    had: set[tuple[str, str]] = set()
    repeats, over = Counter[str](), Counter[str]()
    shares: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    short, letters = Counter[str](), Counter[str]()
    for one in year.sink.told:
        kind = year.kinds[one.member]
        letters[kind] += 1
        by_week[one.member, one.week].update(named=_count(one.named), counted=_count(one.every) - _count(one.named),
                                             changes=len(one.changes), tasks=len(one.tasks))  # fmt: skip
        things = [*(f"lead:{id}" for some in one.every.values() for id in some), *one.changes]
        for thing in things:
            repeats[kind] += (one.member, thing) in had
            had.add((one.member, thing))
        for search, named in one.named.items():
            whose, every = [partners.of(*year.sides[search], id) for id in named], one.every[search]
            over[kind] += most(whose) > CAP
            short[kind] += len(named) < min(5, len(every))
            if len(every) >= 10:
                best = sorted(every, key=lambda id: (-partners.fits[id], id))[:NAMED]
                uncapped = most(partners.of(*year.sides[search], id) for id in best)
                shares[kind].append((most(whose) / len(named), uncapped / len(best)))
    heads = ("leads named a week", "counted alone", "changes followed", "things to do")
    print(f"\n{'reader':<15} {'members':>7} {'letters':>7}   " + "".join(f"{one:<21}" for one in heads) + "repeats  over cap  under 5")
    print(" " * 34 + "median   p95   max   " * len(heads))
    kinds = sorted(set(year.kinds.values()))
    for kind in kinds:
        ids = [id for id, one in year.kinds.items() if one == kind]
        columns = [
            spread([by_week[id, week][what] for id in ids for week in range(weeks)]) for what in ("named", "counted", "changes", "tasks")
        ]
        wrong = f"  {repeats[kind]:>7} {over[kind]:>9} {short[kind]:>8}"
        print(f"{kind:<15} {len(ids):>7} {letters[kind]:>7}   " + "   ".join(columns) + wrong)
    print("\nthe biggest share of one partner in a letter of ten leads or more, in %: median, 95th percentile and most")
    for kind in kinds:
        for name, at in (("with the cap", 0), ("without", 1)) if shares[kind] else ():
            print(f"{kind:<15} {name:<14} {spread([round(100 * one[at]) for one in shares[kind]])}   of {len(shares[kind])} letters")


def _count(by_search: Mapping[str, list[str]]) -> int:
    return sum(map(len, by_search.values()))


def play(store: Store, year: Year, come: Arrivals, brokers: list[Actor], first: datetime, weeks: int, bar: float, embedder: Embedder,
         draw: random.Random) -> Partners:  # fmt: skip
    """Play the weeks, and print a line for each."""
    snapshot = Snapshot.open(store, embedder)
    partners, bounds, acts, wrong = Partners(), LeadSettings(bar=bar), Counter[str](), 0
    print(f"{'week':<12} {'works':>6} {'demands':>7} {'asked':>6} {'found':>7} {'changed':>8} {'stand':>6} {'conflict':>8} "
          f"{'over':>5} {'letters':>7} {'asking s':>8} {'told s':>6}")  # fmt: skip
    for week in range(weeks):
        started = time.monotonic()
        year.clock.now = first + timedelta(weeks=week)
        year.sink.week = week
        if week:
            store.write(Batch(nodes=come.nodes[week], edges=come.edges[week]))
        snapshot = snapshot.refreshed(store, embedder)
        done = refresh(store, snapshot, embedder, bounds, year.clock.now.date().isoformat())
        asked = time.monotonic() - started
        partners.follow(store)
        wrong += partners.barred(store, year.conflicts)
        acts += year.work(brokers, draw)
        begun = time.monotonic()
        sent = year.notifier.round()
        left, told = done.cost.left, time.monotonic() - begun
        works = sum(isinstance(one, Achievement) for one in come.nodes[week])
        needs = sum(isinstance(one, Demand) for one in come.nodes[week])
        print(f"{year.clock.now.date()}   {works:>6} {needs:>7} {done.asked:>6} {done.found:>7} {done.changed:>8} {done.cost.kept:>6} "
              f"{left.get(Bound.CONFLICT, 0):>8} {left.get(Bound.OVER, 0):>5} {sent.sent:>7} {asked:>8.1f} {told:>6.1f}",
              flush=True)  # fmt: skip
    print(f"{dict(acts)}; suggestions between firms with a conflict: {wrong}")
    return partners


def main() -> None:
    """Play the year and print what came of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("store")
    parser.add_argument("--year", type=int, required=True)
    parser.add_argument("--works-from", type=int, default=0)
    parser.add_argument("--weeks", type=int, default=52)
    parser.add_argument("--bar", type=float, default=LeadSettings().bar)
    parser.add_argument("--model")
    parser.add_argument("--english-model")
    given = parser.parse_args()
    began = time.monotonic()
    first = datetime(given.year, 1, 1, 1, tzinfo=UTC)
    first += timedelta(days=-first.weekday() % 7)
    with tempfile.TemporaryDirectory() as name:
        source, store = connect(given.store), connect(f"sqlite:///{name}/year.db")
        come = arrivals(source, first, given.works_from)
        source.close()
        embedder = indexing_embedder(load(store=store.url, model=given.model, english_model=given.english_model), store)
        for part in chunks(come.nodes[0], 5000):
            store.write(Batch(nodes=part))
        for ties in chunks(come.edges[0], 5000):
            store.write(Batch(edges=ties))
        generations.build(store, embedder)
        counts = Counter(type(one).__name__ for week in come.nodes.values() for one in week)
        print(f"{dict(counts)}; {len(come.nodes[0]):,} nodes at the beginning; ready after {time.monotonic() - began:.0f} s")
        draw = random.Random(given.year)
        year = Year(store, Path(name), Clock(first - timedelta(hours=1)))
        owned = Counter(edge.source for edge in store.scan(EdgeKind.OWNS))
        firms = sorted(owned, key=lambda one: (-owned[one], one))[:FIRMS]
        demanders = sorted({edge.source for week in come.edges.values() for edge in week if edge.kind is EdgeKind.POSTED})
        brokers = year.readers(demanders, firms, draw)
        tell(year, play(store, year, come, brokers, first, given.weeks, given.bar, embedder, draw), given.weeks)
        store.close()
        print(f"{time.monotonic() - began:.0f} s in all")


if __name__ == "__main__":
    main()
