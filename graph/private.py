"""Files and folders that only their owner may read: stores, rows to mend, vectors and indexes hold what others may not see.

In: a path. Out: a folder with mode 700, a file with mode 600, whatever the umask says. Next: ``graph.sqlite.file``, ``ingest.rejects``,
``matcher.embedding``, ``matcher.index.generations`` and ``desk.people`` make theirs by it.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

FOLDER, FILE = 0o700, 0o600


def folder(path: Path) -> Path:
    """Make a folder and those above it that are missing, each for its owner alone. One that is there stays as it is."""
    for one in [*reversed(path.parents), path]:
        if not one.is_dir():
            one.mkdir(FOLDER, exist_ok=True)
    return path


def narrowed(path: Path) -> Path:
    """Take from everybody but its owner what they may do with a file or folder of Dovetail's own, if it is ours to change."""
    with suppress(PermissionError):
        if path.stat().st_mode & 0o077:
            path.chmod(FOLDER if path.is_dir() else FILE)
    return path


def claim(path: Path) -> Path:
    """Make an empty file for its owner alone, where there is none yet: for what a library opens."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE))
    return path


def writing(path: Path, mode: str = "wb", **more: Any) -> IO[Any]:
    """Open a file to be written anew, for its owner alone even where an older one could be read by others."""
    stream = open(path, mode, opener=_opener, **more)  # noqa: SIM115 - Path.open takes no opener, and the caller closes it
    with suppress(PermissionError):
        os.fchmod(stream.fileno(), FILE)
    return stream


def _opener(path: str, flags: int) -> int:
    return os.open(path, flags, FILE)


def begin(path: Path, content: bytes) -> None:
    """Put ``content`` at a path where nothing is yet, whole, unless another process does so first."""
    scratch = folder(path.parent) / f".{secrets.token_hex(8)}"
    with writing(scratch) as file:
        file.write(content)
    with suppress(FileExistsError):
        path.hardlink_to(scratch)
    scratch.unlink()
