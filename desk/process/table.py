"""A process as a table: from which states an event leads to which, who may do it, and what must hold.

In: transitions. Out: a ``Process``, which finds the transition of an event and refuses every other; its table and its diagram in Markdown.
Next: ``desk.process.demand`` is one; ``desk.process.act`` walks it; docs/processes.md is made of it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from graph.errors import InvalidInput, NotFound, NotPossible
from graph.language import N_, _, word


class Who(StrEnum):
    """What somebody is to a thing."""

    OWNER = "owner"
    """A member of the institution whose thing it is."""
    AGENT = "agent"
    """A member of the institution that acts on the owner's behalf."""
    REVIEWER = "reviewer"
    """Whoever the operator has named to look things over, and the operator; never for a thing of one's own institution."""
    LET_IN = "let in"
    """A member of an institution that the owner has let in."""
    PERSON = "person"
    """The person whom it is about, known by what was sent to the person's own mail address, or signed in."""
    TARGET = "target"
    """A member of the institution that it is about."""
    GIVER = "giver"
    """A member of the institution that gave it."""
    GUEST = "guest"
    """A member of the institution that is to be let in, or of a side that is invited."""
    BROKER = "broker"
    """A broker to whom it is assigned, or who may see both of its ends while it is assigned to nobody."""
    OPERATOR = "operator"
    CLOCK = "clock"
    """The platform itself, when a day has come."""


Value = dict[str, Any]
Condition = Callable[[Value, str], str]
"""What is wrong with doing it as the thing stands, "" where nothing is: of the thing's value and the instant (UTC, ISO 8601)."""
Check = Callable[[Value, Mapping[str, Any], str], str]
"""What is wrong with doing it, "" where nothing is: of the thing's value, what is said with the event, and the instant (UTC, ISO 8601).
A marked constant or a ``Message``: it is told in the language of the place."""


@dataclass(frozen=True, kw_only=True)
class Transition:
    """``event`` leads from each of ``before`` to ``after`` ("" in ``before``: the thing is made by it; "" as ``after``: the state stays).
    ``says``: the fields that must come with the event and what each is; ``may_say``: those that may; ``when``: what must hold of the
    thing, in words, and how that is seen; ``guards``: what must hold of what is said."""

    event: str
    before: tuple[str, ...]
    after: str
    who: frozenset[Who]
    does: str
    says: Mapping[str, str]
    may_say: Mapping[str, str]
    when: Mapping[str, Condition]
    guards: Mapping[str, Check]

    def check(self, value: Value, says: Mapping[str, Any], at: str) -> None:
        """Raises NotPossible for the first condition that does not hold, InvalidInput for the first guard."""
        for condition in self.when.values():
            if wrong := condition(value, at):
                raise NotPossible(wrong)
        for guard in self.guards.values():
            if wrong := guard(value, says, at):
                raise InvalidInput(wrong)


def transition(
    event: str, before: str, after: str, who: Sequence[Who], does: str,
    *, says: Mapping[str, str] | None = None, may_say: Mapping[str, str] | None = None, when: Mapping[str, Condition] | None = None,
    guards: Mapping[str, Check] | None = None,
) -> Transition:  # fmt: skip
    """A row of the table; ``before`` are states parted by blanks."""
    return Transition(
        event=event, before=tuple(before.split()) or ("",), after=after, who=frozenset(who), does=does, says=says or {},
        may_say=may_say or {}, when=when or {}, guards=guards or {},
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Process:
    """``name``: the type of its streams in the journal. ``states`` by name, each in words. No event has two rows for one state."""

    name: str
    states: Mapping[str, str]
    transitions: tuple[Transition, ...]

    def find(self, state: str, event: str) -> Transition:
        """The transition of ``event`` from ``state`` ("": it is not there yet). Raises InvalidInput for an event that
        there is not, NotPossible for one that does not lead on from there, naming what can be done."""
        for one in self.transitions:
            if one.event == event and state in one.before:
                return one
        known = sorted({one.event for one in self.transitions})
        if event not in known:
            text = N_("there is no {event} in the process of the {name}; there is {events}")
            raise InvalidInput(_(text, event=event, name=self.noun, events=", ".join(known)))
        events = ", ".join(self.events(state)) or _("nothing more")
        text = N_("the {name} that is {state} has no {event}; it has {events}")
        if not state:
            text = N_("the {name} that is not there yet has no {event}; it has {events}")
        raise NotPossible(_(text, name=self.noun, state=state, event=event, events=events))

    def missing(self, id: str) -> NotFound:
        """The answer for a thing that is not there, and for one that is not for the asker's eyes: the same words."""
        return NotFound(_("there is no {name} {id}", name=self.noun, id=id))

    @property
    def noun(self) -> str:
        """What its things are called, in the language of the place."""
        return word(self.name, "process")

    def events(self, state: str) -> list[str]:
        """The events that lead on from a state."""
        return [one.event for one in self.transitions if state in one.before]

    def open_to(self, who: Collection[Who], value: Value, at: str) -> list[str]:
        """The events that somebody who is ``who`` to a thing can do with it as it stands, at an instant."""
        found = [one for one in self.transitions if value["state"] in one.before and one.who.intersection(who)]
        return [one.event for one in found if not any(condition(value, at) for condition in one.when.values())]

    def words(self, state: str) -> str:
        """A state's name as the page has it."""
        return state.replace("_", " ")

    @property
    def finals(self) -> list[str]:
        """The states that nothing leads on from."""
        return [state for state in self.states if not self.events(state)]

    def to_markdown(self) -> str:
        """The states, the transitions and a diagram (Mermaid), as docs/processes.md has them."""
        lines = ["| state | |", "|---|---|"]
        lines += [f"| {self.words(state)} | {said} |" for state, said in self.states.items()]
        lines += ["", "| event | from | to | who | what | with | if |", "|---|---|---|---|---|---|---|"]
        lines += [_row(self, one) for one in self.transitions]
        lines += ["", "```mermaid", "stateDiagram-v2"]
        for one in self.transitions:
            lines += [f"    {before or '[*]'} --> {one.after or before}: {one.event}" for before in one.before]
        lines += [f"    {state} --> [*]" for state in self.finals]
        return "\n".join([*lines, "```", ""])


def _row(process: Process, one: Transition) -> str:
    before = ", ".join(process.words(state) or "(new)" for state in one.before)
    said = [f"`{name}`: {words}" for name, words in one.says.items()]
    said += [f"`{name}` (may be left out): {words}" for name, words in one.may_say.items()]
    who = ", ".join(sorted(one.who))
    after = process.words(one.after) or "the same"
    return f"| `{one.event}` | {before} | {after} | {who} | {one.does} | {'; '.join(said)} | {'; '.join([*one.when, *one.guards])} |"
