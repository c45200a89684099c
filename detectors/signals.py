"""The signal stage: what single customers' events tell about the whole, and what follows of it.

One worker owns it, as it owns the portfolio. Signals come in the order of its topic; the partition
and offset of a signal's source record tell a repeat, which changes nothing.
"""

from collections.abc import Sequence

from detectors.departures import Departures
from detectors.durations import HOUR
from detectors.effects import Message
from detectors.messages.envelope import digest, message, moment
from detectors.policy import Policy
from schemas.signal import Signal
from schemas.signal_state import SignalState
from schemas.situation import Situation


class SignalStage:
    """Keeps what the signals add up to; publishes what every partition must know."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._sources: dict[str, int] = {}
        self._departures = Departures()
        self._newest = 0.0
        self._told = ""

    def restore(self, state: SignalState) -> None:
        """Go on from a published state."""
        self._sources = dict(state.sources)
        self._newest = state.as_of.timestamp()
        self._departures.restore(state.departures)
        self._told = self._situation().version

    def update(self, batch: Sequence[Signal]) -> list[Message]:
        """Take signals in order; returns what is to be published.

        With the first signal of a new hour comes the stage's own state, as the last message.
        """
        messages: list[Message] = []
        before = self._newest
        for signal in batch:
            if not self._is_repeat(signal):
                self._newest = max(self._newest, signal.occurred_at.timestamp())
                self._take(signal)
                self._tell_situation(messages)
        if self._newest // HOUR > before // HOUR:
            messages.append(self.state())
        return messages

    def state(self) -> Message:
        """All that the stage remembers: its next owner goes on from it."""
        state = SignalState(
            as_of=moment(self._newest),
            sources=dict(sorted(self._sources.items())),
            departures=self._departures.to_json(),
        )
        return message(
            "signal-state",
            state,
            key="signal-state",
            id=digest("signal-state", *sorted(self._sources.items())),
            at=self._newest,
        )

    def _is_repeat(self, signal: Signal) -> bool:
        source = f"{signal.topic}/{signal.partition}"
        if signal.offset <= self._sources.get(source, -1):
            return True
        self._sources[source] = signal.offset
        return False

    def _take(self, signal: Signal) -> None:
        match signal.kind:
            case "employee_left" | "employee_back":
                self._departures.take(signal)
            case _:
                pass  # the clock alone moves on

    def _tell_situation(self, messages: list[Message]) -> None:
        """Publish the situation if it differs from the one told last."""
        situation = self._situation()
        if situation.version == self._told:
            return
        self._told = situation.version
        messages.append(
            message("situation", situation, key="situation", id=situation.version, at=self._newest)
        )

    def _situation(self) -> Situation:
        departures = self._departures.open()
        parts = [(item.employee_id, item.left_at.timestamp()) for item in departures]
        return Situation(
            as_of=moment(self._newest),
            version=digest("situation", *parts),
            departures=departures,
        )
