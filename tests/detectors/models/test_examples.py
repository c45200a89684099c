"""The examples in the docstrings of the models and the sketch run."""

import doctest
from importlib import import_module

import pytest

MODULES = [
    "detectors.models.block",
    "detectors.models.calibration",
    "detectors.models.ensemble",
    "detectors.models.expert",
    "detectors.models.index",
    "detectors.models.laplace",
    "detectors.models.linear",
    "detectors.models.logistic",
    "detectors.models.prior",
    "detectors.models.river_linear",
    "detectors.models.snapshot",
    "detectors.value.sketch",
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_run(name: str) -> None:
    results = doctest.testmod(import_module(name))
    assert results.attempted > 0
    assert results.failed == 0
