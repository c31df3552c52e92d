"""A service that is killed while people act by it: what was acknowledged is there, nothing is there twice, and the journal is whole."""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from api.streams import FOLDS
from desk.journal.heads import verify
from desk.people.demands import Demands
from desk.process.principals import Actor, Role, Scope
from graph import Store, connect
from graph.model import Institution, NodeKind
from leads.leads import Leads
from tests.api.cli.test_process import serving
from tests.api.http.people.conftest import OPERATOR, SAID, key_of
from tests.leads.worlds import begin, public_demand

KILLS = int(os.environ.get("DOVETAIL_TEST_KILLS", "2"))
EACH = 40
"""Requests of each kind and life of the service, at most."""
FIRM = Actor(id="x", role=Role.ENTERPRISE, institution="ins-firm")
ROW = "id,name,kind\n{0},{0} GmbH,enterprise\n"


@dataclass
class Load:
    """People who act: a request for each name, which is its idempotency key; ``made``: what was acknowledged, by the name."""

    keys: dict[str, str]
    lead: str
    made: dict[str, str] = field(default_factory=dict)

    def asked(self, name: str) -> dict[str, Any]:
        """The request of this name, whose first word is its kind."""
        kind, number = name.split()
        if kind == "demand":
            return {"url": "/v1/demands", "json": {"content": SAID | {"title": name}}}
        if kind == "note":
            return {"url": f"/v1/leads/{self.lead}/events", "json": {"event": "note", "text": name}}
        if kind == "lead":
            return {"url": "/v1/leads", "json": {"need": f"dem-{number}", "offer": "ins-rival"}}
        return {"url": "/v1/jobs", "params": {"name": "institutions.csv", "source": "lab"}, "content": ROW.format(number).encode()}

    def run(self, address: str, names: list[str]) -> None:
        """Ask for what is not acknowledged yet, until the service is gone."""
        with httpx.Client(base_url=address, timeout=30) as client:
            for name in names:
                if name in self.made:
                    continue
                headers = {"Idempotency-Key": name, "Authorization": f"Bearer {self.keys[name.split()[0]]}"}
                try:
                    answer = client.post(**self.asked(name), headers=headers)
                except httpx.HTTPError:
                    return
                if answer.status_code in (200, 201, 202):
                    self.made[name] = answer.json()["id"]

    def wait_for_jobs(self, address: str) -> None:
        """Raises AssertionError where what was handed in is not read in the end."""
        headers, jobs = {"Authorization": f"Bearer {self.keys['job']}"}, self.of("job")
        with httpx.Client(base_url=address, timeout=30, headers=headers) as client:
            for id in jobs.values():
                for _ in range(600):
                    state = client.get(f"/v1/jobs/{id}").json()["state"]
                    if state not in ("waiting", "running"):
                        break
                    time.sleep(0.1)
                assert state == "done", id

    def of(self, kind: str) -> dict[str, str]:
        return {name: id for name, id in self.made.items() if name.split()[0] == kind}


@pytest.mark.timeout(60 + 60 * KILLS)
def test_what_was_acknowledged_is_there_once(people_store: Store, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Demands are begun, leads taken up and noted upon, and files handed in, by four at a time."""
    begin(people_store)
    monkeypatch.setenv("DOVETAIL_REQUESTS_PER_MINUTE", "0")
    key, drawn = key_of(people_store, Role.BROKER, "ins-broker"), random.Random(7)
    keys = {"demand": key_of(people_store, Role.ENTERPRISE, "ins-firm"), "note": key, "lead": key}
    keys["job"] = key_of(people_store, Role.PROVIDER, "ins-lab", Scope.READ, Scope.WRITE, Scope.INGEST)
    load = Load(keys, Leads(people_store).begin(OPERATOR, public_demand(people_store), "exp-1").id)
    names: list[str] = []
    for kill in range(KILLS + 1):
        (tmp_path / str(kill)).mkdir()
        for number in range(EACH):
            public_demand(people_store, f"dem-{kill}-{number}")
        names += [f"{kind} {kill}-{number}" for number in range(EACH) for kind in ("demand", "note", "lead", "job")]
        with serving(url, tmp_path / str(kill)) as service:
            threads = [threading.Thread(target=load.run, args=(service.address, names[one::5])) for one in range(5)]
            for thread in threads:
                thread.start()
            if kill < KILLS:
                time.sleep(drawn.uniform(0.1, 1.0))
                service.process.kill()  # SIGKILL, amid requests
            for thread in threads:
                thread.join()
            if kill == KILLS:
                load.wait_for_jobs(service.address)
    store = connect(url)
    check(store, load)
    assert len(load.made) > KILLS
    assert verify(store, FOLDS)[1] == [] and store.check(deep=True).problems == ()
    store.close()


def check(store: Store, load: Load) -> None:
    """What was acknowledged is there, and once."""
    titles: dict[str, list[str]] = {}
    for one in Demands(store).listed(FIRM):
        titles.setdefault(str(one.content["title"]), []).append(one.id)
    assert [title for title, ids in titles.items() if len(ids) > 1] == []
    assert {title: ids[0] for title, ids in titles.items() if title in load.made} == load.of("demand")
    leads = Leads(store)
    notes = Counter(leads.texts(OPERATOR, load.lead).values())
    assert set(load.of("note")) <= set(notes) and set(notes.values()) <= {1}
    for id in load.of("lead").values():
        assert [entry.kind for entry in leads.history(OPERATOR, id)] == ["shortlist"]
    read = Counter(one.name for one in store.scan(NodeKind.INSTITUTION) if isinstance(one, Institution) and one.name.endswith(" GmbH"))
    assert {f"{name.split()[1]} GmbH" for name in load.of("job")} <= set(read) and set(read.values()) <= {1}
