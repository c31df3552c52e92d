"""Members: people who act for an institution, invited by a letter, or by a claim that the operator has approved.

In: a mail address, a name, a role, an institution; a token that came by mail. Out: a ``Member``, each step in the journal; letters. Next:
``desk.members.sign_in`` makes a member an ``Actor``.

An address is of one member at a time. The journal holds commitments to name and address; the address lies beside it sealed, and is found
again by its mark (``desk.members.accounts``).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from desk.find import find, find_institution, nothing
from desk.journal.entries import Entry, commitments, personal_id
from desk.journal.journal import Journal
from desk.journal.states import values
from desk.members import letters
from desk.members.accounts import LASTS, Account, Accounts, Opened, Purpose, again, ended, normal, without
from desk.members.letters import Letter
from desk.members.post import Post
from desk.people.sight import placed, viewer_of
from desk.process.act import STATE, Act, act, seen, value_of
from desk.process.member import FOLD, MAIL, MEMBER, NAME
from desk.process.principals import Actor, Role, Scope
from desk.process.table import Value, Who
from graph.documents import Document
from graph.errors import InvalidInput, NotPossible, NotSignedIn
from graph.language import _, language
from graph.model import Institution
from graph.store import Batch, Store
from graph.viewer import PUBLIC

FOLDS = {MEMBER.name: FOLD}
_DAYS, _HOURS = LASTS[Purpose.INVITATION].days, LASTS[Purpose.CLAIM].seconds // 3600 + LASTS[Purpose.CLAIM].days * 24


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A member. ``name`` and ``mail`` are empty where they were erased; ``since``: the instant of the last step; ``number``: the number in
    a register that a claim gave; ``events``: what the one who looks can do."""

    id: str
    institution: str
    role: Role
    reviews: bool
    state: str
    since: str
    language: str
    number: str
    name: str
    mail: str
    events: tuple[str, ...]


class _Claim(msgspec.Struct, frozen=True):
    """A claim on its way, sealed into the account of the address: nothing is in the journal before the address is shown to be one's own."""

    name: str
    mail: str
    says: dict[str, str]


