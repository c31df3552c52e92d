"""Opinions in full: one with its stage, evidence and path, or the parties that an asker trusts most and least; and in words.

In: ids, a day, a snapshot and a viewer: what an opinion may be made of. Out: public models of ``desk.schemas``. Next:
``desk.trust.by_role`` says who gets which.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from desk.facts import HIDDEN, names_of
from desk.find import nothing
from desk.schemas import opinion_out
from desk.trust.schemas import TransitionOut, TrustedOut, TrustListOut, TrustOut, TrustWordsListOut, TrustWordsOut
from desk.trust.words import bucket, words_of
from desk.wording import in_words
from graph.dates import end_of_period, ordinal
from graph.errors import InvalidInput
from graph.language import _
from graph.language import told as in_language
from graph.model import Node, NodeKind
from graph.store import Reader
from graph.viewer import Viewer
from matcher.columns import tables
from matcher.columns.evidence import Floats, Rows
from matcher.question import Opinion
from matcher.trust import stages
from matcher.trust.ledger import Ledger
from matcher.trust.opinion import net, opinion_of

if TYPE_CHECKING:
    from matcher.index.snapshot import Snapshot
    from matcher.trust.fusion import TrustOn


def day_of(as_of: str | None, field: str) -> str:
    """The day that a person means: today for none, of a partial date the last. Raises InvalidInput naming ``field``."""
    try:
        return end_of_period(as_of).isoformat() if as_of else date.today().isoformat()
    except ValueError as error:
        raise InvalidInput(str(error), field=field) from error


class Told(NamedTuple):
    """What is told of a relation, and the opinion it is told from."""

    public: TrustOut
    opinion: Opinion


def trust_of(asker: str, target: str, as_of: str, snapshot: Snapshot, store: Reader, viewer: Viewer) -> Told:
    """What ``asker`` may believe of ``target`` (ids), the stage of their relation, the path of what was heard, and what would change it:
    by the evidence that ``viewer`` may see. Raises NotFound for a party that the viewer may not, InvalidInput for an asker about itself."""
    _check_pair(store, asker, target, viewer)
    a, t = snapshot.row(asker), snapshot.row(target)
    trusted = snapshot.trust(viewer=viewer).on(as_of)
    opinion = Ledger(trusted).opinion(a, t)
    relation = _relation(trusted, a, t)
    log = stages.history(relation, ordinal(as_of))
    paths = _paths(trusted, a, opinion)
    rows = {row for path in paths for row in path}
    ids = {asker, target, *(snapshot.id_of(row) for row in rows)}
    names = names_of(store, ids, viewer)
    told = [[names.get(snapshot.id_of(row), _(HIDDEN)) for row in path] + [names.get(target, _(HIDDEN))] for path in paths]
    words = in_words(opinion, known=_has_dealt(trusted, a, t))
    public = TrustOut(
        asker=asker, target=target, as_of=as_of, opinion=opinion_out(opinion, words), stage=stages.replay(log).value,
        heard_through=told, prospects=stages.prospects(relation, ordinal(as_of)),
        log=[
            TransitionOut(
                date=step.date, before=step.before.value, after=step.after.value, belief=step.belief, why=in_language(step.why),
                facts=list(step.facts),
            )
            for step in log
        ],
        replies=[],
    )  # fmt: skip
    return Told(public, opinion)


def in_words_of(asker: str, target: str, as_of: str, snapshot: Snapshot, store: Reader, viewer: Viewer) -> TrustWordsOut:
    """The same relation in words, made of what ``viewer`` may see. Raises as ``trust_of`` does."""
    _check_pair(store, asker, target, viewer)
    a, t = snapshot.row(asker), snapshot.row(target)
    trusted = snapshot.trust(viewer=viewer).on(as_of)
    stage = stages.replay(stages.history(_relation(trusted, a, t), ordinal(as_of)))
    return words_of(asker, target, names_of(store, [target], viewer)[target], as_of, stage, *trusted.sums(a, t))


def _relation(trusted: TrustOn, asker: int, target: int) -> list[stages.Item]:
    return stages.relation(trusted.network, asker, target) if min(asker, target) >= 0 else []


def _has_dealt(trusted: TrustOn, asker: int, target: int) -> bool:
    return min(asker, target) >= 0 and bool(trusted.dealt_with(asker)[target])


def _check_pair(store: Reader, asker: str, target: str, viewer: Viewer) -> None:
    _check_seen(store, (asker, target), viewer)
    if asker == target:
        raise InvalidInput(_("trust is between two parties: nobody has an opinion about itself"), field="target")


def _check_seen(store: Reader, ids: Sequence[str], viewer: Viewer) -> None:
    found = store.get(ids)
    for one in ids:
        node = found.get(one)
        if not isinstance(node, Node) or not viewer.sees(node):
            raise nothing(one)


def _paths(trusted: TrustOn, asker: int, opinion: Opinion) -> list[list[int]]:
    """For each of the three strongest witnesses, the node rows from the asker (or an anchor) to it."""
    givers = dict.fromkeys(item.giver for item in opinion.items if item.way == "heard")
    paths = [trusted.path(asker, trusted.network.row(giver)) for giver in list(givers)[:3]]
    return [path for path in paths if path]


def trust_list(asker: str, as_of: str, snapshot: Snapshot, store: Reader, viewer: Viewer, limit: int = 10) -> TrustListOut:
    """Whom ``asker`` trusts most and least, of all about whom it knows or has heard anything that ``viewer`` may see. Raises NotFound
    for an asker that the viewer may not."""
    _check_seen(store, (asker,), viewer)
    row = snapshot.row(asker)
    trusted = snapshot.trust(viewer=viewer).on(as_of)
    r, s, known = _known(trusted, row)
    order = known[np.lexsort((known, -net(r[known], s[known], trusted.settings)))].tolist()
    most = [one for one in order if r[one] >= s[one]][:limit]
    least = [one for one in reversed(order) if r[one] < s[one]][:limit]
    names = names_of(store, [snapshot.id_of(one) for one in (*most, *least)], viewer)

    def told(one: int) -> TrustedOut:
        opinion, target = opinion_of(float(r[one]), float(s[one])), snapshot.id_of(one)
        stage = stages.replay(stages.history(stages.relation(trusted.network, row, one), ordinal(as_of)))
        return TrustedOut(
            target=target, name=names.get(target, _(HIDDEN)), stage=stage.value, belief=opinion.belief, disbelief=opinion.disbelief,
            uncertainty=opinion.uncertainty,
        )  # fmt: skip

    from_anchors = row >= 0 and trusted.start(row)[1]
    lists = {"most": [told(one) for one in most], "least": [told(one) for one in least]}
    return TrustListOut(asker=asker, as_of=as_of, known=len(known), from_anchors=from_anchors, **lists)


def list_in_words(asker: str, as_of: str, snapshot: Snapshot, store: Reader, viewer: Viewer, limit: int = 20) -> TrustWordsListOut:
    """The same in words, in an order that tells no more than they do: by leaning and evidence, then by name and id. Raises NotFound
    for an asker that the viewer may not see."""
    _check_seen(store, (asker,), viewer)
    row = snapshot.row(asker)
    trusted = snapshot.trust(viewer=viewer).on(as_of)
    r, s, known = _known(trusted, row)
    names = names_of(store, [snapshot.id_of(one) for one in known.tolist()], viewer)

    def told(one: int) -> TrustWordsOut:
        stage = stages.replay(stages.history(stages.relation(trusted.network, row, one), ordinal(as_of)))
        target = snapshot.id_of(one)
        return words_of(asker, target, names.get(target, _(HIDDEN)), as_of, stage, float(r[one]), float(s[one]))

    buckets = {one: bucket(float(r[one]), float(s[one])) for one in known.tolist()}
    order = sorted(buckets, key=lambda one: (buckets[one], names.get(snapshot.id_of(one), ""), snapshot.id_of(one)))
    return TrustWordsListOut(asker=asker, as_of=as_of, relations=[told(one) for one in order[:limit]])


def _known(trusted: TrustOn, asker: int) -> tuple[Floats, Floats, Rows]:
    """r and s by node row of what an asker may believe, and of whom it knows or has heard anything."""
    if asker < 0:
        return np.empty(0), np.empty(0), np.empty(0, np.int64)
    r, s = trusted.everyone(asker)
    parties = np.isin(trusted.network.nodes["kind"], [tables.NODE_CODE[kind] for kind in (NodeKind.INSTITUTION, NodeKind.EXPERT)])
    return r, s, np.flatnonzero((r + s > 0) & parties)
