"""How `churnstream satisfaction` shows the satisfaction of the active customers."""

from datetime import datetime
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from schemas.satisfaction import Area, Satisfaction, Share

LEGEND = (
    "Churn with, without: share that left within the horizon, of customers with the area when "
    "churn was predicted, and of all others. Difference in points; * not 0 even if all areas are "
    "allowed for. Loss: difference × what is at stake with those who have it now."
)


def document(found: Satisfaction, as_of: datetime) -> dict[str, Any]:
    """All that is known, as JSON values."""
    return {"as_of": as_of, **msgspec.to_builtins(found)}


def print_satisfaction(console: Console, found: Satisfaction, as_of: datetime) -> None:
    """Print the measures, and a table of the areas."""
    console.print(
        Text("satisfaction of the active customers", style="bold"),
        Text(
            f" · {found.window_days} days until {as_of:%Y-%m-%d %H:%M} UTC · intervals "
            f"{found.confidence:.0%}"
        ),
        sep="",
        soft_wrap=True,
    )
    console.print(_measures(found))
    console.print()
    if not found.areas:
        console.print(
            "no areas yet: they need complaints or surveys, and a horizon after them",
            soft_wrap=True,
        )
        return
    console.print(_areas(found.areas))
    console.print(Text(LEGEND, style="dim"))


def _measures(found: Satisfaction) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("measure")
    for heading in ("value", "interval", "customers"):
        table.add_column(heading, justify="right")
    csat, nps = found.csat, found.nps
    if csat is None:
        table.add_row("CSAT (1 to 5)", "–", "–", "0")
    else:
        interval = f"{csat.low:.2f} to {csat.high:.2f}"
        table.add_row("CSAT (1 to 5)", f"{csat.mean:.2f}", interval, f"{csat.customers:,}")
    if nps is None:
        table.add_row("NPS (-100 to 100)", "–", "–", "0")
    else:
        answers = nps.promoters + nps.passives + nps.detractors
        interval = f"{nps.low:+.0f} to {nps.high:+.0f}"
        table.add_row("NPS (-100 to 100)", f"{nps.score:+.0f}", interval, f"{answers:,}")
    table.add_row("repurchase", *_share(found.repurchase))
    table.add_row("with a complaint", *_share(found.complaints))
    table.add_row("left within the horizon", *_share(found.churn))
    return table


def _share(share: Share) -> tuple[str, str, str]:
    value = f"{share.rate:.1%}" if share.of else "–"
    return value, f"{share.low:.1%} to {share.high:.1%}", f"{share.count:,} of {share.of:,}"


def _areas(areas: list[Area]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("area")
    for heading in ("known", "churn with", "without", "difference", "interval", "now", "loss"):
        table.add_column(heading, justify="right")
    for area in areas:
        # A name is a customer's or a shop's: it must not be read as markup.
        table.add_row(
            Text(f"{area.dimension}: {area.name or 'all others'}"),
            f"{area.customers:,}",
            f"{area.rate:.1%}",
            f"{area.rate_without:.1%}",
            f"{100 * area.difference:+.1f}{'*' if area.is_clear else ' '}",
            f"{100 * area.low:+.1f} to {100 * area.high:+.1f}",
            f"{area.active:,}",
            f"{area.expected_loss:,.0f}",
        )
    return table
