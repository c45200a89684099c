"""Reading topics without a group, against a real broker: all of it, in order, and no more."""

from collections.abc import Iterator

import pytest
from kafka import KafkaProducer

from streams.kafka import topic_admin
from streams.kafka.broker import EmbeddedBroker
from streams.kafka.clients import BrokerUnreachableError, admin_client
from streams.kafka.reading import Progress, ReadingError, TopicReader, partition_of
from streams.settings import Settings

RECORDS = 3000
KEYS = 70


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    """A broker with the topics, and records of `KEYS` customers on churn-risk."""
    with EmbeddedBroker() as broker:
        found = Settings.from_env(
            {"CHURNSTREAM_BROKERS": broker.address, "CHURNSTREAM_TOPIC_PREFIX": "t."}
        )
        with admin_client(found) as client:
            topic_admin.create(client, found)
        producer = KafkaProducer(**found.kafka_python_options(), linger_ms=20)
        for number in range(RECORDS):
            producer.send("t.churn-risk", key=b"c%d" % (number % KEYS), value=b"%d" % number)
        producer.flush()
        producer.close()
        yield found


def test_all_that_is_there_is_read_once_and_in_order(settings: Settings) -> None:
    with TopicReader(settings) as reader:
        topics = ("churn-risk", "incidents")
        reader.assign({topic: reader.partitions(topic) for topic in topics}, from_start=True)
        steps = list(reader.until_end())
    items = [item for step, _ in steps for item in step]
    assert sorted(int(item.value or b"") for item in items) == list(range(RECORDS))
    assert {item.topic for item in items} == {"churn-risk"}
    assert steps[-1][1] == Progress(RECORDS, RECORDS)
    for partition in range(settings.partitions):
        offsets = [item.offset for item in items if item.partition == partition]
        assert offsets == list(range(len(offsets)))


def test_a_key_is_in_the_partition_that_kafka_chooses_for_it(settings: Settings) -> None:
    key = b"c7"
    with TopicReader(settings) as reader:
        number = partition_of(key, len(reader.partitions("churn-risk")))
        reader.assign({"churn-risk": [number]}, from_start=True)
        found = [i for items, _ in reader.until_end() for i in items if i.key == key]
    assert len(found) == len(range(7, RECORDS, KEYS))


def test_following_gives_what_comes_later(settings: Settings) -> None:
    with TopicReader(settings) as reader:
        reader.assign({"dead-letters": reader.partitions("dead-letters")}, from_start=False)
        following = reader.follow()
        assert next(following) == []
        producer = KafkaProducer(**settings.kafka_python_options())
        producer.send("t.dead-letters", key=b"k", value=b"later")
        producer.flush()
        producer.close()
        items = next(items for items in following if items)
    assert [item.value for item in items] == [b"later"]


def test_a_missing_topic_is_named_with_the_remedy(settings: Settings) -> None:
    elsewhere = Settings(brokers=settings.brokers, topic_prefix="other.")
    with (
        TopicReader(elsewhere) as reader,
        pytest.raises(ReadingError, match=r"'other\.churn-risk'.*topics create"),
    ):
        reader.partitions("churn-risk")


def test_an_absent_broker_is_told_at_once() -> None:
    with pytest.raises(BrokerUnreachableError, match=r"127\.0\.0\.1:1"):
        TopicReader(Settings(brokers=("127.0.0.1:1",)))
