"""``/v1/scoring``: the terms that every score is made of, with weights and formulas, as the code has them."""

from __future__ import annotations

from fastapi import APIRouter

from api.http.problems import responses
from desk.questions.scoring import ScoringOut
from desk.questions.scoring import scoring as all_of_it

router = APIRouter(prefix="/v1", tags=["match"])


@router.get("/scoring", responses=responses(400, 429), operation_id="read_scoring")
def scoring() -> ScoringOut:
    """Each term of a score with its weight, its formula and where it is explained."""
    return all_of_it()
