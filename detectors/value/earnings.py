"""What a customer brought and cost over a time, in currency units (D3)."""

from typing import NamedTuple

from detectors.customer.effort import NONE
from detectors.customer.facts import Facts
from detectors.customer.state import MONEY, Effort
from detectors.policy import Policy


class Earnings(NamedTuple):
    """Income and expenses of some days, in currency units."""

    revenue: float
    """Purchases less returns; negative where more was refunded than bought."""
    margin: float
    """Revenue less the cost of the products."""
    cost_to_serve: float
    """Contacts, returns, and `complaint_cost`."""
    complaint_cost: float
    """Handling of complaints, and compensation."""
    marketing: float
    """Offers."""

    @property
    def profit(self) -> float:
        """The contribution: margin less all costs but that of winning the customer."""
        return self.margin - self.cost_to_serve - self.marketing


def earnings(revenue: int, return_days: int, effort: Effort | None, policy: Policy) -> Earnings:
    """The earnings of days with a net `revenue` (held money) and so many `return_days`.

    The margin is what is stated: revenue less product cost where an event gave it. The rest of the
    revenue has the share `business.margin`; so a refund without a stated cost takes back the
    margin, and the goods are worth again what they had cost. Contacts, offers and complaints cost
    what is stated, else the rate of ``[costs]``.
    """
    spent, costs = effort or NONE, policy.costs
    uncosted = revenue - spent.costed
    complaint_cost = spent.complaints * costs.complaint + spent.compensation / MONEY
    return Earnings(
        revenue=revenue / MONEY,
        margin=(spent.costed - spent.product + uncosted * policy.business.margin) / MONEY,
        cost_to_serve=spent.served * costs.contact
        + return_days * costs.returned
        + spent.service / MONEY
        + complaint_cost,
        complaint_cost=complaint_cost,
        marketing=spent.offers * costs.offer + spent.offered / MONEY,
    )


def earnings_so_far(facts: Facts, policy: Policy) -> Earnings:
    """Of all that is known of the customer."""
    summary = facts.summary
    revenue = summary.spend - summary.returned
    return earnings(revenue, summary.return_days, summary.effort, policy)


def trailing_earnings(facts: Facts, policy: Policy) -> Earnings:
    """Of the value window."""
    windows = facts.windows
    return earnings(windows.revenue, windows.return_days, windows.effort, policy)
