"""Whose turn it is with a model: in the order in which they came.

In: threads that want to embed with one model. Out: ``Turns``, which lets one of them at a time. Next: ``matcher.embedding.embedder`` takes
a turn for a question and for each small chunk of passages, and none for a text whose vector is in the cache.

So a question waits for the chunk that is being embedded and for the questions before it, and goes before the next chunk; and a chunk waits
for the questions that were there when it came and for none that come later, so that what is fed is read however many ask. A plain lock
promises neither: whoever gives it back takes it again before a sleeping thread has woken.
"""

from __future__ import annotations

import threading
from collections import deque
from types import TracebackType


class Turns:
    """A lock that is given on in the order of arrival. Not for a thread that holds it already."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._is_taken = False
        self._waiting: deque[threading.Event] = deque()

    def __enter__(self) -> None:
        with self._guard:
            if not self._is_taken:
                self._is_taken = True
                return
            called = threading.Event()
            self._waiting.append(called)
        try:
            called.wait()
        except BaseException:  # Ctrl-C while it waited
            with self._guard:
                was_called = called not in self._waiting
                if not was_called:
                    self._waiting.remove(called)
            if was_called:
                self._give_on()
            raise

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._give_on()

    def _give_on(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._is_taken = False
