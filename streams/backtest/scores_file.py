"""The scores as a file: one row a score, in the order asked for."""

import csv
import math
from pathlib import Path

import numpy as np

from streams.backtest.scored import Scored
from streams.errors import ChurnstreamError

COLUMNS = ("customer_id", "cutoff", "score", "basis", "model_version", "confidence")


class ResultFileError(ChurnstreamError):
    """A result cannot be written; the message names file, reason and remedy."""


def check_folder(path: Path | None) -> None:
    """Raise `ResultFileError` when there is no folder for the file, before anything is done."""
    if path is not None and not path.parent.is_dir():
        raise ResultFileError(
            f"{path}: cannot be written: there is no folder {path.parent}; make it first"
        )


def write_scores(path: Path, scored: Scored) -> None:
    """Write all rows as CSV; an unknown customer has an empty score and confidence.

    Raises `ResultFileError`.
    """
    cutoffs = np.datetime_as_string(scored.days.astype("datetime64[D]"))
    rows = zip(
        scored.customers,
        cutoffs.tolist(),
        scored.probability.tolist(),
        scored.basis,
        scored.version,
        scored.confidence.tolist(),
        strict=True,
    )
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(COLUMNS)
            for customer, cutoff, score, basis, version, confidence in rows:
                table.writerow(
                    (customer, cutoff, _told(score, 6), basis, version, _told(confidence, 3))
                )
    except OSError as error:
        raise ResultFileError(
            f"{path}: cannot be written: {error.strerror}; name another file"
        ) from None


def _told(value: float, digits: int) -> str:
    return "" if math.isnan(value) else f"{value:.{digits}f}"
