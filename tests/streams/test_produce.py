"""Producing: every event arrives once, in its customer's partition, in order of event time."""

import threading
import time
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

import orjson
import pytest

from streams.kafka import topic_admin
from streams.kafka.clients import BrokerUnreachableError, admin_client
from streams.kafka.reading import Item, TopicReader, partition_of
from streams.produce import ProduceError, Progress, Run, produce
from streams.settings import Settings
from streams.sources.source import Source
from tests.streams.sources.files import HEADER, SHOP, source_of

ROWS = 500


@pytest.fixture
def settings(kafka_address: str) -> Settings:
    """A deployment of its own without topics."""
    return Settings(brokers=(kafka_address,), topic_prefix=f"t{uuid4().hex[:8]}.")


@pytest.fixture
def topics(settings: Settings) -> Settings:
    """The same with its topics."""
    with admin_client(settings) as client:
        topic_admin.create(client, settings)
    return settings


@pytest.fixture
def source(tmp_path: Path) -> Source:
    """A shop of 500 rows, an hour from one to the next, the first half last."""
    rows = [f"{n},c{n % 40},2020-01-{1 + n // 24:02}T{n % 24:02}:00,1\n" for n in range(ROWS)]
    data = HEADER + "".join(rows[ROWS // 2 :] + rows[: ROWS // 2])
    return source_of(tmp_path, SHOP, shop_csv=data)


def read(settings: Settings, topic: str = "interactions") -> Sequence[Item]:
    with TopicReader(settings) as reader:
        reader.assign({topic: reader.partitions(topic)}, from_start=True)
        return [item for items, _ in reader.until_end() for item in items]


def test_every_event_arrives_once_in_its_customers_partition(
    topics: Settings, source: Source
) -> None:
    report = produce(topics, [source])
    items = read(topics)
    assert (report.acknowledged, report.sent, report.stopped) == (
        ROWS,
        {"interactions": ROWS},
        False,
    )
    values = [orjson.loads(item.value or b"") for item in items]
    assert {value["order_id"] for value in values} == {str(n) for n in range(ROWS)}
    for item, value in zip(items, values, strict=True):
        key = value["customer_id"].encode()
        assert item.key == key
        assert item.partition == partition_of(key, topics.partitions)


def test_a_partition_is_in_order_of_event_time(topics: Settings, source: Source) -> None:
    produce(topics, [source])
    for partition in range(topics.partitions):
        times = [
            orjson.loads(item.value or b"")["occurred_at"]
            for item in read(topics)
            if item.partition == partition
        ]
        assert times == sorted(times)


def test_limit_and_until_cut_the_stream(topics: Settings, source: Source) -> None:
    assert produce(topics, [source], limit=7).acknowledged == 7
    assert produce(topics, [source], limit=0).acknowledged == 0
    third_day = 1_577_836_800.0 + 2 * 86_400
    report = produce(topics, [source], until=third_day)
    assert report.acknowledged == 48
    assert report.last == third_day - 3600


def test_progress_ends_at_the_whole(topics: Settings, source: Source) -> None:
    seen: list[Progress] = []
    produce(topics, [source], progress=seen.append)
    assert seen[-1].share == 1
    assert seen[-1].sent == seen[-1].acknowledged == ROWS


def test_speed_keeps_the_distances_of_event_time(topics: Settings, source: Source) -> None:
    report = produce(topics, [source], limit=25, speed=24 * 3600 * 4)
    assert report.seconds >= 24 * 3600 / (24 * 3600 * 4)


def test_a_run_that_is_stopped_says_how_far_it_came(topics: Settings, source: Source) -> None:
    stop = threading.Event()
    run = Run(topics, [source], speed=3600 * 100, stop=stop)
    thread = threading.Thread(target=run.go)
    thread.start()
    while run.report.acknowledged < 5:
        time.sleep(0.01)
    stop.set()
    thread.join()
    assert run.report.stopped
    assert 5 <= run.report.acknowledged == run.report.sent.total() == len(read(topics)) < ROWS


def test_missing_topics_name_the_remedy(settings: Settings, source: Source) -> None:
    with pytest.raises(ProduceError, match=r"\.interactions on .*churnstream topics create"):
        produce(settings, [source])


@pytest.fixture
def uneven(settings: Settings) -> Settings:
    """Two topics that differ in their partitions."""
    with admin_client(settings) as client:
        for topic, partitions in (("interactions", 4), ("complaints", 3)):
            spec = {"num_partitions": partitions, "replication_factor": 1}
            client.create_topics({f"{settings.topic_prefix}{topic}": spec})
    return settings


def test_topics_that_differ_in_partitions_are_refused(
    uneven: Settings, source: Source, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    toml = """
[source]
path = "shop.csv"
timezone = "UTC"
[[event]]
topic = "complaints"
set = { stage = "opened" }
map = { customer_id = "customer", occurred_at = "time" }
"""
    other = source_of(tmp_path / "other", toml, shop_csv=HEADER + "1,a,2020-01-01,1")
    with pytest.raises(ProduceError, match=r"complaints has 3, .*interactions has 4"):
        produce(uneven, [source, other])


def test_no_broker_is_one_clear_error(source: Source) -> None:
    settings = Settings(brokers=("127.0.0.1:1",), connect_timeout=1)
    with pytest.raises(BrokerUnreachableError, match=r"no Kafka broker answers .*127\.0\.0\.1:1"):
        produce(settings, [source])


def test_an_event_too_large_for_the_client_names_its_row(topics: Settings, tmp_path: Path) -> None:
    line = orjson.dumps({"number": "x" * 1_100_000, "customer": "a", "time": "2020-01-01"})
    source = source_of(tmp_path, SHOP.replace(".csv", ".jsonl"), shop_jsonl=line)
    with pytest.raises(ProduceError, match=r"shop\.jsonl, row 1: cannot be sent"):
        produce(topics, [source])
