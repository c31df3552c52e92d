"""The types of streams that ``leads.subscriptions`` writes into the journal.

In: nothing. Out: ``PROCESSES``, ``FOLDS``. Next: ``api.streams`` adds them to the others; ``leads.notices.notify`` uses them.
"""

from __future__ import annotations

from leads.subscriptions.follow import FOLD as FOLLOW_FOLD
from leads.subscriptions.follow import FOLLOW
from leads.subscriptions.search import FOLD as SEARCH_FOLD
from leads.subscriptions.search import SEARCH

PROCESSES = (SEARCH, FOLLOW)
FOLDS = {SEARCH.name: SEARCH_FOLD, FOLLOW.name: FOLLOW_FOLD}
