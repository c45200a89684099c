"""What a customer costs in memory: measured on copies of real states, in a process of its own."""

import gc
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing import get_context

from benchmarks.crowd import Crowd
from benchmarks.machine import resident_bytes
from detectors.policy import Policy
from detectors.processor import PartitionProcessor

MILLION = 1_000_000


@dataclass(slots=True)
class Footprint:
    """Growth of the resident memory (RSS) by so many customers."""

    customers: int
    states_bytes: int
    """The memory store: keys, values and their dict."""
    deadlines_bytes: int
    """What the processor keeps of every customer beside the store."""

    @property
    def megabytes_per_million(self) -> float:
        """Both, for a million customers, in MB (10^6 bytes)."""
        return (self.states_bytes + self.deadlines_bytes) * MILLION / self.customers / 1e6


def measure(store: Mapping[bytes, bytes], customers: int) -> Footprint:
    """The footprint of `customers` copies of the states in `store`, each under an id of its own."""
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(_grow, (dict(store), customers))


def _grow(store: dict[bytes, bytes], customers: int) -> Footprint:
    gc.collect()
    begin = resident_bytes()
    copies = dict(Crowd(store).states(customers))
    stored = resident_bytes()
    processor = PartitionProcessor(0, Policy(), copies.get)
    processor.restore(copies.items())
    gc.collect()
    return Footprint(customers, stored - begin, resident_bytes() - stored)
