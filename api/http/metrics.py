"""What a service counts of itself, in the form that Prometheus reads.

In: requests that were answered, and what the follower finds. Out: the text of ``/metrics``. Next: ``api.http.record`` and
``api.http.service`` count; ``api.http.routes.probes`` sends the text.

Labels are routes as templates, methods and classes of status, which are few; no id, name, text or address is a label. Of several workers
each counts for itself, in files of a folder (PROMETHEUS_MULTIPROC_DIR) that whichever answers ``/metrics`` adds up.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, disable_created_metrics, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The environment variable by which the workers of one service know their folder."""
MEDIA = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_CURRENT = "dovetail_snapshot_current_timestamp_seconds"
disable_created_metrics()  # type: ignore[no-untyped-call]
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """The counts of one process."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        if FOLDER not in os.environ:
            ProcessCollector(registry=registry)
        self._requests = Counter(
            "dovetail_requests", "Requests answered, by route, method and class of status.", ("route", "method", "status"),
            registry=registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "dovetail_request_seconds", "Seconds from a request's head to the end of its answer.", ("route",), buckets=_SECONDS,
            registry=registry,
        )  # fmt: skip
        self.in_flight = Gauge(
            "dovetail_requests_in_flight", "Requests being answered now.", multiprocess_mode="livesum", registry=registry
        )
        self.store_errors = Counter("dovetail_store_errors", "Times that the store could not be read.", registry=registry)
        self._current = Gauge(
            _CURRENT, "When answers were last known to be of the newest state of the store; 0 before the first snapshot.",
            multiprocess_mode="livemin", registry=registry,
        )  # fmt: skip
        self._behind = Gauge(
            "dovetail_changes_behind", "Changes of the store that answers do not know of yet.", multiprocess_mode="livemax",
            registry=registry,
        )  # fmt: skip
        self._texts_behind = Gauge(
            "dovetail_texts_behind", "Texts of the store that no answer knows of yet.", multiprocess_mode="livemax", registry=registry
        )
        self.entries = Gauge("dovetail_journal_entries", "Entries of the journal.", multiprocess_mode="livemax", registry=registry)

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request; ``route`` is its template."""
        known = method if method in _METHODS else "other"
        self._requests.labels(route, known, f"{status // 100}xx").inc()
        self._seconds.labels(route).observe(seconds)

    def followed(self, *, behind: int, texts_behind: int) -> None:
        """Note how far answers are behind the store; without either they are of now."""
        self._behind.set(behind)
        self._texts_behind.set(texts_behind)
        if not behind and not texts_behind:
            self._current.set(time.time())

    def text(self) -> bytes:
        """All counts, of all workers."""
        registry = self._registry
        if FOLDER in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry) + generate_latest(_ages(registry))


def _ages(counted: CollectorRegistry) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(_Age(counted))
    return registry


class _Age(Collector):
    """The age of the snapshot at the moment of asking, of the oldest of the workers."""

    def __init__(self, counted: CollectorRegistry) -> None:
        self._counted = counted

    def collect(self) -> Iterator[Metric]:
        for family in self._counted.collect():
            for sample in family.samples:
                if sample.name == _CURRENT and sample.value:
                    age = max(0.0, time.time() - sample.value)
                    yield GaugeMetricFamily("dovetail_snapshot_age_seconds", "Seconds since answers were last of the newest state.", age)
