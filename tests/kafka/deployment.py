"""A deployment under test: its topics, its workers, and what is on the cluster."""

import os
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError

from detectors.policy import Policy, load_policy
from streams.kafka import topic_admin
from streams.kafka.clients import admin_client
from streams.settings import Settings
from streams.topics import CHANGELOG, INPUTS, physical
from tests.kafka.cluster import free_ports
from tests.kafka.worker import WITHIN, WorkerUnderTest

PARTITIONS = 2


@dataclass(frozen=True)
class Item:
    """One record of a topic."""

    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]

    @property
    def id(self) -> str:
        """The CloudEvents id of an output."""
        return str(orjson.loads(self.value or b"{}")["id"])


class Deployment:
    """Topics with a prefix of their own on a broker, and the workers on them."""

    def __init__(
        self,
        address: str,
        name: str,
        folder: Path,
        *,
        policy: str = "",
        replication: int = 1,
        create: bool = True,
    ) -> None:
        self.folder = folder
        self.env = {
            "CHURNSTREAM_BROKERS": address,
            "CHURNSTREAM_TOPIC_PREFIX": f"{name}.",
            "CHURNSTREAM_APP_ID": name,
            "CHURNSTREAM_PARTITIONS": str(PARTITIONS),
            "CHURNSTREAM_REPLICATION": str(replication),
            "CHURNSTREAM_SESSION_TIMEOUT": "2s",
            "CHURNSTREAM_IDLE_AFTER": "0",
            "CHURNSTREAM_DATA_DIR": str(folder / "data"),
        }
        if policy:
            path = folder / "policy.toml"
            path.write_text(policy, encoding="utf-8")
            self.env["CHURNSTREAM_POLICY"] = str(path)
        self.settings = Settings.from_env(self.env)
        self.policy: Policy = load_policy(self.settings.policy)
        self._workers: list[WorkerUnderTest] = []
        if create:
            with admin_client(self.settings) as client:
                topic_admin.create(client, self.settings)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for worker in self._workers:
            worker.end()

    def name(self, topic: str) -> str:
        """The name of a logical topic on the cluster."""
        return physical(self.settings, topic)

    def worker(self, *command: str, **variables: str) -> WorkerUnderTest:
        """Start a worker, with more CHURNSTREAM_… variables (given without that prefix)."""
        port = free_ports(1)[0]
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("CHURNSTREAM_")}
        own = {f"CHURNSTREAM_{key}": value for key, value in variables.items()}
        env = inherited | self.env | {"CHURNSTREAM_METRICS_PORT": str(port)} | own
        log = self.folder / f"worker-{len(self._workers)}.log"
        line = [sys.executable, *(command or ("-m", "streams.cli", "worker"))]
        made = WorkerUnderTest(line, env, log, port)
        self._workers.append(made)
        return made

    def produce(self, topic: str, pairs: Iterable[tuple[bytes | None, bytes | None]]) -> int:
        """Send records, each to the partition of its key; returns how many."""
        producer = KafkaProducer(bootstrap_servers=list(self.settings.brokers), linger_ms=5)
        sent = [producer.send(self.name(topic), key=key, value=value) for key, value in pairs]
        producer.flush(WITHIN)
        producer.close()
        return len([future.get(1) for future in sent])

    def read(self, topic: str) -> list[Item]:
        """All records of a logical topic, partition by partition."""
        consumer = self._consumer(None)
        name = self.name(topic)
        places = [TopicPartition(name, n) for n in sorted(consumer.partitions_for_topic(name))]
        consumer.assign(places)
        consumer.seek_to_beginning(*places)
        ends = consumer.end_offsets(places)
        found: list[Item] = []
        deadline = time.monotonic() + WITHIN
        while any(consumer.position(place) < ends[place] for place in places):
            assert time.monotonic() < deadline, f"{name} cannot be read to its end"
            for records in consumer.poll(timeout_ms=500).values():
                found += [
                    Item(r.partition, r.offset, r.timestamp, r.key, r.value, r.headers)
                    for r in records
                ]
        consumer.close()
        return sorted(found, key=lambda item: (item.partition, item.offset))

    def lag(self) -> int:
        """Records of the input topics that are not committed yet."""
        return sum(end - (committed or 0) for committed, end in self.offsets().values())

    def offsets(self) -> dict[str, tuple[int | None, int]]:
        """By partition of the input topics: the committed offset and the end."""
        consumer = self._consumer(self.settings.app_id)
        places = [TopicPartition(self.name(t), n) for t in INPUTS for n in range(PARTITIONS)]
        ends = consumer.end_offsets(places)
        found = {f"{p.topic}/{p.partition}": (consumer.committed(p), ends[p]) for p in places}
        consumer.close()
        return found

    def look(self) -> str:
        """What the broker and the workers say, for the message of a failure."""
        try:
            offsets = "; ".join(
                f"{place}: {committed} of {end}"
                for place, (committed, end) in self.offsets().items()
                if end
            )
        except KafkaError as error:
            offsets = f"the broker does not tell: {error!r}"
        return "\n".join([f"committed {offsets}", *(worker.look() for worker in self._workers)])

    def wait_for(self, condition: Any, what: str) -> None:
        """Block until ``condition()`` is true; fails after `WITHIN`."""
        deadline = time.monotonic() + WITHIN
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"{what} did not come to pass:\n{self.look()}")
            time.sleep(0.2)

    def wait_done(self, *workers: WorkerUnderTest) -> None:
        """Block until everything that was produced is committed; ``workers`` must live on."""

        def done() -> bool:
            for worker in workers:
                assert worker.alive, f"the worker ended by itself:\n{worker.output}"
            return self.lag() == 0

        self.wait_for(done, "lag 0")

    def states(self) -> dict[bytes, bytes]:
        """What a worker would restore: the last value of every key of the changelog."""
        states: dict[bytes, bytes] = {}
        for item in self.read(CHANGELOG):
            if item.key is not None and item.value is not None:
                states[item.key] = item.value
        return states

    def outputs(self, topic: str) -> dict[str, bytes]:
        """The messages of an output topic by id; repeats must be equal."""
        found: dict[str, bytes] = {}
        for item in self.read(topic):
            assert item.value is not None
            assert found.setdefault(item.id, item.value) == item.value, "a repeat that differs"
        return found

    def repeats(self, topic: str) -> int:
        """How many messages of an output topic are there more than once."""
        items = self.read(topic)
        return len(items) - len({item.id for item in items})

    def _consumer(self, group: str | None) -> KafkaConsumer:
        return KafkaConsumer(
            bootstrap_servers=list(self.settings.brokers),
            group_id=group,
            enable_auto_commit=False,
            isolation_level="read_committed",
        )
