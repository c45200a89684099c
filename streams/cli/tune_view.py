"""What ``churnstream tune`` shows, and what it writes above a proposed policy."""

import sys
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from detectors.economics import MEASURES

HEADS = {
    "contacts": "contacts",
    "leavers_reached": "leavers reached",
    "saved_margin": "margin saved",
    "cost": "cost",
    "net": "net gain",
}
"""Column by measure, in the order of `MEASURES`."""


def print_tuning(document: dict[str, Any]) -> None:
    """The candidates, what to expect of the best one, and the keys that change."""
    console = Console(width=None if sys.stdout.isatty() else 120, highlight=False)
    loss, chosen, later = document["loss"], document["chosen_on"], document["measured_on"]
    console.print(
        f"loss: {loss['definition']} within {loss['horizon_days']} days, for all candidates; "
        f"data from {document['first_day']} to {document['last_day']}\n\n"
        f"Chosen on reviews from {chosen['from']} to {chosen['until']}; an average week:"
    )
    console.print(_candidates(document))
    for skipped in document["skipped"]:
        console.print(f"not tried: {skipped['key']} = {skipped['value']}: {skipped['because']}")
    console.print(
        f"\nMeasured on reviews from {later['from']} to {later['until']}; an average week, with "
        "95 % intervals from resampling customers:"
    )
    console.print(_expected(document))
    if document["proposal"] is None:
        console.print(f"nothing is proposed: {document['why_not']}")
        return
    change = document["expected"]["net_change"]
    low, high = change["net_interval"]
    console.print(
        f"net gain, proposal less policy as it is: {_money(change['net'])} a week "
        f"({_money(low)} to {_money(high)})\n\nProposed:"
    )
    console.print(_changes(document))


def about(document: dict[str, Any]) -> str:
    """Where a proposed policy comes from, for its reader."""
    chosen, later = document["chosen_on"], document["measured_on"]
    found = document["expected"]["proposed"]
    low, high = found["net_interval"]
    return (
        "Proposed by churnstream tune from the numbers in [business].\n"
        f"Chosen on reviews from {chosen['from']} to {chosen['until']}, measured on those from "
        f"{later['from']} to {later['until']}:\n"
        f"{_count(found['contacts'])} contacts a week, {_count(found['leavers_reached'])} leavers "
        f"reached, net gain {_money(found['net'])} "
        f"(95 % interval {_money(low)} to {_money(high)})."
    )


def _candidates(document: dict[str, Any]) -> Table:
    heads = ("horizon", "review interval", "raise_at", "contacts", "net gain", "surely gained")
    table = _table(*heads)
    for found in document["candidates"]:
        row = [f"{found['horizon_days']}d", f"{found['review_interval_days']}d"]
        if found["raise_at"] is None:
            row += ["–", "–", "no threshold gains", "–"]
        else:
            row += [f"{found['raise_at']:.2f}", _count(found["contacts"])]
            row += [_money(found[name]) for name in ("net", "surely_gained")]
        table.add_row(*row)
    return table


def _expected(document: dict[str, Any]) -> Table:
    table = _table("", *HEADS.values(), "busiest week")
    for name, key in (("policy as it is", "as_it_is"), ("proposal", "proposed")):
        found = document["expected"][key]
        if found is not None:
            cells = [_cell(found, measure) for measure in MEASURES]
            table.add_row(name, *cells, f"{found['busiest_week']:,}")
    return table


def _cell(found: dict[str, Any], measure: str) -> str:
    told = _count if measure in ("contacts", "leavers_reached") else _money
    low, high = found[f"{measure}_interval"]
    return f"{told(found[measure])}\n{told(low)}–{told(high)}"


def _count(value: float) -> str:
    return f"{value:,.1f}"


def _money(value: float) -> str:
    """Currency units, without the smaller ones where there are many."""
    return f"{value:,.2f}" if abs(value) < 1_000 else f"{value:,.0f}"


def _changes(document: dict[str, Any]) -> Table:
    table = _table("key", "now", "proposed")
    for change in document["proposal"]:
        values = (orjson.dumps(change[which]).decode() for which in ("now", "proposed"))
        table.add_row(change["key"], *values)
    return table


def _table(*heads: str) -> Table:
    table = Table()
    for place, head in enumerate(heads):
        table.add_column(head, justify="right" if place else "left")
    return table
