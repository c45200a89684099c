"""A customer's state on the changelog that nobody can read: told with place and remedy."""

from pathlib import Path

from kafka import KafkaProducer

from detectors.customer.state import encode_state, new_state
from streams.topics import CHANGELOG, physical
from tests.troubles.cluster import Cluster
from tests.troubles.command import Commands
from tests.troubles.ending import last_words, worker_of
from tests.troubles.world import toml

STATES = {"c1": b"\xc1", "c2": encode_state(new_state("c2"))}


def test_a_worker_stops_at_a_damaged_state_and_its_remedy_helps(
    cluster: Cluster, tmp_path: Path
) -> None:
    store = "rocksdb"  # it meets the state in its own files the second time
    settings = cluster.prepare("damaged.", states=STATES, models={})
    topic = physical(settings, CHANGELOG)
    for _ in range(2):
        words = last_words(settings, tmp_path, store)
        assert "what is stored of 'c1' is damaged" in words
        assert f"restores all from the topic {topic}" in words
        assert "a record with this key and no value" in words
        assert "Traceback" not in words
        assert "report this" not in words
    producer = KafkaProducer(**settings.kafka_python_options())
    producer.send(topic, key=b"c1", value=None, partition=0)
    producer.flush()
    producer.close()
    with worker_of(settings, tmp_path, store) as worker:
        worker.wait_ready(timeout=60)


def test_explain_tells_of_a_damaged_state(cluster: Cluster, commands: Commands) -> None:
    settings = cluster.prepare("explain-damaged.", states=STATES, models={})
    shown = commands.on_broker(settings, toml(), "explain", "c1")
    assert shown.status == 1
    assert "what is stored of 'c1' is damaged" in shown.err
    assert "a record with this key and no value" in shown.err
