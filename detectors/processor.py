"""The life of an event: from a decoded record to states, alerts and examples, as values.

One `PartitionProcessor` owns one partition. It knows no clock and no broker: the worker, `replay`
and the tests all drive this same object. For each record, in this order:

1. the partition's event time moves on, and all that is due before it is done first
   (*silence is a signal*: reviews and labels need no event of their own);
2. the record is admitted, or refused as duplicate, late or dead letter (law 4);
3. its customer's state is updated;
4. what is material (a complaint, a cancel request, a return while an alert is open) is scored at
   once; everything else waits for the customer's regular review.
"""

from collections.abc import Callable, Iterable, Sequence

from detectors.alerts.lifecycle import Step, churn_step, close_alert, open_alert
from detectors.alerts.reasons import FEW, reasons_of
from detectors.alerts.upgrade import KIND as UPGRADE
from detectors.alerts.upgrade import upgrade_step
from detectors.broadcast import Broadcast
from detectors.customer.apply import (
    UnknownCurrencyError,
    apply_complaint,
    apply_interaction,
    apply_profile,
    held_money,
    touch,
)
from detectors.customer.deadlines import Deadlines
from detectors.customer.duplicates import event_hash, is_seen
from detectors.customer.features import Facts, facts_at
from detectors.customer.grid import next_review
from detectors.customer.labels import (
    ALERT_OPEN,
    COMPLAINT_OPEN,
    CONTACTED,
    MODEL,
    is_positive,
    matured,
)
from detectors.customer.partition import (
    PREFIX,
    decode_partition,
    encode_partition,
    new_partition_state,
    partition_key,
)
from detectors.customer.state import (
    INPUTS,
    CustomerState,
    LastScore,
    Pending,
    decode_state,
    encode_state,
    new_state,
)
from detectors.durations import DAY
from detectors.effects import Output, Record
from detectors.messages import (
    MILLION,
    churn_risk,
    complaint_alert,
    customer_view,
    dead_letter,
    portfolio_fact,
    score_changes,
    training_example,
    upgrade_opportunity,
)
from detectors.policy import Policy
from detectors.scoring import Score, Scorer
from detectors.value.pyramid import level_of
from detectors.value.sketch import QuantileSketch
from detectors.value.worth import growth, trailing_revenue
from schemas.codec import Decoded
from schemas.complaint import Complaint
from schemas.feedback import Feedback
from schemas.interaction import KINDS, Interaction
from schemas.model_snapshot import ModelSnapshot
from schemas.portfolio import Portfolio
from schemas.profile import Profile
from schemas.reasons import Reason
from schemas.reject import Rejected

CHURN = "churn-risk"
_INDEX = {topic: index for index, topic in enumerate(INPUTS)}
_COMPLAINT_ALERTS = {
    "opened": "opened",
    "reopened": "reopened",
    "escalated": "escalated",
    "resolved": "resolved",
    "withdrawn": "resolved",
}
SNOOZE = 7 * DAY
"""How long a snoozed alert sends no updates."""


