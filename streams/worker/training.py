"""The trainer at work: matured examples in, model snapshots out."""

from collections.abc import Sequence

from detectors.archiving import with_archive
from detectors.customer.features import feature_names
from detectors.policy import Policy
from detectors.trainer import Trainer
from schemas.training_example import TrainingExample
from streams.worker.broadcast import Broadcast
from streams.worker.single import Step

TOPIC = "training-examples"


class TrainingWork:
    """A `Trainer` that tells which examples are in a published snapshot."""

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer
        self._names = feature_names(trainer.policy)
        self._taken = 0
        self._contained = 0

    @classmethod
    async def begin(cls, policy: Policy, broadcast: Broadcast) -> "TrainingWork":
        """Go on from the last published snapshots."""
        await broadcast.caught_up()
        trainer = Trainer(policy)
        for snapshot in broadcast.snapshots:
            trainer.restore(snapshot)
        return cls(trainer)

    def take(self, payloads: Sequence[TrainingExample]) -> Step:
        """Learn; a snapshot contains everything learned before it."""
        messages = with_archive(self._trainer.learn(payloads), self._names)
        self._taken += len(payloads)
        if messages:
            self._contained = self._taken
        return Step(messages, self._contained)
