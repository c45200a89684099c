"""The watch for surges (D14): complaints in, incidents out.

Every complaint is counted in the series it belongs to (`series`). After each one its series are
looked at in windows of an hour to a week that end now: the count against the forecast made of the
usual level, weekday, hour and common trend (`baseline`), by the exact tail of that forecast
(`tail`). What is too surprising for all looks at all series together opens an incident. From then
on it takes the complaints that it explains; they are counted nowhere else, so that a series that
surges only through them stays calm, and one that surges without them makes the incident broader,
or another one.

Time is event time: it moves on with complaints and by `advance`, hour by hour.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from detectors.durations import DAY
from detectors.messages.envelope import digest
from detectors.policy import Surge
from detectors.surge.alarm import Alarm, alarms_of, start_of
from detectors.surge.baseline import LAG
from detectors.surge.calendar import HOUR, HOURS
from detectors.surge.incident import OpenIncident
from detectors.surge.memory import Memory
from detectors.surge.recent import Complained, Recent
from detectors.surge.series import Key, matches, width

FORMAT = "surge-watch/1"
MOST_OPEN = 50
"""Incidents open at once; when there are more, the next ones wait."""
GAP = 400
"""Days without a sign of life after which nothing that was learned is of any use."""
Told = Callable[[str, OpenIncident, float, str], None]
"""Hears of each step: stage, incident, moment (epoch s), and why it ended (else empty)."""


class SurgeWatch:
    """Finds incidents in a stream of complaints, in memory that does not grow."""

    def __init__(self, policy: Surge, tell: Told) -> None:
        self.policy = policy
        self.open: list[OpenIncident] = []
        """The incidents that last, in the order in which they were opened."""
        self.at = 0.0
        """Event time reached (epoch s); 0 before the first complaint."""
        self._tell = tell
        self._memory = Memory(policy, 0)
        self._recent = Recent()
        self._wait: dict[Key, int] = {}
        """Series that are too surprising but touch too few customers → hour to look again."""

    @property
    def series(self) -> int:
        """How many series are held."""
        return len(self._memory)

    def take(self, complaint: Complained) -> None:
        """Count a complaint, and look at its series.

        One that is a week late counts no more, and one that a customer repeats counts once: many
        complaints of one customer are no surge.
        """
        self.advance(complaint.at)
        if complaint.at < self._oldest() or self._recent.has_like(complaint):
            return
        hour, memory = int(complaint.at // HOUR), self._memory
        rows = memory.rows_of(complaint.values, int(self.at // DAY), self._rows_of_open())
        explaining = self._explaining(complaint)
        complaint.is_taken = explaining is not None
        self._recent.add(complaint)
        if explaining is not None:
            memory.counts.take(rows, hour)
            explaining.add(complaint)
            return
        memory.counts.add(rows, hour)
        if self.at // DAY >= memory.first_day + self.policy.history // DAY:
            now, keys = self.at // HOUR, memory.slots.keys
            awake = [row for row in rows[1:] if self._wait.get(keys[row], 0) <= now]
            self._react(alarms_of(memory, awake, self.at, self.policy))

    def advance(self, at: float) -> None:
        """Let event time pass: what has subsided is closed, days that are over are learned from."""
        if at <= self.at:
            return
        if not self.at or at - self.at > GAP * DAY:
            self._begin(at)
        hour, last = int(self.at // HOUR) + 1, int(at // HOUR)
        while hour <= last:
            if not self.open:
                hour = -(-hour // HOURS) * HOURS  # only ends of days matter
                if hour > last:
                    break
            self.at = float(hour * HOUR)
            if hour % HOURS == 0:
                self._memory.end_day(hour // HOURS - 1)
                self._recent.forget(self._oldest())
                self._wait.clear()
            for incident in list(self.open):
                self._look_after(incident)
            hour += 1
        self.at = at

    def _begin(self, at: float) -> None:
        """Begin without any past."""
        for incident in list(self.open):
            self.at = incident.opened_at + self.policy.calm
            self._close(incident, incident.opened_at, "there was no sign of life for long")
        self._memory = Memory(self.policy, int(at // DAY))
        self._recent, self.at = Recent(), at
        self._wait.clear()

    def _oldest(self) -> float:
        """The first moment that is still held hour by hour."""
        return (self.at // DAY - LAG) * DAY

    def _react(self, alarms: Sequence[Alarm]) -> None:
        """Open an incident for the strongest alarm, or make an open one broader."""
        for alarm in alarms:
            for incident in self.open:
                if width(alarm.key) < width(incident.key) and matches(alarm.key, incident.key):
                    self._broaden(incident, alarm)
                    return
        for alarm in alarms:
            start = start_of(self._memory, alarm, self.at)
            if len(self.open) < MOST_OPEN and self._customers(alarm.key, start):
                self._open(alarm, start)
                return
            self._wait[alarm.key] = int(self.at // HOUR) + 1

    def _customers(self, key: Key, start: float) -> bool:
        """Whether enough different customers complained since."""
        customers: set[str] = set()
        for complaint in self._recent.of(key, start):
            customers.add(complaint.customer_id)
            if len(customers) >= self.policy.min_customers:
                return True
        return False

    def _open(self, alarm: Alarm, start: float) -> None:
        first = min((c.at for c in self._recent.of(alarm.key, start)), default=start)
        incident_id = digest("incident", *alarm.key, repr(self.at))
        incident = OpenIncident(
            incident_id, alarm.key, first, self.at, self._memory.usual(alarm.slot)
        )
        incident.p_value = alarm.p_value
        self.open.append(incident)
        self._gather(incident, alarm.slot, start)
        self._step("opened", incident)

    def _broaden(self, incident: OpenIncident, alarm: Alarm) -> None:
        """It is about more than was seen at first."""
        start = min(start_of(self._memory, alarm, self.at), incident.started_at // HOUR * HOUR)
        start = max(start, self._oldest())
        incident.key, incident.usual = alarm.key, self._memory.usual(alarm.slot)
        incident.p_value = alarm.p_value
        first = min((c.at for c in self._recent.of(alarm.key, start)), default=start)
        incident.started_at = min(incident.started_at, first)
        self._gather(incident, alarm.slot, start)
        self._step("updated", incident)

    def _gather(self, incident: OpenIncident, slot: int, start: float) -> None:
        """Take the complaints since `start` that the incident explains out of all series."""
        for complaint in self._recent.of(incident.key, start):
            if complaint.is_taken:
                continue
            complaint.is_taken = True
            incident.add(complaint)
            self._memory.explained(complaint.values, int(complaint.at // HOUR))
        # Complaints too many to be held one by one are still counted by the hour.
        hour, memory = int(self.at // HOUR), self._memory
        hours = hour - int(start // HOUR) + 1
        for back, number in enumerate(memory.counts.back([slot], hour, hours)[0].tolist()):
            if number > 0:
                incident.add_number(hour - back, number)
                memory.move([slot], hour - back, number)

    def _rows_of_open(self) -> list[int]:
        found = (self._memory.slots.find(incident.key) for incident in self.open)
        return [row for row in found if row is not None]

    def _explaining(self, complaint: Complained) -> OpenIncident | None:
        for incident in self.open:
            if complaint.at >= incident.started_at and matches(incident.key, complaint.values):
                return incident
        return None

    def _look_after(self, incident: OpenIncident) -> None:
        """At a full hour: has it subsided, has it lasted too long, has it grown?"""
        policy, hours = self.policy, self._memory.profile.shares()
        incident.forget(int((self.at - policy.calm) // HOUR) - 1)
        if incident.is_calm(self.at, policy.calm, policy.calm_at, hours):
            self._close(incident, self.at - policy.calm, "it has subsided")
        elif self.at - incident.opened_at >= policy.longest:
            self._memory.accept(int(self.at // DAY))
            self._close(incident, self.at, "it has lasted so long that it is the usual now")
        elif incident.observed >= incident.told * (1.0 + policy.update_growth):
            self._step("updated", incident)

    def _close(self, incident: OpenIncident, ended_at: float, because: str) -> None:
        self.open.remove(incident)
        incident.ended_at = max(ended_at, incident.started_at)
        self._step("closed", incident, because)

    def _step(self, stage: str, incident: OpenIncident, because: str = "") -> None:
        incident.told = incident.observed
        incident.updates += 1
        incident.expected = incident.usual.expected(
            incident.started_at, incident.ended_at or self.at, self._memory.profile.shares()
        )
        self._tell(stage, incident, self.at, because)

    # State

    def to_json(self) -> dict[str, Any]:
        """All that is needed to go on, as JSON values."""
        return {
            "format": FORMAT,
            "at": self.at,
            "memory": self._memory.to_json() if self.at else None,
            "recent": self._recent.to_json(),
            "wait": list(self._wait.items()),
            "open": [incident.to_json() for incident in self.open],
        }

    def restore(self, data: Mapping[str, Any]) -> None:
        """Go on from what `to_json` gave. Raises ValueError for another format or size."""
        if data.get("format") != FORMAT:
            raise ValueError(f"surge format is {data.get('format')!r}: this reads {FORMAT!r}")
        self.at = data["at"]
        if self.at:
            self._memory = Memory.from_json(self.policy, data["memory"])
        self._recent = Recent.from_json(data["recent"])
        self._wait = {tuple(key): int(hour) for key, hour in data["wait"]}
        self.open = [OpenIncident.from_json(item) for item in data["open"]]
