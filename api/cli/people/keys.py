"""``dovetail keys``: making, listing and revoking the keys by which people and programs show who they are."""

from __future__ import annotations

import click

from api.cli.output import emit_json, note
from api.cli.people.door import Door, acting
from api.cli.words import Group
from graph.language import _

ROLES = ("enterprise", "provider", "broker", "consumer", "operator")
SCOPES = ("read", "write", "ingest", "admin")


@click.group(cls=Group)
def keys() -> None:
    """Make, list and revoke the keys by which people and programs show who they are."""


@keys.command(
    epilog="""\b
Examples:
  dovetail keys create --role enterprise --institution I06 --person "Li Min" --scope read --scope write
"""
)
@click.option("--role", type=click.Choice(ROLES), required=True, help="What its holder is on the platform.")
@click.option("--person", required=True, metavar="NAME", help="Who holds it; can be erased later.")
@click.option("--institution", metavar="ID", help="The institution that its holder is a member of; for every role but the operator's.")
@click.option("--scope", "scopes", type=click.Choice(SCOPES), multiple=True, default=["read"], show_default=True, help="What it opens.")
@click.option("--expires", metavar="DAY", help="Its last day.  [in a year]")
@click.option("--reviews", is_flag=True, help="Its holder reviews demands.")
@acting("admin")
def create(
    door: Door, role: str, person: str, institution: str | None, scopes: tuple[str, ...], expires: str | None, reviews: bool
) -> None:
    """Make a key and print it, this once. Only a hash of it is kept."""
    from desk.people.keys import Keys
    from desk.process.principals import Role, Scope

    key = Keys(door.store).create(
        door.actor, Role(role), person, institution=institution, scopes=[Scope(one) for one in scopes],
        expires=expires, reviews=reviews,
    )  # fmt: skip
    emit_json({"key": key}) if door.as_json else click.echo(key)
    note(_("the key is shown only now; hand it to its holder, who sets DOVETAIL_KEY to it"))


@keys.command(
    "list",
    epilog="""\b
Examples:
  dovetail keys list
""",
)
@acting("admin")
def list_(door: Door) -> None:
    """List the keys, each with its holder, what it opens and when it was last used."""
    from desk.facts import names_of
    from desk.people.keys import Keys
    from graph.viewer import OWNER

    found = list(Keys(door.store).listed(door.actor))
    if door.as_json:
        emit_json(found)
        return
    called = names_of(door.store, {one.institution for one in found if one.institution}, OWNER)
    for one in found:
        holder = " @ ".join(part for part in (one.person, called.get(one.institution, one.institution)) if part)
        opens = ",".join(one.scopes) + (_(", reviews") if one.reviews else "")
        used = _("used {instant}", instant=one.last_used[:16]) if one.last_used else _("never used")
        state = _("until {day}", day=one.expires) if one.state == "active" else one.state
        click.echo(f"{one.prefix}  {one.role:<10}  {state:<16}  {opens}  {used}  {holder}")


@keys.command(
    epilog="""\b
Examples:
  dovetail keys revoke 9a0b1c2d --reason "lost with a laptop"
"""
)
@click.argument("prefix")
@click.option("--reason", metavar="TEXT", default="", help="Why; it stays on record.")
@acting("admin")
def revoke(door: Door, prefix: str, reason: str) -> None:
    """End the key that PREFIX, its eight characters after dvt_, names, at once and for good."""
    from desk.people.keys import Keys

    gone = Keys(door.store).revoke(door.actor, prefix, reason)
    emit_json(gone) if door.as_json else click.echo(_("{prefix}: revoked", prefix=gone.prefix))
