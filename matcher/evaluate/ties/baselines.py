"""The plain baselines of ``evaluate partners``: by chance, by text, by size, by dealings, and the best mix of these.

In: who stands on which works (``Standing``), the dealings of all (``Dealings``), and a question. Out: for each baseline the question's
ranking. Next: ``matcher.evaluate.partners`` counts them as rows. The product has no part in them.

A baseline ranks the institutions with a work up to the question's day, but for the asker. The dealings rank nobody whose value is 0.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from matcher.evaluate.baselines import random_scores
from matcher.evaluate.standing import Standing
from matcher.evaluate.ties.blocks import First, Taken
from matcher.evaluate.ties.dealings import Dealings
from matcher.evaluate.ties.mixing import Mix, Weights, half_of
from matcher.question import Question

POPULARITY, DECAYED, BY_TOPIC, OF_PARTNERS = "popularity", "decayed dealings", "dealings by topic", "partners of partners"
TEXT, MIX = "BM25, best + half", "best mix"
MIXED = (TEXT, POPULARITY, DECAYED, BY_TOPIC, OF_PARTNERS)

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]


class PartnerBaselines:
    """The baselines over one store."""

    def __init__(self, standing: Standing, dealings: Dealings) -> None:
        self._standing, self._dealings = standing, dealings
        self._places = np.array([dealings.row[one] for one in standing.candidates], np.int64)
        self._mix = Mix(MIXED)
        self._rows: dict[str, Rows] = {}

    def rankings(self, name: str, question: Question, taken: Taken) -> Iterator[tuple[str, First]]:
        """Each baseline with its ranking of a question, but for the mix, which is fitted once all questions were here."""
        visible = [one for one in self._standing.works(question.as_of) if one != question.asker]
        chance = random_scores({name: ("", "")}, dict.fromkeys(visible, ("", "")))[name]
        yield "random", self._first(np.array([self._dealings.row[one] for one in chance], np.int64), np.array(list(chance.values())))
        seen = self._dealings.seen(question.as_of)
        if question.asker in self._dealings.row:
            seen[self._dealings.row[question.asker]] = False
        rows = np.flatnonzero(seen)
        values = self._values(question)
        for row, value in values.items():
            listed = rows if row == POPULARITY or row.startswith("BM25") else rows[value[rows] > 0]
            yield row, self._first(listed, value[listed])
        places = {row: place for place, row in enumerate(rows.tolist())}
        self._rows[name] = rows
        self._mix.add(name, [values[each][rows] for each in MIXED], [places.get(self._dealings.row.get(one or "", -1)) for one in taken])

    def mixed(self) -> tuple[dict[int, Weights], str]:
        """The weights of the mix by half, and what they are in words."""
        fitted = self._mix.fit()
        return fitted, self._mix.told(fitted)

    def mix(self, name: str, fitted: dict[int, Weights]) -> First:
        """A question's ranking by the mix."""
        return self._first(self._rows[name], self._mix.values(name, fitted[half_of(name)]).astype(np.float64))

    def _values(self, question: Question) -> dict[str, Floats]:
        text = f"{question.title}\n{question.text}"
        as_of, asker = question.as_of, question.asker
        found = {}
        for row, values in self._standing.values(text, as_of)[1].items():
            found[row] = np.zeros(len(self._dealings.institutions))
            found[row][self._places] = values
        found[POPULARITY] = self._dealings.popularity(as_of)
        found[DECAYED] = self._dealings.decayed(asker, as_of)
        found[BY_TOPIC] = self._dealings.decayed(asker, as_of, self._standing.match(text, as_of))
        found[OF_PARTNERS] = self._dealings.partners_of_partners(asker, as_of)
        return found

    def _first(self, rows: Rows, values: Floats) -> First:
        """``rows`` of institutions by their values, ties by id, the order of the rows."""
        order = rows[np.lexsort((rows, -values))]

        def first(count: int) -> list[str]:
            return [self._dealings.institutions[row] for row in order[:count].tolist()]

        return first
