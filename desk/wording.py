"""The words that people read: trust and what was left out as a phrase, a text on one line.

In: an ``Opinion`` or ``LeftOut`` of the matcher, a text. Out: phrases. Next: ``desk.ask`` and ``desk.trust`` put them into public models;
``api.cli.draw.answer``, ``api.cli.draw.trust`` and ``api.web.neighbourhood`` show them.
"""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size

from desk.facts import plain
from graph.language import N_, _, language, ngettext
from matcher.question import NEW, LeftOut, Match, Opinion, Ties, TrustItem
from matcher.trust.terms import TRUST_TERMS

NOBODY = N_("nobody asks, so no history counts")
ALREADY = N_("you work with them already: {told}")
KNOWN = N_("you know them: {told}")
PAST = N_("nothing that still counts")

_TOGETHER = {
    "completed": N_("{count} completed together{when}"),
    "took_part": N_("{count} took part together{when}"),
    "ongoing": N_("{count} under way together{when}"),
}


def in_words(opinion: Opinion, *, has_asker: bool = True, known: bool = False) -> str:
    """``opinion`` as in "3 completed together, last 2024; 1 breach in 2022". Bad news comes last, and is not left out until it expires.
    ``known``: whether there is a history, though nothing of it may count any more."""
    if not has_asker:
        return _(NOBODY)
    own = [item for item in opinion.items if item.way == "own"]
    others = _OTHERS | {"heard": _THROUGH_ANCHORS} if opinion.from_anchors else _OTHERS
    told = [_told([item for item in opinion.items if item.way == way], words) for way, words in others.items()]
    return _("; ").join([_grouped(own) if own else _(PAST) if known else _(NEW), *(one for one in told if one)])


def standing_in_words(match: Match, rank: int) -> str:
    """What trust says of a match, and what it did to its place: ``you work with them already: 2 completed together, last 2024; 5th by text
    alone``. ``rank``: its place in the answer, from 1."""
    told = in_words(match.trust, has_asker=match.known is not None, known=bool(match.known))
    if match.known:
        together = any(item.way == "own" and item.kind in _TOGETHER for item in match.trust.items)
        told = _(ALREADY if together else KNOWN, told=told)
    moved = match.text_rank not in (0, rank) and any(term.points for term in match.terms if term.name in TRUST_TERMS)
    return _("{told}; {place} by text alone", told=told, place=ordinal(match.text_rank)) if moved else told


def ordinal(number: int) -> str:
    """``number`` as a place: 1st, 2nd, 3rd, 11th."""
    if language() == "zh":
        return f"第 {number}"
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


_OTHERS = {"part_of": N_("known to {count} of your larger body: {says}"), "heard": N_("heard from {count}: {says}")}
_THROUGH_ANCHORS = N_("heard through the platform's anchors from {count}: {says}")


def _told(items: list[TrustItem], words: str) -> str:
    """What others know, and how many they are; good or bad by what it comes to."""
    if not items:
        return ""
    says = sum(item.weight * item.value for item in items)
    return _(words, count=len({item.giver for item in items}), says=_("good") if says > 0 else _("bad") if says < 0 else _("nothing"))


def _grouped(items: list[TrustItem]) -> str:
    groups: dict[tuple[bool, str], list[TrustItem]] = {}
    for item in items:
        groups.setdefault((item.value < 0, item.kind), []).append(item)
    ordered = sorted(groups.items(), key=lambda group: (group[0][0], -len(group[1]), group[0][1]))
    return _("; ").join(_phrase(kind, found) for (_is_bad, kind), found in ordered)


def _phrase(kind: str, items: list[TrustItem]) -> str:
    count = len(items)
    dates = sorted(item.date[:4] for item in items if item.date)
    if kind in _TOGETHER:
        when = "" if not dates else (f", {dates[0]}" if count == 1 else _(", last {year}", year=dates[-1]))
        return _(_TOGETHER[kind], count=count, when=when)
    when = "" if not dates else (_(" in {year}", year=dates[0]) if count == 1 else _(", last {year}", year=dates[-1]))
    if kind == "breached":
        return ngettext("{count} breach{when}", "{count} breaches{when}", count, when=when)
    if kind == "failed":
        return ngettext("{count} failure{when}", "{count} failures{when}", count, when=when)
    mean = sum(item.value for item in items) / count
    if kind == "delivery":
        return ngettext("{count} delivery ({mean:+.1f}){when}", "{count} deliveries ({mean:+.1f}){when}", count, mean=mean, when=when)
    return ngettext(
        "{count} {kind} ({mean:+.1f}){when}", "{count} {kind}s ({mean:+.1f}){when}", count, kind=plain(kind), mean=mean, when=when
    )


def item_in_words(item: TrustItem) -> str:
    """One item of evidence: what happened and what it is worth; of one against the party, until when it counts."""
    titled = _(": ") + item.title if item.title else ""
    return f"{plain(item.kind)} ({item.value:+.2f}){titled}" + (_(", counts until {day}", day=item.until) if item.until else "")


def left_out_in_words(left: LeftOut, ties: Ties | None = None) -> str:
    """What an answer left out: ``2 of your own house, 1 closed demand``; "" where that is nothing. ``ties``: those asked for."""
    told = [_("{count} of your own house", count=left.own_house)] if left.own_house else []
    told += [ngettext("{count} closed demand", "{count} closed demands", left.closed)] if left.closed else []
    if left.other_currency:
        told.append(ngettext("{count} work priced in another currency", "{count} works priced in another currency", left.other_currency))
    if left.other_ties:
        words = _("{count} new to you", count=left.other_ties) if ties is Ties.KNOWN else _("{count} known to you", count=left.other_ties)
        told.append(words)
    return _(", ").join(told)


def fit(text: str, cells: int) -> str:
    """``text`` on one line in at most ``cells`` cells, cut with an ellipsis."""
    line = " ".join(text.split())
    if cell_len(line) <= cells:
        return line
    return set_cell_size(line, max(0, cells - 1)).rstrip() + "…" if cells > 0 else ""
