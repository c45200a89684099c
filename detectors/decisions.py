"""Decisions: what a score does to a customer's alerts, and what is told of it."""

from collections.abc import Sequence

from detectors.alerts.key_accounts import CONTACTED, key_account_step
from detectors.alerts.key_accounts import KIND as KEY_ACCOUNT
from detectors.alerts.lifecycle import (
    Step,
    band_of,
    churn_step,
    close_alert,
    open_alert,
    update_alert,
)
from detectors.alerts.reasons import FEW, owner_reason, reasons_of
from detectors.alerts.staff import KIND as STAFF
from detectors.alerts.staff import staff_step
from detectors.alerts.upgrade import KIND as UPGRADE
from detectors.alerts.upgrade import upgrade_step
from detectors.broadcast import Broadcast
from detectors.customer.control import in_control_group
from detectors.customer.facts import Facts, facts_at
from detectors.customer.state import CustomerState, LastScore
from detectors.durations import DAY
from detectors.effects import Output
from detectors.folding import folded_into, lies_in_complaints
from detectors.messages.churn_risk import churn_risk, score_changes
from detectors.messages.key_account import key_account_alert
from detectors.messages.level_move import level_move
from detectors.messages.upgrade import upgrade_opportunity
from detectors.messages.view import customer_view
from detectors.policy import Policy
from detectors.scoring import Score, Scorer
from detectors.staff.ownership import gap_at, settle
from detectors.value.customer import customer_value
from detectors.value.standing import Move
from detectors.value.worth import growth, trailing_revenue, value_at_stake
from schemas.feedback import Feedback
from schemas.reasons import Reason

CHURN = "churn-risk"
ALERTS = (CHURN, STAFF, UPGRADE, KEY_ACCOUNT)
"""All kinds of alerts that rest on a score."""
SNOOZE = 7 * DAY
"""How long a snoozed alert sends no updates."""


