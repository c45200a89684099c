"""Facts of made customers, for tests of what is said and decided about them."""

from typing import Any

from detectors.customer.facts import Facts, facts_at
from detectors.customer.history import Windows
from detectors.customer.state import MONEY, Settled
from detectors.policy import Policy
from tests.detectors.builders import FIRST_DAY, Happening, records
from tests.laws.stage import run


def facts_of(
    events: list[Happening], day: int, policy: Policy | None = None, customer: str = "ann"
) -> Facts:
    """The facts of a customer at the end of a day (0 is the first of the story)."""
    policy = policy or Policy()
    state = run(records(events), policy, learns=False).customers[customer]
    return facts_at(state, FIRST_DAY + day, policy)


def spending(recent: float, before: float = 0.0, tenure: int = 200, **fields: Any) -> Facts:
    """A customer who has spent so much in the later and the earlier half of the value window."""
    windows = Windows(
        revenue=round((recent + before) * MONEY),
        revenue_recent=round(recent * MONEY),
        revenue_before=round(before * MONEY),
    )
    summary = Settled(occasions=5, first_day=1_000 - tenure, last_day=999)
    values: dict[str, Any] = {
        "day": 1_000,
        "summary": summary,
        "windows": windows,
        "channels": 0,
        "complaints_open": 0,
        "complaints_past": 0,
        "contract_days": None,
        "categories": {},
        "segment": "",
    }
    return Facts(**{**values, **fields})
