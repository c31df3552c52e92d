"""Imports go one way, a base import stays light, and files and functions stay small."""

from __future__ import annotations

import ast
import graphlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

MAY_IMPORT: dict[str, set[str]] = {
    "graph.language": set(),
    "graph.errors": {"graph.language"},
    "graph.dates": {"graph.language"},
    "graph.private": set(),
    "graph.progress": set(),
    "graph.codes": set(),
    "graph.model": set(),
    "graph.ids": {"graph.model"},
    "graph.viewer": {"graph.model"},
    "graph.documents": {"graph.errors", "graph.language", "graph.model"},
    "graph.store": {"graph.errors", "graph.language", "graph.model", "graph.documents"},
    "graph.sqlite": {"graph.errors", "graph.language", "graph.private", "graph.model", "graph.documents", "graph.store"},
    "graph.neo4j": {"graph.errors", "graph.language", "graph.model", "graph.documents", "graph.store"},
    "graph.address": {"graph.errors", "graph.language", "graph.store", "graph.sqlite", "graph.neo4j"},
    "graph.copy": {"graph.errors", "graph.language", "graph.model", "graph.documents", "graph.progress", "graph.store"},
    "graph.scratch": {"graph.errors", "graph.store", "graph.address", "graph.copy"},
    "graph.key_files": {"graph.address"},
    "ingest.cells": {"graph"},
    "ingest.rows": {"graph", "ingest.cells"},
    "ingest.read": {"graph", "ingest.cells", "ingest.rows"},
    "ingest.sources": {"ingest.cells", "ingest.rows"},
    "ingest.mapping": {"graph", "ingest.cells", "ingest.rows", "ingest.read", "ingest.sources"},
    "ingest.resolve": {"graph", "ingest.cells", "ingest.rows"},
    "ingest.choose": {"graph", "ingest.rows", "ingest.read", "ingest.mapping"},
    "ingest.build": {"graph", "ingest.cells", "ingest.rows", "ingest.resolve"},
    "ingest.rejects": {"graph", "ingest.cells", "ingest.rows", "ingest.read", "ingest.mapping"},
    "ingest.report": {"graph", "ingest.cells", "ingest.rows", "ingest.resolve", "ingest.choose"},
    "ingest.row_reader": {
        "graph", "ingest.cells", "ingest.rows", "ingest.read", "ingest.mapping", "ingest.choose", "ingest.build", "ingest.rejects",
        "ingest.report",
    },
    "ingest.edges": {"graph", "ingest.rows", "ingest.resolve", "ingest.build", "ingest.row_reader"},
    "ingest.retold": {"graph", "ingest.rows", "ingest.resolve", "ingest.build", "ingest.row_reader"},
    "ingest.suppression": {"graph", "ingest.resolve", "ingest.build", "ingest.retold", "ingest.row_reader"},
    "ingest.persons": {"graph", "ingest.resolve", "ingest.build", "ingest.retold", "ingest.suppression"},
    "ingest.batches": {
        "graph", "ingest.cells", "ingest.resolve", "ingest.edges", "ingest.report", "ingest.retold", "ingest.row_reader",
        "ingest.suppression",
    },
    "ingest.load": {
        "graph", "ingest.read", "ingest.resolve", "ingest.choose", "ingest.build", "ingest.rejects", "ingest.report", "ingest.row_reader",
        "ingest.batches", "ingest.suppression",
    },
    "ingest.fed": {
        "graph", "ingest.cells", "ingest.read", "ingest.rows", "ingest.mapping", "ingest.resolve", "ingest.choose", "ingest.build",
        "ingest.edges", "ingest.report", "ingest.retold", "ingest.load",
    },
    "ingest.unchanged": {"graph", "ingest.read", "ingest.choose", "ingest.report"},
    "ingest.evaluate": {"graph", "ingest.resolve", "ingest.load"},
    "matcher.arrays": set(),
    "matcher.question": {"graph"},
    "matcher.text": {"graph", "matcher.arrays"},
    "matcher.embedding": {"graph", "matcher.text"},
    "matcher.columns": {"graph", "matcher.text"},
    "matcher.trust": {"graph", "matcher.question", "matcher.columns"},
    "matcher.score": {"matcher.question", "matcher.trust"},
    "matcher.signals": {"graph", "matcher.arrays", "matcher.text", "matcher.embedding", "matcher.columns", "matcher.score"},
    "matcher.index": {
        "graph", "matcher.arrays", "matcher.text", "matcher.embedding", "matcher.columns", "matcher.trust", "matcher.score",
        "matcher.signals",
    },
    "matcher.rank": {
        "graph", "matcher.question", "matcher.text", "matcher.embedding", "matcher.columns", "matcher.trust", "matcher.score",
        "matcher.signals", "matcher.index",
    },
    "matcher.evaluate": {
        "graph", "matcher.question", "matcher.text", "matcher.embedding", "matcher.columns", "matcher.trust", "matcher.score",
        "matcher.signals", "matcher.index", "matcher.rank",
    },
    "desk.shapes": {"graph"},
    "desk.sources": {"graph", "matcher.text"},
    "desk": {"graph", "ingest", "matcher", "desk.shapes", "desk.sources"},
    "desk.journal": {"graph"},
    "desk.process": {"graph", "desk.journal"},
    "desk.people": {
        "graph", "ingest.cells", "ingest.rows", "ingest.mapping", "ingest.resolve", "ingest.suppression", "ingest.persons",
        "ingest.unchanged", "matcher.text", "matcher.embedding", "matcher.index", "desk", "desk.journal", "desk.process",
    },
    "desk.members": {"graph", "desk", "desk.journal", "desk.process", "desk.people"},
    "desk.backup": {"graph", "desk.journal", "desk.process", "desk.people"},
    "desk.things": {
        "graph", "ingest.cells", "ingest.resolve", "ingest.rows", "ingest.report", "ingest.fed",
        "desk", "desk.process", "desk.people", "desk.shapes", "desk.sources", "desk.trust",
    },
    "desk.questions": {"graph", "matcher", "desk", "desk.process", "desk.people", "desk.things"},
    "desk.trust": {
        "graph", "matcher.columns", "matcher.question", "matcher.index", "matcher.trust", "desk", "desk.journal", "desk.process",
        "desk.people",
    },
    "desk.jobs": {"graph", "ingest.report", "desk", "desk.journal", "desk.process", "desk.people"},
    "desk.events": {"graph", "desk", "desk.journal", "desk.process", "desk.people", "desk.members", "desk.jobs", "desk.answers"},
    "desk.answers": {"graph", "matcher", "desk", "desk.journal", "desk.process", "desk.people", "desk.jobs"},
    "leads": {"graph", "matcher", "desk"},
    "leads.board": {"graph", "desk", "leads"},
    "leads.credit": {"graph", "desk", "leads"},
    "leads.meetings": {"graph", "desk", "leads"},
    "leads.report": {"graph", "desk", "leads", "leads.meetings"},
    "leads.subscriptions": {"graph", "desk", "leads", "leads.board"},
    "leads.notices": {"graph", "desk", "leads", "leads.board", "leads.subscriptions"},
    "leads.events": {"graph", "desk", "leads", "leads.board", "leads.meetings", "leads.subscriptions"},
    "leads.suggest": {"graph", "matcher", "desk", "leads"},
    "api.version": set(),
    "api.streams": {"desk", "leads"},
    "api.units": {"graph"},
    "api.logs": set(),
    "api.rules": {"graph"},
    "api.settings": {"graph", "api.rules", "matcher.embedding", "matcher.index", "desk.events", "desk.members", "leads"},
    "api.doctor": {"graph", "matcher", "desk", "api.settings", "api.units", "api.version"},
    "api.web": {"graph", "matcher", "desk"},
    "api.http": {"graph", "matcher", "desk", "leads", "api.logs", "api.rules", "api.settings", "api.streams", "api.version"},
    "api.cli": {
        "graph", "ingest", "matcher", "desk", "api.logs", "api.rules", "api.settings", "api.streams", "api.units", "api.version",
        "api.doctor", "api.web", "api.http", "leads",
    },
}  # fmt: skip
"""What each room may import besides itself. A room is a folder of a package, or a module that stands beside the folders; the name of a
package means all of its rooms. The modules of ``desk`` and of ``leads`` that stand beside their folders are one room each, and no circle
runs through them."""
PACKAGES = ("graph", "ingest", "matcher", "desk", "leads", "api")
FILES = sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))
NEO4J = sorted((ROOT / "graph" / "neo4j").glob("*.py"))
MODULES_IN_A_FOLDER = 14
LINES, FUNCTION_LINES = 400, 60
MARGIN = 1.1
"""A file or function may outgrow its size by a tenth before it has to be two."""
HEAVY = ["torch", "transformers", "sentence_transformers", "neo4j", "fastapi", "scipy", "networkx"]


