"""A small store with an index, in which answers are kept: public works, one for members, one confidential."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from desk.answers.answers import Answers
from desk.find import find
from desk.process.principals import Actor, Role, Scope
from graph import Store, connect
from graph.viewer import OWNER
from ingest.load import ingest
from matcher.embedding.embedder import Embedder
from matcher.index import generations
from matcher.index.snapshot import Snapshot

FILES = {
    "institutions.csv": "id,name,kind\nI1,Harbour Coatings Ltd,enterprise\nI2,Quillon University,university\n"
    "I3,Northquay Works,enterprise\nI4,Selby Institute,research_institute\n",
    "achievements.csv": "id,title,abstract,owner,visibility\n"
    "A1,Thermal barrier coatings for turbine blades,Plasma sprayed zirconia coatings survive 1 000 cycles at 1200 C.,I2,public\n"
    "A2,Infrared inspection of coatings,Coated blades are inspected by infrared thermography.,I4,public\n"
    "A3,Ceramic separator for lithium cells,A ceramic coated separator shuts down at 130 C.,I4,members\n"
    "A4,Secret thermal barrier coating recipe,Zirconia recipe for turbine blade coatings at 1300 C.,I2,confidential\n",
    "evidence.csv": "source,target,kind,outcome,date,verified_by\nI1,I2,delivery,1,2024-06-12,I4\n",
}
QUESTION = "thermal barrier coatings for turbine blades"
Write = Callable[[dict[str, str]], None]


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    return Embedder()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "centre"


def fed(store: Store, folder: Path, files: dict[str, str]) -> None:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    ingest(store, [folder / name for name in files], source="t")


@pytest.fixture
def kept_in(tmp_path: Path, folder: Path, embedder: Embedder) -> Store:
    store = connect(f"sqlite:///{tmp_path}/s.db")
    fed(store, folder, FILES)
    generations.build(store, embedder)
    return store


@pytest.fixture
def snapshot(kept_in: Store, embedder: Embedder) -> Callable[[], Snapshot]:
    """The newest snapshot, whenever it is asked for."""
    return lambda: Snapshot.open(kept_in, embedder)


@pytest.fixture
def answers(kept_in: Store) -> Answers:
    return Answers(kept_in)


@pytest.fixture
def actors(kept_in: Store) -> dict[str, Actor]:
    """By name: firm (I1), university (I2), works (I3), institute (I4), operator."""
    names = {"firm": "I1", "university": "I2", "works": "I3", "institute": "I4"}
    scopes = frozenset({Scope.READ, Scope.WRITE})
    made = {
        name: Actor(id=f"key:{name}", role=Role.ENTERPRISE, institution=find(kept_in, id, OWNER), scopes=scopes)
        for name, id in names.items()
    }
    return made | {"operator": Actor(id="shell", role=Role.OPERATOR)}
