"""Clocks: what runs out for a customer at a moment, with no further event (silence is a signal)."""

from collections.abc import Sequence
from typing import Protocol

from detectors.customer.dues import Dues
from detectors.customer.state import CustomerState
from detectors.effects import Output


class Clock(Protocol):
    """One kind of moment that a customer's state makes due, such as a complaint's time to answer.

    It has no memory of its own: the state says what is due next and what has been told.
    """

    def next_at(self, state: Dues) -> float:
        """The next moment (epoch s) at which something is due; 0 for none."""

    def fire(self, state: CustomerState, at: float, output: Output) -> None:
        """Do what is due at `at`, and note it in the state: `next_at` must move on."""


class Clocks:
    """All kinds of clocks of a partition."""

    def __init__(self, clocks: Sequence[Clock]) -> None:
        self._clocks = clocks

    def next_at(self, state: Dues) -> float:
        """The earliest moment at which anything is due for the customer; 0 for none."""
        found = 0.0
        for clock in self._clocks:
            at = clock.next_at(state)
            if at and (not found or at < found):
                found = at
        return found

    def fire(self, state: CustomerState, at: float, output: Output) -> None:
        """Do all that is due by `at`, in the order of the clocks."""
        for clock in self._clocks:
            if 0 < clock.next_at(state) <= at:
                clock.fire(state, at, output)
