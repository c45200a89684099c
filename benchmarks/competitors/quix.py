"""Our detectors on Quix Streams: a stateful function, its outputs to topics.

``python -m benchmarks.competitors.quix``; stops after so many events as it is told (0: never).
"""

import logging
from typing import Any

from quixstreams import Application, message_context
from quixstreams.models.serializers import Serializer
from quixstreams.models.topics import Topic

from benchmarks.competitors.per_event import OUTPUTS, PerEvent, Surroundings
from detectors.effects import Message

STATE = "state"
"""The name of the one value that is kept for every customer."""


class MessageValue(Serializer):  # type: ignore[misc,unused-ignore]
    """The bytes of an output."""

    def __call__(self, *args: Any, **kwargs: Any) -> bytes:
        """What Kafka gets."""
        message: Message = args[0]
        return message.value or b""


def main() -> None:
    """Process the input topic until stopped, or until all events are done."""
    told = Surroundings()
    app = Application(
        broker_address=told.brokers,
        consumer_group=told.group,
        auto_offset_reset="earliest",
        state_dir=told.folder / f"{told.group}-state",
        loglevel=logging.WARNING,
    )
    inputs = app.topic(told.input, key_deserializer="bytes", value_deserializer="bytes")
    outputs = {
        name: app.topic(told.prefix + name, key_serializer="bytes", value_serializer=MessageValue())
        for name in OUTPUTS
    }
    detectors = PerEvent(told.logical)

    def detect(value: bytes, key: bytes, timestamp: int, headers: Any, state: Any) -> list[Message]:
        context = message_context()
        # Reviews touch other customers of the partition: their states are in the same store.
        store = state._transaction

        def read(customer: bytes) -> bytes | None:
            stored: bytes | None = store.get_bytes(STATE, prefix=customer)
            return stored

        output = detectors.handle(
            context.partition, context.offset, timestamp / 1000, key, value, headers or (), read
        )
        for customer, new in output.states.items():
            if new is None:
                store.delete(STATE, prefix=customer)
            else:
                store.set_bytes(STATE, new, prefix=customer)
        if detectors.handled == told.events:
            app.stop()
        return output.messages

    def topic_of(value: Message, key: Any, timestamp: int, headers: Any) -> Topic:
        return outputs[value.topic]

    frame = app.dataframe(inputs).apply(detect, stateful=True, expand=True, metadata=True)
    frame.to_topic(topic_of, key=lambda message: message.key)
    app.run()


if __name__ == "__main__":
    main()
