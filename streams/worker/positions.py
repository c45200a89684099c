"""How far the consumer has come in a partition, and where the partition ends.

Read from the state that aiokafka keeps for its fetches: no request to the broker. The end is the
high watermark of the last fetch (`end_offsets` of some brokers is too small), or with transactions
what it could have brought: records of open transactions are not read.
"""

from typing import Any

from aiokafka import TopicPartition
from faust.types import TP


class Positions:
    """The fetch state of the Faust app's consumer."""

    def __init__(self, app: Any) -> None:
        self._app = app

    def end(self, topic: str, partition: int) -> int | None:
        """One behind what can be read; None before the first fetch or without assignment."""
        state = self._state(topic, partition)
        if state is None:
            return None
        end: int | None = state.highwater if self._app.transactions is None else state.lso
        return end

    def fetched(self, topic: str, partition: int) -> int | None:
        """The offset that is fetched next; None before the consumer knows where to begin."""
        state = self._state(topic, partition)
        # Not the property: the consumer's thread may unset it between a check and a look.
        return None if state is None else state._position

    def in_hand(self, topic: str, partition: int) -> int:
        """Records that were fetched and not committed."""
        held: int = self._app.consumer.in_hand(TP(topic, partition))
        return held

    def committed(self, topic: str, partition: int) -> int:
        """The offset that the group has reached since it gave us the partition; 0 before."""
        return self._app.consumer.kept(TP(topic, partition)) or 0

    def _state(self, topic: str, partition: int) -> Any:
        thread = self._app.consumer._thread
        consumer = thread._consumer
        if consumer is None or consumer._subscription.subscription is None:
            return None
        assignment = consumer._subscription.subscription.assignment
        place = TopicPartition(topic, partition)
        if assignment is None or place not in assignment.tps:
            return None
        return assignment.state_value(place)
