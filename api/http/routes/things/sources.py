"""``/v1/sources``: under which terms what a source says may be shown again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import ConfigDict, Field

from api.http.conventions.once import Once
from api.http.deps import FeederDep, ServiceDep, StoreDep
from api.http.problems import responses
from desk.schemas import LicenceOut, Public
from desk.sources.terms import LONGEST, Redisplay
from desk.things.terms import listed, put

router = APIRouter(prefix="/v1/sources", tags=["sources"], route_class=Once)
_Source = Annotated[str, Path(min_length=1, max_length=LONGEST, description="The source's name.", examples=["centre"])]


class TermsIn(Public):
    """The terms of a source."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"licence": "CC-BY-4.0", "url": "https://creativecommons.org/licenses/by/4.0/", "redisplay": "summary"}]
        }
    )

    licence: str = Field("", max_length=200, description="Its licence's name or SPDX identifier.")
    url: str = Field("", max_length=2000, pattern=r"^(https?://\S+)?$", description="Where the licence can be read.")
    redisplay: Redisplay = Field(
        Redisplay.YES, description="How much of its texts others than who feeds it are shown: all, the first sentence of each, none."
    )


@router.get("", responses=responses(400, 401, 429, 503), operation_id="list_sources")
def sources(service: ServiceDep) -> list[LicenceOut]:
    """The sources whose terms are told, by name: what is carried along with all that they say."""
    return [LicenceOut.model_validate(one) for one in listed(service.store)]


@router.put("/{source}", responses=responses(400, 401, 403, 409, 413, 422, 429, 503), operation_id="put_source_terms")
def terms(source: _Source, body: TermsIn, actor: FeederDep, store: StoreDep) -> LicenceOut:
    """Set the terms of a source, for all that it has said and will say: for who may feed it."""
    return LicenceOut.model_validate(put(store, actor, source, body.licence, body.url, body.redisplay))
