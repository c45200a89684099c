"""`watch` and `customer` against a real broker: what is on the topics is what they show."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

import orjson
import pytest
from click.testing import CliRunner, Result
from kafka import KafkaProducer

from schemas.codec import encode
from schemas.customer_state import CustomerState, OpenAlert
from streams.cli.main import churnstream
from streams.kafka import topic_admin
from streams.kafka.broker import EmbeddedBroker
from streams.kafka.clients import admin_client
from streams.kafka.reading import partition_of
from streams.settings import Settings
from tests.streams.cli.examples import AT, churn_risk, complaint, reason, upgrade

STATE = CustomerState(
    customer_id="17841",
    as_of=AT,
    first_seen=AT - timedelta(days=200),
    last_activity=AT - timedelta(days=41),
    occasions=9,
    spend_window=2345.6,
    currency="GBP",
    level="large",
    probability=0.72,
    band="high",
    basis="model",
    model_version="m-7",
    open_alerts=[OpenAlert(kind="silence", alert_id="a-1", band="high", opened_at=AT)],
    reasons=[reason("no purchase for 41 days; usually every 12")],
)
ELSEWHERE = CustomerState(
    customer_id="elsewhere", as_of=AT, first_seen=AT, occasions=1, spend_window=1.0
)


@pytest.fixture(scope="module")
def brokers() -> Iterator[str]:
    """A broker with one customer's state and alerts, and noise around them."""
    with EmbeddedBroker() as broker:
        settings = Settings(brokers=(broker.address,))
        with admin_client(settings) as client:
            topic_admin.create(client, settings)
        producer = KafkaProducer(**settings.kafka_python_options(), linger_ms=5)
        key, time = b"17841", AT.timestamp()
        old = encode(
            CustomerState(
                customer_id="17841", as_of=AT, first_seen=AT, occasions=1, spend_window=1.0
            ),
            id="s0",
            subject="17841",
            time=time,
        )
        producer.send("customer-state", key=key, value=old)
        producer.send("customer-state", key=b"other", value=old)
        latest = encode(STATE, id="s1", subject="17841", time=time)
        producer.send("customer-state", key=key, value=latest)
        for number, alert in enumerate((churn_risk(), churn_risk(stage="updated"), upgrade())):
            topic = "upgrade-opportunity" if number == 2 else "churn-risk"
            value = encode(alert, id=f"e{number}", subject="17841", time=time)
            producer.send(topic, key=key, value=value)
        value = encode(complaint(customer_id="x"), id="e9", subject="x", time=time)
        producer.send("complaint-alerts", key=b"x", value=value)
        producer.send("complaint-alerts", key=b"x", value=b"not one of ours")
        astray = (partition_of(b"elsewhere", settings.partitions) + 1) % settings.partitions
        value = encode(ELSEWHERE, id="s2", subject="elsewhere", time=time)
        producer.send("customer-state", key=b"elsewhere", value=value, partition=astray)
        gone = partition_of(b"forgotten", settings.partitions)
        producer.send("customer-state", key=b"forgotten", value=old, partition=gone)
        producer.send("customer-state", key=b"forgotten", value=None, partition=gone)
        producer.flush()
        producer.close()
        yield broker.address


def call(brokers: str, *arguments: str, env: Mapping[str, str] | None = None) -> Result:
    return CliRunner(env=env).invoke(churnstream, [*arguments, "--brokers", brokers])


def test_watch_gives_every_alert_as_a_json_line(brokers: str) -> None:
    result = call(brokers, "watch", "--from-beginning", "--limit", "4", "--json")
    assert result.exit_code == 0, result.output
    lines = [orjson.loads(line) for line in result.stdout.splitlines()]
    assert sorted(line["topic"] for line in lines) == [
        "churn-risk",
        "churn-risk",
        "complaint-alerts",
        "upgrade-opportunity",
    ]
    first = next(line for line in lines if line["topic"] == "churn-risk")
    assert first["payload"]["customer_id"] == "17841"
    assert first["payload"]["reasons"][0]["text"] == "no purchase for 41 days; usually every 12"


def test_customer_shows_state_reasons_and_history(brokers: str) -> None:
    result = call(brokers, "customer", "17841", env={"COLUMNS": "160"})
    assert result.exit_code == 0, result.output
    for said in (
        "Customer 17841",
        "2,346 GBP · large",
        "72% high",
        "41 days before",
        "no purchase for 41 days; usually every 12",
        "silence · high · since 2011-06-01 · a-1",
        "History: 3 alert records",
    ):
        assert said in result.stdout


def test_customer_as_json_is_one_document(brokers: str) -> None:
    result = call(brokers, "customer", "17841", "--json")
    document = orjson.loads(result.stdout)
    assert document["state"]["occasions"] == 9
    assert len(document["alerts"]) == 3


def test_a_customer_in_a_partition_that_another_client_chose_is_found(brokers: str) -> None:
    result = call(brokers, "customer", "elsewhere", "--json")
    assert orjson.loads(result.stdout)["state"]["customer_id"] == "elsewhere"


@pytest.mark.parametrize("unknown", ["nobody", "forgotten"])
def test_an_unknown_or_forgotten_customer_is_told(brokers: str, unknown: str) -> None:
    result = call(brokers, "customer", unknown)
    assert result.exit_code == 1
    assert f"customer {unknown!r} is not in topic customer-state" in str(result.exception)


def test_watch_without_topics_names_the_remedy(brokers: str) -> None:
    result = call(brokers, "watch", "--topic-prefix", "none.")
    assert result.exit_code == 1
    assert "topics create" in str(result.exception)
