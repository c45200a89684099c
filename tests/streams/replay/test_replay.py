"""Replay: equal input gives equal bytes, and every event is accounted for."""

import json
import resource
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from detectors.customer.features import feature_names
from detectors.effects import Message
from detectors.ledger import Archive, audited
from detectors.policy import Policy, load_policy
from schemas.catalogue import INTERNAL_TOPICS, OUTPUT_TOPICS
from schemas.codec import decode_output
from streams.replay.folder import ReplayFolder, ReplayFolderError
from streams.replay.run import replay
from streams.sources.errors import SourceError
from streams.sources.source import Source, load_source
from streams.topics import CHANGELOG
from tests.streams.sources.files import source_of

EXAMPLES = Path(__file__).parents[3] / "examples"
TOPICS = {f"{topic}.jsonl" for topic in (*OUTPUT_TOPICS, *INTERNAL_TOPICS, CHANGELOG)}
POLICY = """
[churn]
active_window = "60d"
horizon = "14d"
[model]
min_labels = 20
"""
SHOP = """
[source]
path = "shop.csv"
timezone = "Europe/London"
[[event]]
topic = "interactions"
set = { kind = "purchase", currency = "EUR" }
map = { customer_id = "customer", occurred_at = "time", amount = "amount" }
"""
COMPLAINTS = """
[source]
path = "complaints.jsonl"
[[event]]
topic = "complaints"
set = { stage = "opened" }
map = { customer_id = "who", occurred_at = "at", severity = "severity" }
"""


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    path = tmp_path_factory.mktemp("policy") / "policy.toml"
    path.write_text(POLICY)
    return load_policy(path)


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> list[Source]:
    """Two months of a shop: regular customers, some of whom stop, and a few bad events."""
    shop, complaints = tmp_path_factory.mktemp("shop"), tmp_path_factory.mktemp("complaints")
    rows = [
        f"c{customer},2020-0{1 + day // 28}-{1 + day % 28:02} {10 + customer % 9}:30,"
        f"{10 + customer}"
        for customer in range(60)
        for day in range(customer % 7, 84 if customer % 3 else 40, 3 + customer % 11)
    ]
    rows += [rows[0], f"{'x' * 300},2020-01-05,1", "c1,2999-01-01,1"]
    lines = [
        json.dumps({"who": f"c{n}", "at": f"2020-02-{1 + n:02}T10:00:00Z", "severity": 1 + n % 6})
        for n in range(12)
    ]
    return [
        source_of(shop, SHOP, shop_csv="customer,time,amount\n" + "\n".join(rows)),
        source_of(complaints, COMPLAINTS, complaints_jsonl="\n".join(lines)),
    ]


@pytest.fixture(scope="module")
def whole(
    tmp_path_factory: pytest.TempPathFactory, sources: list[Source], policy: Policy
) -> tuple[Path, dict[str, Any]]:
    """A replay of the two sources: its folder and summary."""
    out = tmp_path_factory.mktemp("replay") / "out"
    return out, replay(sources, out, policy)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("batch_size", [1, 7, 100_000])
def test_every_batch_size_gives_the_same_bytes(
    batch_size: int,
    whole: tuple[Path, dict[str, Any]],
    sources: list[Source],
    policy: Policy,
    tmp_path: Path,
) -> None:
    replay(sources, tmp_path / "out", policy, batch_size=batch_size)
    assert contents(tmp_path / "out") == contents(whole[0])


def test_real_data_gives_the_same_bytes_for_every_batch_size(tmp_path: Path) -> None:
    rows = load_source(EXAMPLES / "cdnow/source.toml")
    source = source_of(
        tmp_path,
        (EXAMPLES / "cdnow/source.toml").read_text().replace(".xz", ""),
        cdnow_csv=b"".join(rows.files[0].open().readlines()[:250]),
    )
    policy = load_policy(EXAMPLES / "cdnow/policy.toml")
    for size in (1, 400):
        replay([source], tmp_path / str(size), policy, batch_size=size)
    assert contents(tmp_path / "1") == contents(tmp_path / "400")
    assert len(list(lines_of(tmp_path / "1", "model-snapshots"))) > 10


def test_a_file_for_each_topic_and_the_summary(whole: tuple[Path, dict[str, Any]]) -> None:
    assert contents(whole[0]).keys() == TOPICS | {"summary.json"}


def test_every_line_is_an_event_of_its_topic(whole: tuple[Path, dict[str, Any]]) -> None:
    out, summary = whole
    lines = Counter[str]()
    for topic in (*OUTPUT_TOPICS, *INTERNAL_TOPICS):
        for line in (out / f"{topic}.jsonl").read_bytes().splitlines():
            decode_output(topic, line)
            lines[topic] += 1
    assert dict(lines) == summary["messages"]
    assert {"churn-risk", "complaint-alerts", "customer-state", "dead-letters"} <= lines.keys()
    assert {"training-examples", "model-snapshots", "portfolio"} <= lines.keys()


