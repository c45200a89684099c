"""How good the predictions are, beside batch models that a data scientist would refit.

`python -m benchmarks.quality` runs the backtest with all baselines on every open data set in
``examples/`` and prints one table: AUC, calibration error and log loss with intervals from
resampled customers, what is between us and the best baseline, and which aims are met. A quarter of
an hour or more, most of it for OULAD's baselines; `--only NAME` runs one data set.

Everybody has the same features, the same rows and the same labels, each known a horizon after its
day. Judged are the cut-offs of the second half. The bank's offers are scored when they are made and
ranked by calendar month, all but the first; a month with fewer than five of either outcome is
ranked with the one before (in December 2008 there are 13 offers and one acceptance: whatever stands
first or last there would move the mean of ten months by .1). The bank is run twice, with answers
known on the next day, as its policy says, and with labels that take 30 days.

Two groups have an aim of their own, a log loss not above that of the rate of their group as known
then (`Rate`: one-time or not, weeks since the first activity): rows of customers with one day of
activity, among those judged, and all rows of the first weeks: until `EARLY_WEEKS` after the first
labels could mature, from the first day of data on.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks import machine
from benchmarks.quality_cases import CASES, Case
from detectors.customer.features import feature_names
from detectors.customer.prior_rule import prior_offset
from detectors.models.evaluation import log_loss
from detectors.models.laplace import sigmoid
from detectors.targets import Target as Predicted
from detectors.targets import target_of
from schemas.training_example import TrainingExample
from streams.backtest.baselines import Baselines
from streams.backtest.examples import Examples
from streams.backtest.judged import Judged, judge
from streams.backtest.measures import OWN, Predictions, measured
from streams.backtest.moments import Cutoffs
from streams.backtest.resampling import Resampling, interval
from streams.backtest.result import EVER
from streams.backtest.run import Backtest
from streams.backtest.scored import Floats
from streams.garbage import collect_rarely

EARLY_WEEKS = 8
"""Weeks after the first labels could mature that still count as the first weeks."""
MAX_ECE = 0.03
MEAN_LEAD = 0.003
"""AUC above the best baseline, on average over the data sets."""
MEASURES = {"auc": "AUC", "ece": "ECE", "log_loss": "log loss"}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark and print a table, or one JSON document."""
    options = _options().parse_args(arguments)
    surroundings = machine.describe()
    collect_rarely()
    chosen = options.only or list(CASES)
    results = []
    for name in chosen:
        sys.stderr.write(f"running {name}\n")
        results.append({"case": name} | run(CASES[name]))
    document = {
        "benchmark": "quality",
        "machine": surroundings,
        "results": results,
        "aims": aims(results),
    }
    if options.json:
        sys.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        _print(document)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.quality",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--only",
        action="append",
        choices=sorted(CASES),
        help="run this data set (may be repeated; default: all)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser


def run(case: Case) -> dict[str, Any]:
    """One data set: all models' measures, and the two groups."""
    policy = case.policy
    target = case.target(policy)
    examples = Examples(feature_names(policy))
    learned = _Only(target.predicted, examples)
    outcome = Backtest(policy, target, Cutoffs(case.step), learned=learned).run(case.load())
    whole = judge(outcome, target, first=EVER)
    late = judge(outcome, target, first=case.first_judged(outcome.first_day))
    base_rate = sigmoid(prior_offset(policy, target.predicted))
    first_day, probability = outcome.first_day, outcome.scored.probability

    def baselines(judged: Judged) -> Baselines:
        data = examples.dataset(outcome.scored, judged)
        return Baselines(data, outcome.scored, judged, target, first_day, base_rate)

    models = [Predictions(OWN, probability[late.rows])]
    models += baselines(late).predictions(lambda name: _tell(f"  {name}"))
    early = first_day + target.horizon_days + 7 * EARLY_WEEKS
    one_time = outcome.scored.occasions[late.rows] <= 1
    rate = next(model.score for model in models if model.name == "group rate")
    first_weeks = whole.days <= early
    return {
        "title": case.title,
        "rows": int(late.rows.size),
        "customers": late.customer_count,
        "cutoffs": len(case.ranked(late).by_day),
        "base_rate": round(float(late.truth.mean()), 4),
        "by_model": round(float(_by_model(outcome.scored.basis, late)), 4),
        "models": measured(case.ranked(late), models),
        "one_time": against_rate(late, one_time, probability[late.rows], rate),
        "first_weeks": against_rate(
            whole, first_weeks, probability[whole.rows], baselines(whole).group_rate()
        ),
    }


class _Only:
    """Passes on the examples of one target."""

    def __init__(self, predicted: Predicted, examples: Examples) -> None:
        self._predicted = predicted
        self._examples = examples

    def __call__(self, example: TrainingExample) -> None:
        if target_of(example) == self._predicted:
            self._examples.add(example)


def _tell(text: str) -> None:
    sys.stderr.write(text + "\n")


def _by_model(basis: Sequence[str], judged: Judged) -> float:
    return float(np.mean([basis[row] == "model" for row in judged.rows.tolist()]))


