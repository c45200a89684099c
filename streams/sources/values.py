"""Values as they stand in files: texts (CSV) or typed (JSON Lines, Parquet), read as one type.

A value is *missing* when it is absent, null, an empty or blank text, or NaN.
"""

import datetime as dt
import math
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any

from streams.sources.errors import BadValueError, quoted

Convert = Callable[[Any], Any]
"""From a value that is not missing to the value of a field; raises `BadValueError`."""

_TRUE = {"true", "t", "yes", "y", "1"}
_FALSE = {"false", "f", "no", "n", "0"}


def is_missing(value: object) -> bool:
    """Whether a value counts as not given."""
    if isinstance(value, str):
        return not value or value.isspace()
    return value is None or (isinstance(value, float) and math.isnan(value))


def text(value: object) -> str:
    """The value as a text: as it stands in a CSV file, or as JSON would write it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        return str(value)
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    raise BadValueError(f"{quoted(value)} is no single value")


def number(value: object) -> float:
    """The value as a finite number; texts with a point as decimal mark."""
    if isinstance(value, str) and "_" in value:
        raise BadValueError(f"{quoted(value)} is not a number")
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise BadValueError(f"{quoted(value)} is not a number")
    try:
        result = float(value)
    except (ValueError, OverflowError):
        raise BadValueError(f"{quoted(value)} is not a number") from None
    if not math.isfinite(result):
        raise BadValueError(f"{quoted(value)} is not a finite number")
    return result


def integer(value: object) -> int:
    """The value as a whole number below 2**53; ``"6"`` and ``"6.0"`` are both 6."""
    result = number(value)
    if not result.is_integer() or abs(result) >= 2**53:
        raise BadValueError(f"{quoted(value)} is not a whole number below 2**53")
    return int(result)


def boolean(value: object) -> bool:
    """The value as true or false; texts ``true t yes y 1`` and their opposites, in any case."""
    if isinstance(value, bool):
        return value
    word = text(value).strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise BadValueError(f"{quoted(value)} is neither true nor false; permitted: true, false, 1, 0")


def measure(value: object) -> str | float | bool:
    """A number if the value is or looks like one, else the text (truth values stay as they are).

    For attributes of interactions, which serve as numeric features. A text with a leading zero,
    such as a telephone number, stays a text.
    """
    if isinstance(value, bool):
        return value
    if not isinstance(value, str):
        return number(value) if isinstance(value, int | float | Decimal) else text(value)
    digits = value.strip().lstrip("+-")
    if digits[:1].isdigit() and (digits[:1] != "0" or digits[1:2] in ("", ".")):
        try:
            return number(value)
        except BadValueError:
            pass
    return value


def comma_decimal(convert: Convert) -> Convert:
    """``convert`` for files whose decimal mark is a comma (a point then groups thousands)."""

    def read(value: object) -> Any:
        if isinstance(value, str):
            return convert(value.replace(".", "").replace(",", "."))
        return convert(value)

    return read


def scaled(convert: Convert, scale: float) -> Convert:
    """``convert`` after multiplying by ``scale`` in decimals, so that 1999 × 0.01 is 19.99."""
    factor = Decimal(str(scale))

    def read(value: object) -> Any:
        if isinstance(value, str | int | float | Decimal) and not isinstance(value, bool):
            with suppress(ArithmeticError):  # then `convert` names the value that is no number
                value = str(Decimal(str(value)) * factor)
        return convert(value)

    return read
