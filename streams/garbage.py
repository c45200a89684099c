"""The garbage collector, set for a process that holds many small values and few cycles."""

import gc

YOUNG = 100_000
"""New containers after which the youngest are searched for cycles (Python's default: 700)."""


def collect_rarely() -> None:
    """Search for cycles rarely, and never again in what is loaded now.

    Records, states and messages refer to each other in one direction, so they are freed the moment
    that they are let go. Searching thousands of them for cycles after every 700 new ones took a
    tenth of a worker's time (`docs/benchmarks.md`). Cycles do arise, in tasks and exceptions; they
    are still collected.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 100)
