"""What a fixed list of questions and commands answers, to the byte: run it before and after a change of structure and compare.

    python benchmarks/answers.py before.jsonl        # ... the change ...
    python benchmarks/answers.py after.jsonl && cmp before.jsonl after.jsonl

The example centre is ingested into a new store in a temporary folder, and into a second one at ``--second URL`` (a Neo4j server, say).
Each line of the file is a command or a request with its exit code or status, its output and its messages; the last lines are the
content hashes of the stores. With ``--store URL`` an indexed store of one's own answers the same texts too (nothing is written to it).
Seconds, temporary paths and the epoch of a store are written as ``#``: they differ between two runs of the same code.

Every command runs in this process, but for ``dovetail serve``, which is asked over HTTP on the loopback address and ended by its
process id. Vectors come from the user's cache.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
DOVETAIL = [sys.executable, "-c", "from api.cli import main; main(prog_name='dovetail')"]
DAY = "2026-06-30"
WANTS = ("partners", "achievements", "experts", "demands", "resources")
TEXTS = (
    "low-temperature sintering of silver paste", "In-line inspection of pores in castings without X-ray",
    "recover lithium from spent batteries",
    "压铸件内部气孔缩孔的在线无损检测，不使用X射线", "退役磷酸铁锂电池正极材料的直接再生", "怎样做一道正宗的麻婆豆腐？",
    "Who can coat a milling cutter so that it survives dry cutting of hardened steel at 220 m/min? Each tool has to be checked in line.",
)  # fmt: skip
DEMANDS = [f"D{number:02}" for number in range(1, 19)]
NAMES = ("I06", "A01", "E01", "C01", "R01", "D03", "岑海理工大学", "nobody of this name", "沈砚秋", "Tobias Ehrenwald @ I26")
PAIRS = (("I06", "I02"), ("岑海理工大学", "I15"), ("I02", "I06"), ("I08", "I01"), ("I06", "E01"), ("I13", "I04"), ("I06", "nobody"))
_VARYING = (
    (re.compile(r'("seconds": ?)[\d.]+'), r"\1#"),
    (re.compile(r"\b\d+(\.\d+)? (ms|s|min)\b"), "# s"),
    (re.compile(r"/tmp/[\w.-]+"), "#"),
    (re.compile(r"index/[0-9a-f]{16}/[0-9a-f]{16}"), "index/#"),
    (re.compile(r'("stale_seconds": ?)[\d.]+'), r"\1#"),
    (re.compile(r"127\.0\.0\.1:\d+"), "#"),
    (re.compile(r"\?graph=[\w-]+"), "#"),
)


def steady(text: str) -> str:
    """``text`` without what two runs of one version say differently."""
    for form, mark in _VARYING:
        text = form.sub(mark, text)
    return text


def run(*words: str) -> dict[str, Any]:
    """A command of the command line: its exit code, output and messages."""
    from api.cli import main

    out, err = io.StringIO(), io.StringIO()
    code: object = 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(list(words), prog_name="dovetail")
        except SystemExit as ended:
            code = ended.code
    return {"asked": [steady(word) for word in words], "code": code, "out": steady(out.getvalue()), "err": steady(err.getvalue())}


def questions(texts_only: bool) -> Iterator[list[str]]:
    """The arguments of every ``dovetail match``, of texts that any store can be asked, or also of what the example centre holds."""
    for text in TEXTS:
        for want in WANTS:
            yield [text, "--want", want, "-k", "10", "--weak"]
        yield [text]
    if texts_only:
        return
    for demand in DEMANDS:
        for want in WANTS[:3]:
            yield ["--demand", demand, "--want", want, "-k", "20"]
        yield ["--demand", demand, "--explain", "1"]
        yield ["--demand", demand, "--asker", "I06", "--clearance", "public"]
    for about in ("A01", "A11", "A41", "A52", "E01", "E21", "I02"):
        yield ["--about", about, "--want", "demands", "--weak"]
        yield ["--about", about, "--weak"]
    for more in (["--country", "CN"], ["--region", "浙江"], ["--kind", "university"], ["--trl-min", "6"], ["--price-max", "500000"],
                 ["--language", "en"], ["--as-of", "2022"], ["--asker", "nobody"], ["-k", "0"]):  # fmt: skip
        yield ["--demand", "D02", *more]


def asked(store: str, texts_only: bool) -> Iterator[dict[str, Any]]:
    """Every question as JSON, and a few as a person reads them."""
    for number, words in enumerate(questions(texts_only)):
        day = [] if "--as-of" in words else ["--as-of", DAY]
        yield run("match", *words, *day, "--store", store, "--json")
        if number % 9 == 0:
            yield run("match", *words, *day, "--store", store)


def commands(store: str, folder: Path) -> Iterator[dict[str, Any]]:
    """The other commands, on the example centre."""
    for name in NAMES:
        yield run("show", name, "--store", store, "--json")
        yield run("show", name, "--store", store, "--limit", "5")
    for pair in PAIRS:
        yield run("trust", *pair, "--as-of", DAY, "--log", "--store", store, "--json")
        yield run("trust", pair[0], "--as-of", DAY, "--store", store, "--json")
        yield run("trust", *pair, "--as-of", DAY, "--store", store)
    for words in (["merges"], ["coverage"], ["evidence", "anchors"]):
        yield run(*words, "--store", store, "--json")
        yield run(*words, "--store", store)
    broken = str(folder / "examples" / "broken")
    yield run("ingest", broken, "--dry-run", "--store", store, "--json")
    yield run("ingest", broken, "--dry-run", "--store", store)
    for path in sorted((folder / "examples" / "centre").iterdir()):
        yield run("ingest", str(path), "--suggest-mapping")
    yield from evaluations(folder)


def evaluations(folder: Path) -> Iterator[dict[str, Any]]:
    """Every evaluation, on small sets made of the example centre."""
    with (ROOT / "examples" / "centre" / "成果.csv").open(encoding="utf-8-sig", newline="") as file:
        works = list(csv.DictReader(file))
    with (ROOT / "examples" / "centre" / "需求.csv").open(encoding="utf-8-sig", newline="") as file:
        needs = list(csv.DictReader(file))

    def table(name: str, *rows: tuple[object, ...]) -> str:
        path = folder / f"{name}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
        return str(path)

    texts = [(one["编号"], one["名称"], one["摘要"]) for one in works]
    q = table("q", ("id", "title", "description"), *((one["编号"], one["名称"], one["描述"]) for one in needs))
    d = table("d", ("id", "title", "abstract"), *texts)
    pairs = [(need["编号"], work["编号"], 1 + (3 * i + 5 * j) % 4) for i, need in enumerate(needs) for j, work in enumerate(works)]
    j = table("j", ("query_id", "candidate_id", "grade"), *pairs)
    yield run("evaluate", "match", "--queries", q, "--documents", d, "--judgements", j, "--json", "-")
    ties = [(one["完成人"].split(";")[0].split("；")[0] or "E01", one["编号"]) for one in works]
    a = table("a", ("expert_id", "work_id"), *ties)
    e = table("e", ("query_id", "candidate_id", "grade"), *((need["编号"], ties[3 * i][0], 1) for i, need in enumerate(needs)))
    yield run("evaluate", "experts", "--queries", q, "--works", d, "--authorship", a, "--judgements", e, "--json", "-")
    p = table("p", ("id", "title", "description", "posted_by", "as_of"),
              *((one["编号"], one["名称"], one["描述"], one["发布单位"], "2026-01-01") for one in needs))  # fmt: skip
    owned = [(*text, one["权属单位"], one["日期"]) for text, one in zip(texts, works, strict=True)]
    o = table("o", ("id", "title", "abstract", "owner", "date"), *owned)
    askers = [one["发布单位"] for one in needs]
    dealt = [(askers[n % len(askers)], works[2 * n]["权属单位"], f"20{15 + n % 9}", "contract", 1000 * n) for n in range(15)]
    k = table("k", ("source", "target", "date", "kind", "amount"), *dealt)
    i = table("i", ("query_id", "institution"), *((one["编号"], works[2 * at]["权属单位"]) for at, one in enumerate(needs)))
    yield run("evaluate", "partners", "--queries", p, "--achievements", o, "--cooperations", k, "--judgements", i, "--json", "-")
    rated = [(f"p{n % 13}", f"p{(7 * n + n // 13) % 17}", round(((n * 37) % 21 - 10) / 10, 1), 1000 + n) for n in range(160)]
    t = table("t", ("source", "target", "weight", "time"), *((s, g, w, at) for s, g, w, at in rated if s != g))
    yield run("evaluate", "trust", "--edges", t, "--calibrated", "--json", "-")
    yield run("evaluate", "trust", "--edges", t, "--temporal", "0.2", "--json", "-")
    names = ["岑海理工大学", "岑海理工", "Cenhai University of Technology", "Cenhai Univ. of Technology, Ningbo", "Dept. of Physics, Oslo"]
    r = table("r", ("id", "text", "entity"), *((str(at), name, "1" if at < 4 else "2") for at, name in enumerate(names)))
    yield run("evaluate", "resolve", "--strings", r, "--json", "-")


def served(store: str) -> Iterator[dict[str, Any]]:
    """What the HTTP service answers."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with log.open("wb") as out:
            command = [*DOVETAIL, "serve", "--host", "127.0.0.1", "--port", "0", "--store", store]
            service = subprocess.Popen(command, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=out, stderr=subprocess.STDOUT)
        try:
            address = ready(service, log)
            yield from requests(address)
        finally:
            service.terminate()
            service.wait(30)


