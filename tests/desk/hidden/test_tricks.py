"""Tricks to learn of a confidential demand, each tried by whoever could use it: the answers are those of a platform without the demand.

These are tricks with names, counts, scores and trust; ``test_tricks_on_the_desk`` and ``test_tricks_at_the_doors`` have the others.
"""

from __future__ import annotations

from desk.ask import of_poster
from desk.coverage import coverage
from desk.find import find
from desk.merges import decide
from desk.people.sight import placed, viewer_of
from desk.process.demand import DEMAND
from desk.process.principals import Actor
from desk.schemas import FiltersIn, MatchRequest
from graph.ids import edge_id, node_id, record_id
from graph.model import Achievement, EdgeKind, NodeKind, Provenance, Verdict
from matcher.embedding.embedder import Embedder
from matcher.index import generations
from matcher.index.snapshot import Snapshot
from matcher.question import Question, Want
from matcher.rank import pipeline
from tests.desk.hidden import stages as of
from tests.desk.hidden.outsiders import OUTSIDERS, believed, looked_up, same, tried
from tests.desk.hidden.stages import DAY, GUESSES, NODE, NUMBER, SECRET, TEASED, Stage, stage
from tests.desk.hidden.worlds import NAMES, actor, ins, node_of, world

# -- names


def test_computed_ids(stages: dict[str, Stage]) -> None:
    """Compute the ids that the demand, its edges, its file and its cooperation must have, and look each up."""
    ids = [*GUESSES, *(edge_id(EdgeKind.POSTED, ins(one), NODE, "desk") for one in NAMES)]
    for text in ids:
        found = same(stages, lambda stage, who, text=text: looked_up(stage, who, text))
        is_own = text in (of.WORK, "C-SECRET")
        others = [answer for name, answer in found.items() if not (is_own and "party" in name)]
        assert all(answer.count("NotFound: nothing here is called") == 2 for answer in others)
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
    found, texts = [], (of.ONCE, node_of(of.ONCE), "Once for everybody")
    for which in ("there", "never"):
        with stage(which, embedder) as one:
            found.append([looked_up(one, who, text) for who in OUTSIDERS.values() for text in texts])
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
            same(stages, lambda stage, who, text=text, want=want: stage.asked(who, text=text, want=want))


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
            found = same(stages, lambda stage, who, text=text, more=more: stage.asked(who, about=text, **more))
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


def test_trust_that_its_cooperation_would_change(stages: dict[str, Stage]) -> None:
    """Ask whom the firm trusts: the confidential cooperation that answers the demand moves nobody's opinion but its parties'."""
    same(stages, believed)
    party = [believed(stages[which], actor("partner")) for which in ("there", "never")]
    assert party[0] != party[1]  # the cooperation is the partner's own


def test_from_ones_own_cooperation_to_the_demand(embedder: Embedder) -> None:
    """Be a party to the cooperation that answers the demand, and follow its edges: they end where the demand begins."""
    found = []
    for answers in (True, False):
        with stage("there", embedder) as made:
            if not answers:
                made.world.write(delete=[of.ANSWERS])
            one = Stage(made.world, Snapshot.open(made.world.store, embedder), embedder)
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
        trick = lambda which, event=event: tried(stages[which], reviewer, of.DRAFT, event)  # noqa: E731
        answers = [stages[which].says(lambda trick=trick, which=which: trick(which)) for which in ("there", "never")]
        assert answers[0] == answers[1] and answers[0].startswith(("NotFound: there is no demand", "InvalidInput: industry"))
