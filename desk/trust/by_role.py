"""Who is told what of trust: an institution's own view to its members in full, anybody else's in words.

In: who asks, two names and a day. Out: public models of ``desk.schemas``. Next: ``api.cli.trust``; a route needs nothing more.

    a member of the asker's institution,   the opinion with its items, stage, log and path, and what the target says to the items
      and the operator
    a member of any other institution      the same relation in words (``desk.trust.words``), the target's members among them
    anybody else                           nothing, whoever is named

Each is made of what its viewer may see (``desk.people.sight``), so that what is hidden changes nothing of it. A rating of or by a person is
hidden from everybody but the operator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from desk.find import find
from desk.people.sight import viewer_of
from desk.process.principals import Actor, Role, Scope
from desk.trust import opinions
from desk.trust.objections import replies_to
from desk.trust.schemas import TrustListOut, TrustWordsListOut, TrustWordsOut
from graph.errors import NotSignedIn
from graph.language import _
from graph.store import Store
from graph.viewer import Viewer

if TYPE_CHECKING:
    from matcher.index.snapshot import Snapshot


def trust_of(
    actor: Actor | None, asker: str, target: str, as_of: str | None, *, snapshot: Snapshot, store: Store
) -> opinions.Told | TrustWordsOut:
    """What ``asker`` may believe of ``target`` (names or ids) on a day (None: today), as ``actor`` is told it. Raises NotSignedIn for who
    is a member of nothing, NotFound for a party that the actor may not see, InvalidInput for an asker about itself."""
    who, viewer = _signed_in(store, actor)
    day = opinions.day_of(as_of, "as_of")
    a, t = find(store, asker, viewer), find(store, target, viewer)
    if not is_own(who, a):
        return opinions.in_words_of(a, t, day, snapshot, store, viewer)
    told = opinions.trust_of(a, t, day, snapshot, store, viewer)
    cited = [fact for item in told.opinion.items for fact in item.facts]
    return told._replace(public=told.public.model_copy(update={"replies": replies_to(store, cited)}))


def trust_list(
    actor: Actor | None, asker: str, as_of: str | None, *, snapshot: Snapshot, store: Store
) -> TrustListOut | TrustWordsListOut:
    """Whom ``asker`` trusts, as ``actor`` is told it. Raises as ``trust_of`` does."""
    who, viewer = _signed_in(store, actor)
    day, a = opinions.day_of(as_of, "as_of"), find(store, asker, viewer)
    listing = opinions.trust_list if is_own(who, a) else opinions.list_in_words
    return listing(a, day, snapshot, store, viewer)


def is_own(actor: Actor, asker: str) -> bool:
    """Whether what ``asker`` (an id) believes is the actor's own view: a member's of that institution, and everybody's the operator's."""
    return actor.runs or actor.is_of(asker)


def _signed_in(store: Store, actor: Actor | None) -> tuple[Actor, Viewer]:
    """Who asks, and what may be seen: told apart before any name is looked at."""
    if actor is None or not (actor.institution or actor.role is Role.OPERATOR):
        raise NotSignedIn(_("trust is told to members of institutions"))
    actor.require(Scope.READ)
    return actor, viewer_of(store, actor)
