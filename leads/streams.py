"""The types of streams that ``leads`` writes into the journal: its processes and how each folds.

In: nothing. Out: ``PROCESSES``, ``FOLDS``. Next: ``api.streams`` adds them to those of ``desk``.
"""

from __future__ import annotations

from leads.crediting import ATTRIBUTION
from leads.crediting import FOLD as ATTRIBUTION_FOLD
from leads.process import FOLD as LEAD_FOLD
from leads.process import LEAD

PROCESSES = (LEAD, ATTRIBUTION)
FOLDS = {LEAD.name: LEAD_FOLD, ATTRIBUTION.name: ATTRIBUTION_FOLD}
