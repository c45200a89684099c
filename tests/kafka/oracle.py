"""What must come out: one processor a partition, fed the records of the topics one by one.

No worker, no batches, no failure. The verifier of the faults has a second one, which shares nothing
with the processor (`tests/faults/expected.py`).
"""

from collections.abc import Mapping
from heapq import merge
from itertools import groupby

import orjson

from detectors.effects import Record
from detectors.processor import PartitionProcessor
from streams.kafka.reading import partition_of
from streams.topics import INPUTS
from streams.worker.wiring import codec_of
from tests.kafka.deployment import PARTITIONS, Deployment

Outputs = dict[str, dict[str, bytes]]
"""Topic → id → message."""


def undisturbed(
    deployment: Deployment, before: Mapping[bytes, bytes] | None = None
) -> tuple[dict[bytes, bytes], Outputs]:
    """The states and outputs that every run over the input topics must come to.

    Topics are merged by the times of their records, each in its own order. ``before``: the states
    to begin with.
    """
    states = dict(before or {})
    outputs: Outputs = {}
    policy = deployment.policy
    codec = codec_of(policy)
    processors = {n: PartitionProcessor(n, policy, states.get) for n in range(PARTITIONS)}
    for number, processor in processors.items():
        mine = {k: v for k, v in states.items() if partition_of(k, PARTITIONS) == number}
        processor.restore(mine.items())
    read = [
        [(topic, item) for item in items]
        for topic in INPUTS
        for _, items in groupby(deployment.read(topic), key=lambda item: item.partition)
    ]
    for topic, item in merge(*read, key=lambda pair: pair[1].timestamp):
        place = f"{topic}/{item.partition}/{item.offset}"
        at = item.timestamp / 1000
        decoded = codec.decode(
            topic, item.value, key=item.key, headers=item.headers, received_at=at, source=place
        )
        record = Record(topic, item.partition, item.offset, at, item.key, item.value, decoded)
        output = processors[item.partition].process([record])
        states.update({k: v for k, v in output.states.items() if v is not None})
        for message in output.messages:
            event_id = str(orjson.loads(message.value or b"{}")["id"])
            outputs.setdefault(message.topic, {})[event_id] = message.value or b""
    return states, outputs


def assert_exact(deployment: Deployment) -> None:
    """State and outputs on the cluster are those of an undisturbed run."""
    states, outputs = undisturbed(deployment)
    assert deployment.states() == states
    for topic in ("churn-risk", "customer-state", "dead-letters", "upgrade-opportunity"):
        assert deployment.outputs(topic) == outputs.get(topic, {}), topic
