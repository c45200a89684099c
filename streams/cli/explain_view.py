"""How `churnstream explain` shows the account of a probability on a terminal."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from detectors.account import Account, Part
from detectors.policy import Policy
from streams.cli.alert_lines import BAND_STYLES

VISIBLE = 0.0005
"""Log-odds that three decimals show."""
_SPEAKERS = {"model": "the model", "group": "the group's rate", "prior": "the stated rule"}


def print_account(console: Console, account: Account, policy: Policy) -> None:
    """Print the probability, its parts, what moved it, what would lower it, and the evidence."""
    _print_head(console, account, policy)
    _print_parts(console, account)
    _print_since(console, account)
    _print_hints(console, account, policy)
    evidence = ", ".join(account.evidence) or "none"
    console.print(Text.assemble(("\nRests on: ", "bold"), evidence), soft_wrap=True)


def _print_head(console: Console, account: Account, policy: Policy) -> None:
    what = "cancelling" if policy.churn.definition == "cancellation" else "falling silent"
    console.print(Text(f"Customer {account.customer_id}", style="bold"))
    lines = [
        Text.assemble(
            f"{account.probability:.1%} ",
            (account.band, BAND_STYLES[account.band]),
            f" risk of {what} within {policy.horizon_days} days after "
            f"{account.as_of:%Y-%m-%d %H:%M} UTC",
        ),
        Text(
            f"by {_SPEAKERS[account.basis]} "
            f"{account.model_version} · confidence {account.confidence:.2f}"
        ),
        Text(f"open alert {account.alert_id}" if account.alert_id else "no open alert"),
    ]
    if not account.scored:
        lines.append(Text("no longer an active customer: not scored any more"))
    if account.published is not None and account.published != account.probability:
        lines.append(
            Text(
                f"published then: {account.published:.1%}; events that arrived since, or another "
                "policy than the workers', make the difference"
            )
        )
    for line in lines:
        console.print(Text("  ") + line, soft_wrap=True)


def _print_parts(console: Console, account: Account) -> None:
    console.print("\nWhy (contributions to the log-odds add up):", style="bold")
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right")
    base = (
        "what is the same for all customers"
        if account.basis == "prior"
        else "the reference: a typical customer of these weeks"
    )
    table.add_row(Text(f"  {account.reference_log_odds:+.3f}", style="dim"), Text(base))
    for part in account.contributions:
        style = "red" if part.contribution > 0 else "green"
        table.add_row(Text(f"{part.contribution:+.3f}", style=style), Text(part_line(part)))
    if abs(account.rest) >= VISIBLE:
        table.add_row(Text(f"{account.rest:+.3f}", style="dim"), Text("everything else"))
    table.add_row(
        Text(f"{account.log_odds:+.3f}", style="bold"),
        Text(f"log-odds, that is {account.probability:.4f}"),
    )
    console.print(table, soft_wrap=True)


def part_line(part: Part) -> str:
    """The sentence of a part, and the reference customer's number where it is known."""
    if part.typical is None:
        return part.text
    return f"{part.text} ({part.feature} {part.value:,.4g}; typical {part.typical:,.4g})"


def _print_since(console: Console, account: Account) -> None:
    since = account.since
    if since is None:
        console.print("\nNo earlier score is kept to compare with.", style="dim")
        return
    head = f"\nSince the score of {since.at:%Y-%m-%d %H:%M} ({since.probability:.1%}):"
    console.print(head, style="bold")
    for change in since.changed:
        style = "red" if change.contribution_change > 0 else "green"
        moved = (f"{change.contribution_change:+.3f}", style)
        console.print(Text.assemble("  ", moved, "  ", change.text), soft_wrap=True)
    if not since.changed:
        console.print("  nothing that matters has moved")


def _print_hints(console: Console, account: Account, policy: Policy) -> None:
    console.print("\nWhat would help (computed by doing it):", style="bold")
    for hint in account.hints:
        console.print(Text(f"  {hint.text}"), soft_wrap=True)
    if account.hints:
        return
    if account.probability < policy.alerts.clear_at:
        console.print(f"  nothing needs to: it is below {policy.alerts.clear_at:.2f}")
    else:
        console.print("  no single step that could be tried")
