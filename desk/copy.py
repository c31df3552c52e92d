"""The copy of one store into another, with what belongs to it beside its content.

In: two stores. Out: what the copy came to. Next: ``api.cli.copy``. The Scale, the name of the English model and the anchors go along, so
that the copy answers as the source does once it is indexed.
"""

from __future__ import annotations

from graph import copy as graph_copy
from graph import private
from graph.copy import Copied
from graph.key_files import SUPPRESSION, key_path
from graph.progress import Progress
from graph.store import Store
from matcher.columns.evidence import ANCHORS
from matcher.index.generations import ENGLISH
from matcher.signals.scale import META

NAMED_VALUES = (ANCHORS, ENGLISH, META)
"""What of a store's named values is of its content, and not of its own place or feed."""


def copy(source: Store, target: Store, *, progress: Progress | None = None) -> Copied:
    """Copy ``source`` into ``target``, with the key of the list of people who are not to be kept, or the copy could not be fed. Raises what
    ``graph.copy.copy`` raises."""
    copied = graph_copy.copy(source, target, meta=NAMED_VALUES, progress=progress)
    key, mine = key_path(source.url, SUPPRESSION), key_path(target.url, SUPPRESSION)
    if key.exists() and not mine.exists():
        private.begin(mine, key.read_bytes())
    return copied
