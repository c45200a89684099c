"""Law 9: every alert names its contributions, its evidence, its model and its probability."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.alerts.reasons import reasons_of
from detectors.alerts.staff import KIND as STAFF
from detectors.champion import Champion
from detectors.customer.attributes import is_profile_feature
from detectors.customer.facts import facts_at
from detectors.customer.features import NAMES
from detectors.durations import DAY
from detectors.models.ensemble import Ensemble
from detectors.models.expert import Rows
from detectors.models.laplace import sigmoid
from detectors.models.logistic import SecondOrderLogistic
from detectors.policy import Policy
from detectors.scoring import Explanation, Score, Scorer
from schemas.complaint import Complaint
from schemas.model_snapshot import ModelSnapshot
from tests.detectors.builders import Happening, brisk, records
from tests.detectors.facts import spending
from tests.detectors.models.ensembles import spoken_by
from tests.laws.stage import Stage, run
from tests.laws.stories import end_of, stories

ATTRIBUTES: dict[str, object] = {"profile_attributes": ["segment"]}
POLICY = brisk(features=ATTRIBUTES)
CANCELLATION = brisk(churn={"definition": "cancellation"}, features=ATTRIBUTES)
policies = st.sampled_from([POLICY, CANCELLATION])


def explained(stage: Stage) -> Iterator[tuple[Score, Explanation, dict[str, float]]]:
    """Scores of all customers now, with their explanations by feature and by theme."""
    scorer, now = stage.processor.decisions.scorer, stage.processor.watermark
    for state in stage.customers.values():
        for later in (0, 1, 9, 30):
            at = max(now, state.last_at) + later * DAY
            score = scorer.score(facts_at(state, int(at // DAY), stage.policy), at)
            yield score, scorer.explain(score), scorer.by_theme(score)


def models(stage: Stage) -> dict[str, ModelSnapshot]:
    return {item.version: item for item in stage.published if isinstance(item, ModelSnapshot)}


@settings(max_examples=16)
@given(stories(), policies)
def test_base_and_contributions_add_up_to_the_log_odds(
    events: list[Happening], policy: Policy
) -> None:
    stage = run(records(events), policy)
    for score, why, _ in explained(stage):
        assert why.base + sum(why.parts.tolist()) == pytest.approx(score.log_odds, abs=1e-9)
        assert sigmoid(score.log_odds) == pytest.approx(score.probability)
        assert len(why.names) == len(why.parts) == len(why.values)


@settings(max_examples=16)
@given(stories(), policies)
def test_the_base_is_what_the_model_says_of_the_reference_customer(
    events: list[Happening], policy: Policy
) -> None:
    """Computed again from the published snapshot alone; the prior rule's base is 0."""
    stage = run(records(events), policy)
    known = models(stage)
    for score, why, _ in explained(stage):
        if score.model_version == "prior":
            assert why.base == pytest.approx(0.0, abs=1e-6)
            continue
        snapshot = known[score.model_version]
        if score.basis == "prior":
            continue
        means = {n: v for n, v in snapshot.reference.items() if not is_profile_feature(n)}
        shares = {n: v for n, v in snapshot.reference.items() if is_profile_feature(n)}
        rows = Rows(tuple(means), np.array([list(means.values())]), [shares])
        ensemble = Ensemble.from_json(snapshot.model)
        assert why.base == pytest.approx(ensemble.log_odds_many(rows, [""])[0], abs=1e-6)


@given(st.lists(st.floats(-3, 3), min_size=len(NAMES), max_size=len(NAMES)), st.data())
def test_by_a_linear_model_a_part_is_weight_times_difference(
    weights: list[float], data: st.DataObject
) -> None:
    model = SecondOrderLogistic(prior_mean=dict(zip(NAMES, weights, strict=True)))
    means = {name: data.draw(st.floats(0, 2)) for name in NAMES[:5]}
    scorer = Scorer(Policy())
    scorer.install(
        Champion(spoken_by(model), NAMES, means, as_of=0.0, version="v"),
    )
    why = scorer.explain(scorer.score(spending(5.0), 9e9))
    for name, value, part in zip(why.names, why.values, why.parts, strict=True):
        expected = model.weight(name) * (float(value) - means.get(name, 0.0))
        assert part == pytest.approx(expected, abs=1e-9)


@settings(max_examples=16)
@given(stories(), policies)
def test_every_alert_has_reasons_evidence_and_a_model(
    events: list[Happening], policy: Policy
) -> None:
    stage = run(records(events), policy, until=end_of(events))
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
        assert risk.basis in ("model", "prior", "group")
        assert risk.model_version in known or (risk.model_version, risk.basis) == ("prior", "prior")
        assert 0 <= risk.confidence <= 1
        assert 0 <= risk.probability <= 1
        # What a departure's alert is about comes first, whatever it adds.
        ranked = risk.reasons[1:] if risk.kind == STAFF else risk.reasons
        sizes = [abs(reason.contribution) for reason in ranked]
        assert sizes == sorted(sizes, reverse=True)
        assert len({reason.text for reason in risk.reasons}) == len(risk.reasons)
        if risk.closed_because is None:
            assert risk.deadline >= risk.occurred_at


@settings(max_examples=10)
@given(stories())
def test_themes_keep_the_sum_of_their_contributions(events: list[Happening]) -> None:
    for score, why, sums in explained(run(records(events), POLICY)):
        assert sum(sums.values()) == pytest.approx(float(why.parts.sum()), abs=1e-9)
        reasons = reasons_of(sums, score.facts, POLICY, most=1_000)
        slight = 0.02 * len(why.names)
        total = sum(reason.contribution for reason in reasons)
        assert total == pytest.approx(float(why.parts.sum()), abs=slight)