class Members:
    """The members of a store. ``site``: the address under which people reach the service, for the links of letters."""

    def __init__(self, store: Store, accounts: Accounts, post: Post, site: str, journal: Journal | None = None) -> None:
        self._store, self._accounts, self._post, self._site = store, accounts, post, site
        self._journal = journal or Journal(store, FOLDS)

    def invite(
        self, actor: Actor, mail: str, name: str, role: Role, *, institution: str | None = None, speaks: str = "",
        is_appointed: bool = False, reviews: bool = False,
    ) -> Member:  # fmt: skip
        """Invite somebody into the actor's institution, or, as the operator, into any. ``speaks``: the language of letters.
        ``is_appointed``: as an operator, or, with ``reviews``, as somebody who looks things over. Raises InvalidInput for what will not
        do, NotFound for an institution that is not there, NotSent where the letter was not, and NotPossible
        where too many went to the address within an hour: ``remind`` sends it again."""
        self._post.ready()
        own = find_institution(self._store, institution, viewer_of(self._store, actor), "institution") if institution else actor.institution
        says: dict[str, Any] = {"role": role.value, "language": speaks or language()} | ({"institution": own} if own else {})
        says |= {"reviews": True} if reviews else {}
        id = secrets.token_hex(6)
        event = "appoint" if is_appointed else "invite"
        self._act(actor, id, event, says, {"institution": own}, personal=self._personal(name, mail))
        self._invite(id)
        return self.show(actor, id)

    def remind(self, actor: Actor, id: str) -> Member:
        """Send an invitation again. Raises NotFound for one that is not the actor's to see, NotSent where the letter was not,
        NotPossible where too many letters went to the address within an hour."""
        self._post.ready()
        self._act(actor, id, "remind", {}, value_of(self._journal, MEMBER, id))
        self._invite(id)
        return self.show(actor, id)

    def accept(self, token: str, *, now: datetime | None = None) -> Member:
        """Become a member by the token of an invitation. Raises NotSignedIn for one that is not good, InvalidInput where the address is a
        member's already: whoever goes on to another institution leaves the first."""

        def do() -> Member:
            found = self._accounts.opened(token, Purpose.INVITATION, now=now)
            id = found.token.about
            _unused(found.account)
            after = msgspec.structs.replace(without(found.account, found.token), member=id)
            try:
                self._act(_person(id), id, "accept", {}, {}, batch=self._batch(found, after))
            except InvalidInput:
                self._accounts.opened(token, Purpose.INVITATION, now=now)  # used, or taken back, since it was read: answered as such
                raise
            return self.show(_person(id), id)

        return again(do)

    def claim(self, mail: str, name: str, role: Role, number: str, *, speaks: str = "") -> None:
        """Ask to act for the institution with this number of a register, a credit code (USCC) if it names none: a letter asks whether the
        address is one's own. Gives the same whether the address is known or not, and sends nothing more where too many letters went to it.
        Raises NotFound for an institution that is not there, or that not everybody may see."""
        self._post.ready()
        asked = number.strip() if ":" in number else f"uscc:{number.strip().upper()}"
        id = find(self._store, asked, PUBLIC)
        node = self._store.get([id]).get(id)
        numbers = PUBLIC.view(node).external_ids if isinstance(node, Institution) else ()
        number = next((one for one in numbers if one.casefold() == asked.casefold()), "")
        if not isinstance(node, Institution) or not number:
            raise nothing(asked)
        says = {"institution": id, "number": number, "role": role.value, "language": speaks or language()}
        mail, called = normal(mail), PUBLIC.view(node).name
        sealed = self._accounts.seal(msgspec.json.encode(_Claim(_named(name), mail, says)).decode())
        MEMBER.find("", "claim").check({}, says, "")
        token = self._accounts.letter(self._accounts.mark(mail), Purpose.CLAIM, sealed)
        if token:
            letter = letters.claim(says["language"], self._site, token, called, _HOURS)
            self._post.later(lambda: self._post.send(mail, *letter))

    def confirm(self, token: str, *, now: datetime | None = None) -> Member:
        """Put a claim before the operator, by the token of its letter. Raises NotSignedIn for one that is not good, InvalidInput where the
        address is a member's already."""

        def do() -> Member:
            found = self._accounts.opened(token, Purpose.CLAIM, now=now)
            _unused(found.account)
            said = msgspec.json.decode(self._accounts.open(found.token.about), type=_Claim)
            id = secrets.token_hex(6)
            batch = self._batch(found, without(found.account, found.token))
            self._act(_person(id), id, "claim", said.says, {}, personal=self._personal(said.name, said.mail), batch=batch)
            return self.show(_person(id), id)

        return again(do)

    def approve(self, actor: Actor, id: str) -> Member:
        """Find a claim to be true; a letter says so. Raises NotFound for one that is not the actor's to see, InvalidInput where the address
        has become another member's."""

        def change(account: Account) -> Account:
            _unused(account)
            return msgspec.structs.replace(account, member=id)

        self._decide(actor, id, "approve", {}, change)
        return self.show(actor, id)

    def reject(self, actor: Actor, id: str, reason: str = "") -> Member:
        """Do not find a claim to be true; a letter says so, without the reason."""
        self._decide(actor, id, "reject", {"reason": reason} if reason else {}, lambda account: account)
        return self.show(actor, id)

    def leave(self, actor: Actor) -> None:
        """End one's own membership; every session ends with it."""
        self._end(actor, actor.id.partition(":")[2], "leave", {})

    def remove(self, actor: Actor, id: str, reason: str = "") -> Member:
        """End another's membership or invitation; every session ends with it."""
        self._end(actor, id, "remove", {"reason": reason} if reason else {})
        return self.show(actor, id)

    def erase(self, actor: Actor, id: str) -> None:
        """Erase name and address of who is no member any more."""
        value = value_of(self._journal, MEMBER, id)
        entries = self._journal.entries(f"{MEMBER.name}:{id}")
        ids = [personal_id(entry.id, field) for entry in entries for field in commitments(entry)]
        gone = [Document(one.id, one.kind, b"", one.version) for one in self._store.documents(ids).values()]
        self._act(actor, id, "erase", {}, value, batch=Batch(documents=gone))

    def show(self, actor: Actor, id: str) -> Member:
        """A member. Raises NotFound for one that is not the actor's to see."""
        state, _related = seen(self._journal, MEMBER, id, lambda value: relations(actor, id, value))
        return self._member(actor, id, state.value)

    def listed(self, actor: Actor) -> Iterator[Member]:
        """The members that are the actor's to see: all of them to the operator, to others those of their own institution."""
        for id, value in values(self._store, MEMBER.name):
            if relations(actor, id, value):
                yield self._member(actor, id, value)

    def history(self, actor: Actor, id: str) -> list[Entry]:
        """What was done, in order. Raises NotFound as ``show`` does."""
        self.show(actor, id)
        return list(self._journal.entries(f"{MEMBER.name}:{id}"))

    def actor(self, id: str) -> Actor:
        """Who acts as the member ``id``. Raises NotSignedIn for one that is not active."""
        state = self._journal.state(f"{MEMBER.name}:{id}")
        if state is None or state.value[STATE] != "active":
            raise NotSignedIn(_("the link or the session is not good, or not any more; ask for a new link"))
        role = Role(state.value["role"])
        scopes = frozenset(Scope) if role is Role.OPERATOR else frozenset({Scope.READ, Scope.WRITE})
        made = Actor(
            id=f"{MEMBER.name}:{id}", role=role, institution=state.value["institution"], is_reviewer=state.value["reviews"], scopes=scopes
        )
        return placed(self._store, made)

    def write(self, id: str, letter: Letter) -> bool:
        """Send a letter to a member; whether there is an address still. Raises NotSent where it could not be sent."""
        mail = self._mail(id)
        if mail:
            self._post.send(mail, *letter)
        return bool(mail)

    def speaks(self, id: str) -> str:
        """The language of a member's letters. Raises NotFound for nobody."""
        return str(value_of(self._journal, MEMBER, id)["language"])

    def _decide(self, actor: Actor, id: str, event: str, says: Mapping[str, Any], change: Callable[[Account], Account]) -> None:
        value = value_of(self._journal, MEMBER, id)
        mail = self._mail(id)
        self._change(actor, id, event, says, mail, change)
        letter = letters.decision(value["language"], self._site, self._called(value["institution"]), is_approved=event == "approve")
        if mail:
            self._post.later(lambda: self._post.send(mail, *letter))

    def _end(self, actor: Actor, id: str, event: str, says: Mapping[str, Any]) -> None:
        self._change(actor, id, event, says, self._mail(id), lambda account: ended(account, id))

    def _change(
        self, actor: Actor, id: str, event: str, says: Mapping[str, Any], mail: str, change: Callable[[Account], Account]
    ) -> None:
        """Do ``event`` together with a change of the account."""

        def do() -> None:
            value = value_of(self._journal, MEMBER, id)
            if not relations(actor, id, value):
                raise MEMBER.missing(id)
            batch = Batch()
            # who may not do it is refused by ``act``, and learns nothing of the account
            if mail and MEMBER.find(value[STATE], event).who & relations(actor, id, value):
                mark = self._accounts.mark(mail)
                account, version = self._accounts.read(mark)
                batch = Batch(documents=[self._accounts.document(mark, change(account), version)])
            self._act(actor, id, event, says, value, batch=batch)

        again(do)

    def _invite(self, id: str) -> None:
        """Send the letter of an invitation, by a new token."""
        value, mail = value_of(self._journal, MEMBER, id), self._mail(id)
        token = self._accounts.letter(self._accounts.mark(mail), Purpose.INVITATION, id)
        if token is None:
            raise NotPossible(_("too many letters went to this address within an hour; remind later"))
        letter: Letter = letters.invitation(
            value["language"], self._site, token, self._called(value["institution"]) if value["institution"] else "", _DAYS
        )
        self._post.send(mail, *letter)

    def _act(
        self, actor: Actor, id: str, event: str, says: Mapping[str, Any], value: Value, *, personal: Mapping[str, str] | None = None,
        batch: Batch | None = None,
    ) -> None:  # fmt: skip
        one = Act(id=id, event=event, actor=actor.id, relations=relations(actor, id, value), says=says, personal=personal or {})
        act(self._journal, MEMBER, one, lambda *_all: batch or Batch())

    def _batch(self, found: Opened, after: Account) -> Batch:
        return Batch(documents=[self._accounts.document(found.mark, after, found.version)])

    def _personal(self, name: str, mail: str) -> dict[str, str]:
        return {NAME: _named(name), MAIL: self._accounts.seal(normal(mail))}

    def _called(self, institution: str) -> str:
        node = self._store.get([institution]).get(institution)
        return node.name if isinstance(node, Institution) else institution

    def _mail(self, id: str) -> str:
        """The address of a member; empty where it was erased."""
        sealed = self._journal.personal(f"{MEMBER.name}:{id}", 1, MAIL)
        return self._accounts.open(sealed) if sealed else ""

    def _member(self, actor: Actor, id: str, value: Value) -> Member:
        events = tuple(MEMBER.open_to(relations(actor, id, value), value, self._journal.now()))
        return Member(
            id=id, institution=value["institution"], role=Role(value["role"]), reviews=value["reviews"], state=value[STATE],
            since=value["since"], language=value["language"], number=value["number"],
            name=self._journal.personal(f"{MEMBER.name}:{id}", 1, NAME) or "", mail=self._mail(id), events=events,
        )  # fmt: skip


def relations(actor: Actor, id: str, value: Value) -> frozenset[Who]:
    """What somebody is to the member ``id``."""
    found = {Who.OPERATOR} if actor.runs else set()
    if actor.is_of(value.get("institution")) and Scope.WRITE in actor.scopes:
        found.add(Who.OWNER)
    if actor.id == f"{MEMBER.name}:{id}":
        found.add(Who.PERSON)
    return frozenset(found)


def _person(id: str) -> Actor:
    """Who has shown a token of a letter to the address of ``id``."""
    return Actor(id=f"{MEMBER.name}:{id}", role=Role.CONSUMER, scopes=frozenset())


def _named(name: str) -> str:
    if not name.strip():
        raise InvalidInput(_("names nobody"), field=NAME)
    return " ".join(name.split())


def _unused(account: Account) -> None:
    if account.member:
        raise InvalidInput(_("this address is a member's already; one address acts for one institution"), field=MAIL)
