"""The benchmark of resolution: strings that name institutions, joined by the product's own pipeline, beside baselines of the same run.

In: a CSV file ``id,text[,entity]``. Out: an ``Evaluation`` (pairwise precision, recall and F1), and the clusters if asked for. Next:
``api.cli.evaluate.resolve`` shows it.

The strings are ingested as institutions into a temporary store; a string stands for the institution that it names, so a department is
followed by PART_OF to its institution. A pair of strings is right if both have one entity.
"""

from __future__ import annotations

import csv
import gzip
import io
import tempfile
import zlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path

import msgspec

from graph import connect
from graph.errors import InvalidInput
from graph.ids import record_id
from graph.language import Message
from graph.model import Decision, Edge, EdgeKind, NodeKind, Verdict
from graph.progress import Progress
from graph.store import Store
from ingest.load import ingest
from ingest.resolve.affiliations import words
from ingest.resolve.cluster import SIMILAR
from ingest.resolve.names import institution_key

PRECISION = 0.97
"""The precision at which recall is also told."""
COMMON = 0.01
"""A word in the strings of more than this share of the entities names none of them."""
SOURCE = "evaluation"
ROWS = 500
"""Strings compared with all others at a time."""
LIKE = range(100, 74, -1)
"""Thresholds tried for the rapidfuzz baseline."""

Grouping = Mapping[str, str]
"""Cluster by string id."""


class Figures(msgspec.Struct, frozen=True):
    """Pairwise figures, 0 to 1; ``recall_at``: the best recall of all thresholds at which precision is at least ``PRECISION``."""

    precision: float
    recall: float
    f1: float
    recall_at: float


class Row(msgspec.Struct, frozen=True):
    """A variant: its figures over all labelled strings, and over those that name their institution."""

    name: str
    everything: Figures
    named: Figures


class Evaluation(msgspec.Struct, frozen=True):
    """The table of a run."""

    strings: int
    labelled: int
    entities: int
    named: int
    clusters: int
    names: int
    pairs: int
    rows: tuple[Row, ...]


def evaluate_resolve(strings: Path, clusters: Path | None = None, *, progress: Progress | None = None) -> Evaluation:
    """Resolve ``strings`` and measure the clusters against their entities; rows without an entity are resolved and not measured.

    Raises InvalidInput naming file, line and column.
    """
    tell = progress or (lambda _label, _done, _total: None)
    texts, entities = _read(strings)
    with tempfile.TemporaryDirectory(prefix="dovetail-evaluate-") as folder:
        store = connect(f"sqlite:///{folder}/evaluation.db")
        try:
            tell("strings", 0, len(texts))
            passed = ingest(store, [_as_institutions(Path(folder), texts)], source=SOURCE).similar_names
            by_key, steps = _product(store, texts)
        finally:
            store.close()
    if clusters:
        _write(clusters, texts, steps[-1])
    named = _naming(texts, entities)
    variants: dict[str, list[Grouping]] = {}
    if entities:
        variants["exact key"] = [{one: institution_key(text) or one for one, text in texts.items()}]
        variants["rapidfuzz"] = _rapidfuzz({one: texts[one] for one in entities}, tell)
        variants["without similar names"] = [by_key]
        variants["dovetail"] = steps
    rows = tuple(
        Row(name, _figures(name, found, entities), _figures(name, found, {one: entities[one] for one in named}))
        for name, found in variants.items()
    )
    count = len(set(steps[-1].values()))
    return Evaluation(len(texts), len(entities), len(set(entities.values())), len(named), count, passed.names, passed.pairs, rows)


def _product(store: Store, texts: Mapping[str, str]) -> tuple[Grouping, list[Grouping]]:
    """The clusters by keys alone, and the clusters after each score of decision, the surest first; the last is what the product says."""
    above = {edge.source_record: edge.target_record for edge in store.scan(EdgeKind.PART_OF) if isinstance(edge, Edge)}
    record = {one: record_id(NodeKind.INSTITUTION, SOURCE, one) for one in texts}
    decisions = [one for one in store.scan(NodeKind.DECISION) if isinstance(one, Decision) and one.verdict is Verdict.SAME]
    groups = _Groups()
    for below, top in above.items():  # a division stands for its institution
        if below and top:
            groups.join(below, top)

    def grouping() -> Grouping:
        return {one: groups.find(record[one]) for one in texts}

    steps: list[Grouping] = []
    by_key = grouping()
    for (_score, is_similar), same in groupby(
        sorted(decisions, key=lambda one: (one.rule == SIMILAR, -one.score, one.id)), key=lambda one: (one.score, one.rule == SIMILAR)
    ):
        for one in same:
            groups.join(one.left, one.right)
        steps.append(grouping())
        if not is_similar:
            by_key = steps[-1]
    return by_key, steps or [by_key]


