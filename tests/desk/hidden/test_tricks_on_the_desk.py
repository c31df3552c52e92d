"""Tricks to learn of a confidential demand by what members do: admissions, teasers, files, contacts, keys, lists and refusals."""

from __future__ import annotations

import io
from typing import Any

import msgspec
import pytest

from desk.ask import of_poster
from desk.coverage import coverage
from desk.people.contacts import Reached
from desk.process.admission import ADMISSION
from desk.process.demand import DEMAND
from desk.process.principals import Actor, Role, Scope
from desk.schemas import MatchRequest
from desk.show import describe
from graph.model import Demand
from matcher.embedding.embedder import Embedder
from matcher.question import Want
from tests.desk.hidden import stages as of
from tests.desk.hidden.asking import SAYS
from tests.desk.hidden.outsiders import OUTSIDERS, acted, believed, looked_up, same, signed, tried
from tests.desk.hidden.stages import GUESSES, NODE, NUMBER, SECRET, TEASED, TEASER, WORDS, Stage, stage
from tests.desk.hidden.worlds import NAMES, OPERATOR, actor, ins, node_of, token

# -- admissions and teasers


def test_asking_to_be_let_in(stages: dict[str, Stage]) -> None:
    """Ask, by every name of the demand, to be let in, to let in, who is in and who asked."""
    for text in (*GUESSES, "dem-0000000000000000"):
        for name, call in (
            ("ask", lambda stage, who, text: stage.world.admissions.ask(who, text, confidential=True)),
            ("offer", lambda stage, who, text: stage.world.admissions.offer(who, text, ins("rival"))),
            ("who", lambda stage, who, text: stage.world.admissions.who_sees(who, text)),
            ("history", lambda stage, who, text: stage.world.admissions.history(who, text)),
            ("list", lambda stage, who, text: list(stage.world.admissions.listed(who, text))),
        ):  # fmt: skip
            trick = lambda stage, who, call=call, text=text: call(stage, signed(who), text)  # noqa: E731
            own = ("party to a cooperation",) if text in (of.WORK, "C-SECRET") else ()
            found = same(stages, trick, but=("reviewer at the rival", "key without read", *own)).values()
            assert all("nothing here is called" in answer or "whoever is let in" in answer for answer in found), (name, text)


def test_asked_already(stages: dict[str, Stage]) -> None:
    """Ask twice by the teaser, and by the teaser though the demand was offered: who asks is told of one's own asking alone."""

    def asks(stage: Stage, who: Actor, named: str) -> str:
        with stage.world.act(named, 500):
            return stage.says(lambda: stage.world.admissions.ask(who, TEASED, confidential=True))

    for which, name in (("never", "rival"), ("other words", "press"), ("other words", "lab")):
        who = actor(name)
        first = [asks(stages[one], who, f"once {name}") for one in ("there", which)]
        second = [asks(stages[one], who, f"twice {name}") for one in ("there", which)]
        assert first[0] == first[1] and '"state": "asked"' in first[0]
        assert second[0] == second[1] == "InvalidInput: guest: is asked, offered or open already"
    for one in stages.values():
        for number, name in enumerate(("rival", "press", "lab")):
            one.world.answer(token(f"once {name}"), 510 + number, name, "refuse") if _has(one, f"once {name}") else None


def test_asking_shows_nothing(embedder: Embedder) -> None:
    """Ask by the teaser, and look before anybody has answered: one sees what one saw."""
    found = []
    for which in ("there", "never"):
        with stage(which, embedder) as one:
            one.world.ask("again", 500, "rival", TEASED)
            rival = actor("rival")
            seen = [looked_up(one, rival, text) for text in (NODE, NUMBER, TEASED)]
            told = [str(coverage(one.world.store, one.viewer(rival))), str(list(one.world.admissions.listed(rival)))]
            found.append([*seen, one.asked(rival, text="kryptonite", want=Want.DEMANDS), *told])
    assert found[0] == found[1]


def _has(stage: Stage, named: str) -> bool:
    return stage.world.journal.state(f"admission:{token(named)}") is not None


def test_a_refused_admission(stages: dict[str, Stage]) -> None:
    """Be refused, and read the refusal: neither the owner nor the demand is in it."""
    trick = lambda stage, who: [list(stage.world.admissions.listed(signed(who))), stage.world.admissions.show(signed(who), of.REFUSED)]  # noqa: E731
    shown = same(stages, trick, but=("reviewer at the rival",))["rival"]
    assert of.REFUSED in shown and ins("firm") not in shown and NODE not in shown and NUMBER not in shown
    for event in dict.fromkeys(row.event for row in ADMISSION.transitions):
        for id in (of.REFUSED, of.LEFT, of.OFFERED):
            do = lambda stage, who, id=id, event=event: stage.world.admissions.do(signed(who), id, event, SAYS.get(event))  # noqa: E731
            same(stages, do, known=False)


