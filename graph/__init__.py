"""The graph: what is stored and where. Nothing here imports another package of Dovetail."""

from graph.connect import connect
from graph.store import Batch, Store

__all__ = ["Batch", "Store", "connect"]
