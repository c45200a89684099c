"""How `churnstream customer` shows what a customer is worth."""

from rich.table import Table
from rich.text import Text

from schemas.customer_value import CustomerValue
from streams.cli.alert_lines import money

_RHYTHM = {"own": "its own", "category": "its category's", "all": "that of all customers"}


def value_table(value: CustomerValue, currency: str | None) -> Table:
    """The value in lines of a name and what is to be said."""
    table = Table.grid(padding=(0, 2))
    for name, text in _lines(value, currency):
        table.add_row(Text(f"  {name}", style="dim"), Text(text))
    return table


def _lines(value: CustomerValue, currency: str | None) -> list[tuple[str, str]]:
    def say(amount: float | None) -> str:
        return money(amount, currency)

    stated = f", cost stated for {value.costed_share:.0%}" if value.costed_share else ""
    costs = {
        "serving": value.cost_to_serve,
        "marketing": value.marketing_cost,
        "winning": value.acquisition_cost,
    }
    spent = " · ".join(f"{name} {say(amount)}" for name, amount in costs.items())
    lines = [
        ("so far", f"revenue {say(value.revenue)} · margin {say(value.margin)}{stated}"),
        ("costs", f"{spent} (complaints {say(value.complaint_cost)} of serving)"),
        ("net cash flow", say(value.relationship_value)),
        ("a year", f"revenue {say(value.yearly_revenue)} · profit {say(value.yearly_profit)}"),
    ]
    if value.clv is not None:
        referral = f", referrals {say(value.referral_value)}" if value.referral_value else ""
        lines.append(
            (
                "to come",
                f"next year {say(value.clv_next_year)} · in all {say(value.clv)}{referral} "
                f"(confidence {value.confidence:.0%})",
            )
        )
    if value.retention is not None and value.lifetime_years is not None:
        lines.append(
            ("stays", f"{value.retention:.0%} for a year · {value.lifetime_years:.1f} years")
        )
    lines.append(("class", " · ".join(_classes(value))))
    if value.wallet_share is not None:
        cell = f" · {value.cell.replace('_', ' ')}" if value.cell else ""
        lines.append(("share of wallet", f"{value.wallet_share:.0%}{cell}"))
    if value.rhythm_days is not None and value.rhythm_of is not None:
        lines.append(("rhythm", f"every {value.rhythm_days:g} days ({_RHYTHM[value.rhythm_of]})"))
    return lines


def _classes(value: CustomerValue) -> list[str]:
    found: list[str | None] = [value.grade or "no ABC class yet", value.loyalty, value.stage]
    if value.discount_driven:
        found.append("buys only with a discount")
    if value.key_account:
        found.append("key account")
    return [text for text in found if text]
