"""Benchmark sets of candidates that stand on works: their files through the product's own ingest into a temporary store.

In: the CSV files of ``evaluate partners`` and ``evaluate experts`` (docs/evaluation.md). Out: an ``Evaluation`` of ``matcher.evaluate``.
Next: ``api.cli.evaluate.partners`` and ``api.cli.evaluate.experts``. Names go in as the sources write them, and ingest resolves them. Here,
since ``matcher`` knows nothing of ``ingest``.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import msgspec

from desk.find import find
from graph import connect
from graph.dates import check_date, end_of_period
from graph.errors import InvalidInput, NotFound
from graph.ids import node_id
from graph.language import Message, _
from graph.model import Entity, NodeKind
from graph.progress import Progress
from graph.store import Store
from graph.viewer import OWNER
from ingest.cells.clean import clean_text
from ingest.load import ingest
from matcher.embedding.embedder import Embedder
from matcher.evaluate import Evaluation
from matcher.evaluate.experts import ExpertQuestion, evaluate_experts
from matcher.evaluate.files import fraction, judged, read
from matcher.evaluate.match import AS_OF, SOURCE
from matcher.evaluate.partners import evaluate_partners
from matcher.index import generations
from matcher.question import Question, Want

Rows = Iterable[dict[str, Any]]


def partners(
    queries: Path,
    achievements: Path,
    dealings: Path,
    part_of: Path | None,
    judgements: Path,
    *,
    embedder: Embedder,
    parties: bool,
    embargo: int = 0,
    scores: Path | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """``evaluate partners``: files to figures. ``dealings`` is a file of the parties of works where ``parties``, else one of
    cooperations of two; ``embargo``: days by which each question is asked earlier. Raises InvalidInput naming file, line and column."""
    asked = list(read(queries, ("id", "title", "description", "posted_by", "as_of")))
    works = list(read(achievements, ("id", "title", "abstract", "owner", "date")))
    parts = list(read(part_of, ("child", "parent"))) if part_of else []
    pairs = list(read(judgements, ("query_id", "institution")))
    _check(queries, asked, pairs, judgements)
    together, names = _by_work(dealings, works) if parties else _of_two(dealings)
    names += [row["owner"] for row in works] + [row[end] for row in parts for end in ("child", "parent")]
    names += [row["posted_by"] for row in asked]
    tables: dict[str, Rows] = {
        "institutions": _institutions(names, parts),
        "achievements": _owned(works),
        "cooperations": together,
    }
    with _ingested(tables, progress) as (store, notes):
        entities = _entities(store, NodeKind.INSTITUTION)
        found = {name: _named(name, entities, store) for name in dict.fromkeys([*names, *(row["institution"] for row in pairs)]) if name}
        judged: dict[str, list[str | None]] = {row["id"]: [] for row in asked}
        for pair in pairs:
            judged[pair["query_id"]].append(found[pair["institution"]])
        lost = sum(one is None for taken in judged.values() for one in taken)
        if lost:
            notes.append(_("{count} judged institutions are nobody's names here, and count as not found", count=lost))
        if parties:  # means over questions: an institution is taken once, however many of its names are
            judged = {name: [one for at, one in enumerate(taken) if one is None or one not in taken[:at]] for name, taken in judged.items()}
        spellings: dict[str, list[str]] = defaultdict(list)
        for name, entity in found.items():
            if entity:
                spellings[entity].append(name)
        questions = {
            row["id"]: Question(
                as_of=_earlier(row["as_of"], embargo),
                title=clean_text(row["title"]),
                text=clean_text(row["description"]),
                asker=found.get(row["posted_by"]),
            )
            for row in asked
        }
        return evaluate_partners(
            store, questions, judged, embedder=embedder, spellings=spellings, by_pair=not parties, scores=scores, progress=progress,
            notes=notes,
        )  # fmt: skip


def _of_two(path: Path) -> tuple[Rows, list[str]]:
    """Cooperations of a source and a target, as native rows; the names of all."""
    rows = list(read(path, ("source", "target", "date", "kind", "amount")))
    native = [
        {
            "id": str(number),
            "title": row["kind"],
            "started": row["date"],
            "amount": row["amount"],
            "visibility": "public",
            "parties": [f"source={row['source']}", f"target={row['target']}"],
        }
        for number, row in enumerate(rows, start=1)
    ]
    return native, [row[end] for row in rows for end in ("source", "target")]


def _by_work(path: Path, works: Iterable[Mapping[str, str]]) -> tuple[Rows, list[str]]:
    """The parties of each work as one cooperation, as native rows; the names of all. It uses the achievement of the same id, if there is
    one. Nobody worked with anybody where only one is named: that is no cooperation."""
    texts = {row["id"] for row in works if row["title"] or row["abstract"]}
    first: dict[str, dict[str, str]] = {}
    parties: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for row in read(path, ("work", "institution", "role", "date", "kind")):
        first.setdefault(row["work"], row)
        parties[row["work"]].setdefault(row["institution"], row["role"] or "party")
    native = [
        {
            "id": work,
            "title": row["kind"],
            "started": row["date"],
            "visibility": "public",
            "parties": [f"{role}={name}" for name, role in parties[work].items()],
            "uses": [work] if work in texts else [],
        }
        for work, row in first.items()
        if len(parties[work]) > 1
    ]
    return native, [name for members in parties.values() for name in members]


def _owned(works: Iterable[Mapping[str, str]]) -> Rows:
    """Achievements as native rows: the rows of one id are one work, with the owners of all."""
    first: dict[str, Mapping[str, str]] = {}
    owners: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for row in works:
        first.setdefault(row["id"], row)
        if row["owner"]:
            owners[row["id"]][row["owner"]] = None
    return ({**row, "owner": list(owners[work])} for work, row in first.items())


def _earlier(as_of: str, days: int) -> str:
    return (end_of_period(as_of) - timedelta(days=days)).isoformat() if days else as_of


def experts(
    queries: Path,
    works: Path,
    authorship: Path,
    candidates: Path | None,
    judgements: Path | None,
    *,
    embedder: Embedder,
    scores: Path | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """``evaluate experts``: files to figures. Raises InvalidInput naming file, line and column."""
    asked = list(read(queries, ("id", "title", "description")))
    texts = list(read(works, ("id", "title", "abstract")))
    ties = list(read(authorship, ("expert_id", "work_id")))
    listed = [row["expert_id"] for row in read(candidates, ("expert_id",))] if candidates else []
    names = list(dict.fromkeys([*(row["expert_id"] for row in ties), *listed]))
    pool = list(dict.fromkeys(listed)) if candidates else names
    grades = _grades(judgements, {row["id"] for row in asked}, set(pool)) if judgements else {}
    authors: dict[str, list[str]] = defaultdict(list)
    for row in ties:
        authors[row["work_id"]].append(row["expert_id"])
    tables: dict[str, Rows] = {
        "experts": ({"id": name, "name": name} for name in names),
        "achievements": ({**row, "creators": authors.get(row["id"], [])} for row in texts),
    }
    with _ingested(tables, progress) as (store, notes):
        entities = _entities(store, NodeKind.EXPERT)
        strange = len(authors.keys() - {row["id"] for row in texts})
        if strange:
            notes.append(_("{count} works of {file} have no text, and are left out", count=strange, file=authorship.name))
        said = {row["id"]: f"{row['title']} {row['abstract']}" for row in reversed(texts)}  # of works with one id, the first
        here = set(store.get([node_id(NodeKind.ACHIEVEMENT, SOURCE, clean_text(row["id"])) for row in asked]))
        return evaluate_experts(
            store,
            {row["id"]: _about(row, said, here) for row in asked if clean_text(row["title"] + row["description"])},
            {name: entities[clean_text(name)] for name in pool if clean_text(name) in entities},
            grades,
            embedder=embedder,
            scores=scores,
            progress=progress,
            notes=notes,
        )


def _about(row: Mapping[str, str], said: Mapping[str, str], here: set[str]) -> ExpertQuestion:
    """The question of a row. Where a work has its id the question is about that work, which is then no evidence; its text is asked
    once, and not twice, if the row says the same."""
    title, text = clean_text(row["title"]), clean_text(row["description"])
    published = Question(as_of=AS_OF, title=title, text=text, want=Want.EXPERTS)
    own = node_id(NodeKind.ACHIEVEMENT, SOURCE, clean_text(row["id"]))
    if own not in here:
        return ExpertQuestion(published, published)
    same = clean_text(said[row["id"]]) == clean_text(f"{title} {text}")
    about = Question(as_of=AS_OF, want=Want.EXPERTS) if same else published
    return ExpertQuestion(msgspec.structs.replace(about, about=own), published, own)


@contextmanager
def _ingested(tables: Mapping[str, Rows], progress: Progress | None) -> Iterator[tuple[Store, list[str]]]:
    """A temporary store of native rows, and what ingest rejected of them in words."""
    with tempfile.TemporaryDirectory(prefix="dovetail-evaluate-") as folder:
        paths = []
        for name, rows in tables.items():
            paths.append(Path(folder) / f"{name}.jsonl")
            paths[-1].write_bytes(msgspec.json.Encoder().encode_lines(rows))
        store = connect(f"sqlite:///{folder}/evaluation.db")

        def tell(done: int, total: int | None, name: str) -> None:
            if progress:
                progress(Message("ingest {name}", name=Path(name).stem), done, total or 0)

        try:
            report = ingest(store, paths, source=SOURCE, progress=tell)
            notes = [
                f"{one.rejected} {Path(one.file).stem} left out, the first because: {'; '.join(map(str, one.rejections[0].problems))}"
                for one in report.files
                if one.rejected
            ]
            yield store, notes
        finally:
            generations.forget(store)
            store.close()


def _institutions(names: Iterable[str], parts: Iterable[Mapping[str, str]]) -> Rows:
    above: dict[str, list[str]] = defaultdict(list)
    for row in parts:
        above[row["child"]].append(row["parent"])
    return ({"id": name, "name": name, "part_of": above.get(name, [])} for name in dict.fromkeys(names) if name)


def _entities(store: Store, kind: NodeKind) -> dict[str, str]:
    """The entity of each name that a row brought."""
    of = {record: node.id for node in store.scan(kind) for record in cast("Entity", node).records}
    return {record.provenance.source_id: of[record.id] for record in store.scan(NodeKind.RECORD) if record.id in of}


def _named(name: str, entities: Mapping[str, str], store: Store) -> str | None:
    """The institution that a name means: the one it came with, else as a person's typing would be read; None if that is nobody."""
    if clean_text(name) in entities:
        return entities[clean_text(name)]
    try:
        return find(store, name, OWNER)
    except (NotFound, InvalidInput):
        return None


def _check(queries: Path, asked: list[dict[str, str]], pairs: list[dict[str, str]], judgements: Path) -> None:
    for line, row in enumerate(asked, start=2):
        try:
            check_date(row["as_of"])
        except ValueError as error:
            raise InvalidInput(str(error), file=str(queries), line=line, field="as_of") from error
    known = {row["id"] for row in asked}
    for line, row in enumerate(pairs, start=2):
        if row["query_id"] not in known:
            raise InvalidInput(_("{row} is no question's id", row=row["query_id"]), file=str(judgements), line=line, field="query_id")


def _grades(path: Path, asked: set[str], pool: set[str]) -> dict[str, dict[str, float]]:
    """By question, the candidates that are judged for it, with their grades in [0, 1]."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for question, candidate, grade in judged(path, asked, pool, fraction, optional=True):
        found[question][candidate] = grade
    return found
