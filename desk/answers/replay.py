"""Replay: the question of an answer that was kept, asked again now, and which facts make what comes out another.

In: an answer that was kept. Out: a ``Replay``: each candidate's place, points and terms then and now, and the facts that were changed, came
or went. Next: ``api.http.routes.answers``.

It is asked as of the same day, so that facts of later days change nothing and corrections show; or as of today, where evidence has also
aged. Facts are compared as the answer's viewer sees them: what is hidden changes nothing here either, and what was hidden since is gone.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from desk.answers.answers import Answers, canonical, relations, shown_of
from desk.answers.basis import Basis, basis_of, hashes_of
from desk.ask import ask
from desk.process.principals import Actor
from desk.process.programs.answer import ANSWER, ANSWER_TEXT, ASKED, BASIS
from desk.process.table import Who
from desk.schemas import MatchAnswer, MatchRequest

if TYPE_CHECKING:
    from matcher.embedding.embedder import Embedder
    from matcher.index.snapshot import Snapshot

Change = Literal["changed", "new", "gone"]


class FactChange(msgspec.Struct, frozen=True):
    """A fact that is another than it was: ``what`` it says in words, now where it is there still."""

    id: str
    change: Change
    what: str


class TermChange(msgspec.Struct, frozen=True):
    """A term's points then and now; None where there was or is none."""

    name: str
    then: int | None
    now: int | None


class CandidateChange(msgspec.Struct, frozen=True):
    """A candidate that stands otherwise: rank and score then and now, None where it was not or is not listed; ``facts``: ids of the facts
    of its own that are others."""

    candidate: str
    name: str
    rank_then: int | None
    rank_now: int | None
    score_then: int | None
    score_now: int | None
    terms: list[TermChange]
    facts: list[str]


class Replay(msgspec.Struct, frozen=True):
    """What comes out now. ``same``: whether it is the answer that was kept; ``scale_changed``, ``model_changed``: whether points are
    measured or texts read otherwise."""

    id: str
    hash: str
    as_of: str
    same: bool
    scale_changed: bool
    model_changed: bool
    candidates: list[CandidateChange]
    facts: list[FactChange]
    answer: MatchAnswer


def replay(answers: Answers, actor: Actor, id: str, snapshot: Snapshot, embedder: Embedder, *, today: bool = False) -> Replay:
    """Ask the question of an answer again, as of the same day or of ``today``. Raises NotFound for an answer that is not the actor's to
    see, of which the actor is not who keeps it, or that was erased."""
    kept = answers.show(actor, id)
    if relations(actor, kept.value) <= {Who.LET_IN}:
        raise ANSWER.missing(id)
    then: dict[str, Any] = msgspec.json.decode(answers.text(id, ANSWER_TEXT))
    basis = msgspec.json.decode(answers.text(id, BASIS), type=Basis)
    request = MatchRequest.model_validate_json(answers.text(id, ASKED))
    if today:
        request = request.model_copy(update={"as_of": date.today().isoformat()})
    viewer = answers.viewer(kept.value)
    answer = ask(request, snapshot, embedder, viewer=viewer)
    shown = shown_of(answer, snapshot, viewer)
    now = basis_of(answer, snapshot.display, viewer)
    hashes = now["hashes"] | hashes_of(snapshot.display, set(basis["hashes"]), viewer)
    facts = _facts(basis, hashes, then, shown)
    changed = {one.id for one in facts}
    return Replay(
        id=id, hash=kept.value["hash"], as_of=answer.question.as_of, same=canonical(shown.model_dump(mode="json")) == canonical(then),
        scale_changed=shown.scale != then["scale"], model_changed=shown.model != then["model"],
        candidates=_candidates(basis, now, then, shown, changed), facts=facts, answer=shown,
    )  # fmt: skip


def _facts(basis: Basis, hashes: dict[str, str], then: dict[str, Any], shown: MatchAnswer) -> list[FactChange]:
    """The facts that are others: cited then and changed or gone, or cited now and not then."""
    words = {one["id"]: one["what"] for one in then["facts"]} | {one.id: one.what for one in shown.facts}
    found = []
    for one in sorted(basis["hashes"].keys() | hashes.keys()):
        before, now = basis["hashes"].get(one), hashes.get(one)
        if before != now:
            change: Change = "new" if before is None else "gone" if now is None else "changed"
            found.append(FactChange(one, change, words.get(one, "")))
    return found


def _candidates(basis: Basis, now: Basis, then: dict[str, Any], shown: MatchAnswer, changed: set[str]) -> list[CandidateChange]:
    before = {one["candidate"]: one for one in then["matches"]}
    after = {one["candidate"]: one for one in shown.model_dump(mode="json")["matches"]}
    found = []
    for candidate in [*after, *(one for one in before if one not in after)]:
        old, new = before.get(candidate, {}), after.get(candidate, {})
        if (old.get("rank"), old.get("score")) == (new.get("rank"), new.get("score")) and old.get("terms") == new.get("terms"):
            continue
        cited = {*basis["matches"].get(candidate, ()), *now["matches"].get(candidate, ())}
        found.append(
            CandidateChange(
                candidate, (new or old)["name"], old.get("rank"), new.get("rank"), old.get("score"), new.get("score"),
                _terms(old.get("terms", ()), new.get("terms", ())), sorted(cited & changed),
            )
        )  # fmt: skip
    return found


def _terms(old: Any, new: Any) -> list[TermChange]:
    before, after = ({one["name"]: one["points"] for one in terms} for terms in (old, new))
    names = dict.fromkeys([*before, *after])
    return [TermChange(one, before.get(one), after.get(one)) for one in names if before.get(one) != after.get(one)]
