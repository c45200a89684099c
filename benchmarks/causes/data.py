"""The CFPB's complaints with their causes, as `examples/cfpb` holds them."""

import csv
import lzma
import tomllib
from pathlib import Path
from typing import NamedTuple

EXAMPLE = Path(__file__).parents[2] / "examples" / "cfpb"


class Labelled(NamedTuple):
    """A complaint's words, and the cause that its issue stands for."""

    text: str
    cause: str


def read_causes() -> dict[str, str]:
    """Issue of the CFPB → cause, as ``causes.toml`` states it."""
    stated = tomllib.loads((EXAMPLE / "causes.toml").read_text())["causes"]
    return {issue: cause for cause, issues in stated.items() for issue in issues}


def read_complaints() -> list[Labelled]:
    """All complaints in order of time."""
    causes = read_causes()
    with lzma.open(EXAMPLE / "narratives.csv.xz", "rt", encoding="utf-8", newline="") as file:
        return [Labelled(row["narrative"], causes[row["issue"]]) for row in csv.DictReader(file)]
