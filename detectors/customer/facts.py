"""Facts: a customer as of the end of a day, before it becomes features, reasons and value."""

from dataclasses import dataclass

from detectors.complaints.care import NO_CARE, Care, care_at
from detectors.complaints.life import is_known, is_open
from detectors.customer.history import Windows, decay, summarise, windows_at
from detectors.customer.profiles import profile_at
from detectors.customer.segments import segment_of
from detectors.customer.state import CustomerState, Settled, StatedValue
from detectors.durations import DAY
from detectors.policy import Policy
from detectors.staff.ownership import gap_at

Counts = tuple[int, int, int]
"""Occasions after the first, and days from the first to the last of them and until now."""
NOTHING = StatedValue()
"""Of a customer whose profile says nothing of its value."""


@dataclass(slots=True)
class Facts:
    """A customer as of the end of `day`: what features, reasons and value are made from."""

    day: int
    summary: Settled
    windows: Windows
    channels: int
    complaints_open: int
    complaints_past: int
    contract_days: float | None
    """Days until the contract ends; None without a contract."""
    categories: dict[str, str]
    segment: str
    """The company's own segment of the customer; empty if it states none."""
    category: str = ""
    """What the customer bought first; empty where no category is stated."""
    stated: StatedValue = NOTHING
    """What the profile says of the customer's value."""
    care: Care = NO_CARE
    """How complaints were handled; not looked at before the first activity, as nobody is scored
    without one."""
    owner_gap: float | None = None
    """Days since the account manager left; None while somebody looks after the customer (D15)."""

    @property
    def group(self) -> str:
        """The group by which scores are calibrated and measured (`segments.segment_of`)."""
        n = self.summary.occasions
        return segment_of(self.segment, is_known=n > 0, is_one_time=n == 1)

    @property
    def has_cancelled(self) -> bool:
        """Whether the customer cancelled, and has not been active since."""
        summary = self.summary
        return bool(summary.cancelled_day) and summary.cancelled_day >= summary.last_day

    @property
    def recency(self) -> int:
        """Days since the last activity."""
        return self.day - self.summary.last_day

    @property
    def tenure(self) -> int:
        """Days since the first activity."""
        return self.day - self.summary.first_day

    @property
    def decayed_count(self) -> float:
        """Occasions, each halved for every `history.HALF_LIFE` days it is old."""
        s = self.summary
        return s.decayed * decay(self.recency) if s.occasions else 0.0

    @property
    def mean_gap(self) -> float:
        """Mean days between occasions; 0 with fewer than two."""
        n = self.summary.occasions
        return (self.summary.last_day - self.summary.first_day) / (n - 1) if n > 1 else 0.0


def facts_at(state: CustomerState, day: int, policy: Policy) -> Facts:
    """The facts as of the end of `day`; nothing later is looked at."""
    end = (day + 1) * DAY - 1e-6
    summary = summarise(state, day)
    windows = windows_at(state.days, day, policy.value.window // DAY)
    profile = profile_at(state, end)
    still_open = known = 0
    for case in state.complaints:
        still_open += is_open(case, end)
        known += is_known(case, end)
    contract = profile.contract_end if profile else 0.0
    gap = gap_at(state.staff, end) if state.staff else None
    first = state.category
    return Facts(
        day=day,
        summary=summary,
        windows=windows,
        channels=sum([first <= day for first in state.channels.values()]),
        complaints_open=still_open,
        complaints_past=known - still_open + state.past_complaints,
        contract_days=(contract - end) / DAY if contract else None,
        categories=dict(profile.attributes) if profile else {},
        segment=profile.segment if profile else "",
        category=first[1] if first is not None and first[0] <= end else "",
        stated=(profile.value if profile else None) or NOTHING,
        care=care_at(state.complaints, end, policy) if summary.occasions else NO_CARE,
        owner_gap=(end - gap.since) / DAY if gap else None,
    )


def counts_of(facts: Facts) -> Counts:
    """What BG/NBD is asked and fitted with, of a customer with an occasion or more."""
    summary = facts.summary
    return summary.occasions - 1, summary.last_day - summary.first_day, facts.tenure
