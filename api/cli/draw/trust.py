"""Trust as a person reads it: an opinion with its stage, or a list of opinions.

In: the public models of ``desk.trust``. Out: lines on a rich console. Next: ``api.cli.trust``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.cli.draw.answer import INDENT, label, opinion_bar, opinion_lines, pad
from desk.trust.schemas import TrustedOut, TrustListOut, TrustOut, TrustWordsOut
from desk.wording import fit
from graph.language import _, word
from matcher.question import Opinion


def trust_screen(console: Console, told: TrustOut, opinion: Opinion, names: Mapping[str, str], *, with_log: bool) -> None:
    """One opinion: its words and bar, the stage, where it was heard, what would change it, and the log if asked for."""
    console.print(
        Text(
            _("What {asker} may believe of {target} as of {day}", asker=names[told.asker], target=names[told.target], day=told.as_of),
            style="bold",
        )
    )
    opinion_lines(console, opinion, limit=3, names=names)
    for one in told.replies:
        said = _("{item}: {target} replies: {reply}", item=one.evidence, target=names[told.target], reply=one.reply)
        state = word(one.state, "objection") if one.state != "replied" else ""
        console.print(Text(INDENT + (f"{said} ({state})" if one.reply and state else said if one.reply else f"{one.evidence}: {state}")))
    console.print(Text.assemble((INDENT + label(_("stage"), _("heard"), _("next")) + " ", "dim"), word(told.stage, "Stage")))
    for path in told.heard_through:
        start = _("the platform's anchors") if told.opinion.from_anchors else _("you")
        console.print(
            Text.assemble(
                (INDENT + label(_("heard"), _("stage"), _("next")) + " ", "dim"),
                " → ".join([start, *(path if told.opinion.from_anchors else path[1:])]),
            )
        )
    for prospect in told.prospects:
        console.print(Text.assemble((INDENT + label(_("next"), _("stage"), _("heard")) + " ", "dim"), prospect))
    for step in told.log if with_log else ():
        console.print(Text(f"{step.date or _('date unknown')}  {word(step.before, 'Stage')} → {word(step.after, 'Stage')}: {step.why}"))
        console.print(Text(f"{INDENT}{', '.join(step.facts)}", style="dim"))


def words_screen(console: Console, told: Sequence[TrustWordsOut], asker: str, day: str) -> None:
    """What is told of an asker's relations to those whose relations they are not, a line each."""
    console.print(Text(_("What is told of whom {asker} trusts as of {day}", asker=asker, day=day), style="bold"))
    for one in told:
        console.print(f"{INDENT}{pad(fit(one.name, 44), 44)}  {one.in_words}", markup=False, highlight=False)


def list_screen(console: Console, listed: TrustListOut, asker: str) -> None:
    """Whom an asker trusts most and least, a line each."""
    through = _(", through the platform's anchors") if listed.from_anchors else ""
    heading = _(
        "Whom {asker} trusts as of {day}: something is known of {known:,}{through}",
        asker=asker, day=listed.as_of, known=listed.known, through=through,
    )  # fmt: skip
    console.print(Text(heading, style="bold"))
    for heading, part in ((_("most"), listed.most), (_("least"), listed.least)):
        if part:
            console.print(Text(heading, style="dim"))
            _rows(console, part)


def _rows(console: Console, part: Sequence[TrustedOut]) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False, show_edge=False)
    for one in part:
        bar = opinion_bar(Opinion(belief=one.belief, disbelief=one.disbelief, uncertainty=one.uncertainty), 20)
        table.add_row(f"{INDENT}{pad(fit(one.name, 44), 44)}", bar, f"{one.belief - one.disbelief:+.2f}", word(one.stage, "Stage"))
    console.print(table)
