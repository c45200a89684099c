"""Laws of the conditions of a rule."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.sources.conditions import checks_of, compile_when
from streams.sources.spec import ConditionSpec, Scalar

VALUES = st.one_of(st.none(), st.text(max_size=5), st.floats(), st.integers(-99, 99), st.booleans())
SCALARS: st.SearchStrategy[Scalar] = st.one_of(
    st.text(max_size=3), st.integers(-9, 9), st.booleans()
)


def holds(value: object, **test: Any) -> bool:
    """Whether all tests hold for a value."""
    return all(each(value) for each in checks_of(ConditionSpec(**test)))


@given(VALUES)
def test_a_value_is_missing_or_present_never_both(value: object) -> None:
    assert holds(value, missing=True) != holds(value, present=True)
    assert holds(value, missing=False) == holds(value, present=True)


@given(VALUES, SCALARS)
def test_a_negated_test_holds_exactly_when_the_plain_one_does_not(
    value: object, operand: Scalar
) -> None:
    assert holds(value, equals=operand) != holds(value, not_equals=operand)
    assert holds(value, in_=[operand]) != holds(value, not_in=[operand])
    assert holds(value, prefix=str(operand)) != holds(value, not_prefix=str(operand))
    assert holds(value, suffix=str(operand)) != holds(value, not_suffix=str(operand))


@given(VALUES, st.lists(SCALARS, max_size=4))
def test_in_is_being_equal_to_any(value: object, operands: list[Scalar]) -> None:
    assert holds(value, in_=operands) == any(holds(value, equals=o) for o in operands)


@given(st.integers(-99, 99), st.integers(-99, 99))
def test_order_is_the_same_for_numbers_and_for_texts_of_numbers(value: int, operand: int) -> None:
    for given_value in (value, str(value), float(value)):
        assert holds(given_value, gt=operand) == (value > operand)
        assert holds(given_value, ge=operand) == (value >= operand)
        assert holds(given_value, lt=operand) == (value < operand)
        assert holds(given_value, le=operand) == (value <= operand)
        assert holds(given_value, equals=operand) == (value == operand)


@given(st.sampled_from([None, "", "  ", "\t", float("nan")]), SCALARS)
def test_a_missing_value_passes_no_plain_test(value: object, operand: Scalar) -> None:
    for name in ("equals", "gt", "ge", "lt", "le"):
        assert not holds(value, **{name: operand})
    assert not holds(value, prefix="")


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=4))
def test_all_conditions_of_a_rule_must_hold(wanted: list[tuple[bool, bool]]) -> None:
    when = {str(n): ConditionSpec(present=present) for n, (present, _) in enumerate(wanted)}
    row = ["x" if there else None for _, there in wanted]
    matches = compile_when(when, {str(n): n for n in range(len(wanted))})
    assert matches(row) == all(present == there for present, there in wanted)


@pytest.mark.parametrize(
    ("value", "test"),
    [
        ("C536379", {"prefix": "C"}),
        ("2013J", {"equals": "2013J"}),
        ("True", {"equals": True}),
        ("6.0", {"equals": 6}),
        ("2011-06-10", {"ge": "2011-06-01", "lt": "2011-07-01"}),
        (17850, {"equals": "17850"}),
    ],
)
def test_what_holds(value: object, test: dict[str, Any]) -> None:
    assert holds(value, **test)


@pytest.mark.parametrize(
    ("value", "test"),
    [
        ("n/a", {"gt": 0}),
        ("n/a", {"lt": 0}),
        ("536379", {"prefix": "C"}),
        ([1, 2], {"prefix": "["}),
        ([1], {"equals": 1}),
        (True, {"equals": 1}),
    ],
)
def test_what_does_not_hold(value: object, test: dict[str, Any]) -> None:
    assert not holds(value, **test)
