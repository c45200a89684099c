"""The world as it stands on a day: who is there, how satisfied, by whom looked after."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from examples.telecom.book import Book
from examples.telecom.clock import Floats, Ints
from examples.telecom.people import Flags, People
from examples.telecom.scene import BEGIN, DAY, PRODUCTS, REGIONS, Product, Scene

NEVER = 10**9
"""A day that does not come."""


@dataclass
class Town:
    """State that moves from day to day; columns in the order of `people`."""

    scene: Scene
    people: People
    book: Book

    def __post_init__(self) -> None:
        people, n = self.people, len(self.people)
        self.manager: Ints = people.manager.copy()
        self.satisfaction: Floats = people.temper.copy()
        self.leaving_day: Ints = np.full(n, NEVER)
        """The day on which leaving was decided."""
        self.gone_day: Ints = np.full(n, NEVER)
        """The first day without the customer."""
        self.gone_at: Floats = np.full(n, np.inf)
        self.cause: list[str] = [""] * n
        self.unsettled_until: Ints = np.full(n, 0)
        """Before this day the customer misses the manager who left."""
        self.protected_until: Ints = np.full(n, 0)
        """Before this day a retention contact has its effect."""
        self.enrolled_day: Ints = np.full(n, -NEVER)
        self.grievance: list[str] = [""] * n
        """Cause of the last complaint."""
        self.grieved_until: Ints = np.full(n, 0)
        self.plan_factor: Floats = np.ones(n)
        """By accepted offers; multiplies the monthly price."""
        terms = np.maximum(np.ceil((1 - people.joins) / people.term_days), 1).astype(np.int64)
        self.term_end: Ints = people.joins + terms * people.term_days
        self.complaints: list[dict[str, Any]] = []
        """What is true of each complaint."""
        self.treatments: list[dict[str, Any]] = []
        self.handovers: list[dict[str, Any]] = []

    def here(self, day: int) -> Flags:
        """Who is a customer on that day."""
        return np.asarray((self.people.joins <= day) & (day < self.gone_day))

    def staying(self, day: int) -> Flags:
        """Who is a customer and has not decided to leave."""
        return np.asarray(self.here(day) & (self.leaving_day > day))

    def vigour(self, day: int) -> Floats:
        """How much of the usual activity is left: below 1 for those who are about to leave."""
        left = (self.gone_day - day) / np.maximum(self.gone_day - self.leaving_day, 1)
        fading = np.where(self.people.contract, 0.5, left)
        return np.where(self.leaving_day <= day, fading, 1.0) * self.here(day)

    def product(self, who: int) -> Product:
        """The base product of a customer."""
        return PRODUCTS[self.people.base_product[who]]

    def region(self, who: int) -> str:
        """Where the customer lives."""
        return REGIONS[self.people.region[who]][0]

    def employee(self, who: int) -> str | None:
        """The account manager's id."""
        place = int(self.manager[who])
        return None if place < 0 else self.scene.employees[place]


def day_of(at: float) -> int:
    """The day of the world on which a moment (epoch s) lies."""
    return int((at - BEGIN) // DAY)
