"""The round of notices: whatever members are to be told now is put on record and sent, each thing once.

In: a store with its members and mail server. Out: letters; how many. Next: ``dovetail leads notify``, and a turn of
``api.http.background``.

One process makes a round at a time, by a lease. Of each member: a letter that waits goes first; then what is new is put on record with a
letter that waits, and that goes too (``leads.notices.record`` says what a killed process leaves). Before a letter goes, what may not be
seen any more, or was stopped meanwhile, is taken out of it.
"""

from __future__ import annotations

import os
import secrets
from collections import defaultdict
from contextlib import suppress
from datetime import datetime, timedelta
from email.utils import format_datetime

import msgspec

from desk.jobs.leases import LASTS, RENEWED, Lease, Lost, instant, taken
from desk.journal.journal import Journal
from desk.journal.states import values
from desk.members.accounts import Accounts
from desk.members.letters import Letter as Written
from desk.members.members import Members
from desk.members.post import NotSent
from desk.process.act import STATE
from desk.process.member import MEMBER
from desk.process.table import Value
from graph.documents import Document, DocumentKind
from graph.errors import Conflict, NotFound, NotSignedIn
from graph.language import _, ngettext, speaking
from graph.store import Batch, Store
from leads.notices import digest, page, record
from leads.notices.compose import Wanted, compose, still_seen
from leads.notices.digest import Cause, Digest
from leads.notices.record import Letter, Part, Record
from leads.notices.slots import slot
from leads.subscriptions.filters import Pool
from leads.subscriptions.follow import BOARD, FOLLOW
from leads.subscriptions.follows import Follows
from leads.subscriptions.search import DAILY, SEARCH
from leads.subscriptions.searches import Searches
from leads.subscriptions.streams import FOLDS
from leads.subscriptions.subscribers import active
from leads.subscriptions.tokens import ALL, stop_token

THING = "notices"
"""What the lease of a round is of."""
_MOVING = (DocumentKind.SUGGESTION, DocumentKind.STATE)
"""What brings something to be told when it is written."""
RETRIES = tuple(timedelta(minutes=one) for one in (5, 30, 120, 720, 1440))
"""How long after each try in vain the next one comes; after the last the letter is dropped."""


class Round(msgspec.Struct):
    """What a round came to. ``is_mine``: False where another process was at it; ``sent``, ``late`` and ``dropped``: letters that went,
    could not go yet, were given up; ``things``: what the letters told of."""

    is_mine: bool = True
    sent: int = 0
    late: int = 0
    dropped: int = 0
    things: int = 0


