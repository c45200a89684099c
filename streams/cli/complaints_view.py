"""How `churnstream complaints` shows the queue and what became of closed loops."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from detectors.complaints.queue import Closed, Waiting
from detectors.durations import format_duration
from detectors.policy import Policy
from streams.cli.alert_lines import money

COLUMNS = (
    "priority",
    "customer",
    "complaint",
    "state",
    "cause",
    "a year",
    "clock",
    "due (UTC)",
    "used",
)


def document(queue: Sequence[Waiting], closed: Closed, at: float, policy: Policy) -> dict[str, Any]:
    """All that is shown, as JSON values."""
    return {
        "as_of": datetime.fromtimestamp(at, UTC),
        "open": [_open(waiting) for waiting in queue],
        "closed": {
            "window": format_duration(policy.complaints.report_window),
            "loop_time": format_duration(policy.complaints.loop_time),
            "goal": policy.complaints.loop_share,
            **asdict(closed),
        },
    }


def print_complaints(
    console: Console,
    queue: Sequence[Waiting],
    closed: Closed,
    at: float,
    policy: Policy,
    limit: int,
) -> None:
    """Print the first `limit` open complaints, and a line about those closed."""
    as_of = datetime.fromtimestamp(at, UTC)
    overdue = sum(waiting.used >= 1 for waiting in queue)
    console.print(
        Text(f"{len(queue):,} open complaints, {overdue:,} overdue", style="bold"),
        Text(f" · as of {as_of:%Y-%m-%d %H:%M} UTC"),
        sep="",
    )
    if queue:
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
        for name in COLUMNS:
            table.add_column(
                name, justify="right" if name in ("priority", "a year", "used") else "left"
            )
        for waiting in queue[:limit]:
            table.add_row(*_cells(waiting))
        console.print(table)
    if len(queue) > limit:
        console.print(f"… and {len(queue) - limit:,} more (--limit)")
    console.print(_closed_line(closed, policy), soft_wrap=True, highlight=False)


def _closed_line(closed: Closed, policy: Policy) -> str:
    rules = policy.complaints
    window = format_duration(rules.report_window)
    if not closed.count:
        return f"no loop closed within {window}"
    parts = [
        f"{closed.count:,} loops closed within {window}: {closed.in_time:.0%} in "
        f"{format_duration(rules.loop_time)} (goal {rules.loop_share:.0%})"
    ]
    if closed.promised is not None:
        parts.append(f"{closed.promised:.0%} before they were due")
    if closed.response_hours is not None:
        parts.append(f"median first response {closed.response_hours:.1f} h")
    parts.append(f"median resolution {closed.resolution_hours:.1f} h")
    return ", ".join(parts)


def _cells(waiting: Waiting) -> tuple[Text | str, ...]:
    alert = waiting.alert
    style = (
        "bold red" if waiting.used >= 1 else "yellow" if alert.kind == "approaching_breach" else ""
    )
    return (
        f"{waiting.priority:,.0f}",
        Text(alert.customer_id, style="bold"),
        Text(alert.complaint_id),
        alert.state or "",
        alert.cause or "",
        money(alert.value_at_stake, alert.currency),
        waiting.clock or "",
        f"{waiting.due_at:%Y-%m-%d %H:%M}" if waiting.due_at else "",
        Text(f"{waiting.used:.0%}" if waiting.clock else "", style=style),
    )


def _open(waiting: Waiting) -> dict[str, Any]:
    alert = waiting.alert
    return {
        "priority": waiting.priority,
        "customer_id": alert.customer_id,
        "complaint_id": alert.complaint_id,
        "alert_id": alert.alert_id,
        "state": alert.state,
        "severity": alert.severity,
        "level": alert.level,
        "cause": alert.cause,
        "value_at_stake": alert.value_at_stake,
        "currency": alert.currency,
        "opened_at": alert.opened_at,
        "responded_at": alert.responded_at,
        "response_due_at": alert.response_due_at,
        "resolution_due_at": alert.resolution_due_at,
        "clock": waiting.clock,
        "due_at": waiting.due_at,
        "used": round(waiting.used, 4),
    }
