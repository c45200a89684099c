"""The signal stage: what single customers' events tell about the whole, and what follows of it.

One worker owns it, as it owns the portfolio. Signals come in the order of its topic; the partition
and offset of a signal's source record tell a repeat, which changes nothing.
"""

from collections.abc import Sequence

import msgspec

from detectors.complaints.causes.learner import CauseLearner
from detectors.departures import Departures
from detectors.durations import DAY, HOUR
from detectors.effects import Message
from detectors.messages.envelope import digest, message, moment
from detectors.messages.incident import in_force, incident_message
from detectors.policy import Policy
from detectors.surge.incident import OpenIncident
from detectors.surge.recent import Complained
from detectors.surge.series import DIMENSIONS, values_of
from detectors.surge.watch import SurgeWatch
from schemas.cause_model import CauseModel
from schemas.signal import Signal
from schemas.signal_state import SignalState
from schemas.situation import Situation

SAVE_AFTER = 2_000
"""Signals after which the state is published, whatever the time."""


class SignalStage:
    """Keeps what the signals add up to; publishes what every partition must know."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._sources: dict[str, int] = {}
        self._departures = Departures(policy.staff)
        self._surge = SurgeWatch(policy.surge, self._tell_incident)
        self._causes = CauseLearner(policy.complaints.keyword_weight)
        self._published = 0
        self._newest = 0.0
        self._told = ""
        self._unsaved = 0
        self._messages: list[Message] = []

    def restore(self, state: SignalState) -> None:
        """Go on from a published state."""
        self._sources = dict(state.sources)
        self._newest = state.as_of.timestamp()
        self._departures.restore(state.departures, state.returns, state.departure_events)
        if state.surge:
            self._surge.restore(state.surge)
        weight = self.policy.complaints.keyword_weight
        self._causes = CauseLearner(weight, state.causes or None)
        self._published = self._causes.complaints
        self._told = self._situation().version

    def update(self, batch: Sequence[Signal]) -> list[Message]:
        """Take signals in order; returns what is to be published.

        With the first signal of a new day, and after `SAVE_AFTER` others, comes the stage's own
        state, as the last message: what came after it is read again after a restart.
        """
        messages = self._messages = []
        before = self._newest
        for signal in batch:
            if not self._is_repeat(signal):
                self._tell_causes(signal, messages)
                self._newest = max(self._newest, signal.occurred_at.timestamp())
                self._unsaved += 1
                self._take(signal)
                self._tell_situation(messages)
        if self._newest // DAY > before // DAY or self._unsaved >= SAVE_AFTER:
            self._unsaved = 0
            messages.append(self.state())
        return messages

    def state(self) -> Message:
        """All that the stage remembers: its next owner goes on from it."""
        left, back, events = self._departures.to_json()
        state = SignalState(
            as_of=moment(self._newest),
            sources=dict(sorted(self._sources.items())),
            departures=left,
            returns=back,
            departure_events=events,
            surge=self._surge.to_json(),
            causes=self._causes.snapshot() if self._causes.complaints else {},
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
        at = signal.occurred_at.timestamp()
        match signal.kind:
            case "employee_left" | "employee_back":
                self._departures.take(signal)
            case "complaint" | "cause":
                # With tokens comes a stated cause, which teaches; a recognised one has none.
                self._causes.learn(signal.tokens, signal.cause or "unknown")
                if signal.kind == "complaint":
                    self._surge.take(complained(signal))
            case _:
                pass  # the clock alone moves on
        self._surge.advance(at)

    def _tell_incident(self, stage: str, incident: OpenIncident, at: float, because: str) -> None:
        self._messages.append(incident_message(stage, incident, at, because, self.policy))

    def _tell_causes(self, signal: Signal, messages: list[Message]) -> None:
        """Publish what was learned of causes before the hour that the signal begins."""
        hour = signal.occurred_at.timestamp() // HOUR
        learned = self._causes.complaints
        if hour <= self._newest // HOUR or learned == self._published:
            return
        self._published = learned
        as_of = float(hour * HOUR)
        version = digest("cause-model", learned, as_of)
        model = CauseModel(
            as_of=moment(as_of), version=version, labels=learned, state=self._causes.snapshot()
        )
        messages.append(message("cause-model", model, key="cause-model", id=version, at=as_of))

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
        departures = self._departures.told()
        incidents = [in_force(incident) for incident in self._surge.open]
        incidents.sort(key=lambda incident: incident.incident_id)
        parts = [(item.employee_id, item.left_at, item.back_at) for item in departures]
        surges = [msgspec.to_builtins(incident) for incident in incidents]
        return Situation(
            as_of=moment(self._newest),
            version=digest("situation", *parts, *surges),
            incidents=incidents,
            departures=departures,
        )


def complained(signal: Signal) -> Complained:
    """What the watch for surges needs of a complaint's signal."""
    return Complained(
        signal.occurred_at.timestamp(),
        signal.customer_id or "",
        signal.complaint_id or "",
        max(signal.value_at_stake or 0.0, 0.0),
        values_of([getattr(signal, dimension) for dimension in DIMENSIONS]),
    )


def watched(state: SignalState) -> int:
    """How many series the watch for surges holds in a published state."""
    memory = state.surge.get("memory")
    return len(memory["keys"]) - 1 if memory else 0
