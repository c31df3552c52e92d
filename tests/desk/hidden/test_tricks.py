"""Tricks to learn of a confidential demand, each tried by whoever could use it: the answers are those of a platform without the demand.

The tricks at the doors (HTTP, the command line, languages, exit codes, time) are in ``test_tricks_at_the_doors``.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from desk.ask import of_poster
from desk.coverage import coverage
from desk.find import find
from desk.merges import decide
from desk.people.contacts import Reached
from desk.people.sight import placed, viewer_of
from desk.process.admission import ADMISSION
from desk.process.demand import DEMAND
from desk.process.principals import Actor, Role, Scope
from desk.schemas import FiltersIn, MatchRequest
from desk.show import describe
from desk.trust import trust_list, trust_of
from graph.ids import edge_id, node_id, record_id
from graph.model import Achievement, Demand, EdgeKind, NodeKind, Provenance, Verdict
from matcher.embedding.embedder import Embedder
from matcher.index import generations
from matcher.index.snapshot import Snapshot
from matcher.question import Question, Want
from matcher.rank import pipeline
from tests.desk.hidden import stages as of
from tests.desk.hidden.asking import SAYS
from tests.desk.hidden.stages import DAY, GUESSES, NODE, NUMBER, SECRET, TEASED, TEASER, WORDS, Stage, stage
from tests.desk.hidden.worlds import INGEST_ONLY, NAMES, NOBODY, OPERATOR, actor, ins, node_of, token, world

OUTSIDERS: dict[str, Actor | None] = {
    "rival": actor("rival"), "party to a cooperation": actor("partner"), "agent for another": actor("other"),
    "reviewer at the rival": actor("rival", is_reviewer=True), "key without read": actor("firm", scopes=INGEST_ONLY), "nobody": None,
}  # fmt: skip
"""Who has nothing to do with the demand, though some may think so."""
KNOWING: dict[str, Actor | None] = {"guest who left": actor("lab"), "consumer who was offered it": actor("press")}
"""Who knows that there is one, and no more."""
WITHOUT = {"party to a cooperation": "its cooperation"} | dict.fromkeys(KNOWING, "other words")
"""The stage whose answers somebody must have, if it is not ``never``."""
Trick = Callable[[Stage, Actor | None], Any]


def same(stages: dict[str, Stage], trick: Trick, *, known: bool = True, but: tuple[str, ...] = ()) -> dict[str, str]:
    """What ``trick`` comes to for everybody, which is the same with and without the demand; ``known``: for those too who know of it."""
    found = {}
    for name, who in (OUTSIDERS | (KNOWING if known else {})).items():
        if name not in but:
            there, without = (
                stages[which].says(lambda which=which: trick(stages[which], who))  # type: ignore[misc]  # noqa: B023
                for which in ("there", WITHOUT.get(name, "never"))
            )
            assert there == without, name
            found[name] = there
    return found


def signed(who: Actor | None) -> Actor:
    """Who acts, as a door has it: a key without the scope is refused there."""
    if who:
        who.require(Scope.READ)
    return who or NOBODY


def acted(stage: Stage, name: str, done: Callable[[], Any]) -> Any:
    """What comes of an act, under ids that are the same on every stage."""
    with stage.world.act(name, 900):
        return done()


# -- names


def looked_up(stage: Stage, who: Actor | None, text: str) -> list[str]:
    viewer, store = stage.viewer(who), stage.world.store
    return [
        stage.says(lambda: find(store, text, viewer)), stage.says(lambda: describe(store, text, viewer=viewer).model_dump_json())
    ]  # fmt: skip


def test_computed_ids(stages: dict[str, Stage]) -> None:
    """Compute the ids that the demand, its edges, its file and its cooperation must have, and look each up."""
    ids = [*GUESSES, *(edge_id(EdgeKind.POSTED, ins(one), NODE, "desk") for one in NAMES)]
    for text in ids:
        found = same(stages, lambda stage, who, text=text: looked_up(stage, who, text))  # type: ignore[misc]
        is_own = text in (of.WORK, "C-SECRET")
        assert all(answer.count("NotFound: nothing here is called") == 2 for name, answer in found.items() if not (is_own and "party" in name))
    assert find(stages["there"].world.store, NODE, viewer_of(stages["there"].world.store, actor("broker"))) == NODE


def test_an_id_that_a_row_of_ones_own_has_too(embedder: Embedder) -> None:
    """Feed a row whose source id is the id that the demand must have: found both ways, nothing stands in the way of it."""
    found = []
    for which in ("there", "never"):
        with stage(which, embedder) as one:
            mine = [
                Achievement(id=node_id(NodeKind.ACHIEVEMENT, "mine", text), provenance=Provenance("mine", text), title="mine")
                for text in (NODE, node_of(of.DRAFT), node_of(of.ONCE))
            ]
            one.world.write(nodes=mine)
            found.append([looked_up(one, who, made.provenance.source_id) for who in OUTSIDERS.values() for made in mine])
            assert found[-1][0][0] == mine[0].id
    assert found[0] == found[1]


def test_former_ids(embedder: Embedder) -> None:
    """Look a demand up by the id, number and title that it had while everybody could see it."""
    found = []
    for which in ("there", "never"):
        with stage(which, embedder) as one:
            found.append([looked_up(one, who, text) for who in OUTSIDERS.values() for text in (of.ONCE, node_of(of.ONCE), "Once for everybody")])
    assert found[0] == found[1] and {answer.split(":")[0] for one in found[0] for answer in one} == {"NotFound"}


def test_near_names_in_suggestions(stages: dict[str, Stage]) -> None:
    """Filter by a word near one that the demand alone says, and read the suggestions."""
    for want in (Want.DEMANDS, Want.PARTNERS):
        for filters in (FiltersIn(regions=["Atlantis"]), FiltersIn(regions=["Atlantis Bay"]), FiltersIn(industries=["gasket"])):
            trick = lambda stage, who, want=want, filters=filters: stage.asked(who, text="gasket", want=want, filters=filters)  # noqa: E731
            assert all("Bay" not in answer for answer in same(stages, trick).values()) or filters.regions == ["Atlantis Bay"]


# -- counts and scores


def test_counts(stages: dict[str, Stage]) -> None:
    """Count demands, cooperations, filled fields and islands by coverage."""
    found = same(stages, lambda stage, who: coverage(stage.world.store, stage.viewer(who)))
    assert len(set(found.values())) >= 2  # members count more than the public does


def test_scores_of_other_answers(stages: dict[str, Stage]) -> None:
    """Ask with the demand's rarest words: were they counted anywhere, the scores of all other texts would move."""
    for text in ("kryptonite zirconia gasket", str(SECRET["description"]), "bath of a cold pump", "seal"):
        for want in Want:
            same(stages, lambda stage, who, text=text, want=want: stage.asked(who, text=text, want=want))  # type: ignore[misc]


