"""Which payload is on which topic, under which CloudEvents type, in which versions.

This is the only list of topics. Names are logical: a deployment may put a prefix before them.

To make version 2 of a payload: change its Struct, set `version=2` here and add `upcasters={1: f}`,
where `f` turns the JSON object of version 1 into that of version 2. Records of version 1, and plain
JSON, which states no version, then stay readable for ever.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from msgspec import Struct

from schemas.archived_model import ArchivedModel
from schemas.cause_model import CauseModel
from schemas.churn_risk import ChurnRisk
from schemas.complaint import Complaint
from schemas.complaint_alert import ComplaintAlert
from schemas.customer_state import CustomerState
from schemas.dead_letter import DeadLetter
from schemas.feedback import Feedback
from schemas.incident import Incident, from_version_1
from schemas.interaction import Interaction
from schemas.key_account_alert import KeyAccountAlert
from schemas.level_move import LevelMove
from schemas.model_event import ModelEvent
from schemas.model_snapshot import ModelSnapshot
from schemas.portfolio import Portfolio
from schemas.portfolio_fact import PortfolioFact
from schemas.profile import Profile
from schemas.signal import Signal
from schemas.signal_state import SignalState
from schemas.situation import Situation
from schemas.training_example import TrainingExample
from schemas.upgrade_opportunity import UpgradeOpportunity

NAMESPACE = "churnstream."
"""Every type of our own begins with it."""

Role = Literal["input", "output", "internal"]
Object = dict[str, Any]
Upcaster = Callable[[Object], Object]


@dataclass(frozen=True, slots=True)
class Contract:
    """One topic and what is on it.

    topic: logical name. name: payload name in snake case. payload: its Struct, in `version`.
    role: read from outside, written for outside, or between stages. key: what the record key is.
    upcasters: version n → function from the JSON object of version n to that of n + 1.
    type: the CloudEvents type of the current version, such as `churnstream.churn_risk.v1`.
    oldest: the oldest version that can be read; plain JSON without a version is taken for it.
    """

    topic: str
    name: str
    payload: type[Struct]
    role: Role
    key: str = "customer_id"
    version: int = 1
    upcasters: Mapping[int, Upcaster] = field(default_factory=dict)
    type: str = field(init=False)
    oldest: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "type", f"{NAMESPACE}{self.name}.v{self.version}")
        object.__setattr__(self, "oldest", min(self.upcasters, default=self.version))

    def upcast(self, data: Object, version: int) -> Object:
        """Turn an object of `version` (from `oldest` to the current one) into the current one."""
        for step in range(version, self.version):
            data = self.upcasters[step](data)
        return data


CONTRACTS: tuple[Contract, ...] = (
    Contract("interactions", "interaction", Interaction, "input"),
    Contract("complaints", "complaint", Complaint, "input"),
    Contract("profiles", "profile", Profile, "input"),
    Contract("feedback", "feedback", Feedback, "input"),
    Contract("churn-risk", "churn_risk", ChurnRisk, "output"),
    Contract("upgrade-opportunity", "upgrade_opportunity", UpgradeOpportunity, "output"),
    Contract("complaint-alerts", "complaint_alert", ComplaintAlert, "output"),
    Contract("customer-state", "customer_state", CustomerState, "output"),
    Contract("level-moves", "level_move", LevelMove, "output"),
    Contract("key-account-alerts", "key_account_alert", KeyAccountAlert, "output"),
    Contract(
        "incidents",
        "incident",
        Incident,
        "output",
        key="incident_id",
        version=2,
        upcasters={1: from_version_1},
    ),
    Contract("model-events", "model_event", ModelEvent, "output", key="target"),
    Contract("dead-letters", "dead_letter", DeadLetter, "output", key="source key"),
    Contract("training-examples", "training_example", TrainingExample, "internal"),
    Contract("model-snapshots", "model_snapshot", ModelSnapshot, "internal", key="target"),
    Contract("model-archive", "archived_model", ArchivedModel, "internal", key="version"),
    Contract(
        "portfolio-facts", "portfolio_fact", PortfolioFact, "internal", key="partition/bucket"
    ),
    Contract("portfolio", "portfolio", Portfolio, "internal", key="the word portfolio"),
    Contract("signals", "signal", Signal, "internal", key="partition"),
    Contract("situation", "situation", Situation, "internal", key="the word situation"),
    Contract("cause-model", "cause_model", CauseModel, "internal", key="the words cause-model"),
    Contract("signal-state", "signal_state", SignalState, "internal", key="the words signal-state"),
)

BY_TOPIC: Mapping[str, Contract] = {contract.topic: contract for contract in CONTRACTS}
BY_PAYLOAD: Mapping[type[Struct], Contract] = {item.payload: item for item in CONTRACTS}
INPUT_TOPICS: tuple[str, ...] = tuple(item.topic for item in CONTRACTS if item.role == "input")
OUTPUT_TOPICS: tuple[str, ...] = tuple(item.topic for item in CONTRACTS if item.role == "output")
INTERNAL_TOPICS: tuple[str, ...] = tuple(
    item.topic for item in CONTRACTS if item.role == "internal"
)


class SchemaError(ValueError):
    """Something of our own breaks its contract; the message names topic, field and reason."""


class NewerVersionError(SchemaError):
    """A record of our own is of a version that only a newer program can read."""


def contract_of(topic: str) -> Contract:
    """The contract of a logical topic. Raises SchemaError for a name that is not in the list."""
    try:
        return BY_TOPIC[topic]
    except KeyError:
        known = ", ".join(BY_TOPIC)
        raise SchemaError(f"no topic is called {topic!r}; there are: {known}") from None
