"""How many rows became events, and what happened to the others."""

from collections.abc import Mapping, Sequence
from typing import Any

_EXAMPLES = 5


class SourceCounts:
    """The counts of one pass over a source: rows = taken + untaken + bad."""

    def __init__(self, labels: Sequence[str]):
        self.labels = labels
        """A short name of each rule, in order."""
        self.by_rule = [0] * len(labels)
        """Rows that became an event, by the rule that took them."""
        self.untaken = 0
        """Rows that no rule takes."""
        self.bad = 0
        """Rows that a rule takes (or that cannot be read) and that give no event."""
        self.examples: list[str] = []
        """The first bad rows: file, row, column, value and what is wrong."""

    @property
    def taken(self) -> int:
        """Rows that became an event."""
        return sum(self.by_rule)

    @property
    def rows(self) -> int:
        """Rows read."""
        return self.taken + self.untaken + self.bad

    def add_bad(self, place: str, reason: str) -> None:
        """Count a bad row and keep it as an example if it is among the first."""
        self.bad += 1
        if len(self.examples) < _EXAMPLES:
            self.examples.append(f"{place}: {reason}")

    def document(self) -> Mapping[str, Any]:
        """The counts as plain JSON values."""
        return {
            "rows": self.rows,
            "taken": self.taken,
            "untaken": self.untaken,
            "bad": self.bad,
            "rules": [
                {"rule": number, "event": label, "rows": rows}
                for number, (label, rows) in enumerate(
                    zip(self.labels, self.by_rule, strict=True), 1
                )
            ],
            "bad_examples": self.examples,
        }
