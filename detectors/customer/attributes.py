"""Attributes of a profile as features: of a number its logarithm, of another text a 1 of its own.

What counts as a number is decided by the text alone, value by value, so no list of names is needed
and an attribute never seen before is used at once. A number written with leading zeros, a plus, or
spaces is a code (a postcode, a branch) and stays a category; so do ``nan`` and ``1_000``.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from detectors.customer.scales import signed_log

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?")
_PREFIX = "number:"


def profile_features(attributes: Mapping[str, str]) -> dict[str, float]:
    """``number:NAME`` with the signed logarithm, or ``NAME=TEXT`` with 1.

    Numbers have at most 15 digits before the point, so that no feature is beyond ±17.5.

    >>> profile_features({"age": "0", "job": "clerk", "branch": "007"})
    {'number:age': 0.0, 'job=clerk': 1.0, 'branch=007': 1.0}
    """
    return dict(_feature(name, text) for name, text in attributes.items())


def is_profile_feature(feature: str) -> bool:
    """Whether the feature comes from a profile's attribute."""
    return "=" in feature or feature.startswith(_PREFIX)


def number_of(text: str) -> float | None:
    """The number that a text is, or None for a category."""
    return float(text) if _NUMBER.fullmatch(text) else None


@lru_cache(maxsize=4096)
def _feature(name: str, text: str) -> tuple[str, float]:
    number = number_of(text)
    if number is None:
        return f"{name}={text}", 1.0
    return f"{_PREFIX}{name}", signed_log(number)
