"""Seconds and bytes as a person says them.

In: a number. Out: a short text. Next: ``api.cli.output``, ``api.cli.ingest``, ``api.cli.copy`` and ``api.doctor``. It imports nothing
heavy, for the help of a command needs it.
"""

from __future__ import annotations

from graph.language import _


def duration(seconds: float) -> str:
    """``seconds`` as a person says it: 4 s, 3 min 20 s, 2 h 5 min."""
    whole = round(seconds)
    if whole < 60:
        return _("{seconds} s", seconds=whole)
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return _("{minutes} min {seconds} s", minutes=minutes, seconds=rest)
    return _("{hours} h {minutes} min", hours=minutes // 60, minutes=minutes % 60)


def size(count: float) -> str:
    """Bytes as a person says them: 870 B, 12.4 MB, 3.1 GB."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"
