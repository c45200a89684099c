"""Reviews: what is due at the end of a day, without any event (silence is a signal).

For each customer due: predictions whose horizon has ended are labelled and become training
examples; and on its grid days the customer is scored, which may raise or end alerts and becomes a
prediction to be labelled later. Many customers of a day are scored together.
"""

from dataclasses import dataclass, replace

from detectors.alerts.lifecycle import open_alert
from detectors.alerts.upgrade import KIND as UPGRADE
from detectors.customer.dues import Dues
from detectors.customer.facts import Facts, facts_at
from detectors.customer.features import as_row
from detectors.customer.grid import next_review
from detectors.customer.labels import (
    ALERT_OPEN,
    COMPLAINT_OPEN,
    CONTACTED,
    OFFERED,
    basis_flag,
    basis_of,
    label_of,
    level_flag,
    level_named,
    matured,
    next_label_day,
    remember,
)
from detectors.customer.pending import Pending
from detectors.customer.state import MONEY, CustomerState
from detectors.decisions import CHURN, Decisions, has_newer_score, in_population
from detectors.durations import DAY
from detectors.effects import Output
from detectors.messages.envelope import MILLION
from detectors.messages.example import training_example
from detectors.messages.notice import portfolio_fact
from detectors.models.drift import Block
from detectors.models.prior import log_odds_of
from detectors.policy import Policy
from detectors.population import blocks_of
from detectors.scoring import Batch, Score
from detectors.value.census import Census
from detectors.value.earnings import trailing_earnings
from detectors.value.pyramid import level_of
from detectors.value.standing import Standing, place, rest
from detectors.value.worth import trailing_revenue


@dataclass(slots=True)
class _Review:
    """A customer to be scored as of the end of the day."""

    state: CustomerState
    facts: Facts
    came_back: bool
    """Whether activity after that day is known already."""


