"""Whether a confidential demand can be told by the time that answers take: pairs of calls to two services, one of whose stores has it.

    python benchmarks/service/hidden.py --store sqlite:////tmp/centre.db --pairs 300

Two copies of the store are made; into one a confidential demand is posted and published, with a text near to what is asked. Each copy has a
service of its own. The same request goes to both, the one that comes first drawn anew for each pair, by the public and by a key of an
institution that has nothing to do with it: stored demands, fresh texts near to the hidden one, lists, a node that is not there and the
hidden one's own address. Printed for each: the medians in milliseconds, their ratio, and the ratio of two medians of halves of one
service's own (how much of it is noise). The exit code is 1 if a ratio is off by more than ``--within``.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
import urllib.error
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from latency import served
from load import Caller

from desk.copy import copy
from desk.people.demands import Demands
from desk.people.keys import Keys
from desk.people.sight import node_of
from desk.process.principals import Actor, Role, Scope
from graph import connect
from graph.model import Demand, NodeKind, Visibility
from matcher.embedding.embedder import Embedder, default_english
from matcher.index import generations

SAID = {"title": "Laser cladding of worn excavator teeth", "description": "Overlay of at least 3 mm without cracks, 62 HRC, in the field."}
OPERATOR = Actor(id="shell", role=Role.OPERATOR)


def hide(url: str, owner: str) -> str:
    """Post and publish a confidential demand; the id of its node."""
    store = connect(url)
    firm, demands = Actor(id="firm", role=Role.ENTERPRISE, institution=owner), Demands(store)
    id = demands.draft(firm, SAID).id
    demands.do(firm, id, "submit", {"no_secrets": True})
    demands.do(OPERATOR, id, "accept")
    demands.do(firm, id, "publish", {"visibility": "confidential"})
    store.close()
    return node_of(id)


def milliseconds(act: Callable[[], object]) -> float:
    """How long a call takes, what is not there too."""
    began = time.perf_counter()
    try:
        act()
    except urllib.error.HTTPError as error:
        if error.code != 404:
            raise
    return 1000 * (time.perf_counter() - began)


Call = Callable[[int], object]


def pairs(one: Call, other: Call, count: int, drawn: random.Random) -> tuple[list[float], list[float]]:
    """The times of each of two calls, made in turns."""
    taken: tuple[list[float], list[float]] = ([], [])
    for number in range(count):
        order = (0, 1) if drawn.random() < 0.5 else (1, 0)
        for at in order:
            taken[at].append(milliseconds(lambda at=at, number=number: (one, other)[at](number)))
    return taken


def main() -> int:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", required=True, help="address of an indexed SQLite store, such as sqlite:///centre.db")
    parser.add_argument("--pairs", type=int, default=300, help="of each kind of request (default: 300)")
    parser.add_argument("--within", type=float, default=0.02, help="how far a ratio may be from 1 (default: .02)")
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    drawn, bad = random.Random(given.seed), False
    with tempfile.TemporaryDirectory(prefix="dovetail-hidden-") as scratch, ExitStack() as stack:
        urls, folders = [], [Path(scratch) / "without", Path(scratch) / "with"]
        for folder in folders:
            folder.mkdir()
            urls.append(f"sqlite:///{folder}/store.db")
            source, target = connect(given.store), connect(urls[-1])
            copy(source, target)
            source.close()
            target.close()
        store = connect(urls[0])
        institutions = sorted(one.id for one in store.scan(NodeKind.INSTITUTION))
        demands = sorted(one.id for one in store.scan(NodeKind.DEMAND) if isinstance(one, Demand) and one.visibility is Visibility.PUBLIC)
        store.close()
        hidden = hide(urls[1], institutions[0])
        callers: list[list[Caller]] = []
        for url, folder in zip(urls, folders, strict=True):
            store = connect(url)
            generations.build(store, Embedder(english=default_english(None)))
            key = Keys(store).create(OPERATOR, Role.PROVIDER, "x", institution=institutions[-1], scopes=(Scope.READ,))
            store.close()
            address, _service = stack.enter_context(served(url, folder))
            callers.append([Caller(address), Caller(address, key)])
        text = f"{SAID['title']}. {SAID['description']}"
        kinds: dict[str, Callable[[Caller, int], object]] = {
            "stored demand": lambda call, at: call("/v1/match", {"about": demands[at % len(demands)], "k": 5}),
            "near text": lambda call, at: call("/v1/match", {"text": f"{text} {at}", "k": 5}),
            "nothing there": lambda call, _at: call("/v1/nodes/dem-0000000000000000"),
            "the hidden one": lambda call, _at: call(f"/v1/nodes/{hidden}"),
        }
        sys.stdout.write(f"{'':26}{'without':>10}{'with':>10}{'ratio':>8}{'noise':>8}\n")
        for name, ask in kinds.items():
            for who, label in enumerate(("public", "member")):
                calls = [lambda at, ask=ask, mine=mine: ask(mine[who], at) for mine in callers]  # noqa: B023
                pairs(calls[0], calls[1], 20, drawn)  # the first of each are slower
                without, within = pairs(calls[0], calls[1], given.pairs, drawn)
                ratio = statistics.median(within) / statistics.median(without)
                noise = statistics.median(without[::2]) / statistics.median(without[1::2])
                bad |= abs(ratio - 1) > given.within
                first, second = statistics.median(without), statistics.median(within)
                sys.stdout.write(f"{name:18}{label:8}{first:10.2f}{second:10.2f}{ratio:8.3f}{noise:8.3f}\n")
                sys.stdout.flush()
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
