"""docs/access.md says how much is proved: counted here."""

from __future__ import annotations

import re
from pathlib import Path

from tests.conftest import ROOT
from tests.desk.hidden.test_mutants import MUTANTS, QUICK
from tests.desk.people.test_access import CELLS
from tests.leads.test_access import CELLS as LEAD_CELLS
from tests.leads.test_access_mutants import MUTANTS as LEAD_MUTANTS
from tests.leads.test_access_of_meetings import MEETING_CELLS, TOLD_CELLS

TRICKS = re.compile(r'^def test_\w+\(.*\) -> None:\n    """', re.MULTILINE)


def test_the_page_counts_what_there_is() -> None:
    found = sum(len(TRICKS.findall(file.read_text("utf-8"))) for file in Path(__file__).parent.glob("test_tricks*.py"))
    told = (ROOT / "docs" / "access.md").read_text("utf-8").split("## What is proved")[1]
    said = [int(number) for number in re.findall(r"(\d+) (?:of them|tricks|ways)", told)]
    cells, mutants = (len(CELLS), len(LEAD_CELLS) + len(MEETING_CELLS) + len(TOLD_CELLS)), (len(MUTANTS), len(LEAD_MUTANTS))
    assert said == [*cells, found, *mutants] and found >= 20
    assert {one.why for one in MUTANTS} >= QUICK
