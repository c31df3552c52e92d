"""A service that is killed while people act by it: what was acknowledged is there, nothing is there twice, and the journal is whole."""

from __future__ import annotations

import os
import random
import threading
import time
from pathlib import Path

import httpx2 as httpx
import pytest

from desk.journal.heads import verify
from desk.people.demands import Demands
from desk.people.streams import FOLDS
from desk.process.principals import Actor, Role
from graph import Store, connect
from tests.api.cli.test_process import serving
from tests.api.http.people.conftest import SAID, key_of

KILLS = int(os.environ.get("DOVETAIL_TEST_KILLS", "2"))
FIRM = Actor(id="x", role=Role.ENTERPRISE, institution="ins-firm")


def post(address: str, key: str, asked: list[str], made: dict[str, str]) -> None:
    """Post a demand for each idempotency key that is not acknowledged yet, until the service is gone; ``made``: what was, by the key."""
    with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {key}"}, timeout=30) as client:
        for one in asked:
            if one in made:
                continue
            try:
                answer = client.post("/v1/demands", json={"content": SAID | {"title": one}}, headers={"Idempotency-Key": one})
            except httpx.HTTPError:
                return
            if answer.status_code == 201:
                made[one] = answer.json()["id"]


@pytest.mark.parametrize("seed", [7])
def test_what_was_acknowledged_is_there_once(
    people_store: Store, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    key, drawn = key_of(people_store, Role.ENTERPRISE, "ins-firm"), random.Random(seed)
    monkeypatch.setenv("DOVETAIL_REQUESTS_PER_MINUTE", "0")
    made: dict[str, str] = {}
    asked: list[str] = []
    for kill in range(KILLS + 1):
        (tmp_path / str(kill)).mkdir()
        asked += [f"demand {kill}-{number}" for number in range(150)]
        with serving(url, tmp_path / str(kill)) as service:
            shares = [asked[one::4] for one in range(4)]
            threads = [threading.Thread(target=post, args=(service.address, key, share, made)) for share in shares]
            for thread in threads:
                thread.start()
            if kill < KILLS:
                time.sleep(drawn.uniform(0.1, 1.0))
                service.process.kill()  # SIGKILL, amid requests
            for thread in threads:
                thread.join()
    store = connect(url)
    titles: dict[str, list[str]] = {}
    for one in Demands(store).listed(FIRM):
        titles.setdefault(str(one.content["title"]), []).append(one.id)
    assert [title for title, ids in titles.items() if len(ids) > 1] == []
    assert {title: ids[0] for title, ids in titles.items() if title in made} == made
    assert len(made) > KILLS
    assert verify(store, FOLDS)[1] == [] and store.check(deep=True).problems == ()
    store.close()
