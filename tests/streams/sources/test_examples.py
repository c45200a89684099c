"""The examples that ship: their rows add up, and the codec takes every event."""

from collections import Counter
from pathlib import Path

import pytest

from detectors.policy import load_policy
from schemas.codec import Codec, Decoded
from streams.sources.source import load_source

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.mark.parametrize(
    ("name", "rows", "by_rule"),
    [
        ("online_retail/source.toml", 222_891, [155_449, 3_828]),
        ("cdnow/source.toml", 6_919, [6_919]),
        ("oulad/registrations.toml", 13_529, [4_676, 8_835]),
        ("oulad/cancellations.toml", 13_529, [1_347, 2_376]),
        ("oulad/students.toml", 13_529, [4_684, 8_845]),
        ("oulad/submissions.toml", 82_842, [33_824, 49_018]),
    ],
)
def test_the_rows_of_an_example_add_up(name: str, rows: int, by_rule: list[int]) -> None:
    source, codec = load_source(EXAMPLES / name), Codec()
    for event in source.encoded():
        verdict = codec.decode(
            event.topic, event.value, key=event.key, received_at=event.occurred_at, source="s"
        )
        assert isinstance(verdict, Decoded), (event, verdict)
    counts = source.counts
    assert (counts.rows, counts.by_rule, counts.bad) == (rows, by_rule, 0)
    assert counts.taken + counts.untaken == rows


def test_credit_notes_are_returns() -> None:
    source = load_source(EXAMPLES / "online_retail/source.toml")
    kinds = Counter(
        (event.value["kind"], event.value["quantity"] < 0, event.value["order_id"][0] == "C")
        for event in source.events(20_000)
    )
    assert kinds.keys() == {("purchase", False, False), ("return", True, True)}


@pytest.mark.parametrize("folder", ["online_retail", "cdnow", "oulad"])
def test_an_example_has_a_policy_and_an_attribution(folder: str) -> None:
    load_policy(EXAMPLES / folder / "policy.toml")
    assert "changed" in (EXAMPLES / folder / "ATTRIBUTION.md").read_text()