def test_a_scale_measured_while_nothing_else_was_there(embedder: Embedder) -> None:
    """Ask on a platform whose index was first made when the demand was its only text: what was measured then counts no word of it."""

    def answered(is_there: bool) -> str:
        with world() as made:
            works = [f"{node.id}" for node in made.store.scan(NodeKind.ACHIEVEMENT)]
            rows = [node for node in made.store.get(works).values() if isinstance(node, Achievement)]
            edges = made.store.edges(works)
            made.write(delete=works)
            if is_there:
                made.post("secret", SECRET)
            generations.build(made.store, embedder)
            made.write(nodes=rows, edges=edges)
            one = Stage(made, Snapshot.open(made.store, embedder), embedder)
            return one.asked(actor("rival"), text="seal for hydrogen") + one.asked(None, text="gasket 低温银浆")

    assert answered(True) == answered(False)


def test_what_is_asked_about(stages: dict[str, Stage]) -> None:
    """Ask what fits the demand by its id, number and title, as its poster and for its poster's house."""
    for text in (NODE, NUMBER, str(SECRET["title"])):
        for more in ({}, {"want": Want.DEMANDS}, {"asker": NAMES["firm"]}, {"asker": NAMES["firm"], "own_house": True}):
            found = same(stages, lambda stage, who, text=text, more=more: stage.asked(who, about=text, **more))  # type: ignore[misc]
            assert {answer.split(":")[0] for answer in found.values()} == {"NotFound"}

    def posted(stage: Stage, who: Actor | None) -> str:
        return of_poster(MatchRequest(text="x"), NODE, stage.world.store, viewer=stage.viewer(who)).model_dump_json()

    same(stages, posted)


