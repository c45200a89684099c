"""How `churnstream portfolio` shows the pyramid and the ABC."""

from collections.abc import Mapping
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from schemas.portfolio import Portfolio, Rung

HIDDEN = ("watch", "priors", "counts", "shares")
"""Fields that are not for people, or said again by `levels`."""

LEGEND = (
    "in, out: moves within one review interval. risk: mean probability to leave; left: share of "
    "those whose horizon ended within the interval."
)
_HEADS = ("", "customers", "share", "revenue", "share", "profit", "share", "in", "out", "risk")


def document(portfolio: Portfolio) -> dict[str, Any]:
    """All that is shown, as JSON values."""
    found: dict[str, Any] = msgspec.to_builtins(portfolio)
    return {name: value for name, value in found.items() if name not in HIDDEN}


def print_portfolio(console: Console, portfolio: Portfolio) -> None:
    """Print the pyramid, the ABC and the concentration."""
    console.print(
        Text("Portfolio", style="bold"),
        Text(f" · as of {portfolio.as_of:%Y-%m-%d %H:%M} UTC · version {portfolio.version}"),
        sep="",
        soft_wrap=True,
    )
    console.print(
        f"  {portfolio.customers:,} customers with revenue {portfolio.revenue:,.2f} and profit "
        f"{portfolio.profit:,.2f} in the window",
        highlight=False,
        soft_wrap=True,
    )
    for title, scale, rungs, least, of in (
        ("Pyramid, by revenue", "pyramid", portfolio.levels, portfolio.boundaries, "revenue"),
        ("ABC, by profit", "abc", portfolio.grades, portfolio.grade_boundaries, "profit"),
    ):
        if rungs:
            console.print(_table(title, scale, rungs, portfolio))
        if least:
            reached = " · ".join(f"{name} from {amount:,.2f}" for name, amount in least.items())
            console.print(Text(f"  {of}: {reached}", style="dim"), soft_wrap=True)
    console.print()
    for name, shares in portfolio.concentration.items():
        said = " · ".join(f"best {float(k):.0%}: {part:.1%}" for k, part in shares.items())
        console.print(f"  {name} of the {said}", highlight=False, soft_wrap=True)
    console.print(Text(LEGEND, style="dim"), soft_wrap=True)


def moves_at(portfolio: Portfolio, scale: str, name: str) -> tuple[int, int]:
    """How many came to a place, and how many left it."""
    moves = [move for move in portfolio.moves if move.scale == scale]
    came = sum(move.customers for move in moves if move.to_level == name)
    went = sum(move.customers for move in moves if move.from_level == name)
    return came, went


def _table(title: str, scale: str, rungs: Mapping[str, Rung], portfolio: Portfolio) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None)
    has_labels = any(rung.labelled for rung in rungs.values())
    for head in (*_HEADS, "left") if has_labels else _HEADS:
        table.add_column(head, justify="right" if head else "left", no_wrap=True)
    customers = sum(rung.customers for rung in rungs.values())
    for name, rung in rungs.items():
        came, went = moves_at(portfolio, scale, name)
        cells = [
            name,
            f"{rung.customers:,}",
            _share(rung.customers, customers),
            f"{rung.revenue:,.0f}",
            _share(rung.revenue, portfolio.revenue),
            f"{rung.profit:,.0f}",
            _share(rung.profit, portfolio.profit),
            f"{came:,}",
            f"{went:,}",
            f"{rung.risk:.0%}",
        ]
        if has_labels:
            cells.append(_share(rung.churned, rung.labelled))
        table.add_row(*cells)
    return table


def _share(part: float, whole: float) -> str:
    """A percentage; nothing of a whole that is not above 0."""
    return f"{part / whole:.1%}" if whole > 0 else ""
