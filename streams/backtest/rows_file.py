"""The file of rows to score: ``customer_id,cutoff``."""

import csv
from datetime import date
from pathlib import Path

from streams.errors import ChurnstreamError
from streams.sources.errors import quoted

COLUMNS = ("customer_id", "cutoff")
EPOCH = date(1970, 1, 1)


class RowsError(ChurnstreamError):
    """The file of rows cannot be used; the message names file, row, value and remedy."""


def read_rows(path: Path) -> list[tuple[str, int]]:
    """Customer and day number of every row, in order. Other columns are passed over.

    Rows count from 1, the first after the header; lines as an editor does. Raises `RowsError`.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            table = csv.DictReader(file)
            missing = [name for name in COLUMNS if name not in (table.fieldnames or ())]
            if missing:
                raise RowsError(
                    f"{path}: has no column {' and '.join(missing)}; "
                    f"its first line must name {','.join(COLUMNS)}"
                )
            rows = [
                _row(f"{path}, row {number} (line {table.line_num})", row)
                for number, row in enumerate(table, 1)
            ]
    except OSError as error:
        raise RowsError(f"{path}: cannot be read: {error.strerror}; name another file") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise RowsError(f"{path}: is no CSV in UTF-8: {error}; save it as such") from None
    if not rows:
        raise RowsError(f"{path}: holds no row below its header; add the rows to score")
    return rows


def _row(place: str, row: dict[str, str | None]) -> tuple[str, int]:
    customer, cutoff = (row.get(name) or "" for name in COLUMNS)
    if not customer:
        raise RowsError(f"{place}: customer_id is empty; name the customer")
    try:
        day = (date.fromisoformat(cutoff.strip()) - EPOCH).days
    except ValueError:
        raise RowsError(
            f"{place}: cutoff {quoted(cutoff)} is no date; write one like 2011-06-10"
        ) from None
    return customer, day
