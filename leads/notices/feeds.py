"""A saved search as a feed that news readers and programs fetch: Atom (RFC 4287) and JSON Feed 1.1.

In: the secret of an address. Out: the bytes of the feed; the same for the same leads. Next: ``api.http.routes.notices``.

No clock is in a feed: it is as new as its newest lead, so that who asks with the tag of the last time is told that nothing is new. Of one
partner a day's leads are no more than the search's cap.
"""

from __future__ import annotations

from collections import defaultdict
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

import msgspec

from desk.process.act import STATE
from graph.language import _, word
from leads.subscriptions.filters import Found, chosen
from leads.subscriptions.searches import Searches

ENTRIES = 50
"""Leads of a feed, the newest."""
ATOM_TYPE, JSON_TYPE = "application/atom+xml; charset=utf-8", "application/feed+json; charset=utf-8"
_NAMESPACE = "http://www.w3.org/2005/Atom"
register_namespace("", _NAMESPACE)


class Feed(msgspec.Struct, frozen=True):
    """The leads of a search, the newest first. ``updated``: the day of the newest step of one, of the search where there are none."""

    id: str
    title: str
    updated: str
    entries: list[Found]


def feed(searches: Searches, token: str) -> Feed:
    """The feed that the secret of an address opens; without entries while the search is paused. Raises NotFound for every other."""
    id, value = searches.by_feed(token)
    found = searches.found(id, value) if value[STATE] == "active" else []
    days: defaultdict[str, list[Found]] = defaultdict(list)
    for one in found:
        days[_day(one)].append(one)
    entries = [one for day in sorted(days, reverse=True) for one in chosen(days[day], value["cap"], ENTRIES).named][:ENTRIES]
    name = searches.content(id).name or id
    return Feed(f"urn:dovetail:search:{id}", name, max(map(_day, entries), default=value["created"][:10]), entries)


def atom(one: Feed, address: str) -> bytes:
    """The feed as Atom. ``address``: where it is read."""
    root = Element(f"{{{_NAMESPACE}}}feed")
    _put(root, id=one.id, title=one.title, updated=_instant(one.updated))
    SubElement(root, f"{{{_NAMESPACE}}}link", rel="self", type="application/atom+xml", href=address)
    _put(SubElement(root, f"{{{_NAMESPACE}}}author"), name="Dovetail")
    for lead in one.entries:
        entry = SubElement(root, f"{{{_NAMESPACE}}}entry")
        _put(entry, id=_urn(lead), title=_title(lead), updated=_instant(_day(lead)), summary=_summary(lead))
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))


def json(one: Feed, address: str) -> bytes:
    """The feed as JSON Feed."""
    items = [_item(lead) for lead in one.entries]
    return msgspec.json.encode({"version": "https://jsonfeed.org/version/1.1", "title": one.title, "feed_url": address, "items": items})


def _put(parent: Element, **said: str) -> None:
    for name, text in said.items():
        SubElement(parent, f"{{{_NAMESPACE}}}{name}").text = _readable(text)


def _item(lead: Found) -> dict[str, str]:
    return {"id": _urn(lead), "title": _title(lead), "content_text": _summary(lead), "date_modified": _instant(_day(lead))}


def _urn(lead: Found) -> str:
    return f"urn:dovetail:lead:{lead.id}"


def _title(lead: Found) -> str:
    return _(" ↔ ").join((lead.need or _("(a need that is not yours to see yet)"), lead.offer))


def _summary(lead: Found) -> str:
    fit = _("fit {fit}", fit=f"{lead.fit:.2f}") + " · " if lead.fit else ""
    return fit + _("{state} since {day}", state=word(lead.state, "lead"), day=lead.since)


def _day(lead: Found) -> str:
    return max(lead.day, lead.since)


def _instant(day: str) -> str:
    return f"{day}T00:00:00Z"


def _readable(text: str) -> str:
    """``text`` without what XML has no sign for."""
    return "".join(one for one in text if one in "\t\n\r" or " " <= one <= "\ud7ff" or "\ue000" <= one <= "\ufffd" or one >= "\U00010000")
