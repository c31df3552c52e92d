"""``dovetail match``: a question in, ranked partners with their reasons out."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from api.cli import frame
from api.cli.output import emit_json, note, screen
from api.cli.people.door import SHELL
from api.cli.words import Command
from graph.dates import end_of_period
from graph.language import _, ngettext

if TYPE_CHECKING:
    from desk.schemas import MatchRequest
    from graph.store import Store
    from graph.viewer import Viewer
    from leads.board.matches import Met
    from matcher.question import Answer

ROLES = ("providers", "adopters")
WANTS = ("partners", "achievements", "experts", "demands", "resources")
CLEARANCES = ("public", "members", "confidential")
_FILTERS = {
    "countries": "country", "regions": "region", "kinds": "kind", "trl_min": "trl_min", "price_max": "price_max", "language": "language",
    "maturities": "maturity", "legal_statuses": "legal_status", "licences": "licence", "transfer_forms": "transfer_form",
    "routes": "route", "sizes": "size", "industries": "industry", "qualifications": "qualification",
}  # fmt: skip
"""The option of each filter."""
_OPTIONS = {"text": "TEXT", "k": "-k", "ties": "--new-partners"}
_OPTIONS |= {name: f"--{option.replace('_', '-')}" for name, option in _FILTERS.items()}


@click.command(
    cls=Command,
    epilog="""\b
Examples:
  dovetail match "low-temperature sintering of silver paste"
  dovetail match --demand D03 --country CN --trl-min 5
  dovetail match --demand D03 --explain 1
  dovetail match - --want experts --json < problem.txt
