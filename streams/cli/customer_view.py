"""How `churnstream customer` shows a customer on a terminal."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from schemas.customer_state import CustomerState
from schemas.reasons import Reason
from streams.alerts import Alert
from streams.cli.alert_lines import BAND_STYLES, alert_line, alert_table, money
from streams.cli.value_view import value_table

HISTORY_SHOWN = 20


def print_customer(console: Console, state: CustomerState, alerts: Sequence[Alert]) -> None:
    """Print the state, its reasons, the open alerts, and the last of the history."""
    console.print(Text(f"Customer {state.customer_id}", style="bold"))
    console.print(_facts(state))
    if state.value is not None:
        console.print("\nValue:", style="bold")
        console.print(value_table(state.value, state.currency))
    if state.reasons:
        console.print("\nWhy (contribution to the log-odds of leaving):", style="bold")
        for reason in state.reasons:
            console.print(_reason(reason), soft_wrap=True)
    _print_open(console, state)
    _print_history(console, alerts)


def _facts(state: CustomerState) -> Table:
    table = Table.grid(padding=(0, 2))
    spend = money(state.spend_window, state.currency)
    rows: list[tuple[str, Text]] = [
        ("as of", Text(f"{state.as_of:%Y-%m-%d %H:%M} UTC")),
        ("customer since", Text(f"{state.first_seen:%Y-%m-%d}")),
        ("last active", Text(_last_active(state))),
        ("occasions", Text(f"{state.occasions:,}")),
        ("spend in window", Text(spend + (f" · {state.level}" if state.level else ""))),
        ("risk of leaving", _risk(state)),
        ("open complaints", Text(str(state.open_complaints))),
    ]
    for name, value in rows:
        table.add_row(Text(f"  {name}", style="dim"), value)
    return table


def _last_active(state: CustomerState) -> str:
    if state.last_activity is None:
        return "never"
    days = (state.as_of - state.last_activity).days
    return f"{state.last_activity:%Y-%m-%d} ({days} days before)"


def _risk(state: CustomerState) -> Text:
    if state.probability is None:
        return Text("not scored yet")
    text = Text(f"{state.probability:.0%}", style=BAND_STYLES.get(state.band or "", ""))
    if state.band:
        text.append(f" {state.band}")
    text.append(f" · {state.basis} {state.model_version}", style="dim")
    return text


def _reason(reason: Reason) -> Text:
    style = "red" if reason.contribution > 0 else "green"
    return Text.assemble("  ", (f"{reason.contribution:+.2f}", style), "  ", reason.text)


def _print_open(console: Console, state: CustomerState) -> None:
    console.print("\nOpen alerts:", style="bold")
    if not state.open_alerts:
        console.print("  none")
    for alert in state.open_alerts:
        band = f" · {alert.band}" if alert.band else ""
        line = f"  {alert.kind}{band} · since {alert.opened_at:%Y-%m-%d} · {alert.alert_id}"
        console.print(Text(line), soft_wrap=True)


def _print_history(console: Console, alerts: Sequence[Alert]) -> None:
    shown = alerts[-HISTORY_SHOWN:]
    omitted = len(alerts) - len(shown)
    console.print(f"\nHistory: {len(alerts)} alert records", style="bold", end="")
    console.print(f" (the last {len(shown)}; all with --json)" if omitted else "")
    if shown:
        table = alert_table()
        for alert in shown:
            table.add_row(*alert_line(alert).cells())
        console.print(table)
