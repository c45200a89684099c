"""The complaints desk: what a step of a complaint, or its clock, makes known (D13).

A complaint has at most one open alert: it is raised as the complaint opens (or is taken up again),
updated when its clock nears its end or runs out, and resolved when it ends. The clock runs out by
itself: the desk is one of the partition's clocks. What a clock would have told before a step is
told before that step, so an alert never speaks after its end.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from math import inf

from detectors.complaints.causes.classifier import CauseModel, Recognised, model_of
from detectors.complaints.causes.tokens import unpack
from detectors.complaints.clocks import moments, note_told
from detectors.complaints.life import is_open, region_at
from detectors.customer.complaints import Applied, apply_complaint, case_of
from detectors.customer.dues import Dues
from detectors.customer.state import ComplaintCase, CustomerState
from detectors.decisions import Decisions
from detectors.effects import Output, Record
from detectors.folding import explaining
from detectors.messages.complaint import Told, complaint_alert
from detectors.messages.envelope import digest, moment
from detectors.messages.signal import signal
from detectors.policy import Policy
from detectors.value.worth import value_at_stake
from schemas.complaint import Complaint
from schemas.signal import Signal

ASKED = 4_096
"""Texts whose recognised causes are remembered."""


class ComplaintDesk:
    """Turns the steps of complaints and the passing of time into alerts and signals."""

    def __init__(self, policy: Policy, decisions: Decisions) -> None:
        self.policy = policy
        self._decisions = decisions
        self._version: str | None = None
        self._recognise: Callable[[bytes], Recognised]

    def hear(
        self,
        state: CustomerState,
        event: Complaint,
        event_id: str,
        at: float,
        record: Record,
        output: Output,
    ) -> None:
        """Apply a step that happened at `at` (epoch s), and tell what follows of it."""
        known = case_of(state, event.complaint_id)
        if known is not None:
            self._run_out(state, known, at, output)
        applied = apply_complaint(state, event, at)
        facts, now = self._decisions.facts_now(state)
        if applied.dropped is not None:
            self._drop(state, applied.dropped, now, output)
        case = applied.case
        case.value = value_at_stake(facts, self.policy)
        is_new = False
        kind = _what_happened(case, event.stage, at)
        if kind is not None:
            is_new = not case.alert_id and kind != "resolved"
            self._tell(state, case, Told(kind, event_id, now), output)
        self.fold(state, at, output)
        self._signal(applied, event, at, record, is_new, output)
        case.next_at = self._next_of(case)
        cause = f"{record.topic}/{record.partition}/{record.offset}"
        self._decisions.react(state, facts, now, cause, output)

    def fold(self, state: CustomerState, at: float, output: Output) -> None:
        """Fold the open alerts that an incident, known by now, explains (D14)."""
        situation = self._decisions.broadcast.situation_at(at)
        if situation is None or not situation.incidents:
            return
        for case in state.complaints:
            if case.alert_id and self._incident_of(case, at):
                cause = digest("folded", case.alert_id)
                self._tell(state, case, Told("opened", cause, at), output)

    def _incident_of(self, case: ComplaintCase, at: float) -> str:
        """The incident that explains the complaint at `at`; empty for none."""
        situation = self._decisions.broadcast.situation_at(at)
        if situation is None or not situation.incidents or not is_open(case, at):
            return ""
        return explaining(situation, case, self._recognised(case, at).cause, at)

    def next_at(self, state: Dues) -> float:
        """When the clock of one of the customer's complaints has something to tell; 0 for never."""
        if not state.complaints:
            return 0.0
        return min((case.next_at for case in state.complaints if case.next_at), default=0.0)

    def fire(self, state: CustomerState, at: float, output: Output) -> None:
        """Tell what the clocks of the customer's complaints have to tell by `at` (epoch s)."""
        self.fold(state, at, output)
        for case in state.complaints:
            if 0 < case.next_at <= at:
                self._run_out(state, case, at, output)
                case.next_at = self._next_of(case)

    def _run_out(
        self, state: CustomerState, case: ComplaintCase, until: float, output: Output
    ) -> None:
        """Tell what came due on the case's clocks until then, each as of its own moment."""
        if not case.alert_id and not case.folded:
            return
        for due in moments(case, self.policy):
            if due.at > until:
                break
            note_told(case, due)
            cause = digest(due.clock.name, due.clock.after, due.at)
            told = Told(due.kind, cause, due.at, clock=due.clock.name)
            self._tell(state, case, told, output)

    def _next_of(self, case: ComplaintCase) -> float:
        if not case.alert_id and not case.folded:
            return 0.0
        waiting = moments(case, self.policy)
        return waiting[0].at if waiting else 0.0

    def _tell(self, state: CustomerState, case: ComplaintCase, told: Told, output: Output) -> None:
        stage = "resolved" if told.kind == "resolved" else "updated"
        if not case.alert_id:
            stage = "raised"
            case.alert_id = digest("complaint", state.customer_id, case.complaint_id, told.cause)
        incident_id = "" if stage == "resolved" else self._incident_of(case, told.at)
        if incident_id:
            stage, case.folded = "folded", incident_id
            told = replace(told, incident_id=incident_id)
        recognised = self._recognised(case, told.at)
        output.messages.append(complaint_alert(state, case, stage, told, recognised, self.policy))
        count = "folded" if incident_id else told.kind
        output.alerts["complaint", str(case.severity or "none"), count] += 1
        if stage in ("resolved", "folded"):
            case.alert_id = ""

    def _drop(self, state: CustomerState, case: ComplaintCase, at: float, output: Output) -> None:
        """End the alert of a complaint that is followed no more: too many newer ones."""
        if case.alert_id:
            told = Told("resolved", "dropped", at)
            recognised = self._recognised(case, at)
            output.messages.append(
                complaint_alert(state, case, "expired", told, recognised, self.policy)
            )
            output.alerts["complaint", str(case.severity or "none"), "expired"] += 1

    def _signal(
        self,
        applied: Applied,
        event: Complaint,
        at: float,
        record: Record,
        is_new: bool,
        output: Output,
    ) -> None:
        """Tell of a new complaint, of words whose cause was stated, or of both in one."""
        if not is_new and not applied.words:
            return
        case = applied.case
        cause = event.cause if applied.words else case.cause or self._recognised(case, at).cause
        told = Signal(
            kind="complaint" if is_new else "cause",
            occurred_at=moment(at),
            partition=record.partition,
            topic=record.topic,
            offset=record.offset,
            customer_id=event.customer_id,
            complaint_id=event.complaint_id,
            product_id=event.product_id,
            category=event.category,
            cause=None if cause == "unknown" else cause,  # type: ignore[arg-type]
            channel=event.channel,
            region=event.region or region_at(case, at) or None,
            severity=case.severity or None,
            value_at_stake=round(case.value, 2),
            employee_id=event.employee_id,
            tokens=applied.words,
        )
        output.messages.append(signal(told))

    def _recognised(self, case: ComplaintCase, at: float) -> Recognised:
        """What the words of a complaint without stated cause say, by the model of that moment."""
        if case.cause or not case.words:
            return Recognised(case.cause or "unknown", 0.0)
        published = self._decisions.broadcast.cause_model_at(at)
        version = published.version if published else ""
        rules = self.policy.complaints
        if version != self._version:
            self._version = version
            model = model_of(published.state if published else None, rules.keyword_weight)
            self._recognise = _recogniser(model, rules.cause_confidence)
        return self._recognise(case.words)


def _recogniser(model: CauseModel, least: float) -> Callable[[bytes], Recognised]:
    """What a model says of packed words; a complaint is asked about several times in its life."""
    return lru_cache(maxsize=ASKED)(lambda words: model.recognise(unpack(words), least))


def _what_happened(case: ComplaintCase, stage: str, at: float) -> str | None:
    """The kind of alert that a step at `at` calls for, given all steps heard of; None for none."""
    if not is_open(case, inf):
        case.folded = ""
        return "resolved" if case.alert_id else None
    if case.folded and not case.alert_id:
        return stage if stage in ("reopened", "escalated") else None
    if not case.alert_id:
        return stage if stage in ("reopened", "escalated") else "opened"
    if stage in ("reopened", "escalated") or (stage == "responded" and case.responded_at == at):
        return stage
    return None
