"""The types of streams that ``leads`` writes into the journal: its processes and how each folds.

In: nothing. Out: ``PROCESSES``, ``FOLDS``. Next: ``api.streams`` adds them to those of ``desk``.
"""

from __future__ import annotations

from leads.crediting import ATTRIBUTION
from leads.crediting import FOLD as ATTRIBUTION_FOLD
from leads.process import FOLD as LEAD_FOLD
from leads.process import LEAD
from leads.subscriptions.follow import FOLD as FOLLOW_FOLD
from leads.subscriptions.follow import FOLLOW
from leads.subscriptions.search import FOLD as SEARCH_FOLD
from leads.subscriptions.search import SEARCH

PROCESSES = (LEAD, ATTRIBUTION, SEARCH, FOLLOW)
FOLDS = {LEAD.name: LEAD_FOLD, ATTRIBUTION.name: ATTRIBUTION_FOLD, SEARCH.name: SEARCH_FOLD, FOLLOW.name: FOLLOW_FOLD}
