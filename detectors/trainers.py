"""The trainers of all targets, fed from one topic of examples."""

from collections.abc import Sequence

from detectors.effects import Message
from detectors.policy import Policy
from detectors.targets import Target, target_of
from detectors.trainer import Trainer
from schemas.model_snapshot import ModelSnapshot
from schemas.training_example import TrainingExample


class Trainers:
    """One `Trainer` for each target of the policy.

    When one has a snapshot due, all that have learned something publish theirs: so the snapshots
    that `learn` returns contain every example before them, and the caller may acknowledge these.
    """

    def __init__(self, policy: Policy) -> None:
        self._trainers = {target: Trainer(policy, target) for target in policy.targets}

    def __getitem__(self, target: Target) -> Trainer:
        return self._trainers[target]

    def restore(self, snapshot: ModelSnapshot) -> None:
        """Go on from a published snapshot. One of no target of the policy is left aside."""
        for trainer in self._trainers.values():
            trainer.restore(snapshot)

    def learn(self, batch: Sequence[TrainingExample]) -> list[Message]:
        """Learn the examples that are new; returns the snapshots that are to be published."""
        by_target: dict[Target, list[TrainingExample]] = {}
        for example in batch:
            target = target_of(example)
            by_target.setdefault(target, []).append(example)
        due = False
        for target, examples in by_target.items():
            if target in self._trainers:
                self._trainers[target].take_in(examples)
                due = due or self._trainers[target].is_due()
        return self.publish() if due else []

    def publish(self) -> list[Message]:
        """Snapshots of all trainers that have learned something since their last one."""
        return [trainer.publish() for trainer in self._trainers.values() if trainer.has_news]
