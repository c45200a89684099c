"""The blend weighs experts by what they are worth, and explains itself through them."""

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from detectors.models.blend import Blend
from detectors.models.expert import Rows
from detectors.models.form import QuadraticForm

Vector = NDArray[np.float64]
NAMES = ("curved", "linear", "river")


def simulated(count: int, seed: int = 1) -> tuple[dict[str, Vector], NDArray[np.bool_]]:
    """Labels from a truth that `linear` sees with some noise, `curved` with more, `river` not."""
    generator = np.random.default_rng(seed)
    truth = generator.normal(size=count) * 1.5
    said = {
        "curved": truth + generator.normal(size=count) * 1.5,
        "linear": truth + generator.normal(size=count) * 0.8,
        "river": generator.normal(size=count),
    }
    return said, generator.random(count) < 1.0 / (1.0 + np.exp(-truth))


def loss(odds: Vector, labels: NDArray[np.bool_]) -> float:
    return float(np.logaddexp(0.0, np.where(labels, -odds, odds)).mean())


def learned(days: int = 60) -> Blend:
    blend = Blend(NAMES)
    for day in range(days):
        blend.advance(1.0)
        blend.learn_block(*simulated(50, day))
    return blend


def test_it_begins_as_the_mean_of_the_experts() -> None:
    said = simulated(20)[0]
    mean = np.mean([said[name] for name in NAMES], axis=0)
    assert Blend(NAMES).log_odds_many(said) == pytest.approx(mean)


def test_it_comes_to_lean_on_the_better_expert_and_loses_less_than_any() -> None:
    blend = learned()
    weights = blend.weights()
    assert weights["linear"] > weights["curved"] > weights["river"]
    said, labels = simulated(5_000, seed=999)
    best = min(loss(said[name], labels) for name in NAMES)
    assert loss(blend.log_odds_many(said), labels) < best


def test_what_was_not_said_counts_as_the_mean_of_what_was() -> None:
    blend = learned()
    said = {"linear": np.array([1.0, np.nan]), "curved": np.array([3.0, np.nan])}
    filled = {
        "linear": np.array([1.0, 0.0]),
        "curved": np.array([3.0, 0.0]),
        "river": np.array([2.0, 0.0]),
    }
    assert blend.log_odds_many(said).tolist() == blend.log_odds_many(filled).tolist()
    blend.learn_block({"river": np.array([np.nan, np.inf])}, np.array([True, False]))
    assert np.isfinite(blend.log_odds_many(filled)).all()


@settings(max_examples=40)
@given(st.integers(0, 1_000))
def test_law_9_the_parts_of_the_experts_weighted_add_up(seed: int) -> None:
    generator = np.random.default_rng(seed)
    blend = learned(5)
    forms = {
        name: QuadraticForm(
            float(generator.normal()),
            generator.normal(size=3),
            np.diag(generator.normal(size=3)),
            {f"region={place}": float(generator.normal()) for place in range(4)},
        )
        for name in NAMES
    }
    categories = [{f"region={place}": 1.0} for place in range(4)]
    rows = Rows(("a", "b", "c"), generator.normal(size=(4, 3)), categories)
    said = {name: form.parts(rows).total() for name, form in forms.items()}
    combined = blend.combine(forms).parts(rows).total()
    assert combined == pytest.approx(blend.log_odds_many(said), abs=1e-9)


def test_law_8_a_snapshot_restores_to_the_last_bit() -> None:
    blend = learned(10)
    copy = Blend.from_json(msgspec.json.decode(msgspec.json.encode(blend.to_json())))
    for either in (blend, copy):
        either.advance(2.0)
        either.learn_block(*simulated(30, 77))
    assert copy.to_json() == blend.to_json()
    said = simulated(10)[0]
    assert copy.log_odds_many(said).tolist() == blend.log_odds_many(said).tolist()


def test_the_order_of_a_block_changes_no_bit() -> None:
    said, labels = simulated(40)
    order = np.random.default_rng(0).permutation(40)
    one, other = Blend(NAMES), Blend(NAMES)
    one.learn_block(said, labels)
    other.learn_block({name: values[order] for name, values in said.items()}, labels[order])
    assert one.to_json() == other.to_json()


def test_a_blend_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="needs the name of one expert or more"):
        Blend(())
