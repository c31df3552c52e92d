"""The contract of a match: terms add up, each is a pure function of the facts it cites, and ``without`` is what asking again says."""

from __future__ import annotations

import math
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph import Batch
from graph.dates import end_of_period
from graph.model import (
    Achievement,
    Cooperation,
    Demand,
    Edge,
    EdgeKind,
    Evidence,
    EvidenceKind,
    Expert,
    Institution,
    Node,
    Outcome,
    Visibility,
)
from matcher.embedding.embedder import Embedder
from matcher.embedding.vectors import Embedded
from matcher.index import calibration, generations
from matcher.index.snapshot import Snapshot
from matcher.question import Match, PartnerRole, Question, Want
from matcher.rank import pipeline
from matcher.score import DEFAULT
from matcher.signals import pseudo_feedback
from matcher.signals.bm25 import K1, B
from matcher.signals.scale import Centres, Scale, languages
from matcher.text.passages import question_passages, text_of
from matcher.text.terms import term_hash, terms
from matcher.text.translation import dictionary
from matcher.trust.fusion import HEARD, OWN
from matcher.trust.settings import SETTINGS
from matcher.trust.terms import TOPIC, TRUST_TERMS, TrustTerm
from tests.matcher.worlds import ASKER, QUESTIONS, store_of, worlds

AS_OF = "2025-01-01"


@pytest.fixture(autouse=True, scope="module")
def small_worlds_have_fields() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(calibration, "LEAST", 2)
        patch.setattr(pseudo_feedback, "SHARE", 3)
        yield


STANDING = [Want.PARTNERS, Want.EXPERTS, PartnerRole.ADOPTERS]
"""Where candidates stand on texts; adopters are partners of that role."""
WANTS = st.sampled_from(STANDING)


def ask(text: str, want: Want | PartnerRole = Want.PARTNERS, asker: str | None = ASKER) -> Question:
    wanted = {"role": want, "want": Want.PARTNERS} if isinstance(want, PartnerRole) else {"want": want}
    return Question(as_of=AS_OF, text=text, asker=asker, k=20, include_weak=True, **wanted)


def seen(date: str | None) -> bool:
    return date is None or end_of_period(date) <= end_of_period(AS_OF)


# -- a slow, plain recomputation of every term from the facts it cites and the constants it names


def plain_idf(scale: Scale, term: int) -> float:
    known = dict(zip(scale.terms.tolist(), scale.frequencies.tolist(), strict=True))
    df = known.get(term, 0)
    return math.log(1 + (scale.texts - df + 0.5) / (df + 0.5))


def plain_weight(scale: Scale, term: int) -> float:
    """The inverse document frequency, less where many demands hold the term."""
    demands, seen = scale.demands, dict(zip(scale.terms.tolist(), range(len(scale.terms)), strict=True))
    if demands is None:
        return plain_idf(scale, term)
    held, count = (int(demands.frequencies[seen[term]]) if term in seen else 0), demands.count + 48
    rare = math.log(1 + (count - held + 0.5) / (held + 0.5)) / math.log(1 + (count - 0.5) / 1.5)
    return plain_idf(scale, term) * math.sqrt(min(1.0, rare))


def plain_share(wanted: dict[int, float], attainable: float, text: str, scale: Scale, mean_length: float) -> float:
    held = list(map(term_hash, terms(text)))
    score = 0.0
    for term, times in wanted.items():
        tf = held.count(term)
        score += times * plain_weight(scale, term) * tf / (tf + K1 * (1 - B + B * len(held) / mean_length))
    return score / (score + DEFAULT.saturation * attainable**DEFAULT.attainable) if score else 0.0


def plain_words(question: str, text: str, meaning: float, scale: Scale, embedder: Embedder, *, of_demand: bool = False) -> float:
    length = scale.demands.mean_length if of_demand and scale.demands else scale.mean_length
    own = dict(Counter(map(term_hash, terms(question))))
    other = dictionary(embedder.cache).translate(question, holders(scale))
    asked, translated = (sum(times * plain_weight(scale, term) for term, times in wanted.items()) for wanted in (own, other))
    shared = max(plain_share(wanted, max(asked, translated), text, scale, length) for wanted in (own, other))
    spoken, said_in = languages([question, text])
    return shared if spoken == said_in else min(1.0, shared + DEFAULT.unsaid * meaning)


