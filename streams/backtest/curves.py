"""The curves of a report, from scores and truth."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from detectors.economics import CostCurve, cost_curve, everyone_from
from detectors.models.evaluation import auc, ece
from detectors.policy import Business
from streams.backtest.judged import Judged
from streams.backtest.ledger import Flags
from streams.backtest.scored import Floats, Scored

_STEPS = 50
_OCCASIONS = (
    ("active on one day", 0, 1),
    ("on 2–3 days", 2, 3),
    ("on 4–9 days", 4, 9),
    ("on 10 days or more", 10, 1 << 30),
)
_MOST_VALUES = 8
_LEAST_ROWS = 50


@dataclass(frozen=True, slots=True)
class Gain:
    """For a growing share of customers, the highest scores first (arrays of one length)."""

    contacted: Floats
    """Share of all rows."""
    reached: Floats
    """Share of those to whom it happened."""


def gain(score: Floats, truth: Flags) -> Gain:
    """What share of the leavers is among the first so many."""
    order = np.argsort(-score, kind="stable")
    found = np.append(0, np.cumsum(truth[order]))
    ends = np.linspace(0, score.size, _STEPS + 1).round().astype(np.int64)
    return Gain(ends / max(score.size, 1), found[ends] / max(int(found[-1]), 1))


def worth(score: Floats, truth: Flags, value: Floats, business: Business) -> CostCurve:
    """What it brings to contact all from each of 101 thresholds on, for 1,000 customers.

    `value` is the margin lost with each, if it happens.
    """
    thresholds = np.linspace(0, score.max(initial=0.0), 101)
    contacts = everyone_from(thresholds, score, truth)
    return cost_curve(thresholds, contacts, value, business).per(max(score.size, 1) / 1000)


@dataclass(frozen=True, slots=True)
class Segment:
    """Some of the judged rows."""

    name: str
    rows: int
    base_rate: float
    auc: float
    """Over all rows of the segment; NaN with one class only."""
    ece: float


def segments(scored: Scored, judged: Judged) -> list[Segment]:
    """By number of occasions, then by the most frequent values of each category."""
    score, occasions = scored.probability[judged.rows], scored.occasions[judged.rows]
    found = [
        _segment(name, score, judged.truth, (occasions >= low) & (occasions <= high))
        for name, low, high in _OCCASIONS
    ]
    held = [scored.categories[row] for row in judged.rows.tolist()]
    counts: dict[str, Counter[str]] = {}
    for categories in held:
        for name, value in categories:
            counts.setdefault(name, Counter())[value] += 1
    for name, values in sorted(counts.items()):
        for value, _ in values.most_common(_MOST_VALUES):
            chosen = np.array([(name, value) in categories for categories in held])
            found.append(_segment(f"{name} = {value}", score, judged.truth, chosen))
    return [segment for segment in found if segment.rows >= _LEAST_ROWS]


def _segment(name: str, score: Floats, truth: Flags, chosen: Flags) -> Segment:
    rows = int(chosen.sum())
    if not rows:
        return Segment(name, 0, float("nan"), float("nan"), float("nan"))
    own, happened = score[chosen], truth[chosen]
    return Segment(name, rows, float(happened.mean()), auc(own, happened), ece(own, happened))


def importance(scored: Scored, judged: Judged) -> list[tuple[str, float]]:
    """Mean |contribution| to the log-odds by feature over the judged cut-offs, largest first.

    A sample of the model's scores at each cut-off; empty when the prior spoke throughout.
    """
    explained, sums = 0, dict[str, float]()
    for day in judged.by_day:
        count, parts = scored.importance.get(day, (0, {}))
        explained += count
        for name, part in parts.items():
            sums[name] = sums.get(name, 0.0) + part
    means = [(name, total / max(explained, 1)) for name, total in sums.items()]
    return sorted(means, key=lambda part: -part[1])
