"""What a benchmark may run on: events in order of time, and the policy that belongs to them."""

import tempfile
from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path

from benchmarks.retail import read_events, retail_policy
from benchmarks.wire import WireEvent
from detectors.policy import Policy, load_policy
from examples.telecom.book import TOPICS
from examples.telecom.files import write_world
from examples.telecom.scene import Scene
from examples.telecom.simulate import simulate
from streams.sources.order import merged
from streams.sources.source import load_source

World = tuple[list[WireEvent], Policy]


def retail(limit: int) -> World:
    """Invoices of a gift retailer: purchases and returns, many events a customer."""
    return read_events(limit), retail_policy()


def telecom(limit: int) -> World:
    """The generated telecom company: all four input topics, 3,000 customers over 400 days."""
    with tempfile.TemporaryDirectory(prefix="churnstream-telecom-") as folder:
        world = Path(folder) / "world"
        write_world(simulate(Scene()), world)
        sources = [load_source(world / f"{topic}.toml") for topic in TOPICS]
        events = [
            WireEvent(event.topic, event.key, event.value, event.occurred_at)
            for event in islice(merged(sources), limit or None)
        ]
        return events, load_policy(world / "policy.toml")


WORLDS: Mapping[str, Callable[[int], World]] = {"retail": retail, "telecom": telecom}
"""By name; the argument is how many events at most (0: all)."""