class Notifier:
    """What one process sends. ``site``: the address under which people reach the service; ``hour``: of UTC, when a day begins."""

    def __init__(
        self, store: Store, members: Members, accounts: Accounts, site: str, *, hour: int = 0, journal: Journal | None = None,
        sender: str = "", lasts: timedelta = LASTS, renewed: timedelta = RENEWED,
    ) -> None:  # fmt: skip
        self._store, self._members, self._accounts, self._site, self._hour = store, members, accounts, site.rstrip("/"), hour
        self._journal = journal or Journal(store, FOLDS)
        self._searches, self._follows = Searches(store, members, self._journal), Follows(store, members, self._journal)
        self._domain = sender.rpartition("@")[2].strip("> ") or "localhost"
        self._times = {"lasts": lasts, "renewed": renewed}
        self._name = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._idle: tuple[int, object, str] | None = None
        """How the store stood at the beginning of a round that told nothing, and in which slot that was."""

    def round(self) -> Round:
        """Tell what is to be told now. Raises StoreError where the store is away."""
        if self._is_idle():
            return Round()
        lease = taken(self._store, THING, self._name, lambda one: self._store.write(Batch(documents=[one])), **self._times)
        if lease is None:
            return Round(is_mine=False)
        stands = (self._store.sequence(), self._store.cursor(), self._day())
        try:
            done, waits = self._told(lease)
        except Lost:
            return Round(is_mine=False)
        finally:
            lease.end()
            with suppress(Conflict):  # it is another's
                self._store.write(Batch(documents=[lease.removal()]))
        self._idle = None if waits or done.sent else stands
        return done

    def _is_idle(self) -> bool:
        """Whether nothing has come up since a round that told nothing, and no day has begun."""
        if self._idle is None or self._idle[1:] != (self._store.cursor(), self._day()):
            return False
        return next(self._store.documents_since(self._idle[0], _MOVING), None) is None

    def _day(self) -> str:
        return slot(DAILY, self._journal.now(), self._hour)

    def _told(self, lease: Lease) -> tuple[Round, bool]:
        """A round under a lease, and whether letters wait after it."""
        done, now, waits = Round(), self._journal.now(), False
        pool = Pool(self._store, now[:10])
        searches: defaultdict[str, list[str]] = defaultdict(list)
        follows: defaultdict[str, dict[str, Value]] = defaultdict(dict)
        for id, value in values(self._store, SEARCH.name):
            if value["member"] and value[STATE] == "active":
                searches[value["member"]].append(id)
        for id, value in values(self._store, FOLLOW.name):
            follows[value["member"]][id] = value
        for member in active(self._store):
            lease.check()
            wanted = self._wanted(member, searches[member], follows[member])
            if wanted is None:
                continue
            held, version = record.read(self._store, member)
            try:
                if held.waiting:
                    held, version = self._sent(pool, wanted, held, version, now, done)
                if not held.waiting:
                    held, version = self._composed(pool, wanted, held, version, now)
                    lease.check()
                    held, version = self._sent(pool, wanted, held, version, now, done) if held.waiting else (held, version)
            except Conflict:  # another process told this member meanwhile
                continue
            waits = waits or held.waiting is not None
        return done, waits

    def _wanted(self, member: str, searches: list[str], follows: dict[str, Value]) -> Wanted | None:
        """What a member wants to be told of; None for who is none any more, or wants nothing."""
        try:
            actor = self._members.actor(member)
        except NotSignedIn:
            return None
        held = {}
        for id in searches:
            state = self._journal.state(f"{SEARCH.name}:{id}")
            if state and state.value[STATE] == "active":
                held[id] = (state.value, self._searches.content(id).filters)
        wanted = Wanted(member, actor, held, follows)
        return wanted if held or follows or wanted.board else None

    def _composed(self, pool: Pool, wanted: Wanted, held: Record, version: int, now: str) -> tuple[Record, int]:
        """Put on record what is to be told now, with the letter that tells it."""
        made = compose(pool, self._follows, wanted, held, now, self._hour)
        after = made.record
        if made.parts:
            letter = Letter(after.number + 1, now, made.parts)
            after = msgspec.structs.replace(after, number=letter.number, waiting=letter)
        if after == held and not made.documents:
            return held, version
        return after, self._written(wanted.member, after, version, made.documents)

    def _sent(self, pool: Pool, wanted: Wanted, held: Record, version: int, now: str, done: Round) -> tuple[Record, int]:
        """Send the letter that waits, if it is due, and note what came of it."""
        letter = held.waiting
        if letter is None or letter.due > now:
            done.late += letter is not None
            return held, version
        parts = [part for one in letter.parts if (part := still_seen(pool, wanted, one))]
        after = msgspec.structs.replace(held, waiting=None)
        if parts:
            try:
                self._members.write(wanted.member, self._letter(pool, wanted, letter, parts))
                done.sent += 1
                done.things += sum(len(one.leads) + len(one.changes) + len(one.tasks) for one in parts)
            except NotSent:
                if letter.tries < len(RETRIES):
                    due = instant(datetime.fromisoformat(now) + RETRIES[letter.tries])
                    after = msgspec.structs.replace(held, waiting=msgspec.structs.replace(letter, tries=letter.tries + 1, due=due))
                    done.late += 1
                else:
                    after = msgspec.structs.replace(after, dropped=held.dropped + 1)
                    done.dropped += 1
        return after, self._written(wanted.member, after, version, [])

    def _written(self, member: str, after: Record, version: int, documents: list[Document]) -> int:
        return self._store.write(Batch(documents=[record.document(member, after, version), *documents])).sequence

    def _letter(self, pool: Pool, wanted: Wanted, letter: Letter, parts: list[Part]) -> Written:
        """The letter in words, in the member's language. Its Message-ID is of its number: the same however often it is sent."""
        with speaking(self._members.speaks(wanted.member)):
            stop = self._link(ALL, wanted.member)
            sections = digest.sections(pool, wanted.actor, [(one, self._cause(pool, wanted, one)) for one in parts])
            told = Digest(digest.subject(parts), sections, stop)
            tag = self._accounts.sign(f"notices letter {wanted.member} {letter.number}")[:32]
            headers = {
                "Message-ID": f"<{tag}@{self._domain}>", "Date": format_datetime(datetime.fromisoformat(letter.at)),
                "List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click", "Precedence": "bulk",
            }  # fmt: skip
            return Written(told.subject, digest.text(told), page.html(told), headers)

    def _cause(self, pool: Pool, wanted: Wanted, part: Part) -> Cause:
        kind, _colon, id = part.of.partition(":")
        if kind == SEARCH.name:
            value, _filters = wanted.searches[id]
            name = self._searches.content(id).name
            why = _(
                "You get this because of the search that was saved on {day} by {who}.",
                day=value["created"][:10],
                who=self._who(wanted, value["by"]),
            )
            return Cause(_("Saved search: {name}", name=name or id), f"{why} {_cap(value['cap'])}", self._link(SEARCH.name, id))
        title = digest.thing_title(pool, wanted.actor, part.thing)
        if part.thing == BOARD:
            return Cause(title, _("You get this because you work on these leads."), self._link(BOARD, wanted.member))
        day = wanted.follows[id]["begun"][:10]
        return Cause(title, _("You get this because you follow it since {day}.", day=day), self._link(FOLLOW.name, id))

    def _who(self, wanted: Wanted, by: str) -> str:
        """Who saved a search, as its reader may know them."""
        kind, _colon, id = by.partition(":")
        if by == wanted.actor.id:
            return _("you")
        if kind == MEMBER.name:
            with suppress(NotFound):
                return self._members.show(wanted.actor, id).name or id
        return _("the operator") if kind == "shell" else f"{kind} {id}".strip()

    def _link(self, kind: str, id: str) -> str:
        return f"{self._site}/v1/notices/stop/{stop_token(self._accounts, kind, id)}"


def _cap(cap: int) -> str:
    return ngettext("No more than {count} lead of one partner is named.", "No more than {count} leads of one partner are named.", cap)
