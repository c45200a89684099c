"""A histogram that takes many values at once.

prometheus-client's own costs over a microsecond a value, which the latency of every single event
would turn into a noticeable share of the hot path; here a batch is sorted into the buckets once.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate
from threading import Lock

from prometheus_client import CollectorRegistry
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector


class BulkHistogram(Collector):
    """A Prometheus histogram without labels, filled in batches; safe between threads.

    ``bounds`` are the upper bounds of the buckets in rising order; one for +Inf is added.
    """

    def __init__(
        self, name: str, documentation: str, bounds: Sequence[float], registry: CollectorRegistry
    ) -> None:
        self._name = name
        self._documentation = documentation
        self._bounds = tuple(bounds)
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0
        self._lock = Lock()
        registry.register(self)

    def observe_many(self, values: Iterable[float]) -> None:
        """Count every value; negative ones (clocks differ between machines) count as zero."""
        counts, bounds = self._counts, self._bounds
        with self._lock:
            for value in values:
                seen = max(value, 0.0)
                counts[bisect_left(bounds, seen)] += 1
                self._sum += seen

    def collect(self) -> list[HistogramMetricFamily]:
        """The cumulated buckets and the sum, as Prometheus wants them."""
        with self._lock:
            counts, total = list(self._counts), self._sum
        ends = [*(str(float(bound)) for bound in self._bounds), "+Inf"]
        family = HistogramMetricFamily(self._name, self._documentation)
        family.add_metric([], list(zip(ends, accumulate(counts), strict=True)), total)
        return [family]
