"""A broker with topics that hold what is tried."""

from kafka import KafkaProducer

from streams.kafka import topic_admin
from streams.kafka.clients import admin_client
from streams.settings import Settings
from streams.topics import CHANGELOG, physical


class Cluster:
    """Topics under a prefix of their own for each thing that is tried."""

    def __init__(self, address: str) -> None:
        self.address = address

    def prepare(
        self, prefix: str, *, states: dict[str, bytes], models: dict[str, bytes]
    ) -> Settings:
        """Make the topics, and put states of customers and snapshots of models on them."""
        settings = Settings(
            brokers=(self.address,), topic_prefix=prefix, app_id=f"{prefix}app", partitions=1
        )
        with admin_client(settings) as client:
            topic_admin.create(client, settings)
        producer = KafkaProducer(**settings.kafka_python_options())
        for topic, records in ((CHANGELOG, states), ("model-snapshots", models)):
            for key, value in records.items():
                name = physical(settings, topic)
                producer.send(name, key=key.encode(), value=value, partition=0)
        producer.flush()
        producer.close()
        return settings
