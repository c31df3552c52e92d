"""Weights chosen by judgements, where that helps.

In: a measure of the ranking under any weights, question by question. Out: the weights to rank with, and what choosing so gains on
questions that had no part in the choice. Next: ``matcher.evaluate.match`` ranks with them.

Few settings are tried, for judgements are few: what is fitted to fifty questions must show on others that it is more than chance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from matcher.evaluate.metrics import bootstrap
from matcher.score import DEFAULT, Weights

SETTINGS: tuple[Weights, ...] = tuple(
    msgspec.structs.replace(DEFAULT, words=words, title=title) for words in (0.9, 1.3, 1.8, 2.5, 3.5) for title in (0.0, 2.0, 5.0)
)
"""What is tried; the weights that ship are among them."""
FOLDS = 5


class Learnt(msgspec.Struct, frozen=True):
    """``best`` on all questions; ``gain`` over the weights that ship with its 95 % interval, each question measured by the
    setting that was best on the other folds; ``weights``: ``best`` where the whole interval is above zero, else those that ship."""

    weights: Weights
    best: Weights
    gain: tuple[float, float, float]

    def __str__(self) -> str:
        mean, low, high = self.gain
        best = f"learnt: of {len(SETTINGS)} settings words {self.best.words:g} and title {self.best.title:g} are best"
        gain = f"chosen in {FOLDS} folds they gain {mean:+.3f} [{low:+.3f}, {high:+.3f}]"
        return f"{best}; {gain}{'' if self.weights is self.best else ', within chance, so the weights stay as they are'}"


def learnt(measure: Callable[[Weights], Sequence[float]]) -> Learnt:
    """The best of SETTINGS, if it is better than DEFAULT by more than chance. ``measure`` gives a value a question, always in the
    same order; questions go to folds in turn."""
    values = np.array([measure(weights) for weights in SETTINGS], np.float64)
    plain = values[SETTINGS.index(DEFAULT)]
    gains = np.zeros(values.shape[1])
    fold = np.arange(values.shape[1]) % FOLDS
    for one in np.unique(fold) if values.shape[1] >= FOLDS else ():
        chosen = int(values[:, fold != one].mean(axis=1).argmax())
        gains[fold == one] = (values[chosen] - plain)[fold == one]
    gain = bootstrap(gains)
    best = SETTINGS[int(values.mean(axis=1).argmax())] if values.shape[1] else DEFAULT
    return Learnt(best if gain[1] > 0 else DEFAULT, best, gain)