class Reviews:
    """The due work of one partition's customers, at most a day at a time."""

    def __init__(self, partition: int, policy: Policy, decisions: Decisions) -> None:
        self.partition = partition
        self.policy = policy
        self.decisions = decisions
        self._interval = policy.churn.review_interval // DAY

    def plan(self, state: CustomerState, after: int) -> bool:
        """Plan the customer's first grid day after day number `after`; whether that is new."""
        if state.review_day and state.review_day - after <= self._interval:
            return False
        state.review_day = next_review(state.customer_id, after, self._interval)
        return True

    def predict_acceptance(self, state: CustomerState, day: int, at: float) -> bool:
        """Remember what is to be expected of an offer made at `at`, from what is known by then.

        The first offer of a day counts; one that arrives after a later day's makes no prediction.
        """
        target = self.policy.upgrade_target
        scorer = self.decisions.scorers[target]
        score = scorer.score(facts_at(state, day, self.policy), at)
        probability = round(score.probability * MILLION)
        flags = self._flags(state, score) | OFFERED
        pending = Pending(day, probability, flags, score.packed)
        return remember(state, target.name, pending)

    def run(self, day: int, states: list[CustomerState], part: int | None, output: Output) -> bool:
        """Do all that is due at the end of `day` for these customers; tells if it told of them.

        `part`: the number of what the portfolio is told; None if it has been told before.
        """
        reviews: list[_Review] = []
        census = Census(self.policy)
        for state in states:
            self._label(state, day, census, output)
            if state.review_day and state.review_day <= day:
                self._prepare(state, day, reviews, census, output)
        scored = self._score(day, reviews, census, output) if reviews else {}
        if part is None or not census:
            return False
        output.messages.append(portfolio_fact(self.partition, day, part, census, scored))
        return True

    def _score(
        self, day: int, reviews: list[_Review], census: Census, output: Output
    ) -> dict[str, Block]:
        """Score and decide; returns sums of the features and scores."""
        at = (day + 1.0) * DAY
        scores = self.decisions.scorer.score_many([review.facts for review in reviews], at)
        further = self.decisions.further_many(scores)
        standing = self.decisions.broadcast.standing_at(at)
        for review, score, others in zip(reviews, scores, further, strict=True):
            self._place(review.state, score, standing, census, output)
            self._review(review, score, others, output)
        return blocks_of(scores, self.decisions.scorer.names)

    def _place(
        self,
        state: CustomerState,
        score: Score,
        standing: Standing,
        census: Census,
        output: Output,
    ) -> None:
        """Put the customer where it belongs in the pyramid and the ABC, and count it there."""
        facts = score.facts
        revenue, profit = trailing_revenue(facts), trailing_earnings(facts, self.policy).profit
        moves = place(state, facts.day, revenue, profit, standing, self.policy)
        self.decisions.tell_moves(state, moves, score.at, output)
        census.move(moves)
        held = round(profit * MONEY)
        census.count(state, facts, max(facts.windows.revenue, 0), held, score.probability)

    def _label(self, state: CustomerState, day: int, census: Census, output: Output) -> None:
        """Predictions whose horizon has ended become training examples."""
        names = self.decisions.scorer.names
        boundaries = self.decisions.broadcast.boundaries_at((day + 1.0) * DAY)
        for item in matured(state, day, self.policy):
            target, pending = item.target, item.pending
            if len(pending.features) != len(names):
                continue  # made under another policy, with other features: nothing to learn from
            label = label_of(state, pending, target, boundaries, self.policy)
            if target == self.policy.target:
                census.label(level_named(pending), label)
                census.satisfaction.label(state, pending.day, label)
            prior = self.decisions.broadcast.prior_at((pending.day + 1.0) * DAY)
            output.messages.append(
                training_example(
                    state, item, label, names, self.partition, self.policy, prior, boundaries
                )
            )
            output.examples += 1

    def _prepare(
        self,
        state: CustomerState,
        day: int,
        reviews: list[_Review],
        census: Census,
        output: Output,
    ) -> None:
        """Line the customer up for scoring, or let it rest when it has left the population."""
        facts = facts_at(state, day, self.policy)
        at = (day + 1.0) * DAY
        later = bool(state.days) and state.days[-1].number > day
        came_back = later and any(d.number > day and d.activity for d in state.days)
        if in_population(facts, self.policy):
            reviews.append(_Review(state, facts, came_back))
            state.review_day = next_review(state.customer_id, day, self._interval)
            return
        moves = rest(state, facts, trailing_revenue(facts))
        self.decisions.tell_moves(state, moves, at, output)
        census.move(moves)
        has_view = state.last_score is not None
        if has_view and not came_back and not has_newer_score(state, at):
            score = self.decisions.scorer.score(facts, at)
            self.decisions.leave(state, score, f"left/{day}", output)
        state.review_day = 0
        if later:
            heard = next(d.number for d in state.days if d.number > day)
            state.review_day = next_review(state.customer_id, heard - 1, self._interval)

    def _review(
        self, review: _Review, score: Score, further: dict[str, float], output: Output
    ) -> None:
        """Decide on one score, and remember it as a prediction to be labelled."""
        state, day = review.state, score.facts.day
        self.decisions.watch_key_account(state, score, output, may_raise=True)
        # What has been decided since knows more, and someone who has come back since must not be
        # called silent; the score still teaches.
        if not has_newer_score(state, score.at):
            self.decisions.decide(
                state, score, further, f"review/{day}", output, may_raise=not review.came_back
            )
        probability = round(score.probability * MILLION)
        pending = Pending(day, probability, self._flags(state, score), score.packed)
        remember(state, self.policy.grid_names, pending)
        output.reviews += 1

    def _flags(self, state: CustomerState, score: Score) -> int:
        """Who made the prediction, and what was under way when it was made.

        The level is that of the boundaries themselves, as the label of a move up will be; for all
        else see docs/models.md.
        """
        flags = basis_flag(score.basis)
        flags |= ALERT_OPEN if open_alert(state, CHURN) else 0
        flags |= OFFERED if open_alert(state, UPGRADE) else 0
        flags |= COMPLAINT_OPEN if score.facts.complaints_open else 0
        flags |= CONTACTED if score.facts.windows.contacts_30 else 0
        boundaries = self.decisions.broadcast.boundaries_at(score.at)
        return flags | level_flag(level_of(trailing_revenue(score.facts), boundaries))


def as_said(score: Score, before: Pending | None) -> Score:
    """The score with the probability and the features of a prediction made earlier on its day."""
    if before is None:
        return score
    probability = before.probability / MILLION
    return replace(
        score,
        probability=probability,
        log_odds=log_odds_of(probability),
        basis=basis_of(before.flags),
        packed=before.features,
        batch=Batch(as_row(before.features), [score.segment]),
        row=0,
    )


def due_day(state: Dues, policy: Policy) -> int:
    """The next day at whose end something is due for the customer; 0 for never."""
    review_day = state.review_day
    if not state.waiting:
        return review_day
    label_day = next_label_day(state, policy)
    return min(review_day, label_day) if review_day else label_day
