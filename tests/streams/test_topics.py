"""The table of topics agrees with the catalogue and with what the design asks of each."""

import pytest

from schemas.catalogue import CONTRACTS
from streams.settings import Settings
from streams.topics import (
    BY_NAME,
    CHANGELOG,
    CUSTOMERS_TABLE,
    INPUTS,
    TOPICS,
    Partitions,
    logical,
    physical,
)

SETTINGS = Settings(topic_prefix="acme.", app_id="acme")


def test_every_topic_of_the_catalogue_is_in_the_table_in_the_same_role() -> None:
    roles = {contract.topic: contract.role for contract in CONTRACTS}
    assert {topic.name: topic.role for topic in TOPICS} == {**roles, CHANGELOG: "internal"}


def test_what_belongs_to_a_customer_has_equal_partitions() -> None:
    one = {topic.name for topic in TOPICS if topic.partitions is Partitions.ONE}
    models = {"training-examples", "model-snapshots", "model-archive", "model-events"}
    signals = {"signals", "situation", "cause-model", "signal-state"}
    assert one == models | {"portfolio-facts", "portfolio"} | signals
    assert all(BY_NAME[name].partitions is Partitions.EQUAL for name in (*INPUTS, CHANGELOG))


def test_what_must_outlive_its_events_is_compacted_and_kept_for_ever() -> None:
    compacted = {topic.name for topic in TOPICS if topic.compacted}
    latest = {"customer-state", "model-snapshots", "portfolio", CHANGELOG}
    assert compacted == latest | {"situation", "cause-model", "signal-state"}
    for topic in TOPICS:
        configs = topic.configs()
        assert configs["cleanup.policy"] == ("compact" if topic.compacted else "delete")
        assert (configs["retention.ms"] == "-1") == topic.compacted


def test_names_on_the_cluster_lead_back_to_the_logical_ones() -> None:
    names = {topic.name: physical(SETTINGS, topic.name) for topic in TOPICS}
    assert names["churn-risk"] == "acme.churn-risk"
    assert len(set(names.values())) == len(TOPICS)
    for name, on_cluster in names.items():
        assert logical(SETTINGS, on_cluster) == name
    assert logical(SETTINGS, "churn-risk") is None
    with pytest.raises(KeyError):
        physical(SETTINGS, "no-such-topic")


def test_the_changelog_is_named_as_faust_names_it() -> None:
    assert physical(SETTINGS, CHANGELOG) == f"acme-{CUSTOMERS_TABLE}-changelog"


def test_the_longest_permitted_names_fit_into_kafka_s_limit() -> None:
    longest = Settings.from_env(
        {"CHURNSTREAM_TOPIC_PREFIX": "p" * 180, "CHURNSTREAM_APP_ID": "a" * 180}
    )
    assert all(len(physical(longest, topic.name)) <= 249 for topic in TOPICS)


def test_models_are_archived_for_longer_than_the_alerts_that_name_them() -> None:
    archive, alerts = BY_NAME["model-archive"].retention, BY_NAME["churn-risk"].retention
    assert archive is not None
    assert alerts is not None
    assert archive > 2 * alerts
