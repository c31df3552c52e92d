"""The types of streams that the journal has: the processes of the platform and how each folds.

In: nothing. Out: ``PROCESSES``, ``FOLDS``. Next: ``desk.journal.heads`` verifies all streams by them, docs/processes.md is made of them.
"""

from __future__ import annotations

from desk.process.admission import ADMISSION
from desk.process.admission import FOLD as ADMISSION_FOLD
from desk.process.contact import CONTACT
from desk.process.contact import FOLD as CONTACT_FOLD
from desk.process.demand import DEMAND
from desk.process.demand import FOLD as DEMAND_FOLD
from desk.process.file import FILE
from desk.process.file import FOLD as FILE_FOLD
from desk.process.key import FOLD as KEY_FOLD
from desk.process.key import KEY
from desk.process.member import FOLD as MEMBER_FOLD
from desk.process.member import MEMBER

PROCESSES = (DEMAND, ADMISSION, KEY, MEMBER, CONTACT, FILE)
FOLDS = {
    DEMAND.name: DEMAND_FOLD, ADMISSION.name: ADMISSION_FOLD, KEY.name: KEY_FOLD, MEMBER.name: MEMBER_FOLD, CONTACT.name: CONTACT_FOLD,
    FILE.name: FILE_FOLD,
}  # fmt: skip
