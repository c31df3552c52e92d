"""Benchmarks of the product's own pipeline on labelled sets, beside baselines of the same run (docs/evaluation.md).

A module for each kind of set. In: files of questions, candidates and judgements. Out: an ``Evaluation``, and the scores if asked for.
"""

from matcher.evaluate.files import Block, Evaluation, Judgements, Pool, Ranking, Row
from matcher.evaluate.match import evaluate_match

__all__ = ["Block", "Evaluation", "Judgements", "Pool", "Ranking", "Row", "evaluate_match"]
