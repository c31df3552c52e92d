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

ROOT = Path(__file__).parents[1]
MAY_IMPORT = {
    "graph": {"graph"},
    "ingest": {"graph", "ingest"},
    "matcher": {"graph", "matcher"},
    "api": {"graph", "ingest", "matcher", "api"},
}
FILES = sorted(file for package in MAY_IMPORT for file in (ROOT / package).rglob("*.py"))
NEO4J = sorted((ROOT / "graph").glob("neo4j_*.py"))
LINES, FUNCTION_LINES = 400, 60
MARGIN = 1.1
"""A file or function may outgrow its size by a tenth before it has to be two."""
HEAVY = ["torch", "transformers", "sentence_transformers", "neo4j", "fastapi", "scipy", "networkx"]


def name(file: Path) -> str:
    """The file as a test's id."""
    return file.relative_to(ROOT).as_posix()


def imported(tree: ast.AST) -> Iterator[str]:
    """The top-level packages that a module imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "relative imports would hide the direction"
            yield str(node.module).partition(".")[0]


@pytest.mark.parametrize("file", FILES, ids=name)
def test_imports_go_one_way(file: Path) -> None:
    package = file.relative_to(ROOT).parts[0]
    wrong = set(imported(ast.parse(file.read_bytes()))) & (MAY_IMPORT.keys() | {"tests", "benchmarks"}) - MAY_IMPORT[package]
    assert not wrong, f"{package} may import {sorted(MAY_IMPORT[package])}"


def test_no_module_imports_itself_over_others() -> None:
    """Nor for its types alone: whoever reads a file can begin with what it imports."""
    modules = {".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file for file in FILES}
    above: dict[str, set[str]] = {}
    for module, file in modules.items():
        found = [node for node in ast.walk(ast.parse(file.read_bytes())) if isinstance(node, ast.ImportFrom)]
        names = [(str(node.module), f"{node.module}.{alias.name}") for node in found for alias in node.names]
        above[module] = {inner if inner in modules else outer for outer, inner in names} & modules.keys()
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
    assert "neo4j" not in set(imported(ast.parse(text)))
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
