"""A broker that vanishes while events are sent, and comes back with its data."""

import threading
import time
from pathlib import Path

import orjson

from streams.kafka import topic_admin
from streams.kafka.clients import admin_client
from streams.kafka.reading import TopicReader
from streams.produce import Progress, Run
from streams.settings import Settings
from tests.kafka.cluster import KafkaNode
from tests.streams.sources.files import HEADER, SHOP, source_of

ROWS = 4000
AWAY = 5.0


def test_every_event_arrives_once_though_the_broker_vanishes(
    own_kafka: KafkaNode, tmp_path: Path
) -> None:
    settings = Settings(brokers=(own_kafka.address,))
    with admin_client(settings) as client:
        topic_admin.create(client, settings)
    rows = (
        f"{n},c{n % 97},2020-01-01T{n // 1000:02}:{n // 17 % 60:02}:00,1\n" for n in range(ROWS)
    )
    source = source_of(tmp_path, SHOP, shop_csv=HEADER + "".join(rows))
    seen: list[Progress] = []
    run = Run(settings, [source], speed=2000.0, progress=seen.append)
    thread = threading.Thread(target=run.go)
    thread.start()
    while run.report.acknowledged < ROWS // 10:
        time.sleep(0.01)
    own_kafka.stop(kill=True)
    time.sleep(AWAY)
    own_kafka.start()
    thread.join(timeout=120)
    assert not thread.is_alive()
    assert run.report.acknowledged == run.report.sent.total() == ROWS
    assert max(progress.quiet for progress in seen) > AWAY / 2
    with TopicReader(settings) as reader:
        reader.assign({"interactions": reader.partitions("interactions")}, from_start=True)
        values = [item.value or b"" for items, _ in reader.until_end() for item in items]
    assert sorted(int(orjson.loads(v)["order_id"]) for v in values) == list(range(ROWS))