def test_every_event_ends_in_exactly_one_outcome(
    whole: tuple[Path, dict[str, Any]], sources: list[Source]
) -> None:
    _, summary = whole
    events, rows = summary["events"], sum(s.counts.rows for s in sources)
    outcomes = [events[name] for name in ("applied", "duplicate", "late", "dead_lettered")]
    assert events["read"] == sum(outcomes) == rows
    assert events["add_up"] is True
    assert sum(summary["rejects"].values()) == events["late"] + events["dead_lettered"]
    assert events["dead_lettered"] == 4  # two severities of 6, one long id, one of the far future


def test_the_summary_is_what_the_file_says(whole: tuple[Path, dict[str, Any]]) -> None:
    out, summary = whole
    assert json.loads((out / "summary.json").read_bytes()) == json.loads(json.dumps(summary))
    assert "seconds" not in (out / "summary.json").read_text()


def test_an_event_of_the_far_future_does_not_move_time(whole: tuple[Path, dict[str, Any]]) -> None:
    assert whole[1]["events"]["last"].startswith("2020-03")


def test_what_is_due_by_the_last_event_is_done(
    whole: tuple[Path, dict[str, Any]], sources: list[Source], policy: Policy, tmp_path: Path
) -> None:
    """Law 7: the last day has reviews though no event comes after it."""
    end = whole[1]["events"]["last"]
    views = (whole[0] / "customer-state.jsonl").read_bytes().splitlines()
    newest = max(json.loads(line)["time"] for line in views)
    assert newest[:10] == end[:10]


def lines_of(folder: Path, topic: str) -> Iterator[dict[str, Any]]:
    for line in (folder / f"{topic}.jsonl").read_bytes().splitlines():
        yield json.loads(line)["data"]


def test_the_models_learn_while_it_goes_on(whole: tuple[Path, dict[str, Any]]) -> None:
    labels = [snapshot["labels"] for snapshot in lines_of(whole[0], "model-snapshots")]
    assert len(labels) > 2
    assert labels == sorted(labels)
    (model,) = whole[1]["models"]
    assert model["labels"] == labels[-1] == whole[1]["examples"]


def test_every_alert_is_computed_again_from_the_files_alone(
    whole: tuple[Path, dict[str, Any]], policy: Policy
) -> None:
    models, risks = (
        [decode_output(topic, line) for line in (whole[0] / f"{topic}.jsonl").open("rb")]
        for topic in ("model-archive", "churn-risk")
    )
    archive = Archive.of(models, feature_names(policy))
    assert len(archive.models) == len(list(lines_of(whole[0], "model-snapshots")))
    assert risks
    assert {audited(risk, archive).verdict for risk in risks} == {"equal"}


# Trouble


def folder_of(path: Path) -> ReplayFolder:
    return ReplayFolder(path, ["churn-risk"])


def test_a_folder_that_holds_something_is_refused_and_left_alone(
    tmp_path: Path, sources: list[Source], policy: Policy
) -> None:
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(ReplayFolderError, match="is not empty"):
        replay(sources, tmp_path, policy)
    assert contents(tmp_path) == {"mine.txt": b"x"}


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("x")
    with pytest.raises(ReplayFolderError, match="is no folder"), folder_of(tmp_path / "out"):
        pass


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    place = tmp_path / "file" / "out"
    with pytest.raises(ReplayFolderError, match="cannot be written"), folder_of(place):
        pass


def test_nothing_has_its_name_before_all_is_done(tmp_path: Path) -> None:
    with folder_of(tmp_path) as folder:
        folder.write([Message("churn-risk", b"c", b"{}"), Message("churn-risk", b"c", None)])
        assert {path.name for path in tmp_path.iterdir()} == {".churn-risk.jsonl.part"}
        folder.finish({"done": True})
    assert contents(tmp_path).keys() == {"churn-risk.jsonl", "summary.json"}
    assert (tmp_path / "churn-risk.jsonl").read_bytes() == b'{}\n{"key":"c","deleted":true}\n'


def test_a_replay_that_fails_leaves_nothing(tmp_path: Path, policy: Policy) -> None:
    rows = "customer,time,amount\nc,2020-01-02,1\nc,2020-01-01,1\n"
    source = source_of(
        tmp_path, SHOP.replace("[[event]]", "sorted = true\n[[event]]"), shop_csv=rows
    )
    with pytest.raises(SourceError, match="sorted = true"):
        replay([source], tmp_path / "out", policy)
    assert not (tmp_path / "out").exists()


FULL = """
import resource, sys
from pathlib import Path
from detectors.effects import Message
from streams.replay.folder import ReplayFolder
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
with ReplayFolder(Path(sys.argv[1]), ["churn-risk"]) as folder:
    for _ in range(2000):
        folder.write([Message("churn-risk", b"c", b"x" * 1000)])
    folder.finish({})
"""


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_FSIZE"), reason="needs file size limits")
def test_a_full_folder_is_named_and_nothing_is_left(tmp_path: Path) -> None:
    out = tmp_path / "out"
    run = subprocess.run([sys.executable, "-c", FULL, out], capture_output=True, text=True)
    assert f"{out}: cannot be written: File too large; make room" in run.stderr
    assert not out.exists()


def test_a_batch_size_below_one_is_refused(
    tmp_path: Path, sources: list[Source], policy: Policy
) -> None:
    with pytest.raises(ValueError, match="permitted is 1 or more"):
        replay(sources, tmp_path / "out", policy, batch_size=0)
