"""An answer as a person reads it on one screen, or one match of it in full.

In: an ``Answer`` of the matcher; for a match in full the facts of ``desk.facts``. Out: lines on a rich console. Next: ``api.cli.match``;
``api.cli.draw.trust`` draws opinions by it.

Widths are counted in terminal cells (a Chinese character takes two), so that columns stand straight in both scripts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.table import Table
from rich.text import Text

from desk.facts import Fact, plain
from desk.wording import fit, in_words, item_in_words, left_out_in_words, standing_in_words
from graph.model import NodeKind
from matcher.question import MILLION, NEW, Answer, Match, Opinion, Term, Work, adopters_wanted

BAR = 20
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
        drawn.append(glyph, style=style).append(f" {plain(name)}  ")
    if any(term.points < 0 for match in answer.matches for term in match.terms):
        drawn.append(AGAINST[0], style=AGAINST[1]).append(" against  ")
    return drawn


def answer_screen(console: Console, answer: Answer, asked: str, asker: str | None) -> None:
    """The whole answer: a heading, then five lines a match."""
    if not answer.credible:
        reason = answer.reason.removeprefix("no credible match").lstrip(": ")
        console.print(Text.assemble(("No credible match: ", "bold"), reason or "nothing fits"))
    if not answer.matches:
        _remarks(console, answer)
        return
    by = f", asked by {asker}" if asker else ""
    wanted = "adopters" if adopters_wanted(answer.question) else answer.question.want.value
    want = wanted if len(answer.matches) != 1 else wanted.removesuffix("s")
    head, tail = f"{len(answer.matches)} {want} for ", f" as of {answer.question.as_of}{by}"
    room = console.width - cell_len(head) - 2
    quoted = fit(asked, max(20, room - min(cell_len(tail), room // 2)))
    console.print(Text.assemble((head, "bold"), f"“{quoted}”", (tail, "dim")), no_wrap=True, overflow="ellipsis")
    console.print(legend(answer).append(f"({answer.candidates:,} scored)", style="dim"), no_wrap=True, overflow="ellipsis")
    _remarks(console, answer)
    for rank, match in enumerate(answer.matches, 1):
        _match_lines(console, rank, match)


def _remarks(console: Console, answer: Answer) -> None:
    """That the demand is closed, and what was left out."""
    if answer.closed:
        console.print(Text.assemble(("This demand is closed: ", "bold"), answer.closed))
    left_out = left_out_in_words(answer.left_out, answer.question.ties)
    if left_out:
        how = " (--own-house lists them)" if answer.left_out.own_house else ""
        console.print(Text(fit(f"Left out: {left_out}{how}", console.width), style="dim"))


def _match_lines(console: Console, rank: int, match: Match) -> None:
    score = f"{points(match.score)} "
    name = match.name + (f" · {', '.join(match.people[:3])}" if match.people else "")
    if match.kind == "Expert":
        name += " (expert)"
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
    console.print(Text.assemble((f"{INDENT}trust ", "dim"), fit(words, console.width - 9)), no_wrap=True)
    gaps = folded([gap for gap in match.gaps if gap != NEW])  # it is said of trust already
    if gaps:
        console.print(Text.assemble((f"{INDENT}gaps  ", "dim"), fit(gaps, console.width - 9)), no_wrap=True)


def folded(gaps: Sequence[str]) -> str:
    """Gaps on one line; what several have before their colon is said once."""
    groups: dict[str, list[str]] = {}
    for gap in gaps:
        head, colon, tail = gap.partition(": ")
        groups.setdefault(f"{head}{colon}", []).append(tail)
    return "; ".join(head + ", ".join(tails) for head, tails in groups.items())


def _work_line(work: Work, match: Match, width: int, sentence: str) -> Text:
    """A work on one line, with its ``sentence`` unless that is empty. The title of a work that is itself the match stands above already."""
    label, title = _label(work, match)
    listed = work.also and f"listed {len(work.also) + 1} times"
    more = ", ".join(part for part in (work.date and work.date[:4], work.trl and f"TRL {work.trl}", listed) if part)
    more = f" ({more})" if more else ""
    room = width - len(INDENT) - cell_len(label) - 1 - cell_len(more)
    if not sentence or sentence == title:
        return Text.assemble(INDENT, (label, "dim"), " ", fit(title, room), (more, "dim"))
    shown = "" if work.id == match.candidate and title == match.name else fit(title, max(12, room * 45 // 100))
    quoted = fit(sentence, room - cell_len(shown) - 3)
    more = more if shown else more.lstrip()
    start = Text.assemble(INDENT, (label, "dim"), " ", shown, (more, "dim"))
    start.append(f"{' ' if shown or more else ''}“{quoted}”" if cell_len(quoted) > 6 else "", "italic")
    return start


def _label(work: Work, match: Match) -> tuple[str, str]:
    """What a work is called, and its title. What an institution or expert says of itself is its profile; any other is called by its id in
    its source."""
    if work.id == match.candidate and work.kind in (NodeKind.INSTITUTION, NodeKind.EXPERT):
        return "own", "profile"
    called = work.source_id if 0 < len(work.source_id) <= 14 else work.id
    called = f"demand {called}" if work.kind == NodeKind.DEMAND and work.id != match.candidate else called
    return called, " ".join((work.title or work.sentence).split()) or "(no title)"


def explained(console: Console, rank: int, match: Match, cited: Sequence[Fact]) -> None:
    """One match fully: the sum, the works, the trust, the gaps, and every cited fact with what each term is without it."""
    kind = match.kind.casefold()
    console.print(Text.assemble((f"{rank}  {match.name}", "bold"), f"  ({kind}, {match.candidate})"))
    total = " + ".join(f"{plain(term.name)} {points(term.points, 6)}" for term in match.terms).replace("+ -", "- ")
    console.print(Text(f"{INDENT}score {points(match.score, 6)} = {total or 'nothing'}"))
    console.print(Text(INDENT).append_text(bar(match.terms, 2 * BAR)))
    if match.people:
        console.print(Text(f"{INDENT}people: {', '.join(match.people)}"))
    if match.owners:
        console.print(Text(f"{INDENT}owners: {', '.join(match.owners)}"))
    _heading(console, "Works it stands on")
    for work in match.works:
        _work_block(console, work, match)
    _heading(console, "Trust")
    opinion_lines(console, match.trust, words=standing_in_words(match, rank))
    _heading(console, "Gaps")
    for gap in match.gaps or ("none known",):
        console.print(Text(f"{INDENT}{gap}"))
    _heading(console, "Facts cited, and what a term would be without each")
    for fact in cited:
        _fact_block(console, fact, match)


def _heading(console: Console, text: str) -> None:
    console.print(Text(text, style="bold underline" if console.is_terminal else "bold"))


def _work_block(console: Console, work: Work, match: Match) -> None:
    label, title = _label(work, match)
    maturity = [f"TRL {work.trl}" if work.trl else "TRL unknown"] if work.kind == NodeKind.ACHIEVEMENT else []
    parts = [plain(work.kind).casefold(), work.date or "date unknown", *maturity, f"source {work.source}:{work.source_id}"]
    if label == "own":
        parts = [f"what {match.name} says of itself"]
    parts += [f"listed as {', '.join(work.also)} too"] if work.also else []
    console.print(_hanging(Text.assemble((label, "dim"), " ", (title, "bold"))))
    told = f"meaning {work.meaning:.3f}, words {work.words:.3f}" + (f", field {work.field:.3f}" if work.field else "")
    told += f", counts {work.factor:.2f}" if work.factor < 1 else ""
    console.print(_hanging(Text(f"{', '.join(parts)}; {told}", style="dim")))
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
    without = ", ".join(f"{plain(term.name)} {points(term.points)} → {points(term.without.get(fact.id, 0))}" for term in terms)
    console.print(_hanging(Text(f"{fact.what}; {fact.date or 'date unknown'}")))
    told = f"{fact.id}, {fact.source}:{fact.source_id}" + (f"; without it {without}" if without else "")
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
    figures = f"  █ belief {opinion.belief:.2f}  ╳ disbelief {opinion.disbelief:.2f}  ░ uncertainty {opinion.uncertainty:.2f}"
    console.print(Text(INDENT).append_text(opinion_bar(opinion, 30)).append(figures), no_wrap=True, overflow="ellipsis")
    for item in opinion.items[:limit]:
        by = (f" by {names[item.giver]}" if names else f" ({plain(item.way)})") if item.giver else ""
        console.print(_hanging(Text(f"{item.date or 'date unknown'}  {item_in_words(item)}{by}, weighs {item.weight:.2f}")))
    if len(opinion.items) > limit:
        console.print(Text(f"{INDENT}and {len(opinion.items) - limit} more", style="dim"))
