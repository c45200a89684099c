"""A small shop to tune, of half a year, and trials on it that are made once."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from detectors.durations import DAY
from detectors.policy import Alerts, Business, Policy
from detectors.targets import Target
from streams.backtest.run import Show
from streams.sources.source import Source
from streams.tune import candidates, search
from streams.tune.trial import Trial, run_trial
from tests.streams.backtest.shop import Purchase, purchases, shop

_made: dict[str, Trial] = {}


def bought() -> tuple[Purchase, ...]:
    """Some customers' purchases until the end of July."""
    return tuple(row for row in purchases(20) if row["date"] < "19970801")


def small_shop(folder: Path) -> Source:
    """Their source."""
    return shop(folder, bought())


def few_trials(
    patch: pytest.MonkeyPatch, *, horizons: Sequence[int], intervals: Sequence[int]
) -> None:
    """Try only these (days), and run no policy on the small shop twice.

    Costs and thresholds leave the scores as they are, so trials that differ in these are one.
    """
    patch.setattr(candidates, "HORIZONS", tuple(days * DAY for days in horizons))
    patch.setattr(candidates, "INTERVALS", tuple(days * DAY for days in intervals))
    patch.setattr(search, "run_trial", _run_once)


def _run_once(sources: Sequence[Source], policy: Policy, truth: Target, show: Show) -> Trial:
    scored = replace(policy, business=Business(margin=policy.business.margin), alerts=Alerts())
    key = f"{scored.fingerprint} {truth.name}"
    if key not in _made:
        _made[key] = run_trial(sources, policy, truth, show)
    return replace(_made[key], policy=policy)
