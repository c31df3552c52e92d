"""``dovetail leads``: the broker's desk."""

from __future__ import annotations

import click

from api.cli.leads.meetings import meeting
from api.cli.leads.report import report
from api.cli.words import Group


@click.group(cls=Group)
def leads() -> None:
    """Work on leads: who needs something, and who offers it."""


leads.add_command(meeting)
leads.add_command(report)

__all__ = ["leads"]
