"""The conditions of a rule's ``when``: all of them must hold for the rule to take a row.

A negated test (``not_…``) holds exactly when the plain one does not; a missing value passes no
plain test but ``missing``. An operand that is a number is compared with numbers (a text that is
no number passes no such test), a text operand with texts: ISO dates compare as they should.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from streams.sources.errors import BadValueError
from streams.sources.spec import ConditionSpec, Scalar
from streams.sources.values import boolean, is_missing, number, text

Holds = Callable[[Any], bool]
"""A test on one value."""

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}


def compile_when(
    when: Mapping[str, ConditionSpec], index: Mapping[str, int]
) -> Callable[[Sequence[Any]], bool]:
    """One function that tells whether a row (values at ``index``) meets every condition."""
    tests = [(index[column], holds) for column, test in when.items() for holds in checks_of(test)]

    def matches(row: Sequence[Any]) -> bool:
        for at, holds in tests:  # noqa: SIM110 - a generator costs more than the tests
            if not holds(row[at]):
                return False
        return True

    return matches


def checks_of(test: ConditionSpec) -> list[Holds]:
    """The tests of one column, each as a function of its value."""
    found: list[Holds] = []
    if test.missing is not None:
        found.append(is_missing if test.missing else _not(is_missing))
    if test.present is not None:
        found.append(_not(is_missing) if test.present else is_missing)
    found += _with_negation(test.equals, test.not_equals, _equals)
    found += _with_negation(test.in_, test.not_in, _in)
    found += _with_negation(test.prefix, test.not_prefix, _prefix)
    found += _with_negation(test.suffix, test.not_suffix, _suffix)
    for name, compare in _ORDER.items():
        operand = getattr(test, name)
        if operand is not None:
            found.append(_ordered(compare, operand))
    return found


def _with_negation(plain: Any, negated: Any, make: Callable[[Any], Holds]) -> list[Holds]:
    tests = [] if plain is None else [make(plain)]
    return tests if negated is None else [*tests, _not(make(negated))]


def _not(holds: Holds) -> Holds:
    return lambda value: not holds(value)


def _equals(operand: Scalar) -> Holds:
    return _ordered(operator.eq, operand)


def _in(operands: Sequence[Scalar]) -> Holds:
    tests = [_equals(operand) for operand in operands]
    return lambda value: any(holds(value) for holds in tests)


def _prefix(start: str) -> Holds:
    return _on_text(lambda value: value.startswith(start))


def _suffix(end: str) -> Holds:
    return _on_text(lambda value: value.endswith(end))


def _on_text(holds: Callable[[str], bool]) -> Holds:
    def test(value: object) -> bool:
        if is_missing(value):
            return False
        try:
            return holds(text(value))
        except BadValueError:
            return False

    return test


def _ordered(compare: Callable[[Any, Any], bool], operand: Scalar) -> Holds:
    """A comparison with the value read as the operand's type."""
    if isinstance(operand, str):
        return _on_text(lambda value: compare(value, operand))
    read: Callable[[object], float] = boolean if isinstance(operand, bool) else number

    def test(value: object) -> bool:
        if is_missing(value):
            return False
        try:
            return compare(read(value), operand)
        except BadValueError:
            return False

    return test
