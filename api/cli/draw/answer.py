"""An answer as a person reads it on one screen, or one match of it in full.

In: an ``Answer`` of the matcher; for a match in full the facts of ``desk.facts``. Out: lines on a rich console. Next: ``api.cli.match``;
``api.cli.draw.trust`` draws opinions by it.

Widths are counted in terminal cells (a Chinese character takes two), so that columns stand straight in both scripts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.table import Table
from rich.text import Text

from desk.facts import Fact, plain
from desk.wording import fit, in_words, item_in_words, left_out_in_words, standing_in_words
from graph.language import _, ngettext, word
from graph.model import NodeKind
from matcher.question import MILLION, NEW, Answer, Match, Opinion, Question, Term, Want, Work, adopters_wanted
from matcher.score import FIT_BANDS

if TYPE_CHECKING:
    from leads.board.matches import Met

BAR = 20
WORD = max(len(band) for band, _ in FIT_BANDS)
FULL = 2 * MILLION
"""The points of a full bar, in every answer: a cell of a bar on a line is a tenth of a point."""
GLYPHS = {
    "meaning": ("█", "cyan"), "words": ("▓", "green"), "field": ("▚", "blue"), "trust": ("░", "yellow"), "dealings": ("▤", "yellow"),
    "topic": ("▒", "magenta"), "heard": ("▥", "magenta"),
}  # fmt: skip
OTHER = ("▞", "blue")
AGAINST = ("╳", "red")
INDENT = "   "


def pad(text: str, cells: int) -> str:
    """``text`` in exactly ``cells`` cells."""
    return set_cell_size(fit(text, cells), cells)


def points(value: int, digits: int = 3) -> str:
    """Points in millionths as a number."""
    return f"{value / MILLION:.{digits}f}"


def bar(terms: Sequence[Term], cells: int = BAR) -> Text:
    """The terms as segments of a bar of ``cells`` cells for FULL points, and no longer; a term against the candidate is crosses at the end,
    which take the last cells of a bar that is too short for all."""
    drawn = Text()
    per_cell = FULL / cells
    against = min(cells, round(sum(-term.points for term in terms if term.points < 0) / per_cell))
    reached, at = 0, 0
    for term in terms:
        reached += max(0, term.points)
        end = min(cells - against, round(reached / per_cell))
        glyph, style = GLYPHS.get(term.name, OTHER)
        drawn.append(glyph * (end - at), style=style)
        at = end
    return drawn.append(AGAINST[0] * against, style=AGAINST[1])


def legend(answer: Answer) -> Text:
    """What the segments of the bars mean."""
    names = list(dict.fromkeys(term.name for match in answer.matches for term in match.terms))
    drawn = Text()
    for name in names:
        glyph, style = GLYPHS.get(name, OTHER)
        drawn.append(glyph, style=style).append(f" {_term(name)}  ")
    if any(term.points < 0 for match in answer.matches for term in match.terms):
        drawn.append(AGAINST[0], style=AGAINST[1]).append(f" {_('against')}  ")
    return drawn


def answer_screen(console: Console, answer: Answer, asked: str, asker: str | None, met: Mapping[str, Met]) -> None:
    """The whole answer: a heading, then five lines a match, and one more where a lead with it was taken up (``met``)."""
    if not answer.credible:
        reason = answer.reason.removeprefix(_("no credible match")).lstrip(":： ")
        console.print(Text.assemble((_("No credible match: "), "bold"), reason or _("nothing fits")))
    if not answer.matches:
        _remarks(console, answer)
        return
    head = _("{matches} for ", matches=_matches(answer.question, len(answer.matches)))
    day = answer.question.as_of
    tail = _(" as of {day}, asked by {asker}", day=day, asker=asker) if asker else _(" as of {day}", day=day)
    room = console.width - cell_len(head) - 2
    quoted = fit(asked, max(20, room - min(cell_len(tail), room // 2)))
    console.print(Text.assemble((head, "bold"), f"“{quoted}”", (tail, "dim")), no_wrap=True, overflow="ellipsis")
    console.print(legend(answer).append(_("({count:,} scored)", count=answer.candidates), style="dim"), no_wrap=True, overflow="ellipsis")
    _remarks(console, answer)
    for rank, match in enumerate(answer.matches, 1):
        _match_lines(console, rank, match)
        if match.candidate in met:
            _lead_line(console, met[match.candidate])


def _matches(question: Question, count: int) -> str:
    want = question.want
    if adopters_wanted(question):
        return ngettext("{count} adopter", "{count} adopters", count)
    if want is Want.PARTNERS:
        return ngettext("{count} partner", "{count} partners", count)
    if want is Want.EXPERTS:
        return ngettext("{count} expert", "{count} experts", count)
    if want is Want.ACHIEVEMENTS:
        return ngettext("{count} achievement", "{count} achievements", count)
    if want is Want.DEMANDS:
        return ngettext("{count} demand", "{count} demands", count)
    return ngettext("{count} resource", "{count} resources", count)


def _remarks(console: Console, answer: Answer) -> None:
    """That the demand is closed, and what was left out."""
    if answer.closed:
        console.print(Text.assemble((_("This demand is closed: "), "bold"), answer.closed))
    left_out = left_out_in_words(answer.left_out, answer.question.ties)
    if left_out:
        how = _(" (--own-house lists them)") if answer.left_out.own_house else ""
        console.print(Text(fit(_("Left out: {left_out}", left_out=left_out) + how, console.width), style="dim"))


def _match_lines(console: Console, rank: int, match: Match) -> None:
    score = f"{points(match.score)} {pad(word(match.fit_band, 'fit'), WORD)} "
    name = match.name + (f" · {', '.join(match.people[:3])}" if match.people else "")
    if match.kind == "Expert":
        name += f" ({_('expert')})"
    name += f" · {', '.join(match.owners)}" if match.owners else ""
    number = f"{rank:<2} "
    room = console.width - len(number) - len(score) - BAR - 1
    line = Text.assemble((number, "bold"), (pad(name, room), "bold"), " ", score)
    console.print(line.append_text(bar(match.terms)), no_wrap=True)
    quoted: set[str] = set()
    for work in match.works[:2]:
        sentence = " ".join(work.sentence.split())
        console.print(_work_line(work, match, console.width, "" if sentence in quoted else sentence), no_wrap=True)
        quoted.add(sentence)
    words = standing_in_words(match, rank)
    lead = INDENT + label(_("trust"), _("gaps"))
    console.print(Text.assemble((lead, "dim"), fit(words, console.width - cell_len(lead))), no_wrap=True)
    gaps = folded([gap for gap in match.gaps if gap != _(NEW)])  # it is said of trust already
    if gaps:
        lead = INDENT + label(_("gaps"), _("trust"))
        console.print(Text.assemble((lead, "dim"), fit(gaps, console.width - cell_len(lead))), no_wrap=True)


def _lead_line(console: Console, met: Met) -> None:
    said = f"{met.id} {word(met.state, 'lead')}"
    if met.day:
        declined = _("declined {day}: {reason}", day=met.day, reason=word(met.reason, "reason"))
        said = f"{met.id} {declined}" if met.state == "declined" else f"{said}; {declined}"
    lead = INDENT + label(_("lead"), _("trust"), _("gaps"))
    console.print(Text.assemble((lead, "dim"), fit(said, console.width - cell_len(lead))), no_wrap=True)


def label(*said: str) -> str:
    """The first of the words that stand before the lines of a block, as wide as the widest of them and a blank."""
    return set_cell_size(said[0], max(map(cell_len, said)) + 1)


def _term(name: str) -> str:
    return word(name, "term")


def folded(gaps: Sequence[str]) -> str:
    """Gaps on one line; what several have before their colon is said once."""
    groups: dict[str, list[str]] = {}
    for gap in gaps:
        head, colon, tail = gap.partition(_(": "))
        groups.setdefault(f"{head}{colon}", []).append(tail)
    return _("; ").join(head + _(", ").join(tails) for head, tails in groups.items())


def _work_line(work: Work, match: Match, width: int, sentence: str) -> Text:
    """A work on one line, with its ``sentence`` unless that is empty. The title of a work that is itself the match stands above already."""
    number, title = _label(work, match)
    listed = work.also and _("listed {count} times", count=len(work.also) + 1)
    more = ", ".join(part for part in (work.date and work.date[:4], work.trl and f"TRL {work.trl}", listed) if part)
    more = f" ({more})" if more else ""
    room = width - len(INDENT) - cell_len(number) - 1 - cell_len(more)
    if not sentence or sentence == title:
        return Text.assemble(INDENT, (number, "dim"), " ", fit(title, room), (more, "dim"))
    shown = "" if work.id == match.candidate and title == match.name else fit(title, max(12, room * 45 // 100))
    quoted = fit(sentence, room - cell_len(shown) - 3)
    more = more if shown else more.lstrip()
    start = Text.assemble(INDENT, (number, "dim"), " ", shown, (more, "dim"))
    start.append(f"{' ' if shown or more else ''}“{quoted}”" if cell_len(quoted) > 6 else "", "italic")
    return start


def _is_profile(work: Work, match: Match) -> bool:
    """Whether it is what an institution or expert says of itself."""
    return work.id == match.candidate and work.kind in (NodeKind.INSTITUTION, NodeKind.EXPERT)


def _label(work: Work, match: Match) -> tuple[str, str]:
    """What a work is called, and its title. What an institution or expert says of itself is its profile; any other is called by its id in
    its source."""
    if _is_profile(work, match):
        return _("own"), _("profile")
    called = work.source_id if 0 < len(work.source_id) <= 14 else work.id
    called = _("demand {id}", id=called) if work.kind == NodeKind.DEMAND and work.id != match.candidate else called
    return called, " ".join((work.title or work.sentence).split()) or _("(no title)")


def explained(console: Console, rank: int, match: Match, cited: Sequence[Fact]) -> None:
    """One match fully: the sum, the works, the trust, the gaps, and every cited fact with what each term is without it."""
    kind = plain(match.kind.casefold())
    console.print(Text.assemble((f"{rank}  {match.name}", "bold"), f"  ({kind}, {match.candidate})"))
    total = " + ".join(f"{_term(term.name)} {points(term.points, 6)}" for term in match.terms).replace("+ -", "- ")
    console.print(Text(INDENT + _("score {score} = {total}", score=points(match.score, 6), total=total or _("nothing"))))
    told = _(
        "technical fit {fit}, {band}: by its works alone; it compares between questions",
        fit=f"{match.fit:.2f}", band=word(match.fit_band, "fit"),
    )  # fmt: skip
    console.print(Text(INDENT + told))
    console.print(Text(INDENT).append_text(bar(match.terms, 2 * BAR)))
    if match.people:
        console.print(Text(INDENT + _("people: {names}", names=", ".join(match.people))))
    if match.owners:
        console.print(Text(INDENT + _("owners: {names}", names=", ".join(match.owners))))
    _heading(console, _("Works it stands on"))
    for work in match.works:
        _work_block(console, work, match)
    _heading(console, _("Trust"))
    opinion_lines(console, match.trust, words=standing_in_words(match, rank))
    _heading(console, _("Gaps"))
    for gap in match.gaps or (_("none known"),):
        console.print(Text(f"{INDENT}{gap}"))
    _heading(console, _("Facts cited, and what a term would be without each"))
    for fact in cited:
        _fact_block(console, fact, match)


def _heading(console: Console, text: str) -> None:
    console.print(Text(text, style="bold underline" if console.is_terminal else "bold"))


def _work_block(console: Console, work: Work, match: Match) -> None:
    number, title = _label(work, match)
    maturity = [f"TRL {work.trl}" if work.trl else _("TRL unknown")] if work.kind == NodeKind.ACHIEVEMENT else []
    parts = [
        plain(work.kind).casefold(),
        work.date or _("date unknown"),
        *maturity,
        _("source {name}", name=f"{work.source}:{work.source_id}"),
    ]
    if _is_profile(work, match):
        parts = [_("what {name} says of itself", name=match.name)]
    parts += [_("listed as {ids} too", ids=", ".join(work.also))] if work.also else []
    console.print(_hanging(Text.assemble((number, "dim"), " ", (title, "bold"))))
    told = f"{_term('meaning')} {work.meaning:.3f}, {_term('words')} {work.words:.3f}"
    told += _(" ({share:.3f} of it estimated, in the other language)", share=work.estimated) if work.estimated else ""
    told += f", {_term('field')} {work.field:.3f}" if work.field else ""
    told += _(", counts {factor:.2f}", factor=work.factor) if work.factor < 1 else ""
    console.print(_hanging(Text(_(", ").join(parts) + _("; ") + told, style="dim")))
    if work.sentence:
        console.print(_hanging(Text(f"“{' '.join(work.sentence.split())}”", style="italic")))


def _hanging(text: Text, indent: int = len(INDENT)) -> Table:
    grid = Table.grid(padding=0)
    grid.add_column(width=indent)
    grid.add_column(overflow="fold")
    grid.add_row("", text)
    return grid


def _fact_block(console: Console, fact: Fact, match: Match) -> None:
    terms = [term for term in match.terms if fact.id in term.facts]
    without = ", ".join(f"{_term(term.name)} {points(term.points)} → {points(term.without.get(fact.id, 0))}" for term in terms)
    console.print(_hanging(Text(fact.what + _("; ") + (fact.date or _("date unknown")))))
    told = f"{fact.id}, {fact.source}:{fact.source_id}" + (_("; without it {points}", points=without) if without else "")
    console.print(_hanging(Text(told, style="dim"), 2 * len(INDENT)))


def opinion_bar(opinion: Opinion, cells: int = 40) -> Text:
    """Belief, disbelief and uncertainty as one bar."""
    belief = round(cells * opinion.belief)
    disbelief = min(cells - belief, round(cells * opinion.disbelief))
    drawn = Text("█" * belief, style="green").append("╳" * disbelief, style="red")
    return drawn.append("░" * (cells - belief - disbelief), style="dim")


def opinion_lines(
    console: Console, opinion: Opinion, *, words: str = "", limit: int = 5, names: Mapping[str, str] | None = None
) -> None:
    """An opinion: its ``words`` (or its own), its bar, and its strongest items with their dates. ``names`` of those it was heard from, by
    id."""
    console.print(_hanging(Text(words or in_words(opinion))))
    figures = "".join(
        f"  {glyph} {words} {value:.2f}"
        for glyph, words, value in (
            ("█", _("belief"), opinion.belief), ("╳", _("against"), opinion.disbelief), ("░", _("uncertainty"), opinion.uncertainty),
        )
    )  # fmt: skip
    console.print(Text(INDENT).append_text(opinion_bar(opinion, 30)).append(figures), no_wrap=True, overflow="ellipsis")
    for item in opinion.items[:limit]:
        by = (_(" by {name}", name=names[item.giver]) if names else f" ({word(item.way, 'way')})") if item.giver else ""
        weight = _(", weighs {weight:.2f}", weight=item.weight)
        console.print(_hanging(Text(f"{item.date or _('date unknown')}  {item_in_words(item)}{by}{weight}")))
    if len(opinion.items) > limit:
        console.print(Text(INDENT + _("and {count} more", count=len(opinion.items) - limit), style="dim"))