""",
)
@click.argument("text", required=False)
@click.option("--demand", metavar="ID", help="The question is this demand's text; the asker is who posted it.")
@click.option("--about", metavar="ID", help="The question is the text of this node, of any kind.")
@click.option("--want", type=click.Choice(WANTS), default="partners", show_default=True, help="What is looked for.")
@click.option("--role", type=click.Choice(ROLES), help="Of partners: who has it, or who would use it.  [adopters of a result]")
@click.option("-k", type=int, default=5, show_default=True, help="How many at most (1 to 100).")
@click.option("--asker", metavar="ID", help="Who asks: its experience makes the trust term (id or name).")
@click.option("--as-of", metavar="DATE", help="Answer as of this day: later facts do not exist.  [today]")
@click.option("--region", multiple=True, help="Only candidates of this region, or of an unknown one (may be repeated).")
@click.option("--country", multiple=True, help="The same for a country, as in CN (may be repeated).")
@click.option("--kind", multiple=True, help="The same for a kind of candidate, as in university (may be repeated).")
@click.option("--trl-min", type=int, help="Only works of this TRL or more, or of unknown TRL.")
@click.option("--price-max", metavar="AMOUNT", help="Only works of this price or less, as in 50万 or '80000 EUR', or of unknown price.")
@click.option("--language", type=click.Choice(["zh", "en"]), help="Only works written mostly in this language.")
@click.option("--maturity", multiple=True, help="Only works of this stage, as in pilot, or of an unknown one (may be repeated).")
@click.option("--legal-status", multiple=True, help="The same for the status of the right, as in granted (may be repeated).")
@click.option("--licence", multiple=True, help="The same for a form of licence, as in exclusive (may be repeated).")
@click.option("--transfer-form", multiple=True, help="The same for a way to pass it on, as in equity (may be repeated).")
@click.option("--route", multiple=True, help="Only demands of this route, as in open_call, or of an unknown one (may be repeated).")
@click.option("--industry", multiple=True, help="Only candidates of an industry whose name or code begins so (may be repeated).")
@click.option("--size", multiple=True, help="Only institutions of this size, as in small, or of an unknown one (may be repeated).")
@click.option("--qualification", multiple=True, help="Only those that hold a qualification of which this is a part (may be repeated).")
@click.option("--weak", is_flag=True, help="Also list what is below the bar of credibility.")
@click.option("--own-house", is_flag=True, help="Also list the asker's own house: parts, larger bodies, people.")
@click.option("--new-partners", "ties", flag_value="new", help="Only candidates with whom the asker has no history.")
@click.option("--known-partners", "ties", flag_value="known", help="Only candidates with whom the asker has one.")
@click.option(
    "--clearance", type=click.Choice(CLEARANCES), default="confidential", show_default=True, help="Who looks: texts up to this visibility."
)
@click.option("--explain", metavar="N", type=int, help="Open match N fully: every term, every cited fact.")
@frame.shared(model=True)
def match(
    text: str | None, demand: str | None, about: str | None, explain: int | None, as_json: bool, store: str | None, model: str | None,
    **asked: Any,
) -> None:  # fmt: skip
    """Rank who or what fits TEXT (- reads it from stdin), with the reasons and the gaps.

    "No credible match" is an answer: it is printed with its reason, and the exit code is 0.
    """
    from desk import ask
    from graph.errors import InvalidInput
    from graph.model import Visibility
    from graph.viewer import Viewer

    if demand and about:
        raise InvalidInput(_("--demand and --about are two questions; give one"))
    viewer = Viewer(clearance=Visibility(asked.pop("clearance")))
    request = _request(text, demand or about, asked)
    chosen = frame.settings(store=store, model=model)
    with frame.opened(chosen) as opened:
        if demand:
            request = ask.of_poster(request, demand, opened, viewer=viewer)
        answer = _answer(request, opened, chosen, viewer)
        explained = _explained(explain, answer)
        met = _met(answer, opened, viewer)
        if as_json:
            contact = chosen.operator_contact
            document = ask.document(answer, opened, viewer=viewer, explained=explained, contact=contact)
            if met:
                from leads.board.matches import with_leads

                document = with_leads(document, met)
            emit_json(document.model_dump(mode="json"))
        else:
            _draw(answer, request, opened, viewer, explained, met)
            if told := ask.notice(answer, opened, viewer=viewer, contact=chosen.operator_contact):
                note(told)


def _request(text: str | None, about: str | None, asked: dict[str, Any]) -> MatchRequest:
    from pydantic import ValidationError

    from api.rules import rule_of
    from desk.schemas import MatchRequest
    from graph.errors import InvalidInput

    if text == "-":
        text = _stdin()
    filters = {name: asked[option] for name, option in _FILTERS.items()}
    given = {name: asked[name] for name in ("want", "role", "k", "asker", "as_of", "own_house", "ties")}
    given |= {"include_weak": asked["weak"], "about": about}
    with suppress(ValueError):  # of a month or a year its last day
        given["as_of"] = asked["as_of"] and end_of_period(asked["as_of"]).isoformat()
    if text is None and about is None:
        raise InvalidInput(_("ask something: give a text, --demand or --about"))
    try:
        return MatchRequest.model_validate({**given, "text": frame.readable(text or "", "TEXT"), "filters": filters})
    except ValidationError as error:
        first = error.errors()[0]
        place = next((str(part) for part in first["loc"] if part != "filters"), "text")
        raise InvalidInput(rule_of(first), field=_OPTIONS.get(place, f"--{place.replace('_', '-')}")) from error


def _stdin() -> str:
    from graph.errors import InvalidInput

    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(_("the bytes are not UTF-8 text"), file="stdin") from error


def _answer(request: MatchRequest, store: Store, chosen: Any, viewer: Viewer) -> Answer:
    from desk import ask
    from graph.errors import InvalidInput
    from matcher.index.snapshot import Snapshot

    embedder = frame.embedder(chosen, store)
    try:
        return ask.ask(request, Snapshot.open(store, embedder), embedder, viewer=viewer)
    except InvalidInput as error:
        name = (error.field or "").removeprefix("filters.")
        if name in _OPTIONS:
            raise InvalidInput(error.rule, field=_OPTIONS[name]) from error
        raise


def _explained(wanted: int | None, answer: Answer) -> tuple[int, ...]:
    from graph.errors import InvalidInput

    if wanted is None:
        return ()
    if not 1 <= wanted <= len(answer.matches):
        count = len(answer.matches)
        raise InvalidInput(ngettext("there is {count} match", "there are {count} matches", count), field="--explain")
    return (wanted,)


def _met(answer: Answer, store: Store, viewer: Viewer) -> dict[str, Met]:
    """What has become of the leads with the candidates: at the shell the operator's to see, but for who asks what others see."""
    from desk.process.principals import Actor, Role
    from graph.viewer import OWNER

    if viewer != OWNER or answer.question.about is None:
        return {}
    from leads.board.matches import met

    return met(store, Actor(id=SHELL, role=Role.OPERATOR), viewer, answer.question.about, [one.candidate for one in answer.matches])


def _draw(
    answer: Answer, request: MatchRequest, store: Store, viewer: Viewer, explained: tuple[int, ...], met: dict[str, Met]
) -> None:
    from api.cli.draw.answer import answer_screen
    from api.cli.draw.answer import explained as draw_explained
    from desk import ask
    from desk.facts import names_of

    ids = [one for one in (answer.question.about, answer.question.asker) if one]
    names = names_of(store, ids, viewer)
    with screen() as target:
        for rank in explained:
            one = answer.matches[rank - 1]
            draw_explained(target, rank, one, ask.facts_of(one, answer, store, viewer))
        if not explained:
            asked = request.text or names.get(answer.question.about or "", "")
            answer_screen(target, answer, asked, names.get(answer.question.asker or ""), met)
    if target.is_terminal and answer.matches and not explained:
        note(_("add --explain N to see every reason and cited fact of match N"))
