"""All types of streams that a journal may have: the processes of every package, how each folds, and whom each concerns.

In: the processes of ``desk`` and of the packages that build on it. Out: ``PROCESSES``, ``FOLDS``, ``CONCERNS``. Next: whatever looks at a
whole journal (``api.cli.programs.journal``, the restoring of a backup, ``api.http.conventions.etags``) or tells of it
(``api.http.routes.events``, ``api.http.background``); docs/processes.md is made of the processes.

Only the doors know all packages, so this is where they are named; no package enters itself at import.
"""

from __future__ import annotations

import desk.events.concerns
import desk.people.streams
import leads.events.concerns
import leads.streams
import leads.subscriptions.streams
from leads.meetings.process import FOLD as MEETING_FOLD
from leads.meetings.process import MEETING

PROCESSES = (*desk.people.streams.PROCESSES, *leads.streams.PROCESSES, *leads.subscriptions.streams.PROCESSES, MEETING)
FOLDS = {**desk.people.streams.FOLDS, **leads.streams.FOLDS, **leads.subscriptions.streams.FOLDS, MEETING.name: MEETING_FOLD}
CONCERNS = {**desk.events.concerns.CONCERNS, **leads.events.concerns.CONCERNS}
