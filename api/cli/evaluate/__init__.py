"""``dovetail evaluate``: how good the answers are, on judged sets, beside baselines computed in the same run."""

from __future__ import annotations

import click

from api.cli.evaluate.experts import experts
from api.cli.evaluate.leads import leads
from api.cli.evaluate.match import match
from api.cli.evaluate.partners import partners
from api.cli.evaluate.resolve import resolve
from api.cli.evaluate.trust import trust
from api.cli.words import Group


@click.group(cls=Group)
def evaluate() -> None:
    """Measure the product's own pipeline on judged sets, beside baselines."""


evaluate.add_command(match)
evaluate.add_command(leads)
evaluate.add_command(partners)
evaluate.add_command(experts)
evaluate.add_command(resolve)
evaluate.add_command(trust)

__all__ = ["evaluate"]
