"""The trainer at work: matured examples in, model snapshots out."""

import logging
from collections.abc import Iterable, Sequence

from detectors.archiving import with_archive
from detectors.customer.features import feature_names
from detectors.policy import Policy
from detectors.targets import Target, target_of
from detectors.trainers import Trainers
from schemas.training_example import TrainingExample
from streams.worker.broadcast import Broadcast
from streams.worker.single import Step

log = logging.getLogger(__name__)

TOPIC = "training-examples"


class TrainingWork:
    """The `Trainers`, and which examples are in a published snapshot."""

    def __init__(
        self, trainers: Trainers, names: tuple[str, ...], targets: Iterable[Target]
    ) -> None:
        """`names` are the numeric features in packing order; `targets` are the policy's."""
        self._trainers = trainers
        self._names = names
        self._known = set(targets)

    @classmethod
    async def begin(cls, policy: Policy, broadcast: Broadcast) -> "TrainingWork":
        """Go on from the last published snapshots."""
        await broadcast.caught_up()
        trainers = Trainers(policy)
        work = cls(trainers, feature_names(policy), policy.targets)
        for snapshot in broadcast.snapshots:
            trainers.restore(snapshot)
            work._tell_if_unknown(target_of(snapshot))
        return work

    def take(self, payloads: Sequence[TrainingExample]) -> Step:
        """Learn; a snapshot contains everything learned before it."""
        for target in {target_of(payload) for payload in payloads}:
            self._tell_if_unknown(target)
        messages = with_archive(self._trainers.learn(payloads), self._names)
        return Step(messages, self._trainers.contained)

    def _tell_if_unknown(self, target: Target) -> None:
        """Say once of a target that the policy has it no more."""
        if target not in self._known:
            self._known.add(target)
            log.warning(
                "Models and examples of %s are left aside: the policy has no such target",
                target.name,
            )