def holders(scale: Scale) -> Callable[[np.ndarray], np.ndarray]:
    """How many texts of the corpus hold a term."""
    known = dict(zip(scale.terms.tolist(), scale.frequencies.tolist(), strict=True))
    return lambda hashes: np.array([known.get(one, 0) for one in hashes.tolist()])


def centred(said: Embedded, texts: list[str], centres: Centres) -> list[np.ndarray]:
    moved = [vector - centres.vectors[language] for vector, language in zip(said.vectors, languages(texts), strict=True)]
    return [row / math.sqrt(float(row @ row)) for row in moved]


def plain_meaning(question: str, passages: list[str], text: str, scale: Scale, embedder: Embedder) -> float:
    """``text``: all words, which tell the language."""
    if not passages:
        return 0.0
    found = plain_reading(question, passages, scale, embedder)
    own, other = languages([question, text])
    if own == other:
        return found
    gloss = dictionary(embedder.cache).gloss(question, holders(scale)) if scale.written[other] else ""
    readings = [found, plain_reading(gloss, passages, scale, embedder, is_gloss=True)] if gloss else [found]
    return min(1.0, DEFAULT.across * sum(readings) / len(readings))


def plain_reading(question: str, passages: list[str], scale: Scale, embedder: Embedder, *, is_gloss: bool = False) -> float:
    windows, sentences = question_passages("", question)
    sentences = [] if is_gloss else sentences
    documents = centred(embedder.passages(passages), passages, scale.centres)
    centres = scale.demands.centres if scale.demands else scale.centres

    def best(asked: list[str]) -> list[float]:
        return [max(float(q @ d) for d in documents) for q in centred(embedder.query(asked), asked, centres)] if asked else []

    window = max(best(windows))
    by_sentence = sorted(best(sentences), reverse=True)
    three = sum(by_sentence[:3]) / 3 if len(by_sentence) >= 3 else window
    return max(0.0, (window + (by_sentence[0] if by_sentence else window) + three) / 3)


