"""`churnstream complaints` on the folder of a replay: a table, JSON, clear errors."""

from pathlib import Path

import orjson
import pytest

from schemas.codec import encode
from schemas.complaint_alert import ComplaintAlert
from streams.cli.main import run
from tests.detectors.builders import HOUR, moment, on


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Alerts as a replay writes them: two open complaints, one closed."""
    lines = []
    for name, hours, value, ended in (
        ("a", 2, 10.0, False),
        ("b", 1, 900.0, False),
        ("c", 9, 5.0, True),
    ):
        at = on(9) - hours * HOUR
        alert = ComplaintAlert(
            alert_id=name,
            customer_id=f"customer-{name}",
            complaint_id=f"complaint-{name}",
            stage="resolved" if ended else "raised",
            kind="resolved" if ended else "opened",
            state="resolved" if ended else "opened",
            occurred_at=moment(at),
            cause="poor_service",
            value_at_stake=value,
            currency="EUR",
            priority=None if ended else value,
            opened_at=moment(at - HOUR),
            resolved_at=moment(at) if ended else None,
            resolution_due_at=moment(at + 30 * HOUR),
        )
        lines.append(encode(alert, id=name, subject=alert.customer_id, time=at))
    (tmp_path / "complaint-alerts.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    return tmp_path


def test_the_table_has_the_most_pressing_first(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    assert run(["complaints", "--replay", str(folder)]) == 0
    shown = capsys.readouterr().out
    assert "2 open complaints, 0 overdue" in shown
    assert shown.index("customer-b") < shown.index("customer-a")
    assert "1 loops closed within 30d: 100% in 2d (goal 80%)" in shown
    assert run(["complaints", "--replay", str(folder), "--limit", "1"]) == 0
    assert "and 1 more" in capsys.readouterr().out


def test_json_holds_the_queue_and_the_loops(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["complaints", "--json", "--replay", str(folder)]) == 0
    document = orjson.loads(capsys.readouterr().out)
    assert [item["complaint_id"] for item in document["open"]] == ["complaint-b", "complaint-a"]
    assert document["open"][0]["clock"] == "resolution"
    assert document["closed"]["count"] == 1
    assert document["closed"]["resolution_hours"] == 1.0


def test_a_folder_without_alerts_and_a_wrong_policy_are_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["complaints", "--replay", str(tmp_path)]) == 1
    assert "name the folder that `churnstream replay --out` wrote" in capsys.readouterr().err
    policy = tmp_path / "policy.toml"
    policy.write_text("[calendar]\nweekdays = []\n")
    assert run(["complaints", "--replay", str(tmp_path), "--policy", str(policy)]) in (1, 2)
    assert "without a working day" in capsys.readouterr().err
