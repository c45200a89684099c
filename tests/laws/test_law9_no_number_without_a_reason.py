"""Law 9: every alert names its contributions, its evidence, its model and its probability."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.alerts.reasons import reasons_of
from detectors.customer.features import facts_at
from detectors.durations import DAY
from detectors.models.laplace import sigmoid
from detectors.models.logistic import SecondOrderLogistic
from detectors.policy import Policy
from detectors.scoring import Explanation, Score
from schemas.complaint import Complaint
from schemas.model_snapshot import ModelSnapshot
from tests.detectors.builders import Happening, brisk
from tests.laws.stage import Stage, run, told
from tests.laws.stories import end_of, stories

ATTRIBUTES: dict[str, object] = {"profile_attributes": ["segment"]}
POLICY = brisk(features=ATTRIBUTES)
CANCELLATION = brisk(churn={"definition": "cancellation"}, features=ATTRIBUTES)
policies = st.sampled_from([POLICY, CANCELLATION])


def explained(stage: Stage) -> Iterator[tuple[Score, Explanation]]:
    """Scores of all customers now, with their explanations."""
    scorer, now = stage.processor.decisions.scorer, stage.processor.watermark
    for state in stage.customers.values():
        for later in (0, 1, 9, 30):
            at = max(now, state.last_at) + later * DAY
            score = scorer.score(facts_at(state, int(at // DAY), stage.policy), at)
            yield score, scorer.explain(score)


def models(stage: Stage) -> dict[str, ModelSnapshot]:
    return {item.version: item for item in stage.published if isinstance(item, ModelSnapshot)}


@settings(max_examples=25)
@given(stories(), policies)
def test_base_and_contributions_add_up_to_the_log_odds(
    events: list[Happening], policy: Policy
) -> None:
    stage = run(told(events, policy), policy)
    for score, why in explained(stage):
        assert why.base + sum(why.parts.tolist()) == pytest.approx(score.log_odds, abs=1e-9)
        assert sigmoid(score.log_odds) == pytest.approx(score.probability)
        assert len(why.names) == len(why.parts) == len(why.values)


@settings(max_examples=25)
@given(stories(), policies)
def test_the_base_is_the_reference_customer_and_each_part_is_weight_times_difference(
    events: list[Happening], policy: Policy
) -> None:
    """Computed again from the published snapshot alone; the prior rule's base is 0."""
    stage = run(told(events, policy), policy)
    known = models(stage)
    for score, why in explained(stage):
        if score.basis == "prior":
            assert why.base == pytest.approx(0.0, abs=1e-6)
            continue
        snapshot = known[score.model_version]
        model = SecondOrderLogistic.from_json(snapshot.model)
        reference = {name: snapshot.reference.get(name, 0.0) for name in model.features}
        assert why.base == pytest.approx(model.log_odds(reference), abs=1e-6)
        for name, value, part in zip(why.names, why.values, why.parts, strict=True):
            expected = model.weight(name) * (float(value) - snapshot.reference.get(name, 0.0))
            assert part == pytest.approx(expected, abs=1e-9)


@settings(max_examples=25)
@given(stories(), policies)
def test_every_alert_has_reasons_evidence_and_a_model(
    events: list[Happening], policy: Policy
) -> None:
    stage = run(told(events, policy), policy, until=end_of(events))
    ids = {event.event_id for event in events} | {
        event.payload.complaint_id for event in events if isinstance(event.payload, Complaint)
    }
    known = models(stage)
    for topic in ("churn-risk", "upgrade-opportunity", "complaint-alerts"):
        for alert in stage.payloads(topic):
            assert alert.reasons or alert.closed_because
            assert all(reason.text for reason in alert.reasons)
            assert set(alert.evidence) <= ids
            if alert.stage == "raised":
                assert alert.evidence
    for risk in stage.payloads("churn-risk"):
        assert risk.basis in ("model", "prior")
        assert risk.model_version in (known if risk.basis == "model" else {"prior"})
        assert 0 <= risk.confidence <= 1
        assert 0 <= risk.probability <= 1
        sizes = [abs(reason.contribution) for reason in risk.reasons]
        assert sizes == sorted(sizes, reverse=True)
        assert len({reason.text for reason in risk.reasons}) == len(risk.reasons)
        if risk.closed_because is None:
            assert risk.deadline >= risk.occurred_at


@settings(max_examples=15)
@given(stories())
def test_themes_keep_the_sum_of_their_contributions(events: list[Happening]) -> None:
    for score, why in explained(run(told(events, POLICY), POLICY)):
        reasons = reasons_of(why, score.facts, POLICY, most=1_000)
        slight = 0.02 * len(why.names)
        total = sum(reason.contribution for reason in reasons)
        assert total == pytest.approx(float(why.parts.sum()), abs=slight)
