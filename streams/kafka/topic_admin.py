"""Create, describe and check the topics of a deployment on a cluster."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import KafkaError, TopicAlreadyExistsError, UnknownTopicOrPartitionError, for_code

from streams.errors import ChurnstreamError
from streams.settings import Settings
from streams.topics import BY_NAME, TOPICS, Partitions, Role, Topic, physical


class TopicError(ChurnstreamError):
    """The broker refused a request about topics, or the topics contradict each other."""


@dataclass(frozen=True, slots=True)
class TopicState:
    """A topic as the cluster has it. ``configs`` holds only what the broker reports."""

    topic: str
    physical: str
    partitions: int
    replication: int
    configs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """One way in which a topic is not as `TOPICS` wants it.

    ``serious``: the worker would lose data or stop. Otherwise it works, but not as designed.
    ``found`` is None where the topic is missing, or the broker does not report it.
    """

    topic: str
    physical: str
    what: str
    wanted: str
    found: str | None
    serious: bool

    def __str__(self) -> str:
        if self.what == "topic":
            return f"{self.physical}: missing"
        found = "not reported" if self.found is None else self.found
        return f"{self.physical}: {self.what} is {found}, wanted {self.wanted}"


def describe(client: KafkaAdminClient, settings: Settings) -> list[TopicState]:
    """The deployment's topics that exist, in the order of `TOPICS`. Never creates one."""
    names = {physical(settings, topic.name): topic.name for topic in TOPICS}
    try:
        found = {item["name"]: item for item in client.describe_topics(list(names))}
        existing = [name for name in names if _exists(name, found.get(name))]
        configs = _configs(client, existing)
    except KafkaError as error:
        raise TopicError(f"the broker does not describe its topics: {error}") from error
    return [
        TopicState(
            topic=names[name],
            physical=name,
            partitions=len(found[name]["partitions"]),
            replication=min(len(part["replica_nodes"]) for part in found[name]["partitions"]),
            configs=configs.get(name, {}),
        )
        for name in existing
    ]


def create(client: KafkaAdminClient, settings: Settings) -> list[TopicState]:
    """Create the topics that are missing, wait until they can be used, and return those.

    Topics keyed by customer get as many partitions as the existing ones have, or
    ``settings.partitions`` when there is none. Existing topics are not changed. Raises
    `TopicError` when the existing ones differ in their partitions, or the broker refuses.
    """
    before = describe(client, settings)
    missing = [topic for topic in TOPICS if topic.name not in {state.topic for state in before}]
    if not missing:
        return []
    partitions = _partitions_in_use(before) or settings.partitions
    wanted = {
        physical(settings, topic.name): {
            "num_partitions": partitions if topic.partitions is Partitions.EQUAL else 1,
            "replication_factor": settings.replication,
            "configs": topic.configs(),
        }
        for topic in missing
    }
    try:
        reply = client.create_topics(wanted, raise_errors=False)
        _refuse_errors(reply["topics"], settings)
        client.wait_for_topics(list(wanted), timeout_ms=30_000)
    except KafkaError as error:
        raise TopicError(f"the broker does not create the topics: {error}") from error
    return [state for state in describe(client, settings) if state.physical in wanted]


def check(states: Iterable[TopicState], settings: Settings) -> list[Difference]:
    """All differences between the topics as they are and as `TOPICS` wants them. Pure."""
    by_topic = {state.topic: state for state in states}
    common = _most_common(_equal_partitions(by_topic.values())) or settings.partitions
    differences: list[Difference] = []
    for topic in TOPICS:
        state = by_topic.get(topic.name)
        if state is None:
            name = physical(settings, topic.name)
            differences.append(Difference(topic.name, name, "topic", "exists", None, serious=True))
            continue
        differences += _compare(topic, state, common, settings)
    return differences


def unreported(states: Iterable[TopicState]) -> list[str]:
    """The physical names of topics whose retention or compaction the broker does not tell."""
    needed = {"cleanup.policy", "retention.ms", "max.message.bytes"}
    return [state.physical for state in states if not needed <= state.configs.keys()]


def _compare(
    topic: Topic, state: TopicState, common: int, settings: Settings
) -> Iterable[Difference]:
    def difference(what: str, wanted: object, found: object, *, serious: bool) -> Difference:
        return Difference(topic.name, state.physical, what, str(wanted), str(found), serious)

    wanted = common if topic.partitions is Partitions.EQUAL else 1
    if state.partitions != wanted:
        yield difference("partitions", wanted, state.partitions, serious=True)
    if state.replication < settings.replication:
        yield difference("replication", settings.replication, state.replication, serious=False)
    configs = topic.configs()
    policy = state.configs.get("cleanup.policy")
    if policy is not None and policy != configs["cleanup.policy"]:
        yield difference("cleanup.policy", configs["cleanup.policy"], policy, serious=True)
    retention = state.configs.get("retention.ms")
    if not topic.compacted and retention not in (None, configs["retention.ms"]):
        yield difference("retention.ms", configs["retention.ms"], retention, serious=False)
    largest = state.configs.get("max.message.bytes")
    if largest is not None and int(largest) < topic.max_bytes:
        written_by_us = topic.role is not Role.INPUT
        yield difference("max.message.bytes", topic.max_bytes, largest, serious=written_by_us)


def _exists(name: str, found: Mapping[str, object] | None) -> bool:
    error = for_code(found["error_code"]) if found else UnknownTopicOrPartitionError
    if error is UnknownTopicOrPartitionError:
        return False
    if found and not found["partitions"]:
        raise TopicError(f"the broker does not describe the topic {name}: {error.__name__}")
    return True


def _configs(client: KafkaAdminClient, names: list[str]) -> dict[str, dict[str, str]]:
    """What the broker reports of the topics' configuration; the embedded one reports little."""
    if not names:
        return {}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    reply = client.describe_configs(resources, config_filter="all").get("topic", {})
    return {
        name: {key: item["value"] for key, item in configs.items() if item["value"] is not None}
        for name, configs in reply.items()
    }


def _equal_partitions(states: Iterable[TopicState]) -> list[int]:
    equal = (state for state in states if BY_NAME[state.topic].partitions is Partitions.EQUAL)
    return [state.partitions for state in equal]


def _most_common(counts: list[int]) -> int | None:
    return Counter(counts).most_common(1)[0][0] if counts else None


def _partitions_in_use(states: list[TopicState]) -> int | None:
    counts = _equal_partitions(states)
    if len(set(counts)) > 1:
        found = ", ".join(
            f"{state.physical} has {state.partitions}"
            for state in states
            if BY_NAME[state.topic].partitions is Partitions.EQUAL
        )
        raise TopicError(
            f"topics keyed by customer must have equal partitions, but {found}; delete and "
            "re-create the odd ones, or use another CHURNSTREAM_TOPIC_PREFIX"
        )
    return counts[0] if counts else None


def _refuse_errors(replies: Iterable[Mapping[str, object]], settings: Settings) -> None:
    for reply in replies:
        error = for_code(reply["error_code"])
        if reply["error_code"] and error is not TopicAlreadyExistsError:
            raise TopicError(
                f"the broker does not create {reply['name']}: "
                f"{reply.get('error_message') or error.__name__} "
                f"(replication {settings.replication}, from CHURNSTREAM_REPLICATION)"
            )
