"""Two sources that tell of one person in every way that a file can, and what the tests of the rights of persons share."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from desk.process.principals import Actor, Role
from graph import Store
from graph.model import Expert, NodeKind
from ingest.load import ingest
from ingest.report import Report

OPERATOR = Actor(id="shell", role=Role.OPERATOR)
NAME, ORCID, ROW = "岑知远", "0000-0002-1825-0097", "P-77-4471"
BIO = "岑知远多年研究低温烧结银浆。"
MAIL, PHONE = "zhiyuan.cen@haijia.example", "13800138000"
EMPLOYER = "海岬理工大学"

FILES: Mapping[str, str] = {
    "alpha/experts.csv": "id,name,institution,headline,bio,external_ids,电话,邮箱\n"
    f"{ROW},{NAME},{EMPLOYER},教授,{BIO},orcid:{ORCID},{PHONE},{MAIL}\n"
    f"P-2,王伟,{EMPLOYER},讲师,热管理。,,,\n",
    "alpha/achievements.csv": "id,title,abstract,owners,creators\n"
    f"A1,低温银浆,低温烧结银浆，用于功率模块。,{EMPLOYER},{NAME};王伟\n"
    "A2,散热片,功率模块的散热片。,北湾材料研究院,林知远 @ 北湾材料研究院\n",
    "alpha/created.csv": f"source,target\n{ROW},A2\n",
    "beta/achievements.csv": f"id,title,abstract,owners,creators\nB1,烧结炉,小型真空烧结炉。,{EMPLOYER},{NAME};林知远 @ 北湾材料研究院\n",
    "beta/affiliated_with.csv": f"source,target\n{NAME} @ {EMPLOYER},南岭光电实验室\n{NAME},{EMPLOYER}\n",
    "beta/evidence.csv": "source,target,target_kind,kind,outcome,visibility\n"
    f"北湾材料研究院,{NAME} @ {EMPLOYER},expert,delivery,0.8,public\n",
}


def written(folder: Path, files: Mapping[str, str] = FILES) -> list[Path]:
    """The folders of the sources, with their files."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return sorted({folder / name.partition("/")[0] for name in files})


def fed(store: Store, folder: Path, files: Mapping[str, str] = FILES) -> Report:
    return ingest(store, written(folder, files))


def without_person(files: Mapping[str, str] = FILES) -> dict[str, str]:
    """The same files without the person's rows and names."""
    kept: dict[str, str] = {}
    for name, text in files.items():
        lines = text.replace(f"{NAME};", "").splitlines(keepends=True)
        kept[name] = "".join(line for line in lines if not any(one in line for one in (NAME, ROW)))
    return kept


def people(store: Store) -> dict[str, Expert]:
    """The experts of a store by name; of one name the one that most Records tell of."""
    found = [one for one in store.scan(NodeKind.EXPERT) if isinstance(one, Expert)]
    return {one.name: one for one in sorted(found, key=lambda one: len(one.records))}


def forms(*texts: str) -> Iterator[bytes]:
    """How a text may lie in a file."""
    for text in texts:
        yield text.encode()
        yield text.encode("utf-16-le")
        yield text.encode("utf-16-be")
        if not text.isascii():
            yield json.dumps(text)[1:-1].encode()
            yield text.encode("gb18030")


def holding(folder: Path, *texts: str) -> dict[str, list[str]]:
    """By file under a folder, which of some texts its bytes hold in any form."""
    found: dict[str, list[str]] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            if hits := [text for text in texts if any(form in content for form in forms(text))]:
                found[str(path.relative_to(folder))] = hits
    return found


