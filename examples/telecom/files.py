"""A world as files: the source that the product reads, and beside it the truth."""

import csv
import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from examples.telecom.book import TOPICS, Row
from examples.telecom.town import Town
from examples.telecom.truth import truth_of

MAPPING = Path(__file__).parent / "mapping"
COLUMNS: Mapping[str, Sequence[str]] = {
    "interactions": (
        *("id", "at", "customer", "kind", "order", "product", "category", "quantity", "amount"),
        *("discount", "cost", "currency", "channel", "campaign", "employee"),
    ),
    "profiles": (
        *("id", "at", "customer", "manager", "segment", "region", "plan", "consent"),
        *("contract_start", "contract_end", "wallet", "language", "age"),
    ),
}
"""The columns of the CSV files; complaints and feedback are JSON Lines."""
TIMES = frozenset({"at", "contract_start", "contract_end"})


def write_world(town: Town, out: Path) -> dict[str, int]:
    """Write source, policy and truth into a new or empty folder; returns rows by topic."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise FileExistsError(f"{out} is not empty; name a new folder")
    truth = out / "truth"
    truth.mkdir(parents=True, exist_ok=True)
    for path in sorted(MAPPING.glob("*.toml")):
        shutil.copyfile(path, out / path.name)
    counts = {}
    for topic in TOPICS:
        rows = town.book.sorted(topic)
        counts[topic] = len(rows)
        if topic in COLUMNS:
            write_csv(out / f"{topic}.csv", COLUMNS[topic], rows)
        else:
            _write_jsonl(out / f"{topic}.jsonl", rows)
    for name, table in truth_of(town).items():
        if isinstance(table, list):
            write_csv(truth / f"{name}.csv", list(table[0]) if table else [], table)
        else:
            (truth / f"{name}.json").write_text(json.dumps(table, indent=1) + "\n")
    return counts


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Write rows with these columns; times become ISO 8601, None an empty field."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_cell(column, row.get(column)) for column in columns] for row in rows)


def _write_jsonl(path: Path, rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            told = {key: _cell(key, value) for key, value in row.items() if value is not None}
            file.write(json.dumps(told, ensure_ascii=False) + "\n")


def _cell(column: str, value: Any) -> Any:
    if value is None:
        return ""
    return iso(value) if column in TIMES else value


def iso(at: float) -> str:
    """An ISO 8601 moment in UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
