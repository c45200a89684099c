"""Customers who buy only with a discount (D16), against those of whom that is true."""

from collections import Counter

from benchmarks.truth.case import Case, share
from schemas.customer_state import CustomerState


def discount(case: Case) -> dict[str, float | None]:
    """How many of those marked in their last view are price-only, and how many of these are marked.

    `recall` asks only for those who bought often enough for the policy to judge (`judged`);
    `recall_of_all` for everybody.
    """
    views = case.outputs("customer-state", CustomerState)
    last = {view.customer_id: view.value for view in views}
    marked = {name for name, value in last.items() if value is not None and value.discount_driven}
    price_only = {row["customer"] for row in case.truth("customers") if row["price_only"] == "1"}
    bought = {
        row["id"]: row["customer"] for row in case.interactions() if row["kind"] == "purchase"
    }
    purchases = Counter(bought.values())
    least = case.policy.loyalty.discount_purchases
    judged = {name for name in price_only if purchases[name] >= least}
    return {
        "price_only": len(price_only),
        "judged": len(judged),
        "marked": len(marked),
        "precision": share(len(marked & price_only), len(marked)),
        "recall": share(len(marked & judged), len(judged)),
        "recall_of_all": share(len(marked & price_only), len(price_only)),
    }