def ready(service: subprocess.Popen[bytes], log: Path) -> str:
    """The address of the service, once it answers questions."""
    for _ in range(600):
        found = re.search(r"http://[^\s/]+:\d+", log.read_text("utf-8", errors="replace"))
        if found:
            with contextlib.suppress(urllib.error.URLError, OSError):
                if '"ready":true' in call(found[0], "/readyz")["out"].replace(" ", ""):
                    return found[0]
        if service.poll() is not None:
            break
        time.sleep(0.2)
    raise SystemExit(f"the service did not start: {log.read_text('utf-8', errors='replace')}")


def call(address: str, path: str, body: object = None) -> dict[str, Any]:
    """Status, media type and body of one request."""
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    request = urllib.request.Request(address + path, data, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            told = response.status, response.headers["Content-Type"], response.read()
    except urllib.error.HTTPError as error:
        told = error.code, error.headers["Content-Type"], error.read()
    return {"asked": [path, str(body)], "code": told[0], "type": told[1], "out": steady(told[2].decode())}


def requests(address: str) -> Iterator[dict[str, Any]]:
    """Requests good and bad."""
    for text in TEXTS:
        yield call(address, "/v1/match", {"text": text, "as_of": DAY})
        body = {"text": text, "as_of": DAY, "want": "experts", "explain": True, "include_weak": True, "asker": "I06"}
        yield call(address, "/v1/match", body)
    for demand in DEMANDS:
        yield call(address, "/v1/match", {"about": demand, "as_of": DAY, "k": 20})
    for bad in (
        {"about": "nobody"},
        {"k": 5},
        {"text": "x", "k": 1000},
        {"text": "x", "colour": 1},
        b"{",
        [1],
        {"text": "x", "as_of": "no"},
    ):
        yield call(address, "/v1/match", bad)
    for path in ("/v1/trust?asker=I06&target=I02", "/v1/trust?asker=I06", "/v1/trust?asker=x&target=I02", "/v1/trust/I06", "/v1/nodes/A01",
                 "/v1/nodes/ach-0123456789abcdef", "/v1/nowhere", "/openapi.json"):  # fmt: skip
        yield call(address, path + ("&" if "?" in path else "?") + f"as_of={DAY}")


def contents(url: str) -> dict[str, Any]:
    """The content hash of a store."""
    from graph import connect

    store = connect(url, create=False)
    try:
        check = store.check(deep=True)
        return {"asked": ["content"], "code": len(check.problems), "out": check.content, "err": "; ".join(check.problems)}
    finally:
        store.close()


def everything(given: argparse.Namespace, folder: Path) -> Iterator[dict[str, Any]]:
    """The whole list."""
    os.chdir(folder)  # rejected rows are written to the working folder
    shutil.copytree(ROOT / "examples", folder / "examples")  # a path of one length, wherever the checkout is
    centre = str(folder / "examples" / "centre")
    for number, store in enumerate([f"sqlite:///{folder}/answers.db", *([given.second] if given.second else [])]):
        yield run("ingest", centre, "--store", store, "--json")
        yield run("ingest", centre, "--store", store)
        yield contents(store)
        yield from asked(store, texts_only=number > 0)
        yield from commands(store, folder) if number == 0 else ()
        yield from served(store) if number == 0 else ()
        yield contents(store)
    if given.store:
        yield from asked(given.store, texts_only=True)


def main() -> int:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="file for the answers, one JSON object a line")
    parser.add_argument("--second", help="address of a second, new store, such as neo4j://localhost:7687?graph=answers")
    parser.add_argument("--store", help="address of an indexed store of one's own")
    given = parser.parse_args()
    os.environ["COLUMNS"] = "120"
    count = 0
    with given.out.open("w", encoding="utf-8") as out, tempfile.TemporaryDirectory(prefix="dovetail-answers-") as folder:
        home = Path.cwd()
        for one in everything(given, Path(folder)):
            out.write(json.dumps(one, ensure_ascii=False, sort_keys=True) + "\n")
            count += 1
        os.chdir(home)
    print(f"{count} answers in {given.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
