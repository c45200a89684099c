"""Waiting predictions: what goes in comes out, in order, and only what has matured."""

from hypothesis import given
from hypothesis import strategies as st

from detectors.customer.pending import (
    Pending,
    first_after,
    first_day,
    last_day,
    taken_apart,
    with_pending,
)

PREDICTIONS = st.lists(
    st.builds(
        Pending,
        st.integers(-30_000, 60_000),
        st.integers(0, 1_000_000),
        st.integers(0, 255),
        st.binary(max_size=60),
    ),
    max_size=12,
).map(lambda items: sorted(items, key=lambda item: item.day))


def packed(predictions: list[Pending]) -> bytes:
    waiting = b""
    for prediction in predictions:
        waiting = with_pending(waiting, prediction)
    return waiting


@given(PREDICTIONS)
def test_what_goes_in_comes_out_in_order(predictions: list[Pending]) -> None:
    assert taken_apart(packed(predictions)) == (predictions, b"")


@given(PREDICTIONS, st.integers(-30_000, 60_000))
def test_only_what_has_matured_is_taken(predictions: list[Pending], last_day: int) -> None:
    found, rest = taken_apart(packed(predictions), last_day)
    assert found == [item for item in predictions if item.day <= last_day]
    assert taken_apart(rest)[0] == [item for item in predictions if item.day > last_day]
    if rest:
        assert first_day(rest) > last_day


@given(PREDICTIONS.filter(bool))
def test_the_first_and_the_last_day_are_found(predictions: list[Pending]) -> None:
    waiting = packed(predictions)
    assert (first_day(waiting), last_day(waiting)) == (predictions[0].day, predictions[-1].day)


@given(PREDICTIONS, st.integers(-30_000, 60_000))
def test_the_first_after_a_day_is_found(predictions: list[Pending], day: int) -> None:
    later = [item.day for item in predictions if item.day > day]
    assert first_after(packed(predictions), day) == (later[0] if later else None)
