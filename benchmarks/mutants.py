"""Whether the tests notice small faults: mutants of four packages, each run against the tests that are about it.

    pip install cosmic-ray                        # the mutation tool; development only, so no dependency of the project
    python benchmarks/mutants.py --each 80        # in a clean clone: files are changed while it runs, and put back

cosmic-ray lists every mutant of a package (an operator replaced, a number one more or less, a condition turned); ``--each`` of them
are drawn by hash, those in type annotations left out, which are never run. A mutant is killed if a test fails, or if the tests take
``--timeout`` seconds. Printed: a row a package, and each survivor with its place and the change. The exit code is 0 whatever the score:
a survivor may mean the same as the code.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import shlex
import sqlite3
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = {
    "matcher/signals": "tests/matcher/signals tests/matcher/text tests/matcher/embedding/test_quantise.py"
    " tests/matcher/embedding/test_english.py tests/test_constants.py",
    "matcher/trust": "tests/matcher/trust tests/matcher/columns",
    "matcher/rank": "tests/matcher/rank tests/matcher/test_question.py tests/matcher/trust/test_ledger.py",
    "ingest/resolve": "tests/ingest/resolve tests/ingest/test_load.py",
}
CONFIG = """
[cosmic-ray]
module-path = {modules}
timeout = {timeout}
excluded-modules = []
test-command = {command}
[cosmic-ray.distributor]
name = "local"
"""


def annotations(path: Path) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Where the type annotations of a file stand."""
    found: list[ast.expr | None] = []
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.AnnAssign | ast.arg):
            found.append(node.annotation)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.append(node.returns)
    return [((one.lineno, one.col_offset), (one.end_lineno or 0, one.end_col_offset or 0)) for one in found if one]


def drawn(session: Path, each: int) -> list[str]:
    """Leave ``each`` of a session's mutants in it, and give their ids."""
    with sqlite3.connect(session) as database:
        specs = database.execute(
            "SELECT job_id, module_path, operator_name, operator_args, occurrence, start_pos_row, start_pos_col FROM mutation_specs"
        ).fetchall()
        places = {path: annotations(ROOT / path) for path in {spec[1] for spec in specs}}
        running = [spec for spec in specs if not any(start <= (spec[5], spec[6]) <= end for start, end in places[spec[1]])]
        running.sort(key=lambda spec: hashlib.blake2b(json.dumps(spec[1:5]).encode()).digest())
        kept = {spec[0] for spec in running[:each]}
        for table in ("mutation_specs", "work_items"):
            database.executemany(f"DELETE FROM {table} WHERE job_id = ?", [(spec[0],) for spec in specs if spec[0] not in kept])
    print(f"{len(specs):6} mutants, {len(running):6} of them in code that runs, {len(kept):4} drawn", file=sys.stderr)
    return sorted(kept)


def tried(name: str, modules: list[str], tests: str, folder: Path, given: argparse.Namespace) -> Path:
    """Run the drawn mutants of ``modules`` against ``tests``; the session with their results."""
    config, session = folder / f"{name}.toml", folder / f"{name}.sqlite"
    command = f"{shlex.quote(sys.executable)} -m pytest -x -q -p no:cacheprovider {tests}"
    config.write_text(CONFIG.format(modules=json.dumps(modules), timeout=given.timeout, command=json.dumps(command)), "utf-8")
    if not session.exists():
        subprocess.run([given.tool, "init", str(config), str(session)], cwd=ROOT, check=True)
        drawn(session, given.each)
    subprocess.run([given.tool, "exec", str(config), str(session)], cwd=ROOT, check=True)
    return session


def told(session: Path) -> list[tuple[str, str]]:
    """Outcome and description of each mutant."""
    with sqlite3.connect(session) as database:
        rows = database.execute(
            "SELECT test_outcome, module_path, start_pos_row, definition_name, operator_name, diff FROM work_results JOIN mutation_specs"
            " USING (job_id) ORDER BY module_path, start_pos_row"
        ).fetchall()
    found = []
    for outcome, path, row, definition, operator, diff in rows:
        changed = [line for line in (diff or "").splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
        found.append((str(outcome), f"{path}:{row} {definition} {operator.removeprefix('core/')}\n    " + "\n    ".join(changed)))
    return found


def main() -> int:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", nargs="*", default=list(PACKAGES), help=f"some of: {', '.join(PACKAGES)}")
    parser.add_argument("--each", type=int, default=80, help="mutants drawn of each package (default: 80)")
    parser.add_argument("--timeout", type=float, default=180.0, help="seconds after which a mutant counts as killed (default: 180)")
    parser.add_argument("--folder", type=Path, default=Path("/tmp/mutants"), help="where sessions are kept: a run that was stopped goes on")
    parser.add_argument("--tool", default="cosmic-ray", help="the program of the mutation tool")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    rows, left = [], []
    for package in given.packages:
        session = tried(package.replace("/", "-"), [package], PACKAGES[package], given.folder, given)
        outcomes = told(session)
        survivors = [what for outcome, what in outcomes if outcome.endswith("SURVIVED")]
        rows.append((package, len(outcomes), len(outcomes) - len(survivors)))
        left += survivors
    for package, count, killed in rows:
        print(f"{package:20} {killed:4} of {count:4} killed ({killed / max(1, count):.0%})")
    print("\n".join(left))
    return 0


if __name__ == "__main__":
    sys.exit(main())
