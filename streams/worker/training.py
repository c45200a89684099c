"""The trainer at work: matured examples in, model snapshots out."""

from collections.abc import Sequence

from detectors.archiving import with_archive
from detectors.customer.features import feature_names
from detectors.policy import Policy
from detectors.trainers import Trainers
from schemas.training_example import TrainingExample
from streams.worker.broadcast import Broadcast
from streams.worker.single import Step

TOPIC = "training-examples"


class TrainingWork:
    """The `Trainers`, and which examples are in a published snapshot."""

    def __init__(self, trainers: Trainers, names: tuple[str, ...]) -> None:
        """`names` are the numeric features in packing order."""
        self._trainers = trainers
        self._names = names

    @classmethod
    async def begin(cls, policy: Policy, broadcast: Broadcast) -> "TrainingWork":
        """Go on from the last published snapshots."""
        await broadcast.caught_up()
        trainers = Trainers(policy)
        for snapshot in broadcast.snapshots:
            trainers.restore(snapshot)
        return cls(trainers, feature_names(policy))

    def take(self, payloads: Sequence[TrainingExample]) -> Step:
        """Learn; a snapshot contains everything learned before it."""
        messages = with_archive(self._trainers.learn(payloads), self._names)
        return Step(messages, self._trainers.contained)
