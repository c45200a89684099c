"""The telecom world: equal options give equal bytes, every row is an event, the truth fits them."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from detectors.customer.control import in_control_group
from examples.telecom.clock import after_working_time, working_seconds
from examples.telecom.generate import main
from examples.telecom.scene import BEGIN, DAY, HOUR, Scene
from schemas.causes import CAUSES
from schemas.codec import Codec, Decoded
from streams.sources.order import merged
from tests.examples.telecom import World
from tests.project.files import ROOT


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("world") / "one")


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_equal_options_give_equal_bytes_and_another_seed_others(
    world: World, tmp_path: Path
) -> None:
    again, other = World(tmp_path / "again"), World(tmp_path / "other", seed=2)
    assert contents(again.folder) == contents(world.folder)
    assert contents(other.folder)["complaints.jsonl"] != contents(world.folder)["complaints.jsonl"]


def test_every_row_is_an_event_that_the_codec_takes(world: World) -> None:
    codec, sources = Codec(), world.sources
    topics = Counter[str]()
    for event in merged(sources):
        decoded = codec.decode(
            event.topic, event.value, key=event.key, received_at=event.occurred_at, source="a/0/0"
        )
        assert isinstance(decoded, Decoded), decoded
        assert decoded.unknown_fields == 0
        topics[event.topic] += 1
    assert dict(topics) == world.rows
    assert sum(source.counts.rows for source in sources) == sum(world.rows.values())


def test_the_truth_knows_every_complaint_and_customer_that_is_told_of(world: World) -> None:
    complaints = {row["complaint"]: row for row in world.truth("complaints")}
    customers = {row["customer"] for row in world.truth("customers")}
    for event in merged(world.sources):
        assert event.key.decode() in customers | {"staff"}
    assert {row["customer"] for row in complaints.values()} <= customers
    assert {row["cause"] for row in complaints.values()} <= set(CAUSES) - {"unknown"}
    told = sum(crisis["complaints"] for crisis in world.facts["crises"])
    assert told == sum(bool(row["crisis"]) for row in complaints.values()) >= 20


def test_who_has_left_does_nothing_any_more(world: World) -> None:
    left = {row["customer"]: float(row["left"]) for row in world.truth("customers") if row["left"]}
    assert len(left) > 3
    late = [
        event.value
        for event in merged(world.sources)
        if event.topic == "interactions" and event.occurred_at > left.get(event.key.decode(), 1e12)
    ]
    assert late == []


def test_the_control_group_is_that_of_the_product_and_is_never_called(world: World) -> None:
    share = world.policy.alerts.control_share
    assert share == world.facts["control_share"]
    control = {row["customer"] for row in world.truth("customers") if row["control"] == "1"}
    assert control == {
        row["customer"]
        for row in world.truth("customers")
        if in_control_group(row["customer"], share)
    }
    treated = {r["customer"] for r in world.truth("treatments") if r["group"] == "treated"}
    assert treated
    assert not treated & control


@pytest.mark.parametrize(
    ("at", "hours", "expected"),
    [
        (0.0, 2.0, 10 * HOUR),  # Monday midnight: from eight
        (17 * HOUR, 2.0, DAY + 9 * HOUR),  # over the night
        (4 * DAY + 17.5 * HOUR, 1.0, 7 * DAY + 8.5 * HOUR),  # over the weekend
        (5 * DAY + 12 * HOUR, 10.0, 7 * DAY + 18 * HOUR),  # from Saturday; just until closing
    ],
)
def test_working_time_passes_in_opening_hours_only(
    at: float, hours: float, expected: float
) -> None:
    end = after_working_time(BEGIN + at, hours * HOUR)
    assert end == BEGIN + expected
    assert working_seconds(BEGIN + at, end) == pytest.approx(hours * HOUR)


@pytest.mark.parametrize(
    "wrong", [{"customers": 3}, {"days": 10}, {"seed": -1}], ids=lambda wrong: next(iter(wrong))
)
def test_an_impossible_world_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Scene(**wrong)


def test_the_command_refuses_a_folder_in_use_with_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine").write_text("x")
    assert main(["--out", str(tmp_path), "--customers", "50", "--days", "60"]) == 2
    assert "is not empty" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_the_command_has_a_help_with_an_example() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "examples.telecom.generate", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "--customers" in run.stdout
    assert "python -m examples.telecom.generate --out world" in run.stdout
