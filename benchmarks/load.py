"""A steady load of complaints, and the alerts that they cause, matched by event id."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

import orjson
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

from schemas.codec import decode_output
from schemas.complaint_alert import ComplaintAlert

TOPIC = "complaints"
ANSWERS = "complaint-alerts"
CUSTOMERS = 2_000
TICK = 0.001
"""Seconds that the sender sleeps at least, so as not to take the CPU from what is measured."""
LEFT_BEHIND = 60.0
"""Seconds after the last complaint in which its alert must have come."""


@dataclass(frozen=True, slots=True)
class Load:
    """So many complaints a second for so many seconds, from a process of its own."""

    address: str
    topic: str
    rate: int
    seconds: float
    mark: str
    """Makes the event ids of this load different from those of others."""

    @property
    def count(self) -> int:
        """Complaints in all."""
        return round(self.rate * self.seconds)


@dataclass(frozen=True, slots=True)
class Latencies:
    """Milliseconds from just before a complaint was sent until its alert was received."""

    milliseconds: Sequence[float]
    """Sorted."""
    missing: int
    sender_late: float
    """How far behind its timetable the sender was at most (ms)."""

    def quantile(self, share: float) -> float:
        """The latency that this share of the complaints did not exceed."""
        place = min(int(share * len(self.milliseconds)), len(self.milliseconds) - 1)
        return self.milliseconds[place]


def run(load: Load, answers: str, partitions: int) -> Latencies:
    """Send the load and read the topic `answers` meanwhile; blocks until all is matched."""
    consumer = _at_end(load.address, answers, partitions)
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    sender = context.Process(target=_send, args=(load, theirs), daemon=True)
    sender.start()
    theirs.close()
    try:
        received = _receive(consumer, load)
        sent, late = ours.recv()
    finally:
        consumer.close()
        sender.join()
    found = sorted(1000 * (at - sent[number]) for number, at in received.items())
    return Latencies(found, load.count - len(found), 1000 * late)


def _at_end(address: str, topic: str, partitions: int) -> Any:
    consumer = Consumer(
        {"bootstrap.servers": address, "group.id": "benchmark-load", "enable.auto.commit": False}
    )
    places = [TopicPartition(topic, number) for number in range(partitions)]
    for place in places:
        place.offset = _end(consumer, place)
    consumer.assign(places)
    consumer.poll(0.5)
    return consumer


def _end(consumer: Any, place: Any) -> int:
    """The end of a partition, also of one that has just been made."""
    for _ in range(50):
        try:
            return int(consumer.get_watermark_offsets(place, timeout=30)[1])
        except KafkaException:
            time.sleep(0.2)
    raise TimeoutError(f"partition {place.partition} of {place.topic} has no leader")


def _receive(consumer: Any, load: Load) -> dict[int, float]:
    """Complaint number → moment (s since 1970) of its alert."""
    received: dict[int, float] = {}
    begin = f"{load.mark}-"
    deadline = time.monotonic() + load.seconds + LEFT_BEHIND
    while len(received) < load.count and time.monotonic() < deadline:
        message = consumer.poll(0.1)
        if message is None or message.error():
            continue
        now = time.time()
        alert = decode_output(ANSWERS, message.value())
        assert isinstance(alert, ComplaintAlert)
        if alert.evidence and alert.evidence[0].startswith(begin):
            received.setdefault(int(alert.evidence[0].removeprefix(begin)), now)
    return received


def _send(load: Load, result: Connection) -> None:
    """The other process: send on time, then report when each was sent and the worst delay."""
    settings: dict[str, Any] = {
        "bootstrap.servers": load.address,
        "partitioner": "murmur2",
        "enable.idempotence": True,
        "linger.ms": 1,
    }
    producer = Producer(settings)
    producer.list_topics(timeout=30)
    sent: list[float] = []
    late = 0.0
    begin = time.time() + 0.5
    for number in range(load.count):
        due = begin + number / load.rate
        if (now := time.time()) < due:
            producer.poll(0)
            time.sleep(max(due - now, TICK))
            now = time.time()
        late = max(late, now - due)
        customer, value = _complaint(load.mark, number, now)
        sent.append(time.time())
        producer.produce(load.topic, value, customer)
    producer.flush(30)
    result.send((sent, late))


def _complaint(mark: str, number: int, now: float) -> tuple[bytes, bytes]:
    customer = f"customer-{number % CUSTOMERS}"
    value = {
        "complaint_id": f"{mark}-{number}",
        "event_id": f"{mark}-{number}",
        "customer_id": customer,
        "stage": "opened",
        "occurred_at": datetime.fromtimestamp(now, UTC),
        "severity": 1 + number % 5,
        "text": "The parcel came late and one piece was broken.",
    }
    return customer.encode(), orjson.dumps(value)
