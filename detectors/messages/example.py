"""A prediction with its label: what trainers learn from."""

from collections.abc import Mapping

from detectors.customer.control import in_control_group
from detectors.customer.facts import facts_at
from detectors.customer.features import (
    as_mapping,
    unpack,
)
from detectors.customer.labels import Matured, basis_of, context_of
from detectors.customer.prior_rule import prior_offset, priors_of
from detectors.customer.profiles import profile_at
from detectors.customer.segments import segment_of
from detectors.customer.state import CustomerState
from detectors.durations import DAY
from detectors.effects import Message
from detectors.messages.envelope import MILLION, digest, message, moment
from detectors.models.prior import log_odds_of
from detectors.policy import Policy, Prior
from schemas.training_example import TrainingExample


def training_example(
    state: CustomerState,
    item: Matured,
    label: bool,
    names: tuple[str, ...],
    partition: int,
    policy: Policy,
    prior: Prior,
    boundaries: Mapping[str, float],
) -> Message:
    """A prediction with its label, for the trainer of its target.

    `prior` was in force when it was made, `boundaries` are those by which it is labelled: the
    pyramid's earlier ones are not kept.
    """
    target, pending = item.target, item.pending
    at = (pending.day + 1.0) * DAY
    matured_at = at + target.horizon_days * DAY
    profile = profile_at(state, at)
    features = as_mapping(names, unpack(pending.features), profile.attributes if profile else None)
    if not item.said:
        # The features were packed for the first target; the prior is this one's.
        facts = [facts_at(state, pending.day, policy)]
        (said,) = priors_of(facts, target, policy, prior, boundaries)
        features["prior_logit"] = log_odds_of(said) - prior_offset(policy, target)
    example = TrainingExample(
        example_id=digest("example", state.customer_id, target.name, pending.day),
        customer_id=state.customer_id,
        partition=partition,
        at=moment(at),
        matured_at=moment(matured_at),
        target=target.definition,  # type: ignore[arg-type]
        horizon_days=target.horizon_days,
        features=features,
        label=label,
        probability=pending.probability / MILLION if item.said else None,
        basis=basis_of(pending.flags) if item.said else None,
        context={
            **context_of(pending.flags),
            "control": in_control_group(state.customer_id, policy.alerts.control_share),
        },
        segment=segment_of(
            profile.segment if profile else "",
            is_known=bool(features.get("occasions")),
            is_one_time=bool(features.get("one_time")),
        ),
    )
    return message(
        "training-examples", example, key=state.customer_id, id=example.example_id, at=matured_at
    )
