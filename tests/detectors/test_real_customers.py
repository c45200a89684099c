"""Real customers: states stay small, alerts make sense, the model beats the rule."""

from collections import Counter
from functools import cache
from statistics import median

from detectors.customer.state import encode_state
from detectors.policy import Policy
from tests.detectors.builders import records
from tests.detectors.retail import shoppers
from tests.laws.stage import Stage, run

SHARE = 4


@cache
def shop() -> Stage:
    """A quarter of the customers of the example shop, half a year."""
    events = shoppers(SHARE)
    return run(records(events), Policy(), until=events[-1].at)


def test_the_median_state_is_at_most_a_kibibyte() -> None:
    sizes = sorted(len(encode_state(state)) for state in shop().customers.values())
    assert len(sizes) > 500
    assert median(sizes) <= 1_024
    assert sizes[-1] <= 16 * 1_024


def test_every_line_is_accounted_for() -> None:
    counts = shop().counts
    assert sum(counts.values()) == len(shoppers(SHARE))
    assert set(counts) == {("interactions", "applied")}


def test_alerts_are_raised_and_end_and_are_about_silence() -> None:
    risks = shop().payloads("churn-risk")
    stages = Counter(risk.stage for risk in risks)
    assert stages["raised"] > 100
    assert stages["resolved"] > 20
    raised = [risk for risk in risks if risk.stage == "raised"]
    for risk in raised:
        assert any("no purchase for" in reason.text for reason in risk.reasons)
    assert all(risk.currency == "GBP" for risk in raised)


def test_the_model_takes_over_and_is_better_than_the_rule() -> None:
    trainer = shop().trainer
    model, prior = (trainer.quality.report(name) for name in ("blend", "prior"))
    assert trainer.ensemble.speaker != "prior"
    assert model.auc is not None
    assert prior.log_loss is not None
    assert model.log_loss is not None
    assert model.auc > 0.65
    assert model.log_loss < prior.log_loss
    assert any(risk.basis == "model" for risk in shop().payloads("churn-risk"))
