"""A world and what the product told of it, side by side."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import orjson

from detectors.policy import Policy, load_policy
from examples.telecom.book import TOPICS
from examples.telecom.files import write_world
from examples.telecom.scene import Scene
from examples.telecom.simulate import simulate
from schemas.codec import decode_output
from streams.replay.run import replay
from streams.sources.source import load_source

Payload = TypeVar("Payload", bound=msgspec.Struct)
Row = dict[str, str]


@dataclass
class Case:
    """A generated world in `world`, its truth, and a replay of it in `told`."""

    world: Path
    told: Path
    _tables: dict[str, list[Row]] = field(default_factory=dict)

    @classmethod
    def make(cls, folder: Path, scene: Scene) -> "Case":
        """Generate the world, and run the product over it."""
        case = cls(folder / "world", folder / "told")
        write_world(simulate(scene), case.world)
        sources = [load_source(case.world / f"{topic}.toml") for topic in TOPICS]
        replay(sources, case.told, case.policy)
        return case

    @cached_property
    def policy(self) -> Policy:
        """The policy under which it ran."""
        return load_policy(self.world / "policy.toml")

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What is true of the world as a whole."""
        facts: dict[str, Any] = orjson.loads((self.world / "truth/world.json").read_bytes())
        return facts

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The summary of the replay."""
        summary: dict[str, Any] = orjson.loads((self.told / "summary.json").read_bytes())
        return summary

    def truth(self, table: str) -> list[Row]:
        """A table of the truth."""
        if table not in self._tables:
            self._tables[table] = self._read(self.world / "truth" / f"{table}.csv")
        return self._tables[table]

    def interactions(self) -> list[Row]:
        """The interactions as they were told to the product, repeats included."""
        return self._read(self.world / "interactions.csv")

    def outputs(self, topic: str, kind: type[Payload]) -> Iterator[Payload]:
        """What the product sent to a topic, in order."""
        path = self.told / f"{topic}.jsonl"
        if not path.exists():
            return
        with path.open("rb") as lines:
            for line in lines:
                if not line.startswith(b'{"key":'):  # a deletion
                    yield decode_output(topic, line, kind)

    @staticmethod
    def _read(path: Path) -> list[Row]:
        with path.open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))


def by(rows: list[Row], column: str) -> dict[str, list[Row]]:
    """The rows by the value of a column."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[column]].append(row)
    return found


def share(part: float, whole: float) -> float | None:
    """A share, or None of nothing."""
    return round(part / whole, 4) if whole else None