def against_rate(
    judged: Judged, chosen: NDArray[np.bool_], own: Floats, rate: Floats
) -> dict[str, Any] | None:
    """Our log loss and the group rate's on the chosen rows; None when there is none.

    ``behind`` is theirs less ours, with its interval from resampled customers.
    """
    if not chosen.any():
        return None
    part = replace(
        judged,
        rows=judged.rows[chosen],
        days=judged.days[chosen],
        cutoffs=judged.cutoffs[chosen],
        truth=judged.truth[chosen],
        places=judged.places[chosen],
    )
    resampling = Resampling(part)
    draws = [
        resampling.draws(score[chosen], is_probability=True)["log_loss"] for score in (own, rate)
    ]
    losses = [log_loss(score[chosen], part.truth) for score in (own, rate)]
    return {
        "rows": int(chosen.sum()),
        "log_loss": round(losses[0], 5),
        "group_rate_log_loss": round(losses[1], 5),
        "behind_interval": [round(bound, 5) for bound in interval(draws[1] - draws[0])],
    }


def aims(results: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What was aimed at, and whether it is reached: for each data set, and on average."""
    leads = {result["case"]: auc_lead(result) for result in results}
    return {
        "by_case": {
            result["case"]: {
                "auc_not_below_the_best": leads[result["case"]] >= 0.0,
                "ece": _own(result)["ece"] <= MAX_ECE,
                "log_loss_not_above_the_best": _own(result)["log_loss"]
                <= best(result, "log_loss")["log_loss"],
                "one_time_not_worse_than_the_rate": _not_worse(result["one_time"]),
                "first_weeks_not_worse_than_the_rate": _not_worse(result["first_weeks"]),
            }
            for result in results
        },
        "mean_auc_lead": round(float(np.mean(list(leads.values()))), 5),
        "mean_auc_lead_reached": bool(np.mean(list(leads.values())) >= MEAN_LEAD),
    }


def auc_lead(result: Mapping[str, Any]) -> float:
    """Our AUC less that of the best baseline."""
    return float(_own(result)["auc"] - best(result, "auc")["auc"])


def best(result: Mapping[str, Any], measure: str) -> Mapping[str, Any]:
    """The baseline with the best AUC (highest) or log loss (lowest)."""
    known = [model for model in result["models"][1:] if model.get(measure) is not None]
    sign = 1.0 if measure == "auc" else -1.0
    best: Mapping[str, Any] = max(known, key=lambda model: sign * model[measure])
    return best


def _own(result: Mapping[str, Any]) -> Mapping[str, Any]:
    own: Mapping[str, Any] = result["models"][0]
    return own


def _not_worse(group: Mapping[str, Any] | None) -> bool | None:
    return None if group is None else group["log_loss"] <= group["group_rate_log_loss"]


def _print(document: Mapping[str, Any]) -> None:
    console = Console(width=None if sys.stdout.isatty() else 120)
    for result in document["results"]:
        console.print(_table(result))
        console.print(
            f"AUC less the best baseline's ({best(result, 'auc')['name']}): {auc_lead(result):+.4f}"
        )
        for name in ("one_time", "first_weeks"):
            group = result[name]
            if group is not None:
                low, high = group["behind_interval"]
                console.print(
                    f"{name.replace('_', ' ')}, {group['rows']:,} rows: log loss "
                    f"{group['log_loss']:.4f}, the group's rate "
                    f"{group['group_rate_log_loss']:.4f} (it is behind by {low:.4f} to {high:.4f})"
                )
        console.print()
    console.print(_aims_table(document))
    found = document["aims"]
    console.print(
        f"AUC above the best baseline on average: {found['mean_auc_lead']:+.4f} "
        f"(aim {MEAN_LEAD}): {_word(found['mean_auc_lead_reached'])}"
    )


def _table(result: Mapping[str, Any]) -> Table:
    table = Table(
        title=f"{result['title']}: {result['rows']:,} rows of {result['customers']:,} customers, "
        f"{result['cutoffs']} cut-offs, base rate {result['base_rate']:.3f}, "
        f"{result['by_model']:.0%} scored by a learned model",
        title_justify="left",
    )
    table.add_column("")
    for head in MEASURES.values():
        table.add_column(head, justify="right")
    for model in result["models"]:
        table.add_row(model["name"], *(_cell(model, name) for name in MEASURES))
    return table


def _cell(model: Mapping[str, Any], name: str) -> str:
    if model.get(name) is None:
        return "–"
    low, high = model[f"{name}_interval"]
    return f"{model[name]:.4f} ({low:.3f}–{high:.3f})"


def _aims_table(document: Mapping[str, Any]) -> Table:
    table = Table(title="aims", title_justify="left")
    by_case = document["aims"]["by_case"]
    table.add_column("")
    for name in by_case:
        table.add_column(name)
    for aim in next(iter(by_case.values())):
        table.add_row(aim.replace("_", " "), *(_word(met[aim]) for met in by_case.values()))
    return table


def _word(met: bool | None) -> str:
    return "–" if met is None else ("yes" if met else "no")


if __name__ == "__main__":
    main()
