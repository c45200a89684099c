"""Targets: what is predicted, each a definition with its horizon (DOMAIN, definitions).

Churn: `silence` (no activity) or `cancellation` within the horizon. Upgrade: `acceptance` of an
offer, a move up the pyramid (`level`), or spending a multiple of the own baseline (`spend`).

Which moments become examples never depends on what comes later: the grid days that the hash of the
customer's id fixes (`customer.grid`), and for `acceptance` the first offer to a customer on a day.
"""

from dataclasses import dataclass

from schemas.model_event import ModelEvent
from schemas.model_snapshot import ModelSnapshot
from schemas.training_example import TrainingExample

CHURN = ("silence", "cancellation")
UPGRADE = ("acceptance", "level", "spend")


@dataclass(frozen=True, slots=True)
class Target:
    """One thing that is predicted.

    >>> Target("silence", 60).name
    'silence-60d'
    """

    definition: str
    horizon_days: int

    @property
    def name(self) -> str:
        """Names the target among all of a policy, on topics and in metrics."""
        return f"{self.definition}-{self.horizon_days}d"

    @classmethod
    def named(cls, name: str) -> "Target":
        """The target of a name.

        >>> Target.named("cancellation-30d")
        Target(definition='cancellation', horizon_days=30)
        """
        definition, _, days = name.rpartition("-")
        return cls(definition, int(days.removesuffix("d")))

    @property
    def is_churn(self) -> bool:
        """Whether a positive label is a loss."""
        return self.definition in CHURN

    @property
    def at_offers(self) -> bool:
        """Whether it is predicted when an offer is made, and not on grid days."""
        return self.definition == "acceptance"


def target_of(payload: ModelSnapshot | TrainingExample | ModelEvent) -> Target:
    """What a snapshot, an example or an event is about."""
    return Target(payload.target, int(payload.horizon_days))
