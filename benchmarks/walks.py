"""How many files a reader goes through who follows one thing through the code, and how often the way comes back.

    python benchmarks/walks.py            # a minute: the example centre is read into a store of its own first
    python benchmarks/walks.py --steps question

A step is the first call from one function to a function of another file; files are those that steps lead to; a return is a step to
a file that was entered before and has been left since. Counted by running the thing once, warm. ``question``: from the request to the
Answer, of the public and of an asker; ``row``: one new CSV row to the store; ``evidence``: from the items to an opinion; ``vector``: from
the index to points, of the files that hold vectors.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from api.settings import embedder, load, open_store
from desk import ask
from desk.schemas import MatchRequest
from graph.viewer import PUBLIC
from ingest.load import ingest
from matcher.index import generations
from matcher.index.snapshot import Snapshot

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = tuple(f"{ROOT / name}{os.sep}" for name in ("graph", "ingest", "matcher", "desk", "api"))
VECTORS = ("matcher/embedding/", "matcher/signals/", "matcher/index/", "matcher/rank/pipeline", "matcher/rank/recall", "matcher/score")
Function = tuple[str, str]


def steps_of(act: Callable[[], object]) -> list[tuple[Function, Function]]:
    """The steps of ``act``, each once, in their order."""
    found: dict[tuple[Function, Function], None] = {}

    def named(frame: FrameType | None) -> Function | None:
        """The nearest function of the packages at or above a frame; None where a module is being loaded."""
        while frame:
            code = frame.f_code
            if code.co_filename.startswith(PACKAGES):
                if code.co_name == "<module>":
                    return None
                if not code.co_name.startswith("<"):
                    return code.co_filename.removeprefix(f"{ROOT}{os.sep}"), code.co_qualname
            frame = frame.f_back
        return "", ""

    def called(frame: FrameType, event: str, _argument: Any) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(PACKAGES) and not code.co_name.startswith("<"):
            caller, callee = named(frame.f_back), named(frame)
            if caller and callee and caller[0] != callee[0]:
                found.setdefault((caller, callee))

    sys.setprofile(called)
    try:
        act()
    finally:
        sys.setprofile(None)
    return list(found)


def walked(steps: list[tuple[Function, Function]], within: tuple[str, ...]) -> tuple[list[str], int]:
    """The files that steps lead to, of those whose paths start so, and the returns."""
    files: dict[str, None] = {}
    returns, here = 0, ""
    for _, (file, _name) in steps:
        if file.startswith(within):
            returns += file in files and file != here
            files.setdefault(file)
            here = file
    return list(files), returns


def main() -> None:
    """Count every walk on the example centre."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--steps", metavar="WALK", help="print the steps of this walk")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(load(store=f"sqlite:///{folder}/store.db"), create=True)
        centre = ROOT / "examples" / "centre"
        rows = (centre / "成果.csv").read_text("utf-8-sig").splitlines()
        (row := Path(folder) / "成果.csv").write_text("\n".join([rows[0], f"new-{rows[1]}"]), "utf-8")
        ingest(store, [centre])
        model = embedder(load())
        generations.build(store, model)
        snapshot = Snapshot.open(store, model)

        def asked(text: str, asker: str | None = None) -> object:
            return ask.ask(MatchRequest(text=text, asker=asker, as_of="2026-06-30"), snapshot, model, viewer=PUBLIC)

        def opinion() -> object:
            fresh = Snapshot.open(store, model)
            return fresh.trust().on("2026-06-30").everyone(fresh.row(ask.find(store, "I06", PUBLIC)))

        asked("warm")
        walks: dict[str, tuple[Callable[[], object], tuple[str, ...]]] = {
            "question": (lambda: asked("储能电池的电解液寿命太短"), ("",)),
            "question of an asker": (lambda: asked("储能电池的电解液寿命太短", "I06"), ("",)),
            "evidence": (opinion, ("matcher/trust/", "matcher/columns/")),
            "vector": (lambda: (Snapshot.open(store, model), asked("储能电池的电解液衰减太快")), VECTORS),
            "row": (lambda: ingest(store, [row]), ("ingest/", "graph/")),
        }
        for name, (act, within) in walks.items():
            steps = steps_of(act)
            files, returns = walked(steps, within)
            sys.stdout.write(f"{name:22} {len(files):3} files {returns:3} returns\n")
            if name == given.steps:
                sys.stdout.writelines(f"    {caller[0]}:{caller[1]} -> {callee[0]}:{callee[1]}\n" for caller, callee in steps)


if __name__ == "__main__":
    main()
