"""Churn as a data scientist would predict it in a batch job: features by NumPy, LightGBM, refits.

It shares no code with the product: it reads the file, makes the features of every weekly cut-off
from the events before it, fits on the labels that had matured, and predicts the cut-offs until the
next fit. Features of a cut-off are made once and kept for all later fits.
"""

import csv
import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

STEP = 7
"""Days from one cut-off to the next."""
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Lines:
    """Invoice lines of known customers in order of time."""

    customer: Ints
    """A number for each customer, from 0."""
    day: Ints
    """Days since 1970."""
    amount: Floats
    """Quantity times price; negative for what was returned."""
    is_return: NDArray[np.bool_]
    product: Ints


def read_lines(path: Path) -> Lines:
    """The lines of Online Retail's file (CSV, xz)."""
    customers: dict[str, int] = {}
    products: dict[str, int] = {}
    rows = []
    with lzma.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            name = row["CustomerID"]
            if name:
                rows.append(
                    (
                        customers.setdefault(name, len(customers)),
                        datetime.fromisoformat(row["InvoiceDate"]).toordinal() - _EPOCH,
                        float(row["Quantity"]) * float(row["UnitPrice"]),
                        row["InvoiceNo"].startswith("C"),
                        products.setdefault(row["StockCode"], len(products)),
                    )
                )
    customer, day, amount, is_return, product = zip(*rows, strict=True)
    return Lines(
        np.array(customer), np.array(day), np.array(amount), np.array(is_return), np.array(product)
    )


@dataclass(slots=True)
class Predicted:
    """What a batch run came to."""

    day: Ints
    truth: NDArray[np.bool_]
    score: Floats
    labels: int
    """Rows with a label, of all cut-offs."""
    fits: int


class BatchRun:
    """A run over `lines`: silence within `horizon` days of those active in `window` days."""

    def __init__(self, lines: Lines, *, window: int, horizon: int, refit: int) -> None:
        self._lines = lines
        self._window = window
        self._horizon = horizon
        self._refit = refit
        self._first = int(lines.day[0])
        self._last = int(lines.day[-1])
        bought = ~lines.is_return
        size = int(lines.customer.max()) + 1
        keys = np.unique(lines.day[bought] * size + lines.customer[bought])
        self._size = size
        self._visit_day, self._visitor = keys // size, keys % size

    def run(self) -> Predicted:
        """Features of every cut-off, fits every `refit` days, and the scores of the second half."""
        cutoffs = range(self._first, self._last - self._horizon + 1, STEP)
        tables = {day: self._table(day) for day in cutoffs}
        middle = -(-(self._first + self._last) // 2)
        days, truths, scores, fits = [], [], [], 0
        for day, model in self._models(tables, [day for day in cutoffs if day >= middle]):
            x, y = tables[day]
            scores.append(model.predict_proba(x)[:, 1])
            truths.append(y)
            days.append(np.full(len(y), day))
        fits = self._fits
        labels = sum(len(y) for _, y in tables.values())
        return Predicted(
            np.concatenate(days), np.concatenate(truths), np.concatenate(scores), labels, fits
        )

    def _models(self, tables: dict[int, Any], judged: list[int]) -> Iterator[tuple[int, Any]]:
        """Each judged cut-off with the newest model; fits go on from the first labels."""
        from lightgbm import LGBMClassifier

        self._fits, model = 0, None
        for day in range(self._first, judged[-1] + 1):
            if (day - self._first) % self._refit == 0:
                known = [tables[cut] for cut in tables if cut + self._horizon <= day]
                if known:
                    x = np.concatenate([x for x, _ in known])
                    y = np.concatenate([y for _, y in known])
                    model = LGBMClassifier(
                        n_estimators=100,
                        num_leaves=8,
                        min_child_samples=200,
                        random_state=1,
                        n_jobs=1,
                        verbosity=-1,
                    ).fit(x, y)
                    self._fits += 1
            if day in tables and day in judged:
                yield day, model

    def _table(self, day: int) -> tuple[Floats, NDArray[np.bool_]]:
        """Features of the population at the end of `day`, and who stays away in the horizon."""
        lines, size = self._lines, self._size
        seen = self._visit_day <= day
        visit_day, visitor = self._visit_day[seen], self._visitor[seen]
        first, last = np.full(size, day), np.full(size, -1)
        np.minimum.at(first, visitor, visit_day)
        np.maximum.at(last, visitor, visit_day)
        people = np.flatnonzero(last > day - self._window)

        def count(days: int) -> Floats:
            return np.bincount(visitor[visit_day > day - days], minlength=size).astype(float)

        until = np.searchsorted(lines.day, day, side="right")
        who, amount = lines.customer[:until], lines.amount[:until]
        recent = lines.day[:until] > day - 90
        back = lines.is_return[:until]
        visits = count(10_000)
        span = (last - first).astype(float)
        spent = np.bincount(who, amount, size)
        on_last = lines.day[:until] == last[who]
        columns = [
            day - last,
            day - first,
            visits,
            span / np.maximum(visits - 1, 1),
            (day - last) / np.maximum(span / np.maximum(visits - 1, 1), 1.0),
            count(30),
            count(90),
            spent,
            spent / np.maximum(visits, 1),
            np.bincount(who[recent], amount[recent], size),
            np.bincount(who[on_last], amount[on_last], size),
            np.bincount(who[back], minlength=size),
            np.bincount(who, minlength=size),
            self._breadth(until),
        ]
        x = np.column_stack([np.asarray(column, dtype=float)[people] for column in columns])
        after = (self._visit_day > day) & (self._visit_day <= day + self._horizon)
        returned = np.zeros(size, dtype=bool)
        returned[self._visitor[after]] = True
        return x, ~returned[people]

    def _breadth(self, until: Any) -> Ints:
        """How many different products each customer has bought."""
        lines, size = self._lines, self._size
        pairs = np.unique(lines.customer[:until] + size * lines.product[:until])
        return np.bincount(pairs % size, minlength=size)
