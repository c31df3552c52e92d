"""How long it takes to find which of many institutions are one, and how many pairs are compared for it.

    python benchmarks/resolve.py --rows 100000 --seed 0

Rows are made of invented words: a third of them are another spelling of an earlier row (an abbreviation, a letter, an address,
another legal form, another language's noun). They are ingested into a temporary store like anybody's rows.

Printed: seconds of the whole ingest and of the pass over similar names in it (wall and CPU), names and pairs compared a row, and pairwise
precision and recall of what was joined; then what the ingest of a few rows more takes in this store. Names that are invented so are
easier than real ones: precision and recall only show that the work was done.
"""

from __future__ import annotations

import argparse
import csv
import random
import sys
import tempfile
import time
from pathlib import Path

from graph import Store, connect
from graph.ids import record_id
from graph.model import NodeKind
from ingest.evaluate import pairwise
from ingest.load import ingest
from ingest.resolve import similar_names

SYLLABLES = [
    "ba", "dor", "len", "ki", "mar", "tus", "vel", "shan", "gro", "fen", "hol", "ri", "sa", "lun", "per", "go", "zhe", "nau", "wick", "tra",
]  # fmt: skip
HAN = "岑海川岬稷畦澜屿柏峤砚洲榕梧湄岚汐舟禾汀"
TOPICS = ["Physics", "Applied Chemistry", "Marine Biology", "Materials", "Energy Systems", "Data Science", "Oncology", "Robotics"]


def name_of(seeded: random.Random) -> str:
    """An invented institution."""


    def word() -> str:
        return "".join(seeded.choices(SYLLABLES, k=seeded.choice((3, 4)))).capitalize()

    shape = seeded.randrange(6)
    if shape == 0:
        return f"University of {word()}"
    if shape == 1:
        return f"{word()} University of {seeded.choice(('Technology', 'Science', 'Medicine'))}"
    if shape == 2:
        return f"{word()} {word()} Institute of {seeded.choice(TOPICS)}"
    if shape == 3:
        return f"{word()} {seeded.choice(('Systems', 'Technologies', 'Coatings', 'Sensors'))} Inc"
    if shape == 4:
        return f"{word()} {word()} GmbH"
    return "".join(seeded.choices(HAN, k=4)) + seeded.choice(("大学", "研究所", "科技有限公司", "医院"))


def spelt_again(name: str, seeded: random.Random) -> str:
    """The same institution as another source writes it."""
    way = seeded.randrange(5)
    if name[0] in HAN:
        return name.replace("科技有限公司", "科技股份有限公司") if way < 3 else f"{name}（总部）"
    if way == 0:
        return name.replace("University", "Univ.").replace("Institute", "Inst.").replace("Inc", "Incorporated").replace("GmbH", "AG")
    if way == 1 and len(name) > 12:
        at = seeded.randrange(6, len(name) - 2)
        return name[:at] + name[at + 1 :]
    if way == 2:
        return f"{name}, {seeded.choice(('Oslo, Norway', 'Lyon', 'Graz, Austria'))}"
    if way == 3:
        return name.replace("University", "Université").replace("Institute", "Institut").upper()
    return f"The {name}"


def more(store: Store, folder: Path, seeded: random.Random, names: list[str], count: int) -> str:
    """What the ingest of ``count`` further rows takes, half of them spellings of earlier ones."""
    file = folder / f"{seeded.random()}-institutions.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "name"])
        for number in range(count):
            name = spelt_again(seeded.choice(names), seeded) if number % 2 == 0 else name_of(seeded)
            writer.writerow([f"{file.stem}-{number}", name])
    wall = time.monotonic()
    done = ingest(store, [file], source="benchmark").similar_names
    both = time.monotonic() - wall
    wall = time.monotonic()
    similar_names.run(store)
    return (
        f"{count:,} more: ingest {both:.2f} s; {done.names:,} names looked at in {done.pairs:,} pairs, {done.made} joined; "
        f"a pass where nothing changed {time.monotonic() - wall:.3f} s\n"
    )


def main() -> None:
    """Make the rows, ingest them, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    seeded = random.Random(given.seed)
    names: list[str] = []
    entity: dict[str, str] = {}
    for number in range(given.rows):
        if names and seeded.random() < 1 / 3:
            earlier = seeded.randrange(len(names))
            names.append(spelt_again(names[earlier], seeded))
            entity[str(number)] = entity[str(earlier)]
        else:
            names.append(name_of(seeded))
            entity[str(number)] = names[-1]
    with tempfile.TemporaryDirectory(prefix="dovetail-benchmark-") as folder:
        file = Path(folder) / "institutions.csv"
        with file.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(["id", "name"])
            writer.writerows(enumerate(names))
        store = connect(f"sqlite:///{folder}/benchmark.db")
        spent: dict[str, float] = {}
        wall, cpu = time.monotonic(), time.process_time()
        report = ingest(store, [file], source="benchmark")
        spent["wall"], spent["cpu"] = time.monotonic() - wall, time.process_time() - cpu
        cpu = time.process_time()
        similar_names.run(store, full=True)
        again = time.process_time() - cpu
        found = {
            record_id(NodeKind.INSTITUTION, "benchmark", str(number)).replace("rec-", "ins-"): str(number) for number in range(given.rows)
        }
        entities = store.get(list(found))
        clusters = {found[one]: entities[one].id for one in found}
        after = [more(store, Path(folder), seeded, names, count) for count in (1, 1, 1, 100, 1000)]
        store.close()
    done = report.similar_names
    precision, recall, _ = pairwise(clusters, entity)
    sys.stdout.write(
        f"{given.rows:,} rows: ingest {spent['wall']:.1f} s ({spent['cpu']:.1f} s CPU); the pass alone, again, {again:.1f} s CPU\n"
        f"{done.names:,} names, {done.pairs:,} pairs compared, {done.pairs / given.rows:.1f} a row; "
        f"{done.joined:,} joined, {done.proposed:,} proposed\n"
        f"precision {precision:.3f}, recall {recall:.3f} of pairs\n" + "".join(after)
    )


if __name__ == "__main__":
    main()
