"""Answers that are kept: for whom they are, what they are made of, what comes out now, and what their export proves."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desk.answers.answers import Answers, Kept
from desk.answers.export import export, proven
from desk.answers.replay import replay
from desk.journal.entries import Entry
from desk.journal.heads import verify
from desk.journal.journal import Journal
from desk.people.streams import FOLDS
from desk.process.act import STATE
from desk.process.principals import Actor, Role
from desk.schemas import FiltersIn, MatchRequest
from graph import Store
from graph.documents import DocumentKind
from graph.errors import InvalidInput, NotAllowed, NotFound
from matcher.embedding.embedder import Embedder
from matcher.index.snapshot import Snapshot
from tests.desk.answers.conftest import FILES, QUESTION, fed

Actors = dict[str, Actor]
Newest = Callable[[], Snapshot]
REQUEST = MatchRequest(text=QUESTION, include_weak=True, as_of="2026-06-30", k=10, filters=FiltersIn(trl_min=1))


@pytest.fixture
def keep(answers: Answers, snapshot: Newest, embedder: Embedder) -> Callable[..., Kept]:
    def kept(actor: Actor, request: MatchRequest = REQUEST, *, purpose: str = "kept", **more: str) -> Kept:
        return answers.keep(actor, request, snapshot(), embedder, purpose=purpose, **more)

    return kept


def titles(kept: Kept) -> set[str]:
    assert kept.answer is not None
    return {work["title"] for match in kept.answer["matches"] for work in match["works"]}


def test_an_answer_is_kept_as_it_was_given(
    answers: Answers, actors: Actors, keep: Callable[..., Kept], kept_in: Store, snapshot: Newest
) -> None:
    before = kept_in.cursor()
    one = keep(actors["firm"], purpose="sent", person=" Ms Li ")
    assert (one.value[STATE], one.value["purpose"], one.person, one.revision) == ("kept", "sent", "Ms Li", None)
    assert one.answer and one.answer["matches"] and one.answer["revision"] is None and one.answer["facts"]
    assert one.value["asks"]["filters"]["trl_min"] == 1 and "text" not in one.value["asks"] and one.value["model"] and one.value["scale"]
    assert answers.show(actors["operator"], one.id).revision == snapshot().cursor.revision == before.revision == kept_in.cursor().revision
    entries = [held.content.decode() for held in kept_in.documents_since(0, [DocumentKind.ENTRY])]
    assert not [text for text in entries if QUESTION in text or "Ms Li" in text or "Quillon" in text], "nothing personal is hashed"
    assert json.loads(entries[0])["body"]["answer"] == {"commitment": one.value["hash"]}
    assert verify(kept_in, FOLDS)[1] == []


def test_for_whom_an_answer_is(answers: Answers, actors: Actors, keep: Callable[..., Kept], snapshot: Newest, embedder: Embedder) -> None:
    firm, works = actors["firm"], actors["works"]
    own, sent = keep(firm), keep(firm, purpose="sent", to="I3")
    assert {one.id for one in answers.listed(firm)} == {own.id, sent.id} == {one.id for one in answers.listed(actors["operator"])}
    assert [one.id for one in answers.listed(works)] == [sent.id]
    shown = answers.show(works, sent.id)
    assert shown.answer == sent.answer and shown.revision is None and shown.value["hash"] == sent.value["hash"] and shown.events == []
    for stranger, id in ((works, own.id), (actors["institute"], sent.id), (actors["institute"], own.id)):
        for ask in (answers.show, answers.erase):
            with pytest.raises(NotFound, match=f"there is no answer {id}"):
                ask(stranger, id)
    with pytest.raises(NotFound):
        replay(answers, works, sent.id, snapshot(), embedder)
    with pytest.raises(NotAllowed):
        answers.erase(works, sent.id)


def test_what_goes_to_another_is_made_of_what_both_may_see_and_of_no_trust(actors: Actors, keep: Callable[..., Kept]) -> None:
    university = msgspec.structs.replace(actors["university"], role=Role.BROKER)  # who asks for itself is not in its own list
    firm = actors["firm"]
    secret = "Secret thermal barrier coating recipe"
    request = REQUEST.model_copy(update={"own_house": True})
    assert secret in titles(keep(university, request)), "its own confidential work"
    assert secret not in titles(keep(university, request, purpose="sent", to="I1"))
    assert secret in titles(keep(university, request, purpose="sent", person="Ms Li")), "what it tells a person is its own word"
    asked = REQUEST.model_copy(update={"asker": "I1"})
    own, sent = keep(firm, asked), keep(firm, asked, purpose="proposed", to="I3")
    assert own.answer and sent.answer and own.answer["question"]["asker"] == firm.institution and sent.answer["question"]["asker"] is None
    assert any(match["trust"]["items"] for match in own.answer["matches"])
    assert not any(match["trust"]["items"] for match in sent.answer["matches"])
    with pytest.raises(InvalidInput, match="may not see"):
        keep(university, REQUEST.model_copy(update={"text": "", "about": "A4"}), purpose="sent", to="I1")
    with pytest.raises(NotAllowed):
        keep(firm, REQUEST.model_copy(update={"asker": "I2"}))


@pytest.mark.parametrize(
    "more", [{"purpose": "sent"}, {"purpose": "kept", "to": "I3"}, {"purpose": "kept", "person": "x"}, {"purpose": "told"},
             {"purpose": "sent", "to": "I3", "person": "x"}],
)  # fmt: skip
def test_who_gets_it_is_named_where_anybody_does(actors: Actors, keep: Callable[..., Kept], kept_in: Store, more: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        keep(actors["firm"], **more)
    with pytest.raises(NotFound):
        keep(actors["firm"], purpose="sent", to="Nobody Ltd")
    assert not list(kept_in.documents_since(0)), "a plain match, and what is refused, writes nothing"


def test_what_it_said_can_be_erased(answers: Answers, actors: Actors, keep: Callable[..., Kept], kept_in: Store, snapshot: Newest,
                                    embedder: Embedder) -> None:  # fmt: skip
    one = keep(actors["firm"], purpose="sent", person="Ms Li")
    gone = answers.erase(actors["firm"], one.id, "asked for")
    assert (gone.value[STATE], gone.answer, gone.person, gone.value["hash"]) == ("erased", None, "", one.value["hash"])
    assert not [held for held in kept_in.documents_since(0) if QUESTION.encode() in held.content or b"Ms Li" in held.content]
    with pytest.raises(NotFound, match="erased"):
        replay(answers, actors["firm"], one.id, snapshot(), embedder)
    made = export(kept_in, answers, actors["firm"], one.id, Ed25519PrivateKey.generate())
    found = proven(msgspec.json.encode(made))
    assert (found.problems, found.answer, found.state, found.hash) == ([], None, "erased", one.value["hash"])
    assert verify(kept_in, FOLDS)[1] == []


# -- replay


def test_nothing_changed_and_the_same_comes_out(
    answers: Answers, actors: Actors, keep: Callable[..., Kept], snapshot: Newest, embedder: Embedder
) -> None:
    one = keep(actors["firm"], REQUEST.model_copy(update={"asker": "I1"}))
    found = replay(answers, actors["firm"], one.id, snapshot(), embedder)
    assert found.same and found.candidates == [] and found.facts == [] and not found.scale_changed and not found.model_changed
    assert found.hash == one.value["hash"]
    aged = replay(answers, actors["firm"], one.id, snapshot(), embedder, today=True)
    assert aged.as_of > "2026-06-30" and aged.facts == []


def test_the_fact_that_changed_it_is_named(
    answers: Answers, actors: Actors, keep: Callable[..., Kept], snapshot: Newest, embedder: Embedder, kept_in: Store, folder: Path
) -> None:
    one = keep(actors["firm"], REQUEST.model_copy(update={"asker": "I1"}))
    title = "Thermal barrier coatings for turbine blades"
    fed(kept_in, folder, {"achievements.csv": FILES["achievements.csv"].replace(title, "Coated greenhouse foil")})
    found = replay(answers, actors["firm"], one.id, snapshot(), embedder)
    (fact,) = found.facts
    assert not found.same and fact.change == "changed" and "Coated greenhouse foil" in fact.what
    (candidate,) = [one for one in found.candidates if one.facts]
    assert candidate.candidate == actors["university"].institution and candidate.facts == [fact.id]
    assert candidate.score_then != candidate.score_now
    moved = sum((term.now or 0) - (term.then or 0) for term in candidate.terms)
    assert moved == (candidate.score_now or 0) - (candidate.score_then or 0), "the terms that moved are all that moved"


def test_new_evidence_and_a_work_that_is_hidden_now_are_told(
    answers: Answers, actors: Actors, keep: Callable[..., Kept], snapshot: Newest, embedder: Embedder, kept_in: Store, folder: Path
) -> None:
    firm = actors["firm"]
    one = keep(firm, REQUEST.model_copy(update={"asker": "I1"}))
    fed(kept_in, folder, {
        "evidence.csv": FILES["evidence.csv"] + "I1,I4,delivery,-1,2025-01-15,I2\n",
        "achievements.csv": FILES["achievements.csv"].replace("thermography.,I4,public", "thermography.,I4,confidential"),
    })  # fmt: skip
    found = replay(answers, firm, one.id, snapshot(), embedder)
    kinds = {fact.change for fact in found.facts}
    assert "gone" in kinds and "new" in kinds
    lost = {fact.id for fact in found.facts if fact.change == "gone" and "Infrared" in fact.what}
    assert len(lost) == 2, "the work, and whose it is"
    assert lost <= {id for candidate in found.candidates for id in candidate.facts}
    later = keep(firm, REQUEST.model_copy(update={"asker": "I1"}))
    assert replay(answers, firm, later.id, snapshot(), embedder).same


def test_a_hidden_change_changes_nothing(
    answers: Answers, actors: Actors, keep: Callable[..., Kept], snapshot: Newest, embedder: Embedder, kept_in: Store, folder: Path
) -> None:
    one = keep(actors["works"])
    fed(kept_in, folder, {"achievements.csv": FILES["achievements.csv"].replace("1300 C", "1400 C")})
    found = replay(answers, actors["works"], one.id, snapshot(), embedder)
    assert found.same and found.facts == []


# -- export


@pytest.fixture
def exported(answers: Answers, actors: Actors, keep: Callable[..., Kept], kept_in: Store) -> tuple[bytes, str, Kept]:
    key = Ed25519PrivateKey.generate()
    one = keep(actors["firm"], purpose="sent", to="I3")
    made = export(kept_in, answers, actors["works"], one.id, key)
    return msgspec.json.encode(made), key.public_key().public_bytes_raw().hex(), one


def test_an_export_proves_what_was_given(exported: tuple[bytes, str, Kept], kept_in: Store, answers: Answers, actors: Actors) -> None:
    content, key, one = exported
    found = proven(content, key=key)
    assert found.problems == [] and found.answer == one.answer and (found.id, found.kept, found.hash) == (one.id, one.at, one.value["hash"])
    assert proven(content).problems == [] and len(proven(content, key="00" * 32).problems) == 1
    given = json.loads(content)
    assert list(given["personal"].values()) and set(next(iter(given["personal"].values()))) == {"answer"}
    full = json.loads(msgspec.json.encode(export(kept_in, answers, actors["operator"], one.id, Ed25519PrivateKey.generate())))
    assert set(next(iter(full["personal"].values()))) == {"answer", "revision"}
    entry = next(Journal(kept_in, FOLDS).entries(f"answer:{one.id}"))
    assert Entry(**given["entries"][0]) == entry


PATHS = ("entries", "personal", "head")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(data=st.data())
def test_whatever_is_changed_in_an_export_is_found(exported: tuple[bytes, str, Kept], data: st.DataObject) -> None:
    """Any text or number in it, anywhere, is replaced by another."""
    content, key, _one = exported
    given_ = json.loads(content)
    places = list(_places({name: given_[name] for name in PATHS}))
    place = data.draw(st.sampled_from(places))
    holder: Any = given_
    for step in place[:-1]:
        holder = holder[step]
    old = holder[place[-1]]
    holder[place[-1]] = old + 1 if isinstance(old, int) else data.draw(st.text(max_size=70).filter(lambda text: text != old))
    with suppress(InvalidInput):
        assert proven(json.dumps(given_).encode(), key=key).problems, place


def _places(plain: Any, at: tuple[Any, ...] = ()) -> Any:
    """The paths of all texts and whole numbers."""
    pairs = plain.items() if isinstance(plain, dict) else enumerate(plain) if isinstance(plain, list) else ()
    for name, value in pairs:
        if isinstance(value, str) or type(value) is int:
            yield (*at, name)
        yield from _places(value, (*at, name))


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff", b"{", b'{"format":"x","entries":[],"personal":{},"head":{}}'])
def test_what_is_no_export_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidInput, match="not an export"):
        proven(content)
