"""docs/domain.md: every D-id stands there with its state, and what it names exists."""

import re
from typing import NamedTuple

import pytest

from schemas.catalogue import INPUT_TOPICS, INTERNAL_TOPICS, OUTPUT_TOPICS
from streams.cli.main import COMMANDS
from tests.project.files import ROOT

IDS = [f"D{number}" for number in range(1, 26)]
STATES = ("done", "partly", "to come")
HEADING = re.compile(r"^### (D\d+) (.+): (.+)$", re.MULTILINE)
PACKAGES = ("schemas", "detectors", "streams")
TOPICS = {*INPUT_TOPICS, *OUTPUT_TOPICS, *INTERNAL_TOPICS}


class Entry(NamedTuple):
    """What the document says of one id."""

    id: str
    state: str
    text: str

    @property
    def paths(self) -> list[str]:
        """The files and folders that it names."""
        return re.findall(r"`((?:[a-z_]+/)+[a-z_]*(?:\.[a-z]+)?)`", self.text)

    @property
    def commands(self) -> list[str]:
        """The commands that it names, without their options."""
        return re.findall(r"`churnstream ([a-z]+)", self.text)

    @property
    def topics(self) -> set[str]:
        """The output topics that it names."""
        return set(re.findall(r"`([a-z-]+)`", self.text)) & set(OUTPUT_TOPICS)


def entries() -> list[Entry]:
    text = (ROOT / "docs/domain.md").read_text()
    heads = list(HEADING.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    return [
        Entry(head[1], head[3], text[head.end() : end].split("\n## ")[0])
        for head, end in zip(heads, ends, strict=True)
    ]


ENTRIES = entries()
BUILT = [entry for entry in ENTRIES if entry.state != "to come"]


def ids_in_the_code() -> set[str]:
    return {
        found
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        for found in re.findall(r"\bD\d+\b", path.read_text())
    }


def test_every_id_stands_there_once() -> None:
    assert sorted(entry.id for entry in ENTRIES) == sorted(IDS)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_it_says_how_far_it_is_and_names_only_what_exists(entry: Entry) -> None:
    assert entry.state in STATES
    assert entry.text.strip()
    assert [path for path in entry.paths if not (ROOT / path).exists()] == []
    assert set(entry.commands) <= set(COMMANDS)


@pytest.mark.parametrize("entry", BUILT, ids=lambda entry: entry.id)
def test_what_is_built_names_its_code_and_what_shows_it(entry: Entry) -> None:
    assert any(path.split("/")[0] in PACKAGES for path in entry.paths), "where is it decided?"
    assert entry.topics or entry.commands, "which event or command shows it?"
    if entry.state == "partly":
        assert "Missing:" in entry.text


def test_what_is_built_is_named_in_the_code_by_its_id() -> None:
    named = ids_in_the_code()
    assert [entry.id for entry in BUILT if entry.id not in named] == []


def test_nothing_is_still_to_come_that_the_code_names_already() -> None:
    named = ids_in_the_code()
    assert [entry.id for entry in ENTRIES if entry.state == "to come" and entry.id in named] == []
