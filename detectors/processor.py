"""The life of an event: from a decoded record to states, alerts and examples, as values.

One `PartitionProcessor` owns one partition. It knows no clock and no broker: the worker, `replay`
and the tests all drive this same object. For each record, in this order:

1. the partition's event time moves on, and all that is due before it is done first (`due`);
2. the record is admitted, or refused as duplicate, late or dead letter (law 4);
3. its customer's state is updated (`customer.apply`);
4. what is material (a complaint, a cancel request, a return while an alert is open) is scored at
   once (`decisions`); everything else waits for the customer's regular review.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

from detectors import due
from detectors.alerts.lifecycle import open_alert
from detectors.broadcast import Published
from detectors.clocks import Clock, Clocks
from detectors.complaints.desk import ComplaintDesk
from detectors.customer.apply import (
    UnusableMoneyError,
    apply_interaction,
    held_cost,
    held_money,
    touch,
)
from detectors.customer.dues import Dues, decode_dues
from detectors.customer.duplicates import SIZE, event_hash, is_among, is_seen
from detectors.customer.effort import note_complaint, note_reached
from detectors.customer.facts import Facts, facts_at
from detectors.customer.labels import predicted
from detectors.customer.partition import (
    MAX_STAFF_SEEN,
    NEVER,
    PREFIX,
    decode_partition,
    encode_partition,
    new_partition_state,
    partition_key,
)
from detectors.customer.pending import Pending
from detectors.customer.profiles import apply_profile
from detectors.customer.state import (
    INPUTS,
    CustomerState,
    Day,
    decode_state,
    encode_state,
    new_state,
)
from detectors.customer.stored import decoded
from detectors.decisions import ALERTS, CHURN, Decisions
from detectors.durations import DAY, HOUR
from detectors.effects import Output, Record
from detectors.messages.dead_letter import dead_letter
from detectors.messages.signal import hour_signal, staff_signal
from detectors.policy import Policy
from detectors.reviews import Reviews, as_said
from detectors.satisfaction.surveys import note_survey
from detectors.scoring import Score
from detectors.staff.watch import StaffWatch
from detectors.targets import Target
from schemas.codec import Decoded
from schemas.complaint import Complaint
from schemas.feedback import Feedback
from schemas.interaction import KINDS, STAFF_KINDS, Interaction
from schemas.profile import Profile
from schemas.reject import Rejected
from schemas.situation import Situation

_INDEX = {topic: index for index, topic in enumerate(INPUTS)}


class PartitionProcessor:
    """All decisions about the customers of one partition.

    `read` gives the stored state of a key, or None. What a call returns in `Output.states` must be
    in the store before the next call: nothing else is remembered between calls but the deadlines,
    the partition's event time and the published models, all of which `restore` and `install` bring
    back.
    """

    def __init__(
        self,
        partition: int,
        policy: Policy,
        read: Callable[[bytes], bytes | None],
        *,
        tells: bool = True,
        clocks: Sequence[Clock] = (),
    ) -> None:
        """`tells`: whether alerts and views are written; nothing else depends on it.

        `clocks`: what else runs out for customers by the clock, beside the time to answer
        complaints and reviews at the ends of days.
        """
        self.partition = partition
        self.policy = policy
        self.decisions = Decisions(policy, tells=tells)
        self.reviews = Reviews(partition, policy, self.decisions)
        self._read = read
        self._complaints = ComplaintDesk(policy, self.decisions)
        self._staff = StaffWatch(partition, policy, self.decisions)
        running = Clocks([self._complaints, self._staff, *clocks])
        self._due = due.DueWork(partition, policy, self.reviews, self._staff, running, self._state)
        self._event_time = new_partition_state()
        self._touched: dict[str, CustomerState] = {}
        self._retained = policy.retained_days

    @property
    def watermark(self) -> float:
        """Event time (epoch s) up to which this partition is complete; -inf before any event."""
        return self._times(max(self._event_time.newest))[0]

    @property
    def clock(self) -> float:
        """Event time (epoch s) by which what runs out has run out; -inf before any event.

        It goes ahead of the watermark: a breach is told within `time.patience`, not after the
        lateness that reviews wait for.
        """
        return self._times(max(self._event_time.newest))[1]

    def _times(self, newest: float) -> tuple[float, float]:
        """Watermark and clock when the newest event is of `newest` (epoch s)."""
        told, rule = self._event_time, self.policy.time
        return max(newest - rule.lateness, told.advanced_to), max(
            newest - rule.patience, told.clock_to
        )

    def restore(self, items: Iterable[tuple[bytes, bytes]]) -> None:
        """Take up the stored partition: deadlines and event time (`items`: all its keys)."""
        stored: dict[bytes, bytes] = {}
        self._due.restore(_customers(items, stored), stored)
        key = partition_key(self.partition)
        if key in stored:
            self._event_time = decoded(decode_partition, key, stored[key])

    def install(self, published: Published) -> None:
        """Take a published value; it speaks from its `as_of` on."""
        self.decisions.broadcast.install(published)
        if isinstance(published, Situation):
            self._staff.turns.install(published, self.clock)

    def process(self, batch: Sequence[Record]) -> Output:
        """Apply records of this partition in order; returns all that is to be sent and stored."""
        output = Output()
        for record in batch:
            self._process_one(record, output)
        return self._finish(output, moved=bool(batch))

    def process_in_parts(self, batch: Sequence[Record]) -> Iterator[Output]:
        """The same as `process`, cut where many customers are due, so that each part is soon done.

        What a part holds must be in the store before the next is asked for. Whoever stops in
        between gives the batch again, and goes on from there.
        """
        output = Output()
        for record in batch:
            decoded = record.decoded
            if isinstance(decoded, Decoded) and self._passes_day(decoded.occurred_at):
                newest = max(*self._event_time.newest, decoded.occurred_at)
                output = yield from self._review_in_parts(*self._times(newest), output)
            self._process_one(record, output)
        yield self._finish(output, moved=bool(batch))

    def advance(self, watermark: float, clock: float | None = None) -> Output:
        """Move event time on without an event, and do what is due by `watermark` (epoch s).

        What runs out by the clock does so until `clock`, by default until `watermark`.
        """
        return self._advance(watermark, watermark if clock is None else clock, Output())

    def advance_in_parts(self, watermark: float, clock: float) -> Iterator[Output]:
        """The same as `advance`, in parts as those of `process_in_parts`."""
        until = max(watermark, self.watermark), max(clock, self.clock)
        output = yield from self._review_in_parts(*until, Output())
        yield self._advance(watermark, clock, output)

    def _advance(self, watermark: float, clock: float, output: Output) -> Output:
        if watermark > self.watermark:
            self._event_time.advanced_to = watermark
        if clock > self.clock:
            self._event_time.clock_to = clock
        self._fire(output)
        return self._finish(output, moved=True)

    def score_at(
        self, customers: Iterable[str], day: int, target: Target | None = None
    ) -> list[Score | None]:
        """What would be said of named customers at the end of `day`; changes nothing.

        One entry each, in their order: None for one of whom nothing was known by then. The
        population does not matter. `day` must not lie before the last event by more than the
        policy's windows look back; what came after it is not looked at. `target` is by default the
        first churn target. The acceptance of an offer of that day is what was said as it was made.
        """
        end = (day + 1.0) * DAY
        target = target or self.policy.target
        said: list[Pending | None] = []
        facts: list[Facts | None] = []
        for customer_id in customers:
            state = self._stored(customer_id)
            known = state is not None and 0 < state.first_at < end
            facts.append(facts_at(state, day, self.policy) if state and known else None)
            said.append(predicted(state, target, day) if state and target.at_offers else None)
        known_facts = [found for found in facts if found is not None]
        if not known_facts:
            return [None] * len(facts)
        scores = iter(self.decisions.scorers[target].score_many(known_facts, end))
        return [
            None if found is None else as_said(next(scores), before)
            for found, before in zip(facts, said, strict=True)
        ]

    def _process_one(self, record: Record, output: Output) -> None:
        decoded = record.decoded
        if isinstance(decoded, Rejected):
            self._dead_letter(record, decoded.reason, decoded.detail, output)
            return
        if decoded.occurred_at <= 0:
            self._dead_letter(record, "invalid_time", "the event lies before 1970", output)
            return
        if isinstance(decoded.payload, Interaction) and decoded.payload.kind in STAFF_KINDS:
            self._tell_of_staff(record, decoded, decoded.payload, output)
            return
        state = self._state(decoded.payload.customer_id)
        topic = _INDEX[record.topic]
        is_repeat = record.offset <= state.offsets[topic]
        if not self._move_on(record, decoded, output) and not is_repeat:
            self._late(record, decoded, output)
            return
        mark = event_hash(decoded.event_id)
        if is_repeat or is_seen(mark, state.days):
            # The offset is still known when the event id has been forgotten.
            state.offsets[topic] = max(state.offsets[topic], record.offset)
            output.account(record.topic, "duplicate")
            return
        if decoded.occurred_at // DAY < state.last_at // DAY - self._retained:
            self._late(record, decoded, output)
            return
        try:
            money = held_money(state, decoded.payload, self.policy)
            cost = held_cost(state, decoded.payload, self.policy)
        except UnusableMoneyError as error:
            self._dead_letter(record, error.reason, str(error), output)
            return
        day = touch(state, decoded.occurred_at, mark, self.policy)
        state.offsets[topic] = record.offset
        output.account(record.topic, "applied")
        output.unknown_fields += decoded.unknown_fields
        if self.reviews.plan(state, max(day.number - 1, self._event_time.fired_day)):
            self._due.plan_day(state)
        self._apply(state, day, record, decoded, money, cost, output)
        self._due.keep(state)

    def _tell_of_staff(
        self, record: Record, decoded: Decoded, event: Interaction, output: Output
    ) -> None:
        """Pass on that an employee left, or is back; by whose id it came does not matter."""
        told = self._event_time
        is_repeat = record.offset <= told.staff_offset
        if not self._move_on(record, decoded, output) and not is_repeat:
            self._late(record, decoded, output)
            return
        told.staff_offset = max(told.staff_offset, record.offset)
        mark = event_hash(decoded.event_id)
        if is_repeat or is_among(mark, told.staff_seen):
            output.account(record.topic, "duplicate")
            return
        told.staff_seen = (told.staff_seen + mark)[-MAX_STAFF_SEEN * SIZE :]
        output.account(record.topic, "applied")
        output.unknown_fields += decoded.unknown_fields
        output.messages.append(staff_signal(record, event, decoded.event_id))

    def _move_on(self, record: Record, decoded: Decoded, output: Output) -> bool:
        """Move event time on to the record; False when the record is too late for that."""
        newest, topic = self._event_time.newest, _INDEX[record.topic]
        at = decoded.occurred_at
        if at > newest[topic]:
            newest[topic] = at
            self._fire(output)
        return bool(at >= newest[topic] - self.policy.time.lateness)

    def _apply(
        self,
        state: CustomerState,
        day: Day,
        record: Record,
        decoded: Decoded,
        money: int,
        cost: int | None,
        output: Output,
    ) -> None:
        """Update the state with the event, and react to what is material."""
        event, at, policy = decoded.payload, decoded.occurred_at, self.policy
        if state.complaints and not isinstance(event, Complaint):
            self._complaints.fold(state, at, output)
        match event:
            case Interaction():
                apply_interaction(state, day, event, decoded.event_id, at, money, policy, cost)
                output.unknown_kinds += event.kind not in KINDS
                self._react(state, day, event, record, output)
                self._staff.contact(state, event, at, f"{cause_of(record)}/staff", output)
            case Complaint():
                note_complaint(day, event)
                self._complaints.hear(state, event, decoded.event_id, at, record, output)
            case Profile():
                apply_profile(state, event, at, policy)
                self._staff.profile(state, event, decoded.event_id, at, cause_of(record), output)
            case Feedback():
                note_survey(day, event, at)
                if event.kind == "offer":
                    day.accepted += event.offer_outcome == "accepted"
                if event.kind == "alert":
                    is_contact = event.alert_stage == "contacted"
                    if is_contact:
                        day.contacts += 1
                        note_reached(day)
                    self.decisions.answer(state, event, at, cause_of(record), output)
                    if is_contact:
                        self.decisions.contacted(state, cause_of(record), output)

    def _react(
        self, state: CustomerState, day: Day, event: Interaction, record: Record, output: Output
    ) -> None:
        """Score at once after a cancel request, or a customer's return while an alert is open.

        An offer is a moment at which its acceptance is predicted; a contact of ours is what a key
        account waits for.
        """
        if event.kind in self.policy.key_accounts.contact_kinds:
            self.decisions.contacted(state, cause_of(record), output)
        if event.kind == "offer" and self.policy.upgrade_target.at_offers:
            at = event.occurred_at.timestamp()
            if self.reviews.predict_acceptance(state, day.number, at):
                self._due.plan_day(state)
            return
        if event.kind == "cancel":
            score = self.decisions.score_now(state)
            cause = cause_of(record)
            self.decisions.end_alerts(
                state, score, "the customer cancelled", cause, output, kinds=ALERTS
            )
            return
        returned = (
            day.activity == 1
            and event.kind in self.policy.churn.activity_kinds
            and open_alert(state, CHURN) is not None
        )
        if returned or event.kind == "cancel_request":
            facts, at = self.decisions.facts_now(state)
            self.decisions.react(state, facts, at, cause_of(record), output)

    def _state(self, customer_id: str) -> CustomerState:
        """The customer's state, decoded at most once a call."""
        state = self._touched.get(customer_id)
        if state is None:
            state = self._stored(customer_id) or new_state(customer_id)
            self._touched[customer_id] = state
        return state

    def _stored(self, customer_id: str) -> CustomerState | None:
        """The customer's state in the store; None of one who is new."""
        key = customer_id.encode()
        found = self._read(key)
        return None if found is None else decoded(decode_state, key, found)

    def _dead_letter(self, record: Record, reason: str, detail: str, output: Output) -> None:
        output.account(record.topic, "dead_lettered")
        output.rejects[reason] += 1
        output.messages.append(dead_letter(record, reason, detail, record.timestamp))

    def _late(self, record: Record, decoded: Decoded, output: Output) -> None:
        """Too late to be counted where it belongs; kept on the dead-letter topic, not lost."""
        output.account(record.topic, "late")
        output.rejects["late"] += 1
        detail = f"event time {decoded.occurred_at:.0f} is beyond time.lateness"
        output.messages.append(dead_letter(record, "late", detail, record.timestamp))

    def _fire(self, output: Output) -> None:
        """Do what is due: at the ends of all days that the watermark has passed, and by the clock.

        In the order in which it would be done if event time moved on in small steps.
        """
        told = self._event_time
        watermark, clock = self._times(max(told.newest))
        if watermark == NEVER:
            return
        last_day, hour = int(watermark // DAY) - 1, int(clock // HOUR)
        if last_day <= told.fired_day and hour <= told.told_hour and not self._due.rings_by(clock):
            return
        if last_day > told.fired_day:
            while self._due.review_some(last_day, clock - watermark, output):
                pass
            told.fired_day = last_day
            self.decisions.broadcast.forget(watermark)
        self._due.ring(clock, output)
        if hour > told.told_hour:
            told.told_hour = hour
            output.messages.append(hour_signal(self.partition, hour))

    def _review_in_parts(
        self, watermark: float, clock: float, output: Output
    ) -> Generator[Output, None, Output]:
        """Review all who are due by `watermark`; returns what is not given out as a part.

        Event time has not moved on yet: whoever stops in between begins here again.
        """
        if watermark == NEVER:
            return output
        last_day = int(watermark // DAY) - 1
        while self._due.review_some(last_day, clock - watermark, output):
            if len(self._touched) >= due.MOST_DUE and self._due.is_due(last_day):
                part = self._finish(output, moved=True)
                part.more = True
                yield part
                output = Output()
        return output

    def _passes_day(self, at: float) -> bool:
        """Whether an event of `at` (epoch s) lets the watermark pass the end of a day."""
        return at - self.policy.time.lateness >= (self._event_time.fired_day + 2) * DAY

    def _finish(self, output: Output, *, moved: bool) -> Output:
        """Encode the states that were touched, once each; whom the portfolio knows comes first."""
        output.states.update(self._due.written())
        for customer_id, state in self._touched.items():
            if state.last_at:
                output.states[customer_id.encode()] = encode_state(state)
        self._touched.clear()
        output.states.update(self._staff.turns.written())
        if moved:
            output.states[partition_key(self.partition)] = encode_partition(self._event_time)
        output.watermark = self.watermark
        return output


def _customers(items: Iterable[tuple[bytes, bytes]], others: dict[bytes, bytes]) -> Iterator[Dues]:
    """The customers of stored items, as they are planned; all else is put into `others`."""
    for key, value in items:
        if key.startswith(PREFIX):
            others[key] = value
        else:
            yield decoded(decode_dues, key, value)


def cause_of(record: Record) -> str:
    """What caused an output: topic, partition and offset."""
    return f"{record.topic}/{record.partition}/{record.offset}"
