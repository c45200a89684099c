"""An event as Kafka carries it: what the benchmarks feed."""

from typing import NamedTuple


class WireEvent(NamedTuple):
    """One record for an input topic."""

    topic: str
    key: bytes
    value: bytes
    """Plain JSON, as ``churnstream produce`` sends it."""
    at: float
    """Event time (epoch s)."""
