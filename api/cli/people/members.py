"""``dovetail members``: how people join an institution, and sign in by a link that comes by mail."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from api.cli.output import emit_json, note
from api.cli.people.door import Door, acting
from api.cli.people.events import Option, add_event
from api.cli.people.lines import tell, tell_fields
from api.cli.words import Group
from graph.language import LANGUAGES, N_, _

if TYPE_CHECKING:
    from desk.members.members import Member, Members
    from desk.members.sign_in import SignIn

ROLES = ("enterprise", "provider", "broker", "consumer")


@click.group(cls=Group)
def members() -> None:
    """Invite people into an institution, approve who claims one, and let them sign in by a link that comes by mail."""


@contextmanager
def _services(door: Door) -> Iterator[tuple[Members, SignIn]]:
    """The members of the store and their sessions; letters that wait are sent before the end."""
    from api.settings import mail_server
    from desk.members.callers import services
    from desk.members.post import Post

    post = Post(mail_server(door.settings))
    made = services(door.store, post, door.settings.site)
    try:
        yield made.members, made.sign_in
    finally:
        post.close()


def _tell(door: Door, member: Member) -> None:
    emit_json(member) if door.as_json else click.echo(_("{id}: {state}", id=member.id, state=member.state))


def _token() -> str:
    """The token on stdin, or that of a link on stdin: on a command line, the shell's history and other users would see it."""
    return sys.stdin.read().strip().rpartition("#")[2]


_mail = click.argument("mail")
_name = click.option("--name", required=True, metavar="NAME", help="How the person is called; can be erased later.")
_language = click.option("--letters", type=click.Choice(LANGUAGES), help="The language of letters.  [that of the output]")


@members.command(
    epilog="""\b
Examples:
  dovetail members invite li@firm.example --name "Li Min" --role enterprise --institution I06
"""
)
@_mail
@_name
@click.option("--role", type=click.Choice(ROLES), required=True, help="What the person is on the platform.")
@click.option("--institution", metavar="NAME", help="The institution; your own if you are no operator.")
@_language
@acting("write")
def invite(door: Door, mail: str, name: str, role: str, institution: str | None, letters: str | None) -> None:
    """Invite the person at the address MAIL into an institution: a letter goes there."""
    from desk.process.principals import Role

    with _services(door) as (made, _sign_in):
        _tell(door, made.invite(door.actor, mail, name, Role(role), institution=institution, speaks=letters or ""))


@members.command(
    epilog="""\b
Examples:
  dovetail members appoint wang@centre.example --name "Wang Lei" --role broker --institution I13 --reviews
"""
)
@_mail
@_name
@click.option("--role", type=click.Choice((*ROLES, "operator")), required=True, help="What the person is on the platform.")
@click.option("--institution", metavar="NAME", help="The institution; for every role but the operator's.")
@click.option("--reviews", is_flag=True, help="The person reviews demands.")
@_language
@acting("admin")
def appoint(door: Door, mail: str, name: str, role: str, institution: str | None, reviews: bool, letters: str | None) -> None:
    """Invite the person at the address MAIL to run the platform, or to review demands: a letter goes there."""
    from desk.process.principals import Role

    with _services(door) as (made, _sign_in):
        said = {"institution": institution, "speaks": letters or "", "is_appointed": True, "reviews": reviews}
        _tell(door, made.invite(door.actor, mail, name, Role(role), **said))  # type: ignore[arg-type]


@members.command(
    epilog="""\b
Examples:
  dovetail members claim li@firm.example --name "Li Min" --role enterprise --number reg:CN-33-E-2201
"""
)
@_mail
@_name
@click.option("--role", type=click.Choice(ROLES), required=True, help="What the person is on the platform.")
@click.option("--number", required=True, metavar="CODE", help="The institution's credit code, or its number in another register.")
@_language
@acting("")
def claim(door: Door, mail: str, name: str, role: str, number: str, letters: str | None) -> None:
    """Ask, as the person at the address MAIL, to act for the institution with this number.

    A letter asks whether the address is yours; then the operator decides.
    """
    from desk.process.principals import Role

    with _services(door) as (made, _sign_in):
        made.claim(mail, name, Role(role), number, speaks=letters or "")
    _told(door, _("a letter is on its way, if not too many went to this address; confirm by its link: dovetail members confirm"))


