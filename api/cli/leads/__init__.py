"""``dovetail leads``: the broker's desk on the command line."""

from __future__ import annotations

from api.cli.leads import acts, counts, credits, lists, meetings, notices, refresh, report
from api.cli.leads.group import leads

__all__ = ["acts", "counts", "credits", "leads", "lists", "meetings", "notices", "refresh", "report"]
