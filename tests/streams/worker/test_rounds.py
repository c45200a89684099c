"""Rounds that go to the changelog together."""

from detectors.effects import Output
from streams.worker.rounds import Names, Round

NAMES = Names(inputs={}, physical={}, single=frozenset(), changelog="changelog")


def test_the_changelog_gets_the_states_of_two_rounds_in_the_order_of_the_later_one() -> None:
    """How far event time has come stands behind the states of the events that moved it."""
    one, other = Round(), Round()
    one.take_in(0, Output(states={b"ann": b"1", b"time": b"1"}), NAMES)
    other.take_in(0, Output(states={b"bob": b"1", b"ann": b"2", b"time": b"2"}), NAMES)
    joined = one.join(other).changelog("changelog")
    assert joined.places["changelog", 0] == [(b"bob", b"1"), (b"ann", b"2"), (b"time", b"2")]