def _rapidfuzz(texts: Mapping[str, str], tell: Progress) -> list[Grouping]:
    """Single linkage by rapidfuzz's token_sort_ratio of the texts, at every threshold of ``LIKE``."""
    import numpy as np
    from rapidfuzz import fuzz, process, utils

    ids = list(texts)
    plain = [utils.default_process(texts[one]) for one in ids]
    pairs: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for start in range(0, len(ids), ROWS):
        tell("rapidfuzz", start, len(ids))
        part = plain[start : start + ROWS]
        scores = process.cdist(part, plain[start:], scorer=fuzz.token_sort_ratio, score_cutoff=LIKE[-1], dtype=np.uint8)
        for row, column in np.argwhere(scores):
            if row < column:
                pairs[int(scores[row, column])].append((start + int(row), start + int(column)))
    groups, steps = _Groups(), list[Grouping]()
    for score in LIKE:
        for a, b in pairs[score]:
            groups.join(ids[a], ids[b])
        steps.append({one: groups.find(one) for one in ids})
    return steps


class _Groups:
    """Union-find over ids as they come."""

    def __init__(self) -> None:
        self._root: dict[str, str] = {}

    def find(self, one: str) -> str:
        root = one
        while (above := self._root.get(root, root)) != root:
            root = above
        while one != root:
            self._root[one], one = root, self._root.get(one, one)
        return root

    def join(self, left: str, right: str) -> None:
        self._root[self.find(left)] = self.find(right)


# -- figures


def _figures(name: str, steps: Sequence[Grouping], entities: Mapping[str, str]) -> Figures:
    """What the last of ``steps`` comes to, and the best recall of all at PRECISION. A baseline with thresholds stands at its best F1."""
    each = [pairwise(step, entities) for step in steps]
    precision, recall, f1 = max(each, key=lambda one: one[2]) if name == "rapidfuzz" else each[-1]
    return Figures(precision, recall, f1, max((one[1] for one in each if one[0] >= PRECISION), default=0.0))


def pairwise(clusters: Grouping, entities: Mapping[str, str]) -> tuple[float, float, float]:
    """Precision, recall and F1 over pairs of the strings in ``entities``: found are pairs of one cluster, right are pairs of one entity.

    Counted by cells of the table cluster x entity, n (n - 1) / 2 each, so in linear time. Nothing found is precision 1.
    """
    found = _pairs(Counter(clusters[one] for one in entities).values())
    right = _pairs(Counter(entities.values()).values())
    both = _pairs(Counter((clusters[one], entity) for one, entity in entities.items()).values())
    precision, recall = both / found if found else 1.0, both / right if right else 1.0
    return precision, recall, 2 * precision * recall / (precision + recall) if both else 0.0


def _pairs(sizes: Iterable[int]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes)


def _naming(texts: Mapping[str, str], entities: Mapping[str, str]) -> Collection[str]:
    """The labelled strings that name their institution: those that hold a word which names their entity.

    A word names the entity in more of whose strings it stands than in any other's, if at least two do and at least half of that
    entity's, and if no more than COMMON of all entities (or two) have it. The rule looks at words and labels, never at what was resolved.
    """
    sizes = Counter(entities.values())
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    own = {one: set(words(texts[one])) for one in entities}
    for one, entity in entities.items():
        for word in own[one]:
            counts[word][entity] += 1
    most = max(2, COMMON * len(sizes))
    names: dict[str, set[str]] = {}
    for word, count in counts.items():
        top = max(count.values())
        if len(count) <= most and top > 1:
            names[word] = {entity for entity, times in count.items() if times == top and 2 * times >= sizes[entity]}
    return [one for one, entity in entities.items() if any(entity in names.get(word, ()) for word in own[one])]


# -- files


def _as_institutions(folder: Path, texts: Mapping[str, str]) -> Path:
    """The strings as a file of institutions."""
    path = folder / "institutions.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id", "name"])
        writer.writerows(texts.items())
    return path


def _read(path: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Text by id, and entity by id where there is one."""
    texts: dict[str, str] = {}
    entities: dict[str, str] = {}
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as raw:
            reader = csv.DictReader(io.TextIOWrapper(raw, "utf-8-sig", newline=""))
            if not {"id", "text"} <= set(reader.fieldnames or ()):
                raise InvalidInput(Message("its header must name id,text and may name entity"), file=str(path), line=1)
            for row in reader:
                if not row["id"] or row["id"] in texts:
                    raise InvalidInput(Message("is empty or the id of another row"), file=str(path), line=reader.line_num, field="id")
                texts[row["id"]] = row["text"] or ""
                if row.get("entity"):
                    entities[row["id"]] = row["entity"]
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise InvalidInput(Message("cannot be read: {error}", error=error), file=str(path)) from error
    return texts, entities


def _write(path: Path, texts: Mapping[str, str], clusters: Grouping) -> None:
    """``id,cluster``; a cluster is called by its first string."""
    first: dict[str, str] = {}
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "wt", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id", "cluster"])
        writer.writerows((one, first.setdefault(clusters[one], one)) for one in texts)
