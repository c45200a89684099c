"""The ledger: every emitted score can be computed again, to the last bit, from what was logged."""

from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.customer.facts import facts_at
from detectors.customer.features import NAMES
from detectors.durations import DAY
from detectors.ledger import (
    Archive,
    NotReproducibleError,
    audited,
    layout_of,
    ledger_of,
    recompute,
)
from detectors.models.archive import archived
from detectors.models.logistic import SecondOrderLogistic
from detectors.policy import Policy
from detectors.scoring import Score, Scorer
from schemas.churn_risk import ChurnRisk
from schemas.ledger import Ledger
from schemas.model_snapshot import ModelSnapshot
from tests.detectors.builders import (
    FIRST_DAY,
    Happening,
    brisk,
    moment,
    on,
    policy_of,
    records,
    rhythm,
)
from tests.detectors.facts import facts_of
from tests.detectors.models.ensembles import snapshot_of
from tests.laws.stage import Stage, run
from tests.laws.stories import end_of, stories

ATTRIBUTES: dict[str, object] = {"profile_attributes": ["segment"]}
POLICIES = st.sampled_from(
    [
        brisk(features=ATTRIBUTES),
        brisk(features=ATTRIBUTES, churn={"definition": "cancellation"}),
        brisk(prior={"r": 0.8, "cancel_request_odds": 0.5}),
    ]
)
AT = (FIRST_DAY + 41.0) * DAY
POLICY = Policy()


def snapshot(seed: int = 7) -> ModelSnapshot:
    """A model that is ready from the beginning of time, with a weight for a category too."""
    names = (*NAMES, "segment=gold", "segment=blue")
    weights = np.random.default_rng(seed).normal(0, 0.3, len(names)).tolist()
    model = SecondOrderLogistic(
        prior_mean=dict(zip(names, weights, strict=True)), prior_intercept=weights[0] / 3
    )
    model.learn_one({"recency": 1.5, "segment=gold": 1.0}, True)
    return snapshot_of(model, moment(1.0))


def archive_of(stage: Stage, policy: Policy) -> Archive:
    names = stage.processor.decisions.scorer.names
    published = [item for item in stage.published if isinstance(item, ModelSnapshot)]
    return Archive.of([archived(item, names) for item in published], names)


def logged(ledger: Ledger) -> Ledger:
    """The ledger as it is read from the topic."""
    return msgspec.json.decode(msgspec.json.encode(ledger), type=Ledger)


def alerts_of(stage: Stage) -> list[ChurnRisk]:
    return stage.payloads("churn-risk")


@settings(max_examples=16)
@given(stories(), POLICIES)
def test_every_alert_is_computed_again_to_the_last_bit(
    events: list[Happening], policy: Policy
) -> None:
    stage = run(records(events), policy, until=end_of(events))
    archive = archive_of(stage, policy)
    for alert in alerts_of(stage):
        assert alert.ledger is not None
        assert alert.ledger.model_version == alert.model_version
        assert recompute(alert.ledger, archive) == alert.ledger.probability
        assert round(alert.ledger.probability, 6) == alert.probability


