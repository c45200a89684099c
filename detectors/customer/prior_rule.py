"""The prior rule: what is said of a customer before a model has learned anything."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from detectors.customer.facts import Facts
from detectors.customer.level_rule import rise_probabilities
from detectors.customer.state import Settled
from detectors.models.laplace import sigmoid
from detectors.models.prior import BgNbd, log_odds_of
from detectors.policy import Policy, Prior
from detectors.targets import Target


def priors_of(
    customers: Sequence[Facts],
    target: Target,
    policy: Policy,
    parameters: Prior,
    boundaries: Mapping[str, float],
) -> list[float]:
    """The prior rule's probability for each customer that the target happens.

    `parameters` are those of churn, `boundaries` those of the customer pyramid (only a move to a
    higher level needs them).
    """
    if target.definition == "level":
        rises = rise_probabilities(customers, boundaries, policy, target.horizon_days)
        return [float(rise) for rise in rises]
    return [
        prior_probability(
            facts.summary,
            facts.day,
            facts.windows.cancel_requests_30 > 0,
            target,
            policy,
            parameters,
        )
        for facts in customers
    ]


def silence_odds(customers: Sequence[Facts], policy: Policy) -> list[float]:
    """Log-odds of silence by the policy's own parameters, which stay the same for ever.

    0 where churn is not silence, and without an occasion.
    """
    if policy.target.definition != "silence":
        return [0.0] * len(customers)
    days, model = policy.target.horizon_days, bg_nbd(policy.prior)
    return [
        log_odds_of(silence_probability(facts.summary, facts.day, days, model))
        if facts.summary.occasions
        else 0.0
        for facts in customers
    ]


def prior_probability(
    summary: Settled,
    day: int,
    requested: bool,
    target: Target,
    policy: Policy,
    parameters: Prior,
) -> float:
    """The stated prior rule, by some parameters; that of a move up the pyramid is `level_rule`.

    Silence: BG/NBD's P(no activity in the horizon) on counts; cancellation and upgrade: the base
    rate. A cancel request within 30 days adds `prior.cancel_request_odds` to the log-odds of churn.
    """
    if not target.is_churn:
        return policy.upgrade.rate
    if target.definition == "cancellation" or not summary.occasions:
        probability = parameters.cancellation_rate
    else:
        probability = silence_probability(summary, day, target.horizon_days, bg_nbd(parameters))
    if not requested:
        return probability
    return sigmoid(log_odds_of(probability) + parameters.cancel_request_odds)


def prior_offset(policy: Policy, target: Target) -> float:
    """The part of the prior's log-odds that is the same for everybody.

    It is the model's first intercept; ``prior_logit`` is the rest, with a first weight of 1. So the
    model says exactly what the prior says until it has learned something.
    """
    if target.definition == "silence":
        return 0.0
    rate = policy.prior.cancellation_rate if target.is_churn else policy.upgrade.rate
    return log_odds_of(rate)


def silence_probability(summary: Settled, day: int, horizon_days: int, model: BgNbd) -> float:
    """The model's P(no activity in the horizon) of a customer with at least one occasion."""
    return model.silence(
        summary.occasions - 1,
        float(summary.last_day - summary.first_day),
        float(day - summary.first_day),
        float(horizon_days),
    )


@lru_cache(maxsize=256)
def bg_nbd(prior: Prior) -> BgNbd:
    """The model of silence with the rule's parameters."""
    return BgNbd(prior.r, prior.alpha_days, prior.a, prior.b)
