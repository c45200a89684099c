"""The examples in the docstrings of drift and quality run."""

import doctest
from types import ModuleType

import pytest

from detectors.models import drift, measures, quality


@pytest.mark.parametrize("module", [drift, measures, quality], ids=lambda m: m.__name__)
def test_the_examples_run(module: ModuleType) -> None:
    results = doctest.testmod(module)
    assert results.attempted > 0
    assert results.failed == 0