def test_ranked_among_named_ids(stages: dict[str, Stage]) -> None:
    """Name the demand's id among those to be ranked: it is as little there as an id that nobody has."""

    def ranked(stage: Stage, who: Actor | None) -> list[tuple[str, int]]:
        question = Question(
            text="zirconia gasket pump", want=Want.DEMANDS, k=20, as_of=DAY, among=(NODE, node_of(of.ONCE), "dem-0000000000000000", TEASED),
            viewer=stage.viewer(who),
        )  # fmt: skip
        answer = pipeline.answer(question, stage.snapshot, stage.embedder)
        return [(one.candidate, one.score) for one in answer.matches] + [(str(answer.left_out), answer.candidates)]

    for answer in same(stages, ranked).values():
        assert TEASED in answer and NODE not in answer


def test_as_who_posted_it(stages: dict[str, Stage]) -> None:
    """Ask as the firm, with its own house and its ties, for demands: its own are left out and counted, if they may be seen."""
    for more in ({"own_house": True}, {"own_house": False}, {"ties": "known"}, {"ties": "new"}):
        for want in (Want.DEMANDS, Want.PARTNERS):
            if "ties" in more and want is Want.DEMANDS:
                continue
            trick = lambda stage, who, more=more, want=want: stage.asked(  # noqa: E731
                who, text="gasket", asker=NAMES["firm"], want=want, **more
            )
            same(stages, trick)


# -- trust, conflicts of interest


def believed(stage: Stage, who: Actor | None) -> list[str]:
    viewer, store = stage.viewer(who), stage.world.store
    pairs = [(ins(a), ins(b)) for a in ("firm", "partner", "rival") for b in ("firm", "partner", "lab") if a != b]
    told = [stage.says(lambda a=a, b=b: trust_of(a, b, DAY, stage.snapshot, store, viewer).public.model_dump_json()) for a, b in pairs]
    return told + [stage.says(lambda a=a: trust_list(ins(a), DAY, stage.snapshot, store, viewer).model_dump_json()) for a in NAMES]


def test_trust_that_its_cooperation_would_change(stages: dict[str, Stage]) -> None:
    """Ask whom the firm trusts: the confidential cooperation that answers the demand moves nobody's opinion but its parties'."""
    same(stages, believed)
    party = [believed(stages[which], actor("partner")) for which in ("there", "never")]
    assert party[0] != party[1]  # the cooperation is the partner's own


def test_from_ones_own_cooperation_to_the_demand(embedder: Embedder) -> None:
    """Be a party to the cooperation that answers the demand, and follow its edges: they end where the demand begins."""
    found = []
    for answers in (True, False):
        with stage("there", embedder) as one:
            if not answers:
                one.world.write(delete=[of.ANSWERS])
            one = Stage(one.world, one.snapshot if answers else Snapshot.open(one.world.store, embedder), embedder)
            seen = [*looked_up(one, actor("partner"), of.WORK), *believed(one, actor("partner"))]
            seen += [str(coverage(one.world.store, one.viewer(actor("partner")))), one.asked(actor("partner"), text="gasket trial")]
            found.append(seen)
    assert found[0] == found[1] and "gasket trial" in found[0][1] and NODE not in str(found)


def test_an_institution_merged_with_a_party(embedder: Embedder) -> None:
    """Have one's institution merged with a party to the cooperation: one sees the cooperation then, and not the demand."""
    with stage("there", embedder) as one:
        rows = [record_id(NodeKind.INSTITUTION, "centre", name) for name in ("partner", "rival")]
        decide(one.world.store, *rows, Verdict.SAME, reason="bought")
        for name in ("partner", "rival"):
            member = placed(one.world.store, actor(name))
            assert looked_up(one, member, of.WORK)[0] == of.WORK
            for text in (NODE, NUMBER, str(SECRET["title"]), of.DRAFT, of.FILE):
                assert [answer.split(":")[0] for answer in looked_up(one, member, text)] == ["NotFound", "NotFound"]
            assert NUMBER not in str(list(one.world.demands.listed(member))) + str(list(one.world.admissions.listed(member)))