class Decisions:
    """Turns scores into alerts and views, by the policy."""

    def __init__(self, policy: Policy, *, tells: bool = True) -> None:
        """`tells`: whether alerts and views are written, or only what teaches the models."""
        self.policy = policy
        self._tells = tells
        self.scorers = {target: Scorer(policy, target) for target in policy.targets}
        self.scorer = self.scorers[policy.target]
        """Of the churn target that raises alerts."""
        self.broadcast = Broadcast(self.scorers.values(), policy.prior)

    def score_now(self, state: CustomerState) -> Score:
        """The score of `facts_now`."""
        return self.scorer.score(*self.facts_now(state))

    def facts_now(self, state: CustomerState) -> tuple[Facts, float]:
        """The customer as of its newest event or score (epoch s), whichever is later."""
        at = max(state.last_at, state.last_score.at if state.last_score else 0.0)
        return facts_at(state, int(at // DAY), self.policy), at

    def further_many(self, scores: Sequence[Score]) -> list[dict[str, float]]:
        """The probabilities of the policy's further churn targets, by name, for each customer.

        `scores` are those of the first, of customers who were scored together.
        """
        also = self.policy.churn.also if self._tells else ()
        names = [target.name for target in also]
        at, batch = scores[0].at, scores[0].batch
        rows = batch.rows[[score.row for score in scores]]
        customers = [score.facts for score in scores]
        said = [self.scorers[target].score_many(customers, at, rows) for target in also]
        return [
            {name: scores[row].probability for name, scores in zip(names, said, strict=True)}
            for row in range(len(customers))
        ]

    def react(
        self, state: CustomerState, facts: Facts, at: float, cause: str, output: Output
    ) -> None:
        """Score as of `facts_now` and decide at once, because something material happened."""
        if in_population(facts, self.policy):
            score = self.scorer.score(facts, at)
            (further,) = self.further_many([score])
            self.decide(state, score, further, cause, output)

    def decide(
        self,
        state: CustomerState,
        score: Score,
        further: dict[str, float],
        cause: str,
        output: Output,
        *,
        may_raise: bool = True,
    ) -> None:
        """Churn alert, upgrade opportunity and public view, in this order.

        `further`: see `further_many`.
        """
        policy = self.policy
        boundaries = self.broadcast.boundaries_at(score.at)
        revenue = trailing_revenue(score.facts)
        is_control = in_control_group(state.customer_id, policy.alerts.control_share)
        step = churn_step(
            state,
            score.at,
            score.probability,
            policy.alerts,
            may_raise=may_raise
            and not is_control
            and is_worth_raising(score.facts, policy)
            and not self._is_folded(state, score.at),
        )
        if step is not None:
            self._publish_step(state, CHURN, self._folded(state, step, score), score, output)
        offer = None
        if not is_control or open_alert(state, UPGRADE):
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
        self._publish_view(state, score, further, cause, output)

    def _folded(self, state: CustomerState, step: Step, score: Score) -> Step:
        """The step, or its end if an incident explains the complaint that raises the risk (D14)."""
        if step.because is not None:
            return step
        situation = self.broadcast.situation_at(score.at)
        incident_id = folded_into(situation, state, score.at)
        if not incident_id:
            return step
        if has_other_sign(score.facts, self.policy):
            why = reasons_of(self.scorer.by_theme(score), score.facts, self.policy)
            if not lies_in_complaints(why):
                return step
        step.alert.folded = incident_id
        because = "an incident explains it"
        return close_alert(step.alert, score.at, "folded", because, score.probability)

    def _is_folded(self, state: CustomerState, at: float) -> bool:
        """Whether the customer's churn alert was folded into an incident that lasts."""
        alert = state.alerts.get(CHURN)
        if alert is None or not alert.folded:
            return False
        return folded_into(self.broadcast.situation_at(at), state, at) == alert.folded

    def look_after(self, state: CustomerState, at: float, cause: str, output: Output) -> None:
        """Decide as of `at` (epoch s) on who looks after the customer; something of that changed.

        With an alert come a new score and all that follows of it: an open churn alert has another
        cause now.
        """
        if state.last_score is not None:
            at = max(at, state.last_score.at)
        if state.staff is not None:
            settle(state.staff, at)
        if gap_at(state.staff, at) is None and open_alert(state, STAFF) is None:
            return
        policy = self.policy
        score = self.scorer.score(facts_at(state, int(at // DAY), policy), at)
        is_control = in_control_group(state.customer_id, policy.alerts.control_share)
        band = band_of(score.probability, policy.alerts)
        step = staff_step(
            state,
            at,
            score.probability,
            band,
            policy.staff,
            may_raise=not is_control and not score.facts.has_cancelled,
        )
        if step is None:
            return
        self._publish_step(state, STAFF, step, score, output)
        churn = open_alert(state, CHURN)
        told = None if churn is None else churn.updates
        if in_population(score.facts, policy):
            (further,) = self.further_many([score])
            self.decide(state, score, further, cause, output)
        else:
            self._publish_view(state, score, {}, cause, output)
        is_quiet = churn is None or churn.closed_at or at < churn.snoozed_until
        if churn is not None and not is_quiet and churn.updates == told:
            again = update_alert(churn, at, score.probability, band)
            self._publish_step(state, CHURN, again, score, output)

    def end_alerts(
        self,
        state: CustomerState,
        score: Score,
        because: str,
        cause: str,
        output: Output,
        kinds: Sequence[str],
        stage: str = "expired",
    ) -> None:
        """Close the customer's open alerts of some kinds for a reason other than its score."""
        ended = [self._end(state, kind, score, because, stage, output) for kind in kinds]
        if any(ended):
            (further,) = self.further_many([score])
            self._publish_view(state, score, further, cause, output)

    def leave(self, state: CustomerState, score: Score, cause: str, output: Output) -> None:
        """The customer has left the population: its alerts end, and its view says where it stands.

        That it is left alone by us is another matter: a staff alert stays.
        """
        for kind in (CHURN, UPGRADE, KEY_ACCOUNT):
            self._end(state, kind, score, "no longer an active customer", "expired", output)
        (further,) = self.further_many([score])
        self._publish_view(state, score, further, cause, output)

    def _end(
        self,
        state: CustomerState,
        kind: str,
        score: Score,
        because: str,
        stage: str,
        output: Output,
    ) -> bool:
        """Close the customer's open alert of a kind; whether there was one."""
        alert = open_alert(state, kind)
        if alert is None:
            return False
        step = close_alert(alert, score.at, stage, because, score.probability)
        self._publish_step(state, kind, step, score, output)
        return True

    def watch_key_account(
        self, state: CustomerState, score: Score, output: Output, *, may_raise: bool
    ) -> None:
        """Raise or end the alert that a key account has not heard from us (D22)."""
        rule = self.policy.key_accounts
        if may_raise and in_control_group(state.customer_id, self.policy.alerts.control_share):
            may_raise = False
        step = key_account_step(state, score.facts, score.at, rule, may_raise=may_raise)
        if step is not None:
            self._publish_step(state, KEY_ACCOUNT, step, score, output)

    def contacted(self, state: CustomerState, cause: str, output: Output) -> None:
        """A contact of ours ends the alert that there was none, at once."""
        if open_alert(state, KEY_ACCOUNT) is not None:
            score = self.score_now(state)
            self.end_alerts(state, score, CONTACTED, cause, output, [KEY_ACCOUNT], "resolved")

    def tell_moves(
        self, state: CustomerState, moves: Sequence[Move], at: float, output: Output
    ) -> None:
        """Publish where a customer has come to (D4, D5)."""
        if self._tells and moves:
            standing = self.broadcast.standing_at(at)
            output.messages += [level_move(state, m, at, standing, self.policy) for m in moves]

    def answer(
        self, state: CustomerState, event: Feedback, at: float, cause: str, output: Output
    ) -> None:
        """A team's answer to an alert: it pauses or ends."""
        for kind, alert in state.alerts.items():
            if alert.alert_id != event.alert_id or alert.closed_at:
                continue
            if event.alert_stage == "snoozed":
                alert.snoozed_until = at + SNOOZE
            elif event.alert_stage in ("dismissed", "saved", "lost"):
                stage = "expired" if event.alert_stage == "lost" else "resolved"
                because = f"{event.alert_stage} by the team"
                score = self.score_now(state)
                self.end_alerts(state, score, because, cause, output, [kind], stage)

    def _publish_step(
        self, state: CustomerState, kind: str, step: Step, score: Score, output: Output
    ) -> None:
        policy = self.policy
        output.alerts[kind, step.alert.band, step.stage] += 1
        if not self._tells:
            return
        if kind in (CHURN, STAFF):
            themes = self.scorer.by_theme(score)
            about = policy.churn.definition  # silence is a theme of its own
            why = reasons_of(themes, score.facts, policy, about=about)
            if kind == STAFF:
                why = owner_reason(themes, score.facts, policy, why)
            changes = score_changes(state, score, self.scorer, policy)
            output.messages.append(churn_risk(state, kind, step, score, why, changes, policy))
        elif kind == KEY_ACCOUNT:
            output.messages.append(key_account_alert(state, step, score.facts, score.at, policy))
        else:
            boundaries = self.broadcast.boundaries_at(score.at)
            chance = self.scorers[policy.upgrade_target].score(score.facts, score.at)
            output.messages.append(
                upgrade_opportunity(state, step, score, chance, boundaries, policy)
            )

    def _publish_view(
        self,
        state: CustomerState,
        score: Score,
        further: dict[str, float],
        cause: str,
        output: Output,
    ) -> None:
        """The public view; reasons are worth their cost from medium risk on."""
        state.last_score = LastScore(score.at, score.probability, score.packed)
        if state.staff is not None:
            state.staff.value = round(value_at_stake(score.facts, self.policy), 2)
        if not self._tells:
            return
        reasons: list[Reason] = []
        if score.probability >= self.policy.alerts.medium:
            reasons = reasons_of(self.scorer.by_theme(score), score.facts, self.policy, FEW)
        gaps = self.broadcast.standing_at(score.at).gaps
        value = customer_value(state, score, gaps, self.policy)
        output.messages.append(
            customer_view(state, score, further, reasons, value, cause, self.policy)
        )


def has_newer_score(state: CustomerState, at: float) -> bool:
    """Whether alerts and view rest on a later moment than `at` (epoch s) already."""
    return state.last_score is not None and state.last_score.at > at


def in_population(facts: Facts, policy: Policy) -> bool:
    """Whether the customer is scored: active within the window, and not cancelled since."""
    return (
        facts.summary.occasions > 0
        and facts.recency < policy.active_days
        and not facts.has_cancelled
    )


def is_worth_raising(facts: Facts, policy: Policy) -> bool:
    """Whether there is any sign yet: silence of some length, a complaint or a cancel request."""
    return facts.complaints_open > 0 or has_other_sign(facts, policy)


def has_other_sign(facts: Facts, policy: Policy) -> bool:
    """Whether there is a sign beside open complaints."""
    return (
        policy.churn.definition != "silence"
        or facts.recency * DAY >= policy.alerts.min_silence
        or facts.windows.cancel_requests_30 > 0
        or facts.owner_gap is not None
    )
