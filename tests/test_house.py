"""The house: what is shipped, what it depends on and why, and that every module says what it is for."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.conftest import ROOT

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES: list[str] = PYPROJECT["tool"]["setuptools"]["packages"]
CODE = ("graph", "ingest", "matcher", "desk", "leads", "api")
FILES = sorted(file for package in CODE for file in (ROOT / package).rglob("*.py"))
EXTRAS: dict[str, list[str]] = PYPROJECT["project"]["optional-dependencies"]
REQUIREMENTS = [Requirement(line) for line in PYPROJECT["project"]["dependencies"] + [one for extra in EXTRAS.values() for one in extra]]
# a constraint is "name==version" alone: comments and blank lines aside
CONSTRAINTS = dict(
    line.split("==")
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    if line.strip() and not line.startswith("#")
)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_every_module_says_what_it_is_for(file: Path) -> None:
    tree = ast.parse(file.read_bytes())
    if tree.body or file.name != "__init__.py":
        assert (ast.get_docstring(tree) or "").strip()


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=lambda requirement: requirement.name)
def test_every_dependency_is_bounded_pinned_and_explained(requirement: Requirement) -> None:
    pinned = CONSTRAINTS[canonicalize_name(requirement.name)]
    assert pinned in requirement.specifier
    assert Version("9999") not in requirement.specifier, "no upper bound"
    reasons = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8")
    assert f"- `{requirement.name}`: " in reasons


def test_every_explained_dependency_is_one() -> None:
    reasons = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^- `([\w-]+)`: ", reasons, re.MULTILINE)) == {requirement.name for requirement in REQUIREMENTS}


def test_constraints_are_exact_versions_by_canonical_name() -> None:
    for name, version in CONSTRAINTS.items():
        assert name == canonicalize_name(name)
        assert str(Version(version)) == version
        assert Version(version).local is None, "a local suffix would refuse the build of another platform"


def test_every_folder_of_code_is_shipped_and_no_test_is() -> None:
    folders = {".".join(file.parent.relative_to(ROOT).parts) for file in FILES}
    assert set(PACKAGES) == folders


def test_every_setting_of_the_example_is_one() -> None:
    from api.settings import Settings

    names = re.findall(r"^#? ?((?:DOVETAIL|NEO4J)_\w+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(names) == len(set(names))
    assert set(names) == {one.validation_alias or f"DOVETAIL_{name.upper()}" for name, one in Settings.model_fields.items()}


def test_every_target_of_the_makefile_is_listed() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE)
    assert phony is not None
    assert set(phony[1].split()) == set(re.findall(r"^([a-z-]+):.*## ", text, re.MULTILINE))
