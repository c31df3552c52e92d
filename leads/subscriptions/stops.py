"""The link in a letter that ends what it tells, without signing in.

In: a token of a letter. Out: what it ends, in words; or the end of it, in the journal. Next: ``api.http.routes.notices``, by GET and POST.

Mail programs and their scanners fetch every link, so looking at one ends nothing (RFC 8058); the button of the page, and the mail program's
own, send POST.
"""

from __future__ import annotations

from desk.journal.journal import Journal
from desk.journal.states import values
from desk.members.accounts import Accounts, again
from desk.process.act import STATE, Act, act
from desk.process.member import MEMBER
from desk.process.table import Value, Who
from graph.language import _
from graph.store import Store
from leads.subscriptions.follow import BOARD, FOLLOW, latest
from leads.subscriptions.search import SEARCH
from leads.subscriptions.streams import FOLDS
from leads.subscriptions.tokens import ALL, stopped_by


class Stops:
    """The links of the letters of a store."""

    def __init__(self, store: Store, accounts: Accounts, journal: Journal | None = None) -> None:
        self._store, self._accounts, self._journal = store, accounts, journal or Journal(store, FOLDS)

    def look(self, token: str) -> str:
        """What a token ends, in words that tell nothing of it. Raises NotFound for what is no token."""
        kind, _id = stopped_by(self._accounts, token)
        return {
            SEARCH.name: _("Stop the notices of this saved search?"), FOLLOW.name: _("Stop the notices of what you follow here?"),
            BOARD: _("Stop the reminders of your leads?"), ALL: _("Stop all notices by letter?"),
        }[kind]  # fmt: skip

    def stop(self, token: str) -> int:
        """End it; how many searches and followings ended. None where that was done before. Raises NotFound for what is no token."""
        kind, id = stopped_by(self._accounts, token)
        return again(lambda: self._stop(kind, id))

    def _stop(self, kind: str, id: str) -> int:
        if kind == SEARCH.name:
            return self._search(id)
        if kind == FOLLOW.name:
            return self._follow(id)
        if kind == BOARD:
            return self._board(id)
        searches = [one for one, value in values(self._store, SEARCH.name) if value["member"] == id]
        follows = [one for one, value in values(self._store, FOLLOW.name) if value["member"] == id and value["thing"] != BOARD]
        return sum(map(self._search, searches)) + sum(map(self._follow, follows)) + self._board(id)

    def _search(self, id: str) -> int:
        value = self._value(SEARCH.name, id)
        if not value or value[STATE] == "stopped":
            return 0
        act(self._journal, SEARCH, Act(id=id, event="stop", actor=_person(value["member"]), relations={Who.PERSON}))
        return 1

    def _follow(self, id: str) -> int:
        value = self._value(FOLLOW.name, id)
        if not value or value[STATE] == "ended":
            return 0
        act(self._journal, FOLLOW, Act(id=id, event="unfollow", actor=_person(value["member"]), relations={Who.PERSON}))
        return 1

    def _board(self, member: str) -> int:
        id, turn, held = latest(lambda id: self._value(FOLLOW.name, id), member, BOARD)
        if held or turn:
            return self._follow(id)
        says = {"member": member, "thing": BOARD}
        act(self._journal, FOLLOW, Act(id=id, event="unfollow", actor=_person(member), relations={Who.PERSON}, says=says))
        return 1

    def _value(self, kind: str, id: str) -> Value:
        held = self._journal.state(f"{kind}:{id}")
        return held.value if held else {}


def _person(member: str) -> str:
    return f"{MEMBER.name}:{member}"
