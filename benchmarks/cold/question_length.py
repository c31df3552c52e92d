"""What a long question costs beside a short one: cold ``dovetail match`` commands on an indexed store, each text new to the vector cache.

    python benchmarks/cold/question_length.py --store sqlite:////tmp/centre.db --rounds 5

For English and Chinese, a question of one sentence and one of two pages (5,600 characters, 2,200 in Chinese) are asked in turns, in a
process of their own each. Printed: the medians of CPU and wall seconds, and how many times the CPU of the short question the long one
takes. The exit code is 1 if that is more than three times.
"""

from __future__ import annotations

import argparse
import random
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOVETAIL = [sys.executable, "-c", "from api.cli import main; main(prog_name='dovetail')"]
TIMES = 3.0
PAGES = {"en": 5600, "zh": 2200}
SAID = {
    "en": (
        "The {a} of the {b} must withstand {n} cycles at {m} °C without {c}, since the {d} is opened twice a day. ",
        "We measured {n} µm of {c} on the {b} after {m} hours, which is more than the {d} allows. ",
        "A sensor near the {d} should report {c} within {m} s, and its signal must not drift by more than {n} ppm. ",
        "Existing {a} from {m} suppliers failed because the {b} swells when the {d} is cleaned with caustic soda. ",
    ),
    "zh": (
        "该{a}需在{m}℃下经受{n}次循环而不出现{c}，因为{d}每天开启两次。", "运行{m}小时后{b}上测得{n}微米的{c}，超过{d}的允许值。",
        "{d}附近的传感器应在{m}秒内报告{c}，信号漂移不超过{n} ppm。", "{m}家供应商的{a}均失效，原因是用烧碱清洗{d}时{b}发生溶胀。",
    ),
}  # fmt: skip
THINGS = {
    "en": {
        "a": "coating seal membrane liner", "b": "valve rotor electrode mould", "c": "cracks wear leakage pores",
        "d": "reactor furnace pump press",
    },
    "zh": {"a": "涂层 密封 膜材 衬里", "b": "阀门 转子 电极 模具", "c": "裂纹 磨损 泄漏 气孔", "d": "反应釜 加热炉 泵体 压机"},
}  # fmt: skip


def text(language: str, characters: int, drawn: random.Random) -> str:
    """Sentences that were not asked before, of so many characters about, one at least."""
    out = ""
    while len(out) < characters or not out:
        things = {name: drawn.choice(words.split()) for name, words in THINGS[language].items()}
        out += drawn.choice(SAID[language]).format(**things, n=drawn.randrange(10, 99_999), m=drawn.randrange(20, 990))
    return out


def cost(store: str, asked: str) -> tuple[float, float]:
    """CPU and wall seconds of one command."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run([*DOVETAIL, "match", "-", "--store", store, "--json"], input=asked.encode(), cwd=ROOT, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, time.monotonic() - start


def main() -> int:
    """Ask in turns and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    drawn = random.Random(time.time_ns())
    good = True
    for language, characters in PAGES.items():
        sizes = (0, characters)
        turns = [[cost(chosen.store, text(language, size, drawn)) for size in sizes] for _ in range(chosen.rounds)]
        (cpu, wall), (long_cpu, long_wall) = ([statistics.median(turn[of][n] for turn in turns) for n in (0, 1)] for of in (0, 1))
        times = long_cpu / cpu
        good &= times <= TIMES
        long = f"{long_cpu:.2f} s CPU, {long_wall:.2f} s wall"
        sys.stdout.write(f"{language}: short {cpu:.2f} s CPU, {wall:.2f} s wall; two pages {long}; {times:.1f} times\n")
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
