"""The one table of Kafka topics: how they are cut, how long they keep, and what they are called.

A *logical* name (``churn-risk``) is what code and documents use; the *physical* name on the
cluster is the logical one after the deployment's prefix. The changelog of the customers' states
is named by Faust after the app id, without the prefix.
"""

from dataclasses import dataclass
from enum import StrEnum

from streams.settings import Settings

DAY = 86_400
MIB = 1 << 20
CUSTOMERS_TABLE = "customers"
"""The Faust table of customer states; its name is part of the changelog topic's name."""
CHANGELOG = "customers-changelog"
"""The logical name of the changelog topic."""


class Role(StrEnum):
    """Who writes a topic: the outside (input), churnstream for others (output) or for itself."""

    INPUT = "input"
    OUTPUT = "output"
    INTERNAL = "internal"


class Partitions(StrEnum):
    """Equal: the same number for all topics keyed by customer (co-partitioned). One: exactly 1."""

    EQUAL = "equal"
    ONE = "one"


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One row of `TOPICS`.

    ``retention`` is in seconds; None keeps for ever, as compacted topics must. ``max_bytes`` is
    the largest record batch that the topic accepts: twice what Kafka's clients send by default.
    """

    name: str
    role: Role
    partitions: Partitions = Partitions.EQUAL
    compacted: bool = False
    retention: int | None = None
    max_bytes: int = 2 * MIB
    purpose: str

    def configs(self) -> dict[str, str]:
        """The topic's configuration in Kafka's words.

        Compacted topics get small segments, because Kafka never compacts the segment it is
        writing, and its default (1 GiB or a week) would let a restart read far too much.
        """
        retention = -1 if self.retention is None else self.retention * 1000
        configs = {
            "cleanup.policy": "compact" if self.compacted else "delete",
            "retention.ms": str(retention),
            "max.message.bytes": str(self.max_bytes),
        }
        if self.compacted:
            configs |= {"segment.bytes": str(64 * MIB), "segment.ms": str(DAY * 1000)}
        return configs


def _input(name: str, purpose: str) -> Topic:
    return Topic(name=name, role=Role.INPUT, retention=30 * DAY, purpose=purpose)


def _output(name: str, purpose: str) -> Topic:
    return Topic(name=name, role=Role.OUTPUT, retention=90 * DAY, purpose=purpose)


TOPICS: tuple[Topic, ...] = (
    _input(
        "interactions", "What customers do: purchases, returns, visits, contacts, cancellations."
    ),
    _input("complaints", "Complaints and every stage of their handling."),
    _input("profiles", "What is known about customers: manager, segment, contract, consent."),
    _input("feedback", "Surveys, what became of alerts and offers, reasons for leaving."),
    _output("churn-risk", "Alerts: customers likely to leave, with reasons."),
    _output("upgrade-opportunity", "Alerts: customers close to the next level of the pyramid."),
    _output(
        "complaint-alerts", "Alerts: complaints opened, close to a breach, breached, resolved."
    ),
    Topic(
        name="customer-state",
        role=Role.OUTPUT,
        compacted=True,
        purpose="The latest public view of every customer, keyed by customer.",
    ),
    _output(
        "level-moves", "Customers who came to another level of the pyramid or class of the ABC."
    ),
    _output("key-account-alerts", "Alerts: key accounts that have not heard from us for too long."),
    _output("incidents", "Surges: many complaints about one thing, with those affected."),
    Topic(
        name="model-events",
        role=Role.OUTPUT,
        partitions=Partitions.ONE,
        retention=365 * DAY,
        purpose="Which model speaks, and drift: what moved, from what to what.",
    ),
    Topic(
        name="dead-letters",
        role=Role.OUTPUT,
        retention=30 * DAY,
        purpose="Records that could not be read, with the reason and where they came from.",
    ),
    Topic(
        name="training-examples",
        role=Role.INTERNAL,
        partitions=Partitions.ONE,
        retention=90 * DAY,
        purpose="Features and matured labels, for the trainer.",
    ),
    Topic(
        name="model-snapshots",
        role=Role.INTERNAL,
        partitions=Partitions.ONE,
        compacted=True,
        max_bytes=8 * MIB,
        purpose="The latest model of every target, read by all workers.",
    ),
    Topic(
        name="model-archive",
        role=Role.INTERNAL,
        partitions=Partitions.ONE,
        retention=365 * DAY,
        purpose="What scores of every published model, to repeat the scores of old alerts.",
    ),
    Topic(
        name="portfolio-facts",
        role=Role.INTERNAL,
        partitions=Partitions.ONE,
        retention=30 * DAY,
        purpose="Mergeable counts and revenue sketches of every partition.",
    ),
    Topic(
        name="portfolio",
        role=Role.INTERNAL,
        partitions=Partitions.ONE,
        compacted=True,
        purpose="The boundaries of the customer pyramid, read by all workers.",
    ),
    Topic(
        name="signals",
        role=Role.INTERNAL,
        partitions=Partitions.ONE,
        retention=30 * DAY,
        purpose="What single customers tell about the whole: complaints, employees who left.",
    ),
    Topic(
        name="situation",
        role=Role.INTERNAL,
        partitions=Partitions.ONE,
        compacted=True,
        purpose="Open incidents and employees who left, read by all workers.",
    ),
    Topic(
        name="cause-model",
        role=Role.INTERNAL,
        partitions=Partitions.ONE,
        compacted=True,
        purpose="What recognises the causes of complaints, read by all workers.",
    ),
    Topic(
        name="signal-state",
        role=Role.INTERNAL,
        partitions=Partitions.ONE,
        compacted=True,
        max_bytes=8 * MIB,
        purpose="What the stage behind `signals` goes on with after a restart.",
    ),
    Topic(
        name=CHANGELOG,
        role=Role.INTERNAL,
        compacted=True,
        purpose="Every change of a customer's state; workers rebuild their stores from it.",
    ),
)
BY_NAME: dict[str, Topic] = {topic.name: topic for topic in TOPICS}
INPUTS: tuple[str, ...] = tuple(topic.name for topic in TOPICS if topic.role is Role.INPUT)


def physical(settings: Settings, name: str) -> str:
    """The topic's name on the cluster. Raises KeyError for a name that `TOPICS` lacks."""
    topic = BY_NAME[name]
    if topic.name == CHANGELOG:
        return f"{settings.app_id}-{CHANGELOG}"
    return settings.topic_prefix + topic.name


def logical(settings: Settings, physical_name: str) -> str | None:
    """The logical name of a topic on the cluster, or None when it is not of this deployment."""
    for topic in TOPICS:
        if physical(settings, topic.name) == physical_name:
            return topic.name
    return None
