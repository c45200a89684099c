"""Lets aiokafka ask for some topics less often, when they bring a few records at a time.

A broker answers a fetch as soon as it has a record of any topic in it. So a topic for which nobody
waits, such as training examples, would cost a fetch (some 40 turns of two event loops) for each
record that anybody writes to it.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from aiokafka import TopicPartition

PAUSE = 0.1
"""Seconds in which a partition is not asked for, after it has brought a few records."""

FEW = 100
"""More at a time come out of a backlog, of which the next are asked for at once."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of an assignment, as far as aiokafka looks at one to plan its next fetches."""

    tps: Iterable[TopicPartition]
    state_value: Callable[[TopicPartition], Any]


def pause_between_fetches(
    fetcher: Any, chosen: Callable[[str], bool], clock: Callable[[], float] = time.monotonic
) -> None:
    """Let ``fetcher`` (aiokafka's, not fetching yet) pause with the chosen topics (`PAUSE`).

    A fetch of other topics may be waiting for records when the pause ends; then it takes until
    that is answered, at most half a second (``fetch_max_wait_ms``) more.
    """
    plan = fetcher._get_actions_per_node
    positions: dict[TopicPartition, int] = {}
    paused: dict[TopicPartition, float] = {}
    """Until when."""

    def is_paused(tp: TopicPartition, state: Any, now: float) -> bool:
        position = state._position  # the property raises while it is not known
        if position is None:
            positions.pop(tp, None)
            return False
        brought = position - positions.get(tp, position)
        positions[tp] = position
        if 0 < brought < FEW:
            paused[tp] = now + PAUSE
        return paused.get(tp, now) > now

    def plan_without_paused(assignment: Any) -> Any:
        now = clock()
        state = assignment.state_value
        asked = [
            tp for tp in assignment.tps if not (chosen(tp.topic) and is_paused(tp, state(tp), now))
        ]
        return plan(_Part(asked, state))

    fetcher._get_actions_per_node = plan_without_paused
