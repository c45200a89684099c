"""Rounding of the numbers in messages: half the cost of `round(x, digits)`, of which a view has 30.

Exact ties may go the other way; a number beyond ±1e15 has no such digits and stays as it is.
"""


def cents(number: float) -> float:
    """The number with two decimals.

    >>> cents(12.3456), cents(-0.005), cents(1e300)
    (12.35, 0.0, 1e+300)
    """
    return round(number * 100.0) / 100.0 if -1e15 < number < 1e15 else number


def rounded(number: float) -> float:
    """The number with four decimals.

    >>> rounded(0.123456)
    0.1235
    """
    return round(number * 1e4) / 1e4 if -1e15 < number < 1e15 else number
