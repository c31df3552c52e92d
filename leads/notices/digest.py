"""The letter that tells a member what has come up: its sections in words, and as plain text.

In: the parts of a letter as far as they may still be seen. Out: a ``Digest``, its text. Next: ``leads.notices.page`` makes HTML of the
same; ``leads.notices.notify`` sends both.

Each section says why it comes: which search, saved when and by whom, or what is followed since when, and how that is stopped. The subject
says how much there is and names nobody: it is read on locked screens.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from desk.people.sight import viewer_of
from desk.process.principals import Actor
from graph.language import N_, _, ngettext, word
from graph.model import Node
from graph.viewer import Viewer
from leads.notices import reminders
from leads.notices.compose import EVERY
from leads.notices.record import Part
from leads.process import LEAD
from leads.subscriptions.filters import Found, Pool, find, title
from leads.subscriptions.follow import BOARD
from leads.subscriptions.marks import Change

_CHANGES = {
    "state": N_("state: {before} → {after}"), "status": N_("status: {before} → {after}"), "deadline": N_("deadline: {before} → {after}"),
    "need": N_("the side that needs: {before} → {after}"), "offer": N_("the side that offers: {before} → {after}"),
    "trl": N_("TRL: {before} → {after}"), "price": N_("price: {before} → {after}"),
    "legal_status": N_("standing of the right: {before} → {after}"),
}  # fmt: skip
_LISTS = {
    "state": "lead", "status": "DemandStatus", "legal_status": "LegalStatus", "need": "side", "offer": "side",
}  # fmt: skip


class Line(NamedTuple):
    """A thing that is told: what it is called, what belongs to it, small print."""

    head: str
    body: str = ""
    note: str = ""


class Section(NamedTuple):
    """``cause``: why it comes; ``more``: what is counted alone; ``stop``: the address that ends it."""

    title: str
    lines: list[Line]
    more: list[str]
    cause: str
    stop: str


class Digest(NamedTuple):
    """A letter in words. ``stop``: the address that ends all of it."""

    subject: str
    sections: list[Section]
    stop: str


class Cause(NamedTuple):
    """Where a part comes from: ``title`` of its section, ``why``, and the address that ends it."""

    title: str
    why: str
    stop: str


def sections(pool: Pool, actor: Actor, parts: list[tuple[Part, Cause]]) -> list[Section]:
    """The parts of a letter in words, in the language of the place."""
    viewer = viewer_of(pool.store, actor)
    made = []
    for part, cause in parts:
        ids = {*part.leads, *part.rest, *(id for _partner, some in part.more for id in some)}
        seen = {one.id: one for one in find(pool, actor, EVERY, among=ids)} if ids else {}
        lines = [_lead(seen[id]) for id in part.leads if id in seen]
        lines += _changed(pool, viewer, part) if part.changes else []
        tasks = {one.id: one for one in reminders.tasks(pool, actor, part.tasks)} if part.tasks else {}
        lines += [_task(tasks[id]) for id in part.tasks if id in tasks]
        more = [_more(pool, viewer, partner, len(some)) for partner, some in part.more]
        more += [ngettext("+{count} more", "+{count} more", len(part.rest))] if part.rest else []
        made.append(Section(cause.title, lines, more, cause.why, cause.stop))
    return made


def subject(parts: list[Part]) -> str:
    """How much there is."""
    leads = sum(len(one.leads) + len(one.rest) + sum(len(some) for _partner, some in one.more) for one in parts)
    changed, tasks = sum(len(one.changes) for one in parts), sum(len(one.tasks) for one in parts)
    said = [ngettext("{count} new lead", "{count} new leads", leads)] if leads else []
    said += [ngettext("{count} change", "{count} changes", changed)] if changed else []
    said += [ngettext("{count} thing to do", "{count} things to do", tasks)] if tasks else []
    return _("Dovetail: {what}", what=_(", ").join(said))


def text(digest: Digest) -> str:
    """The letter as plain text."""
    return "\n".join(_text(digest))


def _text(digest: Digest) -> Iterator[str]:
    for one in digest.sections:
        yield from (one.title, "-" * 40)
        for line in one.lines:
            yield from (f"* {line.head}", *(f"  {said}" for said in (line.body, line.note) if said))
        yield from one.more
        yield from ("", one.cause, _("Stop this: {link}", link=one.stop), "", "")
    yield _("Stop all notices: {link}", link=digest.stop)
    yield ""


def _lead(one: Found) -> Line:
    note = _("fit {fit}", fit=f"{one.fit:.2f}") + " · " if one.fit else ""
    note += _("{state} since {day}", state=word(one.state, "lead"), day=one.since) + f" · {one.id}"
    return Line(one.need or _("(a need that is not yours to see yet)"), one.offer, note)


def _more(pool: Pool, viewer: Viewer, partner: str, count: int) -> str:
    node = pool.get([partner]).get(partner)
    if not isinstance(node, Node) or not viewer.sees(node):
        return ngettext("+{count} more", "+{count} more", count)
    return ngettext("+{count} more of {partner}", "+{count} more of {partner}", count, partner=title(viewer.view(node)))


def _changed(pool: Pool, viewer: Viewer, part: Part) -> Iterator[Line]:
    for one in part.changes:
        if one.field == "new":
            nodes = pool.store.get(one.new)
            seen = [node for id in one.new if isinstance(node := nodes.get(id), Node) and viewer.sees(node)]
            for node in seen:
                yield Line(title(node), _("new: {what}", what=word(str(node.kind_of_node))), node.id)
            left = int(one.after) - len(one.new)
            if left > 0:
                yield Line(ngettext("+{count} more", "+{count} more", left))
        elif one.field == "text":
            yield Line(_("The text was changed."))
        else:
            yield Line(_change(one))


def _change(one: Change) -> str:
    context = _LISTS.get(one.field)
    before, after = ((word(said, context) if context else said) if said else _("none") for said in (one.before, one.after))
    return _(_CHANGES[one.field], before=before, after=after)


def _task(one: reminders.Task) -> Line:
    between = _(" ↔ ").join(one.between)
    if one.is_stuck:
        head = ngettext("{state} for {count} day", "{state} for {count} days", one.days, state=word(one.state, "lead"))
        return Line(head, between, one.id)
    late = ngettext("due {day}, {count} day late", "due {day}, {count} days late", one.days, day=one.day) if one.days else _("due today")
    return Line(one.action or _("(what was to be done was erased)"), between, f"{late} · {one.id}")


def thing_title(pool: Pool, actor: Actor, thing: str) -> str:
    """What a thing that is followed is called."""
    if thing == BOARD:
        return _("To be done on your leads")
    id = thing.removeprefix(f"{LEAD.name}:")
    if id != thing:
        found = find(pool, actor, EVERY, among=[id])
        return _("Lead: {what}", what=_(" ↔ ").join(one for one in (found[0].need, found[0].offer) if one) if found else id)
    viewer, node = viewer_of(pool.store, actor), pool.get([thing])[thing]
    return title(viewer.view(node)) if isinstance(node, Node) and viewer.sees(node) else thing