def test_a_reviewer_of_the_rival(stages: dict[str, Stage]) -> None:
    """Review for the platform and work for the rival: neither drafts, nor search, nor counts tell more than a member is told."""
    reviewer, member, there = actor("rival", is_reviewer=True), actor("rival"), stages["there"]
    assert there.viewer(reviewer) == there.viewer(member)
    assert of.DRAFT not in str(list(there.world.demands.listed(reviewer)))
    for event in dict.fromkeys(row.event for row in DEMAND.transitions):
        answers = [stages[which].says(lambda which=which: tried(stages[which], reviewer, of.DRAFT, event)) for which in ("there", "never")]
        assert answers[0] == answers[1] and answers[0].startswith(("NotFound: there is no demand", "InvalidInput: industry"))


# -- admissions and teasers


def tried(stage: Stage, who: Actor | None, number: str, event: str) -> Any:
    content = {"title": "x"} if event in ("draft", "revise") else None
    return stage.world.demands.do(signed(who), number, event, SAYS.get(event), content)


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
            seen = [looked_up(one, rival, text) for text in (NODE, NUMBER, TEASED)] + [[one.asked(rival, text="kryptonite", want=Want.DEMANDS)]]
            found.append([*seen, str(coverage(one.world.store, one.viewer(rival))), list(one.world.admissions.listed(rival))])
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
        same(stages, lambda stage, who, name=name: looked_up(stage, who, name))  # type: ignore[misc]
    shown = [looked_up(stages["there"], who, text)[1] for who in OUTSIDERS.values() for text in (TEASED, NAMES["firm"], NAMES["broker"])]
    assert not any(TEASED in one and ins("firm") in one for one in shown)
    for one in NAMES.values():
        same(stages, lambda stage, who, one=one: stage.asked(who, about=TEASED, asker=one))  # type: ignore[misc]
        same(stages, lambda stage, who: of_poster(MatchRequest(text="x"), TEASED, stage.world.store, viewer=stage.viewer(who)).model_dump_json())


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
            ("diagnose", "firm", {}), ("revise", "broker", {"content": WORDS | {"budget_max": 9e6}}), ("submit", "broker", {"no_secrets": True}),
        )):  # fmt: skip
            one.world.step("secret", 3000 + 2000 * minute, actor(who), event, **says)
            shown.add(str(looked_up(one, actor("rival"), TEASED)))
        one.world.step("secret", 9000, OPERATOR, "accept")
        one.world.step("secret", 9001, actor("firm"), "confirm")
        one.world.step("secret", 9002, actor("firm"), "publish", visibility="confidential")
        shown.add(str(looked_up(one, actor("rival"), TEASED)))
    assert len(shown) == 1


# -- files, contacts, keys, members, lists


def test_the_same_file(embedder: Embedder) -> None:
    """Attach a file of the same bytes as one of the demand's: nothing tells that the content was there, nor that it stays."""
    found = []
    for which in ("there", "never"):
        with stage(which, embedder) as one:
            mine, rival, files = token("rival's own"), actor("rival"), one.world.files

            def attach(files: Any = files, rival: Actor = rival, mine: str = mine) -> Any:
                return files.attach(rival, mine, "mine.step", io.BytesIO(b"ISO-10303-21; the gasket"), purpose="drawing")

            with one.world.act("the same", 700):
                made = one.says(attach)
            id = token("the same", 6, 2)
            did = [one.says(lambda: files.take(rival, id)[0]), one.says(lambda: files.remove(rival, id)), one.says(lambda: files.take(rival, id))]
            found.append([made, *did, one.says(lambda: list(files.listed(rival)))])
    assert found[0] == found[1]


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
    for text in GUESSES:
        drawing = lambda stage, who, text=text: acted(  # noqa: E731
            stage, f"attach {text} {who}", lambda: stage.world.files.attach(signed(who), text, "a.txt", io.BytesIO(b"x"), purpose="other")
        )
        same(stages, drawing, but=("reviewer at the rival",))
        for kept in ("files", "contacts"):
            listed = lambda stage, who, text=text, kept=kept: list(getattr(stage.world, kept).listed(signed(who), text))  # noqa: E731
            same(stages, listed, but=("reviewer at the rival",))
        keep = lambda stage, who, text=text: acted(  # noqa: E731
            stage, f"keep {text} {who}", lambda: stage.world.contacts.keep(signed(who), text, Reached(name="x"), purpose="p", consent="c", date="2026-01-01")
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


