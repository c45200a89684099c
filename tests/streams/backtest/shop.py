"""A small slice of CDNOW for tests of the backtest."""

import csv
import io
import lzma
from datetime import date
from functools import lru_cache
from pathlib import Path

from detectors.policy import Policy, parse_policy
from streams.sources.source import Source
from tests.streams.sources.files import source_of

CDNOW = Path(__file__).parents[3] / "examples" / "cdnow"
EPOCH = date(1970, 1, 1)

Purchase = dict[str, str]


@lru_cache
def purchases(of_every: int = 10) -> tuple[Purchase, ...]:
    """The purchases of one customer in so many, of the first year and a quarter."""
    with lzma.open(CDNOW / "cdnow.csv.xz", "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    chosen = [row for row in rows if int(row["customer_id"]) % of_every == 1]
    return tuple(row for row in chosen if row["date"] < "19980401")


def until(last: str, of_every: int = 10) -> tuple[Purchase, ...]:
    """Those of them before the day ``19970701``."""
    return tuple(row for row in purchases(of_every) if row["date"] < last)


def shop(folder: Path, rows: tuple[Purchase, ...] | None = None) -> Source:
    """A source of purchases."""
    text = io.StringIO()
    chosen = purchases() if rows is None else rows
    table = csv.DictWriter(text, list(purchases()[0]))
    table.writeheader()
    table.writerows(chosen)
    folder.mkdir(exist_ok=True)
    mapping = (CDNOW / "source.toml").read_text().replace("cdnow.csv.xz", "cdnow.csv")
    return source_of(folder, mapping, cdnow_csv=text.getvalue())


def policy(**churn: str) -> Policy:
    """Short horizons, so that a small slice has labels of both outcomes, and the model speaks."""
    return parse_policy(
        {
            "churn": {"active_window": "60d", "horizon": "30d"} | churn,
            "model": {"min_labels": 100, "snapshot_interval": "5d"},
        }
    )


def day(text: str) -> int:
    """The number of the day ``1997-05-01``."""
    return (date.fromisoformat(text) - EPOCH).days
