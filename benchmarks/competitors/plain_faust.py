"""Our detectors on plain Faust: one agent, a table, a send for every output.

Run by the benchmarks as ``faust -A benchmarks.competitors.plain_faust worker``.
"""

from typing import Any

import faust

from benchmarks.competitors.per_event import OUTPUTS, PerEvent, Surroundings

_told = Surroundings()
_detectors = PerEvent(_told.logical)

app = faust.App(
    _told.group,
    broker=f"kafka://{_told.brokers}",
    store="memory://",
    topic_partitions=4,
    topic_disable_leader=True,
    consumer_auto_offset_reset="earliest",
    key_serializer="raw",
    value_serializer="raw",
    web_enabled=False,
)
customers = app.Table("customers", key_type=bytes, value_type=bytes, partitions=4)
_inputs = app.topic(_told.input, key_type=bytes, value_type=bytes)
_outputs = {
    name: app.topic(_told.prefix + name, key_type=bytes, value_type=bytes) for name in OUTPUTS
}


@app.agent(_inputs)
async def detect(stream: Any) -> None:
    """Read, decide, write the states to the table, send the outputs."""
    async for event in stream.events():
        message = event.message
        output = _detectors.handle(
            message.partition,
            message.offset,
            message.timestamp,
            message.key,
            message.value,
            (),
            customers.get,
        )
        for key, state in output.states.items():
            customers[key] = state
        for each in output.messages:
            await _outputs[each.topic].send(key=each.key, value=each.value)
