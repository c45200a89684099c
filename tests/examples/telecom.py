"""A small telecom world, written anew for the tests that ask for it."""

import csv
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson

from detectors.policy import Policy, load_policy
from examples.telecom.book import TOPICS
from examples.telecom.files import write_world
from examples.telecom.scene import Scene
from examples.telecom.simulate import simulate
from streams.sources.source import Source, load_source


class World:
    """A world on disk: its sources, its policy and its truth."""

    def __init__(self, folder: Path, customers: int = 120, days: int = 90, seed: int = 1) -> None:
        """Write it into a new folder."""
        self.folder = folder
        self.rows = write_world(simulate(Scene(customers, days, seed)), folder)

    @property
    def sources(self) -> list[Source]:
        """The four sources, unread."""
        return [load_source(self.folder / f"{topic}.toml") for topic in TOPICS]

    @cached_property
    def policy(self) -> Policy:
        """The policy that comes with it."""
        return load_policy(self.folder / "policy.toml")

    def truth(self, name: str) -> list[dict[str, str]]:
        """A table of the truth."""
        with (self.folder / "truth" / f"{name}.csv").open(newline="") as file:
            return list(csv.DictReader(file))

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What is true of the world as a whole."""
        facts: dict[str, Any] = orjson.loads((self.folder / "truth/world.json").read_bytes())
        return facts
