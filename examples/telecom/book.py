"""The rows that the company's systems write, and what is true behind them."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Row = dict[str, Any]
TOPICS = ("interactions", "complaints", "profiles", "feedback")
REPEATED = 400
"""Every so many rows a system tells the same thing twice."""


@dataclass(slots=True)
class Book:
    """Collects rows in any order; `agenda` holds what is to happen at the begin of later days."""

    end: float
    """Epoch s; what would happen at or after it is not written."""
    rows: dict[str, list[Row]] = field(default_factory=lambda: {topic: [] for topic in TOPICS})
    agenda: dict[int, list[Callable[[], None]]] = field(default_factory=lambda: defaultdict(list))

    def write(self, topic: str, at: float, customer: str, **fields: object) -> bool:
        """Write a row that happens at `at` (epoch s); whether it still lies in the world."""
        if at >= self.end:
            return False
        self.rows[topic].append({"at": int(at), "customer": customer, **fields})
        return True

    def on(self, day: int, action: Callable[[], None]) -> None:
        """Do `action` when the day begins."""
        self.agenda[day].append(action)

    def begin(self, day: int) -> None:
        """Do what is on the agenda of the day."""
        for action in self.agenda.pop(day, ()):
            action()

    def sorted(self, topic: str) -> list[Row]:
        """The rows of a topic in order of time, each with an id; some are written twice."""
        told: list[Row] = []
        for number, row in enumerate(sorted(self.rows[topic], key=lambda row: row["at"]), 1):
            row["id"] = f"{topic[0]}-{number:07}"
            told += [row, row] if number % REPEATED == 0 else [row]
        return told

    def repeats(self, topic: str) -> int:
        """How many rows of a topic are written twice."""
        return len(self.rows[topic]) // REPEATED
