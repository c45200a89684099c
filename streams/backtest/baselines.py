"""What others would have said of the judged rows: batch models, River, BG/NBD, rates and recency.

The batch models are refitted every `REFIT` days on the labels that had matured by then, with the
features of the live system's own examples; between two fits the older one speaks. They need the
extra ``churnstream[baselines]``.
"""

from collections.abc import Callable, Iterator
from time import process_time
from typing import Any

import numpy as np

from detectors.models.block import sigmoids
from detectors.models.expert import Rows
from detectors.models.prior import BgNbd
from detectors.models.prior_fit import fit
from detectors.models.rate import Rate
from streams.backtest.examples import Dataset, Matrix
from streams.backtest.judged import Judged
from streams.backtest.ledger import DayList
from streams.backtest.measures import Predictions
from streams.backtest.scored import Floats, Ints, Scored
from streams.backtest.targets import Target

REFIT = 14
"""Days from one fit to the next."""
_SEED = 1

Show = Callable[[str], None]
"""Told the name of each baseline as it begins."""


class Baselines:
    """All baselines for the judged rows of one backtest.

    `base_rate` is what the group rate starts from, before any label has matured.
    """

    def __init__(
        self,
        data: Dataset,
        scored: Scored,
        judged: Judged,
        target: Target,
        first_day: int,
        base_rate: float = 0.5,
    ) -> None:
        self._data = data
        self._judged = judged
        self._target = target
        self._first_day = first_day
        self._base_rate = base_rate
        # Offers are scored while their day goes on, by what was known at the end of the day before.
        self._at_offers = target.predicted.at_offers
        customers = [scored.customers[row] for row in judged.rows.tolist()]
        self._places: Ints = target.ledger.places(customers)

    def predictions(self, show: Show = lambda _: None) -> Iterator[Predictions]:
        """The baselines one by one; BG/NBD for silence only, which is what it models."""
        makers: dict[str, Callable[[], Floats]] = {
            "lightgbm": lambda: self._refitted(_lightgbm),
            "logistic regression": lambda: self._refitted(_logistic_regression),
            "river sgd": self._river,
            "group rate": self.group_rate,
        }
        if self._target.name == "silence":
            makers["bg/nbd"] = self._bg_nbd
        from threadpoolctl import threadpool_limits

        for name, make in makers.items():
            show(name)
            begin = process_time()
            with threadpool_limits(1):  # threads that wait for each other cost more than they give
                score = make()
            yield Predictions(name, score, seconds=process_time() - begin)
        yield Predictions("recency", self._recency(), is_probability=False)

    def _fits(self) -> Iterator[tuple[int, np.ndarray[Any, np.dtype[np.intp]]]]:
        """The day of each fit that somebody needs, and the rows that it predicts."""
        days = self._judged.days
        fitted = days - (days - self._first_day) % REFIT
        for day in np.unique(fitted):
            yield int(day), np.flatnonzero(fitted == day)

    def _by_day(self) -> Iterator[tuple[int, np.ndarray[Any, np.dtype[np.intp]]]]:
        """Each day with judged rows, in order."""
        days = self._judged.days
        for day in np.unique(days).tolist():
            yield day, np.flatnonzero(days == day)

    def _known_by(self, day: int) -> int:
        """How many examples a score of `day` may know."""
        return self._data.known_by(day - 1 if self._at_offers else day)

    def _refitted(self, make: Callable[[], Any]) -> Floats:
        data, score = self._data, np.empty(self._judged.days.size)
        for day, rows in self._fits():
            known = self._known_by(day)
            x, y = data.x[:known], data.y[:known]
            if known == 0 or y.all() or not y.any():
                score[rows] = _rate(y)
                continue
            score[rows] = make().fit(x, y).predict_proba(data.judged[rows])[:, 1]
        return score

    def _river(self) -> Floats:
        """River's own pipeline, learning each label as it matures."""
        from river import compose, linear_model, preprocessing

        model = compose.Pipeline(preprocessing.StandardScaler(), linear_model.LogisticRegression())
        data, score, learned = self._data, np.empty(self._judged.days.size), 0
        for day, rows in self._by_day():
            known = self._known_by(day)
            for x, y in zip(
                self._named(data.x[learned:known]), data.y[learned:known].tolist(), strict=True
            ):
                model.learn_one(x, y)
            learned = known
            score[rows] = [
                model.predict_proba_one(x).get(True, 0.5) for x in self._named(data.judged[rows])
            ]
        return score

    def group_rate(self) -> Floats:
        """How often it happened to customers like this one, of the labels matured by then.

        Groups: one-time customer or not, and weeks since the first activity (`Rate`).
        """
        data, score = self._data, np.empty(self._judged.days.size)
        names = data.names[: data.numeric]
        known_x = data.x[:, : data.numeric].astype(np.float64)
        judged_x = data.judged[:, : data.numeric].astype(np.float64)
        rate, learned, before = Rate(self._base_rate), 0, None
        for day, rows in self._by_day():
            rate.advance(0.0 if before is None else float(day - before))
            known, before = self._known_by(day), day
            rate.learn_block(Rows(names, known_x[learned:known]), data.y[learned:known])
            learned = known
            score[rows] = sigmoids(rate.log_odds_many(Rows(names, judged_x[rows])))
        return score

    def _named(self, rows: Matrix) -> Iterator[dict[str, float]]:
        """Rows as River takes them: all numeric features, and the categories that are present."""
        names, numeric = self._data.names, self._data.numeric
        for row in rows:
            values = row.tolist()
            x = dict(zip(names[:numeric], values[:numeric], strict=True))
            for column in np.flatnonzero(row[numeric:]).tolist():
                x[names[numeric + column]] = 1.0
            yield x

    def _bg_nbd(self) -> Floats:
        """P(no activity in the horizon), fitted on the counts of all customers by then."""
        active, days = self._target.ledger.active, self._judged.days
        score = np.empty(days.size)
        everybody = np.arange(len(self._target.ledger.customers), dtype=np.int64)
        model: BgNbd | None = None
        for day, rows in self._fits():
            number, first, last = active.counts(everybody, np.full(everybody.size, day))
            some = number > 0
            if not some.any():
                score[rows] = 0.5
                continue
            repeats, age = number[some] - 1, day - first[some]
            model = fit(repeats, (last - first)[some], age, start=model)
            score[rows] = self._silence(model, active, rows)
        return score

    def _silence(self, model: BgNbd, active: DayList, rows: Any) -> list[float]:
        days = self._judged.days[rows]
        number, first, last = active.counts(self._places[rows], days)
        horizon = float(self._target.horizon_days)
        return [
            model.silence(n - 1, float(end - begin), float(day - begin), horizon) if n else 0.5
            for n, begin, end, day in zip(
                number.tolist(), first.tolist(), last.tolist(), days.tolist(), strict=True
            )
        ]

    def _recency(self) -> Floats:
        """Days since the last activity."""
        days = self._judged.days
        _, _, last = self._target.ledger.active.counts(self._places, days)
        return (days - last).astype(np.float64)


def _rate(labels: np.ndarray[Any, np.dtype[np.bool_]]) -> float:
    """The share of True; one half of no labels."""
    return float(labels.mean()) if labels.size else 0.5


def _lightgbm() -> Any:
    """The small setting of the comparison: more trees fit these data worse."""
    from lightgbm import LGBMClassifier

    return LGBMClassifier(
        n_estimators=100,
        num_leaves=8,
        min_child_samples=200,
        random_state=_SEED,
        n_jobs=1,
        deterministic=True,
        force_col_wise=True,
        verbosity=-1,
    )


def _logistic_regression() -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, StandardScaler

    # In single precision the optimiser stops early.
    exact = FunctionTransformer(np.asarray, kw_args={"dtype": np.float64})
    return make_pipeline(exact, StandardScaler(), LogisticRegression(max_iter=1000))
