"""A backtest as one JSON document."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from detectors.effects import OUTCOMES
from streams.backtest.judged import Judged
from streams.backtest.measures import Predictions, by_cutoff, measured
from streams.backtest.run import Outcome
from streams.backtest.scored import UNKNOWN
from streams.backtest.targets import Target


def document_of(
    outcome: Outcome,
    target: Target,
    judged: Judged,
    models: Sequence[Predictions],
    seconds: Mapping[str, float],
) -> dict[str, Any]:
    """All that was found. Only ``seconds`` differs between two runs on equal input."""
    scored, tally = outcome.scored, outcome.tally
    bases = [scored.basis[row] for row in judged.rows.tolist()]
    unknown = sum(basis == UNKNOWN for basis in scored.basis)
    scores = len(scored) - unknown
    return {
        "target": target.name,
        "horizon_days": target.horizon_days,
        "first_day": _date(outcome.first_day),
        "last_day": _date(outcome.last_day),
        "events": {
            "read": tally.read,
            **{
                name: sum(count for (_, became), count in tally.counts.items() if became == name)
                for name in OUTCOMES
            },
        },
        "rejects": {str(reason): count for reason, count in sorted(tally.rejects.items())},
        "labels": outcome.labels,
        "rows": len(scored),
        "unknown": unknown,
        "after_the_data": int((scored.days > outcome.last_day).sum()),
        "judged": {
            "rows": int(judged.rows.size),
            "customers": judged.customer_count,
            "cutoffs": [_date(day) for day in judged.by_day],
            "base_rate": round(float(judged.truth.mean()), 6) if judged.rows.size else None,
            "by_model": sum(basis == "model" for basis in bases),
        },
        "models": measured(judged, models),
        "by_cutoff": {model.name: by_cutoff(judged, model) for model in models},
        "seconds": {name: round(value, 3) for name, value in seconds.items()}
        | {"scoring_us_per_score": round(1e6 * outcome.scoring_seconds / max(scores, 1), 2)},
    }


def _date(day: int) -> str:
    return str(np.datetime64(day, "D"))
