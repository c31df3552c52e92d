"""What letters say, in the language of who gets them.

In: what a letter is about, its link. Out: a subject and a text. Next: ``desk.members.members`` and ``desk.members.sign_in`` send them.

A token stands behind the ``#`` of its link: browsers keep that to themselves, so it is in no log of a server or proxy, and a scanner of
mail that fetches every link uses up nothing. No letter carries a text that a stranger has chosen.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from graph.language import _, speaking


class Letter(NamedTuple):
    """A letter without its address. ``html``: the same for programs that show it, "" for none; ``headers``: more of them, by name."""

    subject: str
    text: str
    html: str = ""
    headers: Mapping[str, str] = MappingProxyType({})


def link(site: str, page: str, token: str) -> str:
    """The address of a ``page`` of the service at ``site`` that is handed a token."""
    return f"{site.rstrip('/')}/{page}#{token}"


def sign_in(language: str, site: str, token: str, minutes: int) -> Letter:
    """The link that signs in."""
    with speaking(language):
        return Letter(
            _("Sign in to Dovetail"),
            _(
                "This link signs you in. It opens once, within {minutes} minutes:\n\n{link}\n\nIf you have not asked for it, do nothing.\n",
                minutes=minutes, link=link(site, "sign-in", token),
            ),
        )  # fmt: skip


def invitation(language: str, site: str, token: str, institution: str, days: int) -> Letter:
    """The invitation into an institution, or onto the platform where it names none."""
    with speaking(language):
        return Letter(
            _("An invitation to Dovetail"),
            _(
                "You are invited to act for {institution} on Dovetail. This link accepts; it opens once, within {days} days:\n\n{link}\n\n"
                "If you do not expect it, do nothing.\n",
                institution=institution or _("the platform itself"), days=days, link=link(site, "accept", token),
            ),
        )  # fmt: skip


def claim(language: str, site: str, token: str, institution: str, hours: int) -> Letter:
    """The question whether the address is the claimant's own."""
    with speaking(language):
        return Letter(
            _("Confirm your address to Dovetail"),
            _(
                "Somebody asks with this address to act for {institution} on Dovetail. If it is you, confirm by this link; it opens once, "
                "within {hours} hours:\n\n{link}\n\nThe operator then looks at it. If it is not you, do nothing.\n",
                institution=institution, hours=hours, link=link(site, "claim", token),
            ),
        )  # fmt: skip


def decision(language: str, site: str, institution: str, *, is_approved: bool) -> Letter:
    """What the operator has said to a claim."""
    with speaking(language):
        said = (
            _("You can act for {institution} on Dovetail now. Sign in with this address: {link}\n", institution=institution,
              link=f"{site.rstrip('/')}/sign-in")
            if is_approved
            else _("The operator could not confirm that you act for {institution}. Write to the operator if that is wrong.\n",
                   institution=institution)
        )  # fmt: skip
        return Letter(_("Your request to Dovetail"), said)
