"""How good the predictions were, from labels as they mature: constant memory, mergeable, JSON."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

FORMAT = "prequential/1"
BINS = 200
SPAN = 8.0
"""Scores are counted in `BINS` equal steps of log-odds within ±SPAN; beyond, in the outer ones."""
GROUPS = 10

_FLOOR = 1e-15
_DRIFT = 64
_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Report:
    """Figures of the matured predictions; None where nothing (or one class only) was seen."""

    count: int
    """Labels seen, not decayed."""
    weight: float
    """Labels that the figures rest on: as of the latest one, each counts 2^(−age / half-life)."""
    base_rate: float | None
    log_loss: float | None
    brier: float | None
    ece: float | None
    """Expected calibration error: the mean of |mean probability − rate| over ten groups of
    ascending score that hold about a tenth of the weight each (a score bin is never cut)."""
    auc: float | None
    auc_error: float | None
    """The exact AUC lies within `auc` ± `auc_error`."""

    def to_json(self) -> dict[str, Any]:
        """The figures as JSON values."""
        return asdict(self)


class Prequential:
    """Log loss, Brier score, calibration and AUC of predictions whose labels matured.

    Every prediction must have been made before its label was learned (test, then train: Dawid
    1984). With a half-life, older labels count less: forward decay (Cormode et al. 2009) gives
    label i the weight 2^(at_i / half-life), so the order of labels does not matter and two
    states merge by addition.

    The AUC comes from a histogram of the scores: pairs within one bin count one half, so it errs
    by at most half their share, which is reported (exact when no bin holds both classes).

    >>> metrics = Prequential()
    >>> for probability, label in [(0.9, True), (0.6, True), (0.4, False), (0.2, False)]:
    ...     metrics.update(probability, label, at=0.0)
    >>> report = metrics.report()
    >>> report.auc, report.auc_error, report.base_rate, round(report.brier, 4)
    (1.0, 0.0, 0.5, 0.0925)
    """

    def __init__(self, half_life_days: float | None = None) -> None:
        if half_life_days is not None and not 0.0 < half_life_days < math.inf:
            raise ValueError(f"half_life_days is {half_life_days}: give days above 0, or None")
        self.half_life_days = half_life_days
        self.count = 0
        self._epoch = 0  # half-lives since 1970 that the sums are relative to
        self._latest = -math.inf
        self._log_loss = 0.0
        self._brier = 0.0
        self._negatives = [0.0] * BINS
        self._positives = [0.0] * BINS
        self._predicted = [0.0] * BINS

    def update(self, probability: float, label: bool, at: float) -> None:
        """Count one label.

        `probability` of True in [0, 1] as it was predicted, `at` the time it was predicted for
        or matured at (epoch seconds; only decay uses it). Raises ValueError outside the range.
        """
        if not 0.0 <= probability <= 1.0:
            raise ValueError(f"probability is {probability}: give a number from 0 to 1")
        weight = self._weight(at)
        bounded = min(1.0 - _FLOOR, max(_FLOOR, probability))
        self.count += 1
        self._log_loss -= weight * math.log(bounded if label else 1.0 - bounded)
        self._brier += weight * (probability - (1.0 if label else 0.0)) ** 2
        position = int((math.log(bounded / (1.0 - bounded)) + SPAN) * (BINS / (2.0 * SPAN)))
        position = min(BINS - 1, max(0, position))
        (self._positives if label else self._negatives)[position] += weight
        self._predicted[position] += weight * probability

    def merge(self, other: "Prequential") -> None:
        """Add the labels of `other`, which stays as it is. Raises ValueError if decay differs."""
        if other.half_life_days != self.half_life_days:
            raise ValueError(
                f"half-lives differ: {self.half_life_days} and {other.half_life_days} days"
            )
        if other.count == 0:
            return
        if self.count == 0 or other._epoch > self._epoch:
            self._rebase(other._epoch)
        scale = 2.0 ** (other._epoch - self._epoch)
        self.count += other.count
        self._latest = max(self._latest, other._latest)
        self._log_loss += scale * other._log_loss
        self._brier += scale * other._brier
        for mine, theirs in (
            (self._negatives, other._negatives),
            (self._positives, other._positives),
            (self._predicted, other._predicted),
        ):
            mine[:] = [own + scale * added for own, added in zip(mine, theirs, strict=True)]

    def report(self) -> Report:
        """The figures now."""
        negatives, positives = sum(self._negatives), sum(self._positives)
        total = negatives + positives
        if total <= 0.0:
            return Report(self.count, 0.0, None, None, None, None, None, None)
        auc, error = self._auc(negatives, positives)
        return Report(
            count=self.count,
            weight=total * self._current(),
            base_rate=positives / total,
            log_loss=self._log_loss / total,
            brier=self._brier / total,
            ece=self._ece(total),
            auc=auc,
            auc_error=error,
        )

    def to_json(self) -> dict[str, Any]:
        """The state as JSON values; empty bins are left out."""
        rows = zip(self._negatives, self._positives, self._predicted, strict=True)
        return {
            "format": FORMAT,
            "half_life_days": self.half_life_days,
            "count": self.count,
            "epoch": self._epoch,
            "latest": self._latest if self.count else None,
            "log_loss": self._log_loss,
            "brier": self._brier,
            "bins": {str(position): list(row) for position, row in enumerate(rows) if any(row)},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What `to_json` wrote. Raises ValueError for another format."""
        if data.get("format") != FORMAT:
            raise ValueError(f"metrics format is {data.get('format')!r}: this reads {FORMAT!r}")
        metrics = cls(data["half_life_days"])
        metrics.count = int(data["count"])
        metrics._epoch = int(data["epoch"])
        metrics._latest = -math.inf if data["latest"] is None else float(data["latest"])
        metrics._log_loss = float(data["log_loss"])
        metrics._brier = float(data["brier"])
        for position, (negative, positive, predicted) in data["bins"].items():
            metrics._negatives[int(position)] = float(negative)
            metrics._positives[int(position)] = float(positive)
            metrics._predicted[int(position)] = float(predicted)
        return metrics

    def _weight(self, at: float) -> float:
        if not math.isfinite(at):
            raise ValueError(f"at is {at}: give epoch seconds")
        self._latest = max(self._latest, at)
        if self.half_life_days is None:
            return 1.0
        lives = at / (self.half_life_days * _DAY)
        if self.count == 0 or lives - self._epoch > _DRIFT:
            self._rebase(math.floor(lives))
        return float(2.0 ** (lives - self._epoch))

    def _current(self) -> float:
        """What turns the sums into weights as of the latest label."""
        if self.half_life_days is None:
            return 1.0
        return float(2.0 ** (self._epoch - self._latest / (self.half_life_days * _DAY)))

    def _rebase(self, epoch: int) -> None:
        # A whole number of half-lives: a power of two, so nothing is rounded.
        scale = 2.0 ** (self._epoch - epoch) if self.count else 1.0
        self._epoch = epoch
        self._log_loss *= scale
        self._brier *= scale
        for sums in (self._negatives, self._positives, self._predicted):
            sums[:] = [value * scale for value in sums]

    def _auc(self, negatives: float, positives: float) -> tuple[float | None, float | None]:
        pairs = negatives * positives
        if pairs <= 0.0:
            return None, None
        below = won = tied = 0.0
        for negative, positive in zip(self._negatives, self._positives, strict=True):
            won += positive * below
            tied += positive * negative
            below += negative
        return (won + 0.5 * tied) / pairs, 0.5 * tied / pairs

    def _ece(self, total: float) -> float:
        gaps = [0.0] * GROUPS
        before = 0.0
        rows = zip(self._negatives, self._positives, self._predicted, strict=True)
        for negative, positive, predicted in rows:
            weight = negative + positive
            group = int(GROUPS * (before + 0.5 * weight) / total)
            gaps[min(GROUPS - 1, group)] += predicted - positive
            before += weight
        return sum(abs(gap) for gap in gaps) / total