class PartitionProcessor:
    """All decisions about the customers of one partition.

    `read` gives the stored state of a key, or None. What a call returns in `Output.states` must be
    in the store before the next call: nothing else is remembered between calls but the deadlines,
    the partition's event time and the published models, all of which `restore` and `install` bring
    back.
    """

    def __init__(
        self, partition: int, policy: Policy, read: Callable[[bytes], bytes | None]
    ) -> None:
        self.partition = partition
        self.policy = policy
        self.scorer = Scorer(policy)
        self.broadcast = Broadcast(self.scorer)
        self._read = read
        self._deadlines = Deadlines()
        self._event_time = new_partition_state()
        self._touched: dict[str, CustomerState] = {}
        self._retained = policy.retained_days
        self._interval = policy.churn.review_interval // DAY
        self._sketch = QuantileSketch()
        self._sketch_revenue = 0.0

    @property
    def watermark(self) -> float:
        """Event time (epoch s) up to which this partition is complete; -inf before any event."""
        newest = max(self._event_time.newest) - self.policy.time.lateness
        return max(newest, self._event_time.advanced_to)

    def restore(self, items: Iterable[tuple[bytes, bytes]]) -> None:
        """Take up the stored partition: deadlines and event time (`items`: all its keys)."""
        self._deadlines = Deadlines()
        for key, value in items:
            if not key.startswith(PREFIX):
                state = decode_state(value)
                self._deadlines.plan(state.customer_id, due_day(state, self.policy))
            elif key == partition_key(self.partition):
                self._event_time = decode_partition(value)

    def install(self, published: ModelSnapshot | Portfolio) -> None:
        """Take a published model or portfolio; it speaks from its `as_of` on."""
        self.broadcast.install(published)

    def process(self, batch: Sequence[Record]) -> Output:
        """Apply records of this partition in order; returns all that is to be sent and stored."""
        output = Output()
        for record in batch:
            self._process_one(record, output)
        return self._finish(output, moved=bool(batch))

    def advance(self, watermark: float) -> Output:
        """Move event time on without an event, and do what is due by `watermark` (epoch s)."""
        output = Output()
        if watermark > self.watermark:
            self._event_time.advanced_to = watermark
        self._fire(output)
        return self._finish(output, moved=True)

    # One record

    def _process_one(self, record: Record, output: Output) -> None:
        decoded = record.decoded
        if isinstance(decoded, Rejected):
            self._dead_letter(record, decoded.reason, decoded.detail, output)
            return
        event, at = decoded.payload, decoded.occurred_at
        topic = _INDEX[record.topic]
        if at < self._event_time.newest[topic] - self.policy.time.lateness:
            self._late(record, decoded, output)
            return
        if at > self._event_time.newest[topic]:
            self._event_time.newest[topic] = at
            self._fire(output)
        state = self._state(event.customer_id)
        mark = event_hash(decoded.event_id)
        if record.offset <= state.offsets[topic] or is_seen(mark, state.days):
            output.account(record.topic, "duplicate")
            return
        if int(at // DAY) < int(state.last_at // DAY) - self._retained:
            self._late(record, decoded, output)
            return
        money = 0
        if isinstance(event, Interaction):
            try:
                money = held_money(state, event, self.policy)
            except UnknownCurrencyError as error:
                self._dead_letter(record, "unknown_currency", str(error), output)
                return
        day = touch(state, at, mark, self.policy)
        state.offsets[topic] = record.offset
        self._touched[state.customer_id] = state
        output.account(record.topic, "applied")
        output.unknown_fields += decoded.unknown_fields
        if not state.review_day:
            after = max(int(at // DAY) - 1, self._event_time.fired_day)
            state.review_day = next_review(state.customer_id, after, self._interval)
            self._deadlines.plan(state.customer_id, due_day(state, self.policy))
        cause = f"{record.topic}/{record.partition}/{record.offset}"
        match event:
            case Interaction():
                apply_interaction(state, day, event, decoded.event_id, at, money, self.policy)
                output.unknown_kinds += event.kind not in KINDS
                self._react_to_interaction(state, event, day.activity == 1, cause, output)
            case Complaint():
                case = apply_complaint(state, event, at)
                kind = _COMPLAINT_ALERTS.get(event.stage)
                if kind:
                    score = self._score(state, state.last_at)
                    output.messages.append(
                        complaint_alert(state, case, kind, decoded.event_id, score, self.policy)
                    )
                    output.alerts["complaint", str(case.severity or "none"), kind] += 1
                self._rescore(state, cause, output)
            case Profile():
                apply_profile(state, event, at, self.policy)
            case Feedback():
                self._apply_feedback(state, event, at, cause, output)

    def _state(self, customer_id: str) -> CustomerState:
        state = self._touched.get(customer_id)
        if state is None:
            stored = self._read(customer_id.encode())
            state = new_state(customer_id) if stored is None else decode_state(stored)
            # Kept for the rest of the call, so that a busy customer is decoded once.
            self._touched[customer_id] = state
        return state

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

    def _react_to_interaction(
        self,
        state: CustomerState,
        event: Interaction,
        first_today: bool,
        cause: str,
        output: Output,
    ) -> None:
        alert = open_alert(state, CHURN)
        if event.kind == "cancel":
            if alert is not None:
                self._close_on_cancel(state, cause, output)
        elif event.kind == "cancel_request" or (
            alert is not None and first_today and event.kind in self.policy.churn.activity_kinds
        ):
            self._rescore(state, cause, output)

    def _apply_feedback(
        self, state: CustomerState, event: Feedback, at: float, cause: str, output: Output
    ) -> None:
        """A team's answer to an alert: it ends, pauses, or is a contact."""
        if event.kind != "alert":
            return
        if event.alert_stage == "contacted":
            self._day_of_contact(state, at)
        for kind, alert in state.alerts.items():
            if alert.alert_id != event.alert_id or alert.closed_at:
                continue
            if event.alert_stage == "snoozed":
                alert.snoozed_until = at + SNOOZE
            elif event.alert_stage in ("dismissed", "saved", "lost"):
                stage = "expired" if event.alert_stage == "lost" else "resolved"
                because = f"{event.alert_stage} by the team"
                score = self._score(state, state.last_at)
                step = close_alert(alert, score.at, stage, because, alert.probability)
                self._publish_step(state, kind, step, score, output)
                self._publish_view(state, score, cause, output)

    def _day_of_contact(self, state: CustomerState, at: float) -> None:
        number = int(at // DAY)
        for day in state.days:
            if day.number == number:
                day.contacts += 1

    # Scores and what follows from them

    def _score(self, state: CustomerState, at: float) -> Score:
        """The customer as of the moment `at`, which no applied event comes after."""
        return self.scorer.score(facts_at(state, int(at // DAY), self.policy), at)

    def _rescore(self, state: CustomerState, cause: str, output: Output) -> None:
        """Score at once, because something material happened."""
        score = self._score(state, state.last_at)
        if self._in_population(score.facts):
            self._decide(state, score, cause, output)

    def _close_on_cancel(self, state: CustomerState, cause: str, output: Output) -> None:
        score = self._score(state, state.last_at)
        for kind in (CHURN, UPGRADE):
            alert = open_alert(state, kind)
            if alert is not None:
                step = close_alert(
                    alert, score.at, "expired", "the customer cancelled", score.probability
                )
                self._publish_step(state, kind, step, score, output)
        self._publish_view(state, score, cause, output)

    def _decide(
        self,
        state: CustomerState,
        score: Score,
        cause: str,
        output: Output,
        *,
        may_raise: bool = True,
    ) -> None:
        """What a score does to the customer's level and alerts, and what is told of it."""
        policy = self.policy
        boundaries = self.broadcast.boundaries_at(score.at)
        revenue = trailing_revenue(score.facts)
        if boundaries:
            state.level = level_of(revenue, boundaries)
        step = churn_step(state, score.at, score.probability, policy.alerts, may_raise=may_raise)
        if step is not None:
            self._publish_step(state, CHURN, step, score, output)
        offer = upgrade_step(
            state,
            score.at,
            score.probability,
            score.facts.complaints_open,
            revenue,
            growth(score.facts),
            boundaries,
            policy,
        )
        if offer is not None:
            self._publish_step(state, UPGRADE, offer, score, output)
        self._publish_view(state, score, cause, output)

    def _publish_step(
        self, state: CustomerState, kind: str, step: Step, score: Score, output: Output
    ) -> None:
        policy = self.policy
        if kind == CHURN:
            why = self.scorer.explain(score)
            changes = score_changes(state, score, why.weights, self.scorer.names, policy)
            output.messages.append(churn_risk(state, step, score, why, changes, policy))
        else:
            boundaries = self.broadcast.boundaries_at(score.at)
            output.messages.append(upgrade_opportunity(state, step, score, boundaries, policy))
        output.alerts[kind, step.alert.band, step.stage] += 1

    def _publish_view(self, state: CustomerState, score: Score, cause: str, output: Output) -> None:
        reasons: list[Reason] = []
        if score.probability >= self.policy.alerts.medium:
            reasons = reasons_of(self.scorer.explain(score), score.facts, self.policy, FEW)
        output.messages.append(customer_view(state, score, reasons, cause, self.policy))
        state.last_score = LastScore(score.at, score.probability, score.packed)

    def _in_population(self, facts: Facts) -> bool:
        """Active within the window, and not cancelled since."""
        summary = facts.summary
        return (
            summary.occasions > 0
            and facts.recency < self.policy.active_days
            and not (summary.cancelled_day and summary.cancelled_day >= summary.last_day)
        )

    # Deadlines

    def _fire(self, output: Output) -> None:
        """Do what is due at the end of all days that the watermark has passed."""
        watermark = self.watermark
        if watermark == float("-inf"):
            return
        last_day = int(watermark // DAY) - 1
        if last_day <= self._event_time.fired_day:
            return
        current = 0
        for day, customer_id in self._deadlines.due(last_day):
            if day != current:
                self._close_day(current, output)
                current = day
            self._review(self._state(customer_id), day, output)
        self._close_day(current, output)
        self._event_time.fired_day = last_day
        self.broadcast.forget(watermark)

    def _review(self, state: CustomerState, day: int, output: Output) -> None:
        """The due work of one customer at the end of `day`: labels, then the regular review."""
        for pending in matured(state, day, self.policy):
            label = is_positive(state, pending, self.policy)
            output.messages.append(
                training_example(
                    state, pending, label, self.scorer.names, self.partition, self.policy
                )
            )
            output.examples += 1
        if state.review_day and state.review_day <= day:
            self._regular_review(state, day, output)
        self._deadlines.plan(state.customer_id, due_day(state, self.policy))

    def _regular_review(self, state: CustomerState, day: int, output: Output) -> None:
        facts = facts_at(state, day, self.policy)
        later = bool(state.days) and state.days[-1].number > day
        came_back = later and any(d.number > day and d.activity for d in state.days)
        if not self._in_population(facts):
            self._leave_population(state, facts, output)
            state.review_day = next_review(state.customer_id, day, self._interval) if later else 0
            return
        output.reviews += 1
        score = self.scorer.score(facts, (day + 1.0) * DAY)
        # Someone who has come back since must not be called silent; the score still teaches.
        self._decide(state, score, f"review/{day}", output, may_raise=not came_back)
        revenue = trailing_revenue(facts)
        if revenue > 0:
            self._sketch.add(revenue)
            self._sketch_revenue += revenue
        state.pending.append(
            Pending(
                day,
                score.packed,
                round(score.probability * MILLION),
                self._flags(state, score),
                facts.categories or None,
            )
        )
        state.review_day = next_review(state.customer_id, day, self._interval)

    def _flags(self, state: CustomerState, score: Score) -> int:
        """Who made the prediction, and what was under way when it was made."""
        flags = MODEL if score.basis == "model" else 0
        flags |= ALERT_OPEN if open_alert(state, CHURN) else 0
        flags |= COMPLAINT_OPEN if score.facts.complaints_open else 0
        return flags | (CONTACTED if score.facts.windows.contacts_30 else 0)

    def _leave_population(self, state: CustomerState, facts: Facts, output: Output) -> None:
        """Nothing is predicted any more for a customer who has gone: its alerts end."""
        for kind in (CHURN, UPGRADE):
            alert = open_alert(state, kind)
            if alert is None:
                continue
            score = self.scorer.score(facts, (facts.day + 1.0) * DAY)
            step = close_alert(
                alert, score.at, "expired", "no longer an active customer", score.probability
            )
            self._publish_step(state, kind, step, score, output)
            self._publish_view(state, score, f"left/{facts.day}", output)

    def _close_day(self, day: int, output: Output) -> None:
        """Tell the portfolio what the customers reviewed on a day have spent."""
        if self._sketch.count:
            output.messages.append(
                portfolio_fact(self.partition, day, self._sketch, self._sketch_revenue)
            )
            self._sketch = QuantileSketch()
            self._sketch_revenue = 0.0

    def _finish(self, output: Output, *, moved: bool) -> Output:
        """Encode the states that were touched, once each."""
        for customer_id, state in self._touched.items():
            if state.last_at:
                output.states[customer_id.encode()] = encode_state(state)
        self._touched.clear()
        if moved:
            output.states[partition_key(self.partition)] = encode_partition(self._event_time)
        output.watermark = self.watermark
        return output


def is_worth_raising(facts: Facts, policy: Policy) -> bool:
    """Whether there is any sign yet: silence of some length, a complaint or a cancel request."""
    return (
        policy.churn.definition != "silence"
        or facts.recency * DAY >= policy.alerts.min_silence
        or facts.complaints_open > 0
        or facts.windows.cancel_requests_30 > 0
    )


def due_day(state: CustomerState, policy: Policy) -> int:
    """The next day at whose end something is due for the customer; 0 for never."""
    days = [state.review_day] if state.review_day else []
    if state.pending:
        days.append(state.pending[0].day + policy.horizon_days)
    return min(days, default=0)