@members.command(
    "sign-in",
    epilog="""\b
Examples:
  dovetail members sign-in li@firm.example
""",
)
@_mail
@acting("")
def sign_in(door: Door, mail: str) -> None:
    """Ask for a link that signs the member at the address MAIL in."""
    with _services(door) as (_members, made):
        made.sign_in(mail)
    _told(door, _("a letter is on its way, if the address is a member's; open its link: dovetail members session"))


def _told(door: Door, text: str) -> None:
    emit_json({"sent": text}) if door.as_json else click.echo(text)


@members.command(
    epilog="""\b
Examples:
  dovetail members session < link.txt
"""
)
@acting("")
def session(door: Door) -> None:
    """Open a session by the link that signs in, on stdin, and print what DOVETAIL_KEY is set to for it."""
    with _services(door) as (_members, made):
        opened = made.session(_token())
    emit_json({"session": opened}) if door.as_json else click.echo(opened)
    note(_("good for twelve hours, for whoever has it; set DOVETAIL_KEY to it"))


@members.command(
    "sign-out",
    epilog="""\b
Examples:
  dovetail members sign-out < session.txt
""",
)
@acting("")
def sign_out(door: Door) -> None:
    """End the session on stdin."""
    with _services(door) as (_members, made):
        made.sign_out(_token())
    _told(door, _("signed out"))


def _by_link(name: str, help: str) -> None:
    """Make the command of an event that somebody does by the link of a letter."""

    @acting("")
    def do(door: Door) -> None:
        with _services(door) as (made, _sign_in):
            _tell(door, getattr(made, name)(_token()))

    members.command(name, help=help, epilog=f"\b\nExamples:\n  dovetail members {name} < link.txt\n")(do)


_by_link("accept", N_("Become a member by the link of an invitation, on stdin."))
_by_link("confirm", N_("Put a claim before the operator by the link of its letter, on stdin."))


@members.command(
    "list",
    epilog="""\b
Examples:
  dovetail members list
""",
)
@acting("read")
def list_(door: Door) -> None:
    """List the members: those of your institution; all of them to the operator."""
    from desk.facts import names_of
    from graph.viewer import OWNER

    with _services(door) as (made, _sign_in):
        found = list(made.listed(door.actor))
    if door.as_json:
        emit_json(found)
        return
    called = names_of(door.store, {one.institution for one in found if one.institution}, OWNER)
    for one in found:
        where = called.get(one.institution, one.institution) or _("the platform itself")
        who = f"{one.name} <{one.mail}>" if one.name else _("(erased)")
        click.echo(f"{one.id}  {one.state:<8}  {one.role:<10}  {where}  {who}")


@members.command(
    epilog="""\b
Examples:
  dovetail members show 0a1b2c3d4e5f
"""
)
@click.argument("id")
@acting("read")
def show(door: Door, id: str) -> None:
    """Show the member ID, what was done, and what you can do."""
    import msgspec

    with _services(door) as (made, _sign_in):
        found, entries = made.show(door.actor, id), made.history(door.actor, id)
    fields = msgspec.structs.asdict(found)
    if door.as_json:
        emit_json(fields | {"history": entries})
        return
    events = fields.pop("events")
    tell_fields(fields | {_("next"): list(events)})
    tell(entries, as_json=False)


_reason: Option = click.option("--reason", metavar="TEXT", default="", help="Why; it stays on record.")


def _event(name: str, *options: Option, scope: str = "write", help: str) -> None:
    """Make the command of an event that somebody does to another member."""

    def do(door: Door, id: str, **given: Any) -> None:
        with _services(door) as (made, _sign_in):
            getattr(made, name)(door.actor, id, **given)
            after = made.show(door.actor, id)
        _tell(door, after)

    add_event(members, name, do, *options, scope=scope, help=help)


_event("remind", help=N_("Send the invitation of the member ID again; the earlier link opens no more."))
_event("approve", scope="admin", help=N_("Find the claim ID to be true; a letter says so."))
_event("reject", _reason, scope="admin", help=N_("Do not find the claim ID to be true; a letter says so, without the reason."))
_event("remove", _reason, help=N_("End the membership or the invitation ID, and every session of it."))
_event("erase", help=N_("Erase name and address of the member ID, who is none any more."))


@members.command(
    epilog="""\b
Examples:
  dovetail members leave
"""
)
@acting("write")
def leave(door: Door) -> None:
    """End your own membership, and every session of it."""
    with _services(door) as (made, _sign_in):
        made.leave(door.actor)
    _told(door, _("ended"))
