"""Experts, blend, contest and calibration together."""

from typing import Any

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from detectors.models.blend import Blend
from detectors.models.block import log_losses, sigmoids
from detectors.models.calibration import Calibration
from detectors.models.contest import Contest
from detectors.models.ensemble import Ensemble
from detectors.models.expert import Expert, Rows
from detectors.models.level import Level
from detectors.models.linear import Prior, new_model
from detectors.models.one_time import OneTime
from detectors.models.rate import Rate

NAMES = ("recency", "tenure", "one_time", "gap_ewma", "prior_logit")
RIVER = ["river.linear_model.LogisticRegression"]
Labels = NDArray[np.bool_]


def day_of(seed: int, count: int = 60) -> tuple[Rows, Labels, list[str], NDArray[np.int64]]:
    """Labels that the prior rule misjudges; it knows a part of the truth."""
    generator = np.random.default_rng(seed)
    matrix = np.round(generator.normal(size=(count, len(NAMES))), 3)
    matrix[:, 2] = generator.random(count) < 0.4
    plans = [{f"plan={'basic' if basic else 'gold'}": 1.0} for basic in matrix[:, 3] > 0]
    odds = matrix[:, 4] - 0.8 * matrix[:, 0] + 0.7 * matrix[:, 0] ** 2 + 0.8 * matrix[:, 2] - 0.5
    segments = ["one-time" if once else "more" for once in matrix[:, 2]]
    labels = generator.random(count) < sigmoids(odds)
    return Rows(NAMES, matrix, plans), labels, segments, generator.integers(0, 1 << 30, count)


def learned(days: int, start: int = 0, ensemble: Ensemble | None = None) -> Ensemble:
    ensemble = ensemble or Ensemble.new(0.0, 14, RIVER)
    for day in range(start, start + days):
        ensemble.advance(1.0)
        ensemble.learn_day(day, *day_of(day))
    return ensemble


def test_before_any_label_it_says_what_the_rule_says() -> None:
    ensemble, (rows, _, segments, _) = Ensemble.new(-1.0, 60, RIVER), day_of(0)
    assert ensemble.speaker == "prior"
    assert ensemble.log_odds_many(rows, segments) == pytest.approx(rows.column("prior_logit") - 1.0)


def test_the_blend_comes_to_speak_and_is_better_than_the_rule_and_calibrated() -> None:
    ensemble = learned(60)
    assert ensemble.speaker in ("blend", "curved")
    assert ensemble.labels == 60 * 60
    rows, labels, segments, _ = day_of(9_999, 20_000)
    odds = ensemble.log_odds_many(rows, segments)
    assert log_losses(odds, labels).mean() < log_losses(rows.column("prior_logit"), labels).mean()
    gap = sigmoids(odds) - labels
    groups = np.array_split(np.argsort(odds, kind="stable"), 10)
    assert sum(abs(gap[group].sum()) for group in groups) / len(gap) < 0.04


@pytest.mark.parametrize("days", [0, 40])
def test_law_9_the_parts_of_the_speaker_add_up(days: int) -> None:
    ensemble, (rows, _, segments, _) = learned(days), day_of(77)
    odds = ensemble.log_odds_many(rows, segments)
    parts = ensemble.contributions(rows, segments)
    assert parts.total() == pytest.approx(odds, abs=1e-9)


def test_law_8_a_snapshot_restores_to_the_last_bit() -> None:
    ensemble = learned(20)
    copy = Ensemble.from_json(msgspec.json.decode(msgspec.json.encode(ensemble.to_json())))
    learned(20, 20, ensemble)
    learned(20, 20, copy)
    assert copy.to_json() == ensemble.to_json()
    rows, _, segments, _ = day_of(77)
    assert (
        copy.log_odds_many(rows, segments).tolist()
        == ensemble.log_odds_many(rows, segments).tolist()
    )


def test_law_1_the_order_of_a_days_labels_changes_no_bit() -> None:
    def shuffled(day: int) -> tuple[Rows, Labels, list[str], NDArray[np.int64]]:
        rows, labels, segments, groups = day_of(day)
        order = np.random.default_rng(day).permutation(len(rows))
        turned = Rows(NAMES, rows.matrix[order], [rows.categories[i] for i in order])
        return turned, labels[order], [segments[i] for i in order], groups[order]

    other = Ensemble.new(0.0, 14, RIVER)
    for day in range(15):
        other.advance(1.0)
        other.learn_day(day, *shuffled(day))
    assert other.to_json() == learned(15).to_json()


class Broken(Prior):
    """An expert whose numbers break."""

    def log_odds_many(self, rows: Rows) -> Any:
        return super().log_odds_many(rows) * np.nan


