"""What the predictions cost: µs per label and per score, and a whole backtest beside batch jobs.

`python -m benchmarks.quality_cost` takes Online Retail and prints CPU seconds of this process:

* *learn*: the trainers over all matured examples, day by day as they came, per label; everything
  that a label causes there (measuring, contest, all experts, drift, snapshots) is in it. *models
  alone*: the same without measuring and snapshots.
* *score*: the scorer over customers whose facts are at hand, the population of the last cut-off at
  once; *from the state*: the same from the stored bytes on (decode, features, score); *from the
  features*: what the model costs, the features being at hand.
* *backtest*: the whole run of the live system: read the file, validate every event, keep the
  states, review every customer when due, raise alerts, learn daily, score each weekly cut-off.
* *batch*: `benchmarks.quality_batch`, a script that does nothing but predict: read the same file,
  features of each weekly cut-off by NumPy, LightGBM (100 trees, 8 leaves) fitted anew on all
  matured labels, predictions. Once with fits every 14 days, once every day, which is as fresh as
  the live system. No alert, no review, no state comes of it, and no event is validated.
"""

import argparse
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from time import process_time
from typing import Any

import numpy as np
import orjson

from benchmarks import machine
from benchmarks.quality_batch import BatchRun, read_lines
from benchmarks.quality_cases import CASES, EXAMPLES
from detectors.durations import DAY
from detectors.models.evaluation import auc
from detectors.trainer import Trainer
from detectors.trainers import Trainers
from schemas.training_example import TrainingExample
from streams.backtest.judged import judge
from streams.backtest.moments import Cutoffs
from streams.backtest.run import Backtest
from streams.garbage import collect_rarely

CASE = CASES["online-retail"]
DATA = EXAMPLES / "online_retail" / "online_retail.csv.xz"
REFITS = (14, 1)
REPEATS = 5
"""Learning and scoring are measured so often; the quickest counts."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark and print a table, or one JSON document."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.quality_cost",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args(arguments)
    surroundings = machine.describe()
    machine.use_one_core()
    collect_rarely()
    batches = {f"batch, fits every {days} d": _batch(days) for days in REFITS}
    ours, examples = _backtest()
    document = {
        "benchmark": "quality_cost",
        "machine": surroundings,
        "learn_us_per_label": round(1e6 * _learning(examples, _all_of_it) / len(examples), 2),
        "models_us_per_label": round(1e6 * _learning(examples, _models_alone) / len(examples), 2),
        "labels": len(examples),
        "backtest": ours,
        "batches": batches,
    }
    if options.json:
        sys.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        _print(document)


def _backtest() -> tuple[dict[str, Any], list[TrainingExample]]:
    """The live system's run; then its scorer once more, alone."""
    policy = CASE.policy
    target = CASE.target(policy)
    begin = process_time()
    run = Backtest(policy, target, Cutoffs(CASE.step))
    outcome = run.run(CASE.load())
    seconds = process_time() - begin
    judged = judge(outcome, target)
    probability = outcome.scored.probability[judged.rows]
    areas = [auc(probability[rows], judged.truth[rows]) for rows in judged.by_day.values()]
    examples: list[TrainingExample] = []
    again = Backtest(policy, target, Cutoffs(10_000), learned=examples.append)
    again.run(CASE.load())
    customers = target.population(outcome.last_day)
    processor = again._live.processor
    scorer = processor.decisions.scorers[target.predicted]
    scores = processor.score_at(customers, outcome.last_day, target.predicted)
    facts = [score.facts for score in scores if score is not None]
    at = (outcome.last_day + 1.0) * DAY
    champion = scorer.at(at)
    assert champion is not None, "a year of the shop teaches something"
    known = scorer.score_many(facts, at)[0].batch
    categories = [item.categories for item in facts]
    model = _quickest(lambda: champion.parts(known.values, categories, known.segments).total())
    alone = _quickest(lambda: scorer.score_many(facts, at))
    whole = _quickest(lambda: processor.score_at(customers, outcome.last_day, target.predicted))
    return {
        "cpu_seconds": round(seconds, 2),
        "events": outcome.tally.read,
        "scores": len(outcome.scored),
        "auc": round(float(np.mean(areas)), 4),
        "model_us": round(1e6 * model / len(facts), 2),
        "score_us": round(1e6 * alone / len(facts), 2),
        "score_from_state_us": round(1e6 * whole / len(customers), 2),
    }, examples


def _quickest(work: Any) -> float:
    """CPU seconds of the quickest of several runs."""
    found = []
    for _ in range(REPEATS):
        begin = process_time()
        work()
        found.append(process_time() - begin)
    return min(found)


Learn = Callable[[Sequence[TrainingExample]], object]


def _all_of_it() -> Learn:
    return Trainers(CASE.policy).learn


def _models_alone() -> Learn:
    trainer = Trainer(CASE.policy, measures=False)

    def learn(batch: Sequence[TrainingExample]) -> None:
        for number, example in enumerate(batch):
            trainer.take_in(number, example)

    return learn


def _learning(examples: Sequence[TrainingExample], fresh: Callable[[], Learn]) -> float:
    """CPU seconds in which `fresh` trainers learn all examples, those of a day together.

    Each day at its quickest of all runs: it is the same work every time.
    """
    days: dict[int, list[TrainingExample]] = {}
    for example in examples:
        days.setdefault(int((example.matured_at.timestamp() - 1.0) // DAY), []).append(example)

    quickest = dict.fromkeys(days, math.inf)
    for _ in range(REPEATS):
        learn = fresh()
        for day, batch in days.items():
            begin = process_time()
            learn(batch)
            quickest[day] = min(quickest[day], process_time() - begin)
    return sum(quickest.values())


def _batch(refit: int) -> dict[str, Any]:
    policy = CASE.policy
    begin = process_time()
    lines = read_lines(DATA)
    found = BatchRun(
        lines, window=policy.active_days, horizon=policy.horizon_days, refit=refit
    ).run()
    seconds = process_time() - begin
    areas = [
        auc(found.score[found.day == day], found.truth[found.day == day])
        for day in np.unique(found.day)
    ]
    return {
        "cpu_seconds": round(seconds, 2),
        "fits": found.fits,
        "scores": len(found.score),
        "auc": round(float(np.mean(areas)), 4),
    }


def _print(document: Mapping[str, Any]) -> None:
    about, ours = document["machine"], document["backtest"]
    print(f"{about['processor']}, one core; Python {about['python']}; load {about['load_before']}")
    print(
        f"learn: {document['learn_us_per_label']} µs a label ({document['labels']:,} labels); "
        f"models alone {document['models_us_per_label']} µs"
    )
    print(
        f"score: {ours['score_us']} µs; from the state on {ours['score_from_state_us']} µs; "
        f"from the features on {ours['model_us']} µs"
    )
    print(
        f"backtest: {ours['cpu_seconds']} s for {ours['events']:,} events, "
        f"{ours['scores']:,} scores at cut-offs; AUC {ours['auc']}"
    )
    for name, batch in document["batches"].items():
        ratio = batch["cpu_seconds"] / ours["cpu_seconds"]
        print(
            f"{name}: {batch['cpu_seconds']} s, {batch['fits']} fits; AUC {batch['auc']}; "
            f"{ratio:.2f} times ours"
        )


if __name__ == "__main__":
    main()
