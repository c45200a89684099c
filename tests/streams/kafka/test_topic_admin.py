"""Provisioning against a real (embedded) broker, and the comparison as a pure function."""

from dataclasses import replace
from uuid import uuid4

import pytest
from kafka import KafkaAdminClient

from streams.kafka import topic_admin
from streams.kafka.clients import admin_client
from streams.kafka.topic_admin import Difference, TopicError, TopicState
from streams.settings import Settings
from streams.topics import BY_NAME, CHANGELOG, TOPICS, Partitions, physical

SETTINGS = Settings()


def as_wanted(settings: Settings, partitions: int = 4) -> dict[str, TopicState]:
    return {
        topic.name: TopicState(
            topic=topic.name,
            physical=physical(settings, topic.name),
            partitions=partitions if topic.partitions is Partitions.EQUAL else 1,
            replication=1,
            configs=topic.configs(),
        )
        for topic in TOPICS
    }


def differences(states: dict[str, TopicState], settings: Settings = SETTINGS) -> list[Difference]:
    return topic_admin.check(states.values(), settings)


def fresh(address: str) -> Settings:
    name = f"t{uuid4().hex}"
    return Settings.from_env(
        {
            "CHURNSTREAM_BROKERS": address,
            "CHURNSTREAM_TOPIC_PREFIX": f"{name}.",
            "CHURNSTREAM_APP_ID": name,
            "CHURNSTREAM_PARTITIONS": "3",
        }
    )


def test_topics_as_wanted_show_no_difference_whatever_their_equal_number() -> None:
    assert differences(as_wanted(SETTINGS)) == []
    assert differences(as_wanted(SETTINGS, partitions=7)) == []


def test_a_missing_topic_is_named() -> None:
    states = as_wanted(SETTINGS)
    del states["complaints"]
    (found,) = differences(states)
    assert str(found) == "complaints: missing"
    assert found.serious


def test_an_odd_number_of_partitions_is_named() -> None:
    states = as_wanted(SETTINGS)
    states["profiles"] = replace(states["profiles"], partitions=6)
    states["portfolio"] = replace(states["portfolio"], partitions=2)
    assert [str(found) for found in differences(states)] == [
        "profiles: partitions is 6, wanted 4",
        "portfolio: partitions is 2, wanted 1",
    ]


@pytest.mark.parametrize("policy", ["delete", "compact,delete"])
def test_a_changelog_that_lost_its_compaction_is_serious(policy: str) -> None:
    states = as_wanted(SETTINGS)
    configs = {**BY_NAME[CHANGELOG].configs(), "cleanup.policy": policy}
    states[CHANGELOG] = replace(states[CHANGELOG], configs=configs)
    (found,) = differences(states)
    assert found.serious
    expected = f"churnstream-customers-changelog: cleanup.policy is {policy}, wanted compact"
    assert str(found) == expected


def test_retention_and_copies_are_notes_and_small_batches_a_problem() -> None:
    states = as_wanted(SETTINGS)
    configs = {**BY_NAME["churn-risk"].configs(), "retention.ms": "1000"}
    states["churn-risk"] = replace(states["churn-risk"], configs=configs)
    configs = {**BY_NAME["model-snapshots"].configs(), "max.message.bytes": "1048588"}
    states["model-snapshots"] = replace(states["model-snapshots"], configs=configs)
    settings = replace(SETTINGS, replication=3)
    states = {name: replace(state, replication=3) for name, state in states.items()}
    states["feedback"] = replace(states["feedback"], replication=1)
    found = {(item.topic, item.what): item.serious for item in differences(states, settings)}
    assert found == {
        ("feedback", "replication"): False,
        ("churn-risk", "retention.ms"): False,
        ("model-snapshots", "max.message.bytes"): True,
    }


def test_what_the_broker_does_not_report_is_said_and_not_held_against_it() -> None:
    states = as_wanted(SETTINGS)
    states["incidents"] = replace(states["incidents"], configs={})
    assert differences(states) == []
    assert topic_admin.unreported(states.values()) == ["incidents"]


def test_create_makes_all_topics_once(kafka_address: str) -> None:
    settings = fresh(kafka_address)
    with admin_client(settings) as client:
        assert topic_admin.describe(client, settings) == []
        made = topic_admin.create(client, settings)
        assert [state.topic for state in made] == [topic.name for topic in TOPICS]
        assert {state.partitions for state in made} == {1, 3}
        assert topic_admin.create(client, settings) == []
        states = topic_admin.describe(client, settings)
    assert topic_admin.check(states, settings) == []


def test_create_follows_the_partitions_that_exist(kafka_address: str) -> None:
    settings = fresh(kafka_address)
    with admin_client(settings) as client:
        make(client, physical(settings, "interactions"), 5)
        made = {state.topic: state.partitions for state in topic_admin.create(client, settings)}
    assert made["complaints"] == 5
    assert made["portfolio"] == 1


def test_create_refuses_to_add_to_topics_that_contradict_each_other(kafka_address: str) -> None:
    settings = fresh(kafka_address)
    with admin_client(settings) as client:
        make(client, physical(settings, "interactions"), 2)
        make(client, physical(settings, "feedback"), 3)
        with pytest.raises(TopicError, match=r"interactions has 2, .*feedback has 3"):
            topic_admin.create(client, settings)


def make(client: KafkaAdminClient, name: str, partitions: int) -> None:
    client.create_topics({name: {"num_partitions": partitions, "replication_factor": 1}})