@settings(max_examples=13)
@given(stories(), st.integers(0, 5))
def test_scores_of_a_model_are_computed_again_from_the_archive_alone(
    events: list[Happening], seed: int
) -> None:
    policy = brisk(features=ATTRIBUTES)
    stage = run(records(events), policy, learns=False)
    model, scorer = snapshot(seed), stage.processor.decisions.scorer
    model.model["one_time"]["share"] = 0.3
    stage.install([model])
    wire = msgspec.json.encode(archived(model, scorer.names))
    archive = Archive.of([msgspec.json.decode(wire, type=type(archived(model, [])))], scorer.names)
    day = int(end_of(events) // DAY)
    facts = [facts_at(s, day - b, policy) for s in stage.customers.values() for b in (0, 3, 30)]
    for score in scorer.score_many(facts, 1e9):
        assert score.basis == ("group" if score.facts.summary.occasions == 1 else "model")
        again = recompute(logged(ledger_of(score, scorer.names, policy)), archive)
        assert again == score.probability


def prior_score(policy: Policy = POLICY) -> tuple[Score, tuple[str, ...]]:
    scorer = Scorer(policy)
    return scorer.score(facts_of(rhythm("ann", 0, 5, 6), 40, policy), AT), scorer.names


def test_the_prior_is_asked_as_it_was_then_whatever_the_policy_says_now() -> None:
    then = policy_of(prior={"r": 0.9}, churn={"horizon": "20d"})
    score, names = prior_score(then)
    assert recompute(logged(ledger_of(score, names, then)), Archive()) == score.probability
    assert score.probability != prior_score()[0].probability


def changed(ledger: Ledger, **fields: Any) -> Ledger:
    return msgspec.structs.replace(ledger, **fields)


def test_a_tampered_input_gives_another_probability() -> None:
    score, names = prior_score()
    ledger = ledger_of(score, names, POLICY)
    prior = msgspec.structs.replace(ledger.prior, last_day=ledger.prior.last_day - 3)
    assert recompute(changed(ledger, prior=prior), Archive()) != ledger.probability
    model = archived(snapshot(), names)
    archive = Archive.of([model], names)
    by_model = changed(ledger, model_version=model.version)
    features = bytes([by_model.features[0] + 1]) + by_model.features[1:]
    before = recompute(by_model, archive)
    assert recompute(changed(by_model, features=features), archive) != before


def test_what_is_gone_is_named() -> None:
    score, names = prior_score()
    model = archived(snapshot(), names)
    ledger = changed(ledger_of(score, names, POLICY), model_version=model.version)
    with pytest.raises(NotReproducibleError, match="is not in the archive"):
        recompute(ledger, Archive.of([], names))
    with pytest.raises(NotReproducibleError, match="layout"):
        recompute(changed(ledger, layout="0" * 16), Archive.of([model], names))
    prior = msgspec.structs.replace(ledger.prior, parameters={"q": 1.0})
    with pytest.raises(NotReproducibleError, match="does not know: q"):
        recompute(changed(ledger, model_version="prior", prior=prior), Archive())


def test_features_packed_in_an_order_that_any_archived_model_knows_are_read_by_it() -> None:
    score, names = prior_score()
    model, turned = archived(snapshot(), names), names[::-1]
    ledger = changed(ledger_of(score, names, POLICY), model_version=model.version)
    mirrored = changed(ledger, features=ledger.features[::-1], layout=layout_of(turned))
    later = msgspec.structs.replace(model, version="later", names=list(turned))
    archive = Archive.of([model, later], ())
    assert recompute(mirrored, archive) == pytest.approx(recompute(ledger, archive), abs=1e-12)


def test_the_fingerprint_tells_policies_apart_and_nothing_else() -> None:
    one, other = brisk(), brisk(alerts={"raise_at": 0.55})
    assert one.fingerprint == brisk().fingerprint != other.fingerprint
    assert one.horizon_days == 14  # a cached property must not change it
    assert replace(one).fingerprint == one.fingerprint


def emitted() -> tuple[ChurnRisk, Archive]:
    """A churn alert as it was given out, and what is needed to audit it."""
    stage = run(records(rhythm("ann", 0, 3, 8)), brisk(), until=on(50))
    return alerts_of(stage)[0], archive_of(stage, brisk())


def test_an_audit_says_equal_with_both_probabilities() -> None:
    alert, archive = emitted()
    finding = audited(alert, archive)
    assert (finding.verdict, finding.because) == ("equal", None)
    assert finding.recomputed == finding.logged
    assert finding.policy == brisk().fingerprint


@pytest.mark.parametrize(
    ("fields", "verdict", "because"),
    [
        ({"probability": 0.123456}, "different", "the alert says 0.123456, its ledger 0."),
        ({"model_version": "other"}, "different", "the alert names other, its ledger "),
        ({"ledger": None}, "not reproducible", "carries no ledger"),
    ],
)
def test_an_audit_says_what_does_not_agree(
    fields: dict[str, Any], verdict: str, because: str
) -> None:
    alert, archive = emitted()
    finding = audited(msgspec.structs.replace(alert, **fields), archive)
    assert finding.verdict == verdict
    assert because in str(finding.because)


def test_an_audit_sees_another_probability_in_the_ledger() -> None:
    alert, archive = emitted()
    assert alert.ledger is not None
    forged = changed(alert.ledger, probability=alert.ledger.probability + 1e-15)
    finding = audited(msgspec.structs.replace(alert, ledger=forged), archive)
    assert finding.verdict == "different"
    assert "computed anew it is" in str(finding.because)
