"""docs/architecture.md is true: every path that it names is there, and it names every room."""

from __future__ import annotations

import re

import pytest

from tests.conftest import ROOT
from tests.test_layers import MAY_IMPORT

PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
PATHS = re.findall(r"(?:[\w-]+/)*[\w-]+\.(?:py|toml|md)\b|(?:\w+/)+", PAGE)


def test_every_path_is_there() -> None:
    wrong = [path for path in PATHS if not (ROOT / path).exists() and not (ROOT / "docs" / path).exists()]
    assert len(PATHS) > 80
    assert not wrong


@pytest.mark.parametrize("room", [room for room in MAY_IMPORT if "." in room and (ROOT / room.replace(".", "/")).is_dir()])
def test_every_room_is_told(room: str) -> None:
    assert f"{room.replace('.', '/')}/" in PAGE


def test_contributing_points_to_it() -> None:
    assert "](docs/architecture.md)" in (ROOT / "CONTRIBUTING.md").read_text("utf-8")
