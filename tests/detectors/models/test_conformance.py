"""What every estimator must do: River's own checks, and the laws that scoring rests on."""

import math
from collections.abc import Callable, Iterator
from typing import Any, cast

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from river.checks import yield_checks

from detectors.models.logistic import SecondOrderLogistic
from tests.detectors.models.estimators import ESTIMATORS, Estimator
from tests.detectors.models.streams import any_value, features, labelled, simulated

Stream = list[tuple[dict[str, float], bool]]


@pytest.fixture(params=list(ESTIMATORS))
def make(request: pytest.FixtureRequest) -> Callable[[], Estimator]:
    return ESTIMATORS[request.param]


def river_checks() -> Iterator[Any]:
    """All of `river.checks.check_estimator`: none is skipped."""
    for name, factory in ESTIMATORS.items():
        for number, check in enumerate(yield_checks(cast(Any, factory()))):
            yield pytest.param(factory, check, id=f"{name}-{number}-{check.__name__}")


@pytest.mark.parametrize(("factory", "check"), list(river_checks()))
def test_river_convention(factory: Callable[[], Any], check: Callable[[Any], None]) -> None:
    check(factory().clone())


estimators = st.sampled_from(list(ESTIMATORS.values()))


def learned(factory: Callable[[], Estimator], stream: Stream) -> Estimator:
    model = factory()
    for x, y in stream:
        model.advance(0.5)
        model.learn_one(x, y)
    return model


@given(estimators, labelled(any_value), labelled(), features(any_value))
def test_law_8_a_snapshot_restores_predictions_and_learning_to_the_last_bit(
    factory: Callable[[], Estimator], before: Stream, after: Stream, probe: dict[str, float]
) -> None:
    model = learned(factory, before)
    wire = msgspec.json.encode(model.to_json())
    copy = type(model).from_json(msgspec.json.decode(wire))
    for x, y in after:
        assert copy.log_odds(x) == model.log_odds(x)
        for either in (model, copy):
            either.advance(0.25)
            either.learn_one(x, y)
    assert copy.log_odds(probe) == model.log_odds(probe)
    assert copy.uncertainty(probe) == model.uncertainty(probe)
    assert copy.to_json() == model.to_json()


@given(estimators, labelled(), features(any_value), features(any_value))
def test_law_9_contributions_add_up_to_the_log_odds(
    factory: Callable[[], Estimator],
    stream: Stream,
    probe: dict[str, float],
    reference: dict[str, float],
) -> None:
    model = learned(factory, stream)
    parts = model.contributions(probe)
    assert set(parts) == set(probe)
    total = model.intercept + math.fsum(parts.values())
    assert total == pytest.approx(model.log_odds(probe), rel=1e-9, abs=1e-9)
    compared = math.fsum(model.contributions(probe, reference).values())
    difference = model.log_odds(probe) - model.log_odds(reference)
    assert compared == pytest.approx(difference, rel=1e-9, abs=1e-6)


@given(estimators, labelled(any_value), features(any_value))
def test_extreme_values_leave_everything_finite(
    factory: Callable[[], Estimator], stream: Stream, probe: dict[str, float]
) -> None:
    model = learned(factory, stream)
    assert math.isfinite(model.log_odds(probe))
    assert math.isfinite(model.uncertainty(probe))
    assert model.uncertainty(probe) >= 0.0
    assert 0.0 <= model.predict_proba_one(probe)[True] <= 1.0


@given(estimators, labelled(), features(), st.randoms(use_true_random=False))
def test_the_order_of_features_changes_no_bit(
    factory: Callable[[], Estimator], stream: Stream, probe: dict[str, float], random: Any
) -> None:
    def shuffled(x: dict[str, float]) -> dict[str, float]:
        return dict(random.sample(sorted(x.items()), len(x)))

    model = learned(factory, stream)
    other = learned(factory, [(shuffled(x), y) for x, y in stream])
    assert other.to_json() == model.to_json()
    assert other.log_odds(shuffled(probe)) == model.log_odds(probe)


@given(estimators, labelled(), features())
def test_predicting_changes_nothing(
    factory: Callable[[], Estimator], stream: Stream, probe: dict[str, float]
) -> None:
    model = learned(factory, stream)
    before = model.to_json()
    model.predict_proba_one(probe)
    model.contributions(probe)
    model.uncertainty(probe)
    assert model.to_json() == before


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, None, "much"])
def test_a_value_that_is_not_finite_is_refused_by_name_and_not_learned(
    make: Callable[[], Estimator], bad: Any
) -> None:
    model = learned(make, list(simulated(20)))
    before = model.to_json()
    for x in ({"recency": bad, "gap": 1.0}, {"gap": 1.0, "new": bad}):
        name = "recency" if "recency" in x else "new"
        with pytest.raises(ValueError, match=rf"feature '{name}' is .*: give a finite number"):
            model.learn_one(x, True)
        with pytest.raises(ValueError, match=f"feature '{name}'"):
            model.log_odds(x)
    assert model.to_json() == before


@pytest.mark.parametrize("label", [2, -1, "yes", None, 0.5])
def test_a_label_that_is_not_true_or_false_is_refused(
    make: Callable[[], Estimator], label: Any
) -> None:
    with pytest.raises(ValueError, match="give True or False"):
        make().learn_one({"recency": 1.0}, label)


@pytest.mark.parametrize("days", [-1.0, math.nan, math.inf])
def test_time_only_goes_forward(make: Callable[[], Estimator], days: float) -> None:
    with pytest.raises(ValueError, match="give a number of 0 or more"):
        make().advance(days)


def test_labels_are_counted(make: Callable[[], Estimator]) -> None:
    assert learned(make, list(simulated(7))).labels == 7


def test_uncertainty_shrinks_with_labels_and_grows_with_time_that_brings_some(
    make: Callable[[], Estimator],
) -> None:
    x = {"channels": 1.0, "gap": 1.0, "occasions": 1.0}
    model = make()
    unlearned = model.uncertainty(x)
    for x_one, y in simulated(200):
        model.learn_one(x_one, y)
    after = model.uncertainty(x)
    assert after < unlearned
    model.advance(1e9)
    model.learn_one({}, True)
    assert after < model.uncertainty(x) < unlearned


def test_another_format_is_refused(make: Callable[[], Estimator]) -> None:
    model = make()
    with pytest.raises(ValueError, match="format is 'other'"):
        type(model).from_json({**model.to_json(), "format": "other"})


def test_the_default_model_is_among_the_estimators() -> None:
    assert any(type(factory()) is SecondOrderLogistic for factory in ESTIMATORS.values())
