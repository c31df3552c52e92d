"""The commands of a page, with what it shows of what they print."""

from __future__ import annotations

import re


def commands(page: str) -> list[tuple[str, list[str]]]:
    """Each line after ``$`` in the ``console`` blocks of a Markdown text, with the lines under it that are not empty."""
    found: list[tuple[str, list[str]]] = []
    for block in re.findall(r"^```console\n(.*?)^```", page, re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            elif line:
                found[-1][1].append(line)
    return found
