"""Tags of what is sent (RFC 9110, section 8.8): the hash of the representation that the caller sees, and changes that name it.

In: what a thing looks like to the caller. Out: ``ETag``; 304 where the caller has it already; 412 where somebody changed it meanwhile.
Next: the routes of things that change.

The tag is of what the caller sees, so a hidden change gives no other tag. A tag says what the caller decided upon: the state's number goes
along to the journal, which refuses a step that was decided for another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Annotated

from fastapi import Header, Request, Response
from pydantic import BaseModel

from api.http.problems import ChangedSince
from api.streams import FOLDS
from desk.journal.journal import Journal
from graph.language import N_, told
from graph.store import Store

IfMatch = Annotated[
    str, Header(alias="If-Match", max_length=200, description="The ETag that the change was decided upon; 412 if it is another by now.")
]
_OTHER = N_("it was changed since: read it again, and decide anew")


def etag(shown: BaseModel) -> str:
    """The strong tag of a representation."""
    return f'"{hashlib.sha256(shown.model_dump_json().encode()).hexdigest()[:32]}"'


def tagged(request: Request, response: Response, shown: BaseModel) -> None:
    """Give an answer its tag. Raises NotModified where the caller has the same."""
    tag = etag(shown)
    response.headers["ETag"] = tag
    if request.method in ("GET", "HEAD") and _names(request.headers.get("if-none-match", ""), tag, is_weak=True):
        raise NotModified(tag)


def check(if_match: str, now: BaseModel) -> None:
    """Raises ChangedSince where the caller decided upon something else than ``now``."""
    if if_match and not _names(if_match, etag(now)):
        raise ChangedSince(told(_OTHER))


def decided(store: Store, stream: str, if_match: str, show: Callable[[], BaseModel]) -> Journal:
    """The journal for a change of what ``stream`` is about, which ``show`` gives as the caller sees it. Raises ChangedSince where the
    caller decided upon something else; whatever moves it from now on lets the change fail."""
    journal = Journal(store, FOLDS)
    if if_match:
        state = journal.state(stream)
        check(if_match, show())
        if state:
            journal.decided_upon(stream, state.number)
    return journal


class NotModified(Exception):
    """The caller has this representation."""

    def __init__(self, tag: str) -> None:
        super().__init__(tag)
        self.tag = tag


def not_modified(_request: Request, error: Exception) -> Response:
    """304 with the tag."""
    return Response(status_code=304, headers={"ETag": str(error)})


def _names(said: str, tag: str, *, is_weak: bool = False) -> bool:
    """Whether a list of tags names ``tag``; weak ones count where nothing is changed by it."""
    tags = (one.strip() for one in said.split(","))
    return any(one in ("*", tag) or (is_weak and one == f"W/{tag}") for one in tags)
