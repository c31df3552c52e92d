"""Who acts on the command line: the operator at the shell, an institution that the operator acts for, or the holder of a key.

In: ``--key`` or DOVETAIL_KEY (a key, or a session of a member), ``--as``, and the scope that a command needs. Out: a ``Door``: the open
store with the ``Actor``. Next: every command beside this module takes one, and nothing else asks who acts.

Whoever can open the store can change it, so there is nothing to prove at the shell: without a key, it is the operator who acts.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from api.cli import frame
from graph.language import _

if TYPE_CHECKING:
    from api.settings import Settings
    from desk.process.principals import Actor
    from graph.store import Store

NOBODY = "nobody"
SHELL = "shell"
"""The operator at the shell, as the journal names who acts; with ``:`` and an institution's id where the operator acts for it."""
_Command = Callable[..., None]


class Door(NamedTuple):
    """What a command of this folder works with."""

    store: Store
    actor: Actor
    settings: Settings
    as_json: bool


_as: Callable[[_Command], _Command] = click.option(
    "--as", "act_as", metavar="INSTITUTION", help="The institution that you act for, as the operator."
)
_key: Callable[[_Command], _Command] = click.option(
    "--key", metavar="KEY", help="The key of who acts.  [DOVETAIL_KEY, else you are the operator]"
)


def acting(scope: str, *, model: bool = False) -> Callable[[_Command], _Command]:
    """Let a command take a ``Door`` of an actor who has ``scope``, and give it the options that say who acts; ``--as`` where it is not the
    operator alone who may. No ``scope``: nobody has to be known, and nobody is asked who acts."""

    def wrap(function: _Command) -> _Command:
        @wraps(function)
        def run(
            *, store: str | None, as_json: bool, key: str | None = None, act_as: str | None = None, model: str | None = None, **given: Any
        ) -> None:  # fmt: skip
            _check(given)
            chosen = frame.settings(store=store, model=model, key=key)
            with _opened(chosen, scope, act_as, as_json=as_json) as door:
                function(door, **given)

        made = frame.shared(model=model)(run)
        if not scope:
            return made
        return _key(made if scope == "admin" else _as(made))

    return wrap


def _check(given: Mapping[str, Any]) -> None:
    """Raises InvalidInput for an option or argument whose bytes are no text."""
    params = click.get_current_context().command.params
    called = {one.name: one.opts[0] if isinstance(one, click.Option) else str(one.name).upper() for one in params}
    for name, value in given.items():
        for text in value if isinstance(value, tuple) else (value,):
            if isinstance(text, str):
                frame.readable(text, called[name])


@contextmanager
def _opened(chosen: Settings, scope: str, institution: str | None, *, as_json: bool) -> Iterator[Door]:
    from desk.process.principals import Actor, Role, Scope

    with frame.opened(chosen) as store:
        actor = _actor(store, chosen, institution) if scope else Actor(id=NOBODY, role=Role.CONSUMER, scopes=frozenset())
        if scope:
            actor.require(Scope(scope))
        yield Door(store, actor, chosen, as_json)


def _actor(store: Store, chosen: Settings, institution: str | None) -> Actor:
    """Who acts. Raises NotSignedIn for a key that is not good, InvalidInput for ``--as`` with a key or what is no institution."""
    from desk.find import find_institution
    from desk.members.callers import actor_of
    from desk.people.sight import placed
    from desk.process.principals import Actor, Role
    from graph.errors import InvalidInput
    from graph.model import Institution, InstitutionKind
    from graph.viewer import OWNER

    if chosen.key is not None:
        if institution:
            raise InvalidInput(_("who acts with a key acts for the key's institution"), field="--as")
        return actor_of(store, chosen.key.get_secret_value(), chosen.site)
    if not institution:
        return Actor(id=SHELL, role=Role.OPERATOR)
    found = find_institution(store, frame.readable(institution, "--as"), OWNER, "--as")
    node = store.get([found]).get(found)
    is_broker = isinstance(node, Institution) and node.kind is InstitutionKind.TRANSFER_SERVICE
    role = Role.BROKER if is_broker else Role.ENTERPRISE
    return placed(store, Actor(id=f"{SHELL}:{found}", role=role, institution=found))


def json_object(file: Path) -> dict[str, Any]:
    """The JSON object in a file, or in stdin for ``-``. Raises InvalidInput for what is none."""
    import msgspec

    from graph.errors import InvalidInput

    content = sys.stdin.buffer.read() if str(file) == "-" else frame.files((file,))[0].read_bytes()
    try:
        said: dict[str, Any] = msgspec.json.decode(content, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(_("is no JSON object: {error}", error=error), file=str(file)) from error
    return said
