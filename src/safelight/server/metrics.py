"""What the server has counted: one dictionary a subject, rendered when Prometheus asks.

Counting is an addition in the worker's own memory, since it happens at each request. Every series
carries the worker's process id: workers share a port and know nothing of each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

MEDIA_TYPE = b"text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """`worker` tells this process from the others."""

    def __init__(self, worker: str) -> None:
        self._worker = worker
        self.requests: defaultdict[tuple[str, int], int] = defaultdict(int)
        """By realm ("" when a request failed before it had one) and status."""
        self.sign_ins: defaultdict[tuple[str, str], int] = defaultdict(int)
        """By realm and what came of it: `accepted`, or the error's code."""
        self.refusals: defaultdict[tuple[str, str], int] = defaultdict(int)
        """By realm and the error's code."""

    def render(self) -> bytes:
        """The text format of Prometheus."""
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Counted(self, self._worker))
        return generate_latest(registry)


class _Counted(Collector):
    def __init__(self, metrics: Metrics, worker: str) -> None:
        self._metrics = metrics
        self._worker = worker

    def collect(self) -> Iterator[CounterMetricFamily]:
        counted = self._metrics
        yield self._family("requests", "Answers sent.", "status", counted.requests)
        yield self._family("sign_ins", "Sign-ins by what came of them.", "result", counted.sign_ins)
        yield self._family("refusals", "Refused requests by reason.", "code", counted.refusals)

    def _family(
        self,
        name: str,
        text: str,
        label: str,
        counts: Mapping[tuple[str, str], int] | Mapping[tuple[str, int], int],
    ) -> CounterMetricFamily:
        family = CounterMetricFamily(f"safelight_{name}", text, labels=("realm", label, "worker"))
        for (realm, value), count in counts.items():
            family.add_metric((realm, str(value), self._worker), count)
        return family