def plain_field(question: str, passages: list[str], scale: Scale, embedder: Embedder) -> float:
    """The best cosine of a passage and the mean of those works of the sample that the question is nearest to."""
    windows, sentences = question_passages("", question)
    centres = scale.demands.centres if scale.demands else scale.centres

    def near(work: np.ndarray) -> float:
        window = max(float(q @ work) for q in centred(embedder.query(windows), windows, centres))
        by_sentence = sorted((float(q @ work) for q in centred(embedder.query(sentences), sentences, centres)), reverse=True)
        three = sum(by_sentence[:3]) / 3 if len(by_sentence) >= 3 else window
        return max(0.0, (window + (by_sentence[0] if by_sentence else window) + three) / 3)

    nearest = sorted(scale.sample.vectors, key=lambda work: -round(near(work), 9))[: len(scale.sample) // pseudo_feedback.SHARE]
    mean = np.mean(nearest, axis=0, dtype=float)
    mean /= math.sqrt(float(mean @ mean))
    return max(0.0, *(float(mean @ d) for d in centred(embedder.passages(passages), passages, scale.centres)))


def plain_age(date: str | None) -> float:
    years = (end_of_period(AS_OF) - end_of_period(date)).days / 365.25 if date else SETTINGS.unknown_age * DEFAULT.halflife
    return DEFAULT.lasting + (1 - DEFAULT.lasting) * 2 ** (-years / DEFAULT.halflife)


def plain_text_points(question: str, cited: list[Node], want: Want | PartnerRole, scale: Scale, embedder: Embedder) -> dict[str, float]:
    works = []
    weights = DEFAULT if isinstance(want, PartnerRole) else DEFAULT.wanting(want)
    for node in cited:
        text = text_of(node)
        assert text is not None
        factor = DEFAULT.profile * plain_age(None) if isinstance(node, Institution | Expert) else plain_age(getattr(node, "date", None))
        factor = factor if want is not Want.ACHIEVEMENTS else 1.0
        meaning = plain_meaning(question, text.passages, text.words, scale, embedder)
        field = plain_field(question, text.passages, scale, embedder) if want is Want.EXPERTS else 0.0
        shared = plain_words(question, text.words, meaning, scale, embedder, of_demand=isinstance(node, Demand))
        works.append((weights.meaning * factor * meaning, weights.words * factor * shared, weights.field * factor * field))
    works.sort(key=lambda work: -sum(work))
    shares = [(share, *work) for share, work in zip(weights.pool, works, strict=False)]
    return {name: sum(one[0] * one[n] for one in shares) for n, name in enumerate(("meaning", "words", "field"), 1)}


def aged(kind: str, date: str | None) -> float:
    constants = SETTINGS.kinds[kind]
    years = (end_of_period(AS_OF) - end_of_period(date)).days / 365.25 if date else SETTINGS.unknown_age * constants.halflife
    return constants.weight * 2 ** (-years / constants.halflife)


def expired(date: str | None) -> bool:
    """Whether what is against somebody is as many years old as it counts for."""
    years = SETTINGS.negatives_expire
    return bool(date) and years is not None and (end_of_period(AS_OF) - end_of_period(date)).days >= 365.25 * years


def plain_cooperation(node: Cooperation, parties: int) -> tuple[float, float]:
    done = {Outcome.COMPLETED: "completed", Outcome.FAILED: "failed", Outcome.BREACHED: "breached"}.get(node.outcome)
    if done and ((node.ended and seen(node.ended)) or not (node.ended or node.started)):
        kind, date = done, node.ended
    else:
        kind, date = "took_part", node.started or node.ended
        if not seen(date):
            return 0.0, 0.0
    value = SETTINGS.kinds[kind].value or 0.0
    weight = aged(kind, date) / (parties - 1)
    return weight * max(value, 0), 0.0 if expired(date) else weight * max(-value, 0)


Told = dict[str, tuple[float, float]]
"""By id of a node: its voice and its leniency, held."""


def plain_trust_points(match: Match, facts: dict[str, Node | Edge], told: Told, term: TrustTerm) -> float:
    """Who says what about the candidate (or its institution), giver by giver."""
    cited = [facts[one] for one in next(one for one in match.terms if one.name == term.name).facts]
    told = told if HEARD in term.ways else {}
    edges = [one for one in cited if isinstance(one, Edge)]
    places = {edge.target for edge in edges if edge.kind is EdgeKind.AFFILIATED_WITH}
    abouts = dict.fromkeys(places, SETTINGS.institution_discount) | {match.candidate: 1.0}
    abouts.pop(ASKER, None)
    steps = {ASKER: 0}
    for step in (1, 2):
        for edge in edges:
            if edge.kind is EdgeKind.PART_OF:
                for one, other in ((edge.source, edge.target), (edge.target, edge.source)):
                    if steps.get(one) == step - 1:
                        steps.setdefault(other, step)
    r = s = 0.0
    for about, discount in abouts.items():
        for giver, step in steps.items() if OWN in term.ways else ():
            if giver not in (match.candidate, about):
                good, bad = plain_experience(giver, about, cited, None)
                r, s = r + discount * SETTINGS.part_of**step * good, s + discount * SETTINGS.part_of**step * bad
        for giver, (voice, leniency) in told.items():
            if giver not in (ASKER, match.candidate, about):
                good, bad = (min(said, SETTINGS.cap) for said in plain_experience(giver, about, cited, leniency))
                r, s = r + discount * SETTINGS.heard * voice * good, s + discount * SETTINGS.heard * voice * bad
    return term.weight * (r - s) / (r + s + term.half)


def plain_experience(giver: str, about: str, cited: list[Node | Edge], leniency: float | None) -> tuple[float, float]:
    """What a giver has been through with a target, from cited facts; ``leniency`` of a rater where it is held."""
    r = s = 0.0
    for node in cited:
        if isinstance(node, Cooperation):
            parties = {one.source for one in cited if isinstance(one, Edge) and one.kind is EdgeKind.PARTY_TO and one.target == node.id}
            if {giver, about} <= parties:
                good, bad = plain_cooperation(node, len(parties))
                r, s = r + good, s + bad
    given = [one for one in cited if isinstance(one, Evidence) and one.source == giver]
    ratings = [one.outcome for one in given if one.evidence is EvidenceKind.RATING]
    usual = sum(ratings) / (len(ratings) + SETTINGS.leniency_prior) if leniency is None else leniency
    for edge in given:
        if edge.target == about:
            value = max(-1.0, min(1.0, edge.outcome - usual)) if edge.evidence is EvidenceKind.RATING else edge.outcome
            r += aged(edge.evidence.value, edge.date) * max(value, 0)
            s += 0.0 if expired(edge.date) else aged(edge.evidence.value, edge.date) * max(-value, 0)
    return r, s


def plain_topic_points(match: Match, facts: dict[str, Node | Edge], question: str, scale: Scale, embedder: Embedder) -> float:
    """What the asker went through with the candidate, cooperation by cooperation, weighed by the nearest text of each."""
    r = s = 0.0
    cited = [facts[one] for one in next(term for term in match.terms if term.name == "topic").facts]
    edges = [one for one in cited if isinstance(one, Edge)]
    for node in cited:
        if isinstance(node, Cooperation):
            parties = {one.source for one in edges if one.kind is EdgeKind.PARTY_TO and one.target == node.id}
            assert {ASKER, match.candidate} <= parties
            fits = []
            for one in edges:
                if one.kind is EdgeKind.USES and one.source == node.id:
                    work = facts[one.target]
                    text = text_of(work) if isinstance(work, Node) else None
                    assert text is not None
                    meaning = plain_meaning(question, text.passages, text.words, scale, embedder)
                    fits.append(meaning * (1 + plain_words(question, text.words, meaning, scale, embedder)))
            good, bad = plain_cooperation(node, len(parties))
            r, s = r + good * min(1.0, max(fits)), s + bad * min(1.0, max(fits))
    return DEFAULT.topic * (r - s) / (r + s + DEFAULT.topic_half)


def heard_by_asker(snapshot: Snapshot) -> Told:
    """The voices that the asker hears, by id."""
    hearing = snapshot.trust().on(AS_OF).hearing(snapshot.row(ASKER))
    rows = np.flatnonzero(hearing.pagerank)
    return {snapshot.id_of(row): (float(hearing.pagerank[row]), float(hearing.leniency[row])) for row in rows.tolist()}


@settings(max_examples=20)
@given(batch=worlds(), question=st.sampled_from(QUESTIONS), want=st.sampled_from([*STANDING, Want.ACHIEVEMENTS]))
def test_every_term_follows_from_its_citations_alone(embedder: Embedder, batch: Batch, question: str, want: Want | PartnerRole) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = store_of(batch, Path(folder))
        generations.build(store, embedder)
        snapshot = Snapshot.open(store, embedder)
        answer = pipeline.answer(ask(question, want), snapshot, embedder)
        for match in answer.matches:
            assert match.score == sum(term.points for term in match.terms)
            cited = {one for term in match.terms for one in term.facts}
            facts = store.get(cited)
            works = [facts[one] for one in match.terms[0].facts if isinstance(facts[one], Achievement | Demand | Institution | Expert)]
            expected = plain_text_points(question, [node for node in works if isinstance(node, Node)], want, snapshot.scale, embedder)
            told = heard_by_asker(snapshot)
            hearing = snapshot.trust().on(AS_OF).hearing(snapshot.row(ASKER))
            by_ways = [term.counted(hearing) for term in DEFAULT.trust_terms if term.name != TOPIC]
            expected |= {term.name: plain_trust_points(match, facts, told, term) for term in by_ways}
            expected[TOPIC] = plain_topic_points(match, facts, question, snapshot.scale, embedder)
            for term in match.terms:
                assert abs(term.points - 1e6 * expected[term.name]) <= 2, (term, expected)
        generations.forget(store)
        store.close()


@settings(max_examples=12)
@given(batch=worlds(), question=st.sampled_from(QUESTIONS), want=WANTS, data=st.data())
def test_without_is_what_asking_again_says(
    embedder: Embedder, batch: Batch, question: str, want: Want | PartnerRole, data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = store_of(batch, Path(folder))
        generations.build(store, embedder)
        snapshot = Snapshot.open(store, embedder)
        before = {match.candidate: match for match in pipeline.answer(ask(question, want), snapshot, embedder).matches}
        removable = sorted({fact for match in before.values() for term in match.terms for fact in term.facts if fact not in before})
        if removable:
            fact = data.draw(st.sampled_from(removable))
            store.write(Batch(delete=[fact]))
            later = snapshot.refreshed(store, embedder)
            held = snapshot.trust().on(AS_OF).hearing(snapshot.row(ASKER)).moved(snapshot, later)
            again = pipeline.answer(ask(question, want), later, embedder, hearings={ASKER: held})
            after = {match.candidate: {term.name: term.points for term in match.terms} for match in again.matches}
            for candidate, match in before.items():
                for term in match.terms:
                    expected = term.without[fact] if fact in term.facts else term.points
                    if candidate in after:
                        assert after[candidate][term.name] == expected, (term, fact)
                    elif term.name not in TRUST_TERMS:  # nothing left to stand on: no match, and so no points for texts
                        assert expected == 0
        generations.forget(store)
        store.close()


@settings(max_examples=15)
@given(batch=worlds(), question=st.sampled_from(QUESTIONS), want=WANTS)
def test_changes_kept_in_memory_give_the_same_answer_as_an_index_of_them(
    embedder: Embedder, batch: Batch, question: str, want: Want | PartnerRole
) -> None:
    first = {ASKER} | {node.id for node in batch.nodes[:-3]}
    early = Batch(nodes=[node for node in batch.nodes if node.id in first], edges=[e for e in batch.edges if {e.source, e.target} <= first])
    with tempfile.TemporaryDirectory() as folder:
        store = store_of(early, Path(folder))
        generations.build(store, embedder)
        snapshot = Snapshot.open(store, embedder)
        store.write(batch)
        followed = pipeline.answer(ask(question, want), snapshot.refreshed(store, embedder), embedder)
        scale = store.meta("scale")
        generations.build(store, embedder)
        if store.meta("scale") == scale:  # not measured anew
            assert pipeline.answer(ask(question, want), Snapshot.open(store, embedder), embedder) == followed
        generations.forget(store)
        store.close()


@pytest.mark.parametrize("want", STANDING)
def test_no_other_candidate_moves_points(want: Want | PartnerRole, embedder: Embedder, tmp_path: Path) -> None:
    store = store_of(_fixed_world(), tmp_path)
    generations.build(store, embedder)
    snapshot = Snapshot.open(store, embedder)
    whole = pipeline.answer(ask(QUESTIONS[0], want), snapshot, embedder).matches
    assert len(whole) > 1
    for match in whole:
        alone = msgspec.structs.replace(ask(QUESTIONS[0], want), among=(match.candidate,))
        assert pipeline.answer(alone, snapshot, embedder).matches == (msgspec.structs.replace(match, text_rank=1),)
    generations.forget(store)


@pytest.mark.parametrize("want", [Want.PARTNERS, Want.EXPERTS])
def test_two_processes_give_the_same_bytes(want: Want, embedder: Embedder, tmp_path: Path) -> None:
    store = store_of(_fixed_world(), tmp_path)
    generations.build(store, embedder)
    program = (
        "import sys, msgspec; from graph import connect; from matcher.rank import pipeline;"
        "from matcher.embedding.embedder import Embedder;"
        "from matcher.question import Question, Want; from matcher.index.snapshot import Snapshot;"
        "s = connect(sys.argv[1]); e = Embedder();"
        "q = Question(as_of='2025-01-01', text=sys.argv[2], asker=sys.argv[3], want=Want(sys.argv[4]), k=20, include_weak=True);"
        "sys.stdout.buffer.write(msgspec.json.encode(pipeline.answer(q, Snapshot.open(s, e), e)))"
    )
    command = [sys.executable, "-c", program, store.url, QUESTIONS[2], ASKER, want.value]
    first, second = (subprocess.run(command, check=True, capture_output=True, env=None).stdout for _ in range(2))
    assert first == second
    assert msgspec.json.decode(first)["matches"]
    generations.forget(store)


def _fixed_world() -> Batch:
    from graph.ids import node_id
    from graph.model import NodeKind
    from tests.matcher.worlds import WORKS, demand, edge, origin, party, party_to, person, work

    nodes: list[Node] = [Institution(id=ASKER, provenance=origin("asker"), name="asker")]
    nodes += [Institution(id=party(n), provenance=origin(f"i{n}"), name=f"institution {n}") for n in range(4)]
    nodes += [Expert(id=person(n), provenance=origin(f"e{n}"), name=f"person {n}") for n in range(2)]
    edges: list[Edge] = []
    for n, (title, abstract) in enumerate(WORKS):
        nodes.append(Achievement(id=work(n), provenance=origin(f"a{n}"), title=title, abstract=abstract))
        edges += [edge(EdgeKind.OWNS, party(n % 4), work(n)), edge(EdgeKind.CREATED, person(n % 2), work(n))]
    for n, text in enumerate(QUESTIONS):
        nodes.append(Demand(id=demand(n), provenance=origin(f"d{n}"), title=text))
        edges.append(edge(EdgeKind.POSTED, party(n), demand(n)))
    for n, outcome in enumerate([Outcome.COMPLETED, Outcome.BREACHED]):
        coop = node_id(NodeKind.COOPERATION, "t", f"c{n}")
        told = {"title": f"cooperation {n}", "ended": "2023", "outcome": outcome, "visibility": Visibility.PUBLIC}
        nodes.append(Cooperation(id=coop, provenance=origin(f"c{n}"), **told))
        edges += [party_to(ASKER, coop), party_to(party(n), coop)]
    return Batch(nodes=nodes, edges=edges)
