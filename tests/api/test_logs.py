"""What libraries warn of: one line, said like everything else."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

WARNED = """
import logging, sys
from api.cli import frame
frame.settings()
frame.settings()
error = "{neo4j_code: Neo.TransientError.Transaction.DeadlockDetected}\\n{message: ForsetiClient[1]\\n can't acquire}"
logging.getLogger("neo4j").warning("Transaction failed and will be retried in %ss (%s)", 0.8, error)
logging.getLogger("neo4j").info("not worth a line")
"""
LINE = (
    "dovetail: Transaction failed and will be retried in 0.8s ({neo4j_code: Neo.TransientError.Transaction.DeadlockDetected} "
    "{message: ForsetiClient[1] can't acquire})\n"
)


@pytest.mark.parametrize(("redirected", "said"), [("", LINE), ("2>&-", "")])
def test_a_driver_that_tries_again_is_one_line(redirected: str, said: str) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = ["bash", "-c", f'"$@" {redirected}', "bash", sys.executable, "-c", WARNED]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert done.stderr == said
