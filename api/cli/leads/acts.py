"""``dovetail leads begin|move|note|assign|merge|unmerge``: what is done with a lead."""

from __future__ import annotations

from typing import Any

import click

from api.cli.leads.group import leads, tell_done
from api.cli.leads.lists import REASONS
from api.cli.people.door import Door, acting

WORDS = ("phone", "visit", "mail", "message", "paper")
EVENTS = (
    "shortlist", "propose", "interested", "decline", "introduce", "acknowledge", "talk", "agree", "close", "reopen", "note", "meet", "next",
    "done", "assign", "release", "merge", "unmerge",
)  # fmt: skip


def _do(door: Door, id: str, event: str, **given: Any) -> None:
    from api.settings import lead_settings
    from leads.leads import Leads

    says = {name: value for name, value in given.items() if value not in (None, False, "")}
    tell_done(door, Leads(door.store, settings=lead_settings(door.settings)).do(door.actor, id, event, says))


@leads.command(
    epilog="""\b
Examples:
  dovetail leads begin D01 A03 --as I06
"""
)
@click.argument("need")
@click.argument("offer")
@acting("write")
def begin(door: Door, need: str, offer: str) -> None:
    """Take up the lead of NEED and OFFER by hand, whether it was suggested or not."""
    from leads.leads import Leads

    tell_done(door, Leads(door.store).begin(door.actor, need, offer))


@leads.command(
    epilog="""\b
Examples:
  dovetail leads move 5d41402abc4b2a76 propose --side offer
  dovetail leads move 5d41402abc4b2a76 interested --side need --on-word phone
  dovetail leads move 5d41402abc4b2a76 decline --side offer --reason price
  dovetail leads move 5d41402abc4b2a76 introduce --agency need --fee "3% of the contract"
"""
)
@click.argument("id")
@click.argument("event", type=click.Choice(EVENTS))
@click.option("--side", type=click.Choice(("need", "offer", "broker")), help="Who is asked, answers or acknowledges.")
@click.option("--reason", type=click.Choice(REASONS), help="Why it is declined.")
@click.option("--text", metavar="TEXT", help="In words; it can be erased.")
@click.option("--on-word", type=click.Choice(WORDS), help="How the side's word was got that you note.")
@click.option("--contact", metavar="ID", help="The contact that the other side may see once you are introduced.")
@click.option("--confidential", is_flag=True, help="You promise to keep confidential what you are shown.")
@click.option("--agency", type=click.Choice(("need", "offer", "both", "none")), help="For which side you act as the broker.")
@click.option("--fee", metavar="TEXT", help="The basis of your fee.")
@click.option("--mode", type=click.Choice(("joint_entity", "contract", "supermarket")), help="Of the cooperation that was agreed upon.")
@click.option("--title", metavar="TEXT", help="Of the cooperation.")
@click.option("--amount", type=float, help="Of the cooperation, in whole units.")
@click.option("--technology-amount", type=float, help="The part of it that is paid for technology.")
@click.option("--currency", metavar="CODE", help="Of the amount, as CNY.")
@click.option("--started", metavar="DAY", help="When the cooperation began.")
@click.option("--outcome", type=click.Choice(("completed", "failed", "breached")), help="Of the cooperation.")
@click.option("--ended", metavar="DAY", help="When the cooperation ended.")
@click.option("--kind", type=click.Choice(("visit", "call")), help="Of a meeting.")
@click.option("--day", metavar="DAY", help="Of a meeting, or until which something is to be done.")
@click.option("--action", metavar="TEXT", help="What is to be done next; it can be erased.")
@click.option("--broker", metavar="INSTITUTION", help="Whom it is assigned to.")
@click.option("--into", metavar="ID", help="The lead that goes on.")
@acting("write")
def move(door: Door, id: str, event: str, **given: Any) -> None:
    """Do EVENT with the lead ID. Which event is possible when, and what goes with it, is in docs/processes.md."""
    _do(door, id, event, **given)


@leads.command(
    "note",
    epilog="""\b
Examples:
  dovetail leads note 5d41402abc4b2a76 "They want to see the line in May."
""",
)
@click.argument("id")
@click.argument("text")
@acting("write")
def note_(door: Door, id: str, text: str) -> None:
    """Note TEXT on the lead ID, for whoever works on it."""
    _do(door, id, "note", text=text)


@leads.command(
    epilog="""\b
Examples:
  dovetail leads assign 5d41402abc4b2a76 I09
"""
)
@click.argument("id")
@click.argument("institution")
@click.option("--person", metavar="ID", help="The principal there who works on it.")
@acting("write")
def assign(door: Door, id: str, institution: str, person: str | None) -> None:
    """Give the lead ID to the broker INSTITUTION to work on."""
    _do(door, id, "assign", broker=institution, person=person)


@leads.command(
    epilog="""\b
Examples:
  dovetail leads merge 5d41402abc4b2a76 7d793037a0760186
"""
)
@click.argument("id")
@click.argument("into")
@acting("write")
def merge(door: Door, id: str, into: str) -> None:
    """Let the lead INTO go on in place of the lead ID."""
    _do(door, id, "merge", into=into)


@leads.command(
    epilog="""\b
Examples:
  dovetail leads unmerge 5d41402abc4b2a76
"""
)
@click.argument("id")
@acting("write")
def unmerge(door: Door, id: str) -> None:
    """Undo the merge of the lead ID."""
    _do(door, id, "unmerge")
