"""The trainers of all targets, fed from one topic of examples."""

from collections.abc import Sequence

from detectors.effects import Message
from detectors.policy import Policy
from detectors.targets import Target
from detectors.trainer import Trainer
from schemas.model_snapshot import ModelSnapshot
from schemas.training_example import TrainingExample


class Trainers:
    """One `Trainer` for each target of the policy.

    `learn` publishes at most once per `model.snapshot_interval` of event time. When one trainer has
    a snapshot due, all that have learned something publish theirs: so the snapshots contain every
    example before `contained`, and the caller may acknowledge these. After a failure it restores
    the snapshots and reads the rest again.
    """

    def __init__(self, policy: Policy, *, measures: bool = True) -> None:
        """`measures`: see `Trainer`."""
        self._trainers: dict[tuple[str, float], Trainer] = {
            (target.definition, target.horizon_days): Trainer(policy, target, measures=measures)
            for target in policy.targets
        }
        self._taken = 0
        self.contained = 0
        """How many examples, counted from the first, the published snapshots contain."""

    def __getitem__(self, target: Target) -> Trainer:
        return self._trainers[target.definition, target.horizon_days]

    def restore(self, snapshot: ModelSnapshot) -> None:
        """Go on from a published snapshot. One of no target of the policy is left aside."""
        for trainer in self._trainers.values():
            trainer.restore(snapshot)

    def learn(self, batch: Sequence[TrainingExample]) -> list[Message]:
        """Learn the examples that are new, each day when it is complete; returns what is due."""
        for example in batch:
            trainer = self._trainers.get((example.target, example.horizon_days))
            if trainer is not None:
                trainer.take_in(self._taken, example)
            self._taken += 1
        return self._publish_if_due()

    def complete(self) -> list[Message]:
        """Learn the open days too: the caller knows that no more of their examples will come."""
        for trainer in self._trainers.values():
            trainer.complete()
        return self._publish_if_due()

    def publish(self) -> list[Message]:
        """Snapshots of all trainers that have learned something since their last one."""
        trainers = self._trainers.values()
        messages = [item for one in trainers if one.has_news for item in one.publish()]
        still_open = [one.first_open for one in trainers if one.first_open is not None]
        self.contained = min(still_open, default=self._taken)
        return messages

    def _publish_if_due(self) -> list[Message]:
        return self.publish() if any(one.is_due() for one in self._trainers.values()) else []