def test_an_offer_that_was_not_taken_up(stages: dict[str, Stage]) -> None:
    """Be offered it and promise nothing: of the demand one has the id that the offer names, and not a word."""
    shown = str(list(stages["there"].world.admissions.listed(actor("press"))))
    assert NODE in shown and str(SECRET["title"]) not in shown
    for text in (NODE, NUMBER, str(SECRET["title"])):
        assert looked_up(stages["there"], actor("press"), text) == looked_up(stages["other words"], actor("press"), text)


def test_a_guest_who_left(stages: dict[str, Stage]) -> None:
    """Be let in, leave, and look again: what is said and done after that is not to be had."""
    lab = actor("lab")
    seen = [
        [*looked_up(stages[which], lab, NODE), stages[which].asked(lab, text="kryptonite"), *believed(stages[which], lab),
         stages[which].says(lambda which=which: list(stages[which].world.files.listed(lab, NODE))),
         stages[which].says(lambda which=which: list(stages[which].world.admissions.listed(lab)))]
        for which in ("there", "other words")
    ]  # fmt: skip
    assert seen[0] == seen[1] and "NotFound" in seen[0][0]


def test_what_a_teaser_says(stages: dict[str, Stage]) -> None:
    """Read the teaser: its day, number, amount and words are its own, and none of the demand's."""
    trick = lambda stage, who: [*looked_up(stage, who, TEASED), *looked_up(stage, who, TEASER)]  # noqa: E731
    for shown in same(stages, trick).values():
        for said in (*SECRET.values(), *WORDS.values(), NODE, NUMBER, ins("firm"), ins("broker"), *NAMES.values()):
            assert str(said) not in shown or said in ("EUR",), said
        assert "sealing technology" in shown and "500000.0" in shown and "1000000.0" in shown


def test_from_the_teaser_to_its_owner(stages: dict[str, Stage]) -> None:
    """Follow the teaser's edges, look at everybody's edges, and ask for demands of each house: none leads to who posted it."""
    for name in (*NAMES.values(), TEASED):
        same(stages, lambda stage, who, name=name: looked_up(stage, who, name))
    shown = [looked_up(stages["there"], who, text)[1] for who in OUTSIDERS.values() for text in (TEASED, NAMES["firm"], NAMES["broker"])]
    assert not any(TEASED in one and ins("firm") in one for one in shown)
    for one in NAMES.values():
        same(stages, lambda stage, who, one=one: stage.asked(who, about=TEASED, asker=one))
    plain = MatchRequest(text="x")
    same(stages, lambda stage, who: of_poster(plain, TEASED, stage.world.store, viewer=stage.viewer(who)).model_dump_json())


def test_two_teasers_of_one_demand(embedder: Embedder) -> None:
    """Compare two teasers of one demand: but for what their owner wrote they have nothing in common that others have not."""
    with stage("there", embedder) as one:
        one.world.step("secret", 600, actor("firm"), "untease")
        second = node_of(one.world.tease("secret", 2000, field="gaskets"))
        nodes = one.world.store.get([TEASED, second])
        first, other = (msgspec.to_builtins(nodes[id]) for id in (TEASED, second))
        alike = {name for name in first.keys() & other.keys() if first[name] == other[name]} - {"visibility", "status"}
        assert alike <= {"budget_min", "budget_max", "currency"}
        assert isinstance(nodes[second], Demand) and first["provenance"]["source_id"] != other["provenance"]["source_id"]


def test_a_teaser_while_the_demand_goes_on(embedder: Embedder) -> None:
    """Watch the teaser while the demand is diagnosed, said anew and reviewed: it stays as it is, to the byte."""
    with stage("there", embedder) as one:
        shown = {str(looked_up(one, actor("rival"), TEASED))}
        for minute, (event, who, says) in enumerate((
            ("diagnose", "firm", {}), ("revise", "broker", {"content": WORDS | {"budget_max": 9e6}}),
            ("submit", "broker", {"no_secrets": True}),
        )):  # fmt: skip
            one.world.step("secret", 3000 + 2000 * minute, actor(who), event, **says)
            shown.add(str(looked_up(one, actor("rival"), TEASED)))
        one.world.step("secret", 9000, OPERATOR, "accept")
        one.world.step("secret", 9001, actor("firm"), "confirm")
        one.world.step("secret", 9002, actor("firm"), "publish", visibility="confidential")
        shown.add(str(looked_up(one, actor("rival"), TEASED)))
    assert len(shown) == 1


# -- files, contacts, keys, members, lists


def _same_file(one: Stage) -> list[str]:
    """What the rival is told who attaches, takes, removes and takes again a file of the bytes that the demand's has."""
    rival, files, id = actor("rival"), one.world.files, token("the same", 6, 2)

    def attach() -> Any:
        return files.attach(rival, token("rival's own"), "mine.step", io.BytesIO(b"ISO-10303-21; the gasket"), purpose="drawing")

    with one.world.act("the same", 700):
        made = one.says(attach)
    taken, removed = one.says(lambda: files.take(rival, id)[0]), one.says(lambda: files.remove(rival, id))
    return [made, taken, removed, one.says(lambda: files.take(rival, id)), one.says(lambda: list(files.listed(rival)))]


