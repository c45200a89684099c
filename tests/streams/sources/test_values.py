"""Laws of reading values."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.sources import values
from streams.sources.errors import BadValueError

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


@given(NUMBERS)
def test_a_number_reads_the_same_from_text(value: float) -> None:
    assert values.number(repr(value)) == values.number(value) == value


@given(st.integers(-(2**53) + 1, 2**53 - 1))
def test_a_whole_number_reads_the_same_from_text(value: int) -> None:
    assert values.integer(str(value)) == values.integer(f"{value}.0") == value


@given(st.integers(-(10**9), 10**9), st.integers(0, 4))
def test_scaling_is_exact_in_decimals(cents: int, places: int) -> None:
    read = values.scaled(values.number, 10.0**-places)
    assert read(str(cents)) == float(f"{cents}e-{places}")


@given(st.integers(0, 10**9), st.integers(0, 99))
def test_a_comma_as_decimal_mark_reads_like_a_point(whole: int, cents: int) -> None:
    read = values.comma_decimal(values.number)
    grouped = f"{whole:,}".replace(",", ".")
    assert read(f"{grouped},{cents:02}") == float(f"{whole}.{cents:02}")


@given(st.one_of(st.text(), st.binary(), st.none(), NUMBERS, st.lists(st.integers())))
def test_reading_gives_a_value_of_the_type_or_says_bad(value: Any) -> None:
    kinds = ((values.number, float), (values.integer, int), (values.boolean, bool))
    for read, kind in kinds:
        try:
            found = read(value)
        except BadValueError:
            continue
        assert isinstance(found, kind)
        assert math.isfinite(found)


@pytest.mark.parametrize("value", ["", "nan", "inf", "1e999", "1_000", "1,5", "0x1F", True, [1]])
def test_what_is_no_number(value: object) -> None:
    with pytest.raises(BadValueError, match="number"):
        values.number(value)


@pytest.mark.parametrize("value", ["1.5", str(2**53), "1e30"])
def test_what_is_no_whole_number(value: str) -> None:
    with pytest.raises(BadValueError, match="whole number"):
        values.integer(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("78.0", 78.0), ("-3", -3.0), ("0", 0.0), ("0.5", 0.5), (7, 7.0), (True, True)],
)
def test_a_measure_is_a_number_where_it_looks_like_one(value: object, expected: object) -> None:
    found = values.measure(value)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize("value", ["007", "0 to 9", "nan", "1_0", "10-20", "1.2.3", "TMA"])
def test_a_measure_stays_text_where_it_does_not(value: str) -> None:
    assert values.measure(value) == value


@pytest.mark.parametrize("value", ["True", "yes", "Y", "1", True])
def test_what_is_true(value: object) -> None:
    assert values.boolean(value) is True


@pytest.mark.parametrize("value", ["maybe", "2", "-1"])
def test_what_is_neither_true_nor_false(value: str) -> None:
    with pytest.raises(BadValueError, match="neither true nor false"):
        values.boolean(value)
