"""Streams of labelled features for the models' tests."""

import math
from collections.abc import Iterator

import numpy as np
from hypothesis import strategies as st

NAMES = ("channels", "gap", "occasions", "prior_logit", "recency")

values = st.floats(-6.0, 6.0)
any_value = st.one_of(values, st.floats(allow_nan=False, allow_infinity=False))


def features(
    value: st.SearchStrategy[float] = values,
) -> st.SearchStrategy[dict[str, float]]:
    """Some of the names, each with a value."""
    return st.dictionaries(st.sampled_from(NAMES), value, max_size=len(NAMES))


def labelled(
    value: st.SearchStrategy[float] = values, max_size: int = 25
) -> st.SearchStrategy[list[tuple[dict[str, float], bool]]]:
    """A short stream."""
    return st.lists(st.tuples(features(value), st.booleans()), max_size=max_size)


def simulated(count: int, seed: int = 1) -> Iterator[tuple[dict[str, float], bool]]:
    """Labels drawn from a known model: weights 1, −2, 0.5, 0, 0, intercept −0.5."""
    generator = np.random.default_rng(seed)
    weights = np.array([1.0, -2.0, 0.5, 0.0, 0.0])
    for row in generator.normal(size=(count, len(NAMES))):
        rate = 1.0 / (1.0 + math.exp(0.5 - float(row @ weights)))
        yield dict(zip(NAMES, row.tolist(), strict=True)), bool(generator.random() < rate)
