"""How long work tells of itself. In: nothing. Out: the type of a callback. Next: every function that may run for minutes takes one.

``progress(what, done, total)`` is called now and then; ``total`` is 0 where it is not known.
"""

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