def test_an_expert_that_breaks_spoils_neither_blend_nor_calibration() -> None:
    experts: dict[str, Expert] = {
        "prior": Prior(),
        "rate": Rate(),
        "linear": Broken(),
        "curved": Broken(),
    }
    contest = Contest("prior", "blend", horizon_days=14)
    blend, level, one_time = Blend(["linear", "curved"]), Level(30), OneTime(30)
    ensemble = Ensemble(experts, blend, contest, Calibration(), level, one_time)
    contest.speaker = "linear"
    rows, labels, segments, groups = day_of(1)
    (switch,) = ensemble.learn_day(0, rows, labels, segments, groups).switches
    assert (switch.new, switch.reason) == ("prior", "not finite")
    assert np.isfinite(ensemble.log_odds_many(rows, segments)).all()
    assert np.isfinite(ensemble.say(rows)["blend"]).all()


def test_an_empty_day_teaches_nothing() -> None:
    ensemble = learned(3)
    before = ensemble.to_json()
    nothing = Rows(NAMES, np.zeros((0, len(NAMES))))
    lesson = ensemble.learn_day(9, nothing, np.zeros(0, np.bool_), [], np.zeros(0, np.int64))
    assert lesson == ({}, [])
    assert ensemble.to_json() == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "other"}, "ensemble format is 'other'"),
        ({"experts": {}}, "ensemble lacks the experts curved, linear, prior, rate"),
    ],
)
def test_a_snapshot_that_does_not_fit_is_refused(change: dict[str, Any], message: str) -> None:
    data = {**Ensemble.new(0.0, 60).to_json(), **change}
    with pytest.raises(ValueError, match=message):
        Ensemble.from_json(data)


def test_a_new_model_for_a_long_horizon_drifts_less() -> None:
    assert new_model(0.0, 90.0).drift < new_model(0.0, 7.0).drift


def test_the_level_is_held_back_in_what_is_said_and_in_its_parts() -> None:
    ensemble = learned(12)
    assert ensemble.speaker == "blend"
    rows, _, segments, _ = day_of(50)
    before = ensemble.log_odds_many(rows, segments)
    ensemble.level.share, ensemble.level.deviation = 0.25, 0.8
    held_back = ensemble.calibration.slope * 0.75 * 0.8
    parts = ensemble.contributions(rows, segments)
    np.testing.assert_allclose(parts.total(), before - held_back, rtol=0, atol=1e-12)
    np.testing.assert_allclose(ensemble.log_odds_many(rows, segments), parts.total(), rtol=0)


def test_one_time_customers_are_held_near_their_groups_rate_and_nobody_else() -> None:
    ensemble = learned(12)
    rows, _, segments, _ = day_of(50)
    before, rate = ensemble.log_odds_many(rows, segments), ensemble.say(rows)["rate"]
    ensemble.one_time.share = 0.25
    parts, once = ensemble.contributions(rows, segments), rows.column("one_time") == 1.0
    np.testing.assert_array_equal(parts.total()[~once], before[~once])
    nearer = (rate + 0.25 * (before - rate))[once]
    np.testing.assert_allclose(parts.total()[once], nearer, rtol=0, atol=1e-12)
    alone = Rows(NAMES, rows.matrix[:1], rows.categories[:1])
    assert ensemble.log_odds_many(alone, segments[:1])[0] == parts.total()[0]


def test_what_was_given_out_teaches_how_far_to_believe_the_speaker_of_one_time_customers() -> None:
    ensemble = learned(12)
    for day in range(12, 60):
        rows, labels, segments, groups = day_of(day)
        ensemble.advance(1.0)
        ensemble.learn_day(day, rows, labels, segments, groups, np.full(len(rows), 0.99))
    assert ensemble.one_time.share < 0.2


def test_a_new_speaker_begins_with_a_new_level() -> None:
    ensemble = learned(12)
    ensemble.level.share = ensemble.one_time.share = 0.5
    ensemble.contest.speaker = RIVER[0]
    ensemble.adopt([], 300)
    assert (ensemble.speaker, ensemble.level.share) == ("prior", 1.0)
    assert ensemble.one_time.to_json() == OneTime(14).to_json()


@pytest.mark.parametrize(
    ("format_", "lacks"), [("ensemble/2", {"one_time"}), ("ensemble/1", {"one_time", "level"})]
)
def test_earlier_formats_are_read_and_what_they_lack_begins_anew(
    format_: str, lacks: set[str]
) -> None:
    data = learned(12).to_json()
    old = {name: value for name, value in data.items() if name not in lacks}
    restored = Ensemble.from_json(old | {"format": format_}).to_json()
    assert restored["one_time"] == OneTime(14).to_json()
    assert (restored["level"] == Level(14).to_json()) == ("level" in lacks)
