"""The signal stage at work: signals of all partitions in, the situation out."""

from collections.abc import Sequence

from detectors.policy import Policy
from detectors.signals import SignalStage
from schemas.signal import Signal
from streams.worker.broadcast import Broadcast
from streams.worker.single import Step

TOPIC = "signals"


class SignalWork:
    """A `SignalStage`, and how many signals its last published state contains."""

    def __init__(self, stage: SignalStage) -> None:
        self._stage = stage
        self._taken = 0
        self._contained = 0

    @classmethod
    async def begin(cls, policy: Policy, broadcast: Broadcast) -> "SignalWork":
        """Go on from the last published state."""
        await broadcast.caught_up()
        stage = SignalStage(policy)
        state = broadcast.signal_state
        if state is not None:
            stage.restore(state)
        return cls(stage)

    def take(self, payloads: Sequence[Signal]) -> Step:
        """Take signals; those before a published state need not be read again."""
        messages = self._stage.update(payloads)
        self._taken += len(payloads)
        if messages and messages[-1].topic == "signal-state":
            self._contained = self._taken
        return Step(messages, self._contained)
