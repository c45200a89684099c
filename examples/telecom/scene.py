"""What a world is made of: its size, its products, and what happens to it when."""

from dataclasses import dataclass
from functools import cached_property

DAY = 86_400.0
HOUR = 3_600.0
BEGIN = 1_704_067_200.0
"""Epoch seconds of the first midnight, 2024-01-01 UTC: a Monday."""
VALUE_WINDOW = 90
"""Days of revenue that rank a customer: `value.window` of the world's policy."""
CONTROL_SHARE = 0.3
"""Of all customers, whom the retention desk leaves alone: `alerts.control_share` of the policy."""
TREATMENT_EFFECT = 0.6
"""By this share a retention contact lowers the hazard of leaving, for `TREATMENT_DAYS`."""
TREATMENT_DAYS = 60


@dataclass(frozen=True, slots=True)
class Product:
    """A product: its monthly or one-off price in EUR, the share of cost, and how often it fails."""

    name: str
    category: str
    price: float
    cost: float
    trouble: float
    """Complaints about it in relation to its users."""


PRODUCTS = (
    Product("mobile-s", "mobile", 9, 0.45, 0.8),
    Product("mobile-m", "mobile", 19, 0.40, 0.8),
    Product("mobile-l", "mobile", 39, 0.35, 0.8),
    Product("fibre", "internet", 45, 0.50, 1.6),
    Product("dsl", "internet", 29, 0.55, 1.8),
    Product("prepaid", "prepaid", 12, 0.50, 0.7),
)
"""What a customer has as a base product."""
EXTRAS = (
    Product("data-pack", "add-on", 8, 0.2, 0.3),
    Product("roaming", "add-on", 15, 0.4, 0.8),
    Product("tv", "entertainment", 12, 0.6, 1.0),
    Product("handset", "device", 240, 0.8, 1.2),
)
"""What is bought beside it."""
REGIONS = (("north", 0.3), ("east", 0.25), ("south", 0.2), ("west", 0.15), ("centre", 0.1))


@dataclass(frozen=True, slots=True)
class Crisis:
    """Many complaints about one product and cause, from a known moment on."""

    name: str
    product: str
    cause: str
    begin: float
    """Epoch s."""
    length: float
    """Seconds until the last of the complaints."""
    size: int
    """Complaints beyond the ordinary."""


@dataclass(frozen=True, slots=True)
class Departure:
    """An account manager who leaves."""

    employee: str
    at: float
    """Epoch s."""
    announced: bool
    """Whether the company's systems say so; else only the customers' profiles change."""


@dataclass(frozen=True)
class Scene:
    """All that is decided before the first event."""

    customers: int = 3_000
    days: int = 400
    seed: int = 1

    def __post_init__(self) -> None:
        if not 50 <= self.customers <= 1_000_000:
            raise ValueError(f"customers = {self.customers}: permitted is 50 to 1,000,000")
        if not 60 <= self.days <= 3_650:
            raise ValueError(f"days = {self.days}: permitted is 60 to 3,650")
        if self.seed < 0:
            raise ValueError(f"seed = {self.seed}: must not be negative")

    @property
    def end(self) -> float:
        """Epoch s of the midnight that ends the world."""
        return BEGIN + self.days * DAY

    @cached_property
    def crises(self) -> tuple[Crisis, ...]:
        """A large one in the second half, a smaller and slower one later."""
        return (
            Crisis(
                "fibre outage",
                "fibre",
                "product_defect",
                self._midnight(0.55) + 9 * HOUR,
                60 * HOUR,
                max(24, self.customers // 40),
            ),
            Crisis(
                "price rise",
                "mobile-m",
                "marketing_mix",
                self._midnight(0.8) + 7 * HOUR,
                5 * DAY,
                max(20, self.customers // 75),
            ),
        )

    @cached_property
    def employees(self) -> tuple[str, ...]:
        """The account managers' ids; each has some 100 customers."""
        return tuple(f"E-{number:02}" for number in range(1, max(5, self.customers // 350) + 1))

    @cached_property
    def departures(self) -> tuple[Departure, ...]:
        """One that is announced, a later one that only the profiles show."""
        return (
            Departure(self.employees[1], self._midnight(0.45) + 8 * HOUR, announced=True),
            Departure(self.employees[3], self._midnight(0.7) + 8 * HOUR, announced=False),
        )

    def is_campaign(self, day: int) -> bool:
        """Whether there are discounts on that day: eight days in each 28."""
        return day % 28 < 8

    def _midnight(self, share: float) -> float:
        """The midnight before the working day next to this share of the time."""
        day = round(self.days * share)
        return BEGIN + (day + (0, 0, 0, 0, 0, 2, 1)[day % 7]) * DAY