def name(file: Path) -> str:
    """The file as a test's id."""
    return file.relative_to(ROOT).as_posix()


MODULES = {".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file for file in FILES}


WITH_MODULES = ("desk", "leads")
"""Packages of which the modules that stand beside the folders are one room."""


def imported(tree: ast.AST) -> Iterator[str]:
    """The modules that a module imports, wherever in it; of names that a package exports, the package."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "relative imports would hide the direction"
            names = (f"{node.module}.{alias.name}" for alias in node.names)
            yield from (name if name in MODULES else str(node.module) for name in names)


def room(module: str) -> str:
    """The room of a module: its folder, or itself if it stands beside the folders (of ``WITH_MODULES``: the package); the package's own
    module is of the package."""
    parts = module.split(".")
    is_beside = parts[0] in WITH_MODULES and not (ROOT / "/".join(parts[:2])).is_dir()
    return parts[0] if is_beside else ".".join(parts[:2])


def allowed(of: str) -> set[str]:
    """The rooms that a room may import: of another package named whole, all of them and what it exports."""
    rooms = MAY_IMPORT[of]
    whole = rooms - {of.partition(".")[0]}
    return {of} | rooms | {one for one in (*MAY_IMPORT, "graph", "ingest", "matcher") if one.split(".")[0] in whole}


@pytest.mark.parametrize("module", [module for module in MODULES if module not in PACKAGES or module in WITH_MODULES])
def test_imports_go_one_way(module: str) -> None:
    names = set(imported(ast.parse(MODULES[module].read_bytes())))
    assert not names & {"tests", "benchmarks"}
    ours = {room(name) for name in names if name.split(".")[0] in PACKAGES}
    assert not ours - allowed(room(module)), f"{room(module)} may import {sorted(MAY_IMPORT[room(module)])}"


def test_what_may_be_imported_has_no_circle_and_no_room_is_missing() -> None:
    graphlib.TopologicalSorter({one: allowed(one) - {one} for one in MAY_IMPORT}).prepare()
    assert {room(module) for module in MODULES} - {"graph", "ingest", "matcher", "api"} == MAY_IMPORT.keys()


FOLDERS = sorted({file.parent for top in (*PACKAGES, "tests", "benchmarks") for file in (ROOT / top).rglob("*.py")})


@pytest.mark.parametrize("folder", FOLDERS, ids=name)
def test_no_folder_is_crowded(folder: Path) -> None:
    assert len([file for file in folder.glob("*.py") if file.name != "__init__.py"]) <= MODULES_IN_A_FOLDER


def test_no_module_imports_itself_over_others() -> None:
    """Nor for its types alone: whoever reads a file can begin with what it imports."""
    above: dict[str, set[str]] = {}
    for module, file in MODULES.items():
        above[module] = set(imported(ast.parse(file.read_bytes()))) & MODULES.keys()
    graphlib.TopologicalSorter(above).prepare()  # raises CycleError, which names the circle


@pytest.mark.parametrize("file", FILES, ids=name)
def test_files_and_functions_stay_small(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LINES * MARGIN
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno + 1 <= FUNCTION_LINES * MARGIN, node.name


@pytest.mark.parametrize("file", FILES, ids=name)
def test_nothing_prints(file: Path) -> None:
    calls = [node for node in ast.walk(ast.parse(file.read_bytes())) if isinstance(node, ast.Call)]
    assert not [call.lineno for call in calls if isinstance(call.func, ast.Name) and call.func.id == "print"]


@pytest.mark.parametrize("file", sorted(set(FILES) - set(NEO4J)), ids=name)
def test_neo4j_and_its_language_stay_in_their_files(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert "neo4j" not in {one.partition(".")[0] for one in imported(ast.parse(text))}
    assert not re.search(r"\b(MATCH|MERGE|UNWIND) [(\[$]", text)


def test_a_base_import_is_light() -> None:
    program = f"import sys, graph, ingest, matcher\nsys.stdout.write(' '.join(set({HEAVY}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_importing_every_module_loads_no_model_library() -> None:
    files = [file for file in FILES if file.parts[len(ROOT.parts)] != "api" and file not in NEO4J]
    modules = [".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files]
    lines = ["import importlib, sys", f"for one in {modules}: importlib.import_module(one)"]
    lines.append("sys.stdout.write(' '.join({'torch', 'transformers', 'sentence_transformers', 'neo4j'} & set(sys.modules)))")
    done = subprocess.run([sys.executable, "-c", "\n".join(lines)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
