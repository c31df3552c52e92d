"""The words that people read: trust and what was left out as a phrase, a text on one line.

In: an ``Opinion`` or ``LeftOut`` of the matcher, a text. Out: phrases. Next: ``desk.ask`` and ``desk.trust`` put them into public models;
``api.cli.draw.answer``, ``api.cli.draw.trust`` and ``api.web.neighbourhood`` show them.
"""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size

from desk.facts import plain
from matcher.question import NEW, LeftOut, Match, Opinion, Ties, TrustItem
from matcher.trust.terms import TRUST_TERMS

NOBODY = "nobody asks, so no history counts"
ALREADY = "you work with them already"
KNOWN = "you know them"

_PLURAL = {"breached": "breaches", "failed": "failures", "delivery": "deliveries"}
_SINGULAR = {"breached": "breach", "failed": "failure"}
_TOGETHER = {"completed": "completed together", "took_part": "took part together", "ongoing": "under way together"}


def in_words(opinion: Opinion, *, has_asker: bool = True) -> str:
    """``opinion`` as in "3 completed together, last 2024; 1 breach in 2022". Bad news comes last and is never left out."""
    if not has_asker:
        return NOBODY
    own = [item for item in opinion.items if item.way == "own"]
    told = [_told([item for item in opinion.items if item.way == way], words) for way, words in _OTHERS.items()]
    if opinion.from_anchors:
        told = [one.replace("heard from", "heard through the platform's anchors from") for one in told]
    return "; ".join([_grouped(own) if own else NEW, *(one for one in told if one)])


def standing_in_words(match: Match, rank: int) -> str:
    """What trust says of a match, and what it did to its place: ``you work with them already: 2 completed together, last 2024; 5th by text
    alone``. ``rank``: its place in the answer, from 1."""
    told = in_words(match.trust, has_asker=match.known is not None)
    if match.known:
        together = any(item.way == "own" and item.kind in _TOGETHER for item in match.trust.items)
        told = f"{ALREADY if together else KNOWN}: {told}"
    moved = match.text_rank not in (0, rank) and any(term.points for term in match.terms if term.name in TRUST_TERMS)
    return f"{told}; {ordinal(match.text_rank)} by text alone" if moved else told


def ordinal(number: int) -> str:
    """``number`` as a place: 1st, 2nd, 3rd, 11th."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


_OTHERS = {"part_of": "known to {n} of your larger body", "heard": "heard from {n}"}


def _told(items: list[TrustItem], words: str) -> str:
    """What others know, and how many they are; good or bad by what it comes to."""
    if not items:
        return ""
    says = sum(item.weight * item.value for item in items)
    return f"{words.format(n=len({item.giver for item in items}))}: {'good' if says > 0 else 'bad' if says < 0 else 'nothing'}"


def _grouped(items: list[TrustItem]) -> str:
    groups: dict[tuple[bool, str], list[TrustItem]] = {}
    for item in items:
        groups.setdefault((item.value < 0, item.kind), []).append(item)
    ordered = sorted(groups.items(), key=lambda group: (group[0][0], -len(group[1]), group[0][1]))
    return "; ".join(_phrase(kind, found) for (_, kind), found in ordered)


def _phrase(kind: str, items: list[TrustItem]) -> str:
    count = len(items)
    dates = sorted(item.date[:4] for item in items if item.date)
    when = "" if not dates else (f" in {dates[0]}" if count == 1 else f", last {dates[-1]}")
    if kind in _TOGETHER:
        when = "" if not dates else (f", {dates[0]}" if count == 1 else f", last {dates[-1]}")
        return f"{count} {_TOGETHER[kind]}{when}"
    if kind in _SINGULAR:
        return f"{count} {_SINGULAR[kind] if count == 1 else _PLURAL[kind]}{when}"
    mean = sum(item.value for item in items) / count
    word = plain(kind) if count == 1 else _PLURAL.get(kind, f"{plain(kind)}s")
    return f"{count} {word} ({mean:+.1f}){when}"


def item_in_words(item: TrustItem) -> str:
    """One item of evidence: what happened and what it is worth."""
    titled = f": {item.title}" if item.title else ""
    return f"{plain(item.kind)} ({item.value:+.2f}){titled}"


def left_out_in_words(left: LeftOut, ties: Ties | None = None) -> str:
    """What an answer left out: ``2 of your own house, 1 closed demand``; "" where that is nothing. ``ties``: those asked for."""
    told = [f"{left.own_house} of your own house"] if left.own_house else []
    told += [f"{left.closed} closed demand{'s' if left.closed > 1 else ''}"] if left.closed else []
    dear = f"{left.other_currency} work{'s' if left.other_currency > 1 else ''} priced in another currency"
    told += [dear] if left.other_currency else []
    told += [f"{left.other_ties} {'new to you' if ties is Ties.KNOWN else 'known to you'}"] if left.other_ties else []
    return ", ".join(told)


def fit(text: str, cells: int) -> str:
    """``text`` on one line in at most ``cells`` cells, cut with an ellipsis."""
    line = " ".join(text.split())
    if cell_len(line) <= cells:
        return line
    return set_cell_size(line, max(0, cells - 1)).rstrip() + "…" if cells > 0 else ""
