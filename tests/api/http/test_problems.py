"""Every kind of error that Dovetail raises has its status, and says no more than anybody may read."""

from __future__ import annotations

from http import HTTPStatus

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.http.problems import MEDIA, MOST_ERRORS, RETRY_SECONDS, ChangedSince, NotReady, install
from desk.members.openid import ProviderAway
from desk.members.post import NotSent
from graph import errors
from graph.errors import DovetailError
from graph.neo4j.session import IncompleteCommit, Unreadable
from ingest.read.unread import Unread
from leads.capacity import NoCapacity

PRIVATE = "/srv/centre/secret.db"
AWAY = "the store is not available"
TOLD: dict[type[Exception], tuple[int, str, str]] = {
    errors.InvalidInput: (422, "invalid", PRIVATE),
    errors.NotSignedIn: (401, "not_signed_in", PRIVATE),
    errors.NotAllowed: (403, "not_allowed", PRIVATE),
    errors.NotPossible: (409, "not_possible", PRIVATE),
    NoCapacity: (409, "not_possible", PRIVATE),
    errors.NotFound: (404, "not_found", PRIVATE),
    errors.Conflict: (409, "changed_meanwhile", f"changed by somebody else meanwhile: {PRIVATE}"),
    errors.StoreError: (503, "store_away", AWAY),
    errors.StoreMissing: (503, "store_away", AWAY),
    errors.StoreAway: (503, "store_away", AWAY),
    Unread: (422, "invalid", PRIVATE),
    IncompleteCommit: (503, "store_away", AWAY),
    Unreadable: (503, "store_away", AWAY),
    errors.FeedTruncated: (503, "store_away", AWAY),
    errors.ServiceAway: (503, "service_away", PRIVATE),
    ProviderAway: (503, "service_away", PRIVATE),
    NotSent: (503, "service_away", PRIVATE),
    errors.ModelError: (503, "no_model", "the model is not available"),
    errors.IndexMissing: (503, "no_index", "there is no index yet"),
    errors.IndexDamaged: (503, "no_index", "the index is damaged"),
    NotReady: (503, "not_ready", PRIVATE),
    ChangedSince: (412, "changed_since", PRIVATE),
    DovetailError: (500, "internal", "something went wrong here; the log says what"),
    RuntimeError: (500, "internal", "something went wrong here; the log says what"),
}


def kinds(root: type[DovetailError]) -> list[type[DovetailError]]:
    """A class and all that derive from it in the packages."""
    return [root, *(kind for child in root.__subclasses__() if not child.__module__.startswith("tests") for kind in kinds(child))]


def test_every_kind_is_in_the_table() -> None:
    assert set(kinds(DovetailError)) <= {*TOLD, errors.RowRejected}


def test_a_row_is_refused_with_each_of_its_fields() -> None:
    app = FastAPI()
    install(app)

    @app.get("/")
    def fail() -> None:
        raise errors.RowRejected((f"field{number}", "breaks a rule") for number in range(MOST_ERRORS + 5))

    answer = TestClient(app, raise_server_exceptions=False).get("/")
    told = answer.json()
    assert (answer.status_code, told["code"], told["detail"], told["more"]) == (422, "invalid", "field0: breaks a rule", 5)
    assert told["errors"] == [{"field": f"field{number}", "rule": "breaks a rule"} for number in range(MOST_ERRORS)]


@pytest.mark.parametrize("kind", TOLD)
def test_status_and_detail(kind: type[Exception]) -> None:
    app = FastAPI()
    install(app)

    @app.get("/")
    def fail() -> None:
        raise kind([PRIVATE] if kind is errors.Conflict else PRIVATE)

    status, code, detail = TOLD[kind]
    answer = TestClient(app, raise_server_exceptions=False).get("/")
    assert answer.status_code == status
    assert answer.headers["content-type"] == MEDIA
    assert answer.headers.get("retry-after") == (str(RETRY_SECONDS) if status == 503 else None)
    assert answer.json() == {
        "type": "about:blank", "code": code, "title": HTTPStatus(status).phrase, "status": status, "detail": detail,
    }  # fmt: skip
