"""A whole backtest: run, judge, compare."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import process_time
from typing import Any

from detectors.customer.features import feature_names
from detectors.customer.prior_rule import prior_offset
from detectors.models.laplace import sigmoid
from detectors.policy import Business, Policy
from detectors.targets import target_of
from schemas.training_example import TrainingExample
from streams.backtest.document import document_of
from streams.backtest.examples import Examples
from streams.backtest.judged import Judged, judge
from streams.backtest.measures import OWN, Predictions
from streams.backtest.moments import Moments
from streams.backtest.run import Backtest, Outcome, Show
from streams.backtest.targets import Target
from streams.sources.source import Source

Learned = Callable[[TrainingExample], None]

EVER = 0
"""The first day there is: all rows are judged."""


@dataclass(slots=True)
class Result:
    """What was found: `document` holds the figures, the rest is what they were made from."""

    outcome: Outcome
    judged: Judged
    models: list[Predictions]
    """The live system's own first."""
    business: Business
    """Of the policy."""
    document: dict[str, Any]


def run_backtest(
    sources: Sequence[Source],
    policy: Policy,
    target: Target,
    moments: Moments,
    *,
    judged_from: int | None = EVER,
    period: int = 1,
    with_baselines: bool = False,
    show: Show = lambda _: None,
    show_baseline: Callable[[str], None] = lambda _: None,
) -> Result:
    """Run the sources, score at the moments, and judge what lies after day `judged_from`.

    None judges from the middle of the data on. Rows of `period` days are ranked together. Raises
    `SourceError` or `BacktestError`.
    """
    examples = Examples(feature_names(policy))
    begin = process_time()
    learned = _only(target, examples.add) if with_baselines else _forget
    outcome = Backtest(policy, target, moments, learned=learned).run(sources, show)
    seconds = {"run": process_time() - begin}
    judged = judge(outcome, target, first=judged_from, period=period)
    own = Predictions(OWN, outcome.scored.probability[judged.rows], seconds=seconds["run"])
    models = [own]
    if with_baselines and judged.rows.size:
        from streams.backtest.baselines import Baselines  # SciPy takes its time

        data = examples.dataset(outcome.scored, judged)
        base_rate = sigmoid(prior_offset(policy, target.predicted))
        baselines = Baselines(data, outcome.scored, judged, target, outcome.first_day, base_rate)
        models += baselines.predictions(show_baseline)
    document = document_of(outcome, target, judged, models, seconds)
    return Result(outcome, judged, models, policy.business, document)


def _only(target: Target, add: Learned) -> Learned:
    """`add` for the examples of one target."""

    def learned(example: TrainingExample) -> None:
        if target_of(example) == target.predicted:
            add(example)

    return learned


def _forget(example: TrainingExample) -> None:
    """Without baselines nobody needs the examples once they have been learned."""
