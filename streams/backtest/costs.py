"""What it brings to contact everyone from a threshold on, as a plot of the report."""

from collections.abc import Mapping

import numpy as np

from detectors.economics import CostCurve
from detectors.policy import Business
from detectors.targets import CHURN
from streams.backtest.curves import worth
from streams.backtest.result import Result
from streams.backtest.svg import Series, axis, line_plot, round_up

_SAVED = (0.6, 1.5, 4.0)
"""What a leaver reached saves, in shares of what would pay for contacting everyone."""
_IN_CONTACTS = Business(margin=1.0, contact_cost=1.0, save_rate=1.0)
"""A contact costs 1, and all that is at stake is saved."""


def costs(result: Result) -> str:
    """The cost curve: by the policy's business numbers, or for several that may be."""
    if result.business.save_rate and result.document["target"] in CHURN:
        return _by_policy(result)
    score, truth = result.models[0].score, result.judged.truth
    curves, best = {}, []
    pays = 1 / max(float(truth.mean()), 1e-6)
    for saved in (round_up(share * pays) for share in _SAVED):
        curve = worth(score, truth, np.full(score.size, saved), _IN_CONTACTS)
        curves[f"a leaver reached saves {saved:g} contacts"] = curve
        best.append(f"{saved:g}: {_best(curve)}")
    about = (
        "What it brings, in costs of a contact, to contact everyone from a threshold on, when a "
        "leaver who is contacted saves so many times that on average (margin × save rate). Best, "
        "by what is saved: " + "; ".join(best) + "."
    )
    return _plot(curves, "result for 1,000 customers (contacts)", about)


def _by_policy(result: Result) -> str:
    business, judged = result.business, result.judged
    value = result.outcome.scored.stake[judged.rows]
    curve = worth(result.models[0].score, judged.truth, value, business)
    about = (
        "What it brings to contact everyone from a threshold on, by the policy's [business]: a "
        f"contact costs {business.contact_cost:g}, and {business.save_rate:.0%} of the leavers who "
        f"are contacted stay, with the margin of a year at their own pace ({business.margin:.0%} "
        f"of the revenue). Best: {_best(curve)}."
    )
    return _plot({"all contacted": curve}, "net gain for 1,000 customers (currency)", about)


def _best(curve: CostCurve) -> str:
    place = curve.best()
    if place is None:
        return "no threshold gains"
    return f"contact from {curve.thresholds[place]:.2f} on ({curve.net[place]:,.0f})"


def _plot(curves: Mapping[str, CostCurve], unit: str, about: str) -> str:
    most = max(float(curve.net.max()) for curve in curves.values())
    low = min(float(curve.net.min()) for curve in curves.values())
    y = axis(unit, [max(-most / 4, low) if most > 0 else low, most])
    shown = []
    for name, curve in curves.items():
        points = zip(curve.thresholds.tolist(), curve.net.tolist(), strict=True)
        shown.append(Series(name, [(x, v if v >= y.low else np.nan) for x, v in points], False))
    last = max(float(curve.thresholds[-1]) for curve in curves.values())
    x = axis("threshold: contact from this probability on", [0.0, last])
    return line_plot("Cost curve", about, x, y, shown)