def test_the_same_file(embedder: Embedder) -> None:
    """Attach a file of the same bytes as one of the demand's: nothing tells that the content was there, nor that it stays."""
    found = []
    for which in ("there", "never"):
        with stage(which, embedder) as one:
            found.append(_same_file(one))
    assert found[0] == found[1] and '"state": "attached"' in found[0][0] and "has no take" in found[0][3]


def test_ids_of_files_and_contacts(stages: dict[str, Stage]) -> None:
    """Guess the ids of its files and of contacts, and take, show, remove, reveal and erase them; ask for those of the demand."""
    for id in (of.FILE, token("rival's contact"), "0" * 12):
        for call in (
            lambda stage, who, id: stage.world.files.show(who, id), lambda stage, who, id: stage.world.files.take(who, id),
            lambda stage, who, id: stage.world.files.remove(who, id), lambda stage, who, id: stage.world.files.let_in(who, id, ins("lab")),
            lambda stage, who, id: stage.world.contacts.show(who, id), lambda stage, who, id: stage.world.contacts.history(who, id),
        ):  # fmt: skip
            trick = lambda stage, who, call=call, id=id: call(stage, signed(who), id)  # noqa: E731
            same(stages, trick, but=("reviewer at the rival",))
    book: dict[str, Any] = {"purpose": "p", "consent": "c", "date": "2026-01-01"}
    for text in GUESSES:
        drawing = lambda stage, who, text=text: acted(  # noqa: E731
            stage, f"attach {text} {who}", lambda: stage.world.files.attach(signed(who), text, "a.txt", io.BytesIO(b"x"), purpose="other")
        )
        same(stages, drawing, but=("reviewer at the rival",))
        for kept in ("files", "contacts"):
            listed = lambda stage, who, text=text, kept=kept: list(getattr(stage.world, kept).listed(signed(who), text))  # noqa: E731
            same(stages, listed, but=("reviewer at the rival",))
        keep = lambda stage, who, text=text: acted(  # noqa: E731
            stage, f"keep {text} {who}", lambda: stage.world.contacts.keep(signed(who), text, Reached(name="x"), **book)
        )
        same(stages, keep)


def test_lists_of_keys_and_members(stages: dict[str, Stage]) -> None:
    """Read every list that there is, and make a key for what the demand is called."""
    for lists in ("demands", "admissions", "files", "contacts", "keys", "members"):
        trick = lambda stage, who, lists=lists: list(getattr(stage.world, lists).listed(signed(who)))  # noqa: E731
        same(stages, trick, but=("reviewer at the rival",))
    for text in GUESSES:
        make = lambda stage, who, text=text: stage.world.keys.create(signed(who), Role.CONSUMER, "x", institution=text)  # noqa: E731
        found = same(stages, make, but=("key without read",))
        assert all("nothing here is called" in one for who, one in found.items() if "party" not in who)


def test_errors_of_the_process(stages: dict[str, Stage]) -> None:
    """Try every event on the demand's number: what it has come to is in no refusal."""
    for event in dict.fromkeys(row.event for row in DEMAND.transitions):
        for number in (NUMBER, TEASER, of.DRAFT):
            trick = lambda stage, who, number=number, event=event: tried(stage, who, number, event)  # noqa: E731
            answers = same(stages, trick, but=("reviewer at the rival", "key without read"))
            assert all(f"there is no demand {number}" in one for one in answers.values()), event


def test_order_and_numbers(stages: dict[str, Stage]) -> None:
    """Read one's own things for what else was done between: neither their order nor a number, version or revision tells."""
    trick = lambda stage, who: [  # noqa: E731
        list(stage.world.demands.listed(signed(who))), stage.world.demands.history(signed(who), token("rival's own")),
        describe(stage.world.store, token("rival's own"), viewer=stage.viewer(who)).version,
        coverage(stage.world.store, stage.viewer(who)).revision,
    ]
    answers = same(stages, trick, but=("reviewer at the rival",))
    assert answers["rival"].endswith("null, null]")


def test_an_agent_for_another_demand(stages: dict[str, Stage]) -> None:
    """Post one demand on a firm's behalf, and try what an agent may on another."""
    agent = actor("other")
    assert [one.id for one in stages["there"].world.demands.listed(agent)] == [token("for partner")]
    assert {Scope.READ, Scope.WRITE} <= agent.scopes
    for event in ("tease", "withdraw", "solve", "talk", "revise"):
        with pytest.raises(Exception, match=f"there is no demand {NUMBER}"):
            tried(stages["there"], agent, NUMBER, event)


