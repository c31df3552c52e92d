"""The texts that a person reads about a match: the sentence that fits, and the gaps.

In: a question, a candidate's works and opinion, and the nodes as the snapshot has them. Out: texts; no points. Next:
``matcher.rank.pipeline`` puts them into the matches, after the order is settled.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from graph.dates import end_of_period, has_happened
from graph.language import N_, _, word
from graph.model import Achievement, Demand, DemandStatus, Institution, LegalStatus, Node
from matcher.columns.places import lies_in
from matcher.question import NEW, Opinion, Question, Work, adopters_wanted
from matcher.signals.scale import Scale
from matcher.text.passages import requirements_of, sentences, text_of
from matcher.text.terms import term_hash, terms

COVERED = 0.35
"""Share of a requirement's words (weighed by rarity) that the works must hold for it not to be named as a gap."""

_MORE = N_("say more of the technical problem, or feed more works")
_NOT_IN_FORCE = frozenset(LegalStatus) - {LegalStatus.PENDING, LegalStatus.GRANTED}


def best_sentence(asked: str, node: Node, scale: Scale) -> str:
    """The sentence of a node's text that shares most with what was asked, words weighed by rarity and long sentences discounted;
    the first one where no word is shared (across languages)."""
    text = text_of(node)
    listed = sentences(text.body) if text else []
    if not text or not listed:
        return ""
    wanted = set(terms(asked))
    shared = [[term for term in dict.fromkeys(terms(sentence)) if term in wanted] for sentence in listed]
    scores = [sum(_rarity(found, scale)) / (8 + len(terms(sentence))) ** 0.5 for found, sentence in zip(shared, listed, strict=True)]
    return listed[max(range(len(listed)), key=lambda i: (scores[i], -i))]


def too_far(nearest: float, bar: float, *, listed: bool) -> str:
    """Why no work is credible, where the nearest fits ``nearest`` and a credible one fits ``bar``: with both numbers where they differ as
    printed. ``listed``: whether the weak matches are shown."""
    reached, needed = f"{nearest:.2f}", f"{bar:.2f}"
    if reached == needed:
        return _none(_("the nearest work fits no better than questions that no centre can answer; {more}", more=_(_MORE)), listed)
    told = _(
        "the nearest work fits {reached}, and a credible one {needed} here, which questions that no centre can answer do not reach;"
        " {more}",
        reached=reached, needed=needed, more=_(_MORE),
    )  # fmt: skip
    return _none(told, listed)


def no_word_shared(*, listed: bool) -> str:
    """Why no work is credible for a question of few words."""
    told = _("no work here holds one of the question's words, as asked or in the other language; {more}", more=_(_MORE))
    return _none(told, listed)


def nothing_asked(*, listed: bool) -> str:
    """Why no work is credible for a greeting."""
    return _none(_("nothing technical is asked; name the technical problem"), listed)


def _none(told: str, listed: bool) -> str:
    if listed:
        return _("no credible match: {told}", told=told)
    return _("no credible match: {told}; --weak (over HTTP include_weak) lists the nearest works", told=told)


def gaps(
    question: Question, about: Node | None, candidate: Node, works: Sequence[tuple[Work, Node]], opinion: Opinion, scale: Scale,
    kinship: str = "",
) -> tuple[str, ...]:  # fmt: skip
    """What the candidate is not known to have, in words: each is something to ask about before the first meeting. ``kinship``: what ties
    it to the asker, which is said in place of a history that is not known."""
    found = []
    shown = [node for _, node in works if isinstance(node, Achievement)]
    if adopters_wanted(question):
        if not any(isinstance(node, Demand) for _, node in works):
            found.append(_("no demand on file: it only speaks of itself"))
    elif not shown and question.want.value in ("partners", "experts"):
        found.append(_("no result on file: it only speaks of itself"))
    found += _maturity_gaps(question, about, shown)
    found += _right_gaps(question, shown)
    if isinstance(about, Demand):
        found += _demand_gaps(about, candidate, shown)
        text = "\n".join(value.words for _, node in works if (value := text_of(node)))
        found += [
            _("no work of it mentions: {wanted}", wanted=wanted)
            for wanted in requirements_of(about)
            if _cover(wanted, text, scale) < COVERED
        ]
    if shown and all(work.date is None for work, _ in works):
        found.append(_("its works carry no date"))
    if kinship or (question.asker and not any(item.way == "own" for item in opinion.items)):
        found.append(kinship or _(NEW))
    return tuple(found)


