"""The graph: what is stored and where. Nothing here imports another package of Dovetail."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graph.address import connect
    from graph.store import Batch, Store

__all__ = ["Batch", "Store", "connect"]


def __getattr__(name: str) -> Any:
    """What is asked for, read when it is: `dovetail --help` needs ``graph.language`` and no store."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("graph.address" if name == "connect" else "graph.store"), name)