def closed(about: Demand, as_of: str) -> str:
    """Why a demand is closed on a day, in words, "" where it is open: on the day of its deadline it is."""
    over = about.status if about.status in (DemandStatus.SOLVED, DemandStatus.WITHDRAWN) else None
    if over and has_happened(about.status_since, as_of):
        status = word(over.value, type(over).__name__)
        return _("{status} since {day}", status=status, day=about.status_since) if about.status_since else status
    if about.deadline and end_of_period(about.deadline) < end_of_period(as_of):
        return _("its deadline was {day}", day=about.deadline)
    return ""


def _maturity_gaps(question: Question, about: Node | None, shown: Sequence[Achievement]) -> list[str]:
    wanted = question.filters.trl_min or (about.trl_min if isinstance(about, Demand) else None)
    if not wanted or not shown:
        return []
    known = [work.trl for work in shown if work.trl and has_happened(work.trl_since, question.as_of)]
    if not known:
        return [_("maturity unknown (TRL {wanted} is asked for)", wanted=wanted)]
    if max(known) >= wanted:
        return []
    return [_("most mature work is TRL {highest} (TRL {wanted} is asked for)", highest=max(known), wanted=wanted)]


def _right_gaps(question: Question, shown: Sequence[Achievement]) -> list[str]:
    """The works whose right is not in force any more, or never will be."""
    found = []
    for work in shown:
        over = work.expires is not None and end_of_period(work.expires) < end_of_period(question.as_of)
        status = work.legal_status if work.legal_status in _NOT_IN_FORCE else LegalStatus.EXPIRED if over else None
        if status:
            found.append(
                _("no right in force: {title} ({status})", title=work.title or work.id, status=word(status.value, type(status).__name__))
            )
    return found


def _demand_gaps(about: Demand, candidate: Node, shown: Sequence[Achievement]) -> list[str]:
    found = []
    if about.regions and isinstance(candidate, Institution):
        places = [place for place in (candidate.region, candidate.country) if place]
        if not places:
            found.append(_("region unknown ({regions} is asked for)", regions=", ".join(about.regions)))
        elif not lies_in(candidate.country, candidate.region, about.regions):
            unknown = "" if candidate.region else _("; its region is not known")
            found.append(
                _(
                    "based in {places}{unknown} ({regions} is asked for)",
                    places=", ".join(places),
                    unknown=unknown,
                    regions=", ".join(about.regions),
                )
            )
    prices = [work for work in shown if work.price_min is not None]
    if about.budget_max is not None and prices and about.currency:
        for work in prices:
            if work.currency == about.currency and work.price_min is not None and work.price_min > about.budget_max:
                found.append(
                    _(
                        "asks from {price_min:,.0f} {currency} for {title}; the budget ends at {budget_max:,.0f}",
                        price_min=work.price_min,
                        currency=work.currency,
                        title=work.title or work.id,
                        budget_max=about.budget_max,
                    )
                )
    return found


def _rarity(found: Iterable[str], scale: Scale) -> list[float]:
    hashes = np.array([term_hash(term) for term in found], np.uint64)
    return list(map(float, scale.idf(hashes))) if len(hashes) else []


def _cover(wanted: str, text: str, scale: Scale) -> float:
    """The share of the words of ``wanted``, by rarity, that ``text`` holds: 0 to 1; 1 where there is nothing to hold."""
    every = list(dict.fromkeys(terms(wanted)))
    asked = [term for term in every if len(term) > 1] or every  # a single character is in nearly any text
    there = set(terms(text))
    total = sum(_rarity(asked, scale))
    return sum(_rarity([term for term in asked if term in there], scale)) / total if total else 1.0
